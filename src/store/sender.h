/**
 * From the spool into the database: two threads, each with a session of its
 * own. Blocks and texts go first, then what names them; a record of the spool
 * is let go once both are committed. Whatever fails is tried again.
 */
#ifndef SIPTRAIL_STORE_SENDER_H
#define SIPTRAIL_STORE_SENDER_H

#include "store/spool.h"
#include "store/writer.h"

struct sender;

struct sender_options {
    const char *db;      /* as store_open() takes it, or NULL; borrowed */
    struct spool *spool; /* borrowed */
    struct key run_key;  /* whose batches the counters count */
};

struct sender_counters {
    struct writer_counters own; /* of this run */
    uint64_t drained;           /* batches of earlier runs */
    uint64_t unreadable;        /* messages of batches that made no sense */
    uint64_t troubles[TROUBLE_COUNT];
    uint64_t returns;
    bool connected;
};

WARN_UNUSED int sender_new(const struct sender_options *options,
                           struct sender **sender_out, struct error *err);

/**
 * Wait until nothing waits in the spool, as long as the database is there,
 * and at most so long; then end the threads, cutting what hangs.
 *
 * @return Have they ended? One that still tries to connect, which nothing can
 *         cut short, is left behind: it and the spool must stay till the end
 */
bool sender_stop(struct sender *s, unsigned patience_ms);
/** After sender_stop() that was true. NULL is allowed. */
void sender_free(struct sender *s);

void sender_counters_read(struct sender *s,
                          struct sender_counters *counters_out);

#endif
