#include "call/owner.h"

#include <errno.h>
#include <stdlib.h>

#include "call/join.h"
#include "call/shared_sink.h"
#include "call/turn.h"

size_t owner_choose(uint64_t call_id_hash, size_t count)
{
    return count == 1 ? 0 : (call_id_hash >> 32) * count >> 32;
}

/* Bounds are of the whole run: each correlator has its part. */
static struct correlator_limits part_of(const struct correlator_limits *whole,
                                        size_t count)
{
    struct correlator_limits part = *whole;

    part.exchanges = (part.exchanges + count - 1) / count;
    part.transactions = (part.transactions + count - 1) / count;
    part.subscriptions = (part.subscriptions + count - 1) / count;
    part.open_bytes /= count;
    part.text_bytes /= count;
    part.pending_bytes /= count;
    return part;
}

static int begin(struct owner *o, size_t count)
{
    struct correlator_limits part = part_of(&o->limits, count);
    struct record_sink sink = count > 1 ? shared_sink_of(o) : o->sink;
    int rc = links_init(&o->links, o->limits.links, o->limits.links_ns);

    if (!rc)
        rc = gap_rows_init(&o->gap_rows);
    o->gap_rows.row_fn = sink.gap_fn;
    o->gap_rows.arg = sink.arg;
    if (!rc && sink.registration_fn)
        rc = binding_table_new(o->limits.bindings, sink.registration_fn,
                               sink.arg, &o->bindings);
    if (!rc && o->sink.endpoint_fn) /* told of under the lock, if at all */
        rc = endpoint_table_new(o->limits.endpoints, o->sink.endpoint_fn,
                                o->sink.arg, &o->endpoints);
    while (!rc && o->count < count) {
        struct correlator *c = calloc(1, sizeof(*c));

        if (!c)
            return -ENOMEM;
        o->correlators[o->count++] = c;
        rc = turn_begin(c, o, &part, &sink);
    }
    return rc;
}

static int make(const struct owner_options *options, bool paced,
                struct owner **owner_out)
{
    struct owner *o = calloc(1, sizeof(*o));
    int rc;

    if (!o)
        return -ENOMEM;
    o->limits = *options->limits;
    o->sink = *options->sink;
    o->clock_ns = INT64_MIN / 2;
    o->paced = paced;
    if (options->correlators > 1)
        o->has_lock = pthread_mutex_init(&o->lock, NULL) == 0;
    rc = begin(o, options->correlators);
    if (rc)
        owner_free(o);
    else
        *owner_out = o;
    return rc;
}

int owner_new(const struct owner_options *options, struct owner **owner_out)
{
    return make(options, true, owner_out);
}

void owner_free(struct owner *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->count; i++)
        turn_free(o->correlators[i]);
    links_fini(&o->links);
    gap_rows_fini(&o->gap_rows);
    binding_table_free(o->bindings);
    endpoint_table_free(o->endpoints);
    if (o->has_lock)
        (void)pthread_mutex_destroy(&o->lock);
    free(o);
}

struct correlator *owner_correlator(const struct owner *o, size_t i)
{
    return o->correlators[i];
}

static void set_own(const struct owner *o, struct correlator_counters *to)
{
    if (o->bindings)
        to->bindings = *binding_counters_of(o->bindings);
    if (o->endpoints)
        to->endpoints_dropped = endpoint_table_dropped(o->endpoints);
    to->links_dropped = o->links.dropped;
    to->links_expired = o->links.expired;
}

/* --- a turn --------------------------------------------------------------- */

static int first_of(int rc, int then)
{
    return rc ? rc : then;
}

static int take_failures(struct owner *o, int rc)
{
    for (size_t i = 0; i < o->count; i++)
        rc = first_of(rc, turn_take_failure(o->correlators[i]));
    return rc;
}

static int advance(struct owner *o, int64_t now_ns)
{
    int rc = join_all(o);

    if (now_ns < o->clock_ns)
        now_ns = o->clock_ns;
    o->clock_ns = now_ns;
    links_expire(&o->links, now_ns);
    for (size_t i = 0; i < o->count; i++)
        turn_fire(o->correlators[i], now_ns);
    rc = first_of(rc, gap_rows_expire(&o->gap_rows, now_ns));
    if (o->bindings)
        rc = first_of(rc, binding_table_advance(o->bindings, now_ns));
    if (o->endpoints) {
        owner_lock(o);
        rc = first_of(
            rc, endpoint_table_advance(o->endpoints, time_us_of_ns(now_ns)));
        owner_unlock(o);
    }
    return take_failures(o, rc);
}

int owner_advance(struct owner *o, int64_t now_ns)
{
    int rc;

    o->on_turn = true;
    rc = advance(o, now_ns);
    o->on_turn = false;
    return rc;
}

int owner_tell(struct owner *o, int64_t now_ns)
{
    int rc;

    o->on_turn = true;
    rc = advance(o, now_ns);
    for (size_t i = 0; i < o->count; i++)
        turn_tell(o->correlators[i]);
    if (o->bindings)
        rc = first_of(rc, binding_table_tell(o->bindings));
    if (o->sink.tick_fn)
        rc = first_of(rc, o->sink.tick_fn(o->sink.arg, now_ns));
    rc = take_failures(o, rc);
    o->on_turn = false;
    return rc;
}

static int end_tables(struct owner *o)
{
    int rc = gap_rows_expire(&o->gap_rows, INT64_MAX);

    if (o->bindings)
        rc = first_of(rc, o->limits.live ? binding_table_tell(o->bindings)
                                         : binding_table_end(o->bindings));
    if (o->endpoints)
        rc = first_of(rc, endpoint_table_end(o->endpoints));
    if (o->limits.live && o->sink.tick_fn)
        rc = first_of(rc, o->sink.tick_fn(o->sink.arg, o->clock_ns));
    return rc;
}

int owner_end(struct owner *o, int64_t now_ns)
{
    int rc;

    o->on_turn = true;
    rc = advance(o, now_ns);
    for (size_t i = 0; i < o->count; i++)
        turn_end(o->correlators[i]);
    rc = first_of(rc, end_tables(o));
    rc = take_failures(o, rc);
    set_own(o, &o->correlators[0]->counters);
    o->on_turn = false;
    return rc;
}

/* --- counters ------------------------------------------------------------- */

/* All are counts of 64 bits, but those of the bindings, which are the
 * owner's. */
static void add(struct correlator_counters *to,
                const struct correlator_counters *c)
{
    to->messages += c->messages;
    to->duplicates += c->duplicates;
    to->copies_unsure += c->copies_unsure;
    to->retransmissions += c->retransmissions;
    to->calls += c->calls;
    to->calls_left += c->calls_left;
    to->exchanges += c->exchanges;
    to->dialogs += c->dialogs;
    to->exchanges_dropped += c->exchanges_dropped;
    to->transactions_dropped += c->transactions_dropped;
    to->dialogs_dropped += c->dialogs_dropped;
    to->subscriptions += c->subscriptions;
    to->subscriptions_dropped += c->subscriptions_dropped;
    to->messages_without_ids += c->messages_without_ids;
    to->gaps += c->gaps;
    to->gaps_forgotten += c->gaps_forgotten;
    for (unsigned i = 0; i < ANOMALY_COUNT; i++)
        to->anomalies[i] += c->anomalies[i];
}

void owner_counters(const struct owner *o,
                    struct correlator_counters *counters_out)
{
    *counters_out = (struct correlator_counters){0};
    for (size_t i = 0; i < o->count; i++)
        add(counters_out, &o->correlators[i]->counters);
    set_own(o, counters_out);
}

/* --- one correlator alone ------------------------------------------------- */

int correlator_new(const struct correlator_limits *limits,
                   const struct record_sink *sink,
                   struct correlator **correlator_out)
{
    const struct owner_options alone = {
        .limits = limits, .sink = sink, .correlators = 1};
    struct owner *o;
    int rc = make(&alone, false, &o);

    if (!rc)
        *correlator_out = o->correlators[0];
    return rc;
}

void correlator_free(struct correlator *c)
{
    if (c)
        owner_free(c->owner);
}

int correlator_advance(struct correlator *c, int64_t now_ns)
{
    return owner_advance(c->owner, now_ns);
}

int correlator_tell(struct correlator *c, int64_t now_ns)
{
    return owner_tell(c->owner, now_ns);
}

int correlator_end(struct correlator *c)
{
    return owner_end(c->owner, c->clock_ns);
}

const struct correlator_counters *
correlator_counters_of(const struct correlator *c)
{
    struct correlator *own = c->owner->correlators[0];

    set_own(c->owner, &own->counters);
    return &c->counters;
}
