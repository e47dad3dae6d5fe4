/**
 * Partitions for every time that comes (schema/0002_tables.sql).
 */
#ifndef SIPTRAIL_STORE_RANGES_H
#define SIPTRAIL_STORE_RANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/key.h"

struct pg_conn;

struct range {
    int64_t lo; /* milliseconds, inclusive */
    int64_t hi; /* exclusive */
    bool fresh; /* made by this run, or taken empty: holds nothing of others */
};

/** The ranges known to be there. */
struct ranges {
    struct range *items; /* owned */
    size_t count;
    size_t room;
    size_t recent; /* the last one hit */
    int made;      /* by this run, or taken */
};

void ranges_fini(struct ranges *r);
/** Ask again for each: one was dropped by another program. */
void ranges_forget(struct ranges *r);

/**
 * See that the record tables have a partition for this key. One that is just
 * being dropped (store/prune.h) is waited for, and made anew.
 *
 * @param fresh_out  Was it made by this run, or empty as it came?
 */
WARN_UNUSED int ranges_ensure(struct ranges *r, struct pg_conn *conn,
                              const struct key *key, bool *fresh_out,
                              struct error *err);

#endif
