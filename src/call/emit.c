#include "base/fetch.h"
#include "call/collect.h"
#include "call/hangup.h"
#include "call/custom.h"
#include "call/emit.h"
#include "call/hidden.h"
#include "call/identity.h"
#include "call/media.h"
#include "call/parties.h"
#include "call/pending.h"
#include "call/register.h"
#include "call/transfer.h"

#define EVIDENCE(name) (UINT32_C(1) << EVIDENCE_##name)

static void note_result(struct correlator *c, int rc)
{
    if (rc && !c->failure)
        c->failure = rc;
}

/* --- parts -------------------------------------------------------------- */

static void add_anomaly(struct correlator *c, struct message_record *r,
                        enum anomaly a)
{
    if (anomaly_set_has(&r->anomalies, a))
        return;
    anomaly_set_add(&r->anomalies, a);
    c->counters.anomalies[a]++;
}

/* What can be said of a message only once some time has passed. */
static void judge_late(struct correlator *c, struct pending *p)
{
    const struct transaction *t = p->transaction;
    struct message_record *r = &p->record;
    int64_t now = time_us_of_ns(c->clock_ns);

    if (!t)
        return;
    r->hop = t->hop;
    if (r->retransmission || r->duplicate)
        return;
    if (r->seen->message.is_request) {
        if (r->seen->message.method != SIP_ACK &&
            (transaction_ran_out(t, now) ||
             (t->overdue && t->final_at == TIME_NONE)))
            add_anomaly(c, r, ANOMALY_FINAL_MISSING);
    } else if (t->kind == TRANSACTION_INVITE && t->ack_at == TIME_NONE &&
               r->seen->message.status_code >= 200 &&
               r->seen->message.status_code < 300 &&
               (t->overdue || now - t->final_at >= CALL_64T1_US)) {
        add_anomaly(c, r, ANOMALY_ACK_MISSING);
    }
}

static void hand_on_some(struct correlator *c, struct exchange *x,
                         uint32_t count)
{
    struct exchange_part part = {
        .exchange_key = x->key,
        .kind = (enum exchange_kind)x->kind,
        .first_at = x->first_at,
        .call_id = x->group->call_id,
        .no = x->messages_handed_on,
        .messages = c->part,
        .message_count = count,
    };

    note_result(c, c->sink.part_fn(c->sink.arg, &part));
    x->messages_handed_on += count;
}

/* Of most messages. */
#define INDEX_BYTES (16 * sizeof(struct sip_header))

static struct pending *take_pending(struct correlator *c, struct exchange *x)
{
    struct pending *p = exchange_take_pending(c, x);

    /* All of it has long left the cache: on its way are what is read next, and
     * the message, its text and header index, which lie behind each other. */
    fetch_lines(p->next, sizeof(*p));
    fetch_lines(p->owned, sizeof(*p->owned) + p->text_bytes + INDEX_BYTES);
    return p;
}

void exchange_hand_on_part(struct correlator *c, struct exchange *x)
{
    struct observation *taken[PART_MESSAGES_MAX];

    if (x->pending)
        exchange_make_key(c, x);
    while (x->pending) {
        uint32_t count = 0;

        while (x->pending && count < PART_MESSAGES_MAX) {
            struct pending *p = take_pending(c, x);

            judge_late(c, p);
            taken[count] = p->owned;
            c->part[count++] = p->record;
            pool_give(&c->pending_pool, p);
        }
        hand_on_some(c, x, count);
        while (count)
            observation_release(taken[--count]);
    }
    list_remove(&x->waiting);
    if (x->subscriptions)
        subscription_tell(c, x);
}

void correlator_bound_pending(struct correlator *c)
{
    while (!list_empty(&c->waiting)) {
        struct exchange *x =
            CONTAINER_OF(c->waiting.next, struct exchange, waiting);

        if (c->pending_bytes <= c->limits.pending_bytes &&
            time_ns_between(exchange_pending_since_ns(x), c->clock_ns) <
                c->limits.pending_ns)
            return;
        exchange_hand_on_part(c, x);
    }
}

/* --- dialogs ------------------------------------------------------------ */

static void write_dialog(struct correlator *c, struct exchange *x,
                         const struct dialog *d, enum dialog_usage usage,
                         const struct dialog_times *times)
{
    struct dialog_record r = {
        .call_key = x->key,
        .has_call = x->call != NULL,
        .call_id = x->group->call_id,
        .local_tag = d->caller_tag,
        .remote_tag = d->callee_tag,
        .usage = usage,
        .state = DIALOG_CONFIRMED,
        .early_at = times->early_at,
        .confirmed_at = times->confirmed_at,
        .terminated_at = times->terminated_at,
        .remote_target = d->remote_target,
        .route_set = d->route_set,
    };

    if (times->terminated_at != TIME_NONE)
        r.state = DIALOG_TERMINATED;
    else if (times->confirmed_at == TIME_NONE && times->early_at != TIME_NONE)
        r.state = DIALOG_EARLY;
    dialog_make_key(c, x, d, usage, &r.dialog_key);
    note_result(c, c->sink.dialog_fn(c->sink.arg, &r));
}

static void hand_on_usage(struct correlator *c, struct exchange *x,
                          const struct dialog *d, enum dialog_usage usage,
                          const struct dialog_times *times)
{
    c->counters.dialogs++;
    if (c->sink.dialog_fn)
        write_dialog(c, x, d, usage, times);
}

static bool has_times(const struct dialog_times *t)
{
    return t->early_at != TIME_NONE || t->confirmed_at != TIME_NONE ||
           t->terminated_at != TIME_NONE;
}

static void hand_on_dialogs(struct correlator *c, struct exchange *x,
                            const struct dialog *d)
{
    for (; d; d = d->next) {
        if (x->call)
            hand_on_usage(c, x, d, DIALOG_INVITE, &d->invite);
        if (d->rare && has_times(&d->rare->subscribe))
            hand_on_usage(c, x, d, DIALOG_SUBSCRIBE, &d->rare->subscribe);
        if (d->rare && has_times(&d->rare->refer))
            hand_on_usage(c, x, d, DIALOG_REFER, &d->rare->refer);
    }
}

/* A dialog's usage ends with its BYE, and an early one with the call. */
static void close_dialogs(const struct call *call, const struct call_end *end)
{
    const struct dialog *answered = call_answered_dialog(call);

    for (struct dialog *d = call->dialogs; d; d = d->next) {
        const struct hangup *h = (const struct hangup *)d->detail;
        struct dialog_times *t = &d->invite;

        if (h) {
            int64_t a = hangup_bye(h, DIALOG_CALLER)->at;
            int64_t b = hangup_bye(h, DIALOG_CALLEE)->at;

            t->terminated_at =
                a == TIME_NONE || (b != TIME_NONE && b < a) ? b : a;
        } else if (end->over &&
                   (d == answered || t->confirmed_at == TIME_NONE)) {
            t->terminated_at = end->at;
        } else if (answered && d != answered && t->confirmed_at == TIME_NONE) {
            t->terminated_at = answered->invite.confirmed_at;
        }
    }
}

/* --- calls -------------------------------------------------------------- */

static void set_counts(const struct call *call, struct call_counts *counts_out)
{
    uint16_t of_hop[CALL_HOPS_MAX + 1] = {0};
    const struct invite *last = call->current;

    *counts_out = (struct call_counts){
        .reinvites = call->reinvites,
        .messages = call->exchange->messages,
        .retransmissions = call->exchange->retransmissions,
        .forks = last && last->tags > 1 ? last->tags - 1U : 0,
    };
    for (const struct invite *i = call->invites; i; i = i->next) {
        if (i->is_reinvite)
            continue;
        if (i->is_reference) {
            counts_out->invites += i->request_seen;
            counts_out->auth_challenges +=
                i->status_code == 401 || i->status_code == 407;
        }
        if (i->round == last->round && i->hop > 1 && i->hop <= CALL_HOPS_MAX &&
            ++of_hop[i->hop] > counts_out->branches)
            counts_out->branches = of_hop[i->hop];
    }
}

static void set_reason(const struct call_facts *f, enum call_disposition d,
                       const struct call_end *end, struct call_record *r)
{
    const struct call_reason *reason = NULL;

    if (end->bye)
        reason = end->bye->reason;
    else if (d == CALL_CANCELLED || d == CALL_ANSWERED_ELSEWHERE)
        reason = f->cancel_reason ? f->cancel_reason : f->final_reason;
    else if (f->status_code >= 300)
        reason = f->final_reason;
    if (!reason)
        return;
    r->has_reason_q850 = reason->has_q850;
    r->reason_q850 = reason->q850;
    r->has_reason_sip = reason->has_sip;
    r->reason_sip = reason->sip;
    r->reason_text = reason->text;
}

static void set_final(const struct call *call, struct call_record *r)
{
    const struct invite *final = call_final_invite(call);
    const struct call_refusal *refusal =
        final && final->rare ? final->rare->refusal : NULL;

    r->retry_after_s = TIME_NONE;
    if (!final)
        return;
    r->status_code = final->status_code;
    r->reason_phrase = final->reason_phrase;
    if (final->status_code < 300)
        r->to_tag = final->to_tag;
    if (!refusal)
        return;
    r->warning_code = refusal->warning_code;
    r->warning_text = refusal->warning_text;
    r->retry_after_s = refusal->retry_after_s;
    r->redirect_to = refusal->redirect_to;
    r->redirect_to_count = refusal->redirect_to_count;
}

struct ways {
    struct call_hop hops[CALL_HOPS_MAX];
    uint32_t hop_count;
    uint16_t statuses[CALL_BRANCH_STATUSES_MAX];
    uint32_t status_count;
};

static void add_hop(struct ways *w, const struct address *a, bool view)
{
    for (uint32_t i = 0; i < w->hop_count; i++)
        if (address_equal(&w->hops[i].address, a))
            return;
    if (w->hop_count < CALL_HOPS_MAX && a->family)
        w->hops[w->hop_count++] = (struct call_hop){*a, view};
}

/* The elements that the last round's INVITE passed, nearest first. */
static void collect_hops(const struct call *call, struct ways *w)
{
    uint16_t deepest = 1;

    for (uint16_t hop = 1; hop <= deepest && hop <= CALL_HOPS_MAX; hop++)
        for (const struct invite *i = call->invites; i; i = i->next) {
            if (i->round != call->current->round || i->is_reinvite)
                continue;
            if (i->hop > deepest)
                deepest = i->hop;
            if (i->hop != hop)
                continue;
            add_hop(w, &i->src.address, false);
            add_hop(w, &i->dst.address, false);
        }
    for (unsigned i = 0; call->rare && i < call->rare->view_count; i++)
        add_hop(w, &call->rare->views[i], true);
}

/* Finals of later hops in time order: few, so an insertion sort. */
static void collect_statuses(const struct call *call, struct ways *w)
{
    int64_t times[CALL_BRANCH_STATUSES_MAX];

    for (const struct invite *i = call->invites; i; i = i->next) {
        uint32_t at = w->status_count;

        if (i->is_reference || i->is_reinvite || !i->status_code ||
            w->status_count == CALL_BRANCH_STATUSES_MAX)
            continue;
        for (; at > 0 && times[at - 1] > i->final_at; at--) {
            times[at] = times[at - 1];
            w->statuses[at] = w->statuses[at - 1];
        }
        times[at] = i->final_at;
        w->statuses[at] = i->status_code;
        w->status_count++;
    }
}

static void set_ways(const struct call *call, struct ways *w,
                     struct call_record *r)
{
    const struct invite *first = call_round_reference(call, 0);

    w->hop_count = w->status_count = 0;
    if (!call->current || !first)
        return;
    collect_hops(call, w);
    collect_statuses(call, w);
    r->hops = w->hops;
    r->hop_count = w->hop_count;
    r->branch_statuses = w->statuses;
    r->branch_status_count = w->status_count;
    r->src = first->src;
    r->dst = first->dst;
    r->transport = first->transport;
    r->vlan = first->vlan;
}

static void set_end(const struct call_end *end, enum call_occasion occasion,
                    struct call_record *r)
{
    r->ended_by = end->by;
    r->end_cause = end->cause;
    if (end->over)
        r->end_exact = end->exact ? END_EXACT_TRUE : END_EXACT_FALSE;
    else if (occasion != CALL_RUNS)
        r->evidence |= EVIDENCE(NO_END);
    if (end->cause == END_SESSION_TIMER || end->cause == END_IDLE ||
        (end->cause == END_NO_ACK && !end->bye))
        r->evidence |= EVIDENCE(NO_END);
}

static bool touches_gap(const struct correlator *c, const struct call *call,
                        const struct call_end *end)
{
    struct gap_span span = hidden_span(c, call, end);

    return gap_memory_touches(&c->gaps, call->pairs, call->pair_count, &span);
}

/** A call's record, and what it borrows. */
struct telling {
    struct call_facts facts;
    struct call_end end;
    struct ways ways;
    char sentence[VERDICT_BYTES];
    struct call_record r;
};

static void set_basics(const struct correlator *c, const struct call *call,
                       struct call_record *r)
{
    const struct exchange *x = call->exchange;

    *r = (struct call_record){
        .call_key = x->key,
        .group_key = call->has_group_key ? call->rare->group_key : x->key,
        .source = x->source,
        .sensor = sensors_name(c->limits.sensors, x->group->sensor),
        .first_at = x->first_at,
        .call_id = x->group->call_id,
        .from_tag = call->from_tag,
        .to_tag =
            call->start_seen || !call->rare ? SPAN_NONE : call->rare->to_tag,
        .last_status_code = call->last_status_code,
        .parties = call->parties,
    };
}

static void set_verdict(const struct call *call, struct telling *t)
{
    struct verdict_facts told;

    call_collect_verdict(call, &t->facts, &t->end, &told);
    told.runs = t->facts.occasion == CALL_RUNS && !t->end.over;
    t->r.verdict =
        span_of(t->sentence, call_verdict_write(&t->r, &told, t->sentence));
}

static void describe(struct correlator *c, struct exchange *x,
                     enum call_occasion occasion, struct telling *t)
{
    const struct call *call = x->call;
    struct call_record *r = &t->r;
    uint32_t evidence = call->evidence;

    call_collect(c, call, occasion, &t->facts, &evidence);
    set_basics(c, call, r);
    if (!call->start_seen && call->ways == 1 && call->several)
        evidence |= EVIDENCE(ONE_DIRECTION);
    r->disposition = call_disposition_of(&t->facts, &evidence);
    r->evidence = evidence;
    call_end_of(&t->facts, r->disposition, &t->end);
    r->state = call_state_of(&t->facts, r->disposition, &t->end);
    call_times_of(&t->facts, r->disposition, &t->end, &r->times, &r->durations);
    set_final(call, r);
    identity_set(call, r);
    media_set(call, r);
    transfer_set(call, r);
    custom_set(c, call, r);
    set_counts(call, &r->counts);
    set_reason(&t->facts, r->disposition, &t->end, r);
    set_ways(call, &t->ways, r);
    set_end(&t->end, occasion, r);
    if (!gap_memory_is_empty(&c->gaps) && touches_gap(c, call, &t->end))
        r->evidence |= EVIDENCE(CAPTURE_GAP);
    if (!gap_memory_is_empty(&c->opaque) &&
        hidden_touches(c, call, &t->facts, &t->end))
        r->evidence |= EVIDENCE(OPAQUE);
    if (!c->sink.skips_verdicts)
        set_verdict(call, t);
}

/* A strong hash, a fifth of what describing a call takes. */
static bool needs_key(const struct correlator *c, const struct exchange *x)
{
    return !c->sink.needs_key_fn || c->sink.dialog_fn || x->subscriptions ||
           c->sink.needs_key_fn(c->sink.arg, x->first_at);
}

static void hand_on_call(struct correlator *c, struct exchange *x,
                         enum call_occasion occasion)
{
    struct telling t;

    if (needs_key(c, x))
        exchange_make_key(c, x);
    describe(c, x, occasion, &t);
    close_dialogs(x->call, &t.end);
    hand_on_dialogs(c, x, x->call->dialogs);
    c->counters.calls++;
    note_result(c, c->sink.call_fn(c->sink.arg, &t.r));
}

void exchange_hand_on(struct correlator *c, struct exchange *x,
                      enum call_occasion occasion)
{
    exchange_hand_on_part(c, x);
    register_give_up(c, x);
    if (x->call) {
        hand_on_call(c, x, occasion);
    } else if (x->dialogs) {
        exchange_make_key(c, x);
        hand_on_dialogs(c, x, x->dialogs);
    }
    subscription_hand_on(c, x);
    c->counters.exchanges++;
    exchange_free(c, x);
}

/* Of the calls that are held, those that only linger. */
static void note_over(struct correlator *c, struct call *call)
{
    const struct invite *inv = call_final_invite(call);
    bool over = call->hung_up || (inv && inv->status_code >= 300);

    c->calls_over += (size_t)over - (size_t)call->over;
    call->over = over;
}

void exchange_tell(struct correlator *c, struct exchange *x)
{
    struct telling t;

    list_remove(&x->changed);
    exchange_hand_on_part(c, x);
    if (x->call)
        note_over(c, x->call);
    if (!x->call || !c->sink.live_fn)
        return;
    exchange_make_key(c, x);
    describe(c, x, CALL_RUNS, &t);
    t.r.live = true;
    note_result(c, c->sink.live_fn(c->sink.arg, &t.r));
}
