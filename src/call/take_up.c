#include "call/take_up.h"

#include <errno.h>

#include "call/emit.h"
#include "call/join.h"
#include "call/progress.h"
#include "call/route.h"

/* Timers count from the first message on. */
static void begin(struct correlator *c, int64_t now_ns)
{
    if (c->taking_up)
        return;
    c->taking_up = true;
    (void)wheel_take_due(&c->wheel, now_ns);
    c->counters_before = c->counters;
}

#define KEPT_EVIDENCE                                                          \
    (UINT32_C(1) << EVIDENCE_CAPTURE_GAP | UINT32_C(1) << EVIDENCE_OPAQUE)

static void set_clock(struct correlator *c, int64_t now_ns)
{
    if (c->has_clock && now_ns <= c->clock_ns)
        return;
    c->clock_ns = c->fired_at_ns = now_ns;
    c->has_clock = true;
}

/* The record says that it was a copy, not of which kind: one between other
 * addresses than what it repeats was seen at another place (R2 b). */
static enum copy_verdict copy_of(const struct correlator *c,
                                 const struct taken_message *m)
{
    const struct arrival *a = &m->seen->arrival;

    if (!m->duplicate)
        return COPY_NONE;
    return endpoint_equal(&a->src, &c->taken_src) &&
                   endpoint_equal(&a->dst, &c->taken_dst)
               ? COPY_SAME_PACKET
               : COPY_OTHER_ADDRESS;
}

/* A key once written never changes. */
static void keep_keys(struct correlator *c, struct exchange *x,
                      const struct taken_message *m)
{
    if (!x->is_taken_up) {
        x->is_taken_up = true;
        x->key = *m->exchange_key;
    }
    c->strayed += !key_equal(&x->key, m->exchange_key);
    if (x->call)
        x->call->evidence |= m->evidence & KEPT_EVIDENCE;
    if (x->call && m->group_key && !key_equal(m->group_key, &x->key)) {
        call_set_group(c, x->call, m->group_key);
    }
}

static struct correlator *owner_of(struct correlator *c,
                                   const struct sip_message *m)
{
    const struct owner *o = c->owner;

    return o->correlators[owner_choose(m->call_id_hash, o->count)];
}

int correlator_take_up(struct correlator *first, const struct taken_message *m)
{
    struct observation *seen = m->seen;
    struct correlator *c = owner_of(first, &seen->message);
    struct sighting s = {
        .seen = seen,
        .m = &seen->message,
        .at = time_us_of_ns(seen->arrival.time_ns),
        .anomalies = seen->message.anomalies,
    };
    int rc;

    begin(c, seen->arrival.time_ns);
    c->taken++;
    route_begin(&s);
    set_clock(c, seen->arrival.time_ns);
    s.copy = copy_of(c, m);
    if (!m->duplicate) {
        c->taken_src = seen->arrival.src;
        c->taken_dst = seen->arrival.dst;
    }
    rc = route_message(c, &s);
    if (rc) {
        if (s.group)
            group_drop_empty(c, s.group);
        observation_release(seen);
        return rc;
    }
    keep_keys(c, s.exchange, m);
    if (s.exchange->call)
        call_observe(c, s.exchange->call, &s);
    else
        subscription_observe(c, s.exchange, &s);
    subscription_collect(c, s.exchange, &s);
    rc = exchange_take(c, &s);
    exchange_release_taken(c); /* the message is gone after this */
    exchange_plan(c, s.exchange);
    return rc;
}

int correlator_take_up_binding(struct correlator *c,
                               const struct registration_record *r)
{
    struct span sensor = r->sensor.length ? r->sensor : c->limits.sensor;

    return c->owner->bindings
               ? binding_table_take_up(c->owner->bindings, r, sensor)
               : 0;
}

int correlator_take_up_gap(struct correlator *c, const struct capture_gap *gap)
{
    int rc = 0;

    for (size_t i = 0; i < c->owner->count && !rc; i++)
        rc = correlator_gap(c->owner->correlators[i], gap);
    return rc;
}

/* Calls are told of again, though no message came: of one that ended while
 * nobody watched none ever will, and its row has to name the gap. */
static int taken_up(struct correlator *c)
{
    int rc = c->failure;

    for (struct list *n = c->age.next; n != &c->age; n = n->next) {
        struct exchange *x = CONTAINER_OF(n, struct exchange, age);

        exchange_make_key(c, x);
        subscription_taken_up(x);
        if (x->call && c->limits.live && list_empty(&x->changed))
            list_add_last(&c->changed, &x->changed);
    }
    if (c->taking_up)
        c->counters = c->counters_before;
    c->taking_up = false;
    c->failure = 0;
    return rc;
}

int correlator_taken_up(struct correlator *c,
                        struct take_up_counters *counters_out)
{
    struct owner *o = c->owner;
    struct take_up_counters sum = {0};
    int rc = join_all(o);

    for (size_t i = 0; i < o->count; i++) {
        int failure = taken_up(o->correlators[i]);

        rc = rc ? rc : failure;
        sum.messages += o->correlators[i]->taken;
        sum.strayed += o->correlators[i]->strayed;
    }
    if (counters_out)
        *counters_out = sum;
    return rc;
}
