#include "call/links.h"

#include "sip/charging_vector.h"
#include "sip/session_id.h"

#define LINK_NAMES 2

struct link {
    struct table_node node;
    struct list age;
    struct key name; /* of what kind it is, and its text: whoever sends it
                        cannot aim at another's (RECORDS.md, R13) */
    struct key group;
    int64_t touched_ns;
};

size_t links_size(void)
{
    return sizeof(struct link);
}

static uint64_t hash_of(const struct key *name)
{
    uint64_t hash;

    memcpy(&hash, name->bytes + sizeof(name->bytes) - sizeof(hash),
           sizeof(hash));
    return hash;
}

static struct link *find(const struct correlator *c, const struct key *name)
{
    struct table_node *n = table_first(&c->links, hash_of(name));

    for (; n; n = table_next(n))
        if (key_equal(&CONTAINER_OF(n, struct link, node)->name, name))
            return CONTAINER_OF(n, struct link, node);
    return NULL;
}

static void drop(struct correlator *c, struct link *l)
{
    table_remove(&c->links, &l->node);
    list_remove(&l->age);
    pool_give(&c->link_pool, l);
}

static struct link *oldest(const struct correlator *c)
{
    if (list_empty(&c->link_age))
        return NULL;
    return CONTAINER_OF(c->link_age.next, struct link, age);
}

void links_expire(struct correlator *c)
{
    struct link *l;

    while ((l = oldest(c)) != NULL &&
           time_ns_between(l->touched_ns, c->clock_ns) >= c->limits.links_ns) {
        c->counters.links_expired++;
        drop(c, l);
    }
}

void links_fini(struct correlator *c)
{
    struct link *l;

    while ((l = oldest(c)) != NULL)
        drop(c, l);
    table_fini(&c->links);
    pool_fini(&c->link_pool);
}

static void touch(struct correlator *c, struct link *l)
{
    l->touched_ns = c->clock_ns;
    list_remove(&l->age);
    list_add_last(&c->link_age, &l->age);
}

static void add(struct correlator *c, const struct key *name,
                const struct key *group)
{
    struct link *l;

    while (table_full(&c->links) && (l = oldest(c)) != NULL) {
        c->counters.links_dropped++;
        drop(c, l);
    }
    l = pool_take(&c->link_pool);
    if (!l)
        return; /* the rows stay apart */
    l->name = *name;
    l->group = *group;
    list_init(&l->age);
    table_add(&c->links, &l->node, hash_of(name));
    touch(c, l);
}

static void name_of(const char *kind, struct span text, struct key *name_out)
{
    const struct span parts[] = {span_of_string(kind), text};

    key_of_parts(0, parts, sizeof(parts) / sizeof(parts[0]), name_out);
}

static size_t names_of(const struct sip_message *m, struct key *names)
{
    struct sip_session_id id;
    struct span icid;
    size_t count = 0;

    /* An initial INVITE knows one half of the pair, the same on each leg. */
    if (sip_message_has(m, SIP_HEADER_SESSION_ID) &&
        sip_session_id_parse(sip_message_value(m, SIP_HEADER_SESSION_ID),
                             &id) &&
        id.local.length)
        name_of("session-id", id.local, &names[count++]);
    if (sip_message_has(m, SIP_HEADER_P_CHARGING_VECTOR)) {
        icid = sip_charging_vector_icid(
            sip_message_value(m, SIP_HEADER_P_CHARGING_VECTOR));
        if (icid.length)
            name_of("icid", icid, &names[count++]);
    }
    return count;
}

void links_observe(struct correlator *c, struct call *call,
                   const struct sip_message *m)
{
    struct key names[LINK_NAMES];
    size_t count = names_of(m, names);
    struct link *found;

    if (!count)
        return;
    for (size_t i = 0; i < count && !call->has_group_key; i++) {
        found = find(c, &names[i]);
        if (!found)
            continue;
        call_set_group(c, call, &found->group);
    }
    exchange_make_key(c, call->exchange);
    for (size_t i = 0; i < count; i++) {
        found = find(c, &names[i]);
        if (found)
            touch(c, found);
        else
            add(c, &names[i],
                call->has_group_key ? &call->rare->group_key
                                    : &call->exchange->key);
    }
}
