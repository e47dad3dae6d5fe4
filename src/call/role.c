#include "call/role.h"

#include "call/endpoint.h"
#include "call/invite.h"
#include "call/register.h"

/* Transactions of an exchange that are looked at for the hops of one. */
#define LOOK_BACK 16
#define LEGS_MAX 4

/* On one host ports tell elements apart. */
static bool same_place(const struct endpoint *a, const struct endpoint *b,
                       bool one_host)
{
    return address_equal(&a->address, &b->address) &&
           (!one_host || a->port == b->port);
}

struct hops {
    const struct transaction *next; /* the receiver sent it on */
    bool sent_own; /* the receiver sent one of its own, under this Call-ID */
    bool came_on;  /* the sender had it from another */
};

static bool is_later_leg(const struct exchange *x, const struct transaction *t)
{
    const struct invite *inv = x->call ? invite_of_transaction(t) : NULL;

    return t->kind == TRANSACTION_INVITE && inv && inv->leg == LEG_LATER;
}

/* Another call of this Call-ID, its From tag changed on the way. */
static void find_other_leg(const struct exchange *x,
                           const struct transaction *t, bool one_host,
                           struct hops *hops)
{
    struct list *node = x->transactions.next;

    for (unsigned i = 0; i < LOOK_BACK && node != &x->transactions;
         i++, node = node->next) {
        const struct transaction *u =
            CONTAINER_OF(node, struct transaction, owner_node);

        if (u->kind != TRANSACTION_INVITE || u->has_to_tag)
            continue;
        hops->sent_own |= same_place(&u->src, &t->dst, one_host);
        hops->came_on |= same_place(&u->dst, &t->src, one_host);
    }
}

static void find_legs(const struct exchange *x, const struct transaction *t,
                      bool one_host, struct hops *hops)
{
    struct list *node = x->group->exchanges.prev;

    if (x->group->exchange_count < 2 || t->kind != TRANSACTION_INVITE ||
        t->has_to_tag)
        return;
    for (unsigned i = 0; i < LEGS_MAX && node != &x->group->exchanges;
         i++, node = node->prev) {
        const struct exchange *other =
            CONTAINER_OF(node, struct exchange, group_node);

        if (other != x && other->call)
            find_other_leg(other, t, one_host, hops);
    }
}

static void find_hops(const struct exchange *x, const struct transaction *t,
                      struct hops *hops_out)
{
    bool one_host = address_equal(&t->src.address, &t->dst.address);
    struct list *node = x->transactions.prev;

    *hops_out = (struct hops){0};
    find_legs(x, t, one_host, hops_out);
    for (unsigned i = 0; i < LOOK_BACK && node != &x->transactions;
         i++, node = node->prev) {
        const struct transaction *u =
            CONTAINER_OF(node, struct transaction, owner_node);

        if (u == t || u->key.method != t->key.method)
            continue;
        if (is_later_leg(x, u) && same_place(&u->src, &t->dst, one_host))
            hops_out->sent_own = true;
        if (is_later_leg(x, t) && same_place(&u->dst, &t->src, one_host))
            hops_out->came_on = true;
        if (u->key.cseq != t->key.cseq || u->from_tag != t->from_tag)
            continue;
        if (u->via_count > t->via_count &&
            same_place(&u->src, &t->dst, one_host))
            hops_out->next = u;
        else if (u->via_count < t->via_count &&
                 same_place(&u->dst, &t->src, one_host))
            hops_out->came_on = true;
    }
}

/* A stateful proxy answers an INVITE with 100 within 200 ms and repeats
 * nothing that comes again (16.2, 17.2.1); a stateless one passes on each. */
static bool is_stateless(const struct exchange *x, const struct transaction *t,
                         const struct transaction *next)
{
    const struct invite *inv = x->call ? invite_of_transaction(t) : NULL;

    return t->kind == TRANSACTION_INVITE && inv &&
           inv->trying_at == TIME_NONE && t->requests > 1 &&
           t->requests == next->requests;
}

/* Of who received the request; ENDPOINT_ROLE_COUNT where it shows none. */
static enum endpoint_role receiver_role(const struct sighting *s,
                                        const struct hops *h)
{
    const struct transaction *t = s->transaction;
    uint16_t status = s->m->status_code;

    if (h->next)
        return is_stateless(s->exchange, t, h->next) ? ENDPOINT_STATELESS_PROXY
                                                     : ENDPOINT_PROXY;
    if (h->sent_own)
        return ENDPOINT_B2BUA;
    if (status == 401 || status == 407)
        return ENDPOINT_ROLE_COUNT; /* anybody may challenge */
    if (t->key.method == SIP_REGISTER)
        return status < 300 ? ENDPOINT_REGISTRAR : ENDPOINT_ROLE_COUNT;
    if (status >= 300 && status < 400)
        return ENDPOINT_REDIRECT_SERVER;
    return ENDPOINT_UAS;
}

/* Who wrote the response: not one that passed it on. */
static struct span server_agent(const struct sighting *s)
{
    enum sip_header_id id = sip_message_has(s->m, SIP_HEADER_SERVER)
                                ? SIP_HEADER_SERVER
                                : SIP_HEADER_USER_AGENT;

    return sip_message_has(s->m, id) ? sip_message_value(s->m, id) : SPAN_NONE;
}

/* Of the request that was answered, where it is still known. */
static struct span client_agent(const struct sighting *s)
{
    const struct exchange *x = s->exchange;

    if (x->call && s->transaction->kind == TRANSACTION_INVITE &&
        !s->transaction->has_to_tag)
        return x->call->parties.caller_agent;
    return register_agent(x, s->m->cseq);
}

static void count(struct correlator *c, const struct sighting *s,
                  const struct endpoint *at, enum endpoint_role role)
{
    const struct endpoint_sighting sighting = {
        &at->address, s->seen->arrival.source, s->at, role};
    struct endpoint_entry *e;

    owner_lock(c->owner);
    e = endpoint_count(c->owner->endpoints, &sighting);
    if (e && role != ENDPOINT_PROXY && role != ENDPOINT_STATELESS_PROXY)
        endpoint_set_agent(
            e, role == ENDPOINT_UAC ? client_agent(s) : server_agent(s), s->at);
    owner_unlock(c->owner);
}

void role_observe(struct correlator *c, const struct sighting *s)
{
    const struct transaction *t = s->transaction;
    enum endpoint_role role;
    struct hops hops;

    if (!c->owner->endpoints || !s->verdict.first_final || !t ||
        !t->request_seen || t->key.method == SIP_CANCEL)
        return;
    find_hops(s->exchange, t, &hops);
    role = receiver_role(s, &hops);
    if (role != ENDPOINT_ROLE_COUNT)
        count(c, s, &t->dst, role);
    if (!hops.came_on)
        count(c, s, &t->src, ENDPOINT_UAC);
}
