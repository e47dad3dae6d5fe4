/**
 * Parts of a call record that few questions begin with: identities, the
 * session, its media, transfers.
 *
 * As in call/record.h: members are named as the SQL columns, an empty span is
 * NULL, and spans are borrowed as those of the record.
 */
#ifndef SIPTRAIL_CALL_DETAILS_H
#define SIPTRAIL_CALL_DETAILS_H

#include "base/key.h"
#include "base/time.h"
#include "sip/session_timer.h"

/** Who else the first INVITE says is calling, or had been called. */
struct call_identity {
    struct span pai_user; /* P-Asserted-Identity */
    struct span pai_host;
    struct span rpid_user; /* Remote-Party-ID */
    struct span privacy;   /* RFC 3323, 4.2 */
    struct span diversion_user;
    struct span diversion_reason;
    int64_t diversion_count; /* TIME_NONE for no such header */
    struct span auth_user;   /* digest, of the last INVITE that has one */
    struct span auth_realm;
    struct span icid;        /* RFC 7315, 4.6 */
    struct span stir_attest; /* RFC 8588 */
    struct span stir_origid;
};

/** Limits in seconds, TIME_NONE for none, and names of the session. */
struct call_session {
    int64_t session_expires_s; /* RFC 4028, of the 2xx */
    int64_t min_se_s; /* of the 2xx, else the INVITE, or the 422 before it */
    int64_t invite_expires_s; /* Expires of the first INVITE */
    enum sip_refresher refresher;
    struct span id_local; /* RFC 7989: the caller's, and the callee's */
    struct span id_remote;
};

/** Of offers and answers (RFC 3264); lists are words with a space between. */
struct call_media {
    struct span offer_codecs;
    struct span answer_codecs;
    struct span kinds;
    int64_t changes; /* TIME_NONE where no description was seen, as below */
    int64_t holds;
    int64_t hold_ms; /* also where there was no hold, or one still runs */
};

/** RFC 5589: how a party of the call was sent on to another. */
enum call_transfer_kind {
    CALL_TRANSFER_NOT_SEEN, /* SQL NULL: the call's start was not */
    CALL_TRANSFER_NONE,
    CALL_TRANSFER_BLIND,
    CALL_TRANSFER_ATTENDED, /* Refer-To with Replaces */
    CALL_TRANSFER_COUNT
};

/** The public word, as in SQL; "" for NULL. Static storage. */
const char *call_transfer_name(enum call_transfer_kind t);

/** Handing over to another call; a key of zeros is NULL. */
struct call_transfer {
    enum call_transfer_kind kind;
    struct span status;      /* last status line of a sipfrag (RFC 3420) */
    struct span refer_to;    /* URI, headers in it, of the last REFER */
    struct span referred_by; /* of that REFER, else of the first INVITE */
    struct key replaces;
    struct key replaced_by;
};

#endif
