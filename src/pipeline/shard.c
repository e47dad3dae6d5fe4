#include "pipeline/shard.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/queue.h"
#include "pipeline/fairness.h"
#include "pipeline/reorder.h"
#include "sip/check.h"

#define BATCH_MESSAGES 128
#define BATCH_GAPS 32
#define BATCHES 16
#define LIVE_BATCHES 512
#define LIVE_BYTES ((size_t)128 << 20)

struct batch {
    struct observation *messages[BATCH_MESSAGES];
    int64_t times_ns[BATCH_MESSAGES]; /* of them */
    size_t count;
    struct capture_gap gaps[BATCH_GAPS];
    size_t gap_count;
    size_t bytes; /* of its messages */
    int64_t clock_ns;
    bool last;
    bool tell; /* live: what has changed */
    bool tick; /* say where correlation stands */
};

struct shard {
    pthread_t thread;
    struct queue *full;  /* reader to shard */
    struct queue *empty; /* shard to reader */
    struct batch *batches;
    atomic_int failure;
    atomic_size_t bytes; /* of messages handed over and not yet taken */
    /* the reader's own: */
    struct batch *open;       /* NULL: none was free */
    struct capture_gap *lost; /* of each source and kind: not yet told of */
    uint64_t *dropped;        /* likewise: messages, in all */
    size_t source_count;
    bool never_wait;
    struct fairness *fairness; /* of never_wait */
    unsigned taken;            /* parts of the queue, when last asked */
    uint32_t asked;            /* messages so far: now and then it is asked */
    /* the thread's own: */
    struct correlator *correlator;
    struct reorder reorder;
    int64_t reorder_ns;
    bool live;
    int (*begin_fn)(void *arg, struct correlator *c);
    void *begin_arg;
    struct sip_check_memory checked;
    /* of both: */
    pthread_mutex_t state_lock;
    struct shard_state state;
};

/* What the reader's thread leaves to this one: so both have as much to do. */
static void examine(struct shard *s, struct observation *o)
{
    struct sip_message *m = &o->message;

    sip_message_check(m, &s->checked, &m->anomalies);
}

/* Observe what has left the window, then let timers fire. */
static int advance(struct shard *s, int64_t until_ns)
{
    struct observation *group[CORRELATOR_GROUP];
    size_t count;
    int rc = 0;

    do {
        count = 0;
        while (count < CORRELATOR_GROUP &&
               (group[count] = reorder_take(&s->reorder, until_ns)) != NULL)
            examine(s, group[count++]);
        rc = correlator_observe_all(s->correlator, group, count);
    } while (!rc && count);
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
        int pushed =
            rc ? rc : reorder_push(&s->reorder, b->messages[i], b->times_ns[i]);

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

static void publish(struct shard *s, int64_t clock_ns)
{
    (void)pthread_mutex_lock(&s->state_lock);
    s->state.counters = *correlator_counters_of(s->correlator);
    correlator_fills(s->correlator, s->state.fills);
    s->state.calls_open = correlator_calls_open(s->correlator);
    s->state.clock_ns = clock_ns;
    (void)pthread_mutex_unlock(&s->state_lock);
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
    int rc = s->begin_fn ? s->begin_fn(s->begin_arg, s->correlator) : 0;

    while ((b = queue_pop(s->full))) {
        if (rc)
            drop_batch(b);
        else
            rc = take_batch(s, b);
        if (!rc && b->tick)
            publish(s, b->clock_ns);
        if (rc)
            atomic_store(&s->failure, rc);
        (void)atomic_fetch_sub_explicit(&s->bytes, b->bytes,
                                        memory_order_relaxed);
        b->count = b->gap_count = 0;
        b->bytes = 0;
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
    (void)pthread_mutex_destroy(&s->state_lock);
    fairness_free(s->fairness);
    free(s->batches);
    free(s->lost);
    free(s->dropped);
    free(s);
}

int shard_start(const struct shard_options *options, struct shard **shard_out)
{
    struct shard *s = calloc(1, sizeof(*s));
    size_t batches = options->never_wait ? LIVE_BATCHES : BATCHES;
    int rc = -ENOMEM;

    if (!s)
        return rc;
    (void)pthread_mutex_init(&s->state_lock, NULL);
    s->state.clock_ns = INT64_MIN / 2;
    reorder_init(&s->reorder);
    s->reorder_ns = options->reorder_ns;
    s->live = options->limits->live;
    s->never_wait = options->never_wait;
    s->source_count = options->source_count;
    s->begin_fn = options->begin_fn;
    s->begin_arg = options->begin_arg;
    s->batches = calloc(batches, sizeof(*s->batches));
    s->lost = calloc(s->source_count * GAP_KIND_COUNT, sizeof(*s->lost));
    s->dropped = calloc(s->source_count, sizeof(*s->dropped));
    if (!s->batches || !s->lost || !s->dropped ||
        queue_new(batches, &s->full) || queue_new(batches, &s->empty) ||
        (s->never_wait && fairness_new(&s->fairness)))
        goto failed;
    rc = correlator_new(options->limits, options->sink, &s->correlator);
    if (rc)
        goto failed;
    for (size_t i = 1; i < batches; i++)
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

static int failure_of(const struct shard *s)
{
    return atomic_load_explicit(&s->failure, memory_order_relaxed);
}

/* A batch to fill: false where the thread has them all. */
static bool get_open(struct shard *s)
{
    if (!s->open)
        s->open = s->never_wait ? queue_try_pop(s->empty) : queue_pop(s->empty);
    return s->open != NULL;
}

static int hand_over(struct shard *s, int64_t clock_ns, bool last, bool tell)
{
    struct batch *b = s->open;

    b->clock_ns = clock_ns;
    b->last = last;
    b->tell = tell && s->live;
    b->tick = tell && s->never_wait;
    (void)atomic_fetch_add_explicit(&s->bytes, b->bytes, memory_order_relaxed);
    s->open = NULL;
    (void)queue_push(s->full, b);
    return failure_of(s);
}

/* Keep a gap until there is a batch to tell of it in. */
static void remember(struct shard *s, const struct capture_gap *gap)
{
    size_t at = (size_t)gap->source * GAP_KIND_COUNT + (size_t)gap->kind;
    struct capture_gap *to = &s->lost[at];

    if (!to->gaps) {
        *to = *gap;
        to->src = to->dst = (struct address){0};
        to->gaps = gap->gaps ? gap->gaps : 1;
        return;
    }
    if (gap->from_ns < to->from_ns)
        to->from_ns = gap->from_ns;
    if (gap->to_ns > to->to_ns)
        to->to_ns = gap->to_ns;
    to->gaps += gap->gaps;
    to->packets += gap->packets;
    to->bytes += gap->bytes;
}

static void tell_lost(struct shard *s)
{
    struct batch *b = s->open;

    for (size_t i = 0; i < s->source_count * GAP_KIND_COUNT; i++) {
        if (!s->lost[i].gaps || b->gap_count == BATCH_GAPS)
            continue;
        b->gaps[b->gap_count++] = s->lost[i];
        s->lost[i].gaps = 0;
    }
}

static void drop(struct shard *s, struct observation *o)
{
    const struct capture_gap gap = {.kind = GAP_QUEUE,
                                    .source = o->arrival.source,
                                    .from_ns = o->arrival.time_ns,
                                    .to_ns = o->arrival.time_ns,
                                    .packets = 1,
                                    .bytes = o->message.text.length};

    remember(s, &gap);
    s->dropped[gap.source]++;
    observation_release(o);
}

/* Parts of the queue that are taken, by its batches or by their bytes. */
static unsigned parts_taken(struct shard *s)
{
    size_t by_count = queue_depth(s->full) * FAIRNESS_PARTS / LIVE_BATCHES;
    size_t by_bytes = atomic_load_explicit(&s->bytes, memory_order_relaxed) /
                      (LIVE_BYTES / FAIRNESS_PARTS);

    return (unsigned)(by_count > by_bytes ? by_count : by_bytes);
}

static bool is_admitted(struct shard *s, const struct observation *o)
{
    if (!s->never_wait)
        return true;
    if (s->asked++ % BATCH_MESSAGES == 0 || s->taken >= FAIRNESS_COUNT_FROM)
        s->taken = parts_taken(s);
    return s->taken < FAIRNESS_PARTS &&
           fairness_admit(s->fairness, o, s->taken);
}

int shard_push(struct shard *s, struct observation *o, int64_t clock_ns)
{
    if (!is_admitted(s, o) || !get_open(s)) {
        drop(s, o);
        return failure_of(s);
    }
    s->open->times_ns[s->open->count] = o->arrival.time_ns;
    s->open->messages[s->open->count++] = o;
    s->open->bytes += o->message.text.length;
    if (s->open->count < BATCH_MESSAGES)
        return 0;
    return hand_over(s, clock_ns, false, false);
}

int shard_gap(struct shard *s, const struct capture_gap *gap, int64_t clock_ns)
{
    if (!get_open(s)) {
        if (gap->kind != GAP_OPAQUE) /* says nothing without its addresses */
            remember(s, gap);
        return failure_of(s);
    }
    s->open->gaps[s->open->gap_count++] = *gap;
    if (s->open->gap_count < BATCH_GAPS)
        return 0;
    return hand_over(s, clock_ns, false, false);
}

int shard_tick(struct shard *s, int64_t clock_ns)
{
    if (!get_open(s))
        return failure_of(s);
    tell_lost(s);
    return hand_over(s, clock_ns, false, true);
}

uint64_t shard_dropped(const struct shard *s, uint32_t source)
{
    return s->dropped[source];
}

size_t shard_depth(struct shard *s)
{
    return queue_depth(s->full);
}

size_t shard_depth_max(const struct shard *s)
{
    return s->never_wait ? LIVE_BATCHES : BATCHES;
}

void shard_state_read(struct shard *s, struct shard_state *state_out)
{
    (void)pthread_mutex_lock(&s->state_lock);
    *state_out = s->state;
    (void)pthread_mutex_unlock(&s->state_lock);
}

int shard_stop(struct shard *s, int64_t clock_ns,
               struct correlator_counters *counters_out, uint64_t *too_late_out)
{
    int rc;

    s->never_wait = false;
    (void)get_open(s);
    tell_lost(s);
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
