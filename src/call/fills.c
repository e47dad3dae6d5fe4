#include "call/state.h"

void correlator_fills(const struct correlator *c,
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
        {"links", c->links.count, c->limits.links, n->links_dropped},
        {"waiting_bytes", c->pending_bytes, c->limits.pending_bytes, 0},
    };

    memcpy(fills_out, fills, sizeof(fills));
}

size_t correlator_calls_open(const struct correlator *c)
{
    return c->call_pool.used - c->calls_over;
}
