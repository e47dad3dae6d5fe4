#include "store/copy.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "store/clean.h"

/* PostgreSQL counts time from 2000-01-01. */
#define EPOCH_2000_US INT64_C(946684800000000)

void copy_fini(struct copy *c)
{
    free(c->data);
    free(c->rows);
    *c = (struct copy){0};
}

void copy_reset(struct copy *c)
{
    c->used = 0;
    c->row_count = 0;
    c->failed = false;
}

bool copy_grow(struct copy *c, size_t length)
{
    size_t room = c->room ? c->room : 4096;
    char *grown;

    while (room - c->used < length)
        room *= 2;
    grown = c->failed ? NULL : realloc(c->data, room);
    if (!grown) {
        c->failed = true;
        return false;
    }
    c->data = grown;
    c->room = room;
    return true;
}

void copy_row(struct copy *c, int fields)
{
    size_t *rows =
        grow_for_one(c->rows, &c->row_room, c->row_count, sizeof(*rows));
    char *at;

    if (!rows) {
        c->failed = true;
        return;
    }
    c->rows = rows;
    c->rows[c->row_count++] = c->used;
    at = copy_take(c, 2);
    if (at)
        copy_be16(at, (uint16_t)fields);
}

void copy_row_drop(struct copy *c)
{
    if (c->row_count)
        c->used = c->rows[--c->row_count];
}

int copy_append_row(struct copy *c, const struct copy *more, size_t row)
{
    struct span bytes = copy_row_bytes(more, row);
    char *at;

    copy_row(c, 0);
    at = copy_take(c, bytes.length - 2);
    if (!at)
        return -ENOMEM;
    memcpy(at - 2, bytes.data, bytes.length);
    return c->failed ? -ENOMEM : 0;
}

int copy_append(struct copy *c, const struct copy *more)
{
    int rc = 0;

    for (size_t row = 0; rc == 0 && row < more->row_count; row++)
        rc = copy_append_row(c, more, row);
    return rc;
}

struct span copy_row_bytes(const struct copy *c, size_t row)
{
    size_t from = c->rows[row];
    size_t to = row + 1 < c->row_count ? c->rows[row + 1] : c->used;

    return span_of(c->data + from, to - from);
}

void copy_bool(struct copy *c, bool value)
{
    char byte = value;

    copy_bytes(c, &byte, 1);
}

void copy_time(struct copy *c, int64_t time_us)
{
    if (time_us < INT64_MIN + EPOCH_2000_US)
        copy_null(c);
    else
        copy_i64(c, time_us - EPOCH_2000_US);
}

void copy_address(struct copy *c, const struct address *a)
{
    size_t length = a->family == 4 ? 4 : 16;
    char *at;

    if (!a->family) {
        copy_null(c);
        return;
    }
    at = copy_take(c, 8 + length);
    if (!at)
        return;
    copy_be32(at, (uint32_t)(4 + length));
    at[4] = a->family == 4 ? 2 : 3; /* PGSQL_AF_INET, PGSQL_AF_INET6 */
    at[5] = (char)(length * 8);
    at[6] = 0; /* no cidr */
    at[7] = (char)length;
    memcpy(at + 8, a->bytes, length);
}

void copy_text(struct copy *c, struct span text)
{
    size_t start = c->used;
    char *at;

    if (!text.length) {
        copy_null(c);
        return;
    }
    if (clean_is_text(text) && text.length <= CLEAN_TEXT_MAX) {
        copy_bytes(c, text.data, text.length);
        return;
    }
    at = copy_take(c, 4 + CLEAN_TEXT_MAX);
    if (at) {
        size_t length = clean_write(text, at + 4, CLEAN_TEXT_MAX);

        copy_be32(at, (uint32_t)length);
        c->used = start + 4 + length;
    }
}

void copy_word(struct copy *c, const char *word)
{
    copy_bytes(c, word, strlen(word));
}

/* Length, dimensions, flags, type, count, lower bound. */
size_t copy_array(struct copy *c, enum copy_oid oid, size_t count)
{
    size_t start = c->used;
    char *at = copy_take(c, 24);

    if (!at)
        return start;
    copy_be32(at + 4, 1);
    copy_be32(at + 8, 0);
    copy_be32(at + 12, oid);
    copy_be32(at + 16, (uint32_t)count);
    copy_be32(at + 20, 1);
    if (count == 0) {
        copy_be32(at + 4, 0);
        c->used = start + 16;
    }
    return start;
}

void copy_array_count(struct copy *c, size_t start, size_t count)
{
    if (!c->failed)
        copy_be32(c->data + start + 16, (uint32_t)count);
}

void copy_array_end(struct copy *c, size_t start)
{
    if (!c->failed)
        copy_be32(c->data + start, (uint32_t)(c->used - start - 4));
}
