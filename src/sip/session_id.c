#include "sip/session_id.h"

#include "sip/chars.h"
#include "sip/param.h"

#define UUID_DIGITS 32

static struct span uuid_of(struct span text)
{
    size_t zeros = 0;

    text = sip_chars_trim(text);
    if (text.length != UUID_DIGITS || !sip_chars_all(text, SIP_CHAR_HEX))
        return SPAN_NONE;
    while (zeros < text.length && text.data[zeros] == '0')
        zeros++;
    return zeros == text.length ? SPAN_NONE : text;
}

bool sip_session_id_parse(struct span value, struct sip_session_id *id_out)
{
    size_t end = span_find_byte(value, ';');
    struct span params = span_from(value, end + 1);

    id_out->local = uuid_of(span_part(value, 0, end));
    id_out->remote = uuid_of(sip_param_value(params, SPAN_LITERAL("remote")));
    return id_out->local.length || id_out->remote.length;
}
