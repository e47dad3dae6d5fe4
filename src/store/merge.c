#include "store/merge.h"

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "store/connection.h"
#include "store/row.h"

#define NO_KEY "00000000-0000-0000-0000-000000000000"

static char text[16384];
static size_t used;

static void put(struct span words)
{
    assert(words.length < sizeof(text) - used);
    memcpy(text + used, words.data, words.length);
    used += words.length;
}

static void put_string(const char *words)
{
    put(span_of_string(words));
}

/* "name = " BEFORE "excluded.name" BEHIND */
static void put_value(struct span name, const char *before, const char *behind)
{
    put(name);
    put_string(" = ");
    put_string(before);
    put_string("excluded.");
    put(name);
    put_string(behind);
}

/* The key stays. So does a link to a call that ended before a restart, which
 * is not found again, and the capture of one taken up: its record has none. */
static void put_column(struct span name)
{
    if (span_equal(name, SPAN_LITERAL("replaces")) ||
        span_equal(name, SPAN_LITERAL("replaced_by"))) {
        put_value(name, "coalesce(", ", c.");
        put(name);
        put_string(")");
    } else if (span_equal(name, SPAN_LITERAL("capture_key"))) {
        put_value(name, "coalesce(nullif(", ", '" NO_KEY "'), c.capture_key)");
    } else {
        put_value(name, "", "");
    }
}

static void write_sql(void)
{
    struct span columns = span_of_string(row_call_columns());
    struct span rest = columns;
    const char *between = "";

    put_string("INSERT INTO siptrail.calls AS c (");
    put(columns);
    put_string(") SELECT ");
    put(columns);
    put_string(" FROM " MERGE_TABLE " ON CONFLICT (call_key) DO UPDATE SET ");
    while (rest.length) {
        size_t end = span_find_byte(rest, ',');
        struct span name = span_part(rest, 0, end);

        rest = span_from(rest, end + 2);
        if (span_equal(name, SPAN_LITERAL("call_key")))
            continue;
        put_string(between);
        put_column(name);
        between = ", ";
    }
    put_string(" WHERE (c.messages, c.last_message_at) <= "
               "(excluded.messages, excluded.last_message_at); "
               "DELETE FROM " MERGE_TABLE);
}

const char *merge_sql(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, write_sql);
    return text;
}

/* Of the columns this program writes and of no other: one that is there beside
   them, of the user's or of a later program's, gets its default. */
static int make_table(struct pg_conn *conn, struct error *err)
{
    char sql[8192];
    int n = snprintf(sql, sizeof(sql),
                     "CREATE TEMPORARY TABLE siptrail_calls "
                     "ON COMMIT DELETE ROWS AS SELECT %s FROM siptrail.calls "
                     "WITH NO DATA",
                     row_call_columns());

    if (n < 0 || (size_t)n >= sizeof(sql))
        return error_set(err, -ENOBUFS, "too many columns of calls");
    return store_run(conn, sql, err);
}

/* Asked for rather than made IF NOT EXISTS, which would say so each time. */
int merge_prepare(struct pg_conn *conn, struct error *err)
{
    PGresult *result =
        PQexec(conn, "SELECT 1 WHERE to_regclass('" MERGE_TABLE "') IS NULL");
    int rc = 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        rc = store_error(conn, result, "storing calls that go on", err);
    else if (PQntuples(result))
        rc = make_table(conn, err);
    PQclear(result);
    return rc;
}
