/**
 * The closed sets of words in a record; each is an SQL enum of the same name.
 */
#ifndef SIPTRAIL_CALL_WORDS_H
#define SIPTRAIL_CALL_WORDS_H

/** RECORDS.md, R7. */
enum call_state {
    CALL_TRYING,
    CALL_PROCEEDING,
    CALL_ESTABLISHED,
    CALL_CONFIRMED,
    CALL_TERMINATED,
    CALL_FAILED,
    CALL_STATE_COUNT
};

/** RECORDS.md, R8. */
enum call_disposition {
    CALL_UNKNOWN,
    CALL_ANSWERED,
    CALL_ANSWERED_ELSEWHERE,
    CALL_CANCELLED,
    CALL_REDIRECTED,
    CALL_AUTH_FAILED,
    CALL_BUSY,
    CALL_NOT_FOUND,
    CALL_DECLINED,
    CALL_NO_ANSWER,
    CALL_UNAVAILABLE,
    CALL_REJECTED,
    CALL_SERVER_ERROR,
    CALL_GLOBAL_FAILURE,
    CALL_TIMEOUT,
    CALL_DISPOSITION_COUNT
};

/** RECORDS.md, R9. */
enum call_ended_by {
    ENDED_BY_NONE, /* SQL NULL: not ended */
    ENDED_BY_CALLER,
    ENDED_BY_CALLEE,
    ENDED_BY_NETWORK,
    ENDED_BY_TIMEOUT,
    ENDED_BY_UNKNOWN,
    ENDED_BY_COUNT
};

/** RECORDS.md, R9 and R10. */
enum call_end_cause {
    END_NONE, /* SQL NULL */
    END_BYE,
    END_BYE_UNCONFIRMED,
    END_NO_ACK,
    END_DIALOG_LOST,
    END_CANCEL,
    END_REJECTED,
    END_NO_RESPONSE,
    END_SESSION_TIMER,
    END_IDLE,
    END_CAPTURE_END,
    END_CAUSE_COUNT
};

/** What a record rests on, or lacks; a set, text[] in SQL. */
enum call_evidence {
    EVIDENCE_NO_START,
    EVIDENCE_NO_END,
    EVIDENCE_ONE_DIRECTION,
    EVIDENCE_CAPTURE_GAP,
    EVIDENCE_TRUNCATED,
    EVIDENCE_OUT_OF_ORDER,
    EVIDENCE_OPAQUE,
    EVIDENCE_OTHER_HOP,
    EVIDENCE_ANSWER_NOT_SEEN,
    EVIDENCE_CANCEL_NOT_SEEN,
    EVIDENCE_CANCEL_CROSSED,
    EVIDENCE_COUNT
};

/** What owns messages: a call, or an exchange that is none. */
enum exchange_kind {
    EXCHANGE_CALL,
    EXCHANGE_REGISTER,
    EXCHANGE_OPTIONS,
    EXCHANGE_MESSAGE,
    EXCHANGE_SUBSCRIBE, /* SUBSCRIBE, NOTIFY, REFER outside a call */
    EXCHANGE_PUBLISH,
    EXCHANGE_OTHER, /* other requests, strays */
    EXCHANGE_KIND_COUNT
};

enum dialog_state {
    DIALOG_EARLY,
    DIALOG_CONFIRMED,
    DIALOG_TERMINATED,
    DIALOG_STATE_COUNT
};

enum dialog_usage {
    DIALOG_INVITE,
    DIALOG_SUBSCRIBE,
    DIALOG_REFER,
    DIALOG_USAGE_COUNT
};

/** The public words, as in SQL; "" for a NONE. Static storage. */
const char *call_state_name(enum call_state s);
const char *call_disposition_name(enum call_disposition d);
const char *call_ended_by_name(enum call_ended_by e);
const char *call_end_cause_name(enum call_end_cause c);
const char *call_evidence_name(enum call_evidence e);
const char *exchange_kind_name(enum exchange_kind k);
const char *dialog_state_name(enum dialog_state s);
const char *dialog_usage_name(enum dialog_usage u);

#endif
