#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "call/bound.h"
#include "call/collect.h"
#include "call/emit.h"
#include "call/invite.h"
#include "call/join.h"
#include "call/parties.h"
#include "call/pending.h"
#include "call/progress.h"
#include "call/register.h"

#define SECOND_NS INT64_C(1000000000)
/* An ended exchange stays open for what may still belong to it. */
#define LINGER_NS (32 * SECOND_NS)
/* What is ended by silence needs 64*T1 to be known so, then lingers. */
#define SILENCE_NS (2 * LINGER_NS)
/* A challenged caller may take long to answer: R5 (a). */
#define CHALLENGE_NS (300 * SECOND_NS)
/* Transactions are forgotten after Timer B and a linger. */
#define RETIRE_US INT64_C(64000000)

/* Call-IDs are told apart by their hash with the run's seed, as branches and
 * tags are: neither's text needs to be fetched. */
struct group *group_find(const struct correlator *c, struct span call_id,
                         uint16_t sensor, uint64_t hash)
{
    struct table_node *n = table_first(&c->groups, hash);

    for (; n; n = table_next(n)) {
        struct group *g = CONTAINER_OF(n, struct group, node);

        if (g->call_id.length == call_id.length && g->sensor == sensor)
            return g;
    }
    return NULL;
}

static bool keep_call_id(struct correlator *c, struct group *g,
                         struct span call_id)
{
    char *bytes = g->inline_bytes;

    if (call_id.length > sizeof(g->inline_bytes)) {
        g->heap = malloc(call_id.length);
        if (!g->heap)
            return false;
        bytes = g->heap;
        c->call_id_bytes += call_id.length;
    }
    if (call_id.length)
        memcpy(bytes, call_id.data, call_id.length);
    g->call_id = span_of(bytes, call_id.length);
    return true;
}

struct group *group_get(struct correlator *c, const struct sighting *s)
{
    struct span call_id = s->m->call_id;
    uint16_t sensor = s->seen->arrival.sensor;
    struct group *g = group_find(c, call_id, sensor, s->call_id_hash);

    if (g)
        return g;
    g = pool_take(&c->group_pool);
    if (!g)
        return NULL;
    if (!keep_call_id(c, g, call_id)) {
        pool_give(&c->group_pool, g);
        return NULL;
    }
    list_init(&g->exchanges);
    g->sensor = sensor;
    table_add(&c->groups, &g->node, s->call_id_hash);
    return g;
}

void group_drop_empty(struct correlator *c, struct group *g)
{
    if (!list_empty(&g->exchanges))
        return;
    c->turns++;
    table_remove(&c->groups, &g->node);
    if (g->heap)
        c->call_id_bytes -= g->call_id.length;
    free(g->heap);
    pool_give(&c->group_pool, g);
}

static void push_out(struct correlator *c, struct exchange *x,
                     const struct group *needed)
{
    struct group *g = x->group;

    c->counters.exchanges_dropped++;
    c->counters.anomalies[ANOMALY_CALL_TABLE_FULL]++;
    exchange_hand_on(c, x, CALL_PUSHED);
    if (g != needed)
        group_drop_empty(c, g);
}

static void make_room(struct correlator *c, const struct group *g)
{
    if (g->exchange_count >= GROUP_EXCHANGES_MAX)
        push_out(
            c, CONTAINER_OF(g->exchanges.next, struct exchange, group_node), g);
    while (c->exchange_count >= c->limits.exchanges && c->exchange_count)
        push_out(c, bound_victim(c), g);
}

void exchange_bound(struct correlator *c)
{
    while (c->exchange_count && bound_exceeded(c))
        push_out(c, bound_victim(c), NULL);
}

struct exchange *exchange_open(struct correlator *c, const struct sighting *s,
                               enum exchange_kind kind)
{
    struct exchange *x;

    make_room(c, s->group);
    x = pool_take(&c->exchange_pool);
    if (!x)
        return NULL;
    x->group = s->group;
    x->kind = (uint8_t)kind;
    x->source = s->seen->arrival.source;
    x->first_at = x->last_at = s->at;
    list_init(&x->transactions);
    list_init(&x->waiting);
    list_init(&x->changed);
    list_add_last(&s->group->exchanges, &x->group_node);
    s->group->exchange_count++;
    list_add_last(&c->age, &x->age);
    bound_add(c, x);
    c->exchange_count++;
    return x;
}

struct call_rare *call_rare_of(struct correlator *c, struct call *call)
{
    if (!call->rare) {
        call->rare = (struct call_rare *)(void *)texts_take(
            &c->texts_pool, &call->exchange->texts, sizeof(*call->rare));
        if (call->rare)
            *call->rare = (struct call_rare){0};
    }
    return call->rare;
}

struct span call_keep_tag(struct correlator *c, struct call *call,
                          struct span tag)
{
    return span_equal(call->from_tag, tag)
               ? call->from_tag
               : texts_keep(&c->texts_pool, &call->exchange->texts, tag);
}

void call_set_group(struct correlator *c, struct call *call,
                    const struct key *group)
{
    struct call_rare *rare = call_rare_of(c, call);

    if (!rare)
        return;
    call->has_group_key = true;
    rare->group_key = *group;
}

/* Of what came first, where that has one. */
static void keep_to_tag(struct correlator *c, struct call *call,
                        struct span to_tag)
{
    struct call_rare *rare = to_tag.length ? call_rare_of(c, call) : NULL;

    if (rare)
        rare->to_tag = to_tag;
}

struct exchange *exchange_open_call(struct correlator *c,
                                    const struct sighting *s)
{
    struct call *call = pool_take(&c->call_pool);
    struct exchange *x;

    if (!call)
        return NULL;
    x = exchange_open(c, s, EXCHANGE_CALL);
    if (!x) {
        pool_give(&c->call_pool, call);
        return NULL;
    }
    x->call = call;
    call->exchange = x;
    call->lost_at = TIME_NONE;
    call->from_tag = texts_keep(&c->texts_pool, &x->texts, s->m->from_tag);
    keep_to_tag(c, call, texts_keep(&c->texts_pool, &x->texts, s->m->to_tag));
    call->from_tag_hash = parties_caller_hash(s->m);
    return x;
}

int exchange_promote(struct correlator *c, struct exchange *x)
{
    struct call *call = pool_take(&c->call_pool);
    struct dialog *d = x->dialogs;

    if (!call)
        return -ENOMEM;
    x->kind = EXCHANGE_CALL;
    x->call = call;
    x->dialogs = NULL;
    call->exchange = x;
    call->lost_at = TIME_NONE;
    call->in_dialog = true;
    while (d) {
        struct dialog *next = d->next;

        call->from_tag = d->caller_tag;
        keep_to_tag(c, call, d->callee_tag);
        call->from_tag_hash = d->caller_hash;
        call_add_dialog(call, d);
        d = next;
    }
    return 0;
}

void exchange_add_dialog(struct exchange *x, struct dialog *d)
{
    d->owner = x;
    d->next = x->dialogs;
    x->dialogs = d;
    x->dialog_count++;
}

void exchange_drop_dialog(struct correlator *c, struct exchange *x,
                          struct dialog *d)
{
    struct dialog **at = &x->dialogs;

    while (*at && *at != d)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = d->next;
    x->dialog_count--;
    dialog_remove(&c->dialogs, d);
}

void exchange_forget_transaction(struct correlator *c, struct transaction *t)
{
    struct exchange *x = exchange_of_transaction(t);

    if (x->pending && time_us_of_ns(exchange_pending_since_ns(x)) <= t->last_at)
        exchange_hand_on_part(c, x);
    if (x->call)
        for (struct invite *i = x->call->invites; i; i = i->next)
            if (i->transaction == t)
                i->transaction = NULL;
    transaction_remove(&c->transactions, t);
    c->turns++;
}

static void free_call(struct correlator *c, struct call *call)
{
    while (call->invites) {
        struct invite *i = call->invites;

        call->invites = i->next;
        pool_give(&c->invite_pool, i);
    }
    while (call->dialogs) {
        struct dialog *d = call->dialogs;

        call->dialogs = d->next;
        dialog_remove(&c->dialogs, d);
    }
    c->calls_over -= call->over;
    pool_give(&c->call_pool, call);
}

struct pending *exchange_take_pending(struct correlator *c, struct exchange *x)
{
    struct pending *p = x->pending->next;

    if (p == x->pending)
        x->pending = NULL;
    else
        x->pending->next = p->next;
    c->pending_bytes -= sizeof(*p) + p->text_bytes;
    return p;
}

static void free_pending(struct correlator *c, struct exchange *x)
{
    while (x->pending) {
        struct pending *p = exchange_take_pending(c, x);

        observation_release(p->owned);
        pool_give(&c->pending_pool, p);
    }
}

void exchange_free(struct correlator *c, struct exchange *x)
{
    struct group *g = x->group;

    free_pending(c, x);
    join_forget(c, x);
    register_free(c, x);
    subscription_free(c, x);
    c->turns++;
    while (!list_empty(&x->transactions))
        transaction_remove(
            &c->transactions,
            CONTAINER_OF(x->transactions.next, struct transaction, owner_node));
    if (x->call)
        free_call(c, x->call);
    while (x->dialogs) {
        struct dialog *d = x->dialogs;

        x->dialogs = d->next;
        dialog_remove(&c->dialogs, d);
    }
    texts_release(&c->texts_pool, &x->texts);
    wheel_disarm(&x->timer);
    list_remove(&x->group_node);
    list_remove(&x->age);
    bound_remove(c, x);
    list_remove(&x->waiting);
    list_remove(&x->changed);
    g->exchange_count--;
    c->exchange_count--;
    pool_give(&c->exchange_pool, x);
}

/* An answered call, or one begun inside its dialog: open until it is idle,
 * or until its session timer says it is gone. */
static int64_t due_of_dialog(const struct correlator *c,
                             const struct exchange *x)
{
    const struct call *call = x->call;
    const struct dialog *d = call_answered_dialog(call);
    const struct invite *inv = call_final_invite(call);

    if (call->lost_at != TIME_NONE)
        return time_ns_after(x->touched_ns, SILENCE_NS);
    if (inv && inv->ack_at == TIME_NONE &&
        invite_final_last_at(inv) - inv->final_at >= CALL_64T1_US / 2)
        return time_ns_after(x->touched_ns, SILENCE_NS);
    /* A refresh may have gone past us: the next is due within as long again,
       and who speaks then has not ended (R10). */
    if (d && call_timer_applies(d))
        return time_ns_after(x->touched_ns,
                             2 * SECOND_NS * d->timer.interval_s + LINGER_NS);
    return time_ns_after(x->touched_ns, c->limits.idle_ns);
}

int64_t exchange_due_ns(const struct correlator *c, const struct exchange *x)
{
    const struct call *call = x->call;
    const struct invite *inv;

    if (!call) {
        int64_t due = time_ns_after(x->touched_ns, LINGER_NS);

        return due > x->hold_until_ns ? due : x->hold_until_ns;
    }
    if (call->hung_up)
        return time_ns_after(x->touched_ns, LINGER_NS);
    inv = call_final_invite(call);
    if (inv && inv->status_code >= 300)
        return time_ns_after(x->touched_ns,
                             inv->status_code == 401 || inv->status_code == 407
                                 ? CHALLENGE_NS
                                 : LINGER_NS);
    if (call->in_dialog || (inv && inv->status_code && call->start_proved))
        return due_of_dialog(c, x);
    if (call->current && call->current->progress_at != TIME_NONE &&
        invite_cancel_at(call->current) == TIME_NONE)
        return time_ns_after(x->touched_ns, c->limits.provisional_ns);
    if (call->current && call->current->response_seen &&
        invite_cancel_at(call->current) == TIME_NONE && call->start_proved)
        return time_ns_after(x->touched_ns, c->limits.provisional_ns);
    return time_ns_after(x->touched_ns, SILENCE_NS);
}

void exchange_plan(struct correlator *c, struct exchange *x)
{
    int64_t due = exchange_due_ns(c, x);

    if (!x->timer.node.next || due < x->timer.due_ns)
        wheel_arm(&c->wheel, &x->timer, due);
}

void exchange_retire(struct correlator *c, struct exchange *x)
{
    struct list *node = x->transactions.next;

    /* None can have been: not one needs to be looked at. */
    if (x->last_at - x->first_at < RETIRE_US)
        return;
    while (node != &x->transactions) {
        struct transaction *t =
            CONTAINER_OF(node, struct transaction, owner_node);

        node = node->next;
        if (x->last_at - t->last_at < RETIRE_US)
            return;
        if (t->kind == TRANSACTION_INVITE && t->final_at == TIME_NONE)
            continue;
        exchange_forget_transaction(c, t);
    }
}

static void wait_in_part(struct correlator *c, struct exchange *x,
                         struct pending *p)
{
    if (!x->pending) {
        p->next = p;
        list_remove(&x->waiting);
        list_add_last(&c->waiting, &x->waiting);
    } else {
        p->next = x->pending->next;
        x->pending->next = p;
    }
    x->pending = p;
    p->text_bytes = p->owned->message.text.length;
    c->pending_bytes += sizeof(*p) + p->text_bytes;
}

bool exchange_keeps_messages(const struct correlator *c)
{
    return c->sink.wants_messages && !c->taking_up;
}

void exchange_release_taken(struct correlator *c)
{
    slab_release_some(c->released, c->released_count);
    c->released = NULL;
    c->released_count = 0;
}

/* Messages lie in a slab by the dozen, one behind the other. */
static void release_taken(struct correlator *c, struct slab *slab)
{
    if (c->released != slab)
        exchange_release_taken(c);
    c->released = slab;
    c->released_count++;
}

int exchange_take(struct correlator *c, struct sighting *s)
{
    struct exchange *x = s->exchange;
    struct pending *p;

    if (s->at > x->last_at)
        x->last_at = s->at;
    x->messages += s->copy == COPY_NONE;
    x->retransmissions += s->verdict.retransmission;
    if (s->transaction && s->at > s->transaction->last_at)
        s->transaction->last_at = s->at;
    x->touched_ns = c->clock_ns;
    if (c->taking_up)
        x->messages_handed_on++;
    else if (c->limits.live && list_empty(&x->changed))
        list_add_last(&c->changed, &x->changed);
    if (!exchange_keeps_messages(c)) {
        if (!s->is_held)
            release_taken(c, s->seen->slab);
        return 0;
    }
    p = pool_take(&c->pending_pool);
    if (!p) {
        observation_release(s->seen);
        return -ENOMEM;
    }
    p->owned = s->seen;
    p->transaction = s->transaction;
    p->record = (struct message_record){
        .seen = s->seen,
        .transaction =
            s->transaction ? s->transaction->ordinal : TRANSACTION_NONE,
        .retransmission = s->verdict.retransmission,
        .duplicate = s->copy != COPY_NONE,
        .ack_of_2xx = s->ack_of_2xx,
        .anomalies = s->anomalies,
    };
    wait_in_part(c, x, p);
    return 0;
}
