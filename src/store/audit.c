#include "store/audit.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "store/connection.h"

static int ask(PGconn *conn, const char *sql, PGresult **result_out,
               struct error *err)
{
    PGresult *result = PQexec(conn, sql);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = store_error(conn, result, "looking at what is stored", err);
        PQclear(result);
        result = NULL;
    }
    *result_out = result;
    return rc;
}

/* A query of two columns, what and how much, as lines. */
static int print_pairs(PGconn *conn, const char *sql, FILE *out,
                       struct error *err)
{
    PGresult *result;
    int rc = ask(conn, sql, &result, err);

    if (rc)
        return rc;
    for (int row = 0; row < PQntuples(result); row++)
        (void)fprintf(out, "%-18s %s\n", PQgetvalue(result, row, 0),
                      PQgetvalue(result, row, 1));
    PQclear(result);
    return 0;
}

/* Each selects one text for each finding that is a fault. */
static const struct {
    const char *what;
    const char *sql;
} checks[] = {
    {"accounts of packets balance",
     "SELECT source || ': ' || packets || ' packets, but ' || decoded + "
     "not_for_us + malformed || ' accounted for' FROM siptrail.captures WHERE "
     "state IN ('complete', 'damaged') AND packets <> decoded + not_for_us + "
     "malformed ORDER BY started_at"},
    {"accounts of messages balance",
     "SELECT source || ': ' || sip_messages || ' messages seen, but ' || "
     "stored + duplicates + filtered + quarantined + spooled + dropped || "
     "' accounted for' FROM siptrail.captures WHERE state IN ('complete', "
     "'damaged') AND sip_messages <> stored + duplicates + filtered + "
     "quarantined + spooled + dropped ORDER BY started_at"},
    {"every part finds its block",
     "SELECT 'part ' || no || ' of ' || exchange_key || ': no block ' || "
     "block_key FROM siptrail.parts p WHERE NOT EXISTS (SELECT FROM "
     "siptrail.blocks b WHERE b.block_key = p.block_key)"},
    {"every call has the messages it counts",
     "SELECT 'call ' || c.call_key || ' counts ' || c.messages || "
     "' messages, ' || coalesce(s.stored, 0) || ' are stored' FROM "
     "siptrail.calls c LEFT JOIN (SELECT p.exchange_key, count(*) FILTER "
     "(WHERE f & 2 = 0 OR line >> 16 & 2 = 0) AS stored FROM siptrail.parts p "
     "JOIN siptrail.blocks b USING (block_key), unnest(b.m_flags[p.lo:p.hi], "
     "b.m_line[p.lo:p.hi]) AS m(f, line) WHERE p.kind = 'call' GROUP BY 1) s "
     "ON s.exchange_key = c.call_key WHERE c.messages <> "
     "coalesce(s.stored, 0)"},
    {"messages of calls find their call",
     "SELECT DISTINCT 'call ' || exchange_key || ' has messages and no row' "
     "FROM siptrail.parts p WHERE kind = 'call' AND NOT EXISTS (SELECT FROM "
     "siptrail.calls c WHERE c.call_key = p.exchange_key)"},
    {"other messages find their exchange",
     "SELECT DISTINCT 'exchange ' || exchange_key || ' has messages and no "
     "row' FROM siptrail.parts p WHERE kind <> 'call' AND NOT EXISTS (SELECT "
     "FROM siptrail.exchanges e WHERE e.exchange_key = p.exchange_key)"},
    {"dialogs find their call",
     "SELECT 'dialog ' || dialog_key || ': no call ' || call_key FROM "
     "siptrail.dialogs d WHERE call_key IS NOT NULL AND NOT EXISTS (SELECT "
     "FROM siptrail.calls c WHERE c.call_key = d.call_key)"},
    {"a binding has one registration at a time",
     "SELECT 'registration ' || a.registration_key || ' of ' || "
     "coalesce(a.aor, 'many') || ' overlaps ' || b.registration_key FROM "
     "siptrail.registrations a JOIN siptrail.registrations b ON "
     "b.binding_key = a.binding_key AND b.registration_key > "
     "a.registration_key AND b.first_at < a.last_at AND a.first_at < "
     "b.last_at"},
    {"registrations count what became of their attempts",
     "SELECT 'registration ' || registration_key || ': ' || attempts || "
     "' attempts, ' || failures || ' failures, ' || renewals || ' renewals' "
     "FROM siptrail.registrations WHERE failures + renewals > attempts OR "
     "ineffective > failures OR timeouts > ineffective"},
};

#define SHOWN 5

static int check(PGconn *conn, const char *what, const char *sql, FILE *out,
                 size_t *faults, struct error *err)
{
    PGresult *result;
    int rc = ask(conn, sql, &result, err);
    int rows;

    if (rc)
        return rc;
    rows = PQntuples(result);
    *faults += (size_t)rows;
    (void)fprintf(out, "%s: %s\n", rows ? "fault" : "ok", what);
    for (int row = 0; row < rows && row < SHOWN; row++)
        (void)fprintf(out, "  %s\n", PQgetvalue(result, row, 0));
    if (rows > SHOWN)
        (void)fprintf(out, "  and %d more\n", rows - SHOWN);
    PQclear(result);
    return 0;
}

static int count_done(PGconn *conn, const char *sql, const char *what,
                      FILE *out, struct error *err)
{
    PGresult *result = PQexec(conn, sql);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, "sweeping", err);
    else if (strcmp(PQcmdTuples(result), "0") != 0)
        (void)fprintf(out, "swept: %s %s\n", PQcmdTuples(result), what);
    PQclear(result);
    return rc;
}

/* What a killed run left: nobody can see it, so it may go. */
static int sweep(PGconn *conn, FILE *out, struct error *err)
{
    static const struct {
        const char *sql;
        const char *what;
    } steps[] = {
        {"DELETE FROM siptrail.blocks b WHERE NOT EXISTS (SELECT FROM "
         "siptrail.parts p WHERE p.block_key = b.block_key)",
         "blocks that no call names, left by a run that was ended"},
        {"DELETE FROM siptrail.texts t WHERE NOT EXISTS (SELECT FROM "
         "siptrail.blocks b WHERE b.block_key = t.block_key)",
         "texts of such blocks"},
        {"UPDATE siptrail.captures SET state = 'interrupted', ended_at = now() "
         "WHERE state = 'running'",
         "captures marked interrupted: their run was ended; read them again"},
        {"UPDATE siptrail.runs SET ended_at = now(), error = 'ended from "
         "outside' WHERE ended_at IS NULL",
         "runs marked as ended from outside"},
    };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
        rc = count_done(conn, steps[i].sql, steps[i].what, out, err);
    return rc;
}

static int sweep_if_quiet(PGconn *conn, FILE *out, struct error *err)
{
    PGresult *result;
    bool quiet;
    int rc = ask(conn, "SELECT pg_try_advisory_lock(" STORE_WRITER_LOCK ")",
                 &result, err);

    if (rc)
        return rc;
    quiet = PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    if (!quiet) {
        (void)fprintf(out, "not swept: another siptrail is writing\n");
        return 0;
    }
    rc = sweep(conn, out, err);
    PQclear(PQexec(conn, "SELECT pg_advisory_unlock(" STORE_WRITER_LOCK ")"));
    return rc;
}

int audit_run(struct store *store, FILE *out, size_t *faults_out,
              struct error *err)
{
    int rc = sweep_if_quiet(store->conn, out, err);

    *faults_out = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(checks) / sizeof(checks[0]); i++)
        rc = check(store->conn, checks[i].what, checks[i].sql, out, faults_out,
                   err);
    if (rc == 0)
        rc = print_pairs(store->conn,
                         "SELECT 'quarantine:', count(*) || ' rows of ' || "
                         "table_name || ' were refused, e.g. ' || min(error) "
                         "FROM siptrail.quarantine GROUP BY table_name",
                         out, err);
    return rc;
}
