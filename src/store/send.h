/**
 * Encoded rows into tables by COPY; rows that the server refuses are set
 * aside in `quarantine` and never take the others down.
 */
#ifndef SIPTRAIL_STORE_SEND_H
#define SIPTRAIL_STORE_SEND_H

#include "base/error.h"
#include "store/copy.h"

struct pg_conn;

enum send_mark { SEND_ROW, SEND_LEAVE_OUT, SEND_REFUSED, SEND_KNOWN };

struct send_table {
    const char *name;
    const char *columns;
    const struct copy *rows;
    uint8_t *marks; /* enum send_mark of each row; NULL: send all. Where it is
                       NULL and a row is refused, one is made (freed by the
                       owner) */
    const char *staging; /* NULL, or the table that COPY goes to, and */
    const char *merge;   /* what moves its rows into this one */
    const struct send_table *beside; /* a row goes only where the row of this
                                        table with the same number goes */
};

struct send_job {
    struct pg_conn *conn;
    const struct key *run_key;
    struct send_table *tables; /* sent in this order, in one transaction */
    size_t table_count;
    int (*before)(void *arg, struct pg_conn *conn, struct error *err);
    /** When all rows are there and their marks final; the commit follows. */
    int (*after)(void *arg, struct pg_conn *conn, struct error *err);
    void *arg;        /* of both, which may be NULL */
    bool careful;     /* row by row where need be: rows already there are marked
                         SEND_KNOWN instead of ending the transaction */
    uint64_t refused; /* added to */
};

/**
 * Send in one transaction and commit.
 *
 * @return 0; -EEXIST where a row is there already, or another writer stood in
 *         the way, -ESTALE where a row's day has no partition any more (see
 *         ranges_forget()): nothing was sent; another negative errno
 */
WARN_UNUSED int send_tables(struct send_job *job, struct error *err);

#endif
