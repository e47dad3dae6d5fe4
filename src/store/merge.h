/**
 * Calls whose row is there already, with less in it.
 *
 * A call in progress is written again each time it changes. Its rows go by
 * COPY into a temporary table of the session and from there into `calls` by
 * ON CONFLICT DO UPDATE: a delete and an insert would cost each of fourteen
 * indexes an entry, an update costs none where no indexed column changes.
 */
#ifndef SIPTRAIL_STORE_MERGE_H
#define SIPTRAIL_STORE_MERGE_H

#include "base/error.h"

struct pg_conn;

#define MERGE_TABLE "pg_temp.siptrail_calls"

/** Make the temporary table, unless the session has it. */
WARN_UNUSED int merge_prepare(struct pg_conn *conn, struct error *err);

/**
 * What moves its rows into `calls` and empties it: a row stays as it is where
 * it has more messages, or as many and a later one. Static storage.
 */
const char *merge_sql(void);

#endif
