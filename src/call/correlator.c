#include <errno.h>
#include <stdlib.h>

#include "call/ahead.h"
#include "call/bound.h"
#include "call/emit.h"
#include "call/hidden.h"
#include "call/progress.h"
#include "call/register.h"
#include "call/role.h"
#include "call/join.h"
#include "call/pending.h"
#include "call/route.h"
#include "call/turn.h"

#define SECOND_NS INT64_C(1000000000)
/* What has begun may still get a start, or a hop nearer to the caller, that
 * its key is made of: it is told of a little later. */
#define SETTLED_US INT64_C(100000)
/* Dialogs for each exchange that may be open: forks are few. */
#define DIALOGS_PER_EXCHANGE 4

const struct correlator_limits correlator_limits_default = {
    .exchanges = 1000000,
    .transactions = 4000000,
    .bindings = 262144,
    .endpoints = 65536,
    .subscriptions = 262144,
    .open_bytes = (size_t)640 << 20,
    .text_bytes = (size_t)64 << 20,
    .pending_bytes = (size_t)9 << 20,
    .pending_ns = 30 * SECOND_NS,
    .copy_window_ns = SECOND_NS / 5,
    .provisional_ns = 600 * SECOND_NS,
    .idle_ns = 24 * 3600 * SECOND_NS,
    .links = 100000,
    .links_ns = 3600 * SECOND_NS,
};

static int init_tables(struct correlator *c)
{
    int rc = table_init(&c->groups, c->limits.exchanges);

    if (!rc)
        rc = transaction_table_init(&c->transactions, c->limits.transactions);
    if (!rc)
        rc = dialog_table_init(&c->dialogs,
                               c->limits.exchanges * DIALOGS_PER_EXCHANGE);
    if (!rc)
        rc = copy_window_new(c->limits.copy_window_ns, &c->copies);
    if (!rc)
        rc = gap_memory_init(&c->gaps);
    if (!rc)
        rc = gap_memory_init(&c->opaque);
    if (!rc && c->sink.wants_messages) {
        c->part = malloc(PART_MESSAGES_MAX * sizeof(*c->part));
        rc = c->part ? 0 : -ENOMEM;
    }
    return rc;
}

int turn_begin(struct correlator *c, struct owner *o,
               const struct correlator_limits *limits,
               const struct record_sink *sink)
{
    c->owner = o;
    c->limits = *limits;
    c->sink = *sink;
    pool_init(&c->group_pool, sizeof(struct group));
    pool_init(&c->exchange_pool, sizeof(struct exchange));
    pool_init(&c->call_pool, sizeof(struct call));
    pool_init(&c->invite_pool, sizeof(struct invite));
    pool_init(&c->pending_pool, sizeof(struct pending));
    pool_init(&c->join_pool, sizeof(struct join));
    register_init(c);
    subscription_init(c);
    texts_pool_init(&c->texts_pool);
    list_init(&c->age);
    list_init(&c->light);
    list_init(&c->waiting);
    list_init(&c->changed);
    wheel_init(&c->wheel);
    return init_tables(c);
}

static struct exchange *oldest(struct correlator *c)
{
    if (list_empty(&c->age))
        return NULL;
    return CONTAINER_OF(c->age.next, struct exchange, age);
}

void turn_free(struct correlator *c)
{
    struct exchange *x;

    while ((x = oldest(c)) != NULL) {
        struct group *g = x->group;

        exchange_free(c, x);
        group_drop_empty(c, g);
    }
    join_drop_all(c);
    pool_fini(&c->group_pool);
    pool_fini(&c->exchange_pool);
    pool_fini(&c->call_pool);
    pool_fini(&c->invite_pool);
    pool_fini(&c->pending_pool);
    pool_fini(&c->join_pool);
    pool_fini(&c->register_pool);
    pool_fini(&c->subscription_pool);
    texts_pool_fini(&c->texts_pool);
    transaction_table_fini(&c->transactions);
    dialog_table_fini(&c->dialogs);
    table_fini(&c->groups);
    copy_window_free(c->copies);
    gap_memory_fini(&c->gaps);
    gap_memory_fini(&c->opaque);
    free(c->part);
    free(c);
}

static void hand_on(struct correlator *c, struct exchange *x,
                    enum call_occasion occasion)
{
    struct group *g = x->group;

    exchange_hand_on(c, x, occasion);
    group_drop_empty(c, g);
}

int turn_take_failure(struct correlator *c)
{
    int rc = c->failure;

    c->failure = 0;
    return rc;
}

static size_t take_due(struct correlator *c, struct exchange **due_out)
{
    struct wheel_timer *t;
    size_t count = 0;

    while (count < CORRELATOR_GROUP &&
           (t = wheel_take_due(&c->wheel, c->clock_ns)) != NULL)
        due_out[count++] = CONTAINER_OF(t, struct exchange, timer);
    return count;
}

/* Of those whose timer fired: plan the others anew. @return How many are left
 */
static size_t keep_ended(struct correlator *c, struct exchange **fired,
                         size_t count)
{
    size_t kept = 0;

    ahead_look(fired, count);
    for (size_t i = 0; i < count; i++) {
        int64_t due = exchange_due_ns(c, fired[i]);

        if (due > c->clock_ns)
            wheel_arm(&c->wheel, &fired[i]->timer, due);
        else
            fired[kept++] = fired[i];
    }
    return kept;
}

static void fire_timers(struct correlator *c)
{
    struct exchange *fired[CORRELATOR_GROUP];
    size_t count;

    while ((count = take_due(c, fired)) != 0) {
        count = keep_ended(c, fired, count);
        ahead_end(c, fired, count);
        for (size_t i = 0; i < count; i++)
            hand_on(c, fired[i],
                    time_ns_between(fired[i]->touched_ns, c->clock_ns) >=
                            c->limits.idle_ns
                        ? CALL_IDLE
                        : CALL_LINGERED);
    }
}

int correlator_gap(struct correlator *c, const struct capture_gap *gap)
{
    int rc;

    if (gap->kind == GAP_OPAQUE)
        return hidden_add(&c->opaque, gap);
    rc = gap_memory_add(&c->gaps, gap);
    if (rc || c != c->owner->correlators[0])
        return rc;
    /* all correlators are told of it: it is one row, and counts once */
    c->counters.gaps++;
    c->counters.gaps_forgotten = c->gaps.forgotten;
    return gap_rows_add(&c->owner->gap_rows, gap);
}

static void set_clock(struct correlator *c, int64_t now_ns)
{
    if (c->has_clock && now_ns <= c->clock_ns)
        return;
    c->has_clock = true;
    c->clock_ns = now_ns;
}

void turn_fire(struct correlator *c, int64_t now_ns)
{
    set_clock(c, now_ns);
    c->fired_at_ns = c->clock_ns;
    fire_timers(c);
    register_keep(c);
    correlator_bound_pending(c);
}

/* One that is fed without a pace looks at its timers four times a second of
 * packet time. */
static int pass_time(struct correlator *c, int64_t now_ns)
{
    bool first = !c->has_clock;

    set_clock(c, now_ns);
    if (c->owner->paced ||
        (!first &&
         time_ns_between(c->fired_at_ns, c->clock_ns) < SECOND_NS / 4))
        return 0;
    return owner_advance(c->owner, now_ns);
}

static void count_message(struct correlator *c, const struct sighting *s)
{
    c->counters.duplicates += s->copy != COPY_NONE;
    c->counters.retransmissions += s->verdict.retransmission;
    for (unsigned w = 0; w < ANOMALY_WORDS; w++) {
        uint64_t bits = s->anomalies.bits[w];

        for (; bits; bits &= bits - 1)
            c->counters.anomalies[w * 64 + (unsigned)__builtin_ctzll(bits)]++;
    }
}

/* Only what can make the next look earlier than planned. An ACK cannot: where
 * it was waited for, that was sooner. */
static bool changes_plan(const struct sighting *s)
{
    if (!s->exchange->timer.node.next)
        return true;
    /* What is no call is planned from its last message on: ever later. */
    return s->exchange->call &&
           (s->is_new_transaction || s->verdict.first_final);
}

/* It is all zero. */
static void begin_sighting(struct observation *seen, struct sighting *s)
{
    s->seen = seen;
    s->m = &seen->message;
    s->at = time_us_of_ns(seen->arrival.time_ns);
    s->anomalies = seen->message.anomalies;
}

static struct fetched *fetch(struct correlator *c,
                             struct observation *const *seen, size_t count)
{
    struct fetched *f = &c->fetched[c->fetched_last ^= 1];

    memset(f->sightings, 0, count * sizeof(f->sightings[0]));
    for (size_t i = 0; i < count; i++)
        begin_sighting(seen[i], &f->sightings[i]);
    ahead_fetch(c, f->sightings, count);
    f->count = count;
    return f;
}

void correlator_fetch(struct correlator *c, struct observation *const *seen,
                      size_t count)
{
    if (count)
        (void)fetch(c, seen, count);
}

/* Was it fetched before? */
static struct fetched *find_fetched(struct correlator *c,
                                    struct observation *const *seen,
                                    size_t count)
{
    for (unsigned i = 0; i < 2; i++) {
        struct fetched *f = &c->fetched[i];

        if (f->count == count && f->sightings[0].seen == seen[0])
            return f;
    }
    return NULL;
}

/* What subscriptions are made of. */
static bool is_of_subscription(enum sip_method method)
{
    return method == SIP_SUBSCRIBE || method == SIP_REFER ||
           method == SIP_NOTIFY || method == SIP_BENOTIFY;
}

static int observe(struct correlator *c, struct sighting *s)
{
    const struct observation *seen = s->seen;
    bool plan;
    int failed, rc;

    c->counters.messages++;
    failed = pass_time(c, seen->arrival.time_ns);
    if (!c->limits.keep_copies)
        s->copy =
            copy_window_observe(c->copies, seen->text_hash, &seen->arrival);
    rc = route_message(c, s);
    if (rc) {
        if (s->group)
            group_drop_empty(c, s->group);
        observation_release(s->seen);
        return rc;
    }
    if (s->exchange->call)
        call_observe(c, s->exchange->call, s);
    else if (is_of_subscription(s->m->cseq_method))
        subscription_observe(c, s->exchange, s);
    if (is_of_subscription(s->m->cseq_method))
        subscription_collect(c, s->exchange, s);
    role_observe(c, s);
    if (s->exchange->kind == EXCHANGE_REGISTER)
        register_observe(c, s->exchange, s);
    count_message(c, s);
    plan = changes_plan(s);
    rc = exchange_take(c, s); /* the message may be gone after this */
    if (plan)
        exchange_plan(c, s->exchange);
    if (c->pending_bytes > c->limits.pending_bytes)
        correlator_bound_pending(c);
    bound_observe(c, s->exchange);
    if (bound_exceeded(c))
        exchange_bound(c);
    if (c->joins && !c->owner->paced && !failed)
        failed = join_all(c->owner);
    failed = failed ? failed : turn_take_failure(c);
    return rc ? rc : failed;
}

int correlator_observe_all(struct correlator *c,
                           struct observation *const *seen, size_t count)
{
    struct fetched *f, *next;
    int rc = 0;

    if (!count)
        return 0;
    f = find_fetched(c, seen, count);
    if (!f)
        f = fetch(c, seen, count);
    next = &c->fetched[f == &c->fetched[0]];
    ahead_begin(c, f->sightings, count);
    for (size_t i = 0; i < count; i++) {
        if (i == count / 2) /* by now their places in the tables are there */
            ahead_fetch_likely(c, next->sightings, next->count);
        if (rc)
            observation_release(seen[i]);
        else
            rc = observe(c, &f->sightings[i]);
    }
    exchange_release_taken(c);
    f->count = 0;
    if (rc)
        next->count = 0;
    return rc;
}

int correlator_observe(struct correlator *c, struct observation *seen)
{
    return correlator_observe_all(c, &seen, 1);
}

static void tell_exchanges(struct correlator *c, int64_t until_us)
{
    while (!list_empty(&c->changed)) {
        struct exchange *x =
            CONTAINER_OF(c->changed.next, struct exchange, changed);

        if (x->first_at > until_us)
            return;
        exchange_tell(c, x);
    }
}

void turn_tell(struct correlator *c)
{
    tell_exchanges(c, time_us_of_ns(c->clock_ns) - SETTLED_US);
}

/* A live capture has been stopped: what goes on stays open. */
static void leave_open(struct correlator *c)
{
    tell_exchanges(c, INT64_MAX);
    for (struct list *n = c->age.next; n != &c->age; n = n->next)
        c->counters.calls_left +=
            CONTAINER_OF(n, struct exchange, age)->call != NULL;
}

/* The oldest of those that are open. */
static size_t take_oldest(struct correlator *c, struct exchange **oldest_out)
{
    struct list *n = c->age.next;
    size_t count = 0;

    for (; count < CORRELATOR_GROUP && n != &c->age; n = n->next)
        oldest_out[count++] = CONTAINER_OF(n, struct exchange, age);
    return count;
}

static void end_all(struct correlator *c)
{
    struct exchange *ending[CORRELATOR_GROUP];
    size_t count;

    while ((count = take_oldest(c, ending)) != 0) {
        ahead_look(ending, count);
        ahead_end(c, ending, count);
        for (size_t i = 0; i < count; i++)
            hand_on(c, ending[i], CALL_INPUT_ENDS);
    }
}

void turn_end(struct correlator *c)
{
    if (c->has_clock)
        fire_timers(c);
    if (c->limits.live)
        leave_open(c);
    else
        end_all(c);
    c->counters.copies_unsure = copy_window_dropped(c->copies);
}
