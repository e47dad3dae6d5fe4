/**
 * Bring a database's schema to this program's version; only ever forward.
 */
#ifndef SIPTRAIL_STORE_MIGRATE_H
#define SIPTRAIL_STORE_MIGRATE_H

#include "base/error.h"

struct pg_conn;

/**
 * The version of the schema: 0 where there is none.
 *
 * @return 0 or a negative errno
 */
WARN_UNUSED int migrate_version(struct pg_conn *conn, int *version_out,
                                struct error *err);

/**
 * Apply what is missing, each migration in a transaction of its own, one
 * program at a time (advisory lock), and enter the anomalies this program can
 * name.
 *
 * @param applied_out  How many were applied
 * @return 0; -EPROTO where the schema is newer than the program, -EILSEQ
 *         where the database is not in UTF-8, or another negative errno
 */
WARN_UNUSED int migrate_run(struct pg_conn *conn, int *applied_out,
                            struct error *err);

/** 0 where the schema fits; -ENOENT none or older, -EPROTO newer. */
WARN_UNUSED int migrate_check(struct pg_conn *conn, struct error *err);

#endif
