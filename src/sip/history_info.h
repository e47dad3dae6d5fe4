/**
 * History-Info: the targets a request was sent to, one after another, and
 * what of it was a diversion (RFC 7044; 4458 for the cause; 7544).
 */
#ifndef SIPTRAIL_SIP_HISTORY_INFO_H
#define SIPTRAIL_SIP_HISTORY_INFO_H

#include "sip/address.h"

#define SIP_HISTORY_MAX 32 /* entries looked at */

struct sip_history_entry {
    struct span uri;       /* as sent, its headers in it */
    struct span index;     /* "1.1" */
    struct span mapped_by; /* "mp": index of the entry that was diverted */
    bool is_routed;        /* "rc" or "np": the same user, no diversion */
    uint16_t cause;        /* of the URI (RFC 4458, 2.1); 0 for none */
    uint16_t reason;       /* SIP cause of the URI's Reason; 0 for none */
};

/** @return false where it is malformed; what could be read is kept */
bool sip_history_entry_parse(struct span value,
                             struct sip_history_entry *entry_out);

struct sip_history_diversion {
    struct span uri;    /* of the last entry that was diverted */
    const char *reason; /* in the words of Diversion; static storage */
    uint32_t count;     /* diversions; 0: the rest is not set */
};

/**
 * What the entries say of diversions (RFC 7544, 5).
 *
 * An entry with a cause was diverted to from the one its "mp" names, or else
 * from the one before; so was one behind an entry with a Reason, the form of
 * RFC 4244.
 *
 * @return false where there is no entry
 */
bool sip_history_info_diversion(const struct sip_message *m,
                                struct sip_history_diversion *diversion_out);

/** RFC 7544, 4: the Diversion reason of a cause; "unknown" for most. */
const char *sip_history_reason_name(unsigned cause);

#endif
