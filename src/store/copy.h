/**
 * Rows in the binary form of COPY, in one growing buffer.
 *
 * Each field is a 4-byte length, -1 for NULL, and its bytes in network order.
 * Running out of memory sets `failed` once and for all.
 */
#ifndef SIPTRAIL_STORE_COPY_H
#define SIPTRAIL_STORE_COPY_H

#include <endian.h>

#include "base/inet.h"
#include "base/key.h"
#include "base/time.h"

struct copy {
    char *data;
    size_t used;
    size_t room;
    size_t *rows; /* where each row begins */
    size_t row_count;
    size_t row_room;
    bool failed;
};

/** Object IDs of PostgreSQL's built-in types, the same on every server. */
enum copy_oid {
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_INET = 869,
    OID_UUID = 2950
};

void copy_fini(struct copy *c);
/** Forget the rows, keep the memory. */
void copy_reset(struct copy *c);
/** Room for @p length more bytes; false, and failed set, without memory. */
bool copy_grow(struct copy *c, size_t length);

static inline char *copy_take(struct copy *c, size_t length)
{
    char *at;

    if (c->room - c->used < length && !copy_grow(c, length))
        return NULL;
    at = c->data + c->used;
    c->used += length;
    return at;
}

/** Begin a row of @p fields fields. */
void copy_row(struct copy *c, int fields);
/** Undo the newest row; add one row, or all, of another: 0 or -ENOMEM. */
void copy_row_drop(struct copy *c);
int copy_append_row(struct copy *c, const struct copy *more, size_t row);
int copy_append(struct copy *c, const struct copy *more);
struct span copy_row_bytes(const struct copy *c, size_t row);

static inline void copy_be16(char *at, uint16_t value)
{
    value = htobe16(value);
    memcpy(at, &value, 2);
}

static inline void copy_be32(char *at, uint32_t value)
{
    value = htobe32(value);
    memcpy(at, &value, 4);
}

static inline void copy_be64(char *at, uint64_t value)
{
    value = htobe64(value);
    memcpy(at, &value, 8);
}

static inline void copy_null(struct copy *c)
{
    char *at = copy_take(c, 4);

    if (at)
        copy_be32(at, UINT32_MAX);
}

static inline void copy_i16(struct copy *c, int16_t value)
{
    char *at = copy_take(c, 6);

    if (at) {
        copy_be32(at, 2);
        copy_be16(at + 4, (uint16_t)value);
    }
}

static inline void copy_i32(struct copy *c, int32_t value)
{
    char *at = copy_take(c, 8);

    if (at) {
        copy_be32(at, 4);
        copy_be32(at + 4, (uint32_t)value);
    }
}

static inline void copy_i64(struct copy *c, int64_t value)
{
    char *at = copy_take(c, 12);

    if (at) {
        copy_be32(at, 8);
        copy_be64(at + 4, (uint64_t)value);
    }
}

static inline void copy_bytes(struct copy *c, const void *data, size_t length)
{
    char *at = copy_take(c, 4 + length);

    if (at) {
        copy_be32(at, (uint32_t)length);
        if (length)
            memcpy(at + 4, data, length);
    }
}

static inline void copy_key(struct copy *c, const struct key *key)
{
    copy_bytes(c, key->bytes, sizeof(key->bytes));
}

void copy_bool(struct copy *c, bool value);
/** Microseconds since 1970; TIME_NONE is NULL. */
void copy_time(struct copy *c, int64_t time_us);
/** inet; family 0 is NULL. */
void copy_address(struct copy *c, const struct address *a);
/** Made valid text (clean.h), or a word of ours; an empty span is NULL. */
void copy_text(struct copy *c, struct span text);
void copy_word(struct copy *c, const char *word);

/** Begin an array of @p count elements, which are to follow as fields. */
size_t copy_array(struct copy *c, enum copy_oid oid, size_t count);
/** End it: @p start is what copy_array() returned. */
void copy_array_end(struct copy *c, size_t start);
/** Set the count of an array begun before it was known. */
void copy_array_count(struct copy *c, size_t start, size_t count);

#endif
