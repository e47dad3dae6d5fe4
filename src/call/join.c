#include "call/join.h"

#include <errno.h>

#include "call/links.h"
#include "call/register.h"
#include "call/transfer.h"

static void append(struct correlator *c, struct join *j)
{
    j->next = NULL;
    if (c->joins_last)
        c->joins_last->next = j;
    else
        c->joins = j;
    c->joins_last = j;
}

static void hold(struct join *j, const struct observation *seen)
{
    slab_hold(seen->slab);
    j->seen = seen;
    j->at_ns = seen->arrival.time_ns;
    j->ordinal = seen->ordinal;
}

void join_call(struct correlator *c, struct exchange *x,
               const struct observation *seen)
{
    const struct sip_message *m = &seen->message;
    struct join *j;

    if (!sip_message_has(m, SIP_HEADER_REPLACES) && !links_are_named(m))
        return;
    j = pool_take(&c->join_pool);
    if (!j)
        return; /* the rows stay apart */
    hold(j, seen);
    j->exchange = x;
    x->joins++;
    append(c, j);
}

int join_register(struct correlator *c, const struct register_fact *fact,
                  const struct observation *final, struct register_attempt *a)
{
    struct join *j = pool_take(&c->join_pool);

    if (!j)
        return -ENOMEM;
    j->at_ns = time_ns_of_us(fact->done_at);
    j->ordinal = UINT64_MAX;
    if (final)
        hold(j, final);
    j->fact = *fact;
    j->attempt = a;
    append(c, j);
    return 0;
}

void join_forget(struct correlator *c, const struct exchange *x)
{
    if (!x->joins)
        return;
    for (struct join *j = c->joins; j; j = j->next)
        if (j->exchange == x)
            j->exchange = NULL;
}

static struct join *take_first(struct correlator *c)
{
    struct join *j = c->joins;

    c->joins = j->next;
    if (!c->joins)
        c->joins_last = NULL;
    if (j->exchange)
        j->exchange->joins--;
    return j;
}

static void release(struct correlator *c, struct join *j)
{
    if (j->attempt)
        register_release(c, j->attempt);
    if (j->seen)
        slab_release(j->seen->slab);
    pool_give(&c->join_pool, j);
}

void join_drop_all(struct correlator *c)
{
    while (c->joins)
        release(c, take_first(c));
}

static bool before(const struct join *a, const struct join *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->ordinal < b->ordinal;
}

/* The correlator that holds the earliest; NULL where none holds any. */
static struct correlator *earliest(const struct owner *o)
{
    struct correlator *first = NULL;

    for (size_t i = 0; i < o->count; i++) {
        struct correlator *c = o->correlators[i];

        if (c->joins && (!first || before(c->joins, first->joins)))
            first = c;
    }
    return first;
}

static void join_calls(struct owner *o, struct correlator *c,
                       const struct join *j)
{
    struct exchange *x = j->exchange;
    const struct sip_message *m = &j->seen->message;

    if (sip_message_has(m, SIP_HEADER_REPLACES))
        transfer_join(o, c, x->call, m);
    links_join(o, c, x->call, j);
    if (c->limits.live && list_empty(&x->changed))
        list_add_last(&c->changed, &x->changed);
}

int join_all(struct owner *o)
{
    struct correlator *c;
    int rc = 0;

    while ((c = earliest(o)) != NULL) {
        struct join *j = take_first(c);

        if (rc)
            ; /* the rest is released */
        else if (j->attempt)
            rc = binding_table_observe(o->bindings, &j->fact);
        else if (j->exchange)
            join_calls(o, c, j);
        release(c, j);
    }
    return rc;
}
