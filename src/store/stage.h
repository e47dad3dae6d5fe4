/**
 * A batch on its way: first what nobody sees yet, then what names it.
 */
#ifndef SIPTRAIL_STORE_STAGE_H
#define SIPTRAIL_STORE_STAGE_H

#include "store/batch.h"
#include "store/ranges.h"
#include "store/writer.h"

struct pg_conn;

struct stage {
    struct pg_conn *conn;
    const struct key *run_key;
    struct ranges ranges;            /* of the first stage */
    struct copy parts;               /* of the second */
    struct writer_counters counters; /* of what this stage committed */
    uint64_t *lost;                  /* by source: messages refused */
    size_t source_count;
};

/** Does the look at what is stored have to wait for earlier batches? */
bool stage_needs_order(const struct batch *b);

/** Look up what is stored; send blocks and texts. */
WARN_UNUSED int stage_blocks(struct stage *s, struct batch *b,
                             struct error *err);

/** Send parts, dialogs, exchanges and calls in one transaction. */
WARN_UNUSED int stage_records(struct stage *s, struct batch *b,
                              struct error *err);

#endif
