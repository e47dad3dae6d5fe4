#include "sip/diversion.h"

#include "sip/param.h"

#define COUNTER_MAX 99 /* two digits */

bool sip_diversion_parse(struct span value, struct sip_diversion *diversion_out)
{
    bool ok = sip_address_parse(value, &diversion_out->from);
    struct span params = diversion_out->from.params;
    uint64_t counter;

    diversion_out->reason = sip_param_value(params, SPAN_LITERAL("reason"));
    diversion_out->counter = 1;
    if (span_to_u64(sip_param_value(params, SPAN_LITERAL("counter")),
                    COUNTER_MAX, &counter) &&
        counter)
        diversion_out->counter = (uint32_t)counter;
    return ok;
}

bool sip_diversion_next(const struct sip_message *m,
                        struct sip_list_cursor *cursor,
                        struct sip_diversion *diversion_out)
{
    struct span value;

    if (!sip_list_next_of(m, SIP_HEADER_DIVERSION, cursor, &value))
        return false;
    (void)sip_diversion_parse(value, diversion_out);
    return true;
}
