#include "call/facts.h"
#include "sip/status.h"

#define EVIDENCE(name) (UINT32_C(1) << EVIDENCE_##name)

/* RFC 3261, 8.1.3.2: what is not known counts as x00 of its class. */
static unsigned known_status(unsigned status)
{
    return *sip_status_reason(status) ? status : status / 100 * 100;
}

enum call_disposition call_disposition_of_status(unsigned status, bool rang)
{
    switch (known_status(status)) {
    case 486:
    case 600:
        return CALL_BUSY;
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
        return CALL_NOT_FOUND;
    case 603:
    case 607:
        return CALL_DECLINED;
    case 480:
    case 408:
        return rang ? CALL_NO_ANSWER : CALL_UNAVAILABLE;
    case 608:
        return CALL_REJECTED;
    default:
        break;
    }
    if (status < 400)
        return CALL_REDIRECTED;
    if (status < 500)
        return CALL_REJECTED;
    return status < 600 ? CALL_SERVER_ERROR : CALL_GLOBAL_FAILURE;
}

/* RFC 6432: a final response may carry the Q.850 cause it stands for. */
static bool disposition_of_q850(const struct call_facts *f,
                                enum call_disposition *disposition_out)
{
    static const uint16_t clear[] = {404, 410, 484, 485, 486, 600, 604};
    static const struct {
        int32_t cause;
        enum call_disposition disposition;
    } causes[] = {
        {17, CALL_BUSY},        {18, CALL_NO_ANSWER}, {19, CALL_NO_ANSWER},
        {20, CALL_UNAVAILABLE}, {21, CALL_DECLINED},  {1, CALL_NOT_FOUND},
        {2, CALL_NOT_FOUND},    {3, CALL_NOT_FOUND},  {22, CALL_NOT_FOUND},
        {28, CALL_NOT_FOUND},
    };

    if (!f->final_reason || !f->final_reason->has_q850)
        return false;
    for (size_t i = 0; i < sizeof(clear) / sizeof(clear[0]); i++)
        if (f->status_code == clear[i])
            return false;
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (f->final_reason->q850 == causes[i].cause) {
            *disposition_out = causes[i].disposition;
            return true;
        }
    return false;
}

bool call_is_answered(const struct call_facts *f)
{
    if (!f->start_seen && !f->start_proved)
        return false;
    if (f->status_code >= 200 && f->status_code < 300)
        return true;
    return !f->status_code && f->ack_alone && f->dialog_answered;
}

static bool says_elsewhere(const struct call_reason *r)
{
    return r &&
           ((r->has_sip && r->sip == 200) || (r->has_q850 && r->q850 == 26));
}

static bool cancelled_in_time(const struct call_facts *f)
{
    if (f->cancel_at == TIME_NONE)
        return false;
    if (f->status_code >= 300)
        return f->cancel_at <= f->final_at;
    return !f->status_code && (f->occasion == CALL_INPUT_ENDS ||
                               f->now - f->cancel_at >= CALL_64T1_US);
}

bool call_is_open_question(const struct call_facts *f)
{
    return f->occasion == CALL_RUNS &&
           (!f->status_code || f->status_code == 401 || f->status_code == 407);
}

bool call_answer_went_past(const struct call_facts *f)
{
    if (!f->start_seen || f->response_seen || f->invite_at == TIME_NONE ||
        f->occasion == CALL_RUNS)
        return false;
    if (f->ack_alone)
        return true;
    return !f->reliable && f->transmissions == 1 &&
           (f->later_request || f->now - f->invite_at >= CALL_64T1_US);
}

/* No final response was seen. */
static enum call_disposition without_final(const struct call_facts *f,
                                           uint32_t *evidence)
{
    bool waited =
        f->invite_at != TIME_NONE && f->now - f->invite_at >= CALL_64T1_US;

    if (f->response_seen) {
        if (f->now - f->last_message_at >= f->provisional_limit_us)
            return CALL_TIMEOUT;
        return CALL_UNKNOWN;
    }
    if (call_answer_went_past(f)) {
        *evidence |= EVIDENCE(ONE_DIRECTION);
        return CALL_UNKNOWN;
    }
    return waited ? CALL_TIMEOUT : CALL_UNKNOWN;
}

static enum call_disposition of_failure(const struct call_facts *f)
{
    enum call_disposition d;

    if (f->status_code < 400)
        return f->retried ? CALL_UNKNOWN : CALL_REDIRECTED;
    if (f->status_code == 401 || f->status_code == 407)
        return CALL_AUTH_FAILED;
    if (disposition_of_q850(f, &d))
        return d;
    return call_disposition_of_status(f->status_code, f->rang);
}

enum call_disposition call_disposition_of(const struct call_facts *f,
                                          uint32_t *evidence)
{
    if (!f->start_seen)
        *evidence |= EVIDENCE(NO_START);
    if (!f->start_seen && !f->start_proved)
        return CALL_UNKNOWN;
    if (call_is_answered(f)) {
        if (!f->status_code)
            *evidence |= EVIDENCE(ANSWER_NOT_SEEN);
        else if (f->cancel_at != TIME_NONE && f->cancel_at <= f->final_at)
            *evidence |= EVIDENCE(CANCEL_CROSSED);
        return CALL_ANSWERED;
    }
    if ((f->cancel_at != TIME_NONE && says_elsewhere(f->cancel_reason)) ||
        (f->status_code >= 300 && says_elsewhere(f->final_reason)))
        return CALL_ANSWERED_ELSEWHERE;
    if (cancelled_in_time(f))
        return CALL_CANCELLED;
    if (f->status_code == 487) {
        if (f->cancel_at == TIME_NONE)
            *evidence |= EVIDENCE(CANCEL_NOT_SEEN);
        return CALL_CANCELLED;
    }
    if (call_is_open_question(f))
        return CALL_UNKNOWN;
    if (!f->status_code)
        return without_final(f, evidence);
    return of_failure(f);
}
