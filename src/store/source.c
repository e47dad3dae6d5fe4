#include "store/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "store/clean.h"
#include "store/connection.h"

#define SAMPLES 64
#define SAMPLE_BYTES 4096
#define EDGE_BYTES (256 * 1024)

void source_list_fini(struct source_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].name);
    free(list->keys);
    free(list->items);
    *list = (struct source_list){0};
}

/* The array with room for @p count elements, the new ones all zero. */
static void *grow(void *array, size_t count, size_t from, size_t each)
{
    char *grown = realloc(array, count * each);

    if (grown)
        memset(grown + from * each, 0, (count - from) * each);
    return grown;
}

static int make_room(struct source_list *list, size_t count)
{
    size_t from = list->count;
    struct key *keys;
    struct source *items;

    if (count <= from)
        return 0;
    keys = grow(list->keys, count, from, sizeof(*keys));
    if (keys)
        list->keys = keys;
    items = grow(list->items, count, from, sizeof(*items));
    if (items)
        list->items = items;
    if (!keys || !items)
        return -ENOMEM;
    list->count = count;
    return 0;
}

static uint64_t hash_at(int fd, off_t at, size_t length, char *buffer,
                        uint64_t seed)
{
    ssize_t n = pread(fd, buffer, length, at);

    return hash_stable(buffer, n > 0 ? (size_t)n : 0, seed);
}

/* Its size, both ends, and samples between: reading all of a large file for
 * its name would double the work. */
static int fingerprint(const char *path, uint64_t *print_out)
{
    char *buffer = malloc(EDGE_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    uint64_t print;
    int rc = 0;

    if (!buffer || fd < 0 || fstat(fd, &st)) {
        rc = buffer ? -errno : -ENOMEM;
    } else {
        print = hash_at(fd, 0, EDGE_BYTES, buffer, (uint64_t)st.st_size);
        for (int i = 1; i < SAMPLES && st.st_size > EDGE_BYTES; i++)
            print = hash_at(fd, st.st_size / SAMPLES * i, SAMPLE_BYTES, buffer,
                            print);
        if (st.st_size > EDGE_BYTES)
            print =
                hash_at(fd, st.st_size - EDGE_BYTES, EDGE_BYTES, buffer, print);
        *print_out = print;
    }
    if (fd >= 0)
        (void)close(fd);
    free(buffer);
    return rc;
}

int source_add(struct source_list *list, uint32_t ordinal,
               const struct writer_source *source, struct span sensor,
               struct error *err)
{
    struct stat st;
    uint64_t print;
    int rc = make_room(list, (size_t)ordinal + 1);

    if (rc)
        return error_set(err, rc, "out of memory");
    free(list->items[ordinal].name);
    list->items[ordinal].name = strdup(source->name);
    if (!list->items[ordinal].name)
        return error_set(err, -ENOMEM, "out of memory");
    if (!source->is_file || stat(source->name, &st) || !S_ISREG(st.st_mode)) {
        key_of_random(0, &list->keys[ordinal]);
        return 0;
    }
    rc = fingerprint(source->name, &print);
    if (rc)
        return error_set(err, rc, "cannot read %s: %s", source->name,
                         strerror(-rc));
    const struct span parts[] = {SPAN_LITERAL("capture"), sensor,
                                 span_of(&print, sizeof(print))};

    key_of_parts(0, parts, 3, &list->keys[ordinal]);
    return 0;
}

int source_add_earlier(struct source_list *list, uint32_t ordinal,
                       const struct key *capture_key)
{
    int rc = make_room(list, (size_t)ordinal + 1);

    if (rc == 0)
        list->keys[ordinal] = *capture_key;
    return rc;
}

/* Text for a parameter: valid UTF-8, cut. */
static const char *clean(const char *text, char *buffer, size_t room)
{
    size_t n = text ? clean_write(span_of_string(text), buffer, room - 1) : 0;

    buffer[n] = 0;
    return buffer;
}

static int run(PGconn *conn, const char *sql, int count,
               const char *const *values, const char *doing, struct error *err)
{
    PGresult *result =
        PQexecParams(conn, sql, count, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    int rc = 0;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        rc = store_error(conn, result, doing, err);
    PQclear(result);
    return rc;
}

int source_begin_run(struct pg_conn *conn, const struct writer_options *options,
                     struct key *run_key_out, struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char command[1024];
    char version[64];
    char host[256] = "";
    char sensor[CLEAN_TEXT_MAX + 1];
    const char *const values[] = {key, command, version, host, sensor};

    int rc;

    key_of_random(0, run_key_out);
    key_write(run_key_out, key);
    (void)clean(options->command, command, sizeof(command));
    (void)clean(options->version, version, sizeof(version));
    (void)clean(options->sensor.data, sensor, sizeof(sensor));
    (void)gethostname(host, sizeof(host) - 1);
    /* As long as this session lives, an audit knows that a writer is at work.
     */
    rc = run(conn, "SELECT pg_advisory_lock_shared(" STORE_WRITER_LOCK ")", 0,
             NULL, "announcing the run", err);
    if (rc)
        return rc;
    return run(conn,
               "INSERT INTO siptrail.runs (run_key, command, version, host, "
               "sensor) VALUES ($1, $2, $3, $4, $5)",
               5, values, "entering the run", err);
}

static const char *number(char text[24], uint64_t value)
{
    (void)snprintf(text, 24, "%" PRIu64,
                   value > INT64_MAX ? (uint64_t)INT64_MAX : value);
    return text;
}

int source_end_run(struct pg_conn *conn, const struct key *run_key,
                   const struct writer_counters *c, const char *failure,
                   struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char text[5][24];
    char why[CLEAN_TEXT_MAX + 1];
    const char *const values[] = {key,
                                  number(text[0], c->calls),
                                  number(text[1], c->messages),
                                  number(text[2], c->messages_known),
                                  number(text[3], c->duplicates),
                                  number(text[4], c->quarantined),
                                  failure ? clean(failure, why, sizeof(why))
                                          : NULL};

    int rc;

    key_write(run_key, key);
    rc = run(conn,
             "UPDATE siptrail.runs SET ended_at = now(), calls = $2, "
             "messages = $3, messages_known = $4, duplicates = $5, "
             "quarantined = $6, error = $7 WHERE run_key = $1",
             7, values, "ending the run", err);
    if (rc == 0)
        rc =
            run(conn, "SELECT pg_advisory_unlock_shared(" STORE_WRITER_LOCK ")",
                0, NULL, "ending the run", err);
    return rc;
}

int source_begin(struct pg_conn *conn, const struct source_list *list,
                 uint32_t ordinal, const struct key *run_key,
                 struct span sensor, struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char run_text[KEY_TEXT_BYTES];
    char name[4096];
    char place[CLEAN_TEXT_MAX + 1];
    const char *const values[] = {key, run_text, place, name};

    key_write(&list->keys[ordinal], key);
    key_write(run_key, run_text);
    (void)clean(list->items[ordinal].name, name, sizeof(name));
    (void)clean(sensor.data, place, sizeof(place));
    return run(conn,
               "INSERT INTO siptrail.captures AS c "
               "(capture_key, run_key, sensor, source) "
               "VALUES ($1, $2, $3, $4) ON CONFLICT (capture_key) DO UPDATE "
               "SET run_key = excluded.run_key, source = excluded.source, "
               "started_at = now(), ended_at = NULL, state = 'running', "
               "reads = c.reads + 1",
               4, values, "entering the capture", err);
}

/* {"name": count, ...}: our own names need no escapes. */
static char *anomalies_json(const uint64_t *counts)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    bool more = false;

    if (!out)
        return NULL;
    (void)fputc('{', out);
    for (int i = 0; counts && i < ANOMALY_COUNT; i++) {
        if (!counts[i])
            continue;
        (void)fprintf(out, "%s\"%s\": %" PRIu64, more ? ", " : "",
                      anomaly_name((enum anomaly)i), counts[i]);
        more = true;
    }
    (void)fputc('}', out);
    if (fclose(out)) {
        free(text);
        return NULL;
    }
    return text;
}

static const char end_sql[] =
    "UPDATE siptrail.captures SET ended_at = now(), "
    "state = $2::siptrail.capture_state, damage = $3, anomalies = $4::jsonb, "
    "first_packet_at = $5::timestamptz, last_packet_at = $6::timestamptz, "
    "fingerprint = $7::bigint, packets = $8::bigint, bytes = $9::bigint, "
    "decoded = $10::bigint, not_for_us = $11::bigint, not_sip = $12::bigint, "
    "opaque = $13::bigint, malformed = $14::bigint, truncated = $15::bigint, "
    "fragments_expired = $16::bigint, tcp_gaps = $17::bigint, "
    "dropped_kernel = $18::bigint, dropped_interface = $19::bigint, "
    "dropped_queue = $20::bigint, sip_messages = $21::bigint, "
    "stored = $22::bigint, duplicates = $23::bigint, filtered = $24::bigint, "
    "quarantined = $25::bigint, spooled = $26::bigint, dropped = $27::bigint, "
    "packets_filtered = $28::bigint "
    "WHERE capture_key = $1";

static const char *when(char text[TIME_TEXT_BYTES], int64_t time_us)
{
    if (time_us == TIME_NONE)
        return NULL;
    (void)time_write(time_us, text);
    return text;
}

int source_end(struct pg_conn *conn, const struct source_list *list,
               uint32_t ordinal, const struct capture_account *a,
               struct error *err)
{
    const uint64_t numbers[] = {a->packets,
                                a->bytes,
                                a->decoded,
                                a->not_for_us,
                                a->not_sip,
                                a->opaque,
                                a->malformed,
                                a->truncated,
                                a->fragments_expired,
                                a->tcp_gaps,
                                a->dropped_kernel,
                                a->dropped_interface,
                                a->dropped_queue,
                                a->sip_messages,
                                list->items[ordinal].messages -
                                    list->items[ordinal].lost,
                                list->items[ordinal].duplicates,
                                a->filtered,
                                list->items[ordinal].lost,
                                a->spooled,
                                a->dropped,
                                a->packets_filtered};
    enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]), BEFORE = 7 };
    char text[NUMBERS][24];
    char key[KEY_TEXT_BYTES];
    char damage[CLEAN_TEXT_MAX + 1];
    char first[TIME_TEXT_BYTES];
    char last[TIME_TEXT_BYTES];
    char print[24];
    char *anomalies = anomalies_json(a->anomalies);
    const char *values[BEFORE + NUMBERS] = {
        key,
        a->interrupted ? "interrupted"
        : a->damage    ? "damaged"
                       : "complete",
        a->damage ? clean(a->damage, damage, sizeof(damage)) : NULL,
        anomalies,
        when(first, a->first_packet_at),
        when(last, a->last_packet_at),
        print};
    int rc;

    if (!anomalies)
        return error_set(err, -ENOMEM, "out of memory");
    key_write(&list->keys[ordinal], key);
    (void)snprintf(print, sizeof(print), "%" PRId64, (int64_t)a->fingerprint);
    for (int i = 0; i < NUMBERS; i++)
        values[BEFORE + i] = number(text[i], numbers[i]);
    rc =
        run(conn, end_sql, BEFORE + NUMBERS, values, "ending the capture", err);
    free(anomalies);
    return rc;
}
