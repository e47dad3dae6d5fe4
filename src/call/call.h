/**
 * A call while it is open: what has been collected of one attempt.
 * Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_CALL_H
#define SIPTRAIL_CALL_CALL_H

#include "base/texts.h"
#include "call/facts.h"
#include "dialog/dialog.h"
#include "txn/transaction.h"

#define CALL_CHALLENGES 4
/* What comes so long after another message did not cross it on the way: half
 * of T1 (RFC 3261, 17.1.1.1). */
#define CALL_CROSSING_US INT64_C(250000)
#define CALL_VIEWS 2
#define CALL_PAIRS 6
#define CALL_HOPS_MAX 16
#define CALL_BRANCH_STATUSES_MAX 64
/* Of one call; beyond them transactions count no more as branches, and
 * responses make no more dialogs. */
#define CALL_INVITES_MAX 256
#define CALL_DIALOGS_MAX 256

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
    uint16_t index;       /* in the call */
    uint16_t round;       /* 0: the first; retries count up */
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
    int64_t invite_at;
    int64_t trying_at;
    int64_t progress_at;
    int64_t ringing_at;
    int64_t final_at;
    int64_t final_last_at;
    int64_t ack_at;
    uint32_t transmissions;
    uint32_t final_sent;     /* the final with its To tag, 2xx sent again */
    uint32_t sent_after_ack; /* of these, long after the ACK */
    uint64_t uri;            /* hash of the Request-URI */
    struct span reason_phrase;
    struct span to_tag; /* of the final */
};

/** Of few calls; owned by the exchange's texts. */
struct call_rare {
    struct span to_tag; /* of what came first, for a call without start */
    struct endpoint way;
    struct address lost_by;
    enum sip_method lost_method;
    uint16_t lost_status;
    struct address deaf;    /* repeated a request that was answered; and */
    struct address unheard; /* whose answer it did not hear */
    uint8_t view_count;
    struct address views[CALL_VIEWS]; /* seen only in copies (R2 b) */
    struct key group_key;
};

struct call {
    /* What most messages need comes first: CALL_HOT_BYTES. */
    struct exchange *exchange;
    struct invite *invites; /* in order of appearance */
    struct invite *invites_last;
    struct invite *current; /* reference of the last round */
    struct dialog *dialogs; /* in order of appearance */
    struct dialog *dialogs_last;
    struct media *media; /* this and those below are NULL where there is
                            nothing of it; owned by the exchange's texts */
    struct call_rare *rare;
    uint64_t from_tag_hash;
    uint32_t evidence;
    uint16_t invite_count;
    uint16_t dialog_count;
    uint16_t rounds;
    uint16_t last_status_code;
    bool start_seen;
    bool start_proved;
    bool in_dialog; /* begun by a request inside a dialog */
    bool later_request;
    bool hung_up;    /* a BYE that ends it */
    bool over;       /* when last told of: it only lingers */
    bool via_hidden; /* an INVITE came over an encrypted hop */
    bool has_group_key;
    bool agent_of_challenge; /* callee_agent is of a 401 or 407 */
    bool several;            /* without start: more than one message */
    uint8_t ways;            /* likewise: 1 from rare->way, 2 others */
    uint8_t challenge_count;
    uint8_t pair_count;
    int64_t lost_at;      /* a dialog's 481 or 408, nothing since */
    uint64_t trying;      /* hash of a later hop's 100; 0 for none */
    uint32_t trying_vias; /* its Vias but the top one, left out of the hash */
    uint32_t reinvites;
    uint64_t pairs[CALL_PAIRS]; /* gap_pair_hash() of its transactions; more
                                   are not kept */

    uint64_t from_uri_hash;
    uint64_t to_uri_hash;
    struct span from_tag;    /* of the first INVITE, or of what came first */
    struct span *challenges; /* of the last 401 or 407 */
    const struct invite *parties_of; /* whose they are */
    struct call_credentials *credentials;
    struct call_identity *identity; /* but for those; of few calls */
    struct call_session *session;
    struct call_transfer *transfer;
    struct span *custom; /* one for each header asked for */
    struct call_parties parties;
};

#define CALL_HOT_BYTES offsetof(struct call, from_uri_hash)

#endif
