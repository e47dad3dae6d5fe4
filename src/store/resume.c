#include "store/resume.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/copy.h"
#include "store/fields.h"
#include "store/load.h"
#include "store/row_registration.h"

/* Calls asked for at a time, so that few are in memory at once. */
#define CALLS_AT_ONCE 256
#define SLAB_BYTES ((size_t)256 << 10)

/* Object IDs, as in copy_oid: text[] and timestamptz. */
enum { OID_TEXTS = 1009, OID_TIMESTAMPTZ = 1184 };

/* Of each question: $1 the sensor, $2 the names of its interfaces, $3 when
 * packets are captured from, $4 until when they were. Both times are the
 * capture's, as those of messages are, for the server's clock is another. */

/* Captures of this sensor and these interfaces. */
#define MINE                                                                   \
    "(SELECT capture_key FROM siptrail.captures "                              \
    "WHERE sensor = $1 AND source = ANY($2))"

/* Ours are taken up however old they are: rules end them. Where a run did not
 * that should have (what it read back did not make that call again), and of
 * others' calls those silent for long, are given up. */
static const char give_up_sql[] =
    "SELECT siptrail.calls_give_up($4 - interval '25 hours', "
    "(SELECT coalesce(array_agg(call_key), '{}') FROM siptrail.calls "
    "WHERE live AND capture_key IN " MINE ")) + "
    "siptrail.calls_give_up($3 - interval '25 hours', (SELECT "
    "coalesce(array_agg(call_key), '{}') FROM siptrail.calls "
    "WHERE live AND capture_key NOT IN " MINE ")) + "
    "siptrail.calls_give_up('infinity', (SELECT "
    "coalesce(array_agg(call_key), '{}') FROM siptrail.calls c "
    "WHERE live AND capture_key IN " MINE
    " AND (sensor <> $1 OR NOT EXISTS (SELECT FROM siptrail.parts p "
    "WHERE p.exchange_key = c.call_key) OR EXISTS (SELECT "
    "FROM siptrail.parts p LEFT JOIN siptrail.texts t USING (block_key) "
    "WHERE p.exchange_key = c.call_key AND t.block_key IS NULL))))";
static const char calls_sql[] =
    "SELECT call_key, group_key, ('capture_gap' = ANY (evidence))::int, "
    "('opaque' = ANY (evidence))::int FROM siptrail.calls "
    "WHERE live AND sensor = $1 AND capture_key IN " MINE " ORDER BY call_key";
static const char subscriptions_sql[] =
    "SELECT owner_key, owner_key, 0, 0 FROM siptrail.subscriptions "
    "WHERE ended_at IS NULL AND call_key IS NULL AND sensor = $1 "
    "AND last_at > $3 - interval '1 day' AND capture_key IN " MINE
    " GROUP BY owner_key ORDER BY owner_key";
/* Up to the last that is known to have been captured before. Of a run that was
 * killed only its messages tell: a block's key has the time of the last. */
static const char stopped_sql[] =
    "SELECT greatest(max(last_packet_at), "
    "(SELECT max(last_message_at) FROM siptrail.calls "
    "WHERE live AND capture_key IN " MINE "), "
    "(SELECT max(siptrail.key_time(block_key)) FROM (SELECT block_key, "
    "capture_keys FROM siptrail.blocks ORDER BY block_key DESC LIMIT 100) b "
    "WHERE capture_keys && ARRAY(" MINE "))) "
    "FROM siptrail.captures WHERE sensor = $1 AND source = ANY($2)";

struct resuming {
    PGconn *conn;
    const struct resume_options *options;
    struct correlator *correlator;
    struct resume_counters *counters;
    struct slab_pool *pool;
    struct load_sources sources; /* of earlier runs */
    size_t sources_told;
    struct {
        struct key key;
        struct key group;
        uint32_t evidence;
    } calls[CALLS_AT_ONCE]; /* those at hand */
    size_t count;
    struct error *err;
};

/* --- asking --------------------------------------------------------------- */

/* {"eth0","br\\"0"}, as an array of text is written. */
static int write_names(const struct resume_options *o, char **text_out)
{
    size_t length;
    FILE *out = open_memstream(text_out, &length);

    if (!out)
        return -ENOMEM;
    (void)fputc('{', out);
    for (size_t i = 0; i < o->source_count; i++) {
        (void)fputs(i ? ",\"" : "\"", out);
        for (const char *c = o->sources[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                (void)fputc('\\', out);
            (void)fputc(*c, out);
        }
        (void)fputc('"', out);
    }
    (void)fputc('}', out);
    return fclose(out) ? -ENOMEM : 0;
}

static int ask(struct resuming *r, const char *sql, PGresult **result_out)
{
    const Oid types[] = {OID_TEXT, OID_TEXTS, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ};
    char now[TIME_TEXT_BYTES];
    char until[TIME_TEXT_BYTES] = "-infinity";
    char *names = NULL;
    const char *values[] = {r->options->sensor, NULL, now, until};
    int rc = write_names(r->options, &names);
    PGresult *result;

    if (rc) {
        free(names);
        return error_set(r->err, rc, "out of memory");
    }
    values[1] = names;
    (void)time_write(r->options->now_us, now);
    if (r->counters->stopped_at != TIME_NONE)
        (void)time_write(r->counters->stopped_at, until);
    result = PQexecParams(r->conn, sql, 4, types, values, NULL, NULL, 1);
    free(names);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = store_error(r->conn, result, "reading what was left open", r->err);
        PQclear(result);
        result = NULL;
    }
    *result_out = result;
    return rc;
}

/* --- messages ------------------------------------------------------------- */

static uint32_t ordinal_of(const struct resuming *r, size_t i)
{
    return (uint32_t)(r->options->source_count + i);
}

/* Sources met for the first time are told of before their messages. */
static int tell_sources(struct resuming *r)
{
    int rc = 0;

    for (; rc == 0 && r->sources_told < r->sources.count; r->sources_told++)
        rc = r->options->source_fn(
            r->options->arg, ordinal_of(r, r->sources_told),
            &r->sources.items[r->sources_told].capture_key);
    return rc;
}

static int take_message(void *arg, const struct load_message *m)
{
    struct resuming *r = arg;
    struct taken_message taken = {.seen = m->seen,
                                  .duplicate = m->duplicate,
                                  .exchange_key = &m->exchange_key};

    for (size_t i = 0; i < r->count; i++)
        if (key_equal(&r->calls[i].key, &m->exchange_key)) {
            taken.group_key = &r->calls[i].group;
            taken.evidence = r->calls[i].evidence;
        }
    m->seen->arrival.source = ordinal_of(r, m->seen->arrival.source);
    return correlator_take_up(r->correlator, &taken);
}

static int take_exchanges(struct resuming *r)
{
    const struct load_exchanges how = {.pool = r->pool,
                                       .sources = &r->sources,
                                       .message_fn = take_message,
                                       .arg = r};
    struct key keys[CALLS_AT_ONCE];

    for (size_t i = 0; i < r->count; i++)
        keys[i] = r->calls[i].key;
    return load_exchanges(r->conn, keys, r->count, &how, r->err);
}

static void note_call(struct resuming *r, const PGresult *result, int row)
{
    int64_t gap = field_number(field_bytes(result, row, 2), 0);
    int64_t opaque = field_number(field_bytes(result, row, 3), 0);

    r->calls[r->count].key = field_key(field_bytes(result, row, 0));
    r->calls[r->count].group = field_key(field_bytes(result, row, 1));
    r->calls[r->count].evidence =
        (gap ? UINT32_C(1) << EVIDENCE_CAPTURE_GAP : 0) |
        (opaque ? UINT32_C(1) << EVIDENCE_OPAQUE : 0);
    r->count++;
}

static int take_all(struct resuming *r, const char *sql, uint64_t *count_out)
{
    PGresult *result;
    int rc = ask(r, sql, &result);

    if (rc)
        return rc;
    for (int row = 0; rc == 0 && row < PQntuples(result); row++) {
        note_call(r, result, row);
        if (r->count == CALLS_AT_ONCE || row == PQntuples(result) - 1) {
            rc = take_exchanges(r);
            r->count = 0;
        }
    }
    *count_out = (uint64_t)PQntuples(result);
    PQclear(result);
    return rc;
}

/* --- the rest ------------------------------------------------------------- */

static uint32_t source_of(struct resuming *r, const struct key *capture_key)
{
    struct load_sources *s = &r->sources;

    for (size_t i = 0; i < s->count; i++)
        if (key_equal(&s->items[i].capture_key, capture_key))
            return ordinal_of(r, i);
    if (s->count == LOAD_SOURCES_MAX)
        return ordinal_of(r, LOAD_SOURCES_MAX - 1);
    s->items[s->count] = (struct load_source){*capture_key, NULL};
    return ordinal_of(r, s->count++);
}

static int take_bindings(struct resuming *r)
{
    char sql[2048];
    PGresult *result;
    int rc;

    (void)snprintf(sql, sizeof(sql),
                   "SELECT %s FROM siptrail.registrations WHERE sensor = $1 "
                   "AND state = 'registered' AND ended_at IS NULL "
                   "AND last_at > $3 - interval '30 days' "
                   "AND capture_key IN " MINE " ORDER BY last_at",
                   row_registration_table.columns);
    rc = ask(r, sql, &result);
    if (rc)
        return rc;
    for (int row = 0; rc == 0 && row < PQntuples(result); row++) {
        struct registration_record record;
        struct key capture;

        rc = row_read_registration(result, row, &record, &capture);
        if (rc)
            break;
        record.source = source_of(r, &capture);
        rc = correlator_take_up_binding(r->correlator, &record);
        r->counters->bindings += rc == 0;
        rc = rc == -ENOENT ? 0 : rc;
    }
    PQclear(result);
    return rc;
}

static int give_up(struct resuming *r)
{
    PGresult *result;
    int rc = ask(r, give_up_sql, &result);

    if (rc)
        return rc;
    r->counters->given_up =
        (uint64_t)field_number(field_bytes(result, 0, 0), 0);
    PQclear(result);
    return 0;
}

static int tell_gap(struct resuming *r)
{
    struct capture_gap gap = {.kind = GAP_RESTART};
    PGresult *result;
    int rc = ask(r, stopped_sql, &result);

    if (rc)
        return rc;
    r->counters->stopped_at = field_time(field_bytes(result, 0, 0));
    PQclear(result);
    gap.from_ns = time_ns_of_us(r->counters->stopped_at);
    gap.to_ns = time_ns_of_us(r->options->now_us);
    if (r->counters->stopped_at == TIME_NONE || gap.to_ns < gap.from_ns)
        return 0;
    for (size_t i = 0; rc == 0 && i < r->options->source_count; i++) {
        gap.source = (uint32_t)i;
        rc = correlator_take_up_gap(r->correlator, &gap);
    }
    return rc;
}

int resume_run(struct store *store, const struct resume_options *options,
               struct correlator *c, struct resume_counters *counters_out,
               struct error *err)
{
    struct resuming r = {.conn = store->conn,
                         .options = options,
                         .correlator = c,
                         .counters = counters_out,
                         .pool = slab_pool_new(SLAB_BYTES),
                         .err = err};
    struct take_up_counters taken = {0, 0};
    int done;
    int rc;

    *counters_out = (struct resume_counters){.stopped_at = TIME_NONE};
    *err = (struct error){0};
    if (!r.pool)
        return error_set(err, -ENOMEM, "out of memory");
    rc = tell_gap(&r);
    if (rc == 0)
        rc = give_up(&r);
    if (rc == 0)
        rc = take_all(&r, calls_sql, &counters_out->calls);
    if (rc == 0)
        rc = take_all(&r, subscriptions_sql, &counters_out->subscriptions);
    if (rc == 0)
        rc = take_bindings(&r);
    if (rc == 0)
        rc = tell_sources(&r);
    done = correlator_taken_up(c, &taken);
    rc = rc ? rc : done;
    counters_out->messages = taken.messages;
    counters_out->strayed = taken.strayed;
    if (rc && !err->text[0])
        (void)error_set(err, rc,
                        rc == -ENOMEM ? "out of memory"
                                      : "cannot take up what was left open");
    load_sources_fini(&r.sources);
    slab_pool_free(r.pool);
    return rc;
}
