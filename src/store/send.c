#include "store/send.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/connection.h"

#define CHUNK_BYTES (128 * 1024)

/* What an error means for the rows just sent. */
enum outcome { SENT, REFUSED, COLLIDED, VANISHED, BROKEN };

struct failure {
    char sqlstate[6];
    char text[1024];
};

/* A day that was dropped meanwhile: no partition takes the row. What breaks a
 * constraint of a table names that. */
static bool is_vanished(const PGresult *result, const char *state)
{
    return strcmp(state, "23514") == 0 &&
           !PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
}

static enum outcome classify(PGconn *conn, const PGresult *result,
                             struct failure *failure)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (!state || PQstatus(conn) != CONNECTION_OK)
        return BROKEN;
    (void)snprintf(failure->sqlstate, sizeof(failure->sqlstate), "%s", state);
    (void)snprintf(failure->text, sizeof(failure->text), "%s",
                   text ? text : "");
    if (strcmp(state, "23505") == 0 || strcmp(state, "40P01") == 0 ||
        strcmp(state, "40001") == 0)
        return COLLIDED;
    if (is_vanished(result, state))
        return VANISHED;
    /* 08P01 of a connection that lives: a row that is no row of binary COPY */
    if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 ||
        strncmp(state, "54", 2) == 0 || strncmp(state, "44", 2) == 0 ||
        strcmp(state, "P0001") == 0 || strcmp(state, "08P01") == 0)
        return REFUSED;
    return BROKEN;
}

static bool put(PGconn *conn, const char *data, size_t length)
{
    while (length) {
        size_t n = length < CHUNK_BYTES ? length : CHUNK_BYTES;

        if (PQputCopyData(conn, data, (int)n) != 1)
            return false;
        data += n;
        length -= n;
    }
    return true;
}

static bool is_sent(const struct send_table *t, size_t row)
{
    if (t->marks && t->marks[row] != SEND_ROW)
        return false;
    return !t->beside || !t->beside->marks || t->beside->marks[row] == SEND_ROW;
}

static bool has_rows(const struct send_table *t, size_t from, size_t to)
{
    for (size_t row = from; row < to; row++)
        if (is_sent(t, row))
            return true;
    return false;
}

/* Runs of rows that stand next to each other go together. */
static bool put_rows(PGconn *conn, const struct send_table *t, size_t from,
                     size_t to)
{
    static const char header[19] = "PGCOPY\n\377\r\n";
    static const char trailer[2] = "\377\377";
    bool ok = put(conn, header, sizeof(header));

    while (ok && from < to) {
        size_t end = from;

        while (end < to && is_sent(t, end))
            end++;
        if (end > from) {
            struct span first = copy_row_bytes(t->rows, from);
            struct span last = copy_row_bytes(t->rows, end - 1);

            ok = put(conn, first.data,
                     (size_t)(last.data + last.length - first.data));
        }
        from = end + 1;
    }
    return ok && put(conn, trailer, sizeof(trailer));
}

static enum outcome finish_copy(PGconn *conn, const char *doing,
                                struct failure *failure, struct error *err)
{
    enum outcome outcome = SENT;
    PGresult *result;

    if (PQputCopyEnd(conn, NULL) != 1)
        outcome = BROKEN;
    while ((result = PQgetResult(conn))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK && outcome == SENT) {
            outcome = classify(conn, result, failure);
            if (outcome == BROKEN)
                (void)store_error(conn, result, doing, err);
        }
        PQclear(result);
    }
    if (outcome == BROKEN && PQstatus(conn) != CONNECTION_OK)
        (void)store_error(conn, NULL, doing, err);
    return outcome;
}

static enum outcome merge(PGconn *conn, const struct send_table *t,
                          const char *doing, struct failure *failure,
                          struct error *err)
{
    PGresult *result = PQexec(conn, t->merge);
    enum outcome outcome = SENT;

    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        outcome = classify(conn, result, failure);
        if (outcome == BROKEN)
            (void)store_error(conn, result, doing, err);
    }
    PQclear(result);
    return outcome;
}

static enum outcome copy_range(PGconn *conn, const struct send_table *t,
                               size_t from, size_t to, struct failure *failure,
                               struct error *err)
{
    char sql[2560];
    char doing[64];
    PGresult *result;
    ExecStatusType status;
    enum outcome outcome = SENT;

    (void)snprintf(doing, sizeof(doing), "storing %s", t->name);
    (void)snprintf(sql, sizeof(sql),
                   "COPY %s%s (%s) FROM STDIN (FORMAT binary)",
                   t->staging ? "" : "siptrail.",
                   t->staging ? t->staging : t->name, t->columns);
    result = PQexec(conn, sql);
    status = PQresultStatus(result);
    if (status != PGRES_COPY_IN) {
        (void)store_error(conn, result, doing, err);
        outcome = BROKEN;
    }
    PQclear(result);
    if (outcome != SENT)
        return outcome;
    (void)put_rows(conn, t, from, to);
    outcome = finish_copy(conn, doing, failure, err);
    return outcome == SENT && t->merge ? merge(conn, t, doing, failure, err)
                                       : outcome;
}

/* A row's fields have the form of an array's elements. */
static int quarantine(struct send_job *job, struct send_table *t, size_t row,
                      const struct failure *failure, struct error *err)
{
    static const char sql[] =
        "INSERT INTO siptrail.quarantine (run_key, table_name, key, sqlstate, "
        "error, fields) SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT "
        "FROM siptrail.quarantine q WHERE q.run_key = $1 AND q.table_name = $2 "
        "AND q.key = $3 AND q.fields = $6)";
    const Oid types[] = {OID_UUID, OID_TEXT, OID_UUID,
                         OID_TEXT, OID_TEXT, 1001 /* bytea[] */};
    const int formats[] = {1, 0, 1, 0, 0, 1};
    struct span bytes = copy_row_bytes(t->rows, row);
    unsigned fields =
        (unsigned)(uint8_t)bytes.data[0] << 8 | (uint8_t)bytes.data[1];
    struct copy array = {0};
    size_t start = copy_array(&array, OID_BYTEA, fields);
    char *at = copy_take(&array, bytes.length - 2);
    int rc = 0;

    if (at)
        memcpy(at, bytes.data + 2, bytes.length - 2);
    copy_array_end(&array, start);
    if (array.failed) {
        rc = error_set(err, -ENOMEM, "out of memory");
    } else {
        const char *const values[] = {(const char *)job->run_key->bytes,
                                      t->name,
                                      bytes.data + 6,
                                      failure->sqlstate,
                                      failure->text,
                                      array.data + 4};
        const int lengths[] = {16, 0, 16, 0, 0, (int)(array.used - 4)};
        PGresult *result =
            PQexecParams(job->conn, sql, 6, types, values, lengths, formats, 0);

        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = store_error(job->conn, result, "setting a row aside", err);
        PQclear(result);
    }
    copy_fini(&array);
    job->refused++;
    return rc;
}

static int run(struct send_job *job, const char *sql, struct error *err)
{
    PGresult *result = PQexec(job->conn, sql);
    int rc = 0;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(job->conn, result, "storing", err);
    PQclear(result);
    return rc;
}

static int ensure_marks(struct send_table *t, struct error *err)
{
    if (!t->marks)
        t->marks = calloc(t->rows->row_count + 1, 1);
    return t->marks ? 0 : error_set(err, -ENOMEM, "out of memory");
}

/* One row that cannot go in. */
static int set_aside(struct send_job *job, struct send_table *t, size_t row,
                     enum outcome outcome, const struct failure *failure,
                     struct error *err)
{
    int rc = ensure_marks(t, err);

    if (rc)
        return rc;
    if (outcome == COLLIDED) {
        t->marks[row] = SEND_KNOWN;
        return 0;
    }
    t->marks[row] = SEND_REFUSED;
    return quarantine(job, t, row, failure, err);
}

/* Halves what the server refuses until the guilty rows stand alone. */
static int send_carefully(struct send_job *job, struct send_table *t,
                          size_t from, size_t to, struct error *err)
{
    struct failure failure;
    enum outcome outcome;
    size_t middle = from + (to - from) / 2;
    int rc;

    if (!has_rows(t, from, to))
        return 0;
    rc = run(job, "SAVEPOINT rows", err);
    if (rc)
        return rc;
    outcome = copy_range(job->conn, t, from, to, &failure, err);
    if (outcome == BROKEN)
        return err->code ? err->code : -EPROTO;
    if (outcome == SENT)
        return run(job, "RELEASE rows", err);
    if (strcmp(failure.sqlstate, "23505") != 0 && outcome == COLLIDED)
        return -EEXIST; /* a deadlock: all of it again */
    if (outcome == VANISHED)
        return -ESTALE;
    rc = run(job, "ROLLBACK TO rows", err);
    if (rc)
        return rc;
    if (to - from == 1)
        return set_aside(job, t, from, outcome, &failure, err);
    rc = send_carefully(job, t, from, middle, err);
    return rc ? rc : send_carefully(job, t, middle, to, err);
}

static enum outcome send_plainly(struct send_job *job, struct error *err)
{
    struct failure failure;
    enum outcome outcome = SENT;

    for (size_t i = 0; outcome == SENT && i < job->table_count; i++)
        if (has_rows(&job->tables[i], 0, job->tables[i].rows->row_count))
            outcome = copy_range(job->conn, &job->tables[i], 0,
                                 job->tables[i].rows->row_count, &failure, err);
    return outcome;
}

/* What was set aside in a transaction that is no more. */
static void forget_marks(struct send_job *job)
{
    for (size_t i = 0; i < job->table_count; i++) {
        struct send_table *t = &job->tables[i];

        for (size_t row = 0; t->marks && row < t->rows->row_count; row++) {
            job->refused -= t->marks[row] == SEND_REFUSED;
            if (t->marks[row] != SEND_LEAVE_OUT)
                t->marks[row] = SEND_ROW;
        }
    }
}

static int send_once(struct send_job *job, bool careful, enum outcome *outcome,
                     struct error *err)
{
    int rc = run(job, "BEGIN", err);

    *outcome = SENT;
    if (rc == 0 && job->before)
        rc = job->before(job->arg, job->conn, err);
    for (size_t i = 0; rc == 0 && careful && i < job->table_count; i++)
        rc = send_carefully(job, &job->tables[i], 0,
                            job->tables[i].rows->row_count, err);
    if (rc == 0 && !careful)
        *outcome = send_plainly(job, err);
    if (rc == 0 && *outcome == SENT && job->after)
        rc = job->after(job->arg, job->conn, err);
    if (rc == 0 && *outcome == SENT)
        return run(job, "COMMIT", err);
    if (*outcome == BROKEN)
        rc = err->code ? err->code : -EPROTO;
    PQclear(PQexec(job->conn, "ROLLBACK"));
    forget_marks(job);
    if (*outcome == COLLIDED)
        rc = -EEXIST;
    if (*outcome == VANISHED)
        rc = -ESTALE;
    return rc;
}

static bool is_empty(const struct send_job *job)
{
    for (size_t i = 0; i < job->table_count; i++)
        if (has_rows(&job->tables[i], 0, job->tables[i].rows->row_count))
            return false;
    return true;
}

int send_tables(struct send_job *job, struct error *err)
{
    enum outcome outcome;
    int rc;

    if (is_empty(job) && !job->after)
        return 0;
    err->code = 0;
    rc = send_once(job, job->careful, &outcome, err);
    if (rc == 0 && outcome == REFUSED)
        rc = send_once(job, true, &outcome, err);
    return rc;
}
