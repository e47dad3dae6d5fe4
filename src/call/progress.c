#include "base/hash.h"
#include "call/collect.h"
#include "call/hangup.h"
#include "call/hidden.h"
#include "call/custom.h"
#include "call/invite.h"
#include "call/media.h"
#include "call/parties.h"
#include "call/progress.h"
#include "call/violations.h"
#include "call/transfer.h"
#include "sip/event.h"
#include "sip/number.h"

#define EVIDENCE(name) (UINT32_C(1) << EVIDENCE_##name)

static void note_first(int64_t *time, int64_t at)
{
    if (*time == TIME_NONE || at < *time)
        *time = at;
}

/* --- dialogs of a call -------------------------------------------------- */

void call_add_dialog(struct call *call, struct dialog *d)
{
    struct dialog **last = &call->dialogs;

    while (*last)
        last = &(*last)->next;
    *last = d;
    d->owner = call->exchange;
    d->next = NULL;
    call->dialog_count++;
}

struct dialog *call_get_dialog(struct correlator *c, struct call *call,
                               struct group *g, struct span caller_tag,
                               struct span callee_tag)
{
    struct exchange *x = call->exchange;
    struct dialog_tags tags;
    struct dialog *d =
        dialog_find(&c->dialogs, g, g->node.hash, hash_span(caller_tag),
                    hash_span(callee_tag));

    if (d && d->owner == x)
        return d;
    if (d && exchange_of_dialog(d)->call)
        return NULL;
    if (d)
        exchange_drop_dialog(c, exchange_of_dialog(d), d);
    if (call->dialog_count >= CALL_DIALOGS_MAX) {
        c->counters.dialogs_dropped++;
        return NULL;
    }
    tags.caller = call_keep_tag(c, call, caller_tag);
    tags.callee = texts_keep(&c->texts_pool, &x->texts, callee_tag);
    d = dialog_add(&c->dialogs, g, g->node.hash, &tags);
    if (!d) {
        c->counters.dialogs_dropped++;
        return NULL;
    }
    call_add_dialog(call, d);
    return d;
}

/* The response that makes or confirms a dialog (12.1). */
static void observe_dialog_response(struct correlator *c, struct call *call,
                                    const struct invite *inv,
                                    struct sighting *s)
{
    const struct sip_message *m = s->m;
    struct dialog *d;

    if (m->status_code <= 100 || m->status_code >= 300 || !m->to_tag.length)
        return;
    d = s->dialog;
    if (!d)
        d = call_get_dialog(c, call, s->group, m->from_tag, m->to_tag);
    s->dialog = d;
    if (!d)
        return;
    if (m->status_code < 200) {
        note_first(&d->invite.early_at, s->at);
    } else {
        note_first(&d->invite.confirmed_at, s->at);
        if (!s->verdict.retransmission &&
            (inv->is_reference || !d->timer.since_at))
            session_timer_observe(&d->timer, m, s->at, true);
    }
    dialog_keep_route(d, m, &c->texts_pool, &exchange_of_dialog(d)->texts);
}

/* --- hanging up --------------------------------------------------------- */

const struct bye hangup_no_bye = {.at = TIME_NONE,
                                  .at_ref = TIME_NONE,
                                  .final_at = TIME_NONE,
                                  .ok_at = TIME_NONE,
                                  .ok_ref_at = TIME_NONE};

/* Made where it is not there; NULL where there is no memory. */
static struct bye *bye_of(struct correlator *c, struct dialog *d,
                          enum dialog_side side)
{
    struct texts *texts = &exchange_of_dialog(d)->texts;
    struct hangup *h = (struct hangup *)d->detail;
    struct bye *b;

    if (!h) {
        h = (struct hangup *)(void *)texts_take(&c->texts_pool, texts,
                                                sizeof(*h));
        if (!h)
            return NULL;
        *h = (struct hangup){0};
        d->detail = h;
    }
    if (h->byes[side])
        return h->byes[side];
    b = (struct bye *)(void *)texts_take(&c->texts_pool, texts, sizeof(*b));
    if (b)
        *b = hangup_no_bye;
    h->byes[side] = b;
    return b;
}

static bool on_reference(const struct call *call, const struct sighting *s)
{
    return call->current && invite_on_path(call->current, &s->seen->arrival);
}

/* Does a BYE in this dialog end the call? Not that of a losing fork
 * (13.2.2.4), nor one after a failure. */
static void judge_bye(struct call *call, const struct dialog *d,
                      struct sighting *s)
{
    const struct invite *final = call_final_invite(call);

    if (final && final->status_code >= 300) {
        anomaly_set_add(&s->anomalies, ANOMALY_BYE_AFTER_FAILURE);
        return;
    }
    if (final && call_answered_dialog(call) && call_answered_dialog(call) != d)
        return;
    call->hung_up = true;
}

static void observe_bye(struct correlator *c, struct call *call,
                        struct sighting *s)
{
    struct dialog *d = s->dialog;
    struct bye *b =
        d ? bye_of(c, d, dialog_side_of(d, s->m->from_tag_hash)) : NULL;

    if (!b)
        return;
    judge_bye(call, d, s);
    if (s->transaction->key.method == SIP_BYE)
        s->transaction->detail = b;
    if (b->at == TIME_NONE) {
        b->at = s->at;
        b->src = s->seen->arrival.src.address;
        b->dst = s->seen->arrival.dst.address;
        b->reason = parties_keep_reason(c, call->exchange, s->m);
    }
    if (b->at_ref == TIME_NONE && on_reference(call, s)) {
        b->at_ref = s->at;
        b->reason_ref = parties_keep_reason(c, call->exchange, s->m);
    }
}

static void observe_bye_response(struct call *call, struct sighting *s)
{
    struct bye *b = (struct bye *)s->transaction->detail;

    if (!b || s->m->status_code < 200)
        return;
    note_first(&b->final_at, s->at);
    if (s->m->status_code >= 300)
        return;
    note_first(&b->ok_at, s->at);
    if (on_reference(call, s))
        note_first(&b->ok_ref_at, s->at);
}

/* --- subscriptions ------------------------------------------------------ */

/* A NOTIFY's word on a subscription in this dialog (RFC 6665, 4.1.3). */
static void observe_notify(struct dialog_times *t, const struct sighting *s)
{
    struct sip_subscription_state state;

    note_first(&t->confirmed_at, s->at);
    if (sip_message_has(s->m, SIP_HEADER_SUBSCRIPTION_STATE) &&
        sip_subscription_state_parse(
            sip_message_value(s->m, SIP_HEADER_SUBSCRIPTION_STATE), &state) &&
        state.state == SIP_SUBSCRIPTION_TERMINATED)
        note_first(&t->terminated_at, s->at);
}

static bool is_refer_event(const struct sip_message *m)
{
    struct sip_event event;

    return sip_message_has(m, SIP_HEADER_EVENT) &&
           sip_event_parse(sip_message_value(m, SIP_HEADER_EVENT), &event) &&
           span_equal_nocase(event.package, SPAN_LITERAL("refer"));
}

/* RFC 5057, 5.1: the subscription is gone, and that alone. */
static bool ends_usage(unsigned status)
{
    return status == 481 || status == 408;
}

/* A request that makes no usage: but a challenge is no refusal. */
static bool refuses(unsigned status)
{
    return status >= 300 && status != 401 && status != 407;
}

/* What REFER, SUBSCRIBE and NOTIFY do to a dialog that is there. */
static void observe_usage(struct correlator *c, const struct sighting *s)
{
    const struct sip_message *m = s->m;
    struct transaction *t = s->transaction;
    struct dialog_rare *rare = dialog_rare_of(
        s->dialog, &c->texts_pool, &exchange_of_dialog(s->dialog)->texts);
    struct dialog_times *times;

    if (!rare)
        return;
    times = &rare->subscribe;
    if (m->cseq_method == SIP_REFER || (t && t->of_refer) ||
        (m->is_request && is_refer_event(m)))
        times = &rare->refer;
    if (m->is_request && t)
        t->of_refer = times == &rare->refer; /* its response does not say */
    if (m->is_request && m->method == SIP_NOTIFY)
        observe_notify(times, s);
    else if (m->is_request)
        note_first(&times->early_at, s->at);
    else if (m->status_code >= 200 && m->status_code < 300)
        note_first(&times->confirmed_at, s->at);
    else if (ends_usage(m->status_code) ||
             (times->confirmed_at == TIME_NONE && refuses(m->status_code)))
        note_first(&times->terminated_at, s->at);
}

static bool is_subscription(const struct sip_message *m)
{
    return m->cseq_method == SIP_SUBSCRIBE || m->cseq_method == SIP_REFER ||
           m->cseq_method == SIP_NOTIFY;
}

/* --- requests ----------------------------------------------------------- */

static void observe_cancel(struct correlator *c, struct call *call,
                           struct sighting *s)
{
    struct invite *inv = invite_of_transaction(s->transaction);
    struct invite_rare *rare;

    if (!inv || invite_cancel_at(inv) != TIME_NONE)
        return;
    rare = invite_rare_of(c, call, inv);
    if (!rare)
        return;
    if (inv->final_at != TIME_NONE && s->at - inv->final_at >= CALL_CROSSING_US)
        anomaly_set_add(&s->anomalies, ANOMALY_CANCEL_LATE);
    rare->cancel_at = s->at;
    rare->cancel_reason = parties_keep_reason(c, call->exchange, s->m);
}

static void observe_invite(struct correlator *c, struct call *call,
                           struct sighting *s)
{
    struct invite *inv = invite_of_transaction(s->transaction);

    if (!s->m->to_tag.length) {
        if (inv)
            invite_observe_request(c, call, inv, s);
        return;
    }
    if (inv) {
        /* A response came first; it was no initial INVITE's. */
        inv->is_reinvite = true;
        call->in_dialog |= !call->start_seen;
    }
    if (s->dialog && !s->verdict.retransmission &&
        dialog_note_reinvite(
            s->dialog, dialog_side_of(s->dialog, s->m->from_tag_hash),
            s->m->cseq, &c->texts_pool, &exchange_of_dialog(s->dialog)->texts))
        call->reinvites++;
}

static void observe_request(struct correlator *c, struct call *call,
                            struct sighting *s)
{
    struct invite *inv;

    if (s->dialog &&
        dialog_observe_request(s->dialog, s->seen, s->verdict.retransmission))
        anomaly_set_add(&s->anomalies, ANOMALY_CSEQ_BACK);
    if (s->m->method != SIP_INVITE || s->m->to_tag.length)
        call->later_request = true;
    if (s->dialog && s->is_new_transaction)
        dialog_ask_target(s->dialog, s->m, &c->texts_pool,
                          &exchange_of_dialog(s->dialog)->texts);
    if (!s->transaction)
        return;
    switch ((int)s->m->method) {
    case SIP_INVITE:
        observe_invite(c, call, s);
        break;
    case SIP_ACK:
        inv = invite_of_transaction(s->transaction);
        if (inv)
            invite_observe_ack(inv, s);
        else
            s->ack_of_2xx = s->transaction->status_code >= 200 &&
                            s->transaction->status_code < 300;
        break;
    case SIP_CANCEL:
        observe_cancel(c, call, s);
        break;
    case SIP_BYE:
        observe_bye(c, call, s);
        break;
    default:
        break;
    }
}

/* --- responses ---------------------------------------------------------- */

static void note_lost(struct correlator *c, struct call *call,
                      const struct sighting *s)
{
    struct call_rare *rare = call_rare_of(c, call);

    if (!rare)
        return;
    rare->lost_status = s->m->status_code;
    rare->lost_method = s->m->cseq_method;
    rare->lost_by = s->seen->arrival.src.address;
}

/* To a request inside a dialog. */
static void observe_inside(struct correlator *c, struct call *call,
                           struct sighting *s)
{
    const struct sip_message *m = s->m;
    enum sip_method method = m->cseq_method;
    bool may_lose =
        method == SIP_INVITE || method == SIP_UPDATE || method == SIP_PRACK;

    if (!s->dialog)
        return;
    if (s->dialog->last_at == TIME_NONE || s->at > s->dialog->last_at)
        s->dialog->last_at = s->at;
    if (m->status_code >= 200 && m->status_code < 300) {
        s->dialog->answered = true;
        call->lost_at = TIME_NONE;
        if (!s->verdict.retransmission)
            dialog_refresh_target(s->dialog, m, &c->texts_pool,
                                  &exchange_of_dialog(s->dialog)->texts);
        if ((method == SIP_INVITE || method == SIP_UPDATE) &&
            !s->verdict.retransmission)
            session_timer_observe(&s->dialog->timer, m, s->at,
                                  dialog_side_of(s->dialog, m->from_tag_hash) ==
                                      DIALOG_CALLER);
    } else if (may_lose && (m->status_code == 481 || m->status_code == 408) &&
               call->lost_at == TIME_NONE && call_answered_dialog(call)) {
        call->lost_at = s->at;
        note_lost(c, call, s);
    }
}

static void observe_response(struct correlator *c, struct call *call,
                             struct sighting *s)
{
    struct invite *inv;

    call->last_status_code = s->m->status_code;
    if (!s->transaction)
        return;
    inv = invite_of_transaction(s->transaction);
    if (s->m->cseq_method == SIP_INVITE && inv) {
        if (inv->is_reinvite) {
            observe_inside(c, call, s);
            return;
        }
        observe_dialog_response(c, call, inv, s);
        invite_observe_response(c, call, inv, s);
        if (s->m->status_code >= 180 &&
            (!call->agent_kept || call->agent_of_challenge))
            parties_keep_callee_agent(c, call, s->m);
        return;
    }
    if (s->m->cseq_method == SIP_CANCEL)
        return;
    if (s->m->cseq_method == SIP_BYE)
        observe_bye_response(call, s);
    observe_inside(c, call, s);
}

/* A copy between other addresses shows where else the call passes (R2 b). */
static void note_view(struct correlator *c, struct call *call,
                      const struct sighting *s)
{
    struct call_rare *rare;
    const struct address *ends[] = {&s->seen->arrival.src.address,
                                    &s->seen->arrival.dst.address};

    if (s->copy != COPY_OTHER_ADDRESS || !s->m->is_request ||
        s->m->method != SIP_INVITE || s->m->to_tag.length)
        return;
    rare = call_rare_of(c, call);
    for (unsigned i = 0; rare && i < 2; i++) {
        bool known = call->current &&
                     (address_equal(&call->current->src.address, ends[i]) ||
                      address_equal(&call->current->dst.address, ends[i]));

        for (unsigned j = 0; j < rare->view_count; j++)
            known |= address_equal(&rare->views[j], ends[i]);
        if (!known && rare->view_count < CALL_VIEWS)
            rare->views[rare->view_count++] = *ends[i];
    }
}

/* The first request that was repeated though its answer passed here. */
static void note_deaf(struct correlator *c, struct call *call,
                      const struct sighting *s)
{
    struct call_rare *rare;

    if (!anomaly_set_has(&s->anomalies, ANOMALY_RESPONSE_NOT_HEARD))
        return;
    rare = call_rare_of(c, call);
    if (!rare || rare->deaf.family)
        return;
    rare->deaf = s->seen->arrival.src.address;
    rare->unheard = s->seen->arrival.dst.address;
}

static void note_pair(struct call *call, const struct arrival *arrival)
{
    uint64_t hash = gap_pair_hash(&arrival->src.address, &arrival->dst.address);

    for (unsigned i = 0; i < call->pair_count; i++)
        if (call->pairs[i] == hash)
            return;
    if (call->pair_count < CALL_PAIRS)
        call->pairs[call->pair_count++] = hash;
}

/* Nothing but answers, and no request that they answer: the mirror shows one
 * direction. A request without answers is judged by R8. */
static void note_way(struct correlator *c, struct call *call,
                     const struct sighting *s)
{
    struct call_rare *rare = call_rare_of(c, call);

    if (!rare)
        return;
    if (!call->ways)
        rare->way = s->seen->arrival.src;
    call->several |= call->ways && !s->verdict.retransmission;
    call->ways |= endpoint_equal(&rare->way, &s->seen->arrival.src) ? 1 : 2;
}

void call_observe(struct correlator *c, struct call *call, struct sighting *s)
{
    const struct anomaly_set *bad = &s->m->anomalies;

    if (s->copy != COPY_NONE) {
        note_view(c, call, s);
        return;
    }
    if (s->verdict.late && !s->verdict.retransmission && s->transaction &&
        s->m->is_request && s->m->method != SIP_ACK)
        call->evidence |= EVIDENCE(OUT_OF_ORDER);
    if (s->seen->arrival.truncated ||
        anomaly_set_has(bad, ANOMALY_MESSAGE_TRUNCATED))
        call->evidence |= EVIDENCE(TRUNCATED);
    if (anomaly_set_has(bad, ANOMALY_TCP_GAP))
        call->evidence |= EVIDENCE(CAPTURE_GAP);
    if (s->is_new_transaction) {
        note_pair(call, &s->seen->arrival);
        hidden_observe(c, call, s);
    }
    if (s->is_new_transaction && !s->transaction->hop && call->current)
        s->transaction->hop = invite_hop_of(call, &s->seen->arrival);
    note_deaf(c, call, s);
    if (!call->start_seen && !(s->m->is_request && !s->m->to_tag.length &&
                               s->m->method == SIP_INVITE))
        note_way(c, call, s);
    if (s->m->is_request)
        observe_request(c, call, s);
    else
        observe_response(c, call, s);
    if (media_may_tell(call, s))
        media_observe(c, call, s);
    if (violations_may_show(s))
        violations_observe(c, call, s);
    if (c->limits.header_count)
        custom_observe(c, call, s->m);
    if (s->dialog && is_subscription(s->m)) {
        observe_usage(c, s);
        transfer_observe(c, call, s);
    }
}

/* --- exchanges that are no call ------------------------------------------ */

static void hold(struct exchange *x, const struct sighting *s, uint32_t seconds)
{
    const uint32_t day_s = 86400;
    int64_t until = time_ns_after(s->seen->arrival.time_ns,
                                  (int64_t)(seconds < day_s ? seconds : day_s) *
                                      1000000000);

    if (until > x->hold_until_ns)
        x->hold_until_ns = until;
}

/* Made by the 2xx, or by a NOTIFY that comes before it (RFC 6665, 4.1.2.4);
 * a NOTIFY's tags are the other way round. */
static struct dialog *subscription_dialog(struct correlator *c,
                                          struct exchange *x,
                                          const struct sighting *s)
{
    bool notify = s->m->is_request && s->m->method == SIP_NOTIFY;
    struct span from = s->m->from_tag;
    struct span to = s->m->to_tag;
    struct dialog_tags tags;
    struct dialog *d;

    if (!from.length || !to.length || x->dialog_count >= CALL_DIALOGS_MAX)
        return NULL;
    tags.caller = texts_keep(&c->texts_pool, &x->texts, notify ? to : from);
    tags.callee = texts_keep(&c->texts_pool, &x->texts, notify ? from : to);
    d = dialog_add(&c->dialogs, s->group, s->group->node.hash, &tags);
    if (!d)
        return NULL;
    exchange_add_dialog(x, d);
    dialog_keep_route(d, s->m, &c->texts_pool, &x->texts);
    return d;
}

void subscription_observe(struct correlator *c, struct exchange *x,
                          struct sighting *s)
{
    const struct sip_message *m = s->m;
    uint32_t seconds;

    if (s->copy != COPY_NONE || !is_subscription(m))
        return;
    if (m->is_request ? m->method != SIP_NOTIFY : m->status_code < 200)
        return;
    /* A refusal makes no dialog, nor does an answer to NOTIFY. */
    if (!s->dialog && (m->is_request ||
                       (m->status_code < 300 && m->cseq_method != SIP_NOTIFY)))
        s->dialog = subscription_dialog(c, x, s);
    if (!s->dialog || s->dialog->owner != x)
        return;
    observe_usage(c, s);
    if (m->is_request)
        dialog_ask_target(s->dialog, m, &c->texts_pool, &x->texts);
    else
        dialog_refresh_target(s->dialog, m, &c->texts_pool, &x->texts);
    if (!m->is_request && m->status_code >= 300)
        return;
    if (sip_message_has(m, SIP_HEADER_EXPIRES) &&
        sip_seconds_parse(sip_message_value(m, SIP_HEADER_EXPIRES), &seconds))
        hold(x, s, seconds);
}
