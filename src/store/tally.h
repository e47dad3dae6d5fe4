/**
 * Which captures a batch has messages of, and how many: it is sent by
 * whoever finds it in the spool, and the accounts grow with it.
 */
#ifndef SIPTRAIL_STORE_TALLY_H
#define SIPTRAIL_STORE_TALLY_H

#include "base/error.h"
#include "base/key.h"

struct batch;

/** By how much the account of a capture grows with the batch. */
struct batch_tally {
    struct key capture_key;
    uint64_t stored; /* messages handed over, duplicates apart */
    uint64_t duplicates;
    uint64_t dropped; /* in earlier batches, which the spool gave up */
};

/** The captures whose ordinals sources and gaps have. */
WARN_UNUSED int batch_set_captures(struct batch *b, const struct key *captures,
                                   size_t count);
/** One more of them. */
WARN_UNUSED int batch_add_capture(struct batch *b, const struct key *capture,
                                  uint32_t *ordinal_out);
/** Adds to what is there of this capture. */
WARN_UNUSED int batch_add_tally(struct batch *b,
                                const struct batch_tally *tally);

#endif
