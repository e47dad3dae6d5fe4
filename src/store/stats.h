/**
 * Figures of stored calls (RFC 6076, E.411, E.425), by the rules of the view
 * kpi_calls: one row for each end-to-end call, calls begun before the capture
 * left out; by trunk and by agent those of kpi_attempts, which has every row.
 */
#ifndef SIPTRAIL_STORE_STATS_H
#define SIPTRAIL_STORE_STATS_H

#include "store/find.h"

enum stats_by { STATS_TOTAL, STATS_HOUR, STATS_TRUNK, STATS_AGENT };

enum stats_kind {
    STATS_TEXT,
    STATS_TIME, /* as JSON has it: ISO 8601, UTC, microseconds */
    STATS_COUNT,
    STATS_PERCENT, /* two decimals */
    STATS_MS
};

/** Figures come in this order, after what they are grouped by. */
enum stats_figure {
    STATS_CALLS,
    STATS_ATTEMPTS,
    STATS_ANSWERED,
    STATS_REDIRECTED,
    STATS_TIMEOUTS,
    STATS_RUNNING,
    STATS_ASR,
    STATS_NER,
    STATS_SER,
    STATS_SEER,
    STATS_ISA,
    STATS_SCR,
    STATS_ACD,
    STATS_SDT_P50,
    STATS_SDT_P95,
    STATS_TALK,
    STATS_PDD_P50,
    STATS_PDD_P95,
    STATS_PDD_P99,
    STATS_SRD_P50,
    STATS_SRD_P95,
    STATS_SRD_FAILED_P50,
    STATS_SRD_FAILED_P95,
    STATS_SDD_P50,
    STATS_SDD_P95,
    STATS_MESSAGES,
    STATS_RETRANSMISSIONS,
    STATS_FIGURE_COUNT
};

#define STATS_GROUP_MAX 4
#define STATS_COLUMNS_MAX (STATS_GROUP_MAX + STATS_FIGURE_COUNT)

struct stats_column {
    const char *name; /* as in the views kpi_* */
    enum stats_kind kind;
};

/**
 * The columns of a row: what it is grouped by, then the figures.
 *
 * @param groups_out  How many stand before the figures
 * @return How many in all
 */
size_t stats_columns(enum stats_by by,
                     struct stats_column columns_out[STATS_COLUMNS_MAX],
                     size_t *groups_out);

/** @p values: one for each column, empty where it is NULL; borrowed. */
typedef int (*stats_row_fn)(void *arg, const struct span *values);

/**
 * One row for STATS_TOTAL; else one for each hour, trunk or agent: hours in
 * their order, the others by calls, the most first. At most filter->limit
 * rows, of hours the latest.
 *
 * @return 0, what @p fn returned, or a negative errno
 */
WARN_UNUSED int stats_read(struct store *store, const struct call_filter *f,
                           enum stats_by by, stats_row_fn fn, void *arg,
                           struct error *err);

/** When the calls that are counted began. */
struct stats_span {
    uint64_t calls;
    int64_t first_us; /* TIME_NONE for none */
    int64_t last_us;
    uint64_t per_second; /* the most begun within one second */
    uint64_t peak;       /* the most calls at a time, setup included */
    int64_t peak_us;     /* when it was first reached; TIME_NONE for none */
};

/**
 * Calls that began before the filter's time, and calls that still run, count
 * for the peak while they last.
 */
WARN_UNUSED int stats_span_read(struct store *store,
                                const struct call_filter *f,
                                struct stats_span *span_out, struct error *err);

struct stats_bucket {
    uint32_t answered; /* those that still run, too */
    uint32_t failed;   /* all others */
};

/**
 * Count calls into @p count buckets of @p step_s seconds from @p first_us on.
 */
WARN_UNUSED int stats_buckets(struct store *store, const struct call_filter *f,
                              int64_t first_us, uint32_t step_s,
                              struct stats_bucket *buckets_out, size_t count,
                              struct error *err);

/** Columns of a cause, all text: see stats_causes(). */
enum stats_cause {
    STATS_CAUSE_CALLS,
    STATS_CAUSE_DISPOSITION,
    STATS_CAUSE_STATUS,
    STATS_CAUSE_PHRASE,
    STATS_CAUSE_Q850,
    STATS_CAUSE_COUNT
};

/** Why calls failed, the most frequent @p most causes, by enum stats_cause. */
WARN_UNUSED int stats_causes(struct store *store, const struct call_filter *f,
                             size_t most, stats_row_fn fn, void *arg,
                             struct error *err);

/** Of registrations (RFC 6076, 4.1, 4.2): see the view kpi_registrations. */
enum stats_registration {
    STATS_REG_ATTEMPTS,
    STATS_REG_FAILURES,
    STATS_REG_IRA, /* percent */
    STATS_REG_RRD_P50,
    STATS_REG_RRD_P95,
    STATS_REG_COUNT
};

/**
 * One row by enum stats_registration, of those begun in the filter's time and
 * seen at its address; what else it filters by is no matter of theirs.
 */
WARN_UNUSED int stats_registrations(struct store *store,
                                    const struct call_filter *f,
                                    stats_row_fn fn, void *arg,
                                    struct error *err);

#endif
