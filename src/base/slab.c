#include "base/slab.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/fetch.h"
#include "base/poison.h"

#define SPARE_SLABS 16
/* Of the next messages: so much is under way while one is parsed. */
#define AHEAD_BYTES 4096

/* What the filling thread holds of its open slab: references enough for all
 * that it will hand out, so that handing one out is no atomic operation. */
#define OPEN_REFERENCES (1u << 30)

struct slab {
    struct slab_pool *pool;
    struct slab *next; /* in the pool's spare list */
    atomic_uint references;
    size_t size;
    size_t used;     /* the filling thread's alone, and */
    size_t asked;    /* what has been fetched to be written, and */
    unsigned handed; /* how many of its references it handed out */
    max_align_t bytes[];
};

struct slab_pool {
    pthread_mutex_t lock; /* guards spare, spare_count */
    struct slab *spare;
    unsigned spare_count;
    atomic_size_t bytes;
    struct slab *open; /* the filling thread's alone; holds a reference */
    size_t slab_bytes;
};

struct slab_pool *slab_pool_new(size_t slab_bytes)
{
    struct slab_pool *pool = calloc(1, sizeof(*pool));

    if (!pool)
        return NULL;
    if (pthread_mutex_init(&pool->lock, NULL)) {
        free(pool);
        return NULL;
    }
    pool->slab_bytes = slab_bytes;
    return pool;
}

static void retire(struct slab *s)
{
    struct slab_pool *pool = s->pool;

    atomic_fetch_sub_explicit(&pool->bytes, s->size, memory_order_relaxed);
    if (s->size == pool->slab_bytes) {
        (void)pthread_mutex_lock(&pool->lock);
        if (pool->spare_count < SPARE_SLABS) {
            poison(s->bytes, s->size);
            s->next = pool->spare;
            pool->spare = s;
            pool->spare_count++;
            s = NULL;
        }
        (void)pthread_mutex_unlock(&pool->lock);
    }
    free(s);
}

static void release(struct slab *s, unsigned references)
{
    if (atomic_fetch_sub_explicit(&s->references, references,
                                  memory_order_acq_rel) == references)
        retire(s);
}

/* Give up what the filling thread still holds of its open slab. */
static void close_slab(struct slab_pool *pool)
{
    if (pool->open)
        release(pool->open, OPEN_REFERENCES - pool->open->handed);
    pool->open = NULL;
}

void slab_pool_free(struct slab_pool *pool)
{
    if (!pool)
        return;
    close_slab(pool);
    while (pool->spare) {
        struct slab *s = pool->spare;

        pool->spare = s->next;
        free(s);
    }
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

size_t slab_pool_bytes(const struct slab_pool *pool)
{
    return atomic_load_explicit(&pool->bytes, memory_order_relaxed);
}

static struct slab *take_spare(struct slab_pool *pool)
{
    struct slab *s;

    (void)pthread_mutex_lock(&pool->lock);
    s = pool->spare;
    if (s) {
        pool->spare = s->next;
        pool->spare_count--;
        unpoison(s->bytes, s->size);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return s;
}

static struct slab *open_slab(struct slab_pool *pool, size_t length)
{
    size_t size = length > pool->slab_bytes ? length : pool->slab_bytes;
    struct slab *s = size == pool->slab_bytes ? take_spare(pool) : NULL;

    if (!s) {
        s = malloc(sizeof(*s) + size);
        if (!s)
            return NULL;
        s->pool = pool;
        s->size = size;
    }
    s->next = NULL;
    s->used = s->asked = 0;
    s->handed = 0;
    atomic_init(&s->references, OPEN_REFERENCES);
    atomic_fetch_add_explicit(&pool->bytes, size, memory_order_relaxed);
    return s;
}

/* The lines of a slab that comes back are another core's: have them on their
 * way before they are written to. */
static inline void fetch_ahead(struct slab *s)
{
    size_t until = s->used + AHEAD_BYTES;
    char *at = (char *)s->bytes + s->asked;

    if (until > s->size)
        until = s->size;
    while (s->asked < until) {
        fetch_lines_to_write(at, FETCH_LINE_BYTES);
        fetch_lines_to_write(at + FETCH_LINE_BYTES, FETCH_LINE_BYTES);
        fetch_lines_to_write(at + 2 * FETCH_LINE_BYTES, FETCH_LINE_BYTES);
        fetch_lines_to_write(at + 3 * FETCH_LINE_BYTES, FETCH_LINE_BYTES);
        at += 4 * FETCH_LINE_BYTES;
        s->asked += 4 * FETCH_LINE_BYTES;
    }
}

void *slab_take(struct slab_pool *pool, size_t length, struct slab **slab_out)
{
    size_t rounded = (length + 7) & ~(size_t)7;
    struct slab *s = pool->open;
    void *piece;

    if (rounded < length)
        return NULL;
    if (!s || s->size - s->used < rounded ||
        s->handed == OPEN_REFERENCES / 2) { /* pieces may be trimmed to none */
        s = open_slab(pool, rounded);
        if (!s)
            return NULL;
        close_slab(pool);
        pool->open = s;
    }
    piece = (char *)s->bytes + s->used;
    s->used += rounded;
    s->handed++;
    fetch_ahead(s);
    *slab_out = s;
    return piece;
}

void slab_trim(struct slab_pool *pool, void *piece, size_t length)
{
    struct slab *s = pool->open;
    size_t start = (size_t)((char *)piece - (char *)s->bytes);

    s->used = start + ((length + 7) & ~(size_t)7);
}

void slab_hold(struct slab *slab)
{
    atomic_fetch_add_explicit(&slab->references, 1, memory_order_relaxed);
}

void slab_release(struct slab *slab)
{
    if (slab)
        release(slab, 1);
}

void slab_release_some(struct slab *slab, unsigned references)
{
    if (references)
        release(slab, references);
}
