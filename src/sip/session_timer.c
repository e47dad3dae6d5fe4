#include "sip/session_timer.h"

#include "sip/chars.h"
#include "sip/number.h"
#include "sip/param.h"

bool sip_session_timer_parse(struct span value,
                             struct sip_session_timer *timer_out)
{
    struct span params = span_from(value, span_find_byte(value, ';') + 1);
    struct span refresher = sip_param_value(params, SPAN_LITERAL("refresher"));

    *timer_out = (struct sip_session_timer){0};
    if (sip_chars_equal(refresher, "uac"))
        timer_out->refresher = SIP_REFRESHER_UAC;
    else if (sip_chars_equal(refresher, "uas"))
        timer_out->refresher = SIP_REFRESHER_UAS;
    return sip_seconds_parse(value, &timer_out->interval_s);
}

const char *sip_refresher_name(enum sip_refresher refresher)
{
    switch (refresher) {
    case SIP_REFRESHER_UAC:
        return "uac";
    case SIP_REFRESHER_UAS:
        return "uas";
    case SIP_REFRESHER_NONE:
        break;
    }
    return "";
}
