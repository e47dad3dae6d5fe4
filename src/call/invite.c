#include "base/hash.h"
#include "call/identity.h"
#include "call/invite.h"
#include "call/join.h"
#include "call/parties.h"
#include "call/transfer.h"
#include "sip/content_type.h"
#include "sip/text.h"

#define UNSEEN_TIMES(inv)                                                      \
    (inv)->invite_at = (inv)->trying_at = (inv)->progress_at =                 \
        (inv)->ringing_at = (inv)->final_at = (inv)->ack_at = TIME_NONE

_Static_assert(CALL_INVITES_MAX <= UINT8_MAX + 1, "index and round fit");

struct invite_rare *invite_rare_of(struct correlator *c, struct call *call,
                                   struct invite *inv)
{
    static const struct invite_rare none = {.forwarded_at = TIME_NONE,
                                            .queued_at = TIME_NONE,
                                            .early_media_at = TIME_NONE,
                                            .cancel_at = TIME_NONE,
                                            .final_again_at = TIME_NONE};

    if (!inv->rare) {
        inv->rare = (struct invite_rare *)(void *)texts_take(
            &c->texts_pool, &call->exchange->texts, sizeof(none));
        if (inv->rare)
            *inv->rare = none;
    }
    return inv->rare;
}

struct invite *invite_of_cseq(const struct call *call, uint32_t cseq)
{
    struct invite *found = NULL;

    for (struct invite *i = call->invites; i; i = i->next)
        if (i->cseq == cseq && !i->is_reinvite)
            found = i;
    return found;
}

/* One address may be both ends (loopback, one host): then ports decide. */
static bool one_address(const struct invite *inv)
{
    return address_equal(&inv->src.address, &inv->dst.address);
}

static bool same_end(const struct invite *inv, const struct endpoint *end,
                     const struct endpoint *other)
{
    if (!address_equal(&end->address, &other->address))
        return false;
    return !one_address(inv) || end->port == other->port;
}

bool invite_sent_on_by(const struct invite *inv, const struct arrival *a)
{
    return same_end(inv, &inv->dst, &a->src) &&
           !same_end(inv, &inv->src, &a->dst);
}

bool invite_on_path(const struct invite *inv, const struct arrival *a)
{
    return (same_end(inv, &inv->src, &a->src) &&
            same_end(inv, &inv->dst, &a->dst)) ||
           (same_end(inv, &inv->src, &a->dst) &&
            same_end(inv, &inv->dst, &a->src));
}

uint16_t invite_hop_of(const struct call *call, const struct arrival *a)
{
    const struct invite *found = NULL;

    for (const struct invite *i = call->invites; i; i = i->next)
        if (i->round == call->current->round && i->hop &&
            (!found || i->hop < found->hop) && invite_on_path(i, a))
            found = i;
    return found ? found->hop : 0;
}

static void count_hops(struct call *call, const struct invite *ref)
{
    for (struct invite *i = call->invites; i; i = i->next) {
        if (i->round != ref->round || i->leg != LEG_HOP)
            continue;
        i->is_reference = i == ref;
        i->hop = i->via_count > ref->via_count
                     ? (uint16_t)(i->via_count - ref->via_count + 1)
                     : (uint16_t)(i == ref ? 1 : 2);
        if (i->transaction)
            i->transaction->hop = i->hop;
    }
}

/* The hop behind the one whose INVITE came to this one's source. */
static uint16_t hop_behind(const struct call *call, const struct invite *inv)
{
    uint16_t hop = 2;
    const struct arrival from = {.src = inv->src, .dst = inv->dst};

    for (const struct invite *i = call->invites; i && i != inv; i = i->next)
        if (i->round == inv->round && i->hop >= hop &&
            invite_sent_on_by(i, &from))
            hop = (uint16_t)(i->hop + 1);
    return hop;
}

static void set_place(struct call *call, struct invite *inv,
                      const struct attempt *attempt)
{
    struct invite *ref = call->current;

    inv->hop = 1;
    if (attempt->join == ATTEMPT_ROUND || !ref) {
        inv->round = (uint8_t)call->rounds++;
        inv->is_reference = true;
        call->current = inv;
        return;
    }
    inv->round = (uint8_t)attempt->round;
    if (attempt->join == ATTEMPT_HOP) {
        for (ref = call->invites; ref; ref = ref->next)
            if (ref->is_reference && ref->round == inv->round)
                break;
        if (!ref || inv->via_count < ref->via_count) {
            if (call->current == ref)
                call->current = inv;
            ref = inv;
        }
        count_hops(call, ref);
        return;
    }
    inv->leg = attempt->join == ATTEMPT_FORK ? LEG_FORK : LEG_LATER;
    inv->hop = hop_behind(call, inv);
}

/* The same request again at an element that already had it (16.3). */
static bool is_loop(const struct call *call, const struct invite *inv)
{
    for (const struct invite *i = call->invites; i; i = i->next)
        if (i != inv && i->cseq == inv->cseq && i->uri == inv->uri &&
            i->via_count < inv->via_count && endpoint_equal(&i->dst, &inv->dst))
            return true;
    return false;
}

struct invite *invite_add(struct correlator *c, struct call *call,
                          const struct sighting *s,
                          const struct attempt *attempt)
{
    struct invite *inv;
    struct transaction *t = s->transaction;

    if (call->invite_count >= CALL_INVITES_MAX)
        return NULL;
    inv = pool_take(&c->invite_pool);
    if (!inv)
        return NULL;
    UNSEEN_TIMES(inv);
    inv->transaction = t;
    inv->index = (uint8_t)call->invite_count++;
    inv->cseq = s->m->cseq;
    inv->from_tag = parties_caller_hash(s->m);
    inv->via_count = t->via_count;
    inv->transport = t->transport;
    inv->max_forwards = -1;
    inv->vlan = s->seen->arrival.vlan;
    inv->src = t->src;
    inv->dst = t->dst;
    if (call->invites_last)
        call->invites_last->next = inv;
    else
        call->invites = inv;
    call->invites_last = inv;
    set_place(call, inv, attempt);
    invite_set_transaction(inv, t);
    t->hop = inv->hop;
    return inv;
}

void invite_observe_request(struct correlator *c, struct call *call,
                            struct invite *inv, struct sighting *s)
{
    inv->transmissions++;
    if (inv->request_seen)
        return;
    inv->request_seen = true;
    inv->invite_at = s->at;
    inv->src = s->seen->arrival.src;
    inv->dst = s->seen->arrival.dst;
    inv->uri = (uint32_t)hash_span(s->m->request_uri) | 1;
    if (is_loop(call, inv))
        anomaly_set_add(&s->anomalies, ANOMALY_LOOP);
    if (!call->start_seen) {
        call->from_tag = call_keep_tag(c, call, s->m->from_tag);
        call->from_tag_hash = inv->from_tag;
    }
    call->start_seen = call->start_proved = true;
    identity_observe_request(c, call, inv, s->m);
    if (inv->round || !inv->is_reference || call->parties_of == inv->index + 1)
        return;
    call->parties_of = inv->index + 1;
    parties_keep(c, call, s->m);
    identity_keep(c, call, s->m);
    transfer_observe_invite(c, call, s->m);
    join_call(c, call->exchange, s->seen);
}

static void note_first(int64_t *time, int64_t at)
{
    if (*time == TIME_NONE)
        *time = at;
}

/* 181, 182, and a description in one that is not 100. */
static void observe_rare(struct correlator *c, struct call *call,
                         struct invite *inv, const struct sighting *s)
{
    unsigned status = s->m->status_code;
    bool has_media = status >= 180 && status <= 189 && s->m->body.length;
    struct invite_rare *rare;
    struct span sdp;

    if (status != 181 && status != 182 && !has_media)
        return;
    rare = invite_rare_of(c, call, inv);
    if (!rare)
        return;
    if (status == 181)
        note_first(&rare->forwarded_at, s->at);
    else if (status == 182)
        note_first(&rare->queued_at, s->at);
    if (has_media && rare->early_media_at == TIME_NONE &&
        sip_message_sdp(s->m, &sdp))
        rare->early_media_at = s->at;
}

static void observe_provisional(struct correlator *c, struct call *call,
                                struct invite *inv, const struct sighting *s)
{
    unsigned status = s->m->status_code;

    if (status == 100) {
        note_first(&inv->trying_at, s->at);
        return;
    }
    note_first(&inv->progress_at, s->at);
    if (status == 180)
        note_first(&inv->ringing_at, s->at);
    /* An unknown 1xx counts as 183 (8.1.3.2). */
    inv->rang = true;
    observe_rare(c, call, inv, s);
}

/* The next hop's final mostly says the same. */
static struct span keep_phrase(struct correlator *c, struct call *call,
                               struct span phrase)
{
    struct exchange *x = call->exchange;
    struct span text = sip_text_plain(phrase);

    if (text.length) {
        if (!span_equal(call->phrase, text))
            call->phrase = texts_keep(&c->texts_pool, &x->texts, text);
        return call->phrase;
    }
    text = parties_keep_text(c, x, phrase);
    if (text.length && span_equal(call->phrase, text))
        texts_trim(&x->texts, text.data, 0);
    else
        call->phrase = text;
    return call->phrase;
}

/* What few finals say. */
static void keep_rare(struct correlator *c, struct call *call,
                      struct invite *inv, const struct sip_message *m)
{
    struct exchange *x = call->exchange;
    const struct call_reason *reason = parties_keep_reason(c, x, m);
    const struct call_refusal *refusal = m->status_code >= 300
                                             ? parties_keep_refusal(c, x, m)
                                         : inv->rare ? inv->rare->refusal
                                                     : NULL;
    struct invite_rare *rare =
        reason || refusal ? invite_rare_of(c, call, inv) : inv->rare;

    if (!rare)
        return;
    rare->final_again_at = TIME_NONE;
    rare->final_reason = reason;
    rare->refusal = refusal;
}

static void keep_final(struct correlator *c, struct call *call,
                       struct invite *inv, struct sighting *s)
{
    const struct sip_message *m = s->m;
    struct exchange *x = call->exchange;

    inv->status_code = m->status_code;
    inv->final_at = s->at;
    inv->tag_rang = s->dialog && s->dialog->invite.early_at != TIME_NONE;
    inv->to_tag = s->dialog && s->dialog->owner == x
                      ? s->dialog->callee_tag
                      : texts_keep(&c->texts_pool, &x->texts, m->to_tag);
    inv->reason_phrase = keep_phrase(c, call, m->reason_phrase);
    keep_rare(c, call, inv, m);
    if (m->status_code == 401 || m->status_code == 407)
        attempt_note_challenge(c, call, m);
}

/* Where the dialog's is the text that is kept, neither needs to be read. */
static bool is_final_tag(const struct invite *inv, const struct sighting *s)
{
    const struct dialog *d = s->dialog;

    return (d && d->callee_hash == s->m->to_tag_hash &&
            d->callee_tag.data == inv->to_tag.data) ||
           span_equal(inv->to_tag, s->m->to_tag);
}

static void note_final(struct correlator *c, struct call *call,
                       struct invite *inv, const struct sighting *s, bool again)
{
    bool is_same = is_final_tag(inv, s);
    bool after_ack = is_same && inv->ack_at != TIME_NONE &&
                     s->at - inv->ack_at >= CALL_CROSSING_US;
    struct invite_rare *rare;

    inv->final_sent += is_same;
    if (!again && !after_ack)
        return;
    rare = invite_rare_of(c, call, inv);
    if (!rare)
        return;
    if (again)
        rare->final_again_at = s->at;
    rare->sent_after_ack += after_ack;
}

void invite_observe_response(struct correlator *c, struct call *call,
                             struct invite *inv, struct sighting *s)
{
    unsigned status = s->m->status_code;
    bool again;

    inv->response_seen = true;
    identity_observe_response(c, call, inv, s->m);
    if (status > 100 && status < 300 && s->dialog && inv->index < 64 &&
        !(s->dialog->seen_by >> inv->index & 1)) {
        s->dialog->seen_by |= UINT64_C(1) << inv->index;
        inv->tags++;
    }
    if (status < 200) {
        if (!s->m->to_tag.length)
            call->start_proved = true;
        observe_provisional(c, call, inv, s);
        return;
    }
    again = inv->status_code && (inv->status_code < 300 || status >= 300);
    if (!again)
        keep_final(c, call, inv, s);
    if (status == inv->status_code)
        note_final(c, call, inv, s, again);
}

void invite_observe_ack(struct invite *inv, struct sighting *s)
{
    note_first(&inv->ack_at, s->at);
    if (s->ack_by_tags)
        inv->ack_alone = true;
    s->ack_of_2xx = inv->status_code >= 200 && inv->status_code < 300;
    if (!inv->status_code)
        s->ack_of_2xx = s->ack_by_tags;
}
