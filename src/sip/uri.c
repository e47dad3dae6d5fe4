#include "sip/uri.h"

#include "sip/chars.h"
#include "sip/lines.h"
#include "sip/plain.h"

static enum sip_scheme scheme_of(struct span name)
{
    if (sip_chars_equal(name, "sip"))
        return SIP_SCHEME_SIP;
    if (sip_chars_equal(name, "sips"))
        return SIP_SCHEME_SIPS;
    if (sip_chars_equal(name, "tel"))
        return SIP_SCHEME_TEL;
    return SIP_SCHEME_OTHER;
}

/* RFC 3986, 3.1. @return Length without ":", 0 where there is none */
static size_t scheme_length(struct span s)
{
    size_t i = 0;

    if (!s.length || !sip_char_is(s.data[0], SIP_CHAR_ALPHA))
        return 0;
    while (i < s.length &&
           (sip_char_is(s.data[i], SIP_CHAR_ALPHA | SIP_CHAR_DIGIT) ||
            s.data[i] == '+' || s.data[i] == '-' || s.data[i] == '.'))
        i++;
    return i < s.length && s.data[i] == ':' ? i : 0;
}

/*
 * "user:password@". A "@" that is not escaped can only end the user part; of
 * several the last one before "?" is taken, as most servers do.
 */
static struct span take_user(struct span rest, struct sip_uri *u, bool *ok)
{
    struct span part;
    size_t at = span_find_byte(rest, '@'), colon;

    if (at == rest.length)
        return rest;
    at++;
    while ((colon = span_find_byte(span_from(rest, at), '@')) <
           rest.length - at)
        at += colon + 1;
    part = span_part(rest, 0, at - 1);
    colon = span_find_byte(part, ':');
    u->has_user = true;
    u->user = span_part(part, 0, colon);
    u->has_password = colon < part.length;
    u->password = span_from(part, colon + 1);
    *ok = *ok && sip_chars_all(u->user, SIP_CHAR_USER) &&
          span_find_byte(u->password, '@') == u->password.length;
    return span_from(rest, at);
}

static bool take_port(struct span s, struct sip_uri *u)
{
    size_t digits;
    uint64_t port = sip_chars_number(s, UINT16_MAX + 1, &digits);

    if (!digits || digits != s.length || port > UINT16_MAX)
        return false;
    u->port = (uint16_t)port;
    return true;
}

/* "host:port", "[2001:db8::1]:port" */
static bool take_host(struct span s, struct sip_uri *u)
{
    size_t end = 0;
    bool ok;

    if (s.length && s.data[0] == '[') {
        end = span_find_byte(s, ']');
        ok = end < s.length;
        end += ok;
        if (end < s.length && s.data[end] != ':')
            ok = false;
    } else {
        end = span_find_byte(s, ':');
        ok = sip_chars_all(span_part(s, 0, end), SIP_CHAR_HOST);
    }
    end += span_find_byte(span_from(s, end), ':');
    u->host = span_part(s, 0, end);
    if (end < s.length && !take_port(span_from(s, end + 1), u))
        ok = false;
    return ok && u->host.length > 0;
}

/* What stands behind "sip:" or "sips:". */
static bool parse_sip(struct span rest, struct sip_uri *u)
{
    size_t question, semicolon, at;
    struct span head;
    bool ok = true;

    /* "?" and ";" may stand in a user part: look behind the "@" */
    at = span_find_byte(rest, '@');
    question = at < rest.length ? at : 0;
    question += span_find_byte(span_from(rest, question), '?');
    u->headers = span_from(rest, question + 1);
    head = take_user(span_part(rest, 0, question), u, &ok);
    semicolon = span_find_byte(head, ';');
    u->params = span_from(head, semicolon + 1);
    if (!take_host(span_part(head, 0, semicolon), u))
        ok = false;
    return ok && (!u->has_user || u->user.length > 0);
}

static bool is_separator(char c)
{
    return c == '-' || c == '.' || c == '(' || c == ')';
}

static bool parse_tel(struct span rest, struct sip_uri *u)
{
    size_t end = span_find_byte(rest, ';');

    u->has_user = true;
    u->user = span_part(rest, 0, end);
    u->params = span_from(rest, end + 1);
    for (size_t i = 0; i < u->user.length; i++) {
        char c = u->user.data[i];

        if (!sip_char_is(c, SIP_CHAR_HEX) && !is_separator(c) && c != '*' &&
            c != '#' && !(c == '+' && i == 0))
            return false;
    }
    return u->user.length > 0;
}

static bool has_control_or_blank(struct span s)
{
    const char *end = span_end(s);

    return sip_low_find(s.data, end, ' ') < end ||
           sip_byte_find(s.data, end, '\x7f') < end;
}

/* The form that nearly all are of. */
static bool take_plain(struct span text, struct sip_uri *u)
{
    struct sip_plain_uri plain;

    if (!sip_plain_uri_split(text, &plain))
        return false;
    u->scheme = SIP_SCHEME_SIP;
    u->scheme_name = span_part(text, 0, 3);
    u->rest = span_from(text, 4);
    u->has_user = plain.user.length > 0;
    u->user = plain.user;
    u->host = plain.host;
    u->port = plain.port;
    u->params = plain.params;
    return true;
}

bool sip_uri_parse(struct span text, struct sip_uri *uri_out)
{
    struct sip_uri *u = uri_out;
    size_t scheme;
    bool clean;

    *u = (struct sip_uri){.scheme = SIP_SCHEME_NONE};
    if (take_plain(text, u))
        return true;
    text = sip_chars_trim(text);
    clean = text.length && !has_control_or_blank(text) && text.data[0] != '<';
    scheme = scheme_length(text);
    if (scheme) {
        u->scheme_name = span_part(text, 0, scheme);
        u->scheme = scheme_of(u->scheme_name);
        text = span_from(text, scheme + 1);
    }
    u->rest = text;
    if (u->scheme == SIP_SCHEME_OTHER) /* "host:5060" passes for one, too */
        return clean && text.length > 0;
    if (u->scheme == SIP_SCHEME_TEL)
        return parse_tel(text, u) && clean;
    return parse_sip(text, u) && clean && u->scheme != SIP_SCHEME_NONE;
}

uint16_t sip_uri_port(const struct sip_uri *uri)
{
    if (uri->port)
        return uri->port;
    return uri->scheme == SIP_SCHEME_SIPS ? 5061 : 5060;
}

/* --- writing -------------------------------------------------------------- */

static int hex_value(char c)
{
    if (sip_char_is(c, SIP_CHAR_DIGIT))
        return c - '0';
    c = sip_char_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at @at stands for, or -1. */
static int escaped_at(struct span s, size_t at)
{
    int high, low;

    if (at >= s.length || s.length - at < 3 || s.data[at] != '%')
        return -1;
    high = hex_value(s.data[at + 1]);
    low = hex_value(s.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Bytes of the UTF-8 character (RFC 3629, 4) that starts with @lead; 0: none */
static unsigned utf8_length(int lead)
{
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

static bool utf8_second_ok(int lead, int second)
{
    switch (lead) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

/*
 * Read the escaped character at @at: one printable ASCII byte, or all bytes
 * of one UTF-8 character, each escaped.
 *
 * @return Its length in bytes; 0 where the escape must stay
 */
static unsigned read_escaped(struct span s, size_t at, char bytes[4])
{
    int lead = escaped_at(s, at);
    unsigned length;

    if (lead < 0)
        return 0;
    bytes[0] = (char)lead;
    if (lead < 0x80)
        return lead >= 0x20 && lead != 0x7f;
    length = utf8_length(lead);
    for (unsigned i = 1; i < length; i++) {
        int next = escaped_at(s, at + (size_t)3 * i);

        if (next < 0x80 || next > 0xbf ||
            (i == 1 && !utf8_second_ok(lead, next)))
            return 0;
        bytes[i] = (char)next;
    }
    return length;
}

static size_t copy_as_is(struct span text, char *buffer, size_t cap)
{
    size_t length = text.length < cap ? text.length : cap;

    if (length)
        memcpy(buffer, text.data, length);
    return length;
}

size_t sip_uri_unescape(struct span text, char *buffer, size_t cap)
{
    size_t at = 0, length = 0;

    if (span_find_byte(text, '%') == text.length)
        return copy_as_is(text, buffer, cap);
    while (at < text.length && length < cap) {
        char bytes[4];
        unsigned count = read_escaped(text, at, bytes);

        if (count > cap - length)
            break;
        if (count) {
            memcpy(buffer + length, bytes, count);
            length += count;
            at += (size_t)3 * count;
        } else {
            buffer[length++] = text.data[at++];
        }
    }
    return length;
}

size_t sip_uri_user_write(const struct sip_uri *uri, char *buffer, size_t cap)
{
    struct span user = span_part(uri->user, 0, span_find_byte(uri->user, ';'));
    size_t length = 0;

    if (uri->scheme != SIP_SCHEME_TEL)
        return sip_uri_unescape(user, buffer, cap);
    for (size_t i = 0; i < user.length && length < cap; i++)
        if (!is_separator(user.data[i]))
            buffer[length++] = user.data[i];
    return length;
}

size_t sip_uri_number_write(const struct sip_uri *uri, char *buffer, size_t cap)
{
    struct span user = span_part(uri->user, 0, span_find_byte(uri->user, ';'));
    size_t length = 0, at = 0, digits = 0;

    if (sip_chars_all(user, SIP_CHAR_DIGIT))
        return copy_as_is(user, buffer, cap);
    while (at < user.length) {
        char bytes[4];
        unsigned count = read_escaped(user, at, bytes);
        char c = count ? bytes[0] : user.data[at];

        at += count ? (size_t)3 * count : 1;
        if (sip_char_is(c, SIP_CHAR_DIGIT) || (c == '+' && !length)) {
            if (length < cap)
                buffer[length++] = c;
            digits += c != '+';
        } else if (count > 1 || (unsigned char)c >= 0x80 ||
                   (sip_char_is(c, SIP_CHAR_ALPHA) &&
                    uri->scheme != SIP_SCHEME_TEL)) {
            return 0;
        }
    }
    return digits ? length : 0;
}

struct span sip_uri_header(const struct sip_uri *uri, struct span name)
{
    struct span rest = uri->headers;

    while (rest.length) {
        size_t end = span_find_byte(rest, '&');
        struct span header = span_part(rest, 0, end);
        size_t equals = span_find_byte(header, '=');

        if (span_equal_nocase(span_part(header, 0, equals), name))
            return span_from(header, equals + 1);
        rest = span_from(rest, end + 1);
    }
    return SPAN_NONE;
}
