#include "sip/identity.h"

#include "sip/chars.h"

#define JSON_DEPTH_MAX 16

/* --- base64url without padding (RFC 4648, 5; RFC 7515, 2) ---------------- */

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-' || c == '+')
        return 62;
    if (c == '_' || c == '/')
        return 63;
    return -1;
}

/* @return bytes written; 0 where it is no base64url or does not fit */
static size_t decode(struct span text, char *buffer, size_t cap)
{
    uint32_t held = 0;
    unsigned bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < text.length; i++) {
        int digit = digit_of(text.data[i]);

        if (digit < 0)
            return 0;
        held = held << 6 | (uint32_t)digit;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        if (n == cap)
            return 0;
        buffer[n++] = (char)(unsigned char)(held >> bits & 0xff);
    }
    return n;
}

/* --- JSON, as far as claims need it (RFC 8259) ---------------------------- */

/* A string that begins at data[at] == '"': its bytes, escapes left as they
 * are. @return offset behind the closing quote, or 0 where it stays open */
static size_t take_string(struct span json, size_t at, struct span *string_out)
{
    size_t start = at + 1;

    for (at = start; at < json.length; at++) {
        if (json.data[at] == '\\') {
            at++;
        } else if (json.data[at] == '"') {
            *string_out = span_part(json, start, at - start);
            return at + 1;
        }
    }
    return 0;
}

static void note_claim(struct span name, struct span value,
                       struct sip_identity *identity)
{
    if (span_equal(name, SPAN_LITERAL("attest")) && !identity->attest.length)
        identity->attest = value;
    else if (span_equal(name, SPAN_LITERAL("origid")) &&
             !identity->origid.length)
        identity->origid = value;
}

/* Members of the outermost object whose value is a string. */
static void read_claims(struct span json, struct sip_identity *identity)
{
    struct span name = SPAN_NONE, string;
    bool is_value = false;
    unsigned depth = 0;
    size_t at = 0;

    while (at < json.length) {
        char c = json.data[at];

        if (c == '"') {
            at = take_string(json, at, &string);
            if (!at)
                return;
            if (depth == 1 && is_value)
                note_claim(name, string, identity);
            else if (depth == 1)
                name = string;
            continue;
        }
        if ((c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX)
            return;
        if ((c == '}' || c == ']') && --depth == 0)
            return;
        if (depth == 1 && (c == ':' || c == ','))
            is_value = c == ':';
        if (!depth && !sip_char_is(c, SIP_CHAR_BLANK))
            return;
        at++;
    }
}

bool sip_identity_parse(struct span value, char buffer[SIP_IDENTITY_BYTES],
                        struct sip_identity *identity_out)
{
    struct span token = sip_chars_trim(value);
    struct span payload;

    *identity_out = (struct sip_identity){0};
    token.length = span_find_byte(token, ';');
    token = sip_chars_trim(token);
    payload = span_from(token, span_find_byte(token, '.') + 1);
    payload.length = span_find_byte(payload, '.');
    if (!payload.length)
        return false;
    payload = span_of(buffer, decode(payload, buffer, SIP_IDENTITY_BYTES));
    read_claims(payload, identity_out);
    return identity_out->attest.length || identity_out->origid.length;
}
