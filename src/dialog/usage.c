#include "dialog/usage.h"

#include "base/time.h"

void session_timer_observe(struct session_timer *t, const struct sip_message *m,
                           int64_t at_us, bool request_by_caller)
{
    struct sip_session_timer said;

    *t = (struct session_timer){.since_at = at_us,
                                .by_update = m->cseq_method == SIP_UPDATE,
                                .by_caller = request_by_caller};
    if (!sip_message_has(m, SIP_HEADER_SESSION_EXPIRES) ||
        !sip_session_timer_parse(
            sip_message_value(m, SIP_HEADER_SESSION_EXPIRES), &said))
        return;
    t->interval_s = said.interval_s;
    t->refresher = said.refresher;
}

int64_t session_timer_expiry(const struct session_timer *t)
{
    if (!t->interval_s)
        return TIME_NONE;
    return t->since_at + (int64_t)t->interval_s * 1000000;
}

bool session_timer_refreshed_by_caller(const struct session_timer *t)
{
    /* Without a word the UAC refreshes (RFC 4028, 7.2). */
    return (t->refresher != SIP_REFRESHER_UAS) == t->by_caller;
}
