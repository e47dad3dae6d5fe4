#include "pipeline/shard.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/queue.h"
#include "pipeline/reorder.h"
#include "sip/check.h"

#define BATCH_MESSAGES 128
#define BATCH_GAPS 32
#define BATCHES 16

struct batch {
    struct observation *messages[BATCH_MESSAGES];
    size_t count;
    struct capture_gap gaps[BATCH_GAPS];
    size_t gap_count;
    int64_t clock_ns;
    bool last;
    bool tell; /* live: what has changed */
};

struct shard {
    pthread_t thread;
    struct queue *full;  /* reader to shard */
    struct queue *empty; /* shard to reader */
    struct batch *batches;
    struct batch *open; /* the reader's */
    atomic_int failure;
    /* the thread's own: */
    struct correlator *correlator;
    struct reorder reorder;
    int64_t reorder_ns;
    bool live;
    struct sip_check_memory checked;
};

/* What the reader's thread leaves to this one, which has less to do. */
static void examine(struct shard *s, struct observation *o)
{
    struct sip_message *m = &o->message;

    o->text_hash = hash_span(m->text);
    sip_message_check(m, &s->checked, &m->anomalies);
}

/* Observe what has left the window, then let timers fire. */
static int advance(struct shard *s, int64_t until_ns)
{
    struct observation *o;
    int rc = 0;

    while (!rc && (o = reorder_take(&s->reorder, until_ns))) {
        examine(s, o);
        rc = correlator_observe(s->correlator, o);
    }
    return rc ? rc : correlator_advance(s->correlator, until_ns);
}

static int64_t window_end(const struct shard *s, int64_t clock_ns)
{
    return clock_ns < INT64_MIN + s->reorder_ns ? INT64_MIN
                                                : clock_ns - s->reorder_ns;
}

static int take_batch(struct shard *s, struct batch *b)
{
    int rc = 0;

    for (size_t i = 0; i < b->gap_count && !rc; i++)
        rc = correlator_gap(s->correlator, &b->gaps[i]);
    for (size_t i = 0; i < b->count; i++) {
        int pushed = rc ? rc : reorder_push(&s->reorder, b->messages[i]);

        if (pushed)
            observation_release(b->messages[i]);
        rc = pushed;
    }
    if (!rc && !b->last) {
        rc = advance(s, window_end(s, b->clock_ns));
        return rc || !b->tell
                   ? rc
                   : correlator_tell(s->correlator, window_end(s, b->clock_ns));
    }
    if (!rc)
        rc = advance(s, b->clock_ns);
    return rc ? rc : correlator_end(s->correlator);
}

static void drop_batch(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        observation_release(b->messages[i]);
}

static void *run(void *arg)
{
    struct shard *s = arg;
    struct batch *b;
    int rc = 0;

    while ((b = queue_pop(s->full))) {
        if (rc)
            drop_batch(b);
        else
            rc = take_batch(s, b);
        if (rc)
            atomic_store(&s->failure, rc);
        b->count = b->gap_count = 0;
        (void)queue_push(s->empty, b);
    }
    return NULL;
}

static void free_shard(struct shard *s)
{
    correlator_free(s->correlator);
    reorder_fini(&s->reorder);
    queue_free(s->full);
    queue_free(s->empty);
    free(s->batches);
    free(s);
}

int shard_start(const struct correlator_limits *limits,
                const struct record_sink *sink, int64_t reorder_ns,
                struct shard **shard_out)
{
    struct shard *s = calloc(1, sizeof(*s));
    int rc = -ENOMEM;

    if (!s)
        return rc;
    reorder_init(&s->reorder);
    s->reorder_ns = reorder_ns;
    s->live = limits->live;
    s->batches = calloc(BATCHES, sizeof(*s->batches));
    if (!s->batches || queue_new(BATCHES, &s->full) ||
        queue_new(BATCHES, &s->empty))
        goto failed;
    rc = correlator_new(limits, sink, &s->correlator);
    if (rc)
        goto failed;
    for (size_t i = 1; i < BATCHES; i++)
        (void)queue_push(s->empty, &s->batches[i]);
    s->open = &s->batches[0];
    rc = -pthread_create(&s->thread, NULL, run, s);
    if (rc)
        goto failed;
    *shard_out = s;
    return 0;
failed:
    free_shard(s);
    return rc;
}

static int hand_over(struct shard *s, int64_t clock_ns, bool last, bool tell)
{
    struct batch *b = s->open;

    b->clock_ns = clock_ns;
    b->last = last;
    b->tell = tell && s->live;
    (void)queue_push(s->full, b);
    s->open = queue_pop(s->empty);
    return atomic_load_explicit(&s->failure, memory_order_relaxed);
}

int shard_push(struct shard *s, struct observation *o, int64_t clock_ns)
{
    s->open->messages[s->open->count++] = o;
    if (s->open->count < BATCH_MESSAGES)
        return 0;
    return hand_over(s, clock_ns, false, false);
}

int shard_gap(struct shard *s, const struct capture_gap *gap, int64_t clock_ns)
{
    s->open->gaps[s->open->gap_count++] = *gap;
    if (s->open->gap_count < BATCH_GAPS)
        return 0;
    return hand_over(s, clock_ns, false, false);
}

int shard_tick(struct shard *s, int64_t clock_ns)
{
    return hand_over(s, clock_ns, false, true);
}

int shard_stop(struct shard *s, int64_t clock_ns,
               struct correlator_counters *counters_out, uint64_t *too_late_out)
{
    int rc;

    (void)hand_over(s, clock_ns, true, false);
    queue_close(s->full);
    (void)pthread_join(s->thread, NULL);
    rc = atomic_load(&s->failure);
    if (counters_out)
        *counters_out = *correlator_counters_of(s->correlator);
    *too_late_out = s->reorder.too_late;
    free_shard(s);
    return rc;
}
