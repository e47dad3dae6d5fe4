#include "store/stats.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/query.h"

/* The expressions are those of the views kpi_*: a test holds them together. */
#define COUNT(which) "count(*) FILTER (WHERE " which ")"
#define RATIO(part, whole)                                                     \
    "round(100.0 * " COUNT(part) " / nullif(" COUNT(whole) ", 0), 2)"
#define PERCENTILE(p, column, which)                                           \
    "percentile_disc(" p ") WITHIN GROUP (ORDER BY " column                    \
    ") FILTER (WHERE " which ")"
#define NOT_REDIRECTED "counted AND NOT redirected"
#define FAILED "counted AND NOT answered AND NOT redirected"
#define ISO(time)                                                              \
    "to_char(" time " AT TIME ZONE 'UTC', "                                    \
    "'YYYY-MM-DD\"T\"HH24:MI:SS.US+00:00')"

struct figure {
    struct stats_column column;
    const char *sql;
};

static const struct figure figures[STATS_FIGURE_COUNT] = {
    [STATS_CALLS] = {{"calls", STATS_COUNT}, "count(*)"},
    [STATS_ATTEMPTS] = {{"attempts", STATS_COUNT}, COUNT("counted")},
    [STATS_ANSWERED] = {{"answered", STATS_COUNT}, COUNT("answered")},
    [STATS_REDIRECTED] = {{"redirected", STATS_COUNT}, COUNT("redirected")},
    [STATS_TIMEOUTS] = {{"timeouts", STATS_COUNT}, COUNT("timed_out")},
    [STATS_RUNNING] = {{"running", STATS_COUNT},
                       COUNT("ended_at IS NULL AND end_cause IS DISTINCT FROM "
                             "'no_response'")},
    [STATS_ASR] = {{"asr", STATS_PERCENT}, RATIO("answered", "counted")},
    [STATS_NER] = {{"ner", STATS_PERCENT}, RATIO("served", "counted")},
    [STATS_SER] = {{"ser", STATS_PERCENT}, RATIO("answered", NOT_REDIRECTED)},
    [STATS_SEER] = {{"seer", STATS_PERCENT},
                    RATIO("effective", NOT_REDIRECTED)},
    [STATS_ISA] = {{"isa", STATS_PERCENT}, RATIO("ineffective", "counted")},
    [STATS_SCR] = {{"scr", STATS_PERCENT}, RATIO("completed", "counted")},
    [STATS_ACD] = {{"acd_ms", STATS_MS},
                   "round(avg(talk_ms) FILTER (WHERE acknowledged))::bigint"},
    [STATS_SDT_P50] = {{"sdt_p50_ms", STATS_MS},
                       PERCENTILE("0.5", "talk_ms", "answered")},
    [STATS_SDT_P95] = {{"sdt_p95_ms", STATS_MS},
                       PERCENTILE("0.95", "talk_ms", "answered")},
    [STATS_TALK] = {{"talk_ms", STATS_MS},
                    "sum(talk_ms) FILTER (WHERE answered)::bigint"},
    [STATS_PDD_P50] = {{"pdd_p50_ms", STATS_MS},
                       PERCENTILE("0.5", "pdd_ms", "counted")},
    [STATS_PDD_P95] = {{"pdd_p95_ms", STATS_MS},
                       PERCENTILE("0.95", "pdd_ms", "counted")},
    [STATS_PDD_P99] = {{"pdd_p99_ms", STATS_MS},
                       PERCENTILE("0.99", "pdd_ms", "counted")},
    [STATS_SRD_P50] = {{"srd_p50_ms", STATS_MS},
                       PERCENTILE("0.5", "pdd_ms", "answered")},
    [STATS_SRD_P95] = {{"srd_p95_ms", STATS_MS},
                       PERCENTILE("0.95", "pdd_ms", "answered")},
    [STATS_SRD_FAILED_P50] = {{"srd_failed_p50_ms", STATS_MS},
                              PERCENTILE("0.5", "pdd_ms", FAILED)},
    [STATS_SRD_FAILED_P95] = {{"srd_failed_p95_ms", STATS_MS},
                              PERCENTILE("0.95", "pdd_ms", FAILED)},
    [STATS_SDD_P50] = {{"sdd_p50_ms", STATS_MS},
                       PERCENTILE("0.5", "disconnect_ms", "answered")},
    [STATS_SDD_P95] = {{"sdd_p95_ms", STATS_MS},
                       PERCENTILE("0.95", "disconnect_ms", "answered")},
    [STATS_MESSAGES] = {{"messages", STATS_COUNT}, "sum(messages)::bigint"},
    [STATS_RETRANSMISSIONS] = {{"retransmissions", STATS_COUNT},
                               "sum(retransmissions)::bigint"},
};

/* What rows are grouped by, or, where it is late, is known of a group. */
struct group_key {
    struct stats_column column;
    const char *sql;
    bool late;
};

/* What several sensors saw counts for each of them, and once for all. */
static const char *calls_of(const struct call_filter *f)
{
    return f->sensor.length ? "siptrail.kpi_sensor_calls"
                            : "siptrail.kpi_calls";
}

struct grouping {
    const char *from;  /* NULL: calls_of() */
    const char *order; /* of the rows that stay within the limit */
    struct group_key keys[STATS_GROUP_MAX];
};

static const struct grouping groupings[] = {
    [STATS_TOTAL] = {.order = "1"},
    [STATS_HOUR] = {.order = "hour DESC",
                    .keys = {{{"hour", STATS_TIME},
                              ISO("date_trunc('hour', first_at, 'UTC')"),
                              false}}},
    [STATS_TRUNK] = {.from = "siptrail.kpi_attempts",
                     .order = "calls DESC, src_ip, dst_ip",
                     .keys = {{{"src_ip", STATS_TEXT}, "host(src_ip)", false},
                              {{"dst_ip", STATS_TEXT}, "host(dst_ip)", false},
                              {{"src_peer", STATS_TEXT},
                               "siptrail.peer_name(src_ip::inet)",
                               true},
                              {{"dst_peer", STATS_TEXT},
                               "siptrail.peer_name(dst_ip::inet)",
                               true}}},
    [STATS_AGENT] = {.from = "siptrail.kpi_attempts CROSS JOIN LATERAL "
                             "(VALUES ('caller', caller_agent), ('callee', "
                             "callee_agent)) AS p(side, agent)",
                     .order = "calls DESC, side, agent",
                     .keys = {{{"side", STATS_TEXT}, "side", false},
                              {{"agent", STATS_TEXT}, "agent", false}}},
};

static size_t key_count(enum stats_by by)
{
    size_t n = 0;

    while (n < STATS_GROUP_MAX && groupings[by].keys[n].sql)
        n++;
    return n;
}

size_t stats_columns(enum stats_by by,
                     struct stats_column columns_out[STATS_COLUMNS_MAX],
                     size_t *groups_out)
{
    size_t n = key_count(by);

    *groups_out = n;
    for (size_t i = 0; i < n; i++)
        columns_out[i] = groupings[by].keys[i].column;
    for (size_t i = 0; i < STATS_FIGURE_COUNT; i++)
        columns_out[n + i] = figures[i].column;
    return n + STATS_FIGURE_COUNT;
}

/* Run it; the result in text form is the caller's. */
static int ask(struct store *store, struct query *q, PGresult **result_out,
               struct error *err)
{
    PGresult *result;
    int rc = 0;

    if (q->failed)
        return error_set(err, -E2BIG, "the filters are too long");
    result = PQexecParams(store->conn, q->sql, q->count, NULL, q->values, NULL,
                          NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = store_error(store->conn, result, "counting calls", err);
        PQclear(result);
        result = NULL;
    }
    *result_out = result;
    return rc;
}

static int hand_rows(const PGresult *result, stats_row_fn fn, void *arg)
{
    struct span values[STATS_COLUMNS_MAX];
    int columns = PQnfields(result);
    int rc = 0;

    for (int row = 0; rc == 0 && row < PQntuples(result); row++) {
        for (int i = 0; i < columns; i++)
            values[i] = span_of(PQgetvalue(result, row, i),
                                (size_t)PQgetlength(result, row, i));
        rc = fn(arg, values);
    }
    return rc;
}

static struct query *query_new(struct error *err)
{
    struct query *q = malloc(sizeof(*q));

    if (q)
        query_init(q);
    else
        (void)error_set(err, -ENOMEM, "out of memory");
    return q;
}

static void query_free(struct query *q)
{
    query_fini(q);
    free(q);
}

static int run(struct store *store, struct query *q, stats_row_fn fn, void *arg,
               struct error *err)
{
    PGresult *result = NULL;
    int rc = ask(store, q, &result, err);

    if (rc == 0) {
        rc = hand_rows(result, fn, arg);
        PQclear(result);
    }
    query_free(q);
    return rc;
}

static void build_figures(struct query *q, const struct call_filter *f,
                          enum stats_by by)
{
    const struct grouping *g = &groupings[by];
    size_t keys = key_count(by);
    size_t grouped = 0;

    query_add(q, "SELECT ");
    for (size_t i = 0; i < keys; i++)
        query_add(q, "%s AS %s, ",
                  g->keys[i].late ? g->keys[i].sql : g->keys[i].column.name,
                  g->keys[i].column.name);
    for (size_t i = 0; i < STATS_FIGURE_COUNT; i++)
        query_add(q, "%s%s", i ? ", " : "", figures[i].column.name);
    query_add(q, " FROM (SELECT ");
    for (size_t i = 0; i < keys; i++) {
        if (g->keys[i].late)
            continue;
        query_add(q, "%s AS %s, ", g->keys[i].sql, g->keys[i].column.name);
        grouped++;
    }
    for (size_t i = 0; i < STATS_FIGURE_COUNT; i++)
        query_add(q, "%s%s AS %s", i ? ", " : "", figures[i].sql,
                  figures[i].column.name);
    query_add(q, " FROM %s", g->from ? g->from : calls_of(f));
    query_add_filter(q, f);
    if (by == STATS_AGENT)
        query_add(q, " AND agent IS NOT NULL");
    for (size_t i = 0; i < grouped; i++)
        query_add(q, "%s%zu", i ? ", " : " GROUP BY ", i + 1);
    query_add(q, ") figures ORDER BY %s", g->order);
    if (f->limit)
        query_add(q, " LIMIT %llu", (unsigned long long)f->limit);
}

int stats_read(struct store *store, const struct call_filter *f,
               enum stats_by by, stats_row_fn fn, void *arg, struct error *err)
{
    struct query *q = query_new(err);

    if (!q)
        return -ENOMEM;
    if (by == STATS_HOUR)
        query_add(q, "SELECT * FROM (");
    build_figures(q, f, by);
    if (by == STATS_HOUR)
        query_add(q, ") hours ORDER BY hour");
    return run(store, q, fn, arg, err);
}

static int64_t number_of(struct span s)
{
    uint64_t n = 0;
    bool negative = s.length && s.data[0] == '-';

    (void)span_to_u64(span_from(s, negative), INT64_MAX, &n);
    return negative ? -(int64_t)n : (int64_t)n;
}

static int64_t time_of(struct span s)
{
    return s.length ? number_of(s) : TIME_NONE;
}

static int take_span(void *arg, const struct span *values)
{
    struct stats_span *s = arg;

    s->calls = (uint64_t)number_of(values[0]);
    s->first_us = time_of(values[1]);
    s->last_us = time_of(values[2]);
    s->per_second = (uint64_t)number_of(values[3]);
    return 0;
}

static int take_peak(void *arg, const struct span *values)
{
    struct stats_span *s = arg;

    s->peak = (uint64_t)number_of(values[0]);
    s->peak_us = time_of(values[1]);
    return 0;
}

#define MICROSECONDS(time) "(extract(epoch FROM " time ") * 1000000)::bigint"

/* As the function concurrent_calls() has it, with the filters. */
static void build_peak(struct query *q, const struct call_filter *f)
{
    struct call_filter any = *f;
    int since = 0;

    any.all = true;
    any.since_us = TIME_NONE;
    if (f->since_us != TIME_NONE)
        since = query_time(q, f->since_us);
    query_add(q, "WITH c AS (SELECT call_key, group_key, first_at, CASE "
                 "WHEN ended_at IS NOT NULL THEN ended_at "
                 "WHEN end_cause = 'no_response' THEN last_message_at "
                 "WHEN k.state = 'running' THEN 'infinity' "
                 "ELSE greatest(k.last_packet_at, last_message_at) END AS "
                 "over_at FROM (SELECT * FROM siptrail.calls");
    query_add_filter(q, &any);
    if (since)
        query_add(q,
                  " AND (first_at >= $%d::timestamptz - interval '1 hour' OR "
                  "ended_at IS NULL OR ended_at - first_at > '1 hour')",
                  since);
    query_add(q, ") s LEFT JOIN (SELECT capture_key, state, last_packet_at "
                 "FROM siptrail.captures) k USING (capture_key)), "
                 "counted AS (SELECT ");
    if (since)
        query_add(q, "greatest(first_at, $%d::timestamptz) AS ", since);
    query_add(
        q, "first_at, over_at FROM c WHERE over_at > first_at AND NOT EXISTS "
           "(SELECT FROM siptrail.calls e WHERE nullif(e.group_key, "
           "e.call_key) = c.group_key AND nullif(e.group_key, e.call_key) "
           "IS NOT NULL AND (e.first_at, e.call_key) < (c.first_at, "
           "c.call_key)) AND (c.group_key = c.call_key OR NOT EXISTS "
           "(SELECT FROM siptrail.calls e WHERE e.call_key = c.group_key "
           "AND e.group_key = c.group_key AND (e.first_at, e.call_key) < "
           "(c.first_at, c.call_key)))");
    if (!f->sensor.length)
        query_add(q, " AND NOT EXISTS (SELECT FROM siptrail.group_links l "
                     "WHERE l.group_key = c.group_key)");
    if (since)
        query_add(q, " AND over_at > $%d::timestamptz", since);
    query_add(
        q,
        "), m AS (SELECT at, sum(n) AS n FROM (SELECT first_at AS at, "
        "1 AS n FROM counted UNION ALL SELECT over_at, -1 FROM "
        "counted) x GROUP BY at) SELECT n, " MICROSECONDS(
            "at") " FROM (SELECT at, sum(n) OVER (ORDER BY at) AS n FROM m) y "
                  "WHERE at < 'infinity' ORDER BY n DESC, at LIMIT 1");
}

int stats_span_read(struct store *store, const struct call_filter *f,
                    struct stats_span *span_out, struct error *err)
{
    struct query *q = query_new(err);
    int rc;

    *span_out = (struct stats_span){
        .first_us = TIME_NONE, .last_us = TIME_NONE, .peak_us = TIME_NONE};
    if (!q)
        return -ENOMEM;
    query_add(q,
              "SELECT coalesce(sum(n), 0), %s, %s, max(n) FROM (SELECT "
              "count(*) AS n, min(first_at) AS a, max(first_at) AS b FROM %s",
              MICROSECONDS("min(a)"), MICROSECONDS("max(b)"), calls_of(f));
    query_add_filter(q, f);
    query_add(q, " GROUP BY date_trunc('second', first_at)) seconds");
    rc = run(store, q, take_span, span_out, err);
    if (rc)
        return rc;
    q = query_new(err);
    if (!q)
        return -ENOMEM;
    build_peak(q, f);
    return run(store, q, take_peak, span_out, err);
}

struct filling {
    struct stats_bucket *buckets;
    size_t count;
};

static int take_bucket(void *arg, const struct span *values)
{
    struct filling *f = arg;
    int64_t index = number_of(values[0]);

    if (index >= 0 && (uint64_t)index < f->count)
        f->buckets[index] = (struct stats_bucket){
            (uint32_t)number_of(values[1]), (uint32_t)number_of(values[2])};
    return 0;
}

int stats_buckets(struct store *store, const struct call_filter *f,
                  int64_t first_us, uint32_t step_s,
                  struct stats_bucket *buckets_out, size_t count,
                  struct error *err)
{
    struct filling filling = {buckets_out, count};
    struct query *q = query_new(err);

    memset(buckets_out, 0, count * sizeof(*buckets_out));
    if (!q)
        return -ENOMEM;
    query_add(q, "SELECT floor((%s - %lld) / %lld.0)::bigint, %s, %s",
              MICROSECONDS("first_at"), (long long)first_us,
              (long long)step_s * 1000000, COUNT("disposition = 'answered'"),
              COUNT("disposition <> 'answered'"));
    query_add(q, " FROM %s", calls_of(f));
    query_add_filter(q, f);
    query_add(q, " GROUP BY 1");
    return run(store, q, take_bucket, &filling, err);
}

int stats_causes(struct store *store, const struct call_filter *f, size_t most,
                 stats_row_fn fn, void *arg, struct error *err)
{
    struct query *q = query_new(err);

    if (!q)
        return -ENOMEM;
    query_add(q,
              "SELECT count(*), disposition, status_code, reason_phrase, "
              "reason_q850 FROM %s",
              calls_of(f));
    query_add_filter(q, f);
    query_add(q,
              " AND counted AND NOT answered GROUP BY 2, 3, 4, 5 ORDER BY 1 "
              "DESC, 2, 3, 4, 5 LIMIT %zu",
              most);
    return run(store, q, fn, arg, err);
}

int stats_registrations(struct store *store, const struct call_filter *f,
                        stats_row_fn fn, void *arg, struct error *err)
{
    struct call_filter own = call_filter_none;
    struct query *q = query_new(err);

    if (!q)
        return -ENOMEM;
    own.since_us = f->since_us;
    own.until_us = f->until_us;
    own.ip = f->ip;
    own.sensor = f->sensor;
    own.all = true; /* their rows know no evidence */
    query_add(q, "SELECT sum(attempts), sum(failures), round(100.0 * "
                 "sum(ineffective) / nullif(sum(attempts), 0), 2), "
                 "percentile_disc(0.5) WITHIN GROUP (ORDER BY register_ms), "
                 "percentile_disc(0.95) WITHIN GROUP (ORDER BY register_ms) "
                 "FROM siptrail.registrations");
    query_add_filter(q, &own);
    return run(store, q, fn, arg, err);
}
