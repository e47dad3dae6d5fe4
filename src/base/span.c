#include "base/span.h"

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;

    return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

static bool bytes_equal_nocase(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool span_equal_nocase(struct span a, struct span b)
{
    /* mostly they are written alike */
    return a.length == b.length &&
           (a.length == 0 || memcmp(a.data, b.data, a.length) == 0 ||
            bytes_equal_nocase(a.data, b.data, a.length));
}

bool span_starts_nocase(struct span s, struct span prefix)
{
    return s.length >= prefix.length &&
           bytes_equal_nocase(s.data, prefix.data, prefix.length);
}

void span_lower_write(struct span s, char *buffer)
{
    const uint64_t every = UINT64_C(0x0101010101010101);
    size_t i = 0;

    for (; s.length - i >= 8; i += 8) {
        uint64_t word, low, upper;

        memcpy(&word, s.data + i, 8);
        /* the high bit of each byte that is "A" to "Z" */
        low = word & every * 0x7f;
        upper = (low + every * (0x80 - 'A')) & ~(low + every * (0x7f - 'Z')) &
                ~word & every * 0x80;
        word |= upper >> 2;
        memcpy(buffer + i, &word, 8);
    }
    for (; i < s.length; i++)
        buffer[i] = (char)lower(s.data[i]);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
    while (s.length && is_blank(s.data[0])) {
        s.data++;
        s.length--;
    }
    while (s.length && is_blank(s.data[s.length - 1]))
        s.length--;
    return s;
}

static bool long_to_u64(struct span s, uint64_t max, uint64_t *value_out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < s.length; i++) {
        unsigned digit = (unsigned)(unsigned char)s.data[i] - '0';

        if (digit > 9 || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *value_out = value;
    return true;
}

/* So few digits that no number of theirs is too large for the word. */
#define DIGITS_SAFE 19

bool span_to_u64(struct span s, uint64_t max, uint64_t *value_out)
{
    uint64_t value = 0;

    if (!s.length)
        return false;
    if (s.length > DIGITS_SAFE)
        return long_to_u64(s, max, value_out);
    for (size_t i = 0; i < s.length; i++) {
        unsigned digit = (unsigned)(unsigned char)s.data[i] - '0';

        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *value_out = value;
    return true;
}
