#include "call/details.h"
#include "call/words.h"

#include <assert.h>

const char *call_state_name(enum call_state s)
{
    static const char *const names[CALL_STATE_COUNT] = {
        "trying",    "proceeding", "established",
        "confirmed", "terminated", "failed"};

    assert((unsigned)s < CALL_STATE_COUNT);
    return names[s];
}

const char *call_disposition_name(enum call_disposition d)
{
    static const char *const names[CALL_DISPOSITION_COUNT] = {
        "unknown",      "answered",       "answered_elsewhere",
        "cancelled",    "redirected",     "auth_failed",
        "busy",         "not_found",      "declined",
        "no_answer",    "unavailable",    "rejected",
        "server_error", "global_failure", "timeout"};

    assert((unsigned)d < CALL_DISPOSITION_COUNT);
    return names[d];
}

const char *call_ended_by_name(enum call_ended_by e)
{
    static const char *const names[ENDED_BY_COUNT] = {
        "", "caller", "callee", "network", "timeout", "unknown"};

    assert((unsigned)e < ENDED_BY_COUNT);
    return names[e];
}

const char *call_end_cause_name(enum call_end_cause c)
{
    static const char *const names[END_CAUSE_COUNT] = {
        "",         "bye",         "bye_unconfirmed",
        "no_ack",   "dialog_lost", "cancel",
        "rejected", "no_response", "session_timer",
        "idle",     "capture_end"};

    assert((unsigned)c < END_CAUSE_COUNT);
    return names[c];
}

const char *call_evidence_name(enum call_evidence e)
{
    static const char *const names[EVIDENCE_COUNT] = {
        "no_start",        "no_end",          "one_direction", "capture_gap",
        "truncated",       "out_of_order",    "opaque",        "other_hop",
        "answer_not_seen", "cancel_not_seen", "cancel_crossed"};

    assert((unsigned)e < EVIDENCE_COUNT);
    return names[e];
}

const char *call_transfer_name(enum call_transfer_kind t)
{
    static const char *const names[CALL_TRANSFER_COUNT] = {"", "none", "blind",
                                                           "attended"};

    assert((unsigned)t < CALL_TRANSFER_COUNT);
    return names[t];
}

const char *exchange_kind_name(enum exchange_kind k)
{
    static const char *const names[EXCHANGE_KIND_COUNT] = {
        "call",      "register", "options", "message",
        "subscribe", "publish",  "other"};

    assert((unsigned)k < EXCHANGE_KIND_COUNT);
    return names[k];
}

const char *dialog_state_name(enum dialog_state s)
{
    static const char *const names[DIALOG_STATE_COUNT] = {"early", "confirmed",
                                                          "terminated"};

    assert((unsigned)s < DIALOG_STATE_COUNT);
    return names[s];
}

const char *dialog_usage_name(enum dialog_usage u)
{
    static const char *const names[DIALOG_USAGE_COUNT] = {"invite", "subscribe",
                                                          "refer"};

    assert((unsigned)u < DIALOG_USAGE_COUNT);
    return names[u];
}
