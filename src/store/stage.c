#include "store/stage.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "store/connection.h"
#include "store/known.h"
#include "store/row.h"
#include "store/send.h"

#define TRIES 8

static const char part_columns[] =
    "exchange_key, block_key, no, kind, lo, hi, who";

bool stage_needs_order(const struct batch *b)
{
    for (size_t i = 0; i < b->exchange_count; i++)
        if (b->exchanges[i].no > 0)
            return true;
    return false;
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

    *known_out = stage_needs_order(b);
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
    b->block_marks = malloc(b->blocks.row_count + 1);
    if (!b->block_marks)
        return error_set(err, -ENOMEM, "out of memory");
    memset(b->block_marks, SEND_LEAVE_OUT, b->blocks.row_count);
    for (size_t i = 0; i < b->part_count; i++)
        if (skipped(b, &b->parts[i]) <= b->parts[i].hi - b->parts[i].lo)
            b->block_marks[b->parts[i].block] = SEND_ROW;
    return 0;
}

int stage_blocks(struct stage *s, struct batch *b, struct error *err)
{
    struct send_table tables[] = {
        {"blocks", block_columns, &b->blocks, NULL, NULL},
        {"texts", block_text_columns, &b->texts, NULL, &tables[0]}};
    struct send_job job = {s->conn, s->run_key, tables, 2,
                           NULL,    NULL,       false,  0};
    bool look;
    int rc = ensure_ranges(s, b, &look, err);

    if (rc == 0 && look)
        rc = known_decide(s->conn, b, false, err);
    if (rc == 0)
        rc = mark_blocks(b, err);
    tables[0].marks = b->block_marks;
    if (rc == 0)
        rc = send_tables(&job, err);
    free(tables[1].marks);
    s->counters.quarantined += job.refused;
    return rc;
}

/* Rows of `parts`; *index_out maps each to its part. */
static int encode_parts(struct stage *s, const struct batch *b,
                        uint32_t **index_out, struct error *err)
{
    uint32_t *index = malloc((b->part_count + 1) * sizeof(*index));

    copy_reset(&s->parts);
    for (size_t i = 0; index && i < b->part_count; i++) {
        const struct batch_part *p = &b->parts[i];
        const struct batch_exchange *e = &b->exchanges[p->exchange];
        struct key block_key = block_key_of(b, p->block);
        int32_t skip = skipped(b, p);

        if (skip > p->hi - p->lo || b->block_marks[p->block] != SEND_ROW)
            continue;
        index[s->parts.row_count] = (uint32_t)i;
        copy_row(&s->parts, 7);
        copy_key(&s->parts, &e->key);
        copy_key(&s->parts, &block_key);
        copy_i32(&s->parts, p->no + skip);
        copy_word(&s->parts, exchange_kind_name(e->kind));
        copy_i16(&s->parts, (int16_t)(p->lo + skip));
        copy_i16(&s->parts, p->hi);
        copy_i16(&s->parts, p->call_id);
    }
    *index_out = index;
    return index && !s->parts.failed ? 0
                                     : error_set(err, -ENOMEM, "out of memory");
}

static int delete_replaced(PGconn *conn, const struct batch *b, bool calls,
                           const char *sql, struct error *err)
{
    struct key *keys = malloc((b->exchange_count + 1) * sizeof(*keys));
    PGresult *result = NULL;
    size_t count = 0;
    int rc = 0;

    for (size_t i = 0; keys && i < b->exchange_count; i++) {
        const struct batch_exchange *e = &b->exchanges[i];

        if (calls ? e->has_call && e->call == BATCH_REPLACES
                  : e->count && e->messages == BATCH_REPLACES)
            keys[count++] = e->key;
    }
    if (keys && count)
        result = known_run(conn, sql, keys, count);
    if (!keys || (count && !result))
        rc = error_set(err, -ENOMEM, "out of memory");
    else if (count && PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = store_error(conn, result, "replacing a shorter record", err);
    PQclear(result);
    free(keys);
    return rc;
}

static int before_records(void *arg, PGconn *conn, struct error *err)
{
    const struct batch *b = arg;
    int rc = delete_replaced(
        conn, b, false,
        "DELETE FROM siptrail.parts WHERE exchange_key = ANY($1)", err);

    if (rc == 0)
        rc = delete_replaced(
            conn, b, true,
            "DELETE FROM siptrail.dialogs WHERE call_key = ANY($1)", err);
    if (rc == 0)
        rc = delete_replaced(
            conn, b, true,
            "DELETE FROM siptrail.calls WHERE call_key = ANY($1)", err);
    return rc;
}

static bool replaces(const struct batch *b)
{
    for (size_t i = 0; i < b->exchange_count; i++)
        if (b->exchanges[i].messages == BATCH_REPLACES ||
            b->exchanges[i].call == BATCH_REPLACES)
            return true;
    return false;
}

struct records {
    struct send_table tables[4]; /* parts, dialogs, exchanges, calls */
    uint32_t *part_index;
};

static void records_fini(struct records *r)
{
    for (size_t i = 0; i < 4; i++)
        free(r->tables[i].marks);
    free(r->part_index);
    memset(r, 0, sizeof(*r));
}

static int mark_records(const struct batch *b, struct records *r,
                        struct error *err)
{
    uint8_t *dialogs = calloc(b->dialogs.row_count + 1, 1);
    uint8_t *exchanges = calloc(b->exchange_rows.row_count + 1, 1);
    uint8_t *calls = calloc(b->calls.row_count + 1, 1);

    r->tables[1].marks = dialogs;
    r->tables[2].marks = exchanges;
    r->tables[3].marks = calls;
    if (!dialogs || !exchanges || !calls)
        return error_set(err, -ENOMEM, "out of memory");
    for (size_t i = 0; i < b->dialog_count; i++)
        if (b->dialog_keys[i].known)
            dialogs[i] = SEND_LEAVE_OUT;
    for (size_t i = 0; i < b->exchange_count; i++) {
        const struct batch_exchange *e = &b->exchanges[i];

        if (e->has_row && e->call == BATCH_KNOWN)
            exchanges[e->row] = SEND_LEAVE_OUT;
        if (e->has_call && e->call == BATCH_KNOWN)
            calls[e->row] = SEND_LEAVE_OUT;
    }
    return 0;
}

static int records_init(struct stage *s, const struct batch *b,
                        struct records *r, struct error *err)
{
    int rc = encode_parts(s, b, &r->part_index, err);

    r->tables[0] =
        (struct send_table){"parts", part_columns, &s->parts, NULL, NULL};
    r->tables[1] = (struct send_table){"dialogs", row_dialog_columns,
                                       &b->dialogs, NULL, NULL};
    r->tables[2] = (struct send_table){"exchanges", row_exchange_columns,
                                       &b->exchange_rows, NULL, NULL};
    r->tables[3] =
        (struct send_table){"calls", row_call_columns(), &b->calls, NULL, NULL};
    return rc ? rc : mark_records(b, r, err);
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

static void count_calls(struct stage *s, const struct batch *b,
                        const struct send_table *calls)
{
    for (size_t i = 0; i < b->exchange_count; i++) {
        const struct batch_exchange *e = &b->exchanges[i];

        if (!e->has_call)
            continue;
        s->counters.calls += is_written(calls, e->row);
        s->counters.calls_replaced +=
            is_written(calls, e->row) && e->call == BATCH_REPLACES;
        s->counters.calls_known += calls->marks[e->row] == SEND_LEAVE_OUT ||
                                   calls->marks[e->row] == SEND_KNOWN;
    }
}

/* Blocks that were refused take their messages with them. */
static uint64_t count_lost(struct stage *s, const struct batch *b)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < b->source_count; i++) {
        const struct batch_source *source = &b->sources[i];

        if (b->block_marks[source->block] != SEND_REFUSED)
            continue;
        lost += source->stored;
        if (source->ordinal < s->source_count)
            s->lost[source->ordinal] += source->stored;
    }
    return lost;
}

static void count_messages(struct stage *s, const struct batch *b,
                           const struct records *r)
{
    const struct send_table *parts = &r->tables[0];
    uint64_t lost = count_lost(s, b);
    uint64_t written = 0;

    for (size_t row = 0; row < parts->rows->row_count; row++) {
        const struct batch_part *p = &b->parts[r->part_index[row]];
        uint32_t left = (uint32_t)(p->hi - p->lo + 1 - skipped(b, p));

        if (is_written(parts, row))
            written += p->stored < left ? p->stored : left;
        else if (parts->marks[row] == SEND_REFUSED)
            lost += p->stored;
    }
    s->counters.messages += written;
    s->counters.messages_lost += lost;
    s->counters.messages_known += b->messages - written - lost;
    s->counters.duplicates += b->duplicates;
}

int stage_records(struct stage *s, struct batch *b, struct error *err)
{
    struct send_job job = {s->conn, s->run_key, NULL, 4, NULL, b, false, 0};
    struct records r;
    int rc = -EEXIST;

    for (int i = 0; rc == -EEXIST && i < TRIES; i++) {
        memset(&r, 0, sizeof(r));
        rc = i ? known_decide(s->conn, b, true, err) : 0;
        if (rc == 0)
            rc = records_init(s, b, &r, err);
        job.tables = r.tables;
        job.before = replaces(b) ? before_records : NULL;
        job.careful = i > 1;
        if (rc == 0)
            rc = send_tables(&job, err);
        if (rc == -EEXIST) {
            s->counters.collisions += i == 0;
            records_fini(&r);
        }
    }
    if (rc == -EEXIST)
        rc = error_set(err, -EBUSY,
                       "another program writes the same records without end; "
                       "let it finish and run again");
    if (rc == 0) {
        count_messages(s, b, &r);
        count_calls(s, b, &r.tables[3]);
        s->counters.dialogs += rows_written(&r.tables[1]);
        s->counters.exchanges += rows_written(&r.tables[2]);
        s->counters.quarantined += job.refused;
        s->counters.batches++;
    }
    records_fini(&r);
    return rc;
}
