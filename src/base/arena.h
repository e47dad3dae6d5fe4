/**
 * A bump allocator: many small pieces, freed all at once.
 */
#ifndef SIPTRAIL_BASE_ARENA_H
#define SIPTRAIL_BASE_ARENA_H

#include <stddef.h>

#include "base/span.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first; owned */
    size_t chunk_bytes;         /* least size of a chunk */
    size_t total_bytes;         /* of all chunks */
};

/** No memory is taken before the first piece. */
void arena_init(struct arena *a, size_t chunk_bytes);
void arena_fini(struct arena *a);

/** Forget all pieces; keeps one chunk for the next ones. */
void arena_reset(struct arena *a);

/**
 * @p length bytes, aligned to 8, not cleared.
 *
 * @return NULL where there is no memory. Valid until arena_reset() or _fini()
 */
void *arena_take(struct arena *a, size_t length);

/**
 * A copy of @p s in the arena; an empty span for an empty one.
 *
 * @return false where there is no memory; *copy_out is then SPAN_NONE
 */
bool arena_copy(struct arena *a, struct span s, struct span *copy_out);

#endif
