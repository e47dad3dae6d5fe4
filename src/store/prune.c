#include "store/prune.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/late.h"
#include "store/pruner.h"

/* Held by the one that prunes ("siptrail" in ASCII, plus 2). */
#define PRUNE_LOCK "8316304043058751854"

/* A call without a word for longer than the correlator waits has ended. */
#define IDLE_US (DAY_US + HOUR_US)

/* Taking the lock of a day may hold up who wants it after us for so long. */
#define LOCK_WAIT                                                              \
    "SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = '250ms'"

static bool is_stopped(const struct pruner *p)
{
    return p->options->stop && atomic_load(p->options->stop);
}

static void say_leaf_holder(struct pruner *p, const struct range_row *r,
                            const char *what)
{
    char relations[256];

    (void)snprintf(relations, sizeof(relations),
                   "SELECT relation FROM siptrail.range_leaves('%s')", r->name);
    pruner_say_holder(p, r, relations, what);
}

/* What was emptied by an earlier prune, and could not leave then. */
static int finish_leftovers(struct pruner *p)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && !is_stopped(p) && i < p->range_count; i++) {
        char day[64];

        if (!p->ranges[i].dropping)
            continue;
        pruner_day(&p->ranges[i], day);
        if (p->options->dry_run) {
            pruner_say(p, false, "%s would leave: it is empty already", day);
            continue;
        }
        rc = pruner_drop_range(p, &p->ranges[i]);
        if (rc == 0)
            pruner_say(p, false, "%s was left half dropped: done", day);
        if (rc == -EAGAIN)
            rc = 0;
    }
    return rc;
}

struct look {
    uint64_t calls; /* that stay */
    bool rest;      /* is there anything that goes? */
};

static int look_at(struct pruner *p, const struct range_row *r,
                   const char *since, const char *running, struct look *out)
{
    const char *const values[] = {r->name, since, running};
    PGresult *result;
    int rc =
        pruner_query(p,
                     "SELECT calls, (rest OR (calls + blocks = 0 AND $1 NOT IN "
                     "('early', 'late')))::int FROM "
                     "siptrail.range_look($1, $2, $3)",
                     3, values, &result);

    if (rc == 0) {
        out->calls = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
        out->rest = PQgetvalue(result, 0, 1)[0] == '1';
    }
    PQclear(result);
    return rc;
}

/* One transaction that has the partitions of that day to itself. */
static int in_lock(struct pruner *p, const struct range_row *r, const char *sql,
                   const char *const *values, int count, char word_out[32])
{
    char lock[128];
    PGresult *result = NULL;
    int rc = pruner_attempt(p, "BEGIN; " LOCK_WAIT);

    (void)snprintf(lock, sizeof(lock), "SELECT siptrail.range_lock('%s')",
                   r->name);
    if (rc == 0)
        rc = pruner_attempt(p, lock);
    if (rc == 0)
        rc = pruner_attempt(p, "SET LOCAL statement_timeout = 0");
    if (rc == 0)
        rc = pruner_query(p, sql, count, values, &result);
    if (rc == 0)
        (void)snprintf(word_out, 32, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    if (rc == 0)
        return pruner_attempt(p, "COMMIT");
    PQclear(PQexec(p->conn, "ROLLBACK"));
    return rc;
}

static int in_lock_tries(struct pruner *p, const struct range_row *r,
                         const char *sql, const char *const *values, int count,
                         char word_out[32])
{
    const struct timespec pause = {1, 0};
    int rc = in_lock(p, r, sql, values, count, word_out);

    for (int i = 1; rc == -EAGAIN && i < p->options->tries; i++) {
        (void)nanosleep(&pause, NULL);
        rc = in_lock(p, r, sql, values, count, word_out);
    }
    return rc;
}

static void say_range(struct pruner *p, const struct range_row *r,
                      const struct look *look, const char *done)
{
    char day[64];
    char size[32];

    pruner_day(r, day);
    pruner_size(r->bytes, size);
    if (look->calls)
        pruner_say(p, false,
                   "%s %s, %s, but for %" PRIu64 " call%s that had not ended",
                   day, done, size, look->calls, look->calls == 1 ? "" : "s");
    else
        pruner_say(p, false, "%s %s, %s", day, done, size);
}

/* Calls that ended at @p since_us or later stay; INT64_MAX: none that ended. */
static int cut_range(struct pruner *p, struct range_row *r, int64_t since_us)
{
    char times[2][64];
    const char *const values[] = {
        r->name, pruner_time(since_us, times[0]),
        pruner_time(p->options->now_us - IDLE_US, times[1])};
    char emptied[32];
    struct look look;
    int rc = look_at(p, r, values[1], values[2], &look);

    if (rc || !look.rest)
        return rc;
    r->gone = true;
    if (p->options->dry_run) {
        say_range(p, r, &look, "would go");
        if (look.calls)
            p->counts->trimmed++;
        else
            p->counts->dropped++;
        return 0;
    }
    rc = in_lock_tries(p, r, "SELECT siptrail.range_trim($1, $2, $3)::int",
                       values, 3, emptied);
    if (rc == -EAGAIN) {
        say_leaf_holder(p, r, "is due");
        p->counts->held++;
        r->gone = false;
        return 0;
    }
    if (rc)
        return rc;
    if (emptied[0] != '1') {
        p->counts->trimmed++;
        say_range(p, r, &look, "dropped");
        return 0;
    }
    p->counts->dropped++;
    say_range(p, r, &look, "dropped");
    if (strcmp(r->name, "early") == 0 || strcmp(r->name, "late") == 0)
        return 0;
    rc = pruner_drop_range(p, r);
    return rc == -EAGAIN ? 0 : rc;
}

static int64_t end_us(const struct range_row *r)
{
    return r->hi > INT64_MAX / 1000 ? INT64_MAX : r->hi * 1000;
}

/* An hour later than the letter: calls that outlive their day have an index
 * then (range_outlives). */
static int cut_by_age(struct pruner *p)
{
    int64_t since_us = p->options->now_us - p->options->keep_us;
    int rc = 0;

    for (size_t i = 0; rc == 0 && !is_stopped(p) && i < p->range_count; i++)
        if (!p->ranges[i].dropping &&
            end_us(&p->ranges[i]) + HOUR_US <= since_us)
            rc = cut_range(p, &p->ranges[i], since_us);
    return rc;
}

static int total_size(struct pruner *p, uint64_t *bytes_out)
{
    PGresult *result;
    int rc = pruner_query(
        p,
        "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM "
        "pg_class WHERE relnamespace = 'siptrail'::regnamespace AND "
        "relkind = 'r'",
        0, NULL, &result);

    if (rc == 0)
        *bytes_out = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return rc;
}

/* Oldest first, and never the one that holds the present. */
static int cut_by_size(struct pruner *p)
{
    uint64_t total = 0;
    char sizes[2][32];
    int rc = total_size(p, &total);

    for (size_t i = 0; p->options->dry_run && i < p->range_count; i++)
        total -= p->ranges[i].gone ? p->ranges[i].bytes : 0;
    for (size_t i = 0; rc == 0 && !is_stopped(p) && i < p->range_count; i++) {
        struct range_row *r = &p->ranges[i];

        if (total <= p->options->max_bytes)
            return 0;
        if (r->dropping || r->gone || end_us(r) > p->options->now_us)
            continue;
        rc = cut_range(p, r, INT64_MAX);
        if (rc == 0 && p->options->dry_run)
            total -= r->gone ? r->bytes : 0;
        else if (rc == 0)
            rc = total_size(p, &total);
    }
    if (rc || total <= p->options->max_bytes)
        return rc;
    pruner_size(total, sizes[0]);
    pruner_size(p->options->max_bytes, sizes[1]);
    pruner_say(
        p, true,
        "%s are more than the %s allowed, and what is left is of today, still "
        "runs or is in use",
        sizes[0], sizes[1]);
    return 0;
}

static int cut_texts(struct pruner *p, const struct range_row *r)
{
    char running[64];
    const char *const values[] = {
        r->name, pruner_time(p->options->now_us - IDLE_US, running)};
    char kept[32] = "";
    char day[64];
    PGresult *result;
    int rc = pruner_query(p, "SELECT siptrail.range_trim_texts($1, $2, true)",
                          2, values, &result);
    bool rest = rc == 0 && PQgetvalue(result, 0, 0)[0] != '-';

    PQclear(result);
    if (rc || !rest)
        return rc;
    pruner_day(r, day);
    if (p->options->dry_run) {
        p->counts->texts++;
        pruner_say(p, false, "texts of %s would go", day);
        return 0;
    }
    rc = in_lock_tries(p, r, "SELECT siptrail.range_trim_texts($1, $2, false)",
                       values, 2, kept);
    if (rc == -EAGAIN) {
        say_leaf_holder(p, r, "is due to lose its texts");
        p->counts->held++;
        return 0;
    }
    if (rc == 0) {
        p->counts->texts++;
        pruner_say(p, false, "texts of %s dropped", day);
    }
    return rc;
}

static int cut_all_texts(struct pruner *p)
{
    int64_t cutoff = p->options->now_us - p->options->keep_text_us;
    int rc = 0;

    for (size_t i = 0; rc == 0 && !is_stopped(p) && i < p->range_count; i++)
        if (!p->ranges[i].dropping && !p->ranges[i].gone &&
            end_us(&p->ranges[i]) <= cutoff)
            rc = cut_texts(p, &p->ranges[i]);
    return rc;
}

/* What is dropped is not looked at again. */
static int read_again(struct pruner *p)
{
    return p->options->dry_run ? 0 : pruner_read_ranges(p);
}

static int run_steps(struct pruner *p)
{
    const struct prune_options *o = p->options;
    int rc = pruner_read_ranges(p);

    if (rc == 0)
        rc = finish_leftovers(p);
    if (rc == 0)
        rc = read_again(p);
    if (rc == 0 && o->keep_us)
        rc = cut_by_age(p);
    if (rc == 0)
        rc = read_again(p);
    if (rc == 0 && o->keep_text_us)
        rc = cut_all_texts(p);
    if (rc == 0 && o->max_bytes)
        rc = cut_by_size(p);
    if (rc == 0 && o->keep_us)
        rc = pruner_delete_rows(p);
    return rc ? rc : total_size(p, &p->counts->bytes);
}

int prune_run(struct pg_conn *conn, const struct prune_options *options,
              struct prune_counts *counts_out, struct error *err)
{
    struct pruner p = {conn, options, counts_out, NULL, 0, err};
    PGresult *result;
    int rc;

    *counts_out = (struct prune_counts){0};
    rc = pruner_attempt(&p, "SET application_name = 'siptrail prune'");
    if (rc == 0)
        rc = pruner_query(&p, "SELECT pg_try_advisory_lock(" PRUNE_LOCK ")", 0,
                          NULL, &result);
    if (rc)
        return rc;
    counts_out->busy = PQgetvalue(result, 0, 0)[0] != 't';
    PQclear(result);
    if (counts_out->busy)
        return 0;
    rc = run_steps(&p);
    if (rc == -EAGAIN)
        rc = -EBUSY;
    free(p.ranges);
    PQclear(PQexec(conn, "SELECT pg_advisory_unlock(" PRUNE_LOCK ")"));
    return rc;
}

int prune_make_ahead(struct pg_conn *conn, int64_t now_us, int64_t keep_us,
                     struct error *err)
{
    struct pruner p = {conn, NULL, NULL, NULL, 0, err};
    char times[2][64];
    const char *const values[] = {
        pruner_time(now_us, times[0]),
        pruner_time(now_us + PRUNE_AHEAD_DAYS * DAY_US, times[1]),
        keep_us <= 60 * DAY_US    ? "day"
        : keep_us <= 400 * DAY_US ? "week"
                                  : "month"};

    int rc = pruner_query(&p, "SELECT siptrail.range_ahead($1, $2, $3)", 3,
                          values, NULL);

    return rc ? rc : late_finish(conn, NULL, err);
}
