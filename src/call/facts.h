/**
 * What a call has collected, boiled down to what R7 to R12 of RECORDS.md ask:
 * plain values, so that disposition, end and times are pure functions.
 *
 * All of it is of the reference hop, or of the nearest hop that saw it. Times
 * are microseconds since the epoch, or TIME_NONE.
 */
#ifndef SIPTRAIL_CALL_FACTS_H
#define SIPTRAIL_CALL_FACTS_H

#include "base/time.h"
#include "call/record.h"

#define CALL_T1_US INT64_C(500000)
#define CALL_64T1_US (64 * CALL_T1_US) /* RFC 3261, 17.1.1.2 */

/** Why the record is made now. */
enum call_occasion {
    CALL_LINGERED,   /* its time has come */
    CALL_IDLE,       /* answered, and silent beyond the limit */
    CALL_PUSHED,     /* the table is full */
    CALL_INPUT_ENDS, /* no more will come */
    CALL_RUNS        /* more may come: what it is now */
};

/** Reason (RFC 3326): the first Q.850 and the first SIP value. */
struct call_reason {
    bool has_q850;
    bool has_sip;
    int32_t q850;
    int32_t sip;
    struct span text;
};

struct call_bye_facts {
    int64_t at;       /* first transmission; TIME_NONE where there was none */
    int64_t final_at; /* of any status */
    int64_t ok_at;    /* 2xx */
    bool is_network;  /* its sender is neither party */
    bool is_caller;   /* From tag is the caller's */
    const struct call_reason *reason;
};

struct call_facts {
    int64_t now;
    int64_t provisional_limit_us; /* R8, timeout (b) */
    enum call_occasion occasion;
    bool start_seen;        /* the initial INVITE */
    bool start_proved;      /* R5: by the INVITE, a 100 or a CANCEL */
    bool reliable;          /* not UDP */
    bool in_dialog;         /* no start, but requests of a dialog */
    uint32_t transmissions; /* of all INVITEs of the hop */
    int64_t first_at;
    int64_t last_message_at;
    int64_t invite_at; /* first INVITE of the attempt */

    /* The rounds: */
    int64_t round_at;          /* INVITE of the last round */
    int64_t progress_round_at; /* INVITE that got progress_at */
    int64_t auth_us;           /* time of the 401/407 rounds; TIME_NONE */
    int64_t trying_at;
    int64_t progress_at; /* 101 to 199 */
    int64_t ringing_at;
    int64_t forwarded_at;
    int64_t queued_at;
    int64_t early_media_at;
    bool rang; /* 180 to 183 in the last round */
    bool response_seen;
    bool retried; /* a further INVITE after the final */

    /* The final of the last round: */
    uint16_t status_code; /* 0 for none */
    int64_t final_at;
    int64_t final_last_at; /* its last retransmission */
    int64_t ack_at;
    bool final_tag_rang; /* its To tag was in a 101 to 199 */
    const struct call_reason *final_reason;
    int64_t cancel_at;
    const struct call_reason *cancel_reason;

    bool ack_alone;       /* ACK with a branch of its own, its final unseen */
    bool dialog_answered; /* a further request in the dialog was answered */
    bool later_request;   /* any other request of the call */

    /* The answered dialog: */
    struct call_bye_facts byes[2]; /* one of each side */
    int64_t lost_at;               /* 481, 408 to INVITE, UPDATE, PRACK */
    int64_t dialog_request_at;     /* last request but ACK */
    int64_t timer_expiry;          /* session timer (R10 a), where it applies */
};

/** How and when it ended. */
struct call_end {
    int64_t at; /* TIME_NONE: not ended, or not known */
    enum call_ended_by by;
    enum call_end_cause cause;
    bool exact;
    bool over; /* false: by is NULL, cause END_NONE or END_CAPTURE_END */
    const struct call_bye_facts *bye; /* the one that ended it */
};

/** R8. @p evidence  Bits are added: 1 << enum call_evidence */
enum call_disposition call_disposition_of(const struct call_facts *f,
                                          uint32_t *evidence);
/** The disposition of a final >= 300 by its status alone. */
enum call_disposition call_disposition_of_status(unsigned status, bool rang);

/** R9, R10. */
void call_end_of(const struct call_facts *f, enum call_disposition d,
                 struct call_end *end_out);
/**
 * Did the INVITE have an answer that went past us? Over UDP silence is met by
 * retransmissions: one that is sent once, or followed by other requests, or
 * whose answer is acknowledged, was answered.
 */
bool call_answer_went_past(const struct call_facts *f);
/** More may come, and so far it has no final, or a challenge to be met. */
bool call_is_open_question(const struct call_facts *f);
/** Is there a 2xx to the initial INVITE, seen or inferred? */
bool call_is_answered(const struct call_facts *f);
/** R7. */
enum call_state call_state_of(const struct call_facts *f,
                              enum call_disposition d,
                              const struct call_end *end);
/** R12, and the columns of times. */
void call_times_of(const struct call_facts *f, enum call_disposition d,
                   const struct call_end *end, struct call_times *times_out,
                   struct call_durations *durations_out);

#endif
