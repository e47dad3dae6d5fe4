#include "call/links.h"

#include "call/join.h"
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

static uint64_t hash_of(const struct key *name)
{
    uint64_t hash;

    memcpy(&hash, name->bytes + sizeof(name->bytes) - sizeof(hash),
           sizeof(hash));
    return hash;
}

static struct link *find(const struct links *l, const struct key *name)
{
    struct table_node *n = table_first(&l->table, hash_of(name));

    for (; n; n = table_next(n))
        if (key_equal(&CONTAINER_OF(n, struct link, node)->name, name))
            return CONTAINER_OF(n, struct link, node);
    return NULL;
}

static void drop(struct links *l, struct link *link)
{
    table_remove(&l->table, &link->node);
    list_remove(&link->age);
    pool_give(&l->pool, link);
}

static struct link *oldest(const struct links *l)
{
    if (list_empty(&l->age))
        return NULL;
    return CONTAINER_OF(l->age.next, struct link, age);
}

int links_init(struct links *l, size_t cap, int64_t keep_ns)
{
    *l = (struct links){.keep_ns = keep_ns};
    list_init(&l->age);
    pool_init(&l->pool, sizeof(struct link));
    return table_init(&l->table, cap);
}

void links_fini(struct links *l)
{
    table_fini(&l->table);
    pool_fini(&l->pool);
}

void links_expire(struct links *l, int64_t now_ns)
{
    struct link *link;

    while ((link = oldest(l)) != NULL &&
           time_ns_between(link->touched_ns, now_ns) >= l->keep_ns) {
        l->expired++;
        drop(l, link);
    }
}

static void touch(struct links *l, struct link *link, int64_t now_ns)
{
    link->touched_ns = now_ns;
    list_remove(&link->age);
    list_add_last(&l->age, &link->age);
}

static void add(struct links *l, const struct key *name,
                const struct key *group, int64_t now_ns)
{
    struct link *link;

    while (table_full(&l->table) && (link = oldest(l)) != NULL) {
        l->dropped++;
        drop(l, link);
    }
    link = pool_take(&l->pool);
    if (!link)
        return; /* the rows stay apart */
    link->name = *name;
    link->group = *group;
    list_init(&link->age);
    table_add(&l->table, &link->node, hash_of(name));
    touch(l, link, now_ns);
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

void links_join(struct owner *o, struct correlator *c, struct call *call,
                const struct join *j)
{
    struct key names[LINK_NAMES];
    size_t count = names_of(&j->seen->message, names);
    struct link *found;

    if (!count)
        return;
    for (size_t i = 0; i < count && !call->has_group_key; i++) {
        found = find(&o->links, &names[i]);
        if (!found)
            continue;
        call_set_group(c, call, &found->group);
    }
    exchange_make_key(c, call->exchange);
    for (size_t i = 0; i < count; i++) {
        found = find(&o->links, &names[i]);
        if (found)
            touch(&o->links, found, j->at_ns);
        else
            add(&o->links, &names[i],
                call->has_group_key ? &call->rare->group_key
                                    : &call->exchange->key,
                j->at_ns);
    }
}
