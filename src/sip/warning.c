#include "sip/warning.h"

#include "sip/chars.h"

bool sip_warning_parse(struct span value, struct sip_warning *warning_out)
{
    size_t end;
    uint64_t code;

    *warning_out = (struct sip_warning){0};
    value = sip_chars_trim(value);
    end = sip_chars_run(value, SIP_CHAR_DIGIT);
    if (span_to_u64(span_part(value, 0, end), 999, &code))
        warning_out->code = (uint16_t)code;
    value = sip_chars_skip_blank(span_from(value, end));
    for (end = 0; end < value.length && value.data[end] != '"' &&
                  !sip_char_is(value.data[end], SIP_CHAR_BLANK);)
        end++;
    warning_out->agent = span_part(value, 0, end);
    warning_out->text = sip_text_unquote(span_from(value, end));
    return warning_out->code && warning_out->agent.length &&
           warning_out->text.length;
}

bool sip_warning_next(const struct sip_message *m,
                      struct sip_list_cursor *cursor,
                      struct sip_warning *warning_out)
{
    struct span value;

    if (!sip_list_next_of(m, SIP_HEADER_WARNING, cursor, &value))
        return false;
    (void)sip_warning_parse(value, warning_out);
    return true;
}
