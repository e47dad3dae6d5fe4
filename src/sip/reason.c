#include "sip/reason.h"

#include "sip/chars.h"
#include "sip/param.h"

bool sip_reason_is_q850(const struct sip_reason *r)
{
    return sip_chars_equal(r->protocol, "q.850");
}

bool sip_reason_is_sip(const struct sip_reason *r)
{
    return sip_chars_equal(r->protocol, "sip");
}

/* Any integer, a sign and leading zeros too. */
static bool read_cause(struct span text, struct sip_reason *r)
{
    bool negative = text.length && text.data[0] == '-';
    uint64_t value;

    if (!span_to_u64(span_from(text, negative), INT64_MAX, &value))
        return false;
    r->cause = negative ? -(int64_t)value : (int64_t)value;
    r->has_cause = true;
    return true;
}

bool sip_reason_parse(struct span value, struct sip_reason *reason_out)
{
    struct sip_reason *r = reason_out;
    struct sip_param p;
    size_t end, cursor = 0;
    struct span params;
    bool ok;

    *r = (struct sip_reason){0};
    value = sip_chars_trim(value);
    end = span_find_byte(value, ';');
    r->protocol = sip_chars_trim_end(span_part(value, 0, end));
    params = span_from(value, end + 1);
    ok = sip_chars_all(r->protocol, SIP_CHAR_TOKEN);
    while (sip_param_next(params, &cursor, &p)) {
        if (sip_chars_equal(p.name, "cause") && !r->has_cause)
            ok = read_cause(p.value, r) && ok;
        else if (sip_chars_equal(p.name, "text") && !r->text.length)
            r->text = p.value;
    }
    return ok;
}

bool sip_reason_next(const struct sip_message *m,
                     struct sip_list_cursor *cursor,
                     struct sip_reason *reason_out)
{
    struct span value;

    if (!sip_list_next_of(m, SIP_HEADER_REASON, cursor, &value))
        return false;
    (void)sip_reason_parse(value, reason_out);
    return true;
}

const char *sip_reason_q850_name(int64_t cause)
{
    static const struct {
        uint8_t cause;
        const char *name;
    } names[] = {
        {1, "unallocated number"},
        {2, "no route to transit network"},
        {3, "no route to destination"},
        {16, "normal call clearing"},
        {17, "user busy"},
        {18, "no user responding"},
        {19, "no answer from user"},
        {20, "subscriber absent"},
        {21, "call rejected"},
        {22, "number changed"},
        {26, "non-selected user clearing"},
        {27, "destination out of order"},
        {28, "invalid number format"},
        {29, "facility rejected"},
        {31, "normal, unspecified"},
        {34, "no circuit available"},
        {38, "network out of order"},
        {41, "temporary failure"},
        {42, "switching equipment congestion"},
        {44, "requested circuit not available"},
        {47, "resource unavailable"},
        {50, "facility not subscribed"},
        {55, "incoming calls barred"},
        {57, "bearer capability not authorized"},
        {58, "bearer capability not available"},
        {63, "service not available"},
        {65, "bearer capability not implemented"},
        {79, "service not implemented"},
        {88, "incompatible destination"},
        {102, "recovery on timer expiry"},
        {111, "protocol error"},
        {127, "interworking"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].cause == cause)
            return names[i].name;
    return "";
}
