/**
 * A call while it is open: what has been collected of one attempt.
 * Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_CALL_H
#define SIPTRAIL_CALL_CALL_H

#include "base/texts.h"
#include "call/facts.h"
#include "call/leg.h"
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
    struct media *media;    /* this and those below are NULL where there is
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
    bool agent_kept;         /* there is a callee_agent, and */
    bool agent_of_challenge; /* it is of a 401 or 407 */
    bool several;            /* without start: more than one message */
    uint8_t ways;            /* likewise: 1 from rare->way, 2 others */
    uint8_t challenge_count;
    uint8_t pair_count;
    uint16_t parties_of;  /* index of the INVITE, and one; 0 for none */
    int64_t lost_at;      /* a dialog's 481 or 408, nothing since */
    uint64_t trying;      /* hash of a later hop's 100; 0 for none */
    uint32_t trying_vias; /* its Vias but the top one, left out of the hash */
    uint32_t reinvites;
    uint64_t pairs[CALL_PAIRS]; /* gap_pair_hash() of its transactions; more
                                   are not kept */
    struct span phrase;         /* of the last final to an INVITE */

    uint64_t from_uri_hash;
    uint64_t to_uri_hash;
    struct span from_tag;    /* of the first INVITE, or of what came first */
    struct span *challenges; /* of the last 401 or 407 */
    struct call_credentials *credentials;
    struct call_identity *identity; /* but for those; of few calls */
    struct call_session *session;
    struct call_transfer *transfer;
    struct span *custom; /* one for each header asked for */
    struct call_parties parties;
};

#define CALL_HOT_BYTES offsetof(struct call, from_uri_hash)

#endif
