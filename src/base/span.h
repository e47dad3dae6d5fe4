/**
 * A borrowed run of bytes. A span never owns: who makes one says until when
 * the bytes stay. data may be NULL only where length is 0.
 */
#ifndef SIPTRAIL_BASE_SPAN_H
#define SIPTRAIL_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *data;
    size_t length; /* bytes */
};

#define SPAN_NONE ((struct span){NULL, 0})
/** A span over a string literal, without its NUL. */
#define SPAN_LITERAL(text) ((struct span){"" text, sizeof(text) - 1})
/** For printf's "%.*s". */
#define SPAN_ARG(span) (int)(span).length, (span).data ? (span).data : ""

static inline struct span span_of(const void *data, size_t length)
{
    return (struct span){(const char *)data, length};
}

static inline struct span span_of_string(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

/** Behind its last byte. In C nothing can be added to NULL, not even 0. */
static inline const char *span_end(struct span s)
{
    return s.length ? s.data + s.length : s.data;
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.length == b.length &&
           (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/** As span_equal(), for short words on the hot path: without a call. */
static inline bool span_equal_short(struct span a, struct span b)
{
    uint64_t word[2], last_word[2];
    uint32_t half[2], last_half[2];
    size_t length = b.length;

    if (a.length != length || length > 16)
        return span_equal(a, b);
    if (length >= 8) { /* the two words may overlap */
        memcpy(&word[0], a.data, 8);
        memcpy(&word[1], b.data, 8);
        memcpy(&last_word[0], a.data + length - 8, 8);
        memcpy(&last_word[1], b.data + length - 8, 8);
        return word[0] == word[1] && last_word[0] == last_word[1];
    }
    if (length >= 4) {
        memcpy(&half[0], a.data, 4);
        memcpy(&half[1], b.data, 4);
        memcpy(&last_half[0], a.data + length - 4, 4);
        memcpy(&last_half[1], b.data + length - 4, 4);
        return half[0] == half[1] && last_half[0] == last_half[1];
    }
    return !length || (a.data[0] == b.data[0] &&
                       a.data[length / 2] == b.data[length / 2] &&
                       a.data[length - 1] == b.data[length - 1]);
}

/** Part of @p s from @p from on, at most @p length bytes; clamped to @p s. */
static inline struct span span_part(struct span s, size_t from, size_t length)
{
    if (from >= s.length)
        return span_of(s.data ? s.data + s.length : NULL, 0);
    if (length > s.length - from)
        length = s.length - from;
    return span_of(s.data + from, length);
}

static inline struct span span_from(struct span s, size_t from)
{
    return span_part(s, from, s.length);
}

/** Offset of the first @p byte, or s.length. */
static inline size_t span_find_byte(struct span s, char byte)
{
    const char *hit =
        s.length ? (const char *)memchr(s.data, byte, s.length) : NULL;
    return hit ? (size_t)(hit - s.data) : s.length;
}

/** ASCII case only, as SIP compares tokens (RFC 3261, 7.3.1). */
bool span_equal_nocase(struct span a, struct span b);
bool span_starts_nocase(struct span s, struct span prefix);

/** Write @p s with its capital ASCII letters as small ones, in as many bytes.
 */
void span_lower_write(struct span s, char *buffer);

/** Without leading and trailing SP, HTAB, CR and LF. */
struct span span_trim(struct span s);

/**
 * Read all of @p s as a decimal number.
 *
 * @return false, and *value_out untouched, where @p s is empty, holds anything
 *         but digits, or names more than @p max
 */
bool span_to_u64(struct span s, uint64_t max, uint64_t *value_out);

#endif
