#include "base/arena.h"

#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    size_t used;
    size_t pad;
};

void arena_init(struct arena *a, size_t chunk_bytes)
{
    *a = (struct arena){.chunk_bytes = chunk_bytes};
}

static void free_chunks(struct arena_chunk *c)
{
    while (c) {
        struct arena_chunk *next = c->next;

        free(c);
        c = next;
    }
}

void arena_fini(struct arena *a)
{
    free_chunks(a->chunks);
    *a = (struct arena){.chunk_bytes = a->chunk_bytes};
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = a->chunks;

    if (!keep)
        return;
    free_chunks(keep->next);
    keep->next = NULL;
    keep->used = 0;
    a->total_bytes = keep->size;
}

static struct arena_chunk *add_chunk(struct arena *a, size_t length)
{
    size_t size = length > a->chunk_bytes ? length : a->chunk_bytes;
    struct arena_chunk *c = malloc(sizeof(*c) + size);

    if (!c)
        return NULL;
    c->size = size;
    c->used = 0;
    c->next = a->chunks;
    a->chunks = c;
    a->total_bytes += size;
    return c;
}

void *arena_take(struct arena *a, size_t length)
{
    struct arena_chunk *c = a->chunks;
    size_t rounded = (length + 7) & ~(size_t)7;
    void *piece;

    if (rounded < length)
        return NULL;
    if (!c || c->size - c->used < rounded)
        c = add_chunk(a, rounded);
    if (!c)
        return NULL;
    piece = (char *)(c + 1) + c->used;
    c->used += rounded;
    return piece;
}

bool arena_copy(struct arena *a, struct span s, struct span *copy_out)
{
    char *piece;

    *copy_out = SPAN_NONE;
    if (!s.length)
        return true;
    piece = arena_take(a, s.length);
    if (!piece)
        return false;
    memcpy(piece, s.data, s.length);
    *copy_out = span_of(piece, s.length);
    return true;
}
