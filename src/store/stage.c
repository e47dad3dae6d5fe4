#include "store/stage.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/hash.h"
#include "base/list.h"
#include "store/connection.h"
#include "store/gap.h"
#include "store/known.h"
#include "store/late.h"
#include "store/merge.h"
#include "store/row.h"
#include "store/row_endpoint.h"
#include "store/row_registration.h"
#include "store/row_subscription.h"
#include "store/send.h"
#include "store/spooled.h"

#define TRIES 8
/* parts, dialogs, exchanges, calls, calls that are there already, and behind
 * them what is upserted */
#define PLAIN_TABLES 5
#define RECORD_TABLES (PLAIN_TABLES + BATCH_UPSERT_COUNT)

static const char part_columns[] =
    "exchange_key, block_key, no, kind, lo, hi, who, name";

#define HELD_MAX 200000
/* What is asked of so many calls without their indexes is answered within half
 * a second. */
#define LATE_CALLS_MAX 300000
#define SHARED_CALLS_MIN 5000 /* fewer are not worth two sessions */

static const struct key *run_key_of(const struct stage *s,
                                    const struct batch *b)
{
    return s->spooled ? &b->run_key : s->run_key;
}

int stage_init(struct stage *s)
{
    return table_init(&s->held, HELD_MAX);
}

/* Empties it; each part goes through @p fn, or is dropped. */
static int release_held(struct stage *s,
                        int (*fn)(struct stage *, const struct stage_part *))
{
    struct table_node *n;
    size_t at = 0;
    int rc = 0;

    while ((n = table_take_any(&s->held, &at)) != NULL) {
        struct stage_part *held = CONTAINER_OF(n, struct stage_part, node);

        if (fn && rc == 0)
            rc = fn(s, held);
        free(held);
    }
    return rc;
}

void stage_renew(struct stage *s, struct pg_conn *conn)
{
    s->conn = conn;
    ranges_fini(&s->ranges);
    sensor_memory_fini(&s->sensors);
    memset(&s->entered, 0, sizeof(s->entered));
}

void stage_fini(struct stage *s)
{
    (void)release_held(s, NULL);
    if (s->held.lines)
        table_fini(&s->held);
    ranges_fini(&s->ranges);
    sensor_memory_fini(&s->sensors);
    copy_fini(&s->parts);
    free(s->rows);
}

/* Key of the block in this row: behind the count of fields and a length. */
static struct key block_key_of(const struct batch *b, size_t row)
{
    struct key key;

    memcpy(key.bytes, copy_row_bytes(&b->blocks, row).data + 6,
           sizeof(key.bytes));
    return key;
}

/* *known_out: may any of it be stored already? */
static int ensure_ranges(struct stage *s, const struct batch *b,
                         bool *known_out, struct error *err)
{
    bool fresh;
    int rc = 0;

    *known_out = false;
    if (!b)
        return 0;
    for (size_t i = 0; rc == 0 && i < b->exchange_count; i++) {
        rc = ranges_ensure(&s->ranges, s->conn, &b->exchanges[i].key, &fresh,
                           err);
        *known_out |= !fresh;
    }
    for (size_t i = 0; rc == 0 && i < b->dialog_count; i++) {
        rc = ranges_ensure(&s->ranges, s->conn, &b->dialog_keys[i].key, &fresh,
                           err);
        *known_out |= !fresh;
    }
    for (size_t i = 0; rc == 0 && i < b->blocks.row_count; i++) {
        struct key key = block_key_of(b, i);

        rc = ranges_ensure(&s->ranges, s->conn, &key, &fresh, err);
    }
    return rc;
}

/* Somebody dropped a day that is wanted: make it again, with what waits. */
static int ensure_again(struct stage *s, const struct batch *b,
                        struct error *err)
{
    bool known;
    int rc;

    ranges_forget(&s->ranges);
    rc = ensure_ranges(s, b, &known, err);
    for (size_t i = 0; rc == 0 && i < s->parts.row_count; i++)
        rc = ranges_ensure(&s->ranges, s->conn, &s->rows[i].exchange_key,
                           &known, err);
    return rc;
}

static int send_again(struct stage *s, const struct batch *b,
                      struct send_job *job, struct error *err)
{
    int rc = send_tables(job, err);

    for (int i = 0; rc == -ESTALE && i < TRIES; i++) {
        rc = ensure_again(s, b, err);
        if (rc == 0)
            rc = send_tables(job, err);
    }
    if (rc == -ESTALE)
        rc = error_set(err, -EBUSY,
                       "the days that are written are dropped without end; "
                       "see siptrail db prune");
    return rc;
}

/* Ordinals of the part that are stored already and left out at its begin;
 * all of them where it is known. */
static int32_t skipped(const struct batch *b, const struct batch_part *p)
{
    const struct batch_exchange *e = &b->exchanges[p->exchange];
    int32_t length = p->hi - p->lo + 1;
    int64_t skip = (int64_t)e->known - p->no;

    if (e->messages == BATCH_KNOWN || skip > length)
        return length;
    return skip > 0 ? (int32_t)skip : 0;
}

static int mark_blocks(struct batch *b, struct error *err)
{
    free(b->block_marks);
    b->block_marks = malloc(b->blocks.row_count + 1);
    if (!b->block_marks)
        return error_set(err, -ENOMEM, "out of memory");
    memset(b->block_marks, SEND_LEAVE_OUT, b->blocks.row_count);
    for (size_t i = 0; i < b->part_count; i++)
        if (skipped(b, &b->parts[i]) <= b->parts[i].hi - b->parts[i].lo)
            b->block_marks[b->parts[i].block] = SEND_ROW;
    return 0;
}

/* Of a batch from the spool: what its rows need there first. */
static int prepare(struct stage *s, struct batch *b, struct error *err)
{
    int rc = 0;

    if (!key_equal(&s->entered, &b->run_key) ||
        s->entered_captures != b->capture_count)
        rc = spooled_enter(s->conn, b, err);
    if (rc == 0) {
        s->entered = b->run_key;
        s->entered_captures = b->capture_count;
        spooled_translate(b, s->anomaly_ids);
    }
    return rc;
}

int stage_blocks(struct stage *s, struct batch *b, struct error *err)
{
    struct send_table tables[] = {
        {.name = "blocks", .columns = block_columns, .rows = &b->blocks},
        {.name = "texts",
         .columns = block_text_columns,
         .rows = &b->texts,
         .beside = &tables[0]}};
    struct send_job job = {.conn = s->conn,
                           .run_key = run_key_of(s, b),
                           .tables = tables,
                           .table_count = 2};
    bool look = false;
    int rc = s->spooled ? prepare(s, b, err) : 0;

    if (rc == 0)
        rc = ensure_ranges(s, b, &look, err);
    if (rc == 0 && (look || s->live || b->replay))
        rc = known_decide(s->conn, b, b->replay, err);
    if (rc == 0)
        rc = mark_blocks(b, err);
    if (rc == 0 && b->replay)
        rc = spooled_find_blocks(s->conn, b, err);
    tables[0].marks = b->block_marks;
    if (rc == 0)
        rc = send_again(s, b, &job, err);
    free(tables[1].marks);
    b->refused = job.refused;
    return rc;
}

static bool is_early(const struct batch_exchange *e)
{
    return e->kind == EXCHANGE_CALL && !e->has_call;
}

/* False where nothing of it is to be sent. */
static bool resolve(const struct batch *b, const struct batch_part *p,
                    struct stage_part *row_out)
{
    const struct batch_exchange *e = &b->exchanges[p->exchange];
    int32_t skip = skipped(b, p);
    uint32_t left = (uint32_t)(p->hi - p->lo + 1 - skip);

    if (!left || (b->block_marks[p->block] != SEND_ROW &&
                  b->block_marks[p->block] != SEND_KNOWN))
        return false;
    *row_out =
        (struct stage_part){.exchange_key = e->key,
                            .block_key = block_key_of(b, p->block),
                            .kind = e->kind,
                            .no = p->no + skip,
                            .lo = (int16_t)(p->lo + skip),
                            .hi = p->hi,
                            .call_id = p->call_id,
                            .stored = p->stored < left ? p->stored : left,
                            .name = skip ? 0 : p->name,
                            .replaces = e->messages == BATCH_REPLACES};
    return true;
}

static uint64_t hash_key(const struct key *key)
{
    return hash_bytes(key->bytes, sizeof(key->bytes));
}

/* Parts of calls whose row is not in this batch begin to wait. */
static int hold_early(struct stage *s, struct batch *b, uint64_t *held_out,
                      struct error *err)
{
    struct stage_part row;

    *held_out = 0;
    for (size_t i = 0; !s->spooled && i < b->part_count; i++) {
        struct stage_part *held;

        b->parts[i].held = false;
        if (s->live || !is_early(&b->exchanges[b->parts[i].exchange]) ||
            table_full(&s->held) || !resolve(b, &b->parts[i], &row))
            continue;
        held = malloc(sizeof(*held));
        if (!held)
            return error_set(err, -ENOMEM, "out of memory");
        *held = row;
        table_add(&s->held, &held->node, hash_key(&held->exchange_key));
        b->parts[i].held = true;
        *held_out += row.stored;
    }
    return 0;
}

static struct stage_part *next_held(struct table_node *n, const struct key *key)
{
    for (; n; n = table_next(n)) {
        struct stage_part *held = CONTAINER_OF(n, struct stage_part, node);

        if (key_equal(&held->exchange_key, key))
            return held;
    }
    return NULL;
}

static int add_row(struct stage *s, const struct stage_part *row)
{
    size_t at = s->parts.row_count;
    struct stage_part *rows =
        grow_for_one(s->rows, &s->row_room, at, sizeof(*rows));

    if (!rows)
        return -ENOMEM;
    s->rows = rows;
    s->rows[at] = *row;
    copy_row(&s->parts, 8);
    copy_key(&s->parts, &row->exchange_key);
    copy_key(&s->parts, &row->block_key);
    copy_i32(&s->parts, row->no);
    copy_word(&s->parts, exchange_kind_name(row->kind));
    copy_i16(&s->parts, row->lo);
    copy_i16(&s->parts, row->hi);
    copy_i16(&s->parts, row->call_id);
    if (row->name)
        copy_i64(&s->parts, (int64_t)row->name);
    else
        copy_null(&s->parts);
    return s->parts.failed ? -ENOMEM : 0;
}

static int add_held(struct stage *s, const struct key *key)
{
    struct stage_part *held;
    int rc = 0;

    for (held = next_held(table_first(&s->held, hash_key(key)), key);
         rc == 0 && held; held = next_held(table_next(&held->node), key))
        rc = add_row(s, held);
    return rc;
}

/* What this batch sends of its own, and what waited for its calls. */
static int encode_parts(struct stage *s, const struct batch *b,
                        struct error *err)
{
    struct stage_part row;
    int rc = 0;

    copy_reset(&s->parts);
    for (size_t i = 0; rc == 0 && i < b->part_count; i++)
        if (!b->parts[i].held && resolve(b, &b->parts[i], &row))
            rc = add_row(s, &row);
    for (size_t i = 0; rc == 0 && s->held.count && i < b->exchange_count; i++)
        if (b->exchanges[i].has_call)
            rc = add_held(s, &b->exchanges[i].key);
    return rc ? error_set(err, rc, "out of memory") : 0;
}

static void drop_held(struct stage *s, const struct batch *b)
{
    for (size_t i = 0; s->held.count && i < b->exchange_count; i++) {
        const struct key *key = &b->exchanges[i].key;
        struct stage_part *held;

        while (b->exchanges[i].has_call &&
               (held = next_held(table_first(&s->held, hash_key(key)), key))) {
            table_remove(&s->held, &held->node);
            free(held);
        }
    }
}

static int delete_keys(PGconn *conn, const struct key *keys, size_t count,
                       const char *sql, struct error *err)
{
    PGresult *result = count ? known_run(conn, sql, keys, count) : NULL;
    int rc = 0;

    if (count && !result)
        rc = error_set(err, -ENOMEM, "out of memory");
    else if (count && PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, "replacing a shorter record", err);
    PQclear(result);
    return rc;
}

struct records {
    struct send_table tables[RECORD_TABLES];
};

/* What the steps around the rows of a batch need. */
struct replacing {
    struct stage *stage;
    const struct batch *batch;
    const struct records *records;
    const struct send_job *job;
    uint64_t held;
};

static int delete_parts(const struct replacing *r, PGconn *conn,
                        struct error *err)
{
    const struct stage *s = r->stage;
    struct key *keys = malloc((s->parts.row_count + 1) * sizeof(*keys));
    size_t count = 0;
    int rc;

    if (!keys)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < s->parts.row_count; i++)
        if (s->rows[i].replaces)
            keys[count++] = s->rows[i].exchange_key;
    rc = delete_keys(conn, keys, count,
                     "DELETE FROM siptrail.parts WHERE exchange_key = ANY($1)",
                     err);
    free(keys);
    return rc;
}

/* The calls themselves are merged. */
static int make_way_for_calls(const struct replacing *r, PGconn *conn,
                              struct error *err)
{
    const struct batch *b = r->batch;
    struct key *keys = malloc((b->exchange_count + 1) * sizeof(*keys));
    size_t count = 0;
    int rc;

    if (!keys)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < b->exchange_count; i++)
        if (b->exchanges[i].has_call && b->exchanges[i].call == BATCH_REPLACES)
            keys[count++] = b->exchanges[i].key;
    rc = delete_keys(conn, keys, count,
                     "DELETE FROM siptrail.dialogs WHERE call_key = ANY($1)",
                     err);
    if (rc == 0 && count)
        rc = merge_prepare(conn, err);
    free(keys);
    return rc;
}

static const struct upsert_table *const upsert_tables[BATCH_UPSERT_COUNT] = {
    &row_registration_table,
    &row_endpoint_table,
    &row_subscription_table,
};

static int before_records(void *arg, PGconn *conn, struct error *err)
{
    const struct replacing *r = arg;
    int rc = delete_parts(r, conn, err);

    if (rc == 0)
        rc = make_way_for_calls(r, conn, err);
    for (int i = 0; rc == 0 && i < BATCH_UPSERT_COUNT; i++)
        rc = upsert_delete(&r->batch->upserts[i], upsert_tables[i], conn, err);
    return rc;
}

static void records_fini(struct records *r)
{
    for (size_t i = 0; i < RECORD_TABLES; i++)
        free(r->tables[i].marks);
    memset(r, 0, sizeof(*r));
}

static int mark_records(const struct batch *b, struct records *r,
                        struct error *err)
{
    uint8_t *dialogs = calloc(b->dialogs.row_count + 1, 1);
    uint8_t *exchanges = calloc(b->exchange_rows.row_count + 1, 1);
    uint8_t *calls = malloc(b->calls.row_count + 1);
    uint8_t *merged = malloc(b->calls.row_count + 1);

    r->tables[1].marks = dialogs;
    r->tables[2].marks = exchanges;
    r->tables[3].marks = calls;
    r->tables[4].marks = merged;
    if (!dialogs || !exchanges || !calls || !merged)
        return error_set(err, -ENOMEM, "out of memory");
    memset(calls, SEND_LEAVE_OUT, b->calls.row_count);
    memset(merged, SEND_LEAVE_OUT, b->calls.row_count);
    for (size_t i = 0; i < b->dialog_count; i++)
        if (b->dialog_keys[i].known)
            dialogs[i] = SEND_LEAVE_OUT;
    for (size_t i = 0; i < b->exchange_count; i++) {
        const struct batch_exchange *e = &b->exchanges[i];

        if (e->has_row && e->call == BATCH_KNOWN)
            exchanges[e->row] = SEND_LEAVE_OUT;
        if (e->has_call && e->call == BATCH_NEW)
            calls[e->row] = SEND_ROW;
        if (e->has_call && e->call == BATCH_REPLACES)
            merged[e->row] = SEND_ROW;
    }
    return 0;
}

static int add_upserts(struct stage *s, struct batch *b, struct records *r,
                       struct error *err)
{
    int rc = 0;

    for (int i = 0; rc == 0 && i < BATCH_UPSERT_COUNT; i++) {
        struct upsert *u = &b->upserts[i];

        rc = upsert_decide(u, upsert_tables[i], s->conn, err);
        if (rc)
            break;
        r->tables[PLAIN_TABLES + i] =
            (struct send_table){.name = upsert_tables[i]->name,
                                .columns = upsert_tables[i]->columns,
                                .rows = &u->rows,
                                .marks = upsert_marks(u)};
        if (!r->tables[PLAIN_TABLES + i].marks)
            rc = error_set(err, -ENOMEM, "out of memory");
    }
    return rc;
}

static int records_init(struct stage *s, struct batch *b, struct records *r,
                        struct error *err)
{
    int rc = encode_parts(s, b, err);

    r->tables[0] = (struct send_table){
        .name = "parts", .columns = part_columns, .rows = &s->parts};
    r->tables[1] = (struct send_table){
        .name = "dialogs", .columns = row_dialog_columns, .rows = &b->dialogs};
    r->tables[2] = (struct send_table){.name = "exchanges",
                                       .columns = row_exchange_columns,
                                       .rows = &b->exchange_rows};
    r->tables[3] = r->tables[4] = (struct send_table){
        .name = "calls", .columns = row_call_columns(), .rows = &b->calls};
    r->tables[4].staging = MERGE_TABLE;
    r->tables[4].merge = merge_sql();
    if (rc == 0)
        rc = mark_records(b, r, err);
    return rc ? rc : add_upserts(s, b, r, err);
}

static bool is_written(const struct send_table *t, size_t row)
{
    return !t->marks || t->marks[row] == SEND_ROW;
}

static uint64_t rows_written(const struct send_table *t)
{
    uint64_t count = 0;

    for (size_t row = 0; row < t->rows->row_count; row++)
        count += is_written(t, row);
    return count;
}

static void count_calls(const struct batch *b, const struct send_table *calls,
                        bool live, struct writer_counters *c)
{
    const struct send_table *merged = calls + 1;

    for (size_t i = 0; i < b->exchange_count; i++) {
        const struct batch_exchange *e = &b->exchanges[i];
        bool replaced;
        bool written;

        if (!e->has_call)
            continue;
        replaced = is_written(merged, e->row);
        written = replaced || is_written(calls, e->row);
        c->calls_live += written && e->live;
        c->calls += written && !e->live;
        c->calls_replaced += replaced && !e->live && !live;
        c->calls_known += !e->live && (e->call == BATCH_KNOWN ||
                                       calls->marks[e->row] == SEND_KNOWN);
    }
}

/* Blocks that were refused take their messages with them. */
static uint64_t count_lost(const struct batch *b)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < b->source_count; i++)
        if (b->block_marks[b->sources[i].block] == SEND_REFUSED)
            lost += b->sources[i].stored;
    return lost;
}

static void note_lost(struct stage *s, const struct batch *b)
{
    for (size_t i = 0; s->sources && i < b->source_count; i++) {
        const struct batch_source *source = &b->sources[i];

        if (b->block_marks[source->block] == SEND_REFUSED &&
            source->ordinal < s->sources->count)
            s->sources->items[source->ordinal].lost += source->stored;
    }
}

static uint64_t taken_of(const struct stage *s, const struct batch *b)
{
    uint64_t taken = 0;

    for (size_t i = 0; s->held.count && i < b->exchange_count; i++) {
        const struct batch_exchange *e = &b->exchanges[i];
        struct stage_part *held =
            e->has_call
                ? next_held(table_first(&s->held, hash_key(&e->key)), &e->key)
                : NULL;

        for (; held; held = next_held(table_next(&held->node), &e->key))
            taken += held->stored;
    }
    return taken;
}

/* @return Messages held from now on */
static uint64_t count_messages(const struct replacing *r,
                               struct writer_counters *c)
{
    const struct stage *s = r->stage;
    const struct batch *b = r->batch;
    const struct send_table *parts = &r->records->tables[0];
    uint64_t before = s->held_stored;
    uint64_t after = before + r->held - taken_of(s, b);
    uint64_t lost = count_lost(b);
    uint64_t written = 0;
    uint64_t refused = 0;

    for (size_t row = 0; row < parts->rows->row_count; row++) {
        if (is_written(parts, row))
            written += s->rows[row].stored;
        else if (parts->marks[row] == SEND_REFUSED)
            refused += s->rows[row].stored;
    }
    lost += refused;
    c->messages += written;
    c->messages_lost += lost;
    /* Of this batch and of what waited: the rest was there. */
    c->messages_known += before + b->messages - written - lost - after;
    c->duplicates += b->duplicates;
    return after;
}

/* What the rows of a batch add to the counters, once their marks are final. */
static uint64_t count_batch(const struct replacing *r,
                            struct writer_counters *c)
{
    const struct send_table *tables = r->records->tables;

    count_calls(r->batch, &tables[3], r->stage->live, c);
    c->dialogs += rows_written(&tables[1]);
    c->exchanges += rows_written(&tables[2]);
    c->registrations +=
        rows_written(&tables[PLAIN_TABLES + BATCH_REGISTRATIONS]);
    c->quarantined += r->batch->refused + r->job->refused;
    c->batches++;
    return count_messages(r, c);
}

static int after_records(void *arg, PGconn *conn, struct error *err)
{
    const struct replacing *r = arg;
    struct writer_counters grown = {0};
    int rc = r->batch->gap_count ? gap_send(conn, r->batch, err) : 0;

    if (rc || !r->stage->spooled)
        return rc;
    (void)count_batch(r, &grown);
    return spooled_account(conn, r->batch, &grown, err);
}

static void committed(struct replacing *r)
{
    struct stage *s = r->stage;

    s->held_stored = count_batch(r, &s->counters);
    note_lost(s, r->batch);
    drop_held(s, r->batch);
}

static int send_records(struct stage *s, struct batch *b, uint64_t held,
                        struct error *err)
{
    struct records r;
    struct send_job job = {.conn = s->conn,
                           .run_key = run_key_of(s, b),
                           .table_count = RECORD_TABLES,
                           .before = before_records};
    struct replacing replacing = {s, b, &r, &job, held};
    int rc = -EEXIST;

    if (s->spooled || b->gap_count)
        job.after = after_records;
    job.arg = &replacing;
    for (int i = 0; rc == -EEXIST && i < TRIES; i++) {
        memset(&r, 0, sizeof(r));
        rc = i || s->live ? known_decide(s->conn, b, i > 0, err) : 0;
        if (rc == 0)
            rc = records_init(s, b, &r, err);
        job.tables = r.tables;
        job.careful = i > 1;
        if (rc == 0)
            rc = send_again(s, b, &job, err);
        if (rc == -EEXIST) {
            s->counters.collisions += i == 0;
            records_fini(&r);
        }
    }
    if (rc == -EEXIST)
        rc = error_set(err, -EBUSY,
                       "another program writes the same records without end; "
                       "let it finish and run again");
    if (rc == 0)
        committed(&replacing);
    records_fini(&r);
    return rc;
}

int stage_link(struct stage *s, const struct batch *b, struct error *err)
{
    return sensor_link(&s->sensors, b, s->conn, err);
}

static int make_indexes(struct stage *s, struct pg_conn *beside,
                        struct error *err)
{
    uint64_t calls = s->counters.calls - s->indexed;

    s->indexed = s->counters.calls;
    return beside && calls >= SHARED_CALLS_MIN
               ? late_finish_beside(s->conn, beside, s->run_key, err)
               : late_finish(s->conn, s->run_key, err);
}

int stage_records(struct stage *s, struct batch *b, struct error *err)
{
    uint64_t held;
    int rc = hold_early(s, b, &held, err);

    if (rc == 0)
        rc = send_records(s, b, held, err);
    if (rc || s->spooled)
        return rc;
    rc = stage_link(s, b, err);
    if (rc == 0 && s->counters.calls - s->indexed >= LATE_CALLS_MAX)
        rc = make_indexes(s, NULL, err);
    return rc;
}

int stage_end(struct stage *s, struct error *err)
{
    struct send_table table = {
        .name = "parts", .columns = part_columns, .rows = &s->parts};
    struct send_job job = {.conn = s->conn,
                           .run_key = s->run_key,
                           .tables = &table,
                           .table_count = 1,
                           .careful = true};
    int rc;

    copy_reset(&s->parts);
    rc = release_held(s, add_row);
    if (rc)
        return error_set(err, rc, "out of memory");
    rc = send_again(s, NULL, &job, err);
    if (rc == 0)
        s->counters.messages += s->held_stored;
    s->held_stored = 0;
    free(table.marks);
    return rc ? rc : make_indexes(s, s->beside, err);
}
