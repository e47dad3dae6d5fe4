/*
 * Time and room of storing, without reading: calls of 16 messages of about
 * 550 bytes through the writer, or the yardstick (a row a message, COPY
 * BINARY, two b-trees, 1,000 rows a transaction) with the same messages.
 *
 *     store_synthetic siptrail|yardstick CALLS
 *
 * The database is that of SIPTRAIL_DB, and should be empty.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/connection.h"
#include "store/copy.h"
#include "store/writer.h"

#include "../store/synthetic.h"

static double seconds(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_siptrail(struct store *s, uint64_t calls, struct error *err)
{
    const struct writer_options options = {.sensor = SPAN_LITERAL("bench"),
                                           .command = "store_synthetic",
                                           .version = "bench"};
    const struct writer_source source = {"synthetic", false};
    const struct capture_account account = {.first_packet_at = TIME_NONE,
                                            .last_packet_at = TIME_NONE,
                                            .sip_messages = calls * MESSAGES};
    struct writer_counters c;
    struct record_sink sink;
    struct writer *w;
    double cpu;
    int rc = writer_new(s, &options, &w, err);

    if (rc)
        return rc;
    rc = writer_add_source(w, 0, &source, err);
    sink = writer_sink(w);
    cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; rc == 0 && i < calls; i++) {
        stamp(i);
        rc = hand_part(&sink, 0, MESSAGES);
        if (rc == 0)
            rc = hand_call(&sink, MESSAGES);
    }
    cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    if (rc == 0)
        rc = writer_flush(w);
    if (rc)
        *err = *writer_error(w);
    if (rc == 0)
        rc = writer_end_source(w, 0, &account, err);
    if (rc == 0)
        rc = writer_end(w, NULL, err);
    writer_counters_read(w, &c);
    printf("encoding %.2f us a message; calls %llu known %llu messages %llu "
           "known %llu quarantined %llu collisions %llu\n",
           cpu * 1e6 / (double)(calls * MESSAGES), (unsigned long long)c.calls,
           (unsigned long long)c.calls_known, (unsigned long long)c.messages,
           (unsigned long long)c.messages_known,
           (unsigned long long)c.quarantined, (unsigned long long)c.collisions);
    writer_free(w);
    return rc;
}

static int yard_flush(PGconn *conn, struct copy *rows, struct error *err)
{
    static const char header[19] = "PGCOPY\n\377\r\n";
    PGresult *result;
    int rc = store_run(conn, "BEGIN", err);

    if (rc)
        return rc;
    PQclear(PQexec(conn, "COPY yardstick FROM STDIN (FORMAT binary)"));
    (void)PQputCopyData(conn, header, sizeof(header));
    (void)PQputCopyData(conn, rows->data, (int)rows->used);
    (void)PQputCopyData(conn, "\377\377", 2);
    (void)PQputCopyEnd(conn, NULL);
    while ((result = PQgetResult(conn))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = store_error(conn, result, "the yardstick", err);
        PQclear(result);
    }
    copy_reset(rows);
    return rc ? rc : store_run(conn, "COMMIT", err);
}

static void yard_row(struct copy *c, int i)
{
    const struct sip_message *m = &seen[i].message;

    copy_row(c, 11);
    copy_time(c, at_us(i));
    copy_i64(c, (int64_t)seen[i].arrival.frame);
    copy_address(c, &seen[i].arrival.src.address);
    copy_i32(c, seen[i].arrival.src.port);
    copy_address(c, &seen[i].arrival.dst.address);
    copy_i32(c, seen[i].arrival.dst.port);
    copy_word(c, sip_method_name(m->method));
    copy_i16(c, (int16_t)m->status_code);
    copy_i32(c, (int32_t)m->cseq);
    copy_text(c, m->call_id);
    copy_bytes(c, m->text.data, m->text.length);
}

static int run_yardstick(struct store *s, uint64_t calls, struct error *err)
{
    struct copy rows = {0};
    int rc = store_run(
        s->conn,
        "SET search_path = public; DROP TABLE IF EXISTS yardstick; CREATE "
        "TABLE yardstick (at timestamptz, frame bigint, src inet, sport int, "
        "dst inet, dport int, method text, status smallint, cseq int, call_id "
        "text, raw text); CREATE INDEX ON yardstick (call_id); CREATE INDEX ON "
        "yardstick (at)",
        err);

    for (uint64_t i = 0; rc == 0 && i < calls; i++) {
        stamp(i);
        for (int m = 0; rc == 0 && m < MESSAGES; m++) {
            yard_row(&rows, m);
            if (rows.row_count == 1000)
                rc = yard_flush(s->conn, &rows, err);
        }
    }
    if (rc == 0)
        rc = yard_flush(s->conn, &rows, err);
    copy_fini(&rows);
    return rc;
}

int main(int argc, char **argv)
{
    uint64_t calls = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    bool yard = argc > 1 && strcmp(argv[1], "yardstick") == 0;
    struct error err = {0};
    struct store s;
    double wall;
    PGresult *size;
    int rc;

    if (!calls)
        return 2;
    prepare();
    find_stamps();
    rc = store_open(NULL, STORE_WRITE, &s, &err);
    wall = seconds(CLOCK_MONOTONIC);
    if (rc == 0)
        rc = yard ? run_yardstick(&s, calls, &err)
                  : run_siptrail(&s, calls, &err);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    if (rc) {
        (void)fprintf(stderr, "store_synthetic: %s\n", err.text);
        store_close(&s);
        return 1;
    }
    size = PQexec(s.conn,
                  yard ? "SELECT pg_total_relation_size('public.yardstick')"
                       : "SELECT sum(pg_total_relation_size(c.oid)) FROM "
                         "pg_class c JOIN pg_namespace n ON n.oid = "
                         "relnamespace WHERE nspname = 'siptrail' AND relkind "
                         "= 'r'");
    printf("%s: %.2f s for %llu messages, %.2f us and %.0f bytes a message\n",
           argv[1], wall, (unsigned long long)(calls * MESSAGES),
           wall * 1e6 / (double)(calls * MESSAGES),
           strtod(PQgetvalue(size, 0, 0), NULL) / (double)(calls * MESSAGES));
    PQclear(size);
    store_close(&s);
    return 0;
}
