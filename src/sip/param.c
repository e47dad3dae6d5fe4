#include "sip/param.h"

#include "sip/chars.h"
#include "sip/lines.h"

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
    const char *limit = span_end(s);
    const char *end = sip_byte_find(s.data, limit, ';');
    const char *at = sip_byte_find(s.data, end, '=') + 1;
    size_t closed;

    while (at < end && sip_char_is(*at, SIP_CHAR_BLANK))
        at++;
    if (at >= end || *at != '"')
        return (size_t)(end - s.data);
    closed = sip_chars_quoted(span_of(at, (size_t)(limit - at)));
    if (!closed)
        return (size_t)(end - s.data);
    return (size_t)(sip_byte_find(at + closed, limit, ';') - s.data);
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

/* The next parameter as it stands; empty at the end. */
static inline struct span next_whole(struct span params, size_t *cursor)
{
    size_t at = *cursor;
    struct span whole;

    while (at < params.length && is_blank_or_semicolon(params.data[at]))
        at++;
    whole = span_from(params, at);
    if (whole.length)
        whole.length = param_end(whole);
    *cursor = at + whole.length;
    return whole;
}

static void split(struct span whole, struct sip_param *param_out)
{
    size_t equals = span_find_byte(whole, '=');

    param_out->name = sip_chars_trim_end(span_part(whole, 0, equals));
    param_out->has_value = equals < whole.length;
    param_out->value = unquote(sip_chars_trim(span_from(whole, equals + 1)),
                               &param_out->quoted);
}

bool sip_param_next(struct span params, size_t *cursor,
                    struct sip_param *param_out)
{
    struct span whole = next_whole(params, cursor);

    if (!whole.length)
        return false;
    split(whole, param_out);
    return true;
}

/* "name=" and a plain value, at the very beginning of @s. */
static inline bool find_plain(struct span s, struct span name,
                              struct sip_param *param_out)
{
    const char *value, *end;

    if (s.length < name.length + 2)
        return false;
    value = s.data + name.length + 1;
    if (value[-1] != '=' || (unsigned char)value[0] <= '"')
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (sip_char_lower(s.data[i]) != sip_char_lower(name.data[i]))
            return false;
    *param_out = (struct sip_param){.name = span_of(s.data, name.length),
                                    .has_value = true};
    end = sip_byte_find(value, span_end(s), ';');
    param_out->value =
        sip_chars_trim_end(span_of(value, (size_t)(end - value)));
    return true;
}

bool sip_param_find(struct span params, struct span name,
                    struct sip_param *param_out)
{
    size_t cursor = 0;
    struct span whole;

    if (!params.length)
        return false;
    if (find_plain(params, name, param_out))
        return true;
    while ((whole = next_whole(params, &cursor)).length) {
        if (whole.length < name.length ||
            sip_char_lower(whole.data[0]) != sip_char_lower(name.data[0]))
            continue;
        split(whole, param_out);
        if (span_equal_nocase(param_out->name, name))
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
