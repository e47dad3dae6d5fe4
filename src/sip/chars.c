#include "sip/chars.h"

#include "sip/lines.h"

#define IS(c, low, high) ((c) >= (low) && (c) <= (high))
#define ALPHA(c) (IS(c, 'a', 'z') || IS(c, 'A', 'Z'))
#define DIGIT(c) IS(c, '0', '9')
#define HEX(c) (DIGIT(c) || IS(c, 'a', 'f') || IS(c, 'A', 'F'))
/* RFC 3261, 25.1: mark without parentheses */
#define MARK(c)                                                                \
    ((c) == '-' || (c) == '_' || (c) == '.' || (c) == '!' || (c) == '~' ||     \
     (c) == '*' || (c) == '\'')
#define TOKEN(c)                                                               \
    (ALPHA(c) || DIGIT(c) || MARK(c) || (c) == '%' || (c) == '`' || (c) == '+')
#define BLANK(c) ((c) == ' ' || (c) == '\t' || (c) == '\r' || (c) == '\n')
#define USER(c)                                                                \
    (ALPHA(c) || DIGIT(c) || MARK(c) || (c) == '(' || (c) == ')' ||            \
     (c) == '&' || (c) == '=' || (c) == '+' || (c) == '$' || (c) == ',' ||     \
     (c) == ';' || (c) == '?' || (c) == '/' || (c) == '%')
#define HOST(c) (ALPHA(c) || DIGIT(c) || (c) == '-' || (c) == '.' || (c) == '_')

#define CLASSES(c)                                                             \
    ((TOKEN(c) ? SIP_CHAR_TOKEN : 0) | (DIGIT(c) ? SIP_CHAR_DIGIT : 0) |       \
     (ALPHA(c) ? SIP_CHAR_ALPHA : 0) | (HEX(c) ? SIP_CHAR_HEX : 0) |           \
     (BLANK(c) ? SIP_CHAR_BLANK : 0) | (USER(c) ? SIP_CHAR_USER : 0) |         \
     (HOST(c) ? SIP_CHAR_HOST : 0))
#define FOUR(c) CLASSES(c), CLASSES((c) + 1), CLASSES((c) + 2), CLASSES((c) + 3)
#define SIXTEEN(c) FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)

/* all bytes from 128 on are of no class */
const uint8_t sip_chars[256] = {
    SIXTEEN(0),  SIXTEEN(16), SIXTEEN(32), SIXTEEN(48),
    SIXTEEN(64), SIXTEEN(80), SIXTEEN(96), SIXTEEN(112),
};

size_t sip_chars_quoted(struct span s)
{
    size_t i = 1;
    const char *limit = span_end(s);
    const char *end = sip_byte_find(s.data + 1, limit, '"');

    /* mostly nothing is escaped */
    if (end == limit)
        return 0;
    if (sip_byte_find(s.data + 1, end, '\\') == end)
        return (size_t)(end - s.data) + 1;
    while (i < s.length && s.data[i] != '"')
        i += s.data[i] == '\\' ? 2 : 1;
    return i < s.length ? i + 1 : 0;
}

bool sip_chars_equal(struct span s, const char *lower)
{
    size_t i = 0;

    while (i < s.length && lower[i] && sip_char_lower(s.data[i]) == lower[i])
        i++;
    return i == s.length && !lower[i];
}

uint64_t sip_chars_number(struct span s, uint64_t max, size_t *digits_out)
{
    const uint64_t last = (UINT64_MAX - 9) / 10; /* takes one more digit */
    uint64_t value = 0;
    size_t i = 0;

    for (; i < s.length && sip_char_is(s.data[i], SIP_CHAR_DIGIT); i++)
        value = value > last ? UINT64_MAX
                             : value * 10 + (uint64_t)(s.data[i] - '0');
    *digits_out = i;
    return value < max ? value : max;
}
