#include <errno.h>

#include "base/hash.h"
#include "call/collect.h"
#include "call/invite.h"
#include "call/parties.h"
#include "call/pending.h"
#include "call/progress.h"
#include "call/route.h"

/* An ACK is looked for among so many of the latest transactions. */
#define ACK_LOOK_BACK 64
/* So many dialogs are compared sooner than one is looked up. */
#define DIALOGS_FEW 4

static enum exchange_kind kind_of(enum sip_method method)
{
    switch (method) {
    case SIP_REGISTER:
        return EXCHANGE_REGISTER;
    case SIP_OPTIONS:
        return EXCHANGE_OPTIONS;
    case SIP_MESSAGE:
        return EXCHANGE_MESSAGE;
    case SIP_SUBSCRIBE:
    case SIP_NOTIFY:
    case SIP_BENOTIFY:
    case SIP_REFER:
        return EXCHANGE_SUBSCRIBE;
    case SIP_PUBLISH:
        return EXCHANGE_PUBLISH;
    case SIP_UNKNOWN:
    case SIP_INVITE:
    case SIP_ACK:
    case SIP_BYE:
    case SIP_CANCEL:
    case SIP_PRACK:
    case SIP_INFO:
    case SIP_UPDATE:
    case SIP_SERVICE:
    case SIP_METHOD_COUNT:
        break;
    }
    return EXCHANGE_OTHER;
}

static struct exchange *newest(const struct group *g)
{
    if (list_empty(&g->exchanges))
        return NULL;
    return CONTAINER_OF(g->exchanges.prev, struct exchange, group_node);
}

static struct exchange *older(const struct exchange *x)
{
    if (x->group_node.prev == &x->group->exchanges)
        return NULL;
    return CONTAINER_OF(x->group_node.prev, struct exchange, group_node);
}

/* An exchange of its kind, the one of this Call-ID or a new one. */
static struct exchange *plain_exchange(struct correlator *c,
                                       const struct sighting *s,
                                       enum exchange_kind kind)
{
    for (struct exchange *x = newest(s->group); x; x = older(x))
        if (!x->call && x->kind == kind)
            return x;
    return exchange_open(c, s, kind);
}

static bool is_party(const struct call *call, uint64_t tag)
{
    return tag == call->from_tag_hash ||
           (call->current && tag == call->current->from_tag);
}

/* R6: a call of this Call-ID whose caller is one of the tags. */
static struct exchange *call_of_tags(const struct sighting *s)
{
    uint64_t from = s->m->from_tag_hash;
    uint64_t to = s->m->to_tag_hash;

    for (struct exchange *x = newest(s->group); x; x = older(x))
        if (x->call && ((s->m->from_tag.length && is_party(x->call, from)) ||
                        (s->m->to_tag.length && is_party(x->call, to))))
            return x;
    return NULL;
}

/* RFC 2543 knew no tags: by either side's URI, then. */
static struct exchange *call_of_uri(const struct sighting *s)
{
    uint64_t from = parties_caller_hash(s->m);
    uint64_t uri = parties_uri_hash(s->m->from);

    for (struct exchange *x = newest(s->group); x; x = older(x))
        if (x->call && (is_party(x->call, from) || x->call->to_uri_hash == uri))
            return x;
    return NULL;
}

/* The same by either side's From tag alone, where the To tag is missing. */
static struct exchange *call_of_from_tag(const struct sighting *s)
{
    struct exchange *x = call_of_tags(s);

    if (!x && !s->m->from_tag.length)
        return call_of_uri(s);
    if (x)
        return x;
    for (x = newest(s->group); x; x = older(x)) {
        struct dialog *d = x->call ? x->call->dialogs : NULL;

        for (; d; d = d->next)
            if (d->callee_hash == s->m->from_tag_hash)
                return x;
    }
    return NULL;
}

/* Several rows of one Call-ID that overlap in time are one end-to-end call. */
static void join_group(struct correlator *c, struct exchange *x)
{
    struct exchange *other = older(x);

    for (; other; other = older(other)) {
        struct call *call = other->call;

        if (!call || attempt_is_over(call))
            continue;
        exchange_make_key(c, other);
        call_set_group(c, x->call,
                       call->has_group_key ? &call->rare->group_key
                                           : &other->key);
        return;
    }
}

static struct exchange *open_call(struct correlator *c,
                                  const struct sighting *s)
{
    struct exchange *x = exchange_open_call(c, s);

    if (x)
        join_group(c, x);
    return x;
}

/* --- transactions ------------------------------------------------------- */

static struct transaction *add_transaction(struct correlator *c,
                                           struct exchange *x,
                                           const struct branch_key *key,
                                           uint64_t hash)
{
    struct transaction *t;

    exchange_retire(c, x);
    while (table_full(&c->transactions.table)) {
        struct transaction *oldest = transaction_oldest(&c->transactions);

        if (!oldest)
            return NULL;
        c->counters.transactions_dropped++;
        c->counters.anomalies[ANOMALY_TRANSACTION_TABLE_FULL]++;
        exchange_forget_transaction(c, oldest);
    }
    t = transaction_add(&c->transactions, key, hash, x);
    if (!t)
        return NULL;
    if (c->added.count < ADDITIONS_MAX)
        c->added.items[c->added.count] = t;
    c->added.count++;
    t->ordinal = x->transaction_count++;
    c->turns += key->uri != 0;
    list_add_last(&x->transactions, &t->owner_node);
    return t;
}

struct transaction *route_add_transaction(struct correlator *c,
                                          struct sighting *s)
{
    s->transaction = add_transaction(c, s->exchange, &s->key, s->key_hash);
    s->is_new_transaction = s->transaction != NULL;
    /* What it is a copy of has been forgotten. */
    s->copy = COPY_NONE;
    return s->transaction;
}

/* Does what this message repeats still wait? Then it is named there, when it
 * is handed on. */
static bool first_waits(const struct sighting *s)
{
    const struct exchange *x = s->exchange;
    int64_t first_at = s->m->is_request ? s->transaction->request_at
                                        : s->transaction->final_at;

    return x->pending &&
           time_us_of_ns(exchange_pending_since_ns(x)) <= first_at;
}

static void observe_transaction(struct correlator *c, struct sighting *s)
{
    if (s->copy != COPY_NONE || !s->transaction)
        return;
    if (s->m->is_request)
        transaction_observe_request(s->transaction, s->seen, &s->verdict);
    else
        transaction_observe_response(&c->transactions, s->transaction, s->seen,
                                     &s->verdict);
    anomaly_set_merge(&s->anomalies, &s->verdict.anomalies);
    if (s->verdict.overdue && !first_waits(s))
        anomaly_set_add(&s->anomalies, s->m->is_request ? ANOMALY_FINAL_MISSING
                                                        : ANOMALY_ACK_MISSING);
}

static int finish_new(struct correlator *c, struct sighting *s)
{
    if (!s->exchange || !route_add_transaction(c, s))
        return -ENOMEM;
    observe_transaction(c, s);
    return 0;
}

/* Of one exchange, without a look at the table: it has few. */
static struct dialog *dialog_of(const struct exchange *x,
                                const struct sip_message *m)
{
    struct dialog *d = x->call ? x->call->dialogs : x->dialogs;

    while (d && !dialog_is_between(d, m->from_tag_hash, m->to_tag_hash))
        d = d->next;
    return d;
}

static struct dialog *find_dialog(const struct correlator *c,
                                  const struct sighting *s)
{
    const struct exchange *x;

    if (!s->m->to_tag.length)
        return NULL;
    x = newest(s->group);
    if (x && s->group->exchange_count == 1 &&
        (x->call ? x->call->dialog_count : x->dialog_count) <= DIALOGS_FEW)
        return dialog_of(x, s->m);
    return dialog_find(&c->dialogs, s->group, s->group->node.hash,
                       s->m->from_tag_hash, s->m->to_tag_hash);
}

/* --- initial INVITE and CANCEL ------------------------------------------ */

static int route_initial_invite(struct correlator *c, struct sighting *s)
{
    struct attempt attempt = {ATTEMPT_NONE, 0};
    int rc;

    for (struct exchange *x = newest(s->group); x; x = older(x)) {
        if (!x->call)
            continue;
        attempt_judge(x->call, s, &attempt);
        if (attempt.join != ATTEMPT_NONE) {
            s->exchange = x;
            break;
        }
    }
    if (!s->exchange) {
        s->exchange = open_call(c, s);
        attempt.join = ATTEMPT_ROUND;
    }
    rc = finish_new(c, s);
    if (!rc)
        (void)invite_add(c, s->exchange->call, s, &attempt);
    return rc;
}

/* How likely it is that this INVITE's ACK or CANCEL came this way. */
static unsigned ack_score(const struct transaction *t, const struct sighting *s)
{
    const struct arrival *a = &s->seen->arrival;

    return (address_equal(&t->src.address, &a->src.address) ? 8U : 0U) +
           (endpoint_equal(&t->src, &a->src) ? 4U : 0U) +
           (address_equal(&t->dst.address, &a->dst.address) ? 2U : 0U) +
           (endpoint_equal(&t->dst, &a->dst) ? 2U : 0U) +
           (t->via_count == s->m->via_count ? 3U : 0U);
}

/* The INVITE with its CSeq number and From tag: of several hops the one whose
 * way it goes. */
static struct transaction *invite_of_ack(const struct exchange *x,
                                         const struct sighting *s)
{
    struct list *node = x->transactions.prev;
    uint64_t from = s->m->from_tag_hash;
    uint64_t to = s->m->to_tag_hash;
    struct transaction *found = NULL;
    unsigned best = 0;

    for (unsigned i = 0; i < ACK_LOOK_BACK && node != &x->transactions;
         i++, node = node->prev) {
        struct transaction *t =
            CONTAINER_OF(node, struct transaction, owner_node);
        unsigned score;

        if (t->kind != TRANSACTION_INVITE || t->key.cseq != s->m->cseq ||
            t->from_tag != from)
            continue;
        score = ack_score(t, s) + 1;
        if (s->m->to_tag.length && t->to_tag == to)
            score += 32; /* R3: and its final's To tag */
        if (score >= best) {
            best = score;
            found = t;
        }
    }
    return found;
}

/* A CANCEL whose INVITE went unseen stands for it (R5). */
static void prove_invite(struct correlator *c, struct sighting *s)
{
    struct call *call = s->exchange->call;
    struct invite *known = invite_of_cseq(call, s->m->cseq);
    struct attempt attempt = {known ? ATTEMPT_HOP : ATTEMPT_ROUND,
                              known ? known->round : 0};
    struct sighting invite = *s;

    if (known && known->is_reference && !known->transaction) {
        invite_set_transaction(known, s->transaction);
        return;
    }
    invite.key = branch_key_for(&s->key, SIP_INVITE);
    invite.transaction = add_transaction(c, s->exchange, &invite.key,
                                         branch_key_hash(&invite.key));
    if (!invite.transaction)
        return;
    invite.transaction->last_at = s->at;
    invite.transaction->transport = (uint8_t)s->seen->arrival.transport;
    invite.transaction->src = s->seen->arrival.src;
    invite.transaction->dst = s->seen->arrival.dst;
    invite.transaction->from_tag = s->m->from_tag_hash;
    /* A CANCEL has one Via whatever its INVITE had (9.1). */
    invite.transaction->via_count =
        known ? UINT16_MAX : (uint16_t)s->m->via_count;
    invite_set_transaction(invite_add(c, call, &invite, &attempt),
                           s->transaction);
    call->start_proved = true;
}

/* Some clients give the CANCEL a branch of its own. */
static struct transaction *invite_of_cancel(const struct sighting *s)
{
    struct transaction *t = invite_of_ack(s->exchange, s);
    const struct arrival *a = &s->seen->arrival;

    if (t && address_equal(&t->src.address, &a->src.address) &&
        address_equal(&t->dst.address, &a->dst.address))
        return t;
    return NULL;
}

static int route_cancel(struct correlator *c, struct sighting *s)
{
    struct branch_key key = branch_key_for(&s->key, SIP_INVITE);
    struct transaction *t =
        transaction_find(&c->transactions, &key, branch_key_hash(&key));
    bool opened = false;
    int rc;

    if (t)
        s->exchange = exchange_of_transaction(t);
    else if (s->dialog)
        s->exchange = exchange_of_dialog(s->dialog);
    else
        s->exchange = call_of_tags(s);
    if (!s->exchange) {
        s->exchange = open_call(c, s);
        opened = true;
    }
    rc = finish_new(c, s);
    if (rc)
        return rc;
    if (!t)
        t = invite_of_cancel(s);
    if (t)
        invite_set_transaction(invite_of_transaction(t), s->transaction);
    else if (s->exchange->call && !s->m->to_tag.length)
        prove_invite(c, s);
    else if (opened)
        s->exchange->call->in_dialog = true;
    return 0;
}

/* --- other requests ----------------------------------------------------- */

static bool only_in_dialog(enum sip_method method)
{
    return method == SIP_BYE || method == SIP_UPDATE || method == SIP_PRACK ||
           method == SIP_INFO;
}

static bool opens_call(const struct sip_message *m)
{
    return m->method == SIP_BYE || m->method == SIP_UPDATE ||
           m->method == SIP_INVITE;
}

/* The caller's tag first: the side that is the call's caller. */
static struct dialog *make_dialog(struct correlator *c, struct sighting *s)
{
    struct call *call = s->exchange->call;
    struct span from = s->m->from_tag;
    struct span to = s->m->to_tag;

    if (is_party(call, hash_span(from)) || !is_party(call, hash_span(to)))
        return call_get_dialog(c, call, s->group, from, to);
    return call_get_dialog(c, call, s->group, to, from);
}

/* Without a To tag: the answered dialog, else the first one. */
static struct dialog *guess_dialog(struct correlator *c, struct sighting *s)
{
    struct call *call = s->exchange->call;
    struct dialog *d = call_answered_dialog(call);

    anomaly_set_add(&s->anomalies, ANOMALY_TO_TAG_MISSING);
    if (!d)
        d = call->dialogs;
    return d ? d : make_dialog(c, s);
}

/* A dialog of which nothing showed yet whose it is: if it turns out to be a
 * call's, what came first can still join it. */
static void note_dialog(struct correlator *c, struct sighting *s)
{
    /* The subscriber is the one that a NOTIFY is sent to. */
    bool notify = s->m->method == SIP_NOTIFY;
    struct exchange *x = s->exchange;
    struct dialog_tags tags;

    if (!x || x->call || s->dialog || !s->m->to_tag.length ||
        !s->m->from_tag.length ||
        (x->kind != EXCHANGE_OTHER && x->kind != EXCHANGE_SUBSCRIBE) ||
        x->dialog_count >= CALL_DIALOGS_MAX)
        return;
    tags.caller = texts_keep(&c->texts_pool, &x->texts,
                             notify ? s->m->to_tag : s->m->from_tag);
    tags.callee = texts_keep(&c->texts_pool, &x->texts,
                             notify ? s->m->from_tag : s->m->to_tag);
    s->dialog = dialog_add(&c->dialogs, s->group, s->group->node.hash, &tags);
    if (s->dialog)
        exchange_add_dialog(x, s->dialog);
}

/* The exchange of a known dialog; a request that only calls have makes it a
 * call's, unless its beginning has been handed on as something else. */
static struct exchange *dialog_exchange(struct correlator *c,
                                        struct sighting *s)
{
    struct exchange *x = exchange_of_dialog(s->dialog);

    if (x->call || !opens_call(s->m))
        return x;
    if (!x->has_key && !exchange_promote(c, x))
        return x;
    s->dialog = NULL;
    return NULL;
}

static void find_exchange(struct correlator *c, struct sighting *s)
{
    const struct sip_message *m = s->m;

    if (s->dialog)
        s->exchange = dialog_exchange(c, s);
    if (s->exchange)
        return;
    if (m->to_tag.length)
        s->exchange = call_of_tags(s);
    else if (only_in_dialog(m->method))
        s->exchange = call_of_from_tag(s);
    if (s->exchange) {
        s->dialog = m->to_tag.length ? make_dialog(c, s) : guess_dialog(c, s);
        return;
    }
    if (!opens_call(m)) {
        s->exchange = plain_exchange(c, s, kind_of(m->method));
        note_dialog(c, s);
        return;
    }
    s->exchange = open_call(c, s);
    if (!s->exchange)
        return;
    s->exchange->call->in_dialog = true;
    s->dialog = make_dialog(c, s);
}

static int route_request(struct correlator *c, struct sighting *s)
{
    s->dialog = find_dialog(c, s);
    if (s->transaction) {
        if (!s->dialog && s->exchange->call && s->m->to_tag.length)
            s->dialog = make_dialog(c, s);
        observe_transaction(c, s);
        return 0;
    }
    if (s->m->method == SIP_INVITE && !s->m->to_tag.length)
        return route_initial_invite(c, s);
    if (s->m->method == SIP_CANCEL)
        return route_cancel(c, s);
    find_exchange(c, s);
    return finish_new(c, s);
}

/* --- ACK ---------------------------------------------------------------- */

static int route_ack(struct correlator *c, struct sighting *s)
{
    s->dialog = find_dialog(c, s);
    if (!s->transaction) {
        s->exchange = s->dialog               ? exchange_of_dialog(s->dialog)
                      : s->m->from_tag.length ? call_of_tags(s)
                                              : call_of_uri(s);
        if (s->exchange)
            s->transaction = invite_of_ack(s->exchange, s);
        s->ack_by_tags = !s->key.uri;
    }
    if (!s->exchange) {
        s->exchange = plain_exchange(c, s, EXCHANGE_OTHER);
        note_dialog(c, s);
    }
    if (!s->exchange)
        return -ENOMEM;
    if (s->transaction && s->copy == COPY_NONE)
        transaction_observe_ack(s->transaction, s->seen, &s->verdict);
    anomaly_set_merge(&s->anomalies, &s->verdict.anomalies);
    return 0;
}

/* --- responses ---------------------------------------------------------- */

/* Is an INVITE that went unseen, known by its response, an initial one? */
static bool judge_unseen(const struct call *call, const struct sighting *s,
                         struct attempt *attempt_out)
{
    const struct invite *known = invite_of_cseq(call, s->m->cseq);
    const struct invite *final = call_final_invite(call);

    *attempt_out = (struct attempt){ATTEMPT_ROUND, 0};
    if (!call->invites)
        return !call->in_dialog;
    if (known) {
        *attempt_out = (struct attempt){ATTEMPT_HOP, known->round};
        return true;
    }
    if (call->in_dialog || call->hung_up || !call->current ||
        (final && final->status_code < 300))
        return false;
    return s->m->from_tag_hash == call->current->from_tag &&
           s->m->cseq > call->current->cseq;
}

static struct exchange *exchange_of_response(struct correlator *c,
                                             struct sighting *s)
{
    struct exchange *x = s->dialog ? exchange_of_dialog(s->dialog) : NULL;
    enum sip_method method = s->m->cseq_method;

    if (x && !x->call && method == SIP_INVITE && !x->has_key &&
        exchange_promote(c, x))
        return NULL;
    if (!x && (method == SIP_INVITE || method == SIP_CANCEL ||
               only_in_dialog(method)))
        x = call_of_tags(s);
    if (x)
        return x;
    if (method == SIP_INVITE)
        return open_call(c, s);
    return plain_exchange(c, s, kind_of(method));
}

/* Nearly always its call's first dialog. */
static struct dialog *dialog_of_response(const struct correlator *c,
                                         const struct sighting *s)
{
    struct dialog *d = s->exchange->call ? s->exchange->call->dialogs : NULL;
    const struct sip_message *m = s->m;

    if (d && d->callee_hash == m->to_tag_hash &&
        d->caller_hash == m->from_tag_hash)
        return d;
    return find_dialog(c, s);
}

static int route_response(struct correlator *c, struct sighting *s)
{
    struct attempt attempt;
    int rc;

    if (s->transaction) {
        s->dialog = dialog_of_response(c, s);
        observe_transaction(c, s);
        return 0;
    }
    s->dialog = find_dialog(c, s);
    s->exchange = exchange_of_response(c, s);
    if (s->m->cseq_method == SIP_ACK) {
        anomaly_set_add(&s->anomalies, ANOMALY_RESPONSE_TO_ACK);
        return s->exchange ? 0 : -ENOMEM;
    }
    rc = finish_new(c, s);
    if (rc)
        return rc;
    if (s->m->cseq_method == SIP_INVITE && s->exchange->call &&
        judge_unseen(s->exchange->call, s, &attempt))
        (void)invite_add(c, s->exchange->call, s, &attempt);
    return 0;
}

void route_begin(struct sighting *s)
{
    s->call_id_hash = s->m->call_id_hash;
    if (s->seen->arrival.sensor)
        s->call_id_hash = hash_mix(s->call_id_hash, s->seen->arrival.sensor);
    s->has_key = s->m->has_cseq && s->m->call_id.length;
    if (!s->has_key)
        return;
    branch_key_of(s->m, s->call_id_hash, &s->key);
    if (s->m->is_request && s->m->method == SIP_ACK)
        s->key.method = SIP_INVITE;
    s->key_hash = branch_key_hash(&s->key);
}

/* Looked for ahead, and not there: was it added since? */
static struct transaction *find_added(const struct correlator *c,
                                      const struct sighting *s)
{
    const struct additions *added = &c->added;

    if (added->count > ADDITIONS_MAX)
        return transaction_find(&c->transactions, &s->key, s->key_hash);
    for (size_t i = added->count; i-- > 0;)
        if (added->items[i]->node.hash == s->key_hash &&
            branch_key_match(&added->items[i]->key, &s->key))
            return added->items[i];
    return NULL;
}

/* Most of it was found ahead, and is as it was. */
static int find_owner(struct correlator *c, struct sighting *s)
{
    bool found = c->added.turns == c->turns;

    if (s->has_key && !found)
        s->transaction =
            transaction_find(&c->transactions, &s->key, s->key_hash);
    else if (s->has_key && !s->transaction)
        s->transaction = find_added(c, s);
    if (s->transaction) {
        s->exchange = exchange_of_transaction(s->transaction);
        s->group = s->exchange->group;
    } else if (!found || !s->group) {
        s->group = group_get(c, s);
    }
    return s->group ? 0 : -ENOMEM;
}

int route_message(struct correlator *c, struct sighting *s)
{
    int rc = find_owner(c, s);

    if (rc)
        return rc;
    if (!s->has_key) {
        c->counters.messages_without_ids++;
        s->exchange = plain_exchange(c, s, EXCHANGE_OTHER);
        return s->exchange ? 0 : -ENOMEM;
    }
    if (!s->m->is_request)
        return route_response(c, s);
    if (s->m->method == SIP_ACK)
        return route_ack(c, s);
    return route_request(c, s);
}
