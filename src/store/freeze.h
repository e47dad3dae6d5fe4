/**
 * A batch as bytes, for the spool, and back.
 */
#ifndef SIPTRAIL_STORE_FREEZE_H
#define SIPTRAIL_STORE_FREEZE_H

#include "store/batch.h"
#include "store/segment.h"

/**
 * What the bytes' form depends on: columns, kinds, sizes. A batch frozen
 * under one identity is not to be thawed under another.
 */
uint64_t freeze_identity(void);

/** @return 0 or -ENOMEM. @p out is written from its begin */
WARN_UNUSED int freeze_batch(struct batch *b, struct copy *out);

/**
 * Any bytes are allowed.
 *
 * @param b  Empty; on failure batch_reset() it
 * @return 0; -EILSEQ where the bytes are no batch; -ENOMEM
 */
WARN_UNUSED int freeze_thaw(const void *bytes, size_t length, struct batch *b);

/** What of a batch is lost where it is dropped. */
struct spool_counts freeze_counts(const struct batch *b);

#endif
