#include "store/spooled.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/fields.h"
#include "store/known.h"
#include "store/note.h"
#include "store/send.h"

int spooled_anomaly_ids(struct pg_conn *conn, int16_t ids_out[ANOMALY_COUNT],
                        struct error *err)
{
    PGresult *result =
        PQexec(conn, "SELECT id, name FROM siptrail.anomaly_kinds");
    int rc = 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        rc = store_error(conn, result, "reading anomaly names", err);
    for (int row = 0; rc == 0 && row < PQntuples(result); row++)
        for (int i = 0; i < ANOMALY_COUNT; i++)
            if (strcmp(anomaly_name((enum anomaly)i),
                       PQgetvalue(result, row, 1)) == 0)
                ids_out[i] =
                    (int16_t)strtol(PQgetvalue(result, row, 0), NULL, 10);
    PQclear(result);
    return rc;
}

void spooled_anomaly_numbers(int16_t numbers_out[ANOMALY_COUNT])
{
    for (int i = 0; i < ANOMALY_COUNT; i++)
        numbers_out[i] = (int16_t)(i + 1);
}

/* Which field of a block holds the anomalies: by its name among the columns. */
static unsigned anomaly_field(void)
{
    const char *at = strstr(block_columns, "x_anomaly");
    unsigned field = 0;

    for (const char *c = block_columns; at && c < at; c++)
        field += *c == ',';
    return field;
}

/* Elements of int2[], where they stand. The row's fields are known to be
 * whole (freeze.c), what is in them is not. */
static void translate_array(char *array, size_t length, const int16_t *ids)
{
    for (size_t at = 20; at + 6 <= length; at += 6) {
        unsigned number =
            (unsigned)(uint8_t)array[at + 4] << 8 | (uint8_t)array[at + 5];
        int16_t id = number >= 1 && number <= ANOMALY_COUNT ? ids[number - 1]
                                                            : (int16_t)0;

        copy_be16(array + at + 4, (uint16_t)id);
    }
}

static uint32_t length_at(const char *at)
{
    uint32_t length;

    memcpy(&length, at, 4);
    return be32toh(length);
}

void spooled_translate(struct batch *b, const int16_t ids[ANOMALY_COUNT])
{
    unsigned field = anomaly_field();

    if (b->translated)
        return;
    b->translated = true;
    for (size_t row = 0; row < b->blocks.row_count; row++) {
        char *at = b->blocks.data + b->blocks.rows[row] + 2;
        uint32_t length = length_at(at);

        for (unsigned i = 0; i < field; i++) {
            at += 4 + (length == UINT32_MAX ? 0 : length);
            length = length_at(at);
        }
        if (length != UINT32_MAX)
            translate_array(at + 4, length, ids);
    }
}

int spooled_enter(struct pg_conn *conn, const struct batch *b,
                  struct error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < b->notes.row_count; i++)
        if (note_comes_first(note_kind_of(&b->notes, i)))
            rc = note_run(conn, &b->notes, i, err);
    return rc;
}

static const char *number(char text[24], uint64_t value)
{
    (void)snprintf(text, 24, "%" PRIu64,
                   value > INT64_MAX ? (uint64_t)INT64_MAX : value);
    return text;
}

int spooled_is_committed(struct pg_conn *conn, const struct batch *b,
                         bool *committed_out, struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char text[24];
    const char *const values[] = {key, number(text, b->number)};
    PGresult *result;
    int rc = 0;

    key_write(&b->run_key, key);
    result = PQexecParams(conn,
                          "SELECT 1 FROM siptrail.runs WHERE run_key = $1 "
                          "AND spool_number >= $2::bigint",
                          2, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        rc = store_error(conn, result, "looking for the batch", err);
    *committed_out = rc == 0 && PQntuples(result) > 0;
    PQclear(result);
    return rc;
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct key));
}

int spooled_find_blocks(struct pg_conn *conn, struct batch *b,
                        struct error *err)
{
    size_t count = b->blocks.row_count;
    struct key *keys = malloc((count + 1) * sizeof(*keys));
    PGresult *found = NULL;
    int rc = 0;

    if (!keys)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        memcpy(&keys[i], copy_row_bytes(&b->blocks, i).data + 6, sizeof(*keys));
    if (count)
        found = known_run(conn,
                          "SELECT block_key FROM siptrail.blocks "
                          "WHERE block_key = ANY($1) ORDER BY 1",
                          keys, count);
    if (count && !found)
        rc = error_set(err, -ENOMEM, "out of memory");
    else if (count && PQresultStatus(found) != PGRES_TUPLES_OK)
        rc = store_error(conn, found, "looking up what is stored", err);
    for (int row = 0; rc == 0 && found && row < PQntuples(found); row++) {
        struct key key = field_key(field_bytes(found, row, 0));

        for (size_t i = 0; i < count; i++)
            if (b->block_marks[i] == SEND_ROW &&
                compare_keys(&keys[i], &key) == 0)
                b->block_marks[i] = SEND_KNOWN;
    }
    PQclear(found);
    free(keys);
    return rc;
}

static int run(PGconn *conn, const char *sql, int count,
               const char *const *values, struct error *err)
{
    PGresult *result =
        PQexecParams(conn, sql, count, NULL, values, NULL, NULL, 0);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, "storing accounts", err);
    PQclear(result);
    return rc;
}

static int account_run(PGconn *conn, const struct batch *b,
                       const struct writer_counters *g, struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char text[6][24];
    const char *const values[] = {key,
                                  number(text[0], b->number),
                                  number(text[1], g->calls),
                                  number(text[2], g->messages),
                                  number(text[3], g->messages_known),
                                  number(text[4], g->duplicates),
                                  number(text[5], g->quarantined)};

    key_write(&b->run_key, key);
    return run(conn,
               "UPDATE siptrail.runs SET spool_number = $2::bigint, "
               "calls = coalesce(calls, 0) + $3::bigint, "
               "messages = coalesce(messages, 0) + $4::bigint, "
               "messages_known = coalesce(messages_known, 0) + $5::bigint, "
               "duplicates = coalesce(duplicates, 0) + $6::bigint, "
               "quarantined = coalesce(quarantined, 0) + $7::bigint "
               "WHERE run_key = $1",
               7, values, err);
}

/* Messages of this capture in blocks that were refused. */
static uint64_t lost_of(const struct batch *b, const struct key *capture)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < b->source_count; i++) {
        const struct batch_source *s = &b->sources[i];

        if (s->ordinal < b->capture_count &&
            key_equal(&b->captures[s->ordinal], capture) &&
            b->block_marks[s->block] == SEND_REFUSED)
            lost += s->stored;
    }
    return lost;
}

static int account_capture(PGconn *conn, const struct batch *b,
                           const struct batch_tally *t, struct error *err)
{
    uint64_t lost = lost_of(b, &t->capture_key);
    char key[KEY_TEXT_BYTES];
    char text[4][24];
    const char *const values[] = {
        key, number(text[0], t->stored > lost ? t->stored - lost : 0),
        number(text[1], t->duplicates), number(text[2], lost),
        number(text[3], t->dropped)};

    key_write(&t->capture_key, key);
    return run(conn,
               "UPDATE siptrail.captures SET "
               "stored = coalesce(stored, 0) + $2::bigint, "
               "duplicates = coalesce(duplicates, 0) + $3::bigint, "
               "quarantined = coalesce(quarantined, 0) + $4::bigint, "
               "dropped = coalesce(dropped, 0) + $5::bigint "
               "WHERE capture_key = $1",
               5, values, err);
}

int spooled_account(struct pg_conn *conn, const struct batch *b,
                    const struct writer_counters *grown, struct error *err)
{
    int rc = account_run(conn, b, grown, err);

    for (size_t i = 0; rc == 0 && i < b->tally_count; i++)
        rc = account_capture(conn, b, &b->tallies[i], err);
    for (size_t i = 0; rc == 0 && i < b->notes.row_count; i++)
        if (!note_comes_first(note_kind_of(&b->notes, i)))
            rc = note_run(conn, &b->notes, i, err);
    return rc;
}
