#include "call/bound.h"

#define MEMORY_UNIT ((uint64_t)1 << 30)
#define MEMORY_LEAST ((uint64_t)64 << 20)
/* While such a part of all is of use to nobody, one of these goes. */
#define LIGHT_PART 8

static size_t scale(size_t of_unit, uint64_t memory_bytes)
{
    uint64_t each = MEMORY_UNIT / MEMORY_LEAST; /* 16ths of the unit */

    return (size_t)(of_unit * (memory_bytes / MEMORY_LEAST) / each);
}

void correlator_limits_for(uint64_t memory_bytes, struct correlator_limits *l)
{
    uint64_t bytes = memory_bytes < MEMORY_LEAST ? MEMORY_LEAST : memory_bytes;

    l->exchanges = scale(l->exchanges, bytes);
    l->transactions = scale(l->transactions, bytes);
    l->subscriptions = scale(l->subscriptions, bytes);
    l->bindings = scale(l->bindings, bytes);
    l->open_bytes = scale(l->open_bytes, bytes);
    l->text_bytes = scale(l->text_bytes, bytes);
}

static size_t pool_used(const struct pool *p)
{
    return p->used * p->item_bytes;
}

static size_t table_bytes(const struct table *t)
{
    return t->line_count * sizeof(*t->lines);
}

size_t bound_bytes(const struct correlator *c)
{
    return pool_used(&c->group_pool) + pool_used(&c->exchange_pool) +
           pool_used(&c->call_pool) + pool_used(&c->invite_pool) +
           pool_used(&c->register_pool) + pool_used(&c->subscription_pool) +
           pool_used(&c->transactions.pool) + pool_used(&c->dialogs.pool) +
           pool_used(&c->texts_pool.blocks) + c->texts_pool.large_bytes +
           c->call_id_bytes + c->pending_bytes + table_bytes(&c->groups) +
           table_bytes(&c->transactions.table) + table_bytes(&c->dialogs.table);
}

void bound_add(struct correlator *c, struct exchange *x)
{
    x->is_light = true;
    list_add_last(&c->light, &x->light);
    c->light_count++;
}

void bound_remove(struct correlator *c, struct exchange *x)
{
    if (!x->is_light)
        return;
    x->is_light = false;
    list_remove(&x->light);
    c->light_count--;
}

/* It rings, or was answered; or a subscription runs. */
static bool is_of_use(const struct correlator *c, const struct exchange *x)
{
    const struct call *call = x->call;

    if (!call)
        return x->kind != EXCHANGE_REGISTER && x->hold_until_ns > c->clock_ns;
    if (call->hung_up)
        return false;
    return call->in_dialog ||
           (call->current && (call->current->progress_at != TIME_NONE ||
                              (call->current->status_code >= 200 &&
                               call->current->status_code < 300)));
}

void bound_observe(struct correlator *c, struct exchange *x)
{
    if (x->is_light) {
        if (is_of_use(c, x))
            bound_remove(c, x);
    } else if (x->call && x->call->hung_up) {
        bound_add(c, x);
    }
}

struct exchange *bound_victim(const struct correlator *c)
{
    if (c->light_count > c->exchange_count / LIGHT_PART)
        return CONTAINER_OF(c->light.next, struct exchange, light);
    if (list_empty(&c->age))
        return NULL;
    return CONTAINER_OF(c->age.next, struct exchange, age);
}
