/**
 * Rows that are handed on again as they grow: registrations and their like.
 *
 * Of rows that are views of one thing the fuller stays: more weight, then the
 * later last_at, then the higher rank, then the earlier first_at. So the order
 * in which files are read, and how often, changes nothing.
 */
#ifndef SIPTRAIL_STORE_UPSERT_H
#define SIPTRAIL_STORE_UPSERT_H

#include "base/error.h"
#include "store/copy.h"

struct pg_conn;

/** Which table, and how it is asked. */
struct upsert_table {
    const char *name;
    const char *columns;
    /** $1 is names: selects key, name, first_at, last_at, weight, rank */
    const char *find_sql;
    const char *delete_sql; /* $1 is keys */
};

struct upsert_row {
    struct key key;
    struct key name; /* views of one thing share it, and overlap in time */
    int64_t first_at;
    int64_t last_at;
    uint32_t weight;
    uint32_t rank;
    bool known; /* there is a fuller one: not sent */
};

/** All zero is empty. */
struct upsert {
    struct copy rows;
    struct upsert_row *items; /* by row of rows */
    size_t count;
    size_t room;
    struct key *gone; /* keys stored that are replaced */
    size_t gone_count;
    size_t gone_room;
};

void upsert_fini(struct upsert *u);
/** Forget the rows, keep the memory. */
void upsert_reset(struct upsert *u);

/** Add a row; its fields follow in u->rows. @return 0 or -ENOMEM */
WARN_UNUSED int upsert_add(struct upsert *u, const struct upsert_row *row);

/** Look the names up and decide what is sent and what goes. */
WARN_UNUSED int upsert_decide(struct upsert *u, const struct upsert_table *t,
                              struct pg_conn *conn, struct error *err);
/** Delete what is replaced; in the transaction that sends the rows. */
WARN_UNUSED int upsert_delete(const struct upsert *u,
                              const struct upsert_table *t,
                              struct pg_conn *conn, struct error *err);
/** enum send_mark of each row, for send.h; the caller frees. NULL: memory. */
uint8_t *upsert_marks(const struct upsert *u);

#endif
