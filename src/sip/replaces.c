#include "sip/replaces.h"

#include "sip/chars.h"
#include "sip/param.h"

bool sip_replaces_parse(struct span value, struct sip_replaces *replaces_out)
{
    size_t end = span_find_byte(value, ';');
    struct span params = span_from(value, end + 1);

    replaces_out->call_id = sip_chars_trim(span_part(value, 0, end));
    replaces_out->to_tag = sip_param_value(params, SPAN_LITERAL("to-tag"));
    replaces_out->from_tag = sip_param_value(params, SPAN_LITERAL("from-tag"));
    replaces_out->early_only =
        sip_param_has(params, SPAN_LITERAL("early-only"));
    return replaces_out->call_id.length && replaces_out->to_tag.length &&
           replaces_out->from_tag.length;
}

bool sip_replaces_of_uri(const struct sip_uri *uri, char *buffer, size_t cap,
                         struct sip_replaces *replaces_out)
{
    struct span value = sip_uri_header(uri, SPAN_LITERAL("Replaces"));

    *replaces_out = (struct sip_replaces){0};
    if (!value.length || value.length > cap)
        return false;
    value = span_of(buffer, sip_uri_unescape(value, buffer, cap));
    return sip_replaces_parse(value, replaces_out);
}
