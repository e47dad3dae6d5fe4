/**
 * Small texts kept for as long as their owner lives: a chain of blocks from a
 * shared pool, so that a million owners cost few allocations.
 */
#ifndef SIPTRAIL_BASE_TEXTS_H
#define SIPTRAIL_BASE_TEXTS_H

#include "base/pool.h"
#include "base/span.h"

struct texts_pool {
    struct pool blocks;
    size_t large_bytes; /* of pieces that fit no block */
};

struct texts_block;

/** All zero is an empty chain. */
struct texts {
    struct texts_block *blocks; /* newest first; owned */
};

void texts_pool_init(struct texts_pool *p);
/** Every chain must have been released. */
void texts_pool_fini(struct texts_pool *p);

/**
 * Room for @p length bytes, aligned to 8 where @p length is a multiple of 8.
 *
 * @return NULL where there is no memory. Valid until texts_release()
 */
char *texts_take(struct texts_pool *p, struct texts *t, size_t length);
/** Give back the end of the newest piece: it keeps @p length bytes. */
void texts_trim(struct texts *t, const char *piece, size_t length);
/** A copy; an empty span for an empty one, or where there is no memory. */
struct span texts_keep(struct texts_pool *p, struct texts *t, struct span s);
/** A text that is kept, and what it is to be. */
struct texts_row {
    struct span *to;
    struct span from; /* may be *to */
};

/**
 * Make these the only texts that @p t holds.
 *
 * In their places where each is as long as the one before, else all anew, so
 * that years of changes take no room.
 */
void texts_replace(struct texts_pool *p, struct texts *t,
                   const struct texts_row *rows, size_t count);

/** Overwrite these in their places; false where one has another length, and
 * texts_replace() is to be called for all. */
bool texts_overwrite(const struct texts_row *rows, size_t count);

/** Forget all pieces. */
void texts_release(struct texts_pool *p, struct texts *t);

#endif
