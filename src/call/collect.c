#include "call/collect.h"
#include "call/hangup.h"
#include "call/invite.h"

#define EVIDENCE(name) (UINT32_C(1) << EVIDENCE_##name)

const struct invite *call_round_reference(const struct call *call,
                                          uint16_t round)
{
    for (const struct invite *i = call->invites; i; i = i->next)
        if (i->is_reference && i->round == round)
            return i;
    return NULL;
}

/* A hop's finals stand for the reference hop's where that one saw nothing at
 * all: once every branch there has one. */
const struct invite *call_final_of_other_hop(const struct call *call)
{
    const struct invite *found = NULL;

    for (const struct invite *i = call->invites; i; i = i->next) {
        if (i->round != call->current->round || i->is_reinvite)
            continue;
        if (i->status_code >= 200 && i->status_code < 300)
            return i;
        if (call->current->response_seen || !i->response_seen)
            continue;
        if (!i->status_code)
            return NULL;
        found = i;
    }
    return found;
}

static struct dialog *dialog_of_tag(const struct call *call, struct span tag)
{
    /* It is mostly the dialog's own text: that is not to be read, then. */
    for (struct dialog *d = call->dialogs; d; d = d->next)
        if (d->callee_tag.length == tag.length &&
            (d->callee_tag.data == tag.data || span_equal(d->callee_tag, tag)))
            return d;
    return NULL;
}

struct dialog *call_answered_dialog(const struct call *call)
{
    const struct invite *final = call_final_invite(call);

    if (final && final->status_code < 300)
        return dialog_of_tag(call, final->to_tag);
    if (final)
        return NULL;
    for (struct dialog *d = call->dialogs; d; d = d->next)
        if (call->in_dialog || d->answered)
            return d;
    return NULL;
}

/* Where a round's responses are taken from: hop 1, else the nearest hop. */
static const struct invite *heard_of(const struct call *call,
                                     const struct invite *ref)
{
    const struct invite *nearest = NULL;

    if (ref->response_seen)
        return ref;
    for (const struct invite *i = call->invites; i; i = i->next)
        if (i->round == ref->round && i->response_seen &&
            (!nearest || i->hop < nearest->hop))
            nearest = i;
    return nearest;
}

static int64_t request_time(const struct call *call, const struct invite *ref,
                            uint32_t *evidence)
{
    const struct invite *nearest = NULL;

    if (ref->request_seen)
        return ref->invite_at;
    for (const struct invite *i = call->invites; i; i = i->next)
        if (i->round == ref->round && i->request_seen &&
            (!nearest || i->hop < nearest->hop))
            nearest = i;
    if (!nearest)
        return TIME_NONE;
    *evidence |= EVIDENCE(OTHER_HOP);
    return nearest->invite_at;
}

static void note_first(int64_t *time, int64_t at)
{
    if (*time == TIME_NONE)
        *time = at;
}

/* What one round on its reference hop adds. */
static void collect_round(const struct call *call, const struct invite *ref,
                          struct call_facts *f, uint32_t *evidence)
{
    const struct invite *heard = heard_of(call, ref);
    int64_t at = request_time(call, ref, evidence);

    note_first(&f->invite_at, at);
    f->round_at = at;
    f->transmissions += ref->transmissions;
    f->rang = false;
    if (!heard)
        return;
    if (heard != ref)
        *evidence |= EVIDENCE(OTHER_HOP);
    f->response_seen = true;
    f->rang = heard->rang;
    note_first(&f->trying_at, heard->trying_at);
    if (f->progress_at == TIME_NONE && heard->progress_at != TIME_NONE) {
        f->progress_at = heard->progress_at;
        f->progress_round_at = at;
    }
    note_first(&f->ringing_at, heard->ringing_at);
    if (heard->rare) {
        note_first(&f->forwarded_at, heard->rare->forwarded_at);
        note_first(&f->queued_at, heard->rare->queued_at);
        note_first(&f->early_media_at, heard->rare->early_media_at);
    }
    if ((heard->status_code == 401 || heard->status_code == 407) &&
        at != TIME_NONE)
        f->auth_us =
            (f->auth_us == TIME_NONE ? 0 : f->auth_us) + heard->final_at - at;
}

static void collect_rounds(const struct call *call, struct call_facts *f,
                           uint32_t *evidence)
{
    for (const struct invite *i = call->invites; i; i = i->next)
        if (i->is_reference && !i->is_reinvite)
            collect_round(call, i, f, evidence);
}

static void collect_final(const struct call *call, struct call_facts *f,
                          uint32_t *evidence)
{
    const struct invite *ref = call->current;
    const struct invite *final = call_final_invite(call);

    if (!ref || ref->is_reinvite)
        return;
    f->reliable = ref->transport != TRANSPORT_UDP;
    f->ack_at = ref->ack_at;
    f->ack_alone = ref->ack_alone;
    f->cancel_at = invite_cancel_at(ref);
    f->cancel_reason = ref->rare ? ref->rare->cancel_reason : NULL;
    if (!final)
        return;
    if (final != ref)
        *evidence |= EVIDENCE(OTHER_HOP);
    f->status_code = final->status_code;
    f->final_at = final->final_at;
    f->final_last_at = invite_final_last_at(final);
    f->final_tag_rang = final->tag_rang;
    f->final_reason = final->rare ? final->rare->final_reason : NULL;
    if (f->ack_at != TIME_NONE)
        return;
    for (const struct invite *i = call->invites; i; i = i->next)
        if (i->round == ref->round && f->ack_at == TIME_NONE)
            f->ack_at = i->ack_at;
}

static const struct address *callee_address(const struct call *call)
{
    const struct invite *last = call->current;

    for (const struct invite *i = call->invites; i && last; i = i->next)
        if (i->round == last->round && i->hop > last->hop)
            last = i;
    return last ? &last->dst.address : NULL;
}

static void collect_bye(const struct bye *b, bool is_caller,
                        struct call_bye_facts *bye_out)
{
    bool on_ref = b->at_ref != TIME_NONE;

    *bye_out = (struct call_bye_facts){
        .at = on_ref ? b->at_ref : b->at,
        .final_at = b->final_at,
        .ok_at = on_ref && b->ok_ref_at != TIME_NONE ? b->ok_ref_at : b->ok_at,
        .is_caller = is_caller,
        .reason = on_ref && b->reason_ref ? b->reason_ref : b->reason,
    };
}

/* Sent to both parties by one address that is neither's. */
static bool is_third_party(const struct call *call, const struct hangup *h)
{
    const struct bye *a = hangup_bye(h, DIALOG_CALLER);
    const struct bye *b = hangup_bye(h, DIALOG_CALLEE);
    const struct address *callee = callee_address(call);

    return callee && a->at != TIME_NONE && b->at != TIME_NONE &&
           address_equal(&a->src, &b->src) && !address_equal(&a->src, callee) &&
           !address_equal(&a->src, &call->current->src.address);
}

static void collect_hangup(const struct call *call, const struct dialog *d,
                           struct call_facts *f)
{
    const struct hangup *h = d ? (const struct hangup *)d->detail : NULL;

    if (!h)
        return;
    collect_bye(hangup_bye(h, DIALOG_CALLER), true, &f->byes[0]);
    collect_bye(hangup_bye(h, DIALOG_CALLEE), false, &f->byes[1]);
    f->byes[0].is_network = f->byes[1].is_network = is_third_party(call, h);
}

bool call_timer_applies(const struct dialog *d)
{
    const struct session_timer *t = &d->timer;
    enum dialog_side refresher =
        session_timer_refreshed_by_caller(t) ? DIALOG_CALLER : DIALOG_CALLEE;
    int64_t spoke_at = d->halves[refresher].request_at;
    /* Behind the 2xx of an INVITE comes its ACK, behind an UPDATE's nothing. */
    bool asked =
        t->by_update && session_timer_refreshed_by_caller(t) == t->by_caller;

    return t->interval_s && spoke_at != TIME_NONE &&
           (asked || spoke_at >= t->since_at) &&
           (d->last_at == TIME_NONE || d->last_at <= t->since_at);
}

static void collect_dialog(const struct call *call, struct call_facts *f)
{
    const struct dialog *d = call_answered_dialog(call);

    if (!d && (!f->status_code || f->status_code >= 300))
        for (d = call->dialogs; d && !d->detail; d = d->next)
            ;
    collect_hangup(call, d, f);
    if (!d)
        return;
    f->dialog_answered = d->answered;
    f->dialog_request_at = d->request_at;
    if (call_timer_applies(d))
        f->timer_expiry = session_timer_expiry(&d->timer);
}

void call_collect(const struct correlator *c, const struct call *call,
                  enum call_occasion occasion, struct call_facts *facts_out,
                  uint32_t *evidence)
{
    const struct exchange *x = call->exchange;
    struct call_bye_facts none = {TIME_NONE, TIME_NONE, TIME_NONE,
                                  false,     false,     NULL};

    *facts_out = (struct call_facts){
        .now = time_us_of_ns(c->clock_ns),
        .provisional_limit_us = c->limits.provisional_ns / 1000,
        .occasion = occasion,
        .start_seen = call->start_seen,
        .start_proved = call->start_proved,
        .in_dialog = call->in_dialog,
        .later_request = call->later_request,
        .first_at = x->first_at,
        .last_message_at = x->last_at,
        .invite_at = TIME_NONE,
        .round_at = TIME_NONE,
        .progress_round_at = TIME_NONE,
        .auth_us = TIME_NONE,
        .trying_at = TIME_NONE,
        .progress_at = TIME_NONE,
        .ringing_at = TIME_NONE,
        .forwarded_at = TIME_NONE,
        .queued_at = TIME_NONE,
        .early_media_at = TIME_NONE,
        .final_at = TIME_NONE,
        .final_last_at = TIME_NONE,
        .ack_at = TIME_NONE,
        .cancel_at = TIME_NONE,
        .lost_at = call->lost_at,
        .byes = {none, none},
        .dialog_request_at = TIME_NONE,
        .timer_expiry = TIME_NONE,
    };
    collect_rounds(call, facts_out, evidence);
    collect_final(call, facts_out, evidence);
    collect_dialog(call, facts_out);
}

/* Of later hops: a final that the caller was not told, and a silent one. */
static void collect_later(const struct call *call,
                          struct verdict_facts *verdict_out)
{
    const struct invite *ref = call->current;
    const struct invite *final = call_final_invite(call);

    for (const struct invite *i = call->invites; i; i = i->next) {
        if (i->round != ref->round || i->is_reference || i->is_reinvite ||
            i->hop < 2)
            continue;
        if (!i->response_seen && i->request_seen &&
            !verdict_out->silent.family) {
            verdict_out->silent = i->dst.address;
        } else if (final == ref && i->status_code >= 300 &&
                   i->status_code != ref->status_code &&
                   i->final_at <= ref->final_at && i->hop >= verdict_out->hop) {
            verdict_out->hop = i->hop;
            verdict_out->hop_status = i->status_code;
            verdict_out->hop_from = i->dst.address;
        }
    }
}

static void collect_sides(const struct call *call, const struct call_facts *f,
                          const struct call_end *end,
                          struct verdict_facts *verdict_out)
{
    const struct dialog *d = call_answered_dialog(call);
    const struct hangup *h = d ? (const struct hangup *)d->detail : NULL;

    if (call->rare) {
        verdict_out->deaf = call->rare->deaf;
        verdict_out->unheard = call->rare->unheard;
        verdict_out->lost_by = call->rare->lost_by;
        verdict_out->lost_method = call->rare->lost_method;
        verdict_out->lost_status = call->rare->lost_status;
    }
    if (end->bye && h)
        verdict_out->bye_to =
            hangup_bye(h,
                       end->bye == &f->byes[0] ? DIALOG_CALLER : DIALOG_CALLEE)
                ->dst;
    if (!d)
        return;
    verdict_out->timer_s = d->timer.interval_s;
    verdict_out->timer_of_caller = session_timer_refreshed_by_caller(&d->timer);
}

void call_collect_verdict(const struct call *call, const struct call_facts *f,
                          const struct call_end *end,
                          struct verdict_facts *verdict_out)
{
    const struct invite *ref = call->current;
    const struct invite *final = call_final_invite(call);

    *verdict_out = (struct verdict_facts){0};
    collect_sides(call, f, end, verdict_out);
    if (!ref)
        return;
    verdict_out->invite_sent = ref->transmissions;
    verdict_out->rang = f->rang;
    verdict_out->cancel_answered = f->status_code >= 300;
    verdict_out->caller = ref->src.address;
    verdict_out->callee = ref->dst.address;
    collect_later(call, verdict_out);
    if (!final)
        return;
    verdict_out->final_sent = final->final_sent;
    verdict_out->sent_after_ack = final->status_code < 300 && final->rare &&
                                  final->rare->sent_after_ack >= 2;
}
