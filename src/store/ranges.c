#include "store/ranges.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/grow.h"
#include "store/connection.h"

/* For a day that is being dropped: half a minute in all. */
#define TRIES 300
#define PAUSE_NS 100000000L

void ranges_fini(struct ranges *r)
{
    free(r->items);
    *r = (struct ranges){0};
}

void ranges_forget(struct ranges *r)
{
    r->count = r->recent = 0;
}

static int64_t ms_of(const struct key *key)
{
    int64_t ms = 0;

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | key->bytes[i];
    return ms;
}

static bool covers(const struct range *r, int64_t ms)
{
    return r->lo <= ms && ms < r->hi;
}

static int add(struct ranges *r, const struct range *range)
{
    struct range *items =
        grow_for_one(r->items, &r->room, r->count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    r->items = items;
    r->recent = r->count;
    r->items[r->count++] = *range;
    return 0;
}

static bool is_held(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return state && strcmp(state, "55P03") == 0;
}

static PGresult *find(PGconn *conn, const char *const values[2])
{
    const struct timespec pause = {0, PAUSE_NS};
    PGresult *result = NULL;

    for (int i = 0; i < TRIES; i++) {
        if (i) {
            PQclear(result);
            (void)nanosleep(&pause, NULL);
        }
        result = PQexecParams(
            conn, "SELECT lo, hi, fresh FROM siptrail.range_find($1, $2)", 2,
            NULL, values, NULL, NULL, 0);
        if (!is_held(result))
            break;
    }
    return result;
}

static int ask(struct ranges *r, PGconn *conn, int64_t ms, struct error *err)
{
    char at[24];
    char made[16];
    const char *const values[] = {at, made};
    struct range range;
    PGresult *result;
    int rc;

    (void)snprintf(at, sizeof(at), "%lld", (long long)ms);
    (void)snprintf(made, sizeof(made), "%d", r->made);
    result = find(conn, values);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) {
        rc = store_error(conn, result, "making room for a day", err);
    } else {
        range.lo = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        range.hi = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
        range.fresh = PQgetvalue(result, 0, 2)[0] == 't';
        r->made += range.fresh;
        rc = add(r, &range);
        if (rc)
            (void)error_set(err, rc, "out of memory");
    }
    PQclear(result);
    return rc;
}

int ranges_ensure(struct ranges *r, struct pg_conn *conn, const struct key *key,
                  bool *fresh_out, struct error *err)
{
    int64_t ms = ms_of(key);
    int rc = 0;

    if (!r->count || !covers(&r->items[r->recent], ms)) {
        size_t i = 0;

        while (i < r->count && !covers(&r->items[i], ms))
            i++;
        if (i < r->count)
            r->recent = i;
        else
            rc = ask(r, conn, ms, err);
    }
    *fresh_out = rc == 0 && r->items[r->recent].fresh;
    return rc;
}
