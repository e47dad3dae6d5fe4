/**
 * Where calls of a Call-ID are: `parts` knows it by a hash, and to plan for its
 * days costs a sixth of planning for those of `calls` with their indexes.
 */
#ifndef SIPTRAIL_STORE_NAMED_H
#define SIPTRAIL_STORE_NAMED_H

#include "base/error.h"
#include "base/span.h"

struct pg_conn;

#define NAMED_SQL_BYTES 1024

/**
 * Write what a search for a Call-ID in `calls` may say besides, so that the
 * server plans for the days that have it alone: " AND (call_key IN (...) ...)",
 * or nothing where any day may.
 *
 * @return 0 or a negative errno
 */
WARN_UNUSED int named_write(struct pg_conn *conn, struct span call_id,
                            char sql_out[NAMED_SQL_BYTES], struct error *err);

#endif
