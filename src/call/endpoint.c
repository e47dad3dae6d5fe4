#include "call/endpoint.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "base/time.h"

#define HOUR_US INT64_C(3600000000)
#define AGENT_MAX 100

struct endpoint_entry {
    struct table_node node;
    struct list age;  /* longest without a word first */
    bool changed;     /* since it was handed on */
    int64_t agent_at; /* TIME_NONE: none is known */
    struct endpoint_record r;
    char agent[AGENT_MAX];
};

struct endpoint_table {
    struct table table;
    struct pool pool;
    struct list age;
    endpoint_fn fn;
    void *arg;
    int64_t told_at; /* when all were last handed on */
    int failure;
    uint64_t dropped;
};

int endpoint_table_new(size_t cap, endpoint_fn fn, void *arg,
                       struct endpoint_table **table_out)
{
    struct endpoint_table *t = calloc(1, sizeof(*t));
    int rc;

    if (!t)
        return -ENOMEM;
    t->fn = fn;
    t->arg = arg;
    t->told_at = TIME_NONE;
    pool_init(&t->pool, sizeof(struct endpoint_entry));
    list_init(&t->age);
    rc = table_init(&t->table, cap);
    if (rc)
        endpoint_table_free(t);
    else
        *table_out = t;
    return rc;
}

void endpoint_table_free(struct endpoint_table *t)
{
    if (!t)
        return;
    pool_fini(&t->pool);
    if (t->table.lines)
        table_fini(&t->table);
    free(t);
}

static void hand_on(struct endpoint_table *t, struct endpoint_entry *e)
{
    int rc;

    if (!e->changed)
        return;
    e->changed = false;
    rc = t->fn(t->arg, &e->r);
    if (rc && !t->failure)
        t->failure = rc;
}

static int hand_on_all(struct endpoint_table *t)
{
    int rc;

    for (struct list *n = t->age.next; n != &t->age; n = n->next)
        hand_on(t, CONTAINER_OF(n, struct endpoint_entry, age));
    rc = t->failure;
    t->failure = 0;
    return rc;
}

static struct endpoint_entry *find(const struct endpoint_table *t,
                                   const struct endpoint_sighting *s,
                                   uint64_t hash)
{
    struct table_node *n = table_first(&t->table, hash);

    for (; n; n = table_next(n)) {
        struct endpoint_entry *e = CONTAINER_OF(n, struct endpoint_entry, node);

        if (e->r.source == s->source &&
            address_equal(&e->r.address, s->address))
            return e;
    }
    return NULL;
}

static struct endpoint_entry *
add(struct endpoint_table *t, const struct endpoint_sighting *s, uint64_t hash)
{
    struct endpoint_entry *e;

    if (table_full(&t->table) && !list_empty(&t->age)) {
        e = CONTAINER_OF(t->age.next, struct endpoint_entry, age);
        t->dropped++;
        hand_on(t, e);
        table_remove(&t->table, &e->node);
        list_remove(&e->age);
        pool_give(&t->pool, e);
    }
    e = pool_take(&t->pool);
    if (!e)
        return NULL;
    e->agent_at = TIME_NONE;
    e->r.source = s->source;
    e->r.address = *s->address;
    e->r.first_at = e->r.last_at = s->at;
    table_add(&t->table, &e->node, hash);
    list_add_last(&t->age, &e->age);
    return e;
}

struct endpoint_entry *endpoint_count(struct endpoint_table *t,
                                      const struct endpoint_sighting *s)
{
    uint64_t hash =
        hash_mix(hash_bytes(s->address, sizeof(*s->address)), s->source);
    struct endpoint_entry *e = find(t, s, hash);

    if (!e)
        e = add(t, s, hash);
    if (!e)
        return NULL;
    e->r.counts[s->role]++;
    e->changed = true;
    if (s->at < e->r.first_at)
        e->r.first_at = s->at;
    if (s->at > e->r.last_at)
        e->r.last_at = s->at;
    if (t->age.prev != &e->age) {
        list_remove(&e->age);
        list_add_last(&t->age, &e->age);
    }
    return e->agent_at != TIME_NONE && e->agent_at <= s->at ? NULL : e;
}

void endpoint_set_agent(struct endpoint_entry *e, struct span agent, int64_t at)
{
    size_t length = agent.length < AGENT_MAX ? agent.length : AGENT_MAX;

    if (!length)
        return;
    memcpy(e->agent, agent.data, length);
    e->r.agent = span_of(e->agent, length);
    e->agent_at = at;
}

int endpoint_table_advance(struct endpoint_table *t, int64_t at)
{
    if (t->told_at == TIME_NONE)
        t->told_at = at;
    if (at - t->told_at < HOUR_US)
        return 0;
    t->told_at = at;
    return hand_on_all(t);
}

int endpoint_table_end(struct endpoint_table *t)
{
    return hand_on_all(t);
}

uint64_t endpoint_table_dropped(const struct endpoint_table *t)
{
    return t->dropped;
}

const char *endpoint_role_name(enum endpoint_role r)
{
    static const char *const names[ENDPOINT_ROLE_COUNT] = {
        "uac",       "uas",
        "proxy",     "stateless_proxy",
        "registrar", "redirect_server",
        "b2bua"};

    assert((unsigned)r < ENDPOINT_ROLE_COUNT);
    return names[r];
}
