#include "call/ahead.h"

#include "call/route.h"

#define LINE_BYTES 64

static inline void fetch(const void *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += LINE_BYTES)
        __builtin_prefetch((const char *)at + i);
}

/* What each step finds is where the next one looks. */
struct way {
    uint64_t hash; /* of the transaction's key */
    const struct transaction *transaction;
    const struct exchange *exchange;
};

static void fetch_transaction(const struct correlator *c, const struct way *w)
{
    struct table_node *n = table_bucket(&c->transactions.table, w->hash);

    if (n)
        fetch(CONTAINER_OF(n, struct transaction, node),
              sizeof(struct transaction));
}

static void fetch_exchange(const struct correlator *c, const struct sighting *s,
                           struct way *w)
{
    w->transaction = transaction_find(&c->transactions, &s->key);
    if (w->transaction) {
        w->exchange = w->transaction->owner;
        fetch(w->exchange, sizeof(*w->exchange));
    } else {
        __builtin_prefetch(table_place(&c->groups, s->call_id_hash));
    }
}

static void fetch_call(const struct correlator *c, const struct sighting *s,
                       const struct way *w)
{
    struct table_node *n;

    if (w->exchange) {
        fetch(w->exchange->group, sizeof(struct group));
        if (w->exchange->call) {
            fetch(w->exchange->call, sizeof(struct call));
            if (w->transaction->detail)
                fetch(w->transaction->detail, sizeof(struct invite));
        }
        return;
    }
    n = table_bucket(&c->groups, s->call_id_hash);
    if (n)
        fetch(CONTAINER_OF(n, struct group, node), sizeof(struct group));
}

static void fetch_dialog(const struct way *w)
{
    if (w->exchange && w->exchange->call && w->exchange->call->dialogs)
        fetch(w->exchange->call->dialogs, sizeof(struct dialog));
}

void ahead_begin(const struct correlator *c, struct sighting *sightings,
                 size_t count)
{
    struct way ways[CORRELATOR_GROUP] = {0};

    for (size_t i = 0; i < count; i++) {
        route_begin(&sightings[i]);
        if (!sightings[i].has_key)
            continue;
        ways[i].hash = branch_key_hash(&sightings[i].key);
        __builtin_prefetch(table_place(&c->transactions.table, ways[i].hash));
    }
    for (size_t i = 0; i < count; i++)
        if (sightings[i].has_key)
            fetch_transaction(c, &ways[i]);
    for (size_t i = 0; i < count; i++)
        if (sightings[i].has_key)
            fetch_exchange(c, &sightings[i], &ways[i]);
    for (size_t i = 0; i < count; i++)
        fetch_call(c, &sightings[i], &ways[i]);
    for (size_t i = 0; i < count; i++)
        fetch_dialog(&ways[i]);
}
