#include "pipeline/shards.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "pipeline/fairness.h"
#include "pipeline/shard.h"

/* Of all threads together. */
#define BATCHES 16
#define BATCHES_LEAST 4
#define LIVE_BATCHES 512
#define LIVE_BYTES ((size_t)128 << 20)
/* What is old enough is observed, and the owner has its turn, so often, of
   packet time. */
#define MARK_NS INT64_C(50000000)
#define TURN_NS INT64_C(250000000)

struct shards {
    struct shard *items[SHARDS_MAX];
    size_t count;
    size_t batches; /* of each */
    struct owner *owner;
    int (*begin_fn)(void *arg, struct correlator *c);
    void *begin_arg;
    atomic_int failure;
    /* the reader's own: */
    struct capture_gap *lost; /* of each source and kind: not yet told of */
    uint64_t *dropped;        /* likewise: messages, in all */
    size_t source_count;
    int64_t reorder_ns;
    int64_t mark_ns; /* of the last mark */
    int64_t turn_ns; /* of the last one where they meet */
    bool never_wait;
    bool live;
    struct fairness *fairness; /* of never_wait */
    unsigned taken;            /* parts of the queue, when last asked */
    uint32_t asked;            /* messages so far: now and then it is asked */
    /* of all threads: */
    pthread_mutex_t meeting;
    pthread_cond_t met;
    size_t arrived;
    uint64_t meetings;
    bool begun;
    pthread_mutex_t state_lock;
    struct shards_state state;
};

/* --- where the threads meet ----------------------------------------------- */

static void publish(struct shards *s, int64_t clock_ns)
{
    (void)pthread_mutex_lock(&s->state_lock);
    owner_counters(s->owner, &s->state.counters);
    owner_fills(s->owner, s->state.fills);
    s->state.calls_open = owner_calls_open(s->owner);
    s->state.clock_ns = clock_ns;
    (void)pthread_mutex_unlock(&s->state_lock);
}

static void fail(struct shards *s, int rc)
{
    int none = 0;

    if (rc)
        (void)atomic_compare_exchange_strong(&s->failure, &none, rc);
}

/* All threads but this one stand still. */
static void take_turn(struct shards *s, const struct mark *m)
{
    if (atomic_load(&s->failure))
        return;
    fail(s, m->last   ? owner_end(s->owner, m->until_ns)
            : m->tell ? owner_tell(s->owner, m->until_ns)
                      : owner_advance(s->owner, m->until_ns));
    if (m->tick && !atomic_load(&s->failure))
        publish(s, m->clock_ns);
}

static int meet(void *arg, const struct mark *m, int rc)
{
    struct shards *s = arg;
    uint64_t meeting;

    fail(s, rc);
    if (s->count == 1) {
        take_turn(s, m);
        return atomic_load(&s->failure);
    }
    (void)pthread_mutex_lock(&s->meeting);
    meeting = s->meetings;
    if (++s->arrived == s->count) {
        take_turn(s, m);
        s->arrived = 0;
        s->meetings++;
        (void)pthread_cond_broadcast(&s->met);
    }
    while (meeting == s->meetings)
        (void)pthread_cond_wait(&s->met, &s->meeting);
    (void)pthread_mutex_unlock(&s->meeting);
    return atomic_load(&s->failure);
}

/* The first takes up what an earlier run left, for all of them. */
static int begin(void *arg, size_t no)
{
    struct shards *s = arg;

    if (no == 0 && s->begin_fn)
        fail(s, s->begin_fn(s->begin_arg, owner_correlator(s->owner, 0)));
    (void)pthread_mutex_lock(&s->meeting);
    if (no == 0) {
        s->begun = true;
        (void)pthread_cond_broadcast(&s->met);
    }
    while (!s->begun)
        (void)pthread_cond_wait(&s->met, &s->meeting);
    (void)pthread_mutex_unlock(&s->meeting);
    return atomic_load(&s->failure);
}

/* --- start ---------------------------------------------------------------- */

static void free_shards(struct shards *s)
{
    for (size_t i = 0; i < SHARDS_MAX; i++)
        shard_free(s->items[i]);
    owner_free(s->owner);
    (void)pthread_mutex_destroy(&s->meeting);
    (void)pthread_cond_destroy(&s->met);
    (void)pthread_mutex_destroy(&s->state_lock);
    fairness_free(s->fairness);
    free(s->lost);
    free(s->dropped);
    free(s);
}

static int start_threads(struct shards *s)
{
    int rc = 0;

    for (size_t i = 0; i < s->count && !rc; i++) {
        const struct shard_options options = {.correlator =
                                                  owner_correlator(s->owner, i),
                                              .batches = s->batches,
                                              .no = i,
                                              .begin_fn = begin,
                                              .meet_fn = meet,
                                              .arg = s};

        rc = shard_start(&options, &s->items[i]);
    }
    for (size_t i = 0; rc && i < s->count && s->items[i]; i++)
        shard_join(s->items[i]);
    return rc;
}

static size_t batches_each(const struct shards *s)
{
    size_t batches = (s->never_wait ? LIVE_BATCHES : BATCHES) / s->count;

    return batches < BATCHES_LEAST ? BATCHES_LEAST : batches;
}

int shards_start(const struct shards_options *options,
                 struct shards **shards_out)
{
    const struct owner_options owner = {.limits = options->limits,
                                        .sink = options->sink,
                                        .correlators = options->count};
    struct shards *s = calloc(1, sizeof(*s));
    int rc = -ENOMEM;

    if (!s)
        return rc;
    (void)pthread_mutex_init(&s->meeting, NULL);
    (void)pthread_cond_init(&s->met, NULL);
    (void)pthread_mutex_init(&s->state_lock, NULL);
    s->state.clock_ns = s->mark_ns = s->turn_ns = INT64_MIN / 2;
    s->count = options->count;
    s->reorder_ns = options->reorder_ns;
    s->live = options->limits->live;
    s->never_wait = options->never_wait;
    s->batches = batches_each(s);
    s->source_count = options->source_count;
    s->begin_fn = options->begin_fn;
    s->begin_arg = options->begin_arg;
    s->lost = calloc(s->source_count * GAP_KIND_COUNT, sizeof(*s->lost));
    s->dropped = calloc(s->source_count, sizeof(*s->dropped));
    if (s->lost && s->dropped && !(s->never_wait && fairness_new(&s->fairness)))
        rc = owner_new(&owner, &s->owner);
    if (!rc)
        rc = start_threads(s);
    if (rc)
        free_shards(s);
    else
        *shards_out = s;
    return rc;
}

/* --- the reader ----------------------------------------------------------- */

static int failure_of(const struct shards *s)
{
    return atomic_load_explicit(&s->failure, memory_order_relaxed);
}

/* Whatever holds a mark goes to all at once: they wait for each other. */
static void hand_over_all(struct shards *s)
{
    for (size_t i = 0; i < s->count; i++)
        shard_hand_over(s->items[i]);
}

/* A batch of each: false where one thread has all of its own. */
static bool open_all(struct shards *s)
{
    bool open = true;

    for (size_t i = 0; i < s->count; i++)
        open = shard_batch(s->items[i], !s->never_wait) && open;
    return open;
}

static bool set_mark(struct shards *s, const struct mark *what)
{
    struct mark m = *what;

    if (!open_all(s))
        return false;
    for (size_t i = 0; i < s->count; i++) {
        struct batch *b = shard_batch(s->items[i], false);

        m.messages = b->count;
        m.gaps = b->gap_count;
        b->marks[b->mark_count++] = m;
    }
    s->mark_ns = m.until_ns;
    if (m.turn)
        s->turn_ns = m.until_ns;
    if (m.tick || m.tell || m.last ||
        shard_batch(s->items[0], false)->mark_count == BATCH_MARKS)
        hand_over_all(s);
    return true;
}

static int64_t window_end(const struct shards *s, int64_t clock_ns)
{
    return clock_ns < INT64_MIN + s->reorder_ns ? INT64_MIN
                                                : clock_ns - s->reorder_ns;
}

static __attribute__((noinline)) void
mark_time(struct shards *s, int64_t until_ns, int64_t clock_ns)
{
    const struct mark m = {.until_ns = until_ns,
                           .clock_ns = clock_ns,
                           .turn = until_ns - s->turn_ns >= TURN_NS};

    (void)set_mark(s, &m);
}

static inline void pass_time(struct shards *s, int64_t clock_ns)
{
    int64_t until_ns = window_end(s, clock_ns);

    if (until_ns - s->turn_ns >= TURN_NS || until_ns - s->mark_ns >= MARK_NS)
        mark_time(s, until_ns, clock_ns);
}

/* Keep a gap until there is a batch to tell of it in. */
static void remember(struct shards *s, const struct capture_gap *gap)
{
    size_t at = (size_t)gap->source * GAP_KIND_COUNT + (size_t)gap->kind;
    struct capture_gap *to = &s->lost[at];

    if (!to->gaps) {
        *to = *gap;
        to->src = to->dst = (struct address){0};
        to->gaps = gap->gaps ? gap->gaps : 1;
        return;
    }
    gap_widen(to, gap);
}

/* All are told; they hold as many gaps each. */
static bool add_gap(struct shards *s, const struct capture_gap *gap)
{
    if (!open_all(s) ||
        shard_batch(s->items[0], false)->gap_count == BATCH_GAPS)
        return false;
    for (size_t i = 0; i < s->count; i++) {
        struct batch *b = shard_batch(s->items[i], false);

        b->gaps[b->gap_count++] = *gap;
    }
    return true;
}

static void tell_lost(struct shards *s)
{
    for (size_t i = 0; i < s->source_count * GAP_KIND_COUNT; i++)
        if (s->lost[i].gaps && add_gap(s, &s->lost[i]))
            s->lost[i].gaps = 0;
}

static __attribute__((noinline)) void drop(struct shards *s,
                                           struct observation *o)
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
static unsigned parts_taken(struct shards *s)
{
    size_t by_count = shards_depth(s) * FAIRNESS_PARTS / s->batches;
    size_t by_bytes = 0;

    for (size_t i = 0; i < s->count; i++)
        by_bytes += shard_bytes(s->items[i]);
    by_bytes /= LIVE_BYTES / FAIRNESS_PARTS;
    return (unsigned)(by_count > by_bytes ? by_count : by_bytes);
}

static __attribute__((noinline)) bool is_admitted(struct shards *s,
                                                  const struct observation *o)
{
    if (s->asked++ % BATCH_MESSAGES == 0 || s->taken >= FAIRNESS_COUNT_FROM)
        s->taken = parts_taken(s);
    return s->taken < FAIRNESS_PARTS &&
           fairness_admit(s->fairness, o, s->taken);
}

int shards_push(struct shards *s, struct observation *o, int64_t clock_ns)
{
    struct shard *to =
        s->items[owner_choose(o->message.call_id_hash, s->count)];
    struct batch *b;

    pass_time(s, clock_ns);
    b = !s->never_wait || is_admitted(s, o) ? shard_batch(to, !s->never_wait)
                                            : NULL;
    if (!b) {
        drop(s, o);
        return failure_of(s);
    }
    b->times_ns[b->count] = o->arrival.time_ns;
    b->messages[b->count++] = o;
    b->bytes += o->message.text.length;
    if (b->count == BATCH_MESSAGES)
        hand_over_all(s);
    return failure_of(s);
}

int shards_gap(struct shards *s, const struct capture_gap *gap)
{
    if (!add_gap(s, gap)) {
        if (gap->kind != GAP_OPAQUE) /* says nothing without its addresses */
            remember(s, gap);
        return failure_of(s);
    }
    if (shard_batch(s->items[0], false)->gap_count == BATCH_GAPS)
        hand_over_all(s);
    return failure_of(s);
}

int shards_tick(struct shards *s, int64_t clock_ns)
{
    const struct mark m = {.until_ns = window_end(s, clock_ns),
                           .clock_ns = clock_ns,
                           .turn = true,
                           .tell = s->live,
                           .tick = s->never_wait};

    tell_lost(s);
    if (set_mark(s, &m) && !m.tick && !m.tell)
        hand_over_all(s);
    return failure_of(s);
}

uint64_t shards_dropped(const struct shards *s, uint32_t source)
{
    return s->dropped[source];
}

size_t shards_depth(struct shards *s)
{
    size_t depth = 0;

    for (size_t i = 0; i < s->count; i++) {
        size_t own = shard_depth(s->items[i]);

        depth = own > depth ? own : depth;
    }
    return depth;
}

size_t shards_depth_max(const struct shards *s)
{
    return s->batches;
}

void shards_state_read(struct shards *s, struct shards_state *state_out)
{
    (void)pthread_mutex_lock(&s->state_lock);
    *state_out = s->state;
    (void)pthread_mutex_unlock(&s->state_lock);
}

int shards_stop(struct shards *s, int64_t clock_ns,
                struct correlator_counters *counters_out,
                uint64_t *too_late_out)
{
    const struct mark end = {
        .until_ns = clock_ns, .clock_ns = clock_ns, .turn = true, .last = true};
    int rc;

    s->never_wait = false;
    tell_lost(s);
    (void)set_mark(s, &end);
    *too_late_out = 0;
    for (size_t i = 0; i < s->count; i++) {
        shard_join(s->items[i]);
        *too_late_out += shard_too_late(s->items[i]);
    }
    rc = atomic_load(&s->failure);
    if (counters_out)
        owner_counters(s->owner, counters_out);
    free_shards(s);
    return rc;
}
