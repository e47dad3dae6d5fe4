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

int late_finish(struct pg_conn *conn, const struct key *run_key,
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
        PGresult *made =
            PQexecParams(conn, "SELECT siptrail.range_index($1, $2)", 2, NULL,
                         values, NULL, NULL, 0);

        if (PQresultStatus(made) != PGRES_TUPLES_OK)
            rc = store_error(conn, made, "making the indexes of a day", err);
        PQclear(made);
    }
    PQclear(names);
    return rc;
}
