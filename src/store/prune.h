/**
 * Days that are past keeping go; days to come are made ahead.
 *
 * Nobody waits for it: a partition is emptied under a lock of its own that is
 * given up after 200 ms, and leaves its table without holding up who reads or
 * writes other days. What somebody uses is left for the next time, and said.
 * Killed at any step it leaves a database that works, and that the next prune
 * tidies up.
 */
#ifndef SIPTRAIL_STORE_PRUNE_H
#define SIPTRAIL_STORE_PRUNE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct pg_conn;

struct prune_options {
    int64_t now_us;          /* the present, Unix time */
    int64_t keep_us;         /* records; 0: for ever */
    int64_t keep_text_us;    /* bytes of messages; 0: as long as records */
    uint64_t max_bytes;      /* of all tables; 0: unbounded. The oldest days go
                                first, today's never */
    int tries;               /* for what somebody uses, a second apart; 0: 1 */
    const atomic_bool *stop; /* ends it at the next range; may be NULL */
    bool dry_run;            /* say what would be done */
    /** A line for a person; may be NULL. @p warning: something stays. */
    void (*say_fn)(void *arg, bool warning, const char *line);
    void *arg;
};

struct prune_counts {
    uint64_t dropped; /* ranges of time: days, weeks or months */
    uint64_t trimmed; /* emptied but for calls that had not ended by then */
    uint64_t texts;   /* of which the texts went, the records stay */
    uint64_t rows;    /* of tables without days: registrations and the like */
    uint64_t held;    /* ranges that are due but in use */
    uint64_t bytes;   /* of all tables, afterwards */
    bool busy;        /* another prune is at work: nothing was done */
};

/**
 * Drop what is past keeping.
 *
 * A call that began on a day that goes stays, with its messages, while it runs,
 * and as long as records are kept after its end.
 *
 * @param conn  Of its own: its settings are changed, and it is waited on
 * @return 0, also where something is in use and stays; or a negative errno
 */
WARN_UNUSED int prune_run(struct pg_conn *conn,
                          const struct prune_options *options,
                          struct prune_counts *counts_out, struct error *err);

/** How many days are made ahead. */
#define PRUNE_AHEAD_DAYS 3

/**
 * Make today's range and those of the next days where they are missing.
 *
 * @param keep_us  How long records are kept, 0: for ever. Beyond 60 days ranges
 *                 are weeks, beyond 400 months, since each costs time to plan
 *                 a query that names no time. Of records kept for ever the
 *                 first 75 ranges are days, then come weeks, then months
 */
WARN_UNUSED int prune_make_ahead(struct pg_conn *conn, int64_t now_us,
                                 int64_t keep_us, struct error *err);

#endif
