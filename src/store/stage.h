/**
 * A batch on its way: first what nobody sees yet, then what names it.
 */
#ifndef SIPTRAIL_STORE_STAGE_H
#define SIPTRAIL_STORE_STAGE_H

#include "base/anomaly.h"
#include "base/table.h"
#include "store/batch.h"
#include "store/ranges.h"
#include "store/sensor.h"
#include "store/source.h"

struct pg_conn;

/** A row of `parts` as it goes out. */
struct stage_part {
    struct table_node node; /* while it is held */
    struct key exchange_key;
    struct key block_key;
    enum exchange_kind kind;
    int32_t no;
    int16_t lo;
    int16_t hi;
    int16_t call_id;
    uint32_t stored; /* messages, duplicates apart */
    uint64_t name;   /* see batch_part */
    bool replaces;   /* a shorter one of an earlier run */
};

struct stage {
    struct pg_conn *conn;
    struct pg_conn *beside; /* without work when stage_end() is called; NULL */
    const struct key *run_key;
    struct ranges ranges;    /* known to be there */
    struct copy parts;       /* of the second, as all below */
    struct stage_part *rows; /* of copy parts, by row */
    size_t row_room;
    struct table held;    /* parts of calls that have not ended */
    uint64_t held_stored; /* messages of these, duplicates apart */
    bool live; /* calls are written as they go on: nothing waits, and what
                  this run wrote is met again */
    struct writer_counters counters; /* of what this stage committed */
    uint64_t indexed; /* calls of these when indexes were last made */
    struct sensor_memory sensors;
    struct source_list *sources; /* counts what is refused; borrowed */
    bool spooled; /* batches come from the spool: they say of which run they
                     are, no part waits for its call, and the accounts grow
                     in the transaction that sends the records */
    int16_t anomaly_ids[ANOMALY_COUNT]; /* where spooled: the database's */
    struct key entered; /* the run whose first notes were entered */
    size_t entered_captures;
};

/** @return 0 or -ENOMEM */
WARN_UNUSED int stage_init(struct stage *s);
/** Frees all but the connection. */
void stage_fini(struct stage *s);

/** Look up what is stored; send blocks and texts. */
WARN_UNUSED int stage_blocks(struct stage *s, struct batch *b,
                             struct error *err);

/**
 * Send parts, dialogs, exchanges and calls in one transaction.
 *
 * Parts of a call that came before its row wait for it, so that nobody sees
 * messages whose call is not told; where too many wait they go at once.
 */
WARN_UNUSED int stage_records(struct stage *s, struct batch *b,
                              struct error *err);

/**
 * Of a batch that is committed: join its calls with what others saw. Where
 * spooled it is left to the caller, else stage_records() does it.
 */
WARN_UNUSED int stage_link(struct stage *s, const struct batch *b,
                           struct error *err);

/** A connection of its own was made again: forget what the old one knew. */
void stage_renew(struct stage *s, struct pg_conn *conn);

/** Send the parts that still wait: their calls will not come. Then make the
 * indexes of what was filled, which stage_records() does at times, too. */
WARN_UNUSED int stage_end(struct stage *s, struct error *err);

#endif
