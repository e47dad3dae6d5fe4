/**
 * A checked reader of binary fields in network order.
 *
 * Reading past the end gives zeros and sets `short_` once and for all, so a
 * decoder reads a whole header and asks reader_ok() once.
 */
#ifndef SIPTRAIL_BASE_READER_H
#define SIPTRAIL_BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *at;  /* borrowed: next byte to read */
    const uint8_t *end; /* one past the last captured byte */
    bool short_;        /* a read went past the end */
};

static inline struct reader reader_of(const void *data, size_t length)
{
    const uint8_t *at = (const uint8_t *)data;

    return (struct reader){at, at + length, false};
}

static inline size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

static inline bool reader_ok(const struct reader *r)
{
    return !r->short_;
}

/** The next @p length bytes, or NULL where there are fewer. */
static inline const uint8_t *reader_take(struct reader *r, size_t length)
{
    const uint8_t *taken = r->at;

    if (reader_left(r) < length) {
        r->short_ = true;
        r->at = r->end;
        return NULL;
    }
    r->at += length;
    return taken;
}

static inline void reader_skip(struct reader *r, size_t length)
{
    (void)reader_take(r, length);
}

static inline uint8_t reader_u8(struct reader *r)
{
    const uint8_t *p = reader_take(r, 1);

    return p ? p[0] : 0;
}

static inline uint16_t reader_be16(struct reader *r)
{
    const uint8_t *p = reader_take(r, 2);

    if (!p)
        return 0;
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t reader_be32(struct reader *r)
{
    const uint8_t *p = reader_take(r, 4);

    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
                   (uint32_t)p[2] << 8 | p[3]
             : 0;
}

#endif
