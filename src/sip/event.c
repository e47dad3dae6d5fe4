#include "sip/event.h"

#include "sip/chars.h"
#include "sip/number.h"
#include "sip/param.h"

/* "token;params" */
static struct span split(struct span value, struct span *params_out)
{
    size_t end = span_find_byte(value, ';');

    *params_out = span_from(value, end + 1);
    return sip_chars_trim(span_part(value, 0, end));
}

bool sip_event_parse(struct span value, struct sip_event *event_out)
{
    event_out->package = split(value, &event_out->params);
    event_out->id = sip_param_value(event_out->params, SPAN_LITERAL("id"));
    return event_out->package.length > 0;
}

static enum sip_subscription subscription_of(struct span name)
{
    if (sip_chars_equal(name, "active"))
        return SIP_SUBSCRIPTION_ACTIVE;
    if (sip_chars_equal(name, "pending"))
        return SIP_SUBSCRIPTION_PENDING;
    if (sip_chars_equal(name, "terminated"))
        return SIP_SUBSCRIPTION_TERMINATED;
    return SIP_SUBSCRIPTION_OTHER;
}

bool sip_subscription_state_parse(struct span value,
                                  struct sip_subscription_state *state_out)
{
    struct sip_subscription_state *s = state_out;
    struct span params;

    *s = (struct sip_subscription_state){0};
    s->name = split(value, &params);
    s->state = subscription_of(s->name);
    s->reason = sip_param_value(params, SPAN_LITERAL("reason"));
    s->has_expires = sip_seconds_parse(
        sip_param_value(params, SPAN_LITERAL("expires")), &s->expires_s);
    s->has_retry_after =
        sip_seconds_parse(sip_param_value(params, SPAN_LITERAL("retry-after")),
                          &s->retry_after_s);
    return s->name.length > 0;
}
