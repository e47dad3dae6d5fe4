/**
 * A connection to the database: which one, and its errors in words.
 */
#ifndef SIPTRAIL_STORE_CONNECTION_H
#define SIPTRAIL_STORE_CONNECTION_H

#include <stdbool.h>

#include "base/error.h"

struct pg_conn;
struct pg_result;

/** Held in shared mode by each writer (an advisory lock). */
#define STORE_WRITER_LOCK "8316304043058751853"

/**
 * Which database is meant: @p db (libpq's words or a URI), else the variable
 * SIPTRAIL_DB, else libpq's own environment (PGHOST, PGHOSTADDR, PGSERVICE or
 * PGDATABASE), else the private server.
 *
 * The private server is made and started where it is needed (see server.h).
 *
 * @param conninfo_out  For libpq and psql; the caller frees it
 * @return 0 or a negative errno
 */
WARN_UNUSED int store_conninfo(const char *db, char **conninfo_out,
                               struct error *err);

/** True where store_conninfo() would choose the private server. */
bool store_is_private(const char *db);

/**
 * Connect and set the session up: search path siptrail, UTC, UTF-8, no JIT.
 *
 * @param conninfo  Of store_conninfo()
 * @return 0, or a negative errno with an error that says what to do:
 *         -ECONNREFUSED no server, -EACCES refused, -ENOENT no such database
 */
WARN_UNUSED int store_connect(const char *conninfo, struct pg_conn **conn_out,
                              struct error *err);

struct store {
    struct pg_conn *conn; /* owned */
    char *conninfo;       /* owned */
};

enum store_use {
    STORE_READ,    /* tables must be there */
    STORE_WRITE,   /* tables are made or migrated where they are missing */
    STORE_REJOIN,  /* as STORE_WRITE, but a private server that was stopped is
                      not started: only one that died */
    STORE_WHATEVER /* for `db`: no look at the tables */
};

/**
 * Find the database, connect, and see that its schema fits this program: one
 * newer than the program is refused (-EPROTO), an older one migrated.
 *
 * @return 0 or a negative errno; *store_out is then empty
 */
WARN_UNUSED int store_open(const char *db, enum store_use use,
                           struct store *store_out, struct error *err);
/** An empty one is allowed. */
void store_close(struct store *s);

/**
 * Run SQL that returns no rows; several statements are allowed.
 *
 * @return 0, or a negative errno with the server's words
 */
WARN_UNUSED int store_run(struct pg_conn *conn, const char *sql,
                          struct error *err);

/**
 * What a failed result or a broken connection means, in words.
 *
 * @param doing  What was tried, e.g. "storing calls"
 * @return A negative errno: -ENOSPC disk full, -EACCES permission, -EPIPE the
 *         server went away, -EPROTO anything else
 */
int store_error(struct pg_conn *conn, const struct pg_result *result,
                const char *doing, struct error *err);

#endif
