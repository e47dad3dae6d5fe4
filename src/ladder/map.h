/**
 * A set of 64-bit hashes with a number each: what a diagram needs to count
 * and to recognise, in constant time a look-up. Nothing is ever removed.
 */
#ifndef SIPTRAIL_LADDER_MAP_H
#define SIPTRAIL_LADDER_MAP_H

#include "base/error.h"
#include "base/span.h"

struct map_slot {
    uint64_t hash; /* 0: free */
    uint32_t value;
};

/** All zero is empty. */
struct map {
    struct map_slot *slots; /* owned */
    size_t room;            /* a power of two, or 0 */
    size_t count;
};

void map_fini(struct map *m);

/** @return The value's place, valid until the next map_add(); NULL if none */
uint32_t *map_find(const struct map *m, uint64_t hash);

/**
 * map_find(), made with the value 0 where it is missing.
 *
 * @return NULL where there is no memory
 */
uint32_t *map_add(struct map *m, uint64_t hash);

#endif
