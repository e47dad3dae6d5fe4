/**
 * Classes of bytes in header text (RFC 3261, 25.1), for the parsers of this
 * folder.
 */
#ifndef SIPTRAIL_SIP_CHARS_H
#define SIPTRAIL_SIP_CHARS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum sip_char {
    SIP_CHAR_TOKEN = 1,
    SIP_CHAR_DIGIT = 2,
    SIP_CHAR_ALPHA = 4,
    SIP_CHAR_HEX = 8,
    SIP_CHAR_BLANK = 16, /* SP, HTAB, CR, LF: what a fold is made of */
    SIP_CHAR_USER = 32,  /* of a user part, "%" included, ":" not */
    SIP_CHAR_HOST = 64   /* of a host name or IPv4 address, "_" tolerated */
};

extern const uint8_t sip_chars[256];

static inline bool sip_char_is(char c, unsigned classes)
{
    return sip_chars[(unsigned char)c] & classes;
}

/** ASCII only. */
static inline char sip_char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/** Bytes at the beginning of @p s that are all of @p classes. */
static inline size_t sip_chars_run(struct span s, unsigned classes)
{
    size_t i = 0;

    while (i < s.length && sip_char_is(s.data[i], classes))
        i++;
    return i;
}

/** Is @p s not empty and all of @p classes? */
static inline bool sip_chars_all(struct span s, unsigned classes)
{
    return s.length && sip_chars_run(s, classes) == s.length;
}

/** Without blanks before it. */
static inline struct span sip_chars_skip_blank(struct span s)
{
    while (s.length && sip_char_is(s.data[0], SIP_CHAR_BLANK)) {
        s.data++;
        s.length--;
    }
    return s;
}

/** Without blanks behind it. */
static inline struct span sip_chars_trim_end(struct span s)
{
    while (s.length && sip_char_is(s.data[s.length - 1], SIP_CHAR_BLANK))
        s.length--;
    return s;
}

/** span_trim(), inlined for the hot path. */
static inline struct span sip_chars_trim(struct span s)
{
    return sip_chars_trim_end(sip_chars_skip_blank(s));
}

/** A number of one to nine digits and nothing else, the usual form: it is in
 * every range, and needs no trimming. */
static inline bool sip_chars_plain_number(struct span s, uint32_t *number_out)
{
    uint32_t number = 0;

    if (!s.length || s.length > 9)
        return false;
    for (size_t i = 0; i < s.length; i++) {
        unsigned digit = (unsigned char)s.data[i] - (unsigned)'0';

        if (digit > 9)
            return false;
        number = number * 10 + digit;
    }
    *number_out = number;
    return true;
}

/**
 * Where a quoted-string that begins with s.data[0] == '"' ends.
 *
 * @return Offset behind the closing quote, or 0 where it stays open
 */
size_t sip_chars_quoted(struct span s);

/** Is all of @p s equal to @p lower (lower case), any case? */
bool sip_chars_equal(struct span s, const char *lower);

/** Leading digits of @p s as a number; *digits_out says how many. */
uint64_t sip_chars_number(struct span s, uint64_t max, size_t *digits_out);

#endif
