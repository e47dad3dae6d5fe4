#include "store/late.h"

#include <libpq-fe.h>
#include <stdio.h>

#include "store/connection.h"

int late_begin(struct pg_conn *conn, const struct key *run_key,
               struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char sql[160];

    key_write(run_key, key);
    (void)snprintf(sql, sizeof(sql),
                   "SELECT pg_advisory_lock(hashtext('siptrail.reading'), "
                   "hashtext('%s'))",
                   key);
    return store_run(conn, sql, err);
}

int late_join(struct pg_conn *conn, const struct key *run_key,
              struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char sql[80];

    key_write(run_key, key);
    (void)snprintf(sql, sizeof(sql), "SET siptrail.late_for = '%s'", key);
    return store_run(conn, sql, err);
}

/* Half of a day's indexes each. What one of them cannot make range_index() does
 * after all, and says why it cannot. */
static void make_halves(PGconn *conn, PGconn *beside, const char *name,
                        const char *run)
{
    static const char sql[] = "SELECT siptrail.range_index_half($1, $2, $3)";
    const char *const first[] = {name, run, "0"};
    const char *const second[] = {name, run, "1"};
    bool sent =
        PQsendQueryParams(beside, sql, 3, NULL, second, NULL, NULL, 0) == 1;

    PQclear(PQexecParams(conn, sql, 3, NULL, first, NULL, NULL, 0));
    for (PGresult *r; sent && (r = PQgetResult(beside));)
        PQclear(r);
}

static int finish(PGconn *conn, PGconn *beside, const struct key *run_key,
                  struct error *err)
{
    char run[KEY_TEXT_BYTES];
    PGresult *names = PQexec(conn, "SELECT name FROM siptrail.ranges WHERE "
                                   "late_for IS NOT NULL AND NOT dropping "
                                   "ORDER BY lo");
    int rc = 0;

    if (PQresultStatus(names) != PGRES_TUPLES_OK)
        rc = store_error(conn, names, "looking for days without indexes", err);
    if (run_key)
        key_write(run_key, run);
    for (int row = 0; rc == 0 && row < PQntuples(names); row++) {
        const char *const values[] = {PQgetvalue(names, row, 0),
                                      run_key ? run : NULL};
        PGresult *made;

        if (beside)
            make_halves(conn, beside, values[0], run);
        made = PQexecParams(conn, "SELECT siptrail.range_index($1, $2)", 2,
                            NULL, values, NULL, NULL, 0);
        if (PQresultStatus(made) != PGRES_TUPLES_OK)
            rc = store_error(conn, made, "making the indexes of a day", err);
        PQclear(made);
    }
    PQclear(names);
    return rc;
}

int late_finish(struct pg_conn *conn, const struct key *run_key,
                struct error *err)
{
    return finish(conn, NULL, run_key, err);
}

int late_finish_beside(struct pg_conn *conn, struct pg_conn *beside,
                       const struct key *run_key, struct error *err)
{
    return finish(conn, beside, run_key, err);
}
