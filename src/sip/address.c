#include "sip/address.h"

#include "sip/chars.h"
#include "sip/param.h"

/* Behind "<uri>" come the header's parameters. */
static bool take_params(struct span rest, struct sip_address *a)
{
    rest = sip_chars_skip_blank(rest);
    if (!rest.length)
        return true;
    if (rest.data[0] == ';') {
        a->params = span_from(rest, 1);
        return true;
    }
    a->params = span_from(rest, span_find_byte(rest, ';') + 1);
    return false;
}

/* Offset of the "<" that opens the URI; length of value where there is none. */
static size_t find_bracket(struct span value, bool *ok)
{
    size_t behind, at;

    if (value.data[0] != '"')
        return span_find_byte(value, '<');
    behind = sip_chars_quoted(value);
    if (!behind)
        *ok = false; /* the quote stays open: take the first "<" in it */
    at = behind + span_find_byte(span_from(value, behind), '<');
    return at;
}

static bool parse_bracketed(struct span value, size_t at, struct sip_address *a)
{
    struct span inside = span_from(value, at + 1);
    size_t close = span_find_byte(inside, '>');

    a->display = sip_chars_trim_end(span_part(value, 0, at));
    if (close < inside.length) {
        a->uri = sip_chars_trim(span_part(inside, 0, close));
        return take_params(span_from(inside, close + 1), a) &&
               a->uri.length == close && close > 0;
    }
    close = span_find_byte(inside, ';');
    a->uri = sip_chars_trim(span_part(inside, 0, close));
    a->params = span_from(inside, close + 1);
    return false;
}

static bool parse_plain(struct span value, struct sip_address *a)
{
    size_t end = span_find_byte(value, ';');

    a->params = span_from(value, end + 1);
    a->uri = sip_chars_trim_end(span_part(value, 0, end));
    if (value.data[0] == '"') { /* a display name and no <> */
        size_t behind = sip_chars_quoted(a->uri);

        a->display = span_part(a->uri, 0, behind);
        a->uri = sip_chars_trim(span_from(a->uri, behind));
        return false;
    }
    return a->uri.length > 0;
}

bool sip_address_parse(struct span value, struct sip_address *address_out)
{
    struct sip_address *a = address_out;
    bool ok = true;
    size_t at;

    *a = (struct sip_address){0};
    value = sip_chars_trim(value);
    if (!value.length)
        return false;
    if (value.length == 1 && value.data[0] == '*') {
        a->any = true;
        return true;
    }
    at = find_bracket(value, &ok);
    if (at < value.length)
        return parse_bracketed(value, at, a) && ok;
    return parse_plain(value, a) && ok;
}

bool sip_address_repeats(struct span value, struct span uri)
{
    return uri.length && value.length >= uri.length + 2 &&
           value.data[0] == '<' && value.data[uri.length + 1] == '>' &&
           (value.length == uri.length + 2 ||
            value.data[uri.length + 2] == ';') &&
           memcmp(value.data + 1, uri.data, uri.length) == 0 &&
           span_find_byte(uri, '>') == uri.length;
}

bool sip_address_next(const struct sip_message *m, enum sip_header_id id,
                      struct sip_list_cursor *cursor,
                      struct sip_address *address_out)
{
    struct span value;

    if (!sip_list_next_of(m, id, cursor, &value))
        return false;
    (void)sip_address_parse(value, address_out);
    return true;
}

struct span sip_address_tag(const struct sip_address *a)
{
    return sip_param_value(a->params, SPAN_LITERAL("tag"));
}
