#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 32768

struct pool_chunk {
    struct pool_chunk *next;
    size_t pad;
};

void pool_init(struct pool *p, size_t item_bytes)
{
    *p = (struct pool){.item_bytes = (item_bytes + 7) & ~(size_t)7};
}

void pool_fini(struct pool *p)
{
    while (p->chunks) {
        struct pool_chunk *c = p->chunks;

        p->chunks = c->next;
        free(c);
    }
    *p = (struct pool){.item_bytes = p->item_bytes};
}

static int add_chunk(struct pool *p)
{
    size_t items = CHUNK_BYTES / p->item_bytes;
    struct pool_chunk *c;

    if (!items)
        items = 1;
    c = malloc(sizeof(*c) + items * p->item_bytes);
    if (!c)
        return -1;
    c->next = p->chunks;
    p->chunks = c;
    p->fresh = (char *)(c + 1);
    p->fresh_items = items;
    return 0;
}

void *pool_take(struct pool *p)
{
    void *item = p->spare;

    if (item) {
        memcpy(&p->spare, item, sizeof(p->spare));
    } else {
        if (!p->fresh_items && add_chunk(p))
            return NULL;
        item = p->fresh;
        p->fresh += p->item_bytes;
        p->fresh_items--;
    }
    p->used++;
    memset(item, 0, p->item_bytes);
    return item;
}

void pool_give(struct pool *p, void *item)
{
    if (!item)
        return;
    memcpy(item, &p->spare, sizeof(p->spare));
    p->spare = item;
    p->used--;
}
