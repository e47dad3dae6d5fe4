#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t not_full;
    pthread_cond_t not_empty;
    size_t capacity;
    size_t first;
    size_t count;
    bool closed;
    void *items[];
};

int queue_new(size_t capacity, struct queue **queue_out)
{
    struct queue *q = calloc(1, sizeof(*q) + capacity * sizeof(q->items[0]));

    if (!q)
        return -ENOMEM;
    q->capacity = capacity;
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->not_full, NULL);
    (void)pthread_cond_init(&q->not_empty, NULL);
    *queue_out = q;
    return 0;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    (void)pthread_cond_destroy(&q->not_empty);
    (void)pthread_cond_destroy(&q->not_full);
    (void)pthread_mutex_destroy(&q->lock);
    free(q);
}

/* The lock is held and there is room. Who waits is signalled once it is let go
 * of: else it would wake up only to sleep again, on the lock. */
static void put_item(struct queue *q, void *item)
{
    q->items[(q->first + q->count) % q->capacity] = item;
    q->count++;
}

/* The lock is held. */
static void *get_item(struct queue *q)
{
    void *item;

    if (!q->count)
        return NULL;
    item = q->items[q->first];
    q->first = (q->first + 1) % q->capacity;
    q->count--;
    return item;
}

static bool push(struct queue *q, void *item, bool wait)
{
    bool pushed = false;

    (void)pthread_mutex_lock(&q->lock);
    while (wait && q->count == q->capacity && !q->closed)
        (void)pthread_cond_wait(&q->not_full, &q->lock);
    if (!q->closed && q->count < q->capacity) {
        put_item(q, item);
        pushed = true;
    }
    (void)pthread_mutex_unlock(&q->lock);
    if (pushed)
        (void)pthread_cond_signal(&q->not_empty);
    return pushed;
}

static void *pop(struct queue *q, bool wait)
{
    void *item;

    (void)pthread_mutex_lock(&q->lock);
    while (wait && !q->count && !q->closed)
        (void)pthread_cond_wait(&q->not_empty, &q->lock);
    item = get_item(q);
    (void)pthread_mutex_unlock(&q->lock);
    if (item)
        (void)pthread_cond_signal(&q->not_full);
    return item;
}

bool queue_push(struct queue *q, void *item)
{
    return push(q, item, true);
}

bool queue_try_push(struct queue *q, void *item)
{
    return push(q, item, false);
}

void *queue_pop(struct queue *q)
{
    return pop(q, true);
}

void *queue_try_pop(struct queue *q)
{
    return pop(q, false);
}

void queue_close(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->not_full);
    (void)pthread_cond_broadcast(&q->not_empty);
    (void)pthread_mutex_unlock(&q->lock);
}

size_t queue_depth(struct queue *q)
{
    size_t count;

    (void)pthread_mutex_lock(&q->lock);
    count = q->count;
    (void)pthread_mutex_unlock(&q->lock);
    return count;
}
