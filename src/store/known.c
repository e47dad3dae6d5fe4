#include "store/known.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/fields.h"

struct pg_result *known_run_array(struct pg_conn *conn, const char *sql,
                                  enum known_array type,
                                  const struct copy *array)
{
    const Oid types[] = {type};
    const int formats[] = {1};
    const char *const values[] = {array->data + 4};
    const int lengths[] = {(int)(array->used - 4)};

    return PQexecParams(conn, sql, 1, types, values, lengths, formats, 1);
}

struct pg_result *known_run(struct pg_conn *conn, const char *sql,
                            const struct key *keys, size_t count)
{
    struct copy array = {0};
    size_t start = copy_array(&array, OID_UUID, count);
    PGresult *result = NULL;

    for (size_t i = 0; i < count; i++)
        copy_key(&array, &keys[i]);
    copy_array_end(&array, start);
    if (!array.failed)
        result = known_run_array(conn, sql, KNOWN_KEYS, &array);
    copy_fini(&array);
    return result;
}

/* Entries of the batch in the order of their keys, then of the batch. */
struct sorted {
    struct batch_exchange **items;
    size_t count;
    struct key *keys; /* distinct, in order */
    size_t key_count;
};

static int compare_entries(const void *a, const void *b)
{
    const struct batch_exchange *x = *(struct batch_exchange *const *)a;
    const struct batch_exchange *y = *(struct batch_exchange *const *)b;
    int order = memcmp(x->key.bytes, y->key.bytes, sizeof(x->key.bytes));

    if (order)
        return order;
    return x < y ? -1 : x > y;
}

static int sort_entries(struct batch *b, struct sorted *s)
{
    s->items =
        malloc((b->exchange_count + 1) * sizeof(struct batch_exchange *));
    s->keys = malloc((b->exchange_count + 1) * sizeof(*s->keys));
    if (!s->items || !s->keys)
        return -ENOMEM;
    for (size_t i = 0; i < b->exchange_count; i++)
        s->items[i] = &b->exchanges[i];
    s->count = b->exchange_count;
    qsort(s->items, s->count, sizeof(struct batch_exchange *), compare_entries);
    for (size_t i = 0; i < s->count; i++)
        if (!i || !key_equal(&s->items[i]->key, &s->items[i - 1]->key))
            s->keys[s->key_count++] = s->items[i]->key;
    return 0;
}

static int compare_key(const void *key, const void *entry)
{
    const struct batch_exchange *e = *(struct batch_exchange *const *)entry;

    return memcmp(key, e->key.bytes, sizeof(e->key.bytes));
}

/* The first entry of this key. */
static size_t find_entry(const struct sorted *s, const struct key *key)
{
    struct batch_exchange **hit =
        bsearch(key->bytes, s->items, s->count, sizeof(struct batch_exchange *),
                compare_key);
    size_t i;

    if (!hit)
        return s->count;
    i = (size_t)(hit - s->items);
    while (i > 0 && key_equal(&s->items[i - 1]->key, key))
        i--;
    return i;
}

static bool is_fuller(const struct batch_exchange *e,
                      const struct batch_exchange *than)
{
    if (e->call_messages != than->call_messages)
        return e->call_messages > than->call_messages;
    if (e->call_last_at != than->call_last_at)
        return e->call_last_at > than->call_last_at;
    if (e->rank == BATCH_LIVE && than->rank == BATCH_LIVE)
        return true; /* told of later: a gap or a timer changed it */
    return e->rank > than->rank;
}

/* Ordinals below @p stored are there. Messages of an exchange come in the same
 * order however often it is read, so a longer one continues a shorter one;
 * but one that begins at 0 is whole and replaces it. */
static void judge_part(struct batch_exchange *e, uint32_t stored)
{
    if (!e->count)
        return;
    e->known = stored;
    if (e->no + e->count <= stored)
        e->messages = BATCH_KNOWN;
    else if (e->no == 0 && stored > 0)
        e->messages = BATCH_REPLACES;
    else
        e->messages = BATCH_NEW;
    if (e->messages == BATCH_REPLACES)
        e->known = 0;
}

static void judge_parts(const struct sorted *s, const PGresult *found)
{
    for (int row = 0; row < PQntuples(found); row++) {
        struct key key = field_key(field_bytes(found, row, 0));
        uint32_t stored = (uint32_t)field_number(field_bytes(found, row, 1), 0);

        for (size_t i = find_entry(s, &key);
             i < s->count && key_equal(&s->items[i]->key, &key); i++)
            judge_part(s->items[i], stored);
    }
}

static void judge_calls(const struct sorted *s, const PGresult *found)
{
    for (int row = 0; row < PQntuples(found); row++) {
        struct key key = field_key(field_bytes(found, row, 0));
        const struct batch_exchange there = {
            .call_messages =
                (uint32_t)field_number(field_bytes(found, row, 1), 0),
            .call_last_at = field_time(field_bytes(found, row, 2)),
            .rank = (uint8_t)field_number(field_bytes(found, row, 3), 0),
        };

        for (size_t i = find_entry(s, &key);
             i < s->count && key_equal(&s->items[i]->key, &key); i++) {
            struct batch_exchange *e = s->items[i];

            e->call = is_fuller(e, &there) ? BATCH_REPLACES : BATCH_KNOWN;
        }
    }
}

/* Two entries of one key in one batch: parts that follow each other are both
 * wanted; of parts or calls that say the same, the fuller. */
static void judge_pair(struct batch_exchange *a, struct batch_exchange *b)
{
    if (a->has_call && b->has_call) {
        if (is_fuller(b, a)) {
            b->call = a->call;
            a->call = BATCH_KNOWN;
        } else {
            b->call = BATCH_KNOWN;
        }
    }
    if (!a->count || !b->count || a->messages == BATCH_KNOWN ||
        b->messages == BATCH_KNOWN)
        return;
    if (b->no >= a->no + a->count)
        return;
    if (b->no + b->count <= a->no + a->count) {
        b->messages = BATCH_KNOWN;
    } else if (b->no <= a->no) {
        b->messages = a->messages;
        a->messages = BATCH_KNOWN;
    } else {
        b->known = a->no + a->count;
    }
}

static void judge_twins(const struct sorted *s)
{
    for (size_t i = 1; i < s->count; i++) {
        size_t j = i;

        /* The newest few: a flood of one key must not cost its square. */
        while (j > 0 && i - j < 8 &&
               key_equal(&s->items[j - 1]->key, &s->items[i]->key))
            judge_pair(s->items[--j], s->items[i]);
    }
}

static int look_up(PGconn *conn, const char *sql, const struct key *keys,
                   size_t count, PGresult **result_out, struct error *err)
{
    PGresult *result = known_run(conn, sql, keys, count);
    int rc = 0;

    if (!result)
        return error_set(err, -ENOMEM, "out of memory");
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = store_error(conn, result, "looking up what is stored", err);
        PQclear(result);
        result = NULL;
    }
    *result_out = result;
    return rc;
}

/* A row of `exchanges` goes with the first part, unless it is there. */
static int judge_exchange_rows(PGconn *conn, const struct sorted *s,
                               bool thorough, struct error *err)
{
    PGresult *found;
    int rc;

    for (size_t i = 0; i < s->count; i++)
        if (s->items[i]->has_row)
            s->items[i]->call =
                s->items[i]->messages == BATCH_NEW ? BATCH_NEW : BATCH_KNOWN;
    if (!thorough)
        return 0;
    rc = look_up(conn,
                 "SELECT exchange_key FROM siptrail.exchanges "
                 "WHERE exchange_key = ANY($1)",
                 s->keys, s->key_count, &found, err);
    if (rc)
        return rc;
    for (int row = 0; row < PQntuples(found); row++) {
        struct key key = field_key(field_bytes(found, row, 0));

        for (size_t i = find_entry(s, &key);
             i < s->count && key_equal(&s->items[i]->key, &key); i++)
            if (s->items[i]->has_row)
                s->items[i]->call = BATCH_KNOWN;
    }
    PQclear(found);
    return 0;
}

/* Of a replaced call the dialogs go too, so theirs are not in the way. */
static bool asks_dialog(const struct batch *b, const struct batch_dialog *d,
                        bool thorough)
{
    const struct batch_exchange *e = &b->exchanges[d->exchange];

    if (e->has_call && e->call == BATCH_KNOWN)
        return false;
    return thorough || !e->has_call;
}

static void mark_dialogs(struct batch *b, const PGresult *found)
{
    for (size_t i = 0; i < b->dialog_count; i++) {
        struct batch_dialog *d = &b->dialog_keys[i];
        const struct batch_exchange *e = &b->exchanges[d->exchange];

        for (int row = 0; found && !d->known && row < PQntuples(found); row++) {
            struct key key = field_key(field_bytes(found, row, 0));
            struct key owner = field_key(field_bytes(found, row, 1));

            d->known = key_equal(&key, &d->key) &&
                       !(e->call == BATCH_REPLACES && e->has_call &&
                         key_equal(&owner, &e->key));
        }
    }
}

static int judge_dialogs(PGconn *conn, struct batch *b, bool thorough,
                         struct error *err)
{
    struct key *keys = malloc((b->dialog_count + 1) * sizeof(*keys));
    PGresult *found = NULL;
    size_t count = 0;
    int rc = 0;

    if (!keys)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < b->dialog_count; i++) {
        struct batch_dialog *d = &b->dialog_keys[i];
        const struct batch_exchange *e = &b->exchanges[d->exchange];

        d->known = e->has_call && e->call == BATCH_KNOWN;
        if (asks_dialog(b, d, thorough))
            keys[count++] = d->key;
    }
    if (count)
        rc = look_up(conn,
                     "SELECT dialog_key, call_key FROM siptrail.dialogs "
                     "WHERE dialog_key = ANY($1)",
                     keys, count, &found, err);
    if (rc == 0 && found && PQntuples(found))
        mark_dialogs(b, found);
    PQclear(found);
    free(keys);
    return rc;
}

/* In a thorough look: one dialog key twice in the batch. */
static void drop_twin_dialogs(struct batch *b)
{
    for (size_t i = 0; i < b->dialog_count; i++)
        for (size_t j = i; j > 0 && i - j < 64; j--)
            if (!b->dialog_keys[j - 1].known &&
                key_equal(&b->dialog_keys[j - 1].key, &b->dialog_keys[i].key))
                b->dialog_keys[i].known = true;
}

static void forget(struct batch *b)
{
    for (size_t i = 0; i < b->exchange_count; i++) {
        b->exchanges[i].messages = b->exchanges[i].call = BATCH_NEW;
        b->exchanges[i].known = 0;
    }
}

static int decide_entries(PGconn *conn, const struct sorted *s, bool thorough,
                          struct error *err)
{
    PGresult *found;
    int rc = look_up(conn,
                     "SELECT exchange_key, max(no + hi - lo + 1) "
                     "FROM siptrail.parts WHERE exchange_key = ANY($1) "
                     "GROUP BY exchange_key",
                     s->keys, s->key_count, &found, err);

    if (rc)
        return rc;
    judge_parts(s, found);
    PQclear(found);
    rc = look_up(conn,
                 "SELECT call_key, messages, last_message_at, "
                 "CASE WHEN live THEN 1::int2 "
                 "WHEN end_cause = 'capture_end' THEN 0::int2 ELSE 2::int2 END "
                 "FROM siptrail.calls WHERE call_key = ANY($1)",
                 s->keys, s->key_count, &found, err);
    if (rc)
        return rc;
    judge_calls(s, found);
    PQclear(found);
    judge_twins(s);
    return judge_exchange_rows(conn, s, thorough, err);
}

int known_decide(struct pg_conn *conn, struct batch *b, bool thorough,
                 struct error *err)
{
    struct sorted s = {NULL, 0, NULL, 0};
    int rc;

    if (!b->exchange_count)
        return 0;
    forget(b);
    rc = sort_entries(b, &s);
    if (rc)
        (void)error_set(err, rc, "out of memory");
    if (rc == 0)
        rc = decide_entries(conn, &s, thorough, err);
    if (rc == 0)
        rc = judge_dialogs(conn, b, thorough, err);
    if (rc == 0 && thorough)
        drop_twin_dialogs(b);
    free(s.items);
    free(s.keys);
    return rc;
}
