#include "store/find.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/clean.h"
#include "store/connection.h"
#include "store/fields.h"
#include "store/named.h"
#include "store/query.h"
#include "store/row.h"

#define CANDIDATES 5
#define PREFIX_DIGITS 4
#define DAY_US INT64_C(86400000000)
#define KEY_DIGITS 12 /* so many say the day, and are no Call-ID by chance */

const struct call_filter call_filter_none = {.since_us = TIME_NONE,
                                             .until_us = TIME_NONE,
                                             .live_since_us = TIME_NONE,
                                             .min_pdd_ms = TIME_NONE,
                                             .min_duration_ms = TIME_NONE,
                                             .max_duration_ms = TIME_NONE};

/* A key is of a call's first INVITE or message, so it is not of an earlier day
 * than first_at: the days before are not even planned for. */
static void add_first_day(struct query *q, int64_t since_us)
{
    char text[KEY_TEXT_BYTES];
    struct key low;

    key_of_floor(since_us - DAY_US, &low);
    key_write(&low, text);
    query_add(q, " AND call_key >= '%s'", text);
}

/* Who takes the rows: calls whole, or their keys alone. */
struct taker {
    find_call_fn call_fn;
    find_key_fn key_fn;
    void *arg;
};

static void build(struct query *q, const struct taker *to,
                  const struct call_filter *f, const char *named)
{
    query_add(q, "SELECT %s FROM ",
              to->call_fn ? row_call_columns() : "call_key");
    if (f->limit)
        query_add(q, "(SELECT %s FROM ",
                  to->call_fn ? "*" : "call_key, first_at");
    query_add(q, "siptrail.calls");
    query_add_filter(q, f);
    query_add(q, "%s", named);
    if (f->since_us != TIME_NONE)
        add_first_day(q, f->since_us);
    if (f->limit)
        query_add(q,
                  " ORDER BY first_at DESC, call_key DESC LIMIT %llu) newest",
                  (unsigned long long)f->limit);
    query_add(q, " ORDER BY first_at, call_key");
}

static void stop_query(PGconn *conn)
{
    PGcancel *cancel = PQgetCancel(conn);
    PGresult *result;
    char text[256];

    if (cancel)
        (void)PQcancel(cancel, text, sizeof(text));
    PQfreeCancel(cancel);
    while ((result = PQgetResult(conn)))
        PQclear(result);
}

static int hand_on_call(const PGresult *result, int row, struct arena *arena,
                        const struct taker *to, struct error *err)
{
    struct found_call call;
    int rc = row_read_call(result, row, arena, &call);

    if (rc)
        return error_set(err, rc, "a row of calls cannot be read");
    return to->call_fn(to->arg, &call);
}

static int hand_on(PGconn *conn, const PGresult *result, const struct taker *to,
                   struct error *err)
{
    struct arena arena;
    int rc = 0;

    if (PQresultStatus(result) != PGRES_SINGLE_TUPLE &&
        PQresultStatus(result) != PGRES_TUPLES_OK)
        return store_error(conn, result, "listing calls", err);
    arena_init(&arena, 1024);
    for (int row = 0; rc == 0 && row < PQntuples(result); row++) {
        struct key key;

        arena_reset(&arena);
        if (to->call_fn) {
            rc = hand_on_call(result, row, &arena, to, err);
        } else {
            key = field_key(field_bytes(result, row, 0));
            rc = to->key_fn(to->arg, &key);
        }
    }
    arena_fini(&arena);
    return rc;
}

static int find(struct store *store, const struct call_filter *filter,
                const struct taker *to, struct error *err)
{
    struct query *q = malloc(sizeof(*q));
    char named[NAMED_SQL_BYTES] = "";
    PGresult *result;
    int rc = 0;

    if (!q)
        return error_set(err, -ENOMEM, "out of memory");
    query_init(q);
    if (filter->call_id.length)
        rc = named_write(store->conn, filter->call_id, named, err);
    build(q, to, filter, named);
    if (rc == 0 && q->failed)
        rc = error_set(err, -E2BIG, "the filters are too long");
    else if (rc == 0 && (!PQsendQueryParams(store->conn, q->sql, q->count, NULL,
                                            q->values, NULL, NULL, 1) ||
                         !PQsetSingleRowMode(store->conn)))
        rc = store_error(store->conn, NULL, "listing calls", err);
    while (rc == 0 && (result = PQgetResult(store->conn))) {
        rc = hand_on(store->conn, result, to, err);
        PQclear(result);
    }
    if (rc)
        stop_query(store->conn);
    query_fini(q);
    free(q);
    return rc;
}

int find_calls(struct store *store, const struct call_filter *filter,
               find_call_fn fn, void *arg, struct error *err)
{
    return find(store, filter, &(struct taker){.call_fn = fn, .arg = arg}, err);
}

int find_call_keys(struct store *store, const struct call_filter *filter,
                   find_key_fn fn, void *arg, struct error *err)
{
    return find(store, filter, &(struct taker){.key_fn = fn, .arg = arg}, err);
}

/* The lowest and highest key that begin with these digits.
 * @return How many they are; 0 where it is no beginning of a key */
static size_t prefix_bounds(struct span name, char low[KEY_TEXT_BYTES],
                            char high[KEY_TEXT_BYTES])
{
    size_t digits = 0;

    for (size_t i = 0; i < name.length; i++) {
        char c = name.data[i];

        if (c == '-')
            continue;
        if (!strchr("0123456789abcdefABCDEF", c) || !c || digits == 32)
            return 0;
        low[digits] = high[digits] = c;
        digits++;
    }
    memset(low + digits, '0', 32 - digits);
    memset(high + digits, 'f', 32 - digits);
    low[32] = high[32] = 0;
    return digits;
}

static int ask_candidates(struct store *store, const char *where, int count,
                          const char *const *values, PGresult **result_out,
                          struct error *err)
{
    char sql[512 + NAMED_SQL_BYTES];
    PGresult *result;
    int rc = 0;

    (void)snprintf(sql, sizeof(sql),
                   "SELECT call_key, first_at, disposition FROM siptrail.calls "
                   "WHERE %s ORDER BY first_at LIMIT %d",
                   where, CANDIDATES + 1);
    result = PQexecParams(store->conn, sql, count, NULL, values, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = store_error(store->conn, result, "looking for the call", err);
        PQclear(result);
        result = NULL;
    }
    *result_out = result;
    return rc;
}

static int refuse_several(const PGresult *found, struct span name,
                          struct error *err)
{
    char list[400] = "";
    size_t used = 0;
    int rows = PQntuples(found);

    for (int row = 0; row < rows && row < CANDIDATES; row++) {
        struct key key = field_key(field_bytes(found, row, 0));
        struct span word = field_bytes(found, row, 2);
        char text[KEY_TEXT_BYTES];
        int n;

        key_write(&key, text);
        n = snprintf(list + used, sizeof(list) - used, "%s%s (%.*s)",
                     row ? ", " : "", text, SPAN_ARG(word));
        if (n < 0 || (size_t)n >= sizeof(list) - used)
            break;
        used += (size_t)n;
    }
    return error_set(err, -EEXIST, "%.*s names several calls: %s%s",
                     name.length > 80 ? 80 : (int)name.length, name.data, list,
                     rows > CANDIDATES ? " and more" : "");
}

static int choose(const PGresult *found, struct span name, struct key *key_out,
                  struct error *err)
{
    if (PQntuples(found) > 1)
        return refuse_several(found, name, err);
    *key_out = field_key(field_bytes(found, 0, 0));
    return 0;
}

/* A Call-ID is looked for in all days, a key in its own: a name that is as
 * long as a key first as that. */
static int ask_name(struct store *store, struct span name, PGresult **found_out,
                    struct error *err)
{
    char low[KEY_TEXT_BYTES];
    char high[KEY_TEXT_BYTES];
    char call_id[CLEAN_TEXT_MAX + 1];
    char where[32 + NAMED_SQL_BYTES] = "call_id = $1";
    const char *const ids[] = {call_id};
    const char *const bounds[] = {low, high};
    size_t digits = prefix_bounds(name, low, high);
    int rc = 0;

    *found_out = NULL;
    call_id[clean_write(name, call_id, CLEAN_TEXT_MAX)] = 0;
    for (int i = 0; rc == 0 && i < 2; i++) {
        bool as_key = (digits >= KEY_DIGITS) == (i == 0);

        if (as_key && digits < PREFIX_DIGITS)
            continue;
        if (*found_out && PQntuples(*found_out) > 0)
            break;
        PQclear(*found_out);
        *found_out = NULL;
        if (!as_key)
            rc = named_write(store->conn, name, where + strlen(where), err);
        if (rc)
            break;
        if (as_key)
            rc = ask_candidates(
                store, "call_key BETWEEN $1::text::uuid AND $2::text::uuid", 2,
                bounds, found_out, err);
        else
            rc = ask_candidates(store, where, 1, ids, found_out, err);
    }
    return rc;
}

int find_call(struct store *store, struct span name, struct key *key_out,
              struct error *err)
{
    PGresult *found;
    int rc = ask_name(store, name, &found, err);

    if (rc)
        return rc;
    if (PQntuples(found) == 0)
        rc = error_set(err, -ENOENT,
                       "no call %.*s; siptrail calls --all lists them",
                       name.length > 80 ? 80 : (int)name.length,
                       name.data ? name.data : "");
    else
        rc = choose(found, name, key_out, err);
    PQclear(found);
    return rc;
}
