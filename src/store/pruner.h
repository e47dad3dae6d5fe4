/**
 * A prune at work: what its parts share. Internal to src/store.
 */
#ifndef SIPTRAIL_STORE_PRUNER_H
#define SIPTRAIL_STORE_PRUNER_H

#include <stddef.h>

#include "store/prune.h"

struct pg_result;

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define DAY_US (24 * HOUR_US)

#define NUMBER_BYTES 24

struct range_row {
    char name[64];
    int64_t lo; /* ms */
    int64_t hi;
    uint64_t bytes;
    bool dropping; /* emptied already */
    bool gone;     /* by this prune; in a dry run: would be */
};

struct pruner {
    struct pg_conn *conn;
    const struct prune_options *options;
    struct prune_counts *counts;
    struct range_row *ranges; /* in the order of time; owned */
    size_t range_count;
    struct error *err;
};

/** A line for a person. */
void pruner_say(const struct pruner *p, bool warning, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * @param result_out  NULL: not wanted; else the caller clears it
 * @return 0, -EAGAIN where somebody is in the way, or another errno
 */
WARN_UNUSED int pruner_query(struct pruner *p, const char *sql, int count,
                             const char *const *values,
                             struct pg_result **result_out);
/** Likewise, of what returns nothing. */
WARN_UNUSED int pruner_attempt(struct pruner *p, const char *sql);

/** A time as a parameter; INT64_MAX: infinity. */
const char *pruner_time(int64_t us, char text[64]);
/** A range as a person calls it. */
void pruner_day(const struct range_row *r, char text[64]);
void pruner_size(uint64_t bytes, char text[32]);

/** Fill in pruner.ranges. */
WARN_UNUSED int pruner_read_ranges(struct pruner *p);

/** Say who uses these relations (SQL for a list of their oids). */
void pruner_say_holder(struct pruner *p, const struct range_row *r,
                       const char *relations, const char *what);

/**
 * Take the partitions of an emptied range out of their tables and drop them.
 *
 * @return -EAGAIN where somebody is in the way: said and counted
 */
WARN_UNUSED int pruner_drop_range(struct pruner *p, const struct range_row *r);

/** Delete what is past keeping from tables that have no partitions. */
WARN_UNUSED int pruner_delete_rows(struct pruner *p);

#endif
