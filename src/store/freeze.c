#include "store/freeze.h"

#include <errno.h>
#include <stdlib.h>

#include "base/anomaly.h"
#include "base/hash.h"
#include "store/note.h"
#include "store/row.h"
#include "store/row_endpoint.h"
#include "store/row_registration.h"
#include "store/row_subscription.h"

/* To be raised where the order of members or their meaning changes. */
#define FORM 1

/* One walk over a batch writes it or reads it. */
struct walk {
    struct copy *out; /* NULL: reading */
    const char *at;
    size_t left;
    int failed; /* 0, -EILSEQ or -ENOMEM */
};

static void walk_bytes(struct walk *w, void *data, size_t length)
{
    if (w->failed || !length)
        return;
    if (w->out) {
        char *at = copy_take(w->out, length);

        if (at)
            memcpy(at, data, length);
        else
            w->failed = -ENOMEM;
    } else if (length > w->left) {
        w->failed = -EILSEQ;
    } else {
        memcpy(data, w->at, length);
        w->at += length;
        w->left -= length;
    }
}

static void walk_number(struct walk *w, uint64_t *number)
{
    walk_bytes(w, number, sizeof(*number));
}

/* Elements without pointers in them. */
static void walk_array(struct walk *w, void **items, size_t *count,
                       size_t *room, size_t each)
{
    uint64_t n = *count;

    walk_number(w, &n);
    if (!w->out && !w->failed) {
        if (n > w->left / each) {
            w->failed = -EILSEQ;
        } else if (n > *room) {
            void *grown = realloc(*items, (size_t)n * each);

            if (grown) {
                *items = grown;
                *room = (size_t)n;
            } else {
                w->failed = -ENOMEM;
            }
        }
        if (!w->failed)
            *count = (size_t)n;
    }
    walk_bytes(w, *items, (size_t)n * each);
}

#define WALK_ARRAY(w, items, count, room)                                      \
    do {                                                                       \
        void *walked = (items);                                                \
        walk_array((w), &walked, &(count), &(room), sizeof(*(items)));         \
        (items) = walked;                                                      \
    } while (0)

static void walk_copy(struct walk *w, struct copy *c)
{
    WALK_ARRAY(w, c->data, c->used, c->room);
    WALK_ARRAY(w, c->rows, c->row_count, c->row_room);
}

static void walk_upsert(struct walk *w, struct upsert *u)
{
    walk_copy(w, &u->rows);
    WALK_ARRAY(w, u->items, u->count, u->room);
}

/* Everything in a batch that its sending needs, in an order that FORM names. */
static void walk_batch(struct walk *w, struct batch *b)
{
    walk_bytes(w, &b->run_key, sizeof(b->run_key));
    walk_bytes(w, &b->clock_ns, sizeof(b->clock_ns));
    walk_number(w, &b->number);
    walk_number(w, &b->messages);
    walk_number(w, &b->duplicates);
    WALK_ARRAY(w, b->tallies, b->tally_count, b->tally_room);
    WALK_ARRAY(w, b->captures, b->capture_count, b->capture_room);
    walk_copy(w, &b->notes);
    walk_copy(w, &b->blocks);
    walk_copy(w, &b->texts);
    walk_copy(w, &b->calls);
    walk_copy(w, &b->dialogs);
    walk_copy(w, &b->exchange_rows);
    for (int i = 0; i < BATCH_UPSERT_COUNT; i++)
        walk_upsert(w, &b->upserts[i]);
    WALK_ARRAY(w, b->exchanges, b->exchange_count, b->exchange_room);
    WALK_ARRAY(w, b->parts, b->part_count, b->part_room);
    WALK_ARRAY(w, b->sources, b->source_count, b->source_room);
    WALK_ARRAY(w, b->dialog_keys, b->dialog_count, b->dialog_room);
    WALK_ARRAY(w, b->gaps, b->gap_count, b->gap_room);
}

int freeze_batch(struct batch *b, struct copy *out)
{
    struct walk w = {.out = out};

    copy_reset(out);
    walk_batch(&w, b);
    return w.failed;
}

/* --- what is read is not believed ---------------------------------------- */

static size_t columns_in(const char *list)
{
    size_t count = 1;

    for (; *list; list++)
        count += *list == ',';
    return count;
}

/* Rows follow each other without a gap, and each is made of whole fields;
 * @p columns 0: any number. The first field is a key. */
static bool are_rows(const struct copy *c, size_t columns)
{
    if (c->row_count ? c->rows[0] != 0 : c->used != 0)
        return false;
    for (size_t row = 0; row < c->row_count; row++) {
        size_t at = c->rows[row];
        size_t to = row + 1 < c->row_count ? c->rows[row + 1] : c->used;
        unsigned fields;

        if (at > to || to > c->used || to - at < 2)
            return false;
        fields = (unsigned)(uint8_t)c->data[at] << 8 | (uint8_t)c->data[at + 1];
        if (columns && fields != columns)
            return false;
        at += 2;
        for (unsigned i = 0; i < fields; i++) {
            uint32_t length;

            if (to - at < 4)
                return false;
            memcpy(&length, c->data + at, 4);
            length = be32toh(length);
            at += 4;
            if (columns && i == 0 && length != sizeof(struct key))
                return false;
            if (length == UINT32_MAX)
                continue;
            if (length > to - at)
                return false;
            at += length;
        }
        if (at != to)
            return false;
    }
    return true;
}

/* A bool read as bytes may be none. */
static bool is_bool(const bool *b)
{
    unsigned char byte;

    memcpy(&byte, b, 1);
    return byte <= 1;
}

static bool is_exchange(const struct batch *b, const struct batch_exchange *e)
{
    if (!is_bool(&e->has_call) || !is_bool(&e->has_row) || !is_bool(&e->live) ||
        e->rank > BATCH_FINAL || (unsigned)e->kind >= EXCHANGE_KIND_COUNT ||
        (e->has_call && e->has_row) || (unsigned)e->messages > BATCH_REPLACES ||
        (unsigned)e->call > BATCH_REPLACES)
        return false;
    return (!e->has_call || e->row < b->calls.row_count) &&
           (!e->has_row || e->row < b->exchange_rows.row_count);
}

static bool is_part(const struct batch *b, const struct batch_part *p)
{
    return is_bool(&p->held) && p->exchange < b->exchange_count &&
           p->block < b->blocks.row_count && p->no >= 0 && p->lo >= 1 &&
           p->lo <= p->hi;
}

static bool is_gap(const struct capture_gap *g)
{
    return (unsigned)g->kind < GAP_KIND_COUNT &&
           (g->src.family == 0 || g->src.family == 4 || g->src.family == 6) &&
           (g->dst.family == 0 || g->dst.family == 4 || g->dst.family == 6);
}

static bool are_elements(const struct batch *b)
{
    bool ok = true;

    for (size_t i = 0; ok && i < b->exchange_count; i++)
        ok = is_exchange(b, &b->exchanges[i]);
    for (size_t i = 0; ok && i < b->part_count; i++)
        ok = is_part(b, &b->parts[i]);
    for (size_t i = 0; ok && i < b->source_count; i++)
        ok = b->sources[i].block < b->blocks.row_count;
    for (size_t i = 0; ok && i < b->dialog_count; i++)
        ok = b->dialog_keys[i].exchange < b->exchange_count &&
             is_bool(&b->dialog_keys[i].known);
    for (size_t i = 0; ok && i < b->gap_count; i++)
        ok = is_gap(&b->gaps[i]);
    for (size_t i = 0; ok && i < b->notes.row_count; i++)
        ok = note_kind_of(&b->notes, i) != NOTE_KIND_COUNT;
    return ok;
}

static const struct upsert_table *const upsert_tables[BATCH_UPSERT_COUNT] = {
    &row_registration_table,
    &row_endpoint_table,
    &row_subscription_table,
};

static bool are_upserts(const struct batch *b)
{
    for (int i = 0; i < BATCH_UPSERT_COUNT; i++) {
        const struct upsert *u = &b->upserts[i];

        if (u->count != u->rows.row_count ||
            !are_rows(&u->rows, columns_in(upsert_tables[i]->columns)))
            return false;
        for (size_t j = 0; j < u->count; j++)
            if (!is_bool(&u->items[j].known))
                return false;
    }
    return true;
}

static bool is_batch(const struct batch *b)
{
    return are_rows(&b->blocks, columns_in(block_columns)) &&
           are_rows(&b->texts, columns_in(block_text_columns)) &&
           are_rows(&b->calls, columns_in(row_call_columns())) &&
           are_rows(&b->dialogs, columns_in(row_dialog_columns)) &&
           are_rows(&b->exchange_rows, columns_in(row_exchange_columns)) &&
           are_rows(&b->notes, 0) && are_upserts(b) &&
           b->texts.row_count == b->blocks.row_count &&
           b->dialogs.row_count == b->dialog_count && are_elements(b);
}

int freeze_thaw(const void *bytes, size_t length, struct batch *b)
{
    struct walk w = {.at = bytes, .left = length};

    walk_batch(&w, b);
    if (!w.failed && (w.left || !is_batch(b)))
        w.failed = -EILSEQ;
    return w.failed;
}

/* --- and what else is to be known of it ---------------------------------- */

static uint64_t add_text(uint64_t sum, const char *text)
{
    return hash_stable(text, strlen(text), sum);
}

uint64_t freeze_identity(void)
{
    const size_t sizes[] = {sizeof(struct batch_tally),
                            sizeof(struct key),
                            sizeof(struct batch_exchange),
                            sizeof(struct batch_part),
                            sizeof(struct batch_source),
                            sizeof(struct batch_dialog),
                            sizeof(struct capture_gap),
                            sizeof(struct upsert_row),
                            BATCH_UPSERT_COUNT,
                            NOTE_KIND_COUNT,
                            EXCHANGE_KIND_COUNT,
                            GAP_KIND_COUNT,
                            SPOOL_KIND_COUNT};
    uint64_t sum = hash_stable(sizes, sizeof(sizes), FORM);

    sum = add_text(sum, block_columns);
    sum = add_text(sum, block_text_columns);
    sum = add_text(sum, row_call_columns());
    sum = add_text(sum, row_dialog_columns);
    sum = add_text(sum, row_exchange_columns);
    for (int i = 0; i < BATCH_UPSERT_COUNT; i++)
        sum = add_text(add_text(sum, upsert_tables[i]->name),
                       upsert_tables[i]->columns);
    for (int i = 0; i < ANOMALY_COUNT; i++)
        sum = add_text(sum, anomaly_name((enum anomaly)i));
    return sum;
}

struct spool_counts freeze_counts(const struct batch *b)
{
    uint64_t live = 0;

    for (size_t i = 0; i < b->exchange_count; i++)
        live += b->exchanges[i].has_call && b->exchanges[i].live;
    return (struct spool_counts){
        .of = {[SPOOL_MESSAGES] = b->messages,
               [SPOOL_DUPLICATES] = b->duplicates,
               [SPOOL_CALLS] = b->calls.row_count - live,
               [SPOOL_LIVE_CALLS] = live,
               [SPOOL_DIALOGS] = b->dialogs.row_count,
               [SPOOL_EXCHANGES] = b->exchange_rows.row_count,
               [SPOOL_REGISTRATIONS] = b->upserts[BATCH_REGISTRATIONS].count,
               [SPOOL_SUBSCRIPTIONS] = b->upserts[BATCH_SUBSCRIPTIONS].count,
               [SPOOL_GAPS] = b->gap_count}};
}
