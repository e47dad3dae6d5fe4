/**
 * Shared blocks of message bytes.
 *
 * One thread fills a slab with many messages and hands each on with a
 * reference; the slab goes back to its pool when the last one is released, by
 * whichever thread. So message bytes are copied once, and freed in bulk.
 */
#ifndef SIPTRAIL_BASE_SLAB_H
#define SIPTRAIL_BASE_SLAB_H

#include <stddef.h>

struct slab_pool;
struct slab;

/**
 * @param slab_bytes  Size of an ordinary slab; a larger piece gets a slab of
 *                    its own
 */
struct slab_pool *slab_pool_new(size_t slab_bytes);
/** All slabs must have been released. NULL is allowed. */
void slab_pool_free(struct slab_pool *pool);
/** Bytes of all slabs in use: full, being filled or waiting for readers. */
size_t slab_pool_bytes(const struct slab_pool *pool);

/**
 * Reserve @p length bytes, aligned to 8, in the pool's open slab. One thread
 * only per pool. May be followed by slab_trim() for the same piece.
 *
 * @param slab_out  The slab it lies in, with a reference for the caller
 * @return NULL where there is no memory
 */
void *slab_take(struct slab_pool *pool, size_t length, struct slab **slab_out);

/** Give back what the newest piece did not need: it keeps @p length bytes. */
void slab_trim(struct slab_pool *pool, void *piece, size_t length);

/** Another reference. Any thread that holds one. */
void slab_hold(struct slab *slab);
/** Give up one reference. Any thread. NULL is allowed. */
void slab_release(struct slab *slab);
/** Several at once: what is released counts for other threads. */
void slab_release_some(struct slab *slab, unsigned references);

#endif
