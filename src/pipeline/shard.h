/**
 * A thread that correlates the messages of its Call-IDs. Of several, and of
 * what they share, shards.h takes care.
 */
#ifndef SIPTRAIL_PIPELINE_SHARD_H
#define SIPTRAIL_PIPELINE_SHARD_H

#include "call/correlator.h"
#include "pipeline/batch.h"

struct shard;

struct shard_options {
    struct correlator *correlator; /* borrowed */
    size_t batches;                /* most that wait for it */
    size_t no;                     /* among others */
    /** Its first act; no batch is taken before it returns. */
    int (*begin_fn)(void *arg, size_t no);
    /**
     * It has come to a mark, even after an error.
     *
     * @param rc  Of what it did so far
     * @return 0, or what stopped the run
     */
    int (*meet_fn)(void *arg, const struct mark *m, int rc);
    void *arg;
};

/** Starts its thread. @return 0 or a negative errno */
WARN_UNUSED int shard_start(const struct shard_options *options,
                            struct shard **shard_out);

/**
 * The batch being filled, the reader's until shard_hand_over(). Empty at
 * first.
 *
 * @param wait  For a free one, where there is none
 * @return NULL where there is none
 */
struct batch *shard_batch(struct shard *s, bool wait);
/** It becomes the thread's. Nothing happens where it holds nothing. */
void shard_hand_over(struct shard *s);

/** Batches on their way to it, and bytes of the messages in them. Any thread.
 */
size_t shard_depth(struct shard *s);
size_t shard_bytes(const struct shard *s);

/** No more batches: waits for the thread. */
void shard_join(struct shard *s);
/** Messages behind the reorder window, once it is joined. */
uint64_t shard_too_late(const struct shard *s);
/** Once it is joined. NULL is allowed. */
void shard_free(struct shard *s);

#endif
