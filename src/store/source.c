#include "store/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

    if (rc == 0) {
        list->keys[ordinal] = *capture_key;
        list->items[ordinal].earlier = true;
    }
    return rc;
}

/* Text for a parameter: valid UTF-8, cut. */
static const char *clean(const char *text, char *buffer, size_t room)
{
    size_t n = text ? clean_write(span_of_string(text), buffer, room - 1) : 0;

    buffer[n] = 0;
    return buffer;
}

static const char *when(char text[TIME_TEXT_BYTES], int64_t time_us)
{
    if (time_us == TIME_NONE)
        return NULL;
    (void)time_write(time_us, text);
    return text;
}

int source_announce(struct pg_conn *conn, struct error *err)
{
    return store_run(
        conn, "SELECT pg_advisory_lock_shared(" STORE_WRITER_LOCK ")", err);
}

int source_begin_run(const struct note_target *to,
                     const struct writer_options *options,
                     const struct key *run_key, struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char command[1024];
    char version[64];
    char host[256] = "";
    char sensor[CLEAN_TEXT_MAX + 1];
    char started[TIME_TEXT_BYTES];
    const char *const values[] = {
        key,
        clean(options->command, command, sizeof(command)),
        clean(options->version, version, sizeof(version)),
        host,
        clean(options->sensor.data, sensor, sizeof(sensor)),
        options->started_at ? when(started, options->started_at) : NULL};

    key_write(run_key, key);
    (void)gethostname(host, sizeof(host) - 1);
    return note_enter(to, NOTE_RUN, values, err);
}

static const char *number(char text[24], uint64_t value)
{
    (void)snprintf(text, 24, "%" PRIu64,
                   value > INT64_MAX ? (uint64_t)INT64_MAX : value);
    return text;
}

int source_end_run(const struct note_target *to, const struct key *run_key,
                   const struct writer_counters *c, const char *failure,
                   int64_t ended_at, struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char text[5][24];
    char why[CLEAN_TEXT_MAX + 1];
    char ended[TIME_TEXT_BYTES];
    const char *const values[] = {key,
                                  c ? number(text[0], c->calls) : NULL,
                                  c ? number(text[1], c->messages) : NULL,
                                  c ? number(text[2], c->messages_known) : NULL,
                                  c ? number(text[3], c->duplicates) : NULL,
                                  c ? number(text[4], c->quarantined) : NULL,
                                  failure ? clean(failure, why, sizeof(why))
                                          : NULL,
                                  when(ended, ended_at)};

    key_write(run_key, key);
    return note_enter(to, NOTE_RUN_END, values, err);
}

int source_begin(const struct note_target *to, const struct source_list *list,
                 uint32_t ordinal, const struct key *run_key,
                 const struct writer_options *options, struct error *err)
{
    char key[KEY_TEXT_BYTES];
    char run_text[KEY_TEXT_BYTES];
    char name[4096];
    char place[CLEAN_TEXT_MAX + 1];
    char started[TIME_TEXT_BYTES];
    const char *const values[] = {
        key, run_text, place, name,
        options->started_at ? when(started, options->started_at) : NULL};

    key_write(&list->keys[ordinal], key);
    key_write(run_key, run_text);
    (void)clean(list->items[ordinal].name, name, sizeof(name));
    (void)clean(options->sensor.data, place, sizeof(place));
    return note_enter(to, to->notes ? NOTE_CAPTURE : NOTE_CAPTURE_AGAIN, values,
                      err);
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

int source_end(const struct note_target *to, const struct source_list *list,
               uint32_t ordinal, const struct capture_account *a,
               int64_t ended_at, struct error *err)
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
    enum {
        NUMBERS = sizeof(numbers) / sizeof(numbers[0]),
        BEFORE = 7,
        STORED = 14,
        DUPLICATES = 15,
        QUARANTINED = 17
    };
    char text[NUMBERS][24];
    char key[KEY_TEXT_BYTES];
    char damage[CLEAN_TEXT_MAX + 1];
    char first[TIME_TEXT_BYTES];
    char last[TIME_TEXT_BYTES];
    char print[24];
    char ended[TIME_TEXT_BYTES];
    char *anomalies = anomalies_json(a->anomalies);
    const char *values[BEFORE + NUMBERS + 1] = {
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
    values[BEFORE + NUMBERS] = when(ended, ended_at);
    if (to->notes)
        values[BEFORE + STORED] = values[BEFORE + DUPLICATES] =
            values[BEFORE + QUARANTINED] = NULL;
    rc = note_enter(to, NOTE_CAPTURE_END, values, err);
    free(anomalies);
    return rc;
}
