/**
 * Indexes of calls that are made when a file is read, not while.
 *
 * A range that a run makes for its file, or finds empty, holds calls without
 * most of their indexes (late_indexes, ranges.late_for) until the run ends:
 * what is asked of it meanwhile is answered, only slower. A run that is killed
 * leaves them to whoever writes next.
 */
#ifndef SIPTRAIL_STORE_LATE_H
#define SIPTRAIL_STORE_LATE_H

#include "base/error.h"
#include "base/key.h"

struct pg_conn;

/** While @p conn is open nobody else makes the indexes of this run. */
WARN_UNUSED int late_begin(struct pg_conn *conn, const struct key *run_key,
                           struct error *err);

/** Ranges that this session makes, or finds empty, are the run's. */
WARN_UNUSED int late_join(struct pg_conn *conn, const struct key *run_key,
                          struct error *err);

/**
 * Make the indexes that are missing. Outside any transaction: there is one for
 * each range, which nobody else can write calls to meanwhile.
 *
 * @param run_key  Of the run that filled them; NULL: of runs that are no more
 */
WARN_UNUSED int late_finish(struct pg_conn *conn, const struct key *run_key,
                            struct error *err);

/**
 * Likewise of a run whose other session, @p beside, has nothing to do: each
 * makes half of them at a time.
 */
WARN_UNUSED int late_finish_beside(struct pg_conn *conn, struct pg_conn *beside,
                                   const struct key *run_key,
                                   struct error *err);

#endif
