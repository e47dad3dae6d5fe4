#include "store/named.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>

#include "base/key.h"
#include "store/clean.h"
#include "store/connection.h"
#include "store/fields.h"

#define KEYS_MAX 16
#define MS_MAX ((INT64_C(1) << 48) - 1)

/* The last row is of the days that were filled before parts had names. */
#define NAMED_SQL                                                              \
    "(SELECT exchange_key, NULL::bigint AS lo, NULL::bigint AS hi "            \
    "FROM siptrail.parts WHERE name = %" PRId64 " LIMIT %d) "                  \
    "UNION ALL SELECT NULL, min(lo), max(hi) FROM siptrail.ranges "            \
    "WHERE NOT named HAVING count(*) > 0"

static void write_ms(int64_t ms, char text_out[KEY_TEXT_BYTES])
{
    struct key key;

    key_of_floor(ms * 1000, &key);
    key_write(&key, text_out);
}

static void write_rows(const PGresult *rows, char *sql, size_t room)
{
    const char *before = " AND (call_key IN (";
    int count = PQntuples(rows);
    size_t used = 0;

    for (int row = 0; row < count; row++) {
        char low[KEY_TEXT_BYTES];
        char high[KEY_TEXT_BYTES];

        if (!field_is_null(rows, row, 0)) {
            struct key key = field_key(field_bytes(rows, row, 0));

            key_write(&key, low);
            used += (size_t)snprintf(sql + used, room - used, "%s'%s'", before,
                                     low);
            before = ", ";
            continue;
        }
        write_ms(field_number(field_bytes(rows, row, 1), 0), low);
        write_ms(field_number(field_bytes(rows, row, 2), 0), high);
        used += (size_t)snprintf(sql + used, room - used,
                                 "%s call_key >= '%s' AND call_key < '%s')",
                                 row ? ") OR" : " AND (", low, high);
        return;
    }
    (void)snprintf(sql + used, room - used, "))");
}

/* Where nothing is found, or too much, all days are looked at: there may be a
 * call whose parts were refused; and of times beyond all days' keys. */
static bool is_telling(const PGresult *rows)
{
    int count = PQntuples(rows);

    if (count == 0 || count > KEYS_MAX || field_is_null(rows, 0, 0))
        return false;
    return !field_is_null(rows, count - 1, 0) ||
           field_number(field_bytes(rows, count - 1, 2), 0) <= MS_MAX;
}

int named_write(struct pg_conn *conn, struct span call_id,
                char sql_out[NAMED_SQL_BYTES], struct error *err)
{
    char sql[sizeof(NAMED_SQL) + 40];
    PGresult *rows;
    int rc = 0;

    sql_out[0] = 0;
    (void)snprintf(sql, sizeof(sql), NAMED_SQL, (int64_t)clean_hash(call_id),
                   KEYS_MAX);
    rows = PQexecParams(conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        rc = store_error(conn, rows, "looking for the Call-ID", err);
    else if (is_telling(rows))
        write_rows(rows, sql_out, NAMED_SQL_BYTES);
    PQclear(rows);
    return rc;
}
