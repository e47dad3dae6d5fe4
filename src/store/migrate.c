#include "store/migrate.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/anomaly.h"
#include "store/connection.h"
#include "store/late.h"
#include "store/schema.h"

/* Any number that no other program is likely to lock: "siptrail" in ASCII. */
#define MIGRATE_LOCK "8316304043058751852"

static const char version_sql[] =
    "SELECT coalesce(max(version), 0) FROM siptrail.schema_version";

/* One value of one row, as a number. */
static int ask_number(PGconn *conn, const char *sql, long *value_out,
                      struct error *err)
{
    PGresult *result = PQexec(conn, sql);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        rc = store_error(conn, result, "looking at the schema", err);
    else
        *value_out = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return rc;
}

int migrate_version(struct pg_conn *conn, int *version_out, struct error *err)
{
    long value = 0;
    int rc = ask_number(
        conn,
        "SELECT (to_regclass('siptrail.schema_version') IS NOT NULL)::int",
        &value, err);

    if (rc == 0 && value)
        rc = ask_number(conn, version_sql, &value, err);
    *version_out = (int)value;
    return rc;
}

static int refuse_newer(int version, struct error *err)
{
    return error_set(err, -EPROTO,
                     "the database's schema is version %d, newer than this "
                     "program's %d; use a newer siptrail, or another database",
                     version, (int)schema_migration_count);
}

/* Likewise, with one question where the tables are there; where they are not,
 * the server's log tells of an error. */
static int ask_version(PGconn *conn, int *version_out, struct error *err)
{
    PGresult *result = PQexec(conn, version_sql);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    int rc = 0;

    *version_out = 0;
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        *version_out = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    else if (!state ||
             (strcmp(state, "42P01") != 0 && strcmp(state, "3F000") != 0))
        rc = store_error(conn, result, "looking at the schema", err);
    PQclear(result);
    return rc;
}

int migrate_check(struct pg_conn *conn, struct error *err)
{
    int version;
    int rc = ask_version(conn, &version, err);

    if (rc)
        return rc;
    if (version == 0)
        return error_set(err, -ENOENT,
                         "database %s holds no siptrail tables; run siptrail "
                         "db init, or read a capture into it",
                         PQdb(conn));
    if (version > (int)schema_migration_count)
        return refuse_newer(version, err);
    if (version < (int)schema_migration_count)
        return error_set(err, -ENOENT,
                         "the database's schema is version %d, this program's "
                         "%d; run siptrail db migrate",
                         version, (int)schema_migration_count);
    return 0;
}

static int check_encoding(PGconn *conn, struct error *err)
{
    const char *encoding = PQparameterStatus(conn, "server_encoding");

    if (encoding && strcmp(encoding, "UTF8") == 0)
        return 0;
    return error_set(err, -EILSEQ,
                     "database %s is in %s; create one in UTF-8: createdb -E "
                     "UTF8 -T template0 NAME",
                     PQdb(conn), encoding ? encoding : "an unknown encoding");
}

/* For what follows an error, or a connection that may be gone. */
static void run_quietly(PGconn *conn, const char *sql)
{
    PQclear(PQexec(conn, sql));
}

/* How many of the names this program knows the database knows too. */
static int count_anomalies(PGconn *conn, long *known_out, struct error *err)
{
    char sql[8192] = "SELECT count(*) FROM siptrail.anomaly_kinds "
                     "WHERE name IN (''";
    size_t used = strlen(sql);

    for (int i = 0; i < ANOMALY_COUNT; i++) {
        const char *name = anomaly_name((enum anomaly)i);
        int n = snprintf(sql + used, sizeof(sql) - used, ",'%s'", name);

        if (n < 0 || (size_t)n >= sizeof(sql) - used - 2)
            return error_set(err, -ENOBUFS, "too many anomaly names");
        used += (size_t)n;
    }
    memcpy(sql + used, ")", 2);
    return ask_number(conn, sql, known_out, err);
}

/* The names this program knows get their numbers; what is there stays. */
static int enter_anomalies(PGconn *conn, struct error *err)
{
    long known = 0;
    int rc = count_anomalies(conn, &known, err);

    for (int i = 0; rc == 0 && known < ANOMALY_COUNT && i < ANOMALY_COUNT;
         i++) {
        const char *const values[] = {
            anomaly_name((enum anomaly)i), anomaly_layer((enum anomaly)i),
            anomaly_clause((enum anomaly)i), anomaly_text((enum anomaly)i)};
        PGresult *result = PQexecParams(
            conn,
            "INSERT INTO siptrail.anomaly_kinds (name, layer, clause, text) "
            "SELECT $1, $2, $3, $4 WHERE NOT EXISTS "
            "(SELECT 1 FROM siptrail.anomaly_kinds WHERE name = $1) "
            "ON CONFLICT (name) DO NOTHING",
            4, NULL, values, NULL, NULL, 0);

        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = store_error(conn, result, "entering anomaly names", err);
        PQclear(result);
    }
    return rc;
}

static int apply(PGconn *conn, int version, int *applied_out, struct error *err)
{
    for (size_t i = (size_t)version; i < schema_migration_count; i++) {
        PGresult *result = PQexec(conn, schema_migrations[i].sql);
        ExecStatusType status = PQresultStatus(result);
        int rc = 0;

        if (status != PGRES_COMMAND_OK)
            rc = store_error(conn, result, "making its tables", err);
        PQclear(result);
        if (rc) {
            run_quietly(conn, "ROLLBACK");
            return rc;
        }
        ++*applied_out;
    }
    return *applied_out ? store_run(conn,
                                    "RESET search_path; SET search_path "
                                    "= siptrail, public",
                                    err)
                        : 0;
}

int migrate_run(struct pg_conn *conn, int *applied_out, struct error *err)
{
    int version;
    int rc = migrate_version(conn, &version, err);

    *applied_out = 0;
    if (rc)
        return rc;
    if (version > (int)schema_migration_count)
        return refuse_newer(version, err);
    rc = check_encoding(conn, err);
    if (rc == 0 && version < (int)schema_migration_count) {
        rc = store_run(conn, "SELECT pg_advisory_lock(" MIGRATE_LOCK ")", err);
        if (rc == 0)
            rc = migrate_version(conn, &version, err);
        if (rc == 0)
            rc = apply(conn, version, applied_out, err);
        run_quietly(conn, "SELECT pg_advisory_unlock(" MIGRATE_LOCK ")");
    }
    if (rc == 0)
        rc = enter_anomalies(conn, err);
    return rc ? rc : late_finish(conn, NULL, err);
}
