#include "call/bound.h"
#include "call/state.h"

static void fills_of(const struct correlator *c,
                     struct table_fill fills_out[CORRELATOR_FILLS])
{
    const struct correlator_counters *n = &c->counters;
    const struct table_fill fills[CORRELATOR_FILLS] = {
        {"calls", c->call_pool.used, c->limits.exchanges, 0},
        {"exchanges", c->exchange_count, c->limits.exchanges,
         n->exchanges_dropped},
        {"transactions", c->transactions.table.count, c->limits.transactions,
         n->transactions_dropped},
        {"dialogs", c->dialogs.table.count, c->dialogs.table.cap,
         n->dialogs_dropped},
        {"subscriptions", c->subscription_pool.used, c->limits.subscriptions,
         n->subscriptions_dropped},
        {"links", 0, 0, 0},
        {"open_bytes", bound_bytes(c), c->limits.open_bytes, 0},
        {"waiting_bytes", c->pending_bytes, c->limits.pending_bytes, 0},
    };

    memcpy(fills_out, fills, sizeof(fills));
}

void owner_fills(const struct owner *o,
                 struct table_fill fills_out[CORRELATOR_FILLS])
{
    struct table_fill more[CORRELATOR_FILLS];

    fills_of(o->correlators[0], fills_out);
    for (size_t i = 1; i < o->count; i++) {
        fills_of(o->correlators[i], more);
        for (unsigned k = 0; k < CORRELATOR_FILLS; k++) {
            fills_out[k].count += more[k].count;
            fills_out[k].limit += more[k].limit;
            fills_out[k].dropped += more[k].dropped;
        }
    }
    for (unsigned k = 0; k < CORRELATOR_FILLS; k++)
        if (!strcmp(fills_out[k].name, "links")) {
            fills_out[k].count = o->links.table.count;
            fills_out[k].limit = o->links.table.cap;
            fills_out[k].dropped = o->links.dropped;
        }
}

size_t owner_calls_open(const struct owner *o)
{
    size_t open = 0;

    for (size_t i = 0; i < o->count; i++)
        open +=
            o->correlators[i]->call_pool.used - o->correlators[i]->calls_over;
    return open;
}
