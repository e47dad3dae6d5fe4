#include "store/upsert.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "base/grow.h"
#include "store/connection.h"
#include "store/fields.h"
#include "store/known.h"
#include "store/send.h"

void upsert_fini(struct upsert *u)
{
    copy_fini(&u->rows);
    free(u->items);
    free(u->gone);
    *u = (struct upsert){0};
}

void upsert_reset(struct upsert *u)
{
    copy_reset(&u->rows);
    u->count = u->gone_count = 0;
}

int upsert_add(struct upsert *u, const struct upsert_row *row)
{
    struct upsert_row *items =
        grow_for_one(u->items, &u->room, u->count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    u->items = items;
    u->items[u->count++] = *row;
    return 0;
}

static bool is_fuller(const struct upsert_row *a, const struct upsert_row *b)
{
    if (a->weight != b->weight)
        return a->weight > b->weight;
    if (a->last_at != b->last_at)
        return a->last_at > b->last_at;
    if (a->rank != b->rank)
        return a->rank > b->rank;
    return a->first_at < b->first_at;
}

/* Two that follow each other are not the same thing. */
static bool is_same(const struct upsert_row *a, const struct upsert_row *b)
{
    return key_equal(&a->name, &b->name) &&
           (key_equal(&a->key, &b->key) ||
            (a->first_at < b->last_at && b->first_at < a->last_at));
}

static int compare_names(const void *a, const void *b)
{
    const struct upsert_row *x = *(struct upsert_row *const *)a;
    const struct upsert_row *y = *(struct upsert_row *const *)b;
    int order = memcmp(x->name.bytes, y->name.bytes, sizeof(x->name.bytes));

    if (order)
        return order;
    return x < y ? -1 : x > y;
}

/* Rows of one name within the batch: the newest few are compared. */
static void judge_twins(struct upsert_row **sorted, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && i - j < 8; j--) {
            struct upsert_row *a = sorted[j - 1];
            struct upsert_row *b = sorted[i];

            if (!key_equal(&a->name, &b->name))
                break;
            if (a->known || !is_same(a, b))
                continue;
            if (is_fuller(b, a))
                a->known = true;
            else
                b->known = true;
        }
}

static int add_gone(struct upsert *u, const struct key *key)
{
    struct key *gone =
        grow_for_one(u->gone, &u->gone_room, u->gone_count, sizeof(*gone));

    if (!gone)
        return -ENOMEM;
    u->gone = gone;
    u->gone[u->gone_count++] = *key;
    return 0;
}

static struct upsert_row stored_row(const PGresult *found, int row)
{
    return (struct upsert_row){
        .key = field_key(field_bytes(found, row, 0)),
        .name = field_key(field_bytes(found, row, 1)),
        .first_at = field_time(field_bytes(found, row, 2)),
        .last_at = field_time(field_bytes(found, row, 3)),
        .weight = (uint32_t)field_number(field_bytes(found, row, 4), 0),
        .rank = (uint32_t)field_number(field_bytes(found, row, 5), 0),
    };
}

static size_t first_of(struct upsert_row **sorted, size_t count,
                       const struct key *name)
{
    size_t lo = 0;
    size_t hi = count;

    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;

        if (memcmp(sorted[middle]->name.bytes, name->bytes,
                   sizeof(name->bytes)) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* What is stored gives way to any row that is fuller, unless that one gives
 * way to another. */
static int judge_stored(struct upsert *u, struct upsert_row **sorted,
                        const PGresult *found)
{
    int rc = 0;

    for (int row = 0; rc == 0 && row < PQntuples(found); row++) {
        struct upsert_row there = stored_row(found, row);
        bool goes = false;

        for (size_t i = first_of(sorted, u->count, &there.name);
             i < u->count && key_equal(&sorted[i]->name, &there.name); i++) {
            if (sorted[i]->known || !is_same(sorted[i], &there))
                continue;
            if (is_fuller(sorted[i], &there))
                goes = true;
            else
                sorted[i]->known = true;
        }
        if (goes)
            rc = add_gone(u, &there.key);
    }
    return rc;
}

static int look_up(struct upsert *u, struct upsert_row **sorted,
                   const struct upsert_table *t, struct pg_conn *conn,
                   struct error *err)
{
    struct key *names = malloc(u->count * sizeof(*names));
    PGresult *found = NULL;
    size_t count = 0;
    int rc = 0;

    if (!names)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < u->count; i++)
        if (!i || !key_equal(&sorted[i]->name, &sorted[i - 1]->name))
            names[count++] = sorted[i]->name;
    found = known_run(conn, t->find_sql, names, count);
    if (!found)
        rc = error_set(err, -ENOMEM, "out of memory");
    else if (PQresultStatus(found) != PGRES_TUPLES_OK)
        rc = store_error(conn, found, "looking up what is stored", err);
    else if (judge_stored(u, sorted, found))
        rc = error_set(err, -ENOMEM, "out of memory");
    PQclear(found);
    free(names);
    return rc;
}

int upsert_decide(struct upsert *u, const struct upsert_table *t,
                  struct pg_conn *conn, struct error *err)
{
    struct upsert_row **sorted;
    int rc;

    u->gone_count = 0;
    if (!u->count)
        return 0;
    sorted = malloc(u->count * sizeof(struct upsert_row *));
    if (!sorted)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < u->count; i++) {
        u->items[i].known = false;
        sorted[i] = &u->items[i];
    }
    qsort(sorted, u->count, sizeof(struct upsert_row *), compare_names);
    judge_twins(sorted, u->count);
    rc = look_up(u, sorted, t, conn, err);
    free(sorted);
    return rc;
}

int upsert_delete(const struct upsert *u, const struct upsert_table *t,
                  struct pg_conn *conn, struct error *err)
{
    PGresult *result;
    int rc = 0;

    if (!u->gone_count)
        return 0;
    result = known_run(conn, t->delete_sql, u->gone, u->gone_count);
    if (!result)
        rc = error_set(err, -ENOMEM, "out of memory");
    else if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, "replacing a shorter record", err);
    PQclear(result);
    return rc;
}

uint8_t *upsert_marks(const struct upsert *u)
{
    uint8_t *marks = calloc(u->count + 1, 1);

    for (size_t i = 0; marks && i < u->count; i++)
        if (u->items[i].known)
            marks[i] = SEND_LEAVE_OUT;
    return marks;
}
