/**
 * Event and Subscription-State (RFC 6665, 8.2.1, 8.2.3).
 */
#ifndef SIPTRAIL_SIP_EVENT_H
#define SIPTRAIL_SIP_EVENT_H

#include "base/span.h"

struct sip_event {
    struct span package; /* "presence", templates (".winfo") included */
    struct span id;
    struct span params;
};

/** @return false where there is no package */
bool sip_event_parse(struct span value, struct sip_event *event_out);

enum sip_subscription {
    SIP_SUBSCRIPTION_OTHER, /* the name says which */
    SIP_SUBSCRIPTION_PENDING,
    SIP_SUBSCRIPTION_ACTIVE,
    SIP_SUBSCRIPTION_TERMINATED
};

struct sip_subscription_state {
    enum sip_subscription state;
    struct span name; /* as sent */
    struct span reason;
    bool has_expires;
    uint32_t expires_s;
    bool has_retry_after;
    uint32_t retry_after_s;
};

/** @return false where there is no state */
bool sip_subscription_state_parse(struct span value,
                                  struct sip_subscription_state *state_out);

#endif
