#include "store/sensor.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/known.h"
#include "store/row.h"

void sensor_memory_fini(struct sensor_memory *m)
{
    for (size_t i = 0; i < m->count; i++)
        free((char *)(uintptr_t)m->names[i].data);
    m->count = 0;
}

static bool is_noted(struct sensor_memory *m, struct span name)
{
    for (size_t i = 0; i < m->count; i++) {
        struct span hit = m->names[i];

        if (!span_equal(hit, name))
            continue;
        /* Calls of one sensor come together. */
        m->names[i] = m->names[0];
        m->names[0] = hit;
        return true;
    }
    return false;
}

static int note(struct sensor_memory *m, struct span name, PGconn *conn,
                struct error *err)
{
    const char *const values[] = {name.data};
    const int lengths[] = {(int)name.length};
    const int formats[] = {1};
    const Oid types[] = {OID_TEXT};
    char *copy = malloc(name.length + 1);
    PGresult *result;
    int rc = 0;

    if (!copy)
        return error_set(err, -ENOMEM, "out of memory");
    memcpy(copy, name.data, name.length);
    result = PQexecParams(conn,
                          "INSERT INTO siptrail.sensors (sensor) VALUES ($1) "
                          "ON CONFLICT DO NOTHING",
                          1, types, values, lengths, formats, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, "noting a sensor", err);
    PQclear(result);
    if (rc)
        free(copy);
    else
        m->names[m->count++] = span_of(copy, name.length);
    return rc;
}

/* Two that join the same calls may stand in each other's way; one of them
 * has joined them then. */
static int link_keys(const struct key *keys, size_t count, PGconn *conn,
                     struct error *err)
{
    PGresult *result =
        known_run(conn, "SELECT siptrail.link_calls($1)", keys, count);
    const char *state =
        result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    int rc = 0;

    if (!result)
        rc = error_set(err, -ENOMEM, "out of memory");
    else if (PQresultStatus(result) != PGRES_TUPLES_OK &&
             (!state || strcmp(state, "40P01") != 0))
        rc = store_error(conn, result, "joining what sensors saw", err);
    PQclear(result);
    return rc;
}

int sensor_link(struct sensor_memory *m, const struct batch *b,
                struct pg_conn *conn, struct error *err)
{
    struct key *keys = malloc((b->exchange_count + 1) * sizeof(*keys));
    size_t count = 0;
    int rc = 0;

    if (!keys)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < b->exchange_count; i++)
        if (b->exchanges[i].has_call && b->exchanges[i].call != BATCH_KNOWN)
            keys[count++] = b->exchanges[i].key;
    for (size_t row = 0; rc == 0 && count && row < b->calls.row_count; row++) {
        struct span name = row_call_sensor(copy_row_bytes(&b->calls, row));

        if (!is_noted(m, name) && m->count < SENSORS_NOTED_MAX)
            rc = note(m, name, conn, err);
    }
    if (rc == 0 && count)
        rc = link_keys(keys, count, conn, err);
    free(keys);
    return rc;
}

int sensor_link_recent(struct pg_conn *conn, int64_t since_us,
                       struct error *err)
{
    char since[TIME_TEXT_BYTES];
    const char *const values[] = {since};
    PGresult *result;
    const char *state;
    int rc = 0;

    (void)time_write(since_us, since);
    result = PQexecParams(conn, "SELECT siptrail.link_recent($1)", 1, NULL,
                          values, NULL, NULL, 0);
    state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (PQresultStatus(result) != PGRES_TUPLES_OK &&
        (!state || strcmp(state, "40P01") != 0))
        rc = store_error(conn, result, "joining what sensors saw", err);
    PQclear(result);
    return rc;
}
