#include "store/note.h"

#include <errno.h>
#include <libpq-fe.h>
#include <string.h>

#include "store/connection.h"

static const struct {
    int count;
    const char *doing;
    const char *sql;
} statements[NOTE_KIND_COUNT] = {
    [NOTE_RUN] = {6, "entering the run",
                  "INSERT INTO siptrail.runs (run_key, command, version, host, "
                  "sensor, started_at) VALUES ($1, $2, $3, $4, $5, "
                  "coalesce($6::timestamptz, now())) "
                  "ON CONFLICT (run_key) DO NOTHING"},
    [NOTE_RUN_END] =
        {8, "ending the run",
         "UPDATE siptrail.runs SET calls = coalesce($2::bigint, calls), "
         "messages = coalesce($3::bigint, messages), messages_known = "
         "coalesce($4::bigint, messages_known), duplicates = "
         "coalesce($5::bigint, duplicates), quarantined = "
         "coalesce($6::bigint, quarantined), error = $7, "
         "ended_at = coalesce($8::timestamptz, now()) WHERE run_key = $1"},
    [NOTE_CAPTURE] =
        {5, "entering the capture",
         "INSERT INTO siptrail.captures (capture_key, run_key, sensor, source, "
         "started_at) VALUES ($1, $2, $3, $4, "
         "coalesce($5::timestamptz, now())) "
         "ON CONFLICT (capture_key) DO NOTHING"},
    [NOTE_CAPTURE_AGAIN] =
        {5, "entering the capture",
         "INSERT INTO siptrail.captures AS c (capture_key, run_key, sensor, "
         "source, started_at) VALUES ($1, $2, $3, $4, "
         "coalesce($5::timestamptz, now())) "
         "ON CONFLICT (capture_key) DO UPDATE "
         "SET run_key = excluded.run_key, source = excluded.source, "
         "started_at = excluded.started_at, ended_at = NULL, "
         "state = 'running', reads = c.reads + 1"},
    [NOTE_CAPTURE_END] =
        {29, "ending the capture",
         "UPDATE siptrail.captures SET "
         "state = $2::siptrail.capture_state, damage = $3, "
         "anomalies = $4::jsonb, first_packet_at = $5::timestamptz, "
         "last_packet_at = $6::timestamptz, fingerprint = $7::bigint, "
         "packets = $8::bigint, bytes = $9::bigint, decoded = $10::bigint, "
         "not_for_us = $11::bigint, not_sip = $12::bigint, "
         "opaque = $13::bigint, malformed = $14::bigint, "
         "truncated = $15::bigint, fragments_expired = $16::bigint, "
         "tcp_gaps = $17::bigint, dropped_kernel = $18::bigint, "
         "dropped_interface = $19::bigint, dropped_queue = $20::bigint, "
         "sip_messages = $21::bigint, stored = coalesce($22::bigint, stored), "
         "duplicates = coalesce($23::bigint, duplicates), "
         "filtered = $24::bigint, "
         "quarantined = coalesce($25::bigint, quarantined), "
         "spooled = $26::bigint, dropped = coalesce(CASE WHEN $22::bigint "
         "IS NULL THEN dropped END, 0) + $27::bigint, "
         "packets_filtered = $28::bigint, "
         "ended_at = coalesce($29::timestamptz, now()) "
         "WHERE capture_key = $1"},
};

static int execute(PGconn *conn, enum note_kind kind, const char *const *values,
                   struct error *err)
{
    PGresult *result =
        PQexecParams(conn, statements[kind].sql, statements[kind].count, NULL,
                     values, NULL, NULL, 0);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, statements[kind].doing, err);
    PQclear(result);
    return rc;
}

int note_enter(const struct note_target *to, enum note_kind kind,
               const char *const *values, struct error *err)
{
    int count = statements[kind].count;

    if (!to->notes)
        return execute(to->conn, kind, values, err);
    copy_row(to->notes, count + 1);
    copy_i16(to->notes, (int16_t)kind);
    for (int i = 0; i < count; i++) {
        if (values[i]) /* with its NUL, as libpq wants it back */
            copy_bytes(to->notes, values[i], strlen(values[i]) + 1);
        else
            copy_null(to->notes);
    }
    return to->notes->failed ? error_set(err, -ENOMEM, "out of memory") : 0;
}

/* A field and what follows it; false at the end. */
static bool next_field(struct span *rest, struct span *field_out)
{
    uint32_t length;

    if (rest->length < 4)
        return false;
    memcpy(&length, rest->data, 4);
    length = be32toh(length);
    *rest = span_from(*rest, 4);
    *field_out = SPAN_NONE;
    if (length == UINT32_MAX)
        return true;
    if (length > rest->length)
        return false;
    *field_out = span_part(*rest, 0, length);
    *rest = span_from(*rest, length);
    return true;
}

/* The values of a note, or NOTE_KIND_COUNT. */
static enum note_kind parse(const struct copy *notes, size_t row,
                            const char **values)
{
    struct span rest = span_from(copy_row_bytes(notes, row), 2);
    struct span field;
    unsigned kind;
    int count = 0;

    if (!next_field(&rest, &field) || field.length != 2)
        return NOTE_KIND_COUNT;
    kind = (unsigned)(uint8_t)field.data[0] << 8 | (uint8_t)field.data[1];
    if (kind >= NOTE_KIND_COUNT)
        return NOTE_KIND_COUNT;
    while (count < statements[kind].count && next_field(&rest, &field)) {
        if (field.data && (!field.length || field.data[field.length - 1]))
            return NOTE_KIND_COUNT;
        values[count++] = field.data;
    }
    return count == statements[kind].count && !rest.length
               ? (enum note_kind)kind
               : NOTE_KIND_COUNT;
}

enum note_kind note_kind_of(const struct copy *notes, size_t row)
{
    const char *values[NOTE_VALUES_MAX];

    return parse(notes, row, values);
}

bool note_comes_first(enum note_kind kind)
{
    return kind == NOTE_RUN || kind == NOTE_CAPTURE ||
           kind == NOTE_CAPTURE_AGAIN;
}

int note_run(struct pg_conn *conn, const struct copy *notes, size_t row,
             struct error *err)
{
    const char *values[NOTE_VALUES_MAX];
    enum note_kind kind = parse(notes, row, values);

    if (kind == NOTE_KIND_COUNT)
        return error_set(err, -EILSEQ, "a note of the spool cannot be read");
    return execute(conn, kind, values, err);
}
