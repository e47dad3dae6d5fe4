#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>

#include "store/pruner.h"

/* A partition leaves its table when every transaction that saw it is over;
 * nobody waits for us meanwhile. */
#define LEAVE_WAIT "SET lock_timeout = '5s'"
#define LEAVE_WAIT_S "5"

static const char *number(int64_t value, char text[NUMBER_BYTES])
{
    (void)snprintf(text, NUMBER_BYTES, "%" PRId64, value);
    return text;
}

/* Would it have to be waited for? Then it is not begun: a partition half out
 * stands in the way of all others. */
static int is_parent_held(struct pruner *p, const char *parent, bool *held_out)
{
    const char *const values[] = {parent};
    PGresult *result;
    int rc = pruner_query(
        p,
        "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING "
        "(pid) WHERE l.relation = ('siptrail.' || $1)::regclass AND l.granted "
        "AND l.pid <> pg_backend_pid() AND a.xact_start < now() - interval "
        "'" LEAVE_WAIT_S " s')::int",
        1, values, &result);

    if (rc == 0)
        *held_out = PQgetvalue(result, 0, 0)[0] == '1';
    PQclear(result);
    return rc;
}

static int detach(struct pruner *p, const char *parent, const char *leaf,
                  bool pending)
{
    char sql[512];
    bool held = false;
    int rc;

    if (pending) {
        (void)snprintf(sql, sizeof(sql),
                       "BEGIN; SET LOCAL lock_timeout = '200ms'; ALTER TABLE "
                       "siptrail.%s DETACH PARTITION %s FINALIZE; COMMIT",
                       parent, leaf);
        rc = pruner_attempt(p, sql);
        if (rc)
            PQclear(PQexec(p->conn, "ROLLBACK"));
        return rc;
    }
    rc = is_parent_held(p, parent, &held);
    if (rc || held)
        return rc ? rc : -EAGAIN;
    (void)snprintf(sql, sizeof(sql),
                   "ALTER TABLE siptrail.%s DETACH PARTITION %s CONCURRENTLY",
                   parent, leaf);
    return pruner_attempt(p, sql);
}

/* It is out of its table: nobody finds it any more. */
static int drop_table(struct pruner *p, const char *leaf)
{
    char sql[512];
    int rc;

    (void)snprintf(sql, sizeof(sql),
                   "BEGIN; SET LOCAL lock_timeout = '200ms'; DROP TABLE %s; "
                   "COMMIT",
                   leaf);
    rc = pruner_attempt(p, sql);
    if (rc)
        PQclear(PQexec(p->conn, "ROLLBACK"));
    return rc;
}

static int drop_leaf(struct pruner *p, PGresult *leaves, int row,
                     char relations[256])
{
    const char *parent = PQgetvalue(leaves, row, 0);
    const char *leaf = PQgetvalue(leaves, row, 1);
    bool attached = PQgetvalue(leaves, row, 3)[0] == 't';
    bool pending = PQgetvalue(leaves, row, 4)[0] == 't';
    int rc = 0;

    if (PQgetisnull(leaves, row, 2))
        return 0;
    (void)snprintf(relations, 256, "'siptrail.%s'::regclass, '%s'::regclass",
                   parent, leaf);
    if (attached)
        rc = detach(p, parent, leaf, pending);
    return rc ? rc : drop_table(p, leaf);
}

/* Ended by the session's end, too. Others that want the range back look for
 * this lock (range_find). */
static int lock_range(struct pruner *p, const struct range_row *r, bool lock,
                      bool *had_out)
{
    char hour[NUMBER_BYTES];
    const char *const values[] = {number(r->lo / 3600000, hour)};
    PGresult *result;
    int rc = pruner_query(p,
                          lock ? "SELECT pg_try_advisory_lock(hashtext("
                                 "'siptrail.range'), $1::int)"
                               : "SELECT pg_advisory_unlock(hashtext("
                                 "'siptrail.range'), $1::int)",
                          1, values, &result);

    if (rc == 0 && had_out)
        *had_out = PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    return rc;
}

/* @return -EAGAIN where somebody is in the way: said */
static int drop_leaves(struct pruner *p, const struct range_row *r)
{
    const char *const values[] = {r->name};
    char relations[256] = "0";
    PGresult *leaves = NULL;
    int rc = pruner_attempt(p, LEAVE_WAIT);

    if (rc == 0)
        rc = pruner_query(p,
                          "SELECT l.* FROM siptrail.range_leaves($1) l JOIN "
                          "siptrail.ranges r ON r.name = $1 AND r.dropping",
                          1, values, &leaves);
    for (int row = 0; rc == 0 && row < PQntuples(leaves); row++)
        rc = drop_leaf(p, leaves, row, relations);
    if (rc == -EAGAIN) {
        pruner_say_holder(p, r, relations, "is empty, but its tables stay");
        p->counts->held++;
    }
    if (rc == 0 && PQntuples(leaves))
        rc = pruner_query(
            p, "DELETE FROM siptrail.ranges WHERE name = $1 AND dropping", 1,
            values, NULL);
    PQclear(leaves);
    return rc;
}

int pruner_drop_range(struct pruner *p, const struct range_row *r)
{
    bool had = false;
    int rc = lock_range(p, r, true, &had);
    int unlocked;

    if (rc || !had) /* somebody takes it back this moment */
        return rc;
    rc = drop_leaves(p, r);
    unlocked = lock_range(p, r, false, NULL);
    return rc ? rc : unlocked;
}
