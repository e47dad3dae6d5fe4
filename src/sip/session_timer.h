/**
 * Session-Expires and Min-SE (RFC 4028).
 */
#ifndef SIPTRAIL_SIP_SESSION_TIMER_H
#define SIPTRAIL_SIP_SESSION_TIMER_H

#include "base/span.h"

enum sip_refresher {
    SIP_REFRESHER_NONE, /* not said */
    SIP_REFRESHER_UAC,
    SIP_REFRESHER_UAS
};

struct sip_session_timer {
    uint32_t interval_s; /* beyond 2^32-1: 2^32-1 */
    enum sip_refresher refresher;
};

/** Session-Expires or Min-SE. @return false where there is no number */
bool sip_session_timer_parse(struct span value,
                             struct sip_session_timer *timer_out);
/** "", "uac", "uas". Static storage. */
const char *sip_refresher_name(enum sip_refresher refresher);

#endif
