#include "store/status.h"

#include <libpq-fe.h>

#include "store/connection.h"

/*
 * The last count is of as many pages as there were then: it grows with them, as
 * the planner has it.
 */
#define ROWS_OF_C                                                              \
    "coalesce(c.reltuples * pg_relation_size(c.oid) / nullif(c.relpages * "    \
    "current_setting('block_size')::float8, 0), 0)"

/* Each gives lines of two columns: what, and how much. */
static const char *const queries[] = {
    "SELECT 'server', 'PostgreSQL ' || current_setting('server_version') || "
    "', database ' || current_database() || ', ' || "
    "pg_size_pretty(pg_database_size(current_database()))",

    "SELECT 'captures', coalesce(sum(n), 0) || coalesce(' (' || "
    "string_agg(n || ' ' || state, ', ' ORDER BY state) || ')', '') FROM "
    "(SELECT state, count(*) AS n FROM siptrail.captures GROUP BY 1) c",

    /* What it last stored is the sign of life that the database has. */
    "SELECT CASE WHEN r.ended_at IS NULL THEN 'running' ELSE 'left running' "
    "END, k.sensor || ' ' || k.source || ', since ' || to_char(k.started_at, "
    "'YYYY-MM-DD HH24:MI:SS') || coalesce('; newest record ' || "
    "to_char(greatest(t.at, k.last_packet_at), 'HH24:MI:SS') || ', ' || "
    "greatest(0, extract(epoch FROM now() - greatest(t.at, "
    "k.last_packet_at)))::bigint || ' s ago', '; nothing stored yet') || '; ' "
    "|| t.open || ' calls open' || CASE WHEN k.spooled > 0 THEN '; ' || "
    "k.spooled || ' messages in the spool' ELSE '' END || CASE WHEN "
    "k.dropped_kernel + k.dropped_interface + k.dropped > 0 THEN '; lost: ' "
    "|| k.dropped_kernel || ' packets by the kernel, ' || k.dropped_interface "
    "|| ' by the interface, ' || k.dropped || ' messages' ELSE '' END "
    "FROM siptrail.captures k JOIN siptrail.runs r USING (run_key), "
    "LATERAL (SELECT max(c.last_message_at) AS at, count(*) FILTER (WHERE "
    "c.ended_at IS NULL) AS open FROM siptrail.calls c WHERE c.capture_key = "
    "k.capture_key AND c.first_at > now() - interval '1 day') t "
    "WHERE k.state = 'running' ORDER BY k.started_at",

    /* Counting is slow where it would take long to be told of. */
    "WITH t(what, name, estimate) AS (SELECT w.what, w.name, (SELECT "
    "coalesce(sum(" ROWS_OF_C "), 0) FROM pg_inherits i JOIN "
    "pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = ('siptrail.' || "
    "w.name)::regclass)::bigint FROM (VALUES ('calls', 'calls'), ('other "
    "exchanges', 'exchanges'), ('registrations', 'registrations'), "
    "('subscriptions', 'subscriptions')) w(what, name)) "
    "SELECT what, CASE WHEN estimate > 1000000 THEN 'about ' || estimate "
    "WHEN name = 'calls' THEN (SELECT count(*)::text FROM siptrail.calls) "
    "WHEN name = 'exchanges' THEN (SELECT count(*)::text FROM "
    "siptrail.exchanges) WHEN name = 'registrations' THEN (SELECT "
    "count(*)::text FROM siptrail.registrations) ELSE (SELECT count(*)::text "
    "FROM siptrail.subscriptions) END || CASE WHEN name = 'calls' THEN (SELECT "
    "coalesce(', ' || to_char(min(first_at), 'YYYY-MM-DD HH24:MI:SS') || ' to "
    "' || to_char(max(first_at), 'YYYY-MM-DD HH24:MI:SS') || ' UTC', '') FROM "
    "siptrail.calls) ELSE '' END FROM t",

    "SELECT 'messages', CASE WHEN n > 1000000 THEN 'about ' || n * 20 ELSE "
    "(SELECT coalesce(sum(hi - lo + 1), 0)::text FROM siptrail.parts) END || "
    "', duplicates included' FROM (SELECT coalesce(sum(" ROWS_OF_C "), "
    "0)::bigint AS n FROM pg_inherits i JOIN pg_class c ON c.oid = "
    "i.inhrelid WHERE i.inhparent = 'siptrail.parts'::regclass) p",

    "SELECT 'ranges of time', count(*) || coalesce(': ' || "
    "to_char(to_timestamp(min(lo) FILTER (WHERE usual) / 1000.0), "
    "'YYYY-MM-DD') || ' to ' || to_char(to_timestamp(max(hi) FILTER (WHERE "
    "usual) / 1000.0 - 1), 'YYYY-MM-DD') || ', ' || count(*) FILTER (WHERE "
    "usual AND lo > extract(epoch FROM now()) * 1000) || ' ahead', '') || "
    "coalesce(', ' || nullif(count(late_for), 0) || ' without most indexes: a "
    "file is read into them, or its reading was killed', '') "
    "FROM (SELECT *, lo >= 946684800000 AND hi <= 4102444800000 AS usual "
    "FROM siptrail.ranges) r",

    "SELECT 'quarantined rows', count(*) || coalesce(', the last of ' || "
    "(array_agg(table_name ORDER BY id DESC))[1] || ' at ' || "
    "to_char(max(quarantined_at), 'YYYY-MM-DD HH24:MI:SS') || ': ' || "
    "(array_agg(error ORDER BY id DESC))[1], '') FROM siptrail.quarantine",

    /* Partitions stand under the name of their table. */
    "SELECT '  ' || t, pg_size_pretty(bytes) || CASE WHEN rows > 0 THEN ', "
    "about ' || rows || ' rows' ELSE '' END FROM ("
    "SELECT coalesce(i.inhparent::regclass::text, c.oid::regclass::text) AS t, "
    "sum(pg_total_relation_size(c.oid)) AS bytes, "
    "sum(" ROWS_OF_C ")::bigint AS rows "
    "FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
    "WHERE c.relnamespace = 'siptrail'::regnamespace AND c.relkind = 'r' "
    "GROUP BY 1) s WHERE bytes > 65536 ORDER BY bytes DESC",
};

static void print_pairs(const PGresult *result, FILE *out)
{
    for (int row = 0; row < PQntuples(result); row++)
        (void)fprintf(out, "%-18s %s\n", PQgetvalue(result, row, 0),
                      PQgetvalue(result, row, 1));
}

int status_print(struct store *store, FILE *out, struct error *err)
{
    int rc = 0;

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]) && !rc; i++) {
        PGresult *result = PQexec(store->conn, queries[i]);

        if (PQresultStatus(result) != PGRES_TUPLES_OK)
            rc = store_error(store->conn, result, "looking at what is stored",
                             err);
        else
            print_pairs(result, out);
        PQclear(result);
    }
    return rc;
}
