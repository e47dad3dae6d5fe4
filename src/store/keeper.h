/**
 * The spool of a writer: freezes its batches into it, and has a sender that
 * takes them out. What the spool drops is told with the next batch.
 */
#ifndef SIPTRAIL_STORE_KEEPER_H
#define SIPTRAIL_STORE_KEEPER_H

#include "store/batch.h"
#include "store/writer.h"

struct keeper;

WARN_UNUSED int keeper_new(const char *db, const struct writer_options *options,
                           const struct key *run_key,
                           struct keeper **keeper_out, struct error *err);
/** Ends the sender where keeper_stop() did not. NULL is allowed. */
void keeper_free(struct keeper *k);

/** Make it durable; always by the same thread. @return 0 or -ENOMEM */
WARN_UNUSED int keeper_put(struct keeper *k, struct batch *b);

/** End the sender; for some seconds it may go on where that is of use. */
void keeper_stop(struct keeper *k);

bool keeper_is_drained(struct keeper *k);
void keeper_counters_read(struct keeper *k,
                          struct writer_counters *counters_out);
void keeper_read(struct keeper *k, struct writer_spool *spool_out);

#endif
