#include "call/facts.h"

/* Both parties hung up on by a third within this time: R9. */
#define NETWORK_US INT64_C(1000000)
/* 2xx are sent again for 64*T1 until their ACK comes (13.3.1.4): one that
 * goes on beyond half of it was not acknowledged. */
#define UNACKED_US (CALL_64T1_US / 2)

static bool has_bye(const struct call_bye_facts *b)
{
    return b->at != TIME_NONE;
}

static const struct call_bye_facts *first_bye(const struct call_facts *f)
{
    const struct call_bye_facts *a = &f->byes[0];
    const struct call_bye_facts *b = &f->byes[1];

    if (!has_bye(a) || !has_bye(b))
        return has_bye(a) ? a : has_bye(b) ? b : NULL;
    return b->at < a->at ? b : a;
}

static bool both_by_network(const struct call_facts *f)
{
    const struct call_bye_facts *a = &f->byes[0];
    const struct call_bye_facts *b = &f->byes[1];

    return has_bye(a) && has_bye(b) && a->is_network && b->is_network &&
           a->at - b->at <= NETWORK_US && b->at - a->at <= NETWORK_US;
}

static void set_end(struct call_end *e, int64_t at, enum call_ended_by by,
                    enum call_end_cause cause)
{
    e->over = true;
    e->exact = true;
    e->at = at;
    e->by = by;
    e->cause = cause;
}

static void end_by_bye(const struct call_facts *f,
                       const struct call_bye_facts *bye, struct call_end *e)
{
    enum call_ended_by by = bye->is_caller ? ENDED_BY_CALLER : ENDED_BY_CALLEE;

    if (!f->start_seen)
        by = ENDED_BY_UNKNOWN;
    else if (both_by_network(f))
        by = ENDED_BY_NETWORK;
    set_end(e, bye->at, by,
            bye->final_at == TIME_NONE ? END_BYE_UNCONFIRMED : END_BYE);
    e->bye = bye;
}

static bool unacked(const struct call_facts *f)
{
    return f->ack_at == TIME_NONE && f->final_at != TIME_NONE &&
           f->final_last_at - f->final_at >= UNACKED_US;
}

static void end_of_answered(const struct call_facts *f, struct call_end *e)
{
    const struct call_bye_facts *bye = first_bye(f);

    if (bye) {
        end_by_bye(f, bye, e);
        if (!bye->is_caller && f->ack_at == TIME_NONE &&
            f->final_at != TIME_NONE && bye->at - f->final_at >= UNACKED_US)
            e->cause = END_NO_ACK;
        return;
    }
    if (f->lost_at != TIME_NONE) {
        set_end(e, f->lost_at, ENDED_BY_NETWORK, END_DIALOG_LOST);
        e->exact = false;
    } else if (unacked(f) && f->dialog_request_at == TIME_NONE &&
               f->now - f->final_at >= CALL_64T1_US) {
        set_end(e, f->final_at + CALL_64T1_US, ENDED_BY_UNKNOWN, END_NO_ACK);
        e->exact = false;
    } else if (f->timer_expiry != TIME_NONE && f->timer_expiry <= f->now) {
        set_end(e, f->timer_expiry, ENDED_BY_TIMEOUT, END_SESSION_TIMER);
        e->exact = false;
    } else if (f->occasion == CALL_IDLE) {
        set_end(e, f->last_message_at, ENDED_BY_TIMEOUT, END_IDLE);
        e->exact = false;
    }
}

static bool is_callee_status(unsigned status)
{
    return status == 486 || status == 600 || status == 603 || status == 607;
}

static enum call_ended_by refused_by(const struct call_facts *f)
{
    if (!f->start_seen && !f->start_proved)
        return ENDED_BY_UNKNOWN;
    return is_callee_status(f->status_code) || f->final_tag_rang
               ? ENDED_BY_CALLEE
               : ENDED_BY_NETWORK;
}

static bool is_cancel(const struct call_facts *f, enum call_disposition d)
{
    return d == CALL_CANCELLED ||
           (d == CALL_ANSWERED_ELSEWHERE &&
            (f->cancel_at != TIME_NONE || f->status_code == 487));
}

static void end_of_timeout(const struct call_facts *f, struct call_end *e)
{
    int64_t at = f->response_seen || f->invite_at == TIME_NONE
                     ? f->last_message_at
                     : f->invite_at + CALL_64T1_US;

    set_end(e, at, ENDED_BY_TIMEOUT, END_NO_RESPONSE);
    e->exact = false;
}

/* Its answer went past us: over, for all that is known. */
static void end_unseen(struct call_end *e)
{
    set_end(e, TIME_NONE, ENDED_BY_UNKNOWN, END_NO_RESPONSE);
    e->exact = false;
}

static void end_of_unanswered(const struct call_facts *f,
                              enum call_disposition d, struct call_end *e)
{
    const struct call_bye_facts *bye = first_bye(f);

    if (d == CALL_UNKNOWN && call_answer_went_past(f)) {
        end_unseen(e);
        return;
    }
    /* A BYE after the final changes nothing; one before gives up (15.1.1). */
    if (bye && (f->status_code < 300 || bye->at <= f->final_at)) {
        end_by_bye(f, bye, e);
    } else if (is_cancel(f, d)) {
        bool final = f->status_code >= 300;

        set_end(e, final ? f->final_at : f->cancel_at, ENDED_BY_CALLER,
                END_CANCEL);
        e->exact = final;
    } else if (f->status_code >= 300 && !call_is_open_question(f)) {
        set_end(e, f->final_at, refused_by(f), END_REJECTED);
        e->exact = f->start_seen || f->start_proved;
    } else if (d == CALL_TIMEOUT) {
        end_of_timeout(f, e);
    }
}

void call_end_of(const struct call_facts *f, enum call_disposition d,
                 struct call_end *end_out)
{
    *end_out = (struct call_end){.at = TIME_NONE};
    if (d == CALL_ANSWERED)
        end_of_answered(f, end_out);
    else
        end_of_unanswered(f, d, end_out);
    if (!end_out->over && f->occasion == CALL_INPUT_ENDS)
        end_out->cause = END_CAPTURE_END;
}

enum call_state call_state_of(const struct call_facts *f,
                              enum call_disposition d,
                              const struct call_end *end)
{
    bool success = f->status_code >= 200 && f->status_code < 300;

    if (d == CALL_ANSWERED || success || f->in_dialog) {
        if (end->over)
            return CALL_TERMINATED;
        return f->ack_at != TIME_NONE || f->in_dialog || !success
                   ? CALL_CONFIRMED
                   : CALL_ESTABLISHED;
    }
    if ((f->status_code >= 300 && !call_is_open_question(f)) ||
        (end->over && end->cause != END_NO_RESPONSE))
        return CALL_FAILED;
    if (end->over && d == CALL_TIMEOUT)
        return CALL_FAILED;
    return f->progress_at != TIME_NONE ? CALL_PROCEEDING : CALL_TRYING;
}
