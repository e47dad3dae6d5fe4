#include "base/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/lines.h"
#include "base/poison.h"

/* A pool that has grown as large as HUGE_FROM_BYTES goes on in huge pages: the
 * host of a virtual machine may take milliseconds to hand one out. */
#define CHUNK_BYTES 32768
#define HUGE_FROM_BYTES ((size_t)16 << 20)

/* A line of its own, so that the items behind it begin lines. */
struct pool_chunk {
    _Alignas(FETCH_LINE_BYTES) struct pool_chunk *next;
};

/* A large item begins a line: one less to be fetched. */
void pool_init(struct pool *p, size_t item_bytes)
{
    size_t unit = item_bytes > FETCH_LINE_BYTES ? FETCH_LINE_BYTES : 8;

    *p = (struct pool){.item_bytes = (item_bytes + unit - 1) & ~(unit - 1)};
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

/* Apart, so that taking an item is short. */
__attribute__((noinline)) static int add_chunk(struct pool *p)
{
    bool is_huge = p->bytes >= HUGE_FROM_BYTES && p->item_bytes < CHUNK_BYTES;
    size_t room =
        is_huge ? LINES_HUGE_BYTES - sizeof(struct pool_chunk) : CHUNK_BYTES;
    size_t items = room / p->item_bytes;
    struct pool_chunk *c;

    if (!items)
        items = 1;
    c = lines_alloc(is_huge ? LINES_HUGE_BYTES
                            : sizeof(*c) + items * p->item_bytes);
    if (!c)
        return -1;
    c->next = p->chunks;
    p->chunks = c;
    p->bytes += items * p->item_bytes;
    p->fresh = (char *)(c + 1);
    p->fresh_items = items;
    poison(p->fresh, items * p->item_bytes);
    return 0;
}

static inline void *take(struct pool *p, size_t fetched)
{
    void *item = p->spare;

    if (item) {
        unpoison(item, p->item_bytes);
        memcpy(&p->spare, item, sizeof(p->spare));
        /* It was given back long ago: let it be there when it is taken. */
        if (p->spare)
            fetch_lines_to_write(p->spare, fetched);
    } else {
        if (!p->fresh_items && add_chunk(p))
            return NULL;
        item = p->fresh;
        unpoison(item, p->item_bytes);
        p->fresh += p->item_bytes;
        p->fresh_items--;
    }
    p->used++;
    return item;
}

void *pool_take(struct pool *p)
{
    void *item = take(p, p->item_bytes);

    if (item)
        memset(item, 0, p->item_bytes);
    return item;
}

void *pool_take_as_is(struct pool *p)
{
    return take(p, FETCH_LINE_BYTES);
}

void pool_give(struct pool *p, void *item)
{
    if (!item)
        return;
    memcpy(item, &p->spare, sizeof(p->spare));
    poison(item, p->item_bytes);
    p->spare = item;
    p->used--;
}
