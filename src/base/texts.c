#include "base/texts.h"

#include <stdlib.h>

/* Five cache lines: a call that was just answered has 300 bytes of texts, one
 * that was challenged and went through a proxy 700. */
#define BLOCK_BYTES 320
/* A longer piece stands alone, behind the open block. */
#define PIECE_MAX_BYTES 240

struct texts_block {
    struct texts_block *next;
    uint32_t size; /* of bytes; 0 for a large piece alone */
    uint32_t used;
    char bytes[];
};

#define BLOCK_ROOM (BLOCK_BYTES - sizeof(struct texts_block))

void texts_pool_init(struct texts_pool *p)
{
    pool_init(&p->blocks, BLOCK_BYTES);
    p->large_bytes = 0;
}

void texts_pool_fini(struct texts_pool *p)
{
    pool_fini(&p->blocks);
}

__attribute__((noinline)) static char *
take_large(struct texts_pool *p, struct texts *t, size_t length)
{
    struct texts_block *b;

    if (length > UINT32_MAX)
        return NULL;
    b = malloc(sizeof(*b) + length);
    if (!b)
        return NULL;
    b->size = 0;
    b->used = (uint32_t)length;
    p->large_bytes += length;
    if (t->blocks) {
        b->next = t->blocks->next;
        t->blocks->next = b;
    } else {
        b->next = NULL;
        t->blocks = b;
    }
    return b->bytes;
}

/* Apart, so that what nearly all pieces need is short. */
__attribute__((noinline)) static char *
take_first(struct texts_pool *p, struct texts *t, size_t length)
{
    struct texts_block *b = pool_take_as_is(&p->blocks);

    if (!b)
        return NULL;
    b->size = BLOCK_ROOM;
    b->used = (uint32_t)length;
    b->next = t->blocks;
    t->blocks = b;
    return b->bytes;
}

char *texts_take(struct texts_pool *p, struct texts *t, size_t length)
{
    struct texts_block *b = t->blocks;
    size_t at;

    if (length > PIECE_MAX_BYTES)
        return take_large(p, t, length);
    if (!b)
        return take_first(p, t, length);
    at = length % 8 ? b->used : (b->used + 7) & ~(size_t)7;
    if (at + length > b->size)
        return take_first(p, t, length);
    b->used = (uint32_t)(at + length);
    return b->bytes + at;
}

void texts_trim(struct texts *t, const char *piece, size_t length)
{
    struct texts_block *b = t->blocks;

    if (b && b->size && piece >= b->bytes && piece <= b->bytes + b->used)
        b->used = (uint32_t)((size_t)(piece - b->bytes) + length);
}

struct span texts_keep(struct texts_pool *p, struct texts *t, struct span s)
{
    char *piece;

    if (!s.length)
        return SPAN_NONE;
    piece = texts_take(p, t, s.length);
    if (!piece)
        return SPAN_NONE;
    memcpy(piece, s.data, s.length);
    return span_of(piece, s.length);
}

static bool overwrite(const struct texts_row *row)
{
    union {
        const char *is;
        char *ours;
    } bytes = {row->to->data};

    if (row->to->length != row->from.length)
        return false;
    if (row->to->data != row->from.data && !span_equal(*row->to, row->from))
        memcpy(bytes.ours, row->from.data, row->from.length);
    return true;
}

bool texts_overwrite(const struct texts_row *rows, size_t count)
{
    bool same = true;

    for (size_t i = 0; i < count; i++)
        same &= overwrite(&rows[i]);
    return same;
}

void texts_replace(struct texts_pool *p, struct texts *t,
                   const struct texts_row *rows, size_t count)
{
    struct texts old = *t;

    if (texts_overwrite(rows, count))
        return;
    *t = (struct texts){0};
    for (size_t i = 0; i < count; i++)
        *rows[i].to = texts_keep(p, t, rows[i].from);
    texts_release(p, &old);
}

void texts_release(struct texts_pool *p, struct texts *t)
{
    while (t->blocks) {
        struct texts_block *b = t->blocks;

        t->blocks = b->next;
        if (b->size) {
            pool_give(&p->blocks, b);
        } else {
            p->large_bytes -= b->used;
            free(b);
        }
    }
}
