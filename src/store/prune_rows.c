#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/pruner.h"

#define BATCH "5000"
/* $1 is the time before which all may go. Registrations and subscriptions
 * that run stay; a capture stays as long as anything names it. */
static const struct {
    const char *table;
    const char *where;
} row_steps[] = {
    {"registrations",
     "t.last_at < $1 AND (t.state IS DISTINCT FROM 'registered' OR "
     "coalesce(t.expires_at, t.last_at) < $1)"},
    {"subscriptions",
     "t.last_at < $1 AND (t.ended_at IS NOT NULL OR coalesce(t.expires_at, "
     "t.last_at) < $1)"},
    {"endpoint_roles", "t.last_at < $1"},
    {"capture_gaps", "t.to_at < $1"},
    {"group_links", "t.group_key < siptrail.key_floor($1)"},
    {"quarantine", "t.quarantined_at < $1"},
    {"captures",
     "coalesce(t.last_packet_at, t.ended_at, t.started_at) < $1 AND t.state <> "
     "'running' AND NOT EXISTS (SELECT FROM siptrail.ranges r WHERE r.hi > "
     "extract(epoch FROM t.first_packet_at) * 1000 AND r.lo <= extract(epoch "
     "FROM t.last_packet_at) * 1000 AND NOT r.dropping AND (r.name NOT IN "
     "('early', 'late') OR EXISTS (SELECT FROM siptrail.range_leaves(r.name) "
     "l WHERE pg_relation_size(l.relation) > 0))) AND NOT EXISTS (SELECT FROM "
     "siptrail.registrations o WHERE o.capture_key = t.capture_key) AND NOT "
     "EXISTS (SELECT FROM siptrail.subscriptions o WHERE o.capture_key = "
     "t.capture_key) AND NOT EXISTS (SELECT FROM siptrail.endpoint_roles o "
     "WHERE o.capture_key = t.capture_key) AND NOT EXISTS (SELECT FROM "
     "siptrail.capture_gaps o WHERE o.capture_key = t.capture_key)"},
    {"runs",
     "coalesce(t.ended_at, t.started_at) < $1 AND NOT EXISTS (SELECT FROM "
     "siptrail.captures o WHERE o.run_key = t.run_key)"},
};

static int delete_rows(struct pruner *p, const char *table, const char *where,
                       const char *cutoff)
{
    const char *const values[] = {cutoff};
    char sql[2048];
    uint64_t total = 0;
    uint64_t count = 0;
    int rc;

    if (p->options->dry_run)
        (void)snprintf(sql, sizeof(sql),
                       "SELECT count(*) FROM siptrail.%s t WHERE %s", table,
                       where);
    else
        (void)snprintf(sql, sizeof(sql),
                       "DELETE FROM siptrail.%s WHERE ctid = ANY (ARRAY(SELECT "
                       "t.ctid FROM siptrail.%s t WHERE %s LIMIT " BATCH "))",
                       table, table, where);
    do {
        PGresult *result;

        rc = pruner_query(p, sql, 1, values, &result);
        if (rc)
            break;
        count = strtoull(p->options->dry_run ? PQgetvalue(result, 0, 0)
                                             : PQcmdTuples(result),
                         NULL, 10);
        total += count;
        PQclear(result);
    } while (count && !p->options->dry_run);
    p->counts->rows += total;
    if (rc == 0 && total)
        pruner_say(p, false, "%s: %" PRIu64 " row%s %s", table, total,
                   total == 1 ? "" : "s",
                   p->options->dry_run ? "would go" : "deleted");
    return rc;
}

int pruner_delete_rows(struct pruner *p)
{
    char cutoff[64];
    int rc = 0;

    (void)pruner_time(p->options->now_us - p->options->keep_us, cutoff);
    for (size_t i = 0; rc == 0 && i < sizeof(row_steps) / sizeof(row_steps[0]);
         i++)
        rc = delete_rows(p, row_steps[i].table, row_steps[i].where, cutoff);
    return rc;
}
