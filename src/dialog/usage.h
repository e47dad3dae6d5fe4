/**
 * What uses a dialog, and until when: session timers (RFC 4028).
 */
#ifndef SIPTRAIL_DIALOG_USAGE_H
#define SIPTRAIL_DIALOG_USAGE_H

#include "sip/message.h"
#include "sip/session_timer.h"

struct session_timer {
    int64_t since_at;    /* the 2xx that set it, microseconds */
    uint32_t interval_s; /* 0: off */
    enum sip_refresher refresher;
    bool by_update; /* no ACK follows */
    bool by_caller; /* the refreshed request came from the caller's side */
};

/**
 * Take over what the 2xx to an INVITE or UPDATE says of the session timer: one
 * without Session-Expires switches it off (RFC 4028, 7.2).
 */
void session_timer_observe(struct session_timer *t, const struct sip_message *m,
                           int64_t at_us, bool request_by_caller);

/** When the session expires unless refreshed; TIME_NONE where it does not. */
int64_t session_timer_expiry(const struct session_timer *t);

/** Is it the caller who refreshes? */
bool session_timer_refreshed_by_caller(const struct session_timer *t);

#endif
