/**
 * An INVITE on one of its hops. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_LEG_H
#define SIPTRAIL_CALL_LEG_H

#include "call/facts.h"
#include "txn/transaction.h"

/** How an INVITE came to belong to an attempt (RECORDS.md, R4). */
enum invite_leg {
    LEG_HOP,   /* the request itself, on one of its hops */
    LEG_LATER, /* sent on by an element that received it, Vias its own */
    LEG_FORK   /* a second one of the caller's */
};

/** Of few INVITEs; owned by the exchange's texts. Times are TIME_NONE. */
struct invite_rare {
    int64_t forwarded_at;
    int64_t queued_at;
    int64_t early_media_at;
    int64_t cancel_at;
    int64_t final_again_at;  /* the final was sent again, last, and */
    uint32_t sent_after_ack; /* so often long after the ACK */
    const struct call_reason *final_reason;
    const struct call_reason *cancel_reason;
    const struct call_refusal *refusal;
    struct call_answer *answer; /* NULL where no response had any of it */
};

/** One initial INVITE on one hop, with its responses. */
struct invite {
    struct invite *next;             /* in order of appearance */
    struct transaction *transaction; /* NULL once that is gone */
    struct invite_rare *rare;        /* NULL where there is nothing of it */
    uint64_t from_tag; /* hash; of the From URI where there is no tag */
    uint32_t cseq;
    uint8_t index;        /* in the call */
    uint8_t round;        /* 0: the first; retries count up */
    uint16_t hop;         /* 1 is the round's reference hop */
    uint16_t status_code; /* final, 0 for none */
    uint16_t via_count;
    uint16_t tags; /* distinct To tags in 101 to 299 */
    struct endpoint src;
    struct endpoint dst;
    uint8_t leg;       /* enum invite_leg */
    uint8_t transport; /* enum transport */
    bool request_seen;
    bool is_reference; /* of its round */
    bool is_reinvite;  /* turned out to be no initial one */
    bool response_seen;
    bool tag_rang; /* the final's To tag was in a 101 to 199 */
    bool rang;     /* 180 to 183 */
    bool ack_alone;
    uint16_t vlan;
    int16_t max_forwards; /* -1 where not said */
    uint32_t uri;         /* hash of the Request-URI, cut: tells a few apart */
    uint32_t transmissions;
    uint32_t final_sent; /* the final with its To tag, 2xx sent again */
    int64_t invite_at;
    int64_t trying_at;
    int64_t progress_at;
    int64_t ringing_at;
    int64_t final_at;
    int64_t ack_at;
    struct span reason_phrase;
    struct span to_tag; /* of the final */
};

/* What shows whether a message goes this way. */
#define INVITE_WAY_BYTES offsetof(struct invite, invite_at)

#endif
