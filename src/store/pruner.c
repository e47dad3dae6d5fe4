#include "store/pruner.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/connection.h"

void pruner_say(const struct pruner *p, bool warning, const char *format, ...)
{
    char line[512];
    va_list args;

    if (!p->options->say_fn)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    p->options->say_fn(p->options->arg, warning, line);
}

/* Was it a lock that somebody else holds, or a partition in the way? */
static bool is_held(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return state &&
           (strcmp(state, "55P03") == 0 || strcmp(state, "57014") == 0 ||
            strcmp(state, "40P01") == 0 || strcmp(state, "55000") == 0);
}

int pruner_query(struct pruner *p, const char *sql, int count,
                 const char *const *values, PGresult **result_out)
{
    PGresult *result =
        PQexecParams(p->conn, sql, count, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    int rc = 0;

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        bool held = is_held(result);

        rc = store_error(p->conn, result, "pruning", p->err);
        rc = held ? -EAGAIN : rc;
        PQclear(result);
        result = NULL;
    }
    if (result_out)
        *result_out = result;
    else
        PQclear(result);
    return rc;
}

/* @return 0, -EAGAIN where somebody is in the way, or another negative errno */
int pruner_attempt(struct pruner *p, const char *sql)
{
    PGresult *result = PQexec(p->conn, sql);
    ExecStatusType status = PQresultStatus(result);
    int rc = 0;

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        rc = is_held(result) ? -EAGAIN
                             : store_error(p->conn, result, "pruning", p->err);
    PQclear(result);
    return rc;
}

/* A parameter of type timestamptz. */
const char *pruner_time(int64_t us, char text[64])
{
    time_t seconds = (time_t)(us / SECOND_US);
    struct tm tm;

    if (us == INT64_MAX || !gmtime_r(&seconds, &tm))
        return "infinity";
    (void)strftime(text, 64, "%Y-%m-%d %H:%M:%S+00", &tm);
    return text;
}

void pruner_day(const struct range_row *r, char text[64])
{
    time_t lo = (time_t)(r->lo / 1000);
    time_t hi = (time_t)(r->hi / 1000 - 1);
    struct tm a;
    struct tm b;
    size_t used;

    if (strcmp(r->name, "early") == 0 || !gmtime_r(&lo, &a) ||
        !gmtime_r(&hi, &b)) {
        (void)snprintf(text, 64, "%s", r->lo ? r->name : "before 2000");
        return;
    }
    used = strftime(text, 64, "%Y-%m-%d", &a);
    if (r->hi - r->lo > DAY_US / 1000)
        (void)strftime(text + used, 64 - used, " to %Y-%m-%d", &b);
}

void pruner_size(uint64_t bytes, char text[32])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 10000 && unit < 4) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(text, 32, "%.0f %s", value, units[unit]);
}

int pruner_read_ranges(struct pruner *p)
{
    static const char sql[] =
        "SELECT r.name, r.lo, r.hi, r.dropping::int, (SELECT "
        "coalesce(sum(pg_total_relation_size(l.relation)), 0) FROM "
        "siptrail.range_leaves(r.name) l WHERE l.relation IS NOT NULL) FROM "
        "siptrail.ranges r ORDER BY r.lo";
    PGresult *result;
    int rc = pruner_query(p, sql, 0, NULL, &result);
    size_t count = rc ? 0 : (size_t)PQntuples(result);

    free(p->ranges);
    p->range_count = 0;
    p->ranges = calloc(count + 1, sizeof(*p->ranges));
    if (rc == 0 && !p->ranges)
        rc = error_set(p->err, -ENOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct range_row *r = &p->ranges[p->range_count++];

        (void)snprintf(r->name, sizeof(r->name), "%s",
                       PQgetvalue(result, (int)i, 0));
        r->lo = strtoll(PQgetvalue(result, (int)i, 1), NULL, 10);
        r->hi = strtoll(PQgetvalue(result, (int)i, 2), NULL, 10);
        r->dropping = PQgetvalue(result, (int)i, 3)[0] == '1';
        r->bytes = strtoull(PQgetvalue(result, (int)i, 4), NULL, 10);
    }
    PQclear(result);
    return rc;
}

void pruner_say_holder(struct pruner *p, const struct range_row *r,
                       const char *relations, const char *what)
{
    static const char format[] =
        "SELECT a.pid || coalesce(' (' || nullif(a.application_name, '') || "
        "')', '') || ' for ' || extract(epoch FROM now() - "
        "coalesce(a.xact_start, now()))::int || ' s' FROM pg_locks l JOIN "
        "pg_stat_activity a USING (pid) WHERE l.locktype = 'relation' AND "
        "l.granted AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid "
        "FROM pg_database WHERE datname = current_database()) AND l.relation "
        "IN (%s) ORDER BY a.xact_start LIMIT 1";
    char sql[1024];
    char day[64];
    PGresult *result;

    (void)snprintf(sql, sizeof(sql), format, relations);
    result = PQexec(p->conn, sql);
    pruner_day(r, day);
    pruner_say(p, true,
               "%s %s: in use by server process %s; left for the next prune",
               day, what,
               PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result)
                   ? PQgetvalue(result, 0, 0)
                   : "?");
    PQclear(result);
}
