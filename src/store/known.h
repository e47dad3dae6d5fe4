/**
 * What of a batch is stored already.
 */
#ifndef SIPTRAIL_STORE_KNOWN_H
#define SIPTRAIL_STORE_KNOWN_H

#include "base/error.h"
#include "store/batch.h"

struct pg_conn;

/**
 * Look the keys of a batch up and give each row its verdict: what is stored
 * with as many messages stays, what is fuller takes its place. Rows of one key
 * within the batch are compared with each other as well.
 *
 * @param thorough  Look up the keys of `exchanges` and of every dialog too:
 *                  for a batch that met a row it did not expect
 */
WARN_UNUSED int known_decide(struct pg_conn *conn, struct batch *b,
                             bool thorough, struct error *err);

/** Object IDs of arrays, as in copy_oid. */
enum known_array { KNOWN_INETS = 1041, KNOWN_KEYS = 2951 };

/** Run @p sql, which has one parameter, an array of keys. */
struct pg_result *known_run(struct pg_conn *conn, const char *sql,
                            const struct key *keys, size_t count);
/** The same with an array made already, of another type. */
struct pg_result *known_run_array(struct pg_conn *conn, const char *sql,
                                  enum known_array type,
                                  const struct copy *array);

#endif
