#include "sip/param.h"

#include "sip/chars.h"

static bool is_blank_or_semicolon(char c)
{
    return c == ';' || sip_char_is(c, SIP_CHAR_BLANK);
}

/*
 * Where the first parameter of @s ends: at a ";" outside quotes. A quote can
 * only open a value, so that at most one in a text stays open and the walk is
 * linear.
 */
static size_t param_end(struct span s)
{
    size_t end = span_find_byte(s, ';');
    size_t at = span_find_byte(span_part(s, 0, end), '=') + 1;
    size_t closed;

    while (at < end && sip_char_is(s.data[at], SIP_CHAR_BLANK))
        at++;
    if (at >= end || s.data[at] != '"')
        return end;
    closed = sip_chars_quoted(span_from(s, at));
    if (!closed)
        return end;
    closed += at;
    return closed + span_find_byte(span_from(s, closed), ';');
}

static struct span unquote(struct span value, bool *quoted_out)
{
    *quoted_out = value.length && value.data[0] == '"';
    if (!*quoted_out)
        return value;
    value = span_from(value, 1);
    if (value.length && value.data[value.length - 1] == '"')
        value.length--;
    return value;
}

bool sip_param_next(struct span params, size_t *cursor,
                    struct sip_param *param_out)
{
    size_t at = *cursor, end, equals;
    struct span whole;

    while (at < params.length && is_blank_or_semicolon(params.data[at]))
        at++;
    if (at >= params.length) {
        *cursor = at;
        return false;
    }
    end = at + param_end(span_from(params, at));
    whole = span_part(params, at, end - at);
    equals = span_find_byte(whole, '=');
    param_out->name = sip_chars_trim_end(span_part(whole, 0, equals));
    param_out->has_value = equals < whole.length;
    param_out->value = unquote(sip_chars_trim(span_from(whole, equals + 1)),
                               &param_out->quoted);
    *cursor = end;
    return true;
}

bool sip_param_find(struct span params, struct span name,
                    struct sip_param *param_out)
{
    struct sip_param p;
    size_t cursor = 0;

    while (sip_param_next(params, &cursor, &p))
        if (span_equal_nocase(p.name, name)) {
            *param_out = p;
            return true;
        }
    return false;
}

struct span sip_param_value(struct span params, struct span name)
{
    struct sip_param p;

    return sip_param_find(params, name, &p) ? p.value : SPAN_NONE;
}

bool sip_param_has(struct span params, struct span name)
{
    struct sip_param p;

    return sip_param_find(params, name, &p);
}
