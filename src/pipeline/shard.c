#include "pipeline/shard.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/queue.h"
#include "pipeline/reorder.h"

struct shard {
    struct shard_options options;
    pthread_t thread;
    struct queue *full;  /* reader to shard */
    struct queue *empty; /* shard to reader */
    struct batch *batches;
    atomic_size_t bytes; /* of messages handed over and not yet taken */
    struct batch *open;  /* the reader's own; NULL: none was free */
    /* the thread's own: */
    struct reorder reorder;
};

/* Some of what has left the window. */
struct leaving {
    struct observation *messages[CORRELATOR_GROUP];
    size_t count;
};

static void take_leaving(struct shard *s, int64_t until_ns, struct leaving *l)
{
    l->count =
        reorder_take_some(&s->reorder, until_ns, l->messages, CORRELATOR_GROUP);
    correlator_fetch(s->options.correlator, l->messages, l->count);
}

/* All of it; while some are looked at, the next ones are fetched. */
static int observe(struct shard *s, int64_t until_ns)
{
    struct leaving groups[2], *at = &groups[0], *next = &groups[1];
    int rc = 0;

    take_leaving(s, until_ns, at);
    while (at->count && !rc) {
        struct leaving *done = at;

        take_leaving(s, until_ns, next);
        rc = correlator_observe_all(s->options.correlator, at->messages,
                                    at->count);
        at = next;
        next = done;
    }
    while (at->count) /* after an error */
        observation_release(at->messages[--at->count]);
    return rc;
}

/* Messages and gaps of a batch from these on up to those. After an error they
 * are only released. */
struct taken {
    uint32_t messages;
    uint32_t gaps;
};

static int take_until(struct shard *s, const struct batch *b, struct taken *at,
                      const struct taken *until, int rc)
{
    for (; at->gaps < until->gaps; at->gaps++)
        if (!rc)
            rc = correlator_gap(s->options.correlator, &b->gaps[at->gaps]);
    for (; at->messages < until->messages; at->messages++) {
        struct observation *o = b->messages[at->messages];
        int pushed =
            rc ? rc : reorder_push(&s->reorder, o, b->times_ns[at->messages]);

        if (pushed)
            observation_release(o);
        rc = pushed;
    }
    return rc;
}

/* Marks are met even after an error, for the others wait there. */
static int take_batch(struct shard *s, const struct batch *b, int rc)
{
    const struct taken all = {b->count, b->gap_count};
    struct taken at = {0, 0};

    for (uint32_t i = 0; i < b->mark_count; i++) {
        const struct mark *m = &b->marks[i];
        const struct taken before = {m->messages, m->gaps};
        int met;

        rc = take_until(s, b, &at, &before, rc);
        rc = rc ? rc : observe(s, m->until_ns);
        if (!m->turn)
            continue;
        met = s->options.meet_fn(s->options.arg, m, rc);
        rc = rc ? rc : met;
    }
    return take_until(s, b, &at, &all, rc);
}

static void *run(void *arg)
{
    struct shard *s = arg;
    int rc = s->options.begin_fn(s->options.arg, s->options.no);
    struct batch *b;

    while ((b = queue_pop(s->full))) {
        rc = take_batch(s, b, rc);
        (void)atomic_fetch_sub_explicit(&s->bytes, b->bytes,
                                        memory_order_relaxed);
        b->count = b->gap_count = b->mark_count = 0;
        b->bytes = 0;
        (void)queue_push(s->empty, b);
    }
    return NULL;
}

void shard_free(struct shard *s)
{
    if (!s)
        return;
    reorder_fini(&s->reorder);
    queue_free(s->full);
    queue_free(s->empty);
    free(s->batches);
    free(s);
}

int shard_start(const struct shard_options *options, struct shard **shard_out)
{
    struct shard *s = calloc(1, sizeof(*s));
    int rc = -ENOMEM;

    if (!s)
        return rc;
    s->options = *options;
    reorder_init(&s->reorder);
    s->batches = calloc(options->batches, sizeof(*s->batches));
    if (!s->batches || queue_new(options->batches, &s->full) ||
        queue_new(options->batches, &s->empty))
        goto failed;
    for (size_t i = 0; i < options->batches; i++)
        (void)queue_push(s->empty, &s->batches[i]);
    rc = -pthread_create(&s->thread, NULL, run, s);
    if (rc)
        goto failed;
    *shard_out = s;
    return 0;
failed:
    shard_free(s);
    return rc;
}

struct batch *shard_batch(struct shard *s, bool wait)
{
    if (!s->open)
        s->open = wait ? queue_pop(s->empty) : queue_try_pop(s->empty);
    return s->open;
}

void shard_hand_over(struct shard *s)
{
    struct batch *b = s->open;

    if (!b || !(b->count || b->gap_count || b->mark_count))
        return;
    (void)atomic_fetch_add_explicit(&s->bytes, b->bytes, memory_order_relaxed);
    s->open = NULL;
    (void)queue_push(s->full, b);
}

size_t shard_depth(struct shard *s)
{
    return queue_depth(s->full);
}

size_t shard_bytes(const struct shard *s)
{
    return atomic_load_explicit(&s->bytes, memory_order_relaxed);
}

void shard_join(struct shard *s)
{
    queue_close(s->full);
    (void)pthread_join(s->thread, NULL);
}

uint64_t shard_too_late(const struct shard *s)
{
    return s->reorder.too_late;
}
