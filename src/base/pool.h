/**
 * Objects of one size, taken and given back at no cost of the heap.
 *
 * Memory is taken from the system in chunks and kept for the next object
 * until pool_fini().
 */
#ifndef SIPTRAIL_BASE_POOL_H
#define SIPTRAIL_BASE_POOL_H

#include <stddef.h>

struct pool_chunk;

struct pool {
    size_t item_bytes;
    size_t bytes; /* of all chunks */
    size_t used;  /* objects out */
    void *spare;  /* objects given back, linked through their first bytes */
    struct pool_chunk *chunks; /* owned */
    char *fresh;               /* never used bytes of the newest chunk */
    size_t fresh_items;
};

/** No memory is taken before the first object. */
void pool_init(struct pool *p, size_t item_bytes);
/** All objects are gone with it, given back or not. */
void pool_fini(struct pool *p);

/** An object, aligned to 8, all zero; NULL where there is no memory. */
void *pool_take(struct pool *p);
/** Likewise, but as it happens to be: for whoever writes little of it. */
void *pool_take_as_is(struct pool *p);
/** NULL is allowed. */
void pool_give(struct pool *p, void *item);

#endif
