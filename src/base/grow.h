/**
 * Arrays that double when they are full.
 */
#ifndef SIPTRAIL_BASE_GROW_H
#define SIPTRAIL_BASE_GROW_H

#include <stddef.h>
#include <stdlib.h>

/**
 * The array, with room for one element behind the first @p count.
 *
 * @param items  NULL where *room is 0; moved, so keep what is returned
 * @param room   Elements that it has room for; set
 * @param each   Bytes of one
 * @return NULL where there is no memory: array and *room are as they were
 */
static inline void *grow_for_one(void *items, size_t *room, size_t count,
                                 size_t each)
{
    size_t wanted = *room ? *room * 2 : 16;
    void *grown;

    if (count < *room)
        return items;
    grown = realloc(items, wanted * each);
    if (grown)
        *room = wanted;
    return grown;
}

#endif
