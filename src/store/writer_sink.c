#include <errno.h>

#include "store/clean.h"
#include "store/row.h"
#include "store/row_endpoint.h"
#include "store/row_registration.h"
#include "store/row_subscription.h"
#include "store/writer_state.h"

#define EARLY_CLOSE 64 /* a block this full is closed, not overfilled */

/* --- batches and their blocks --------------------------------------------- */

static int out_of_memory(struct writer *w)
{
    struct error err;

    writer_fail(w, error_set(&err, -ENOMEM, "out of memory"), &err);
    return -ENOMEM;
}

int writer_open_batch(struct writer *w)
{
    int code = atomic_load(&w->failed);

    if (code)
        return code;
    if (!w->open) {
        w->open = queue_pop(w->empty);
        if (!w->open)
            return -ECANCELED;
    }
    return 0;
}

/* In place of the one that is open, which is full. */
static int open_another(struct writer *w)
{
    int rc = writer_hand_on(w);

    return rc ? rc : writer_open_batch(w);
}

static struct block_context context_of(const struct writer *w)
{
    return (struct block_context){w->sources.keys, w->sources.count,
                                  w->anomaly_ids, w->options.keep_secrets};
}

static int close_block(struct writer *w)
{
    struct block_context context = context_of(w);
    uint32_t row = (uint32_t)w->open->blocks.row_count;
    int rc = 0;

    if (!w->block_open)
        return 0;
    w->block_open = false;
    block_close(&w->block, &context, &w->open->blocks, &w->open->texts);
    for (uint32_t i = 0; rc == 0 && i < w->block.source_count; i++) {
        const struct batch_source source = {row, w->block.sources[i].ordinal,
                                            w->block.sources[i].stored};

        rc = batch_add_source(w->open, &source);
    }
    return rc;
}

/* How much the accounts of captures grow with this batch. */
static int add_tallies(struct writer *w)
{
    int rc = batch_set_captures(w->open, w->sources.keys, w->sources.count);

    for (size_t i = 0; rc == 0 && w->keeper && i < w->sources.count; i++) {
        struct source *s = &w->sources.items[i];
        const struct batch_tally tally = {.capture_key = w->sources.keys[i],
                                          .stored = s->messages - s->told,
                                          .duplicates = s->duplicates -
                                                        s->told_duplicates};

        s->told = s->messages;
        s->told_duplicates = s->duplicates;
        if (!s->earlier && (tally.stored || tally.duplicates))
            rc = batch_add_tally(w->open, &tally);
    }
    return rc;
}

int writer_hand_on(struct writer *w)
{
    int rc;

    if (!w->open)
        return 0;
    rc = close_block(w);
    if (rc == 0)
        rc = add_tallies(w);
    w->open->run_key = w->run_key;
    w->open->clock_ns = w->clock_ns;
    if (rc == 0 && w->keeper)
        rc = copy_append(&w->open->notes, &w->first_notes);
    if (rc == 0 && w->open->last)
        rc = copy_append(&w->open->notes, &w->last_notes);
    if (rc || batch_failed(w->open))
        return out_of_memory(w);
    w->open->number = ++w->number;
    if (!queue_push(w->full, w->open))
        return -ECANCELED;
    w->open = NULL;
    return 0;
}

/* Batches are cut between exchanges. */
static bool is_full(const struct writer *w, const struct key *next)
{
    const struct batch *b = w->open;

    if (b->messages + b->duplicates < w->options.batch_messages &&
        b->texts.used < w->options.batch_bytes &&
        b->calls.row_count < w->options.batch_messages)
        return false;
    return !b->exchange_count ||
           !key_equal(&b->exchanges[b->exchange_count - 1].key, next);
}

static void open_block(struct writer *w)
{
    block_begin(&w->block, &w->open->texts);
    w->block_open = true;
}

/* --- records -------------------------------------------------------------- */

/* Messages @p from to @p to of the part lie at the end of the open block. */
static int add_part_row(struct writer *w, const struct exchange_part *part,
                        const struct block_part *state, uint32_t from,
                        uint32_t to)
{
    struct batch_part row = {.exchange = (uint32_t)w->open->exchange_count - 1,
                             .block = (uint32_t)w->open->blocks.row_count,
                             .no = (int32_t)(part->no + from),
                             .lo = (int16_t)(w->block.count - (to - from) + 1),
                             .hi = (int16_t)w->block.count,
                             .call_id = state->call_id};

    if (row.no == 0 && part->kind == EXCHANGE_CALL && part->call_id.length)
        row.name = clean_hash(part->call_id);
    for (uint32_t i = from; i < to; i++)
        row.stored += !part->messages[i].duplicate;
    w->open->messages += row.stored;
    w->open->duplicates += to - from - row.stored;
    return from == to ? 0 : batch_add_part(w->open, &row);
}

static int add_messages(struct writer *w, const struct exchange_part *part)
{
    struct block_context context = context_of(w);
    struct block_part state;
    uint32_t from = 0;
    int rc = 0;

    if (w->block_open && w->block.count >= EARLY_CLOSE &&
        w->block.count + part->message_count > BLOCK_FULL + EARLY_CLOSE / 2)
        rc = close_block(w);
    if (rc == 0 && !w->block_open)
        open_block(w);
    block_part_begin(&w->block, part, &state);
    for (uint32_t i = 0; rc == 0 && i < part->message_count; i++) {
        const struct message_record *m = &part->messages[i];

        if (!block_fits(&w->block, m)) {
            rc = add_part_row(w, part, &state, from, i);
            if (rc == 0)
                rc = close_block(w);
            open_block(w);
            block_part_begin(&w->block, part, &state);
            from = i;
        }
        block_add(&w->block, &context, &state, m, &w->open->texts);
        if (m->seen->arrival.time_ns > w->clock_ns)
            w->clock_ns = m->seen->arrival.time_ns;
        source_count_message(&w->sources, m->seen->arrival.source,
                             m->duplicate);
    }
    if (rc == 0)
        rc = add_part_row(w, part, &state, from, part->message_count);
    if (rc == 0 && w->block.count >= BLOCK_FULL)
        rc = close_block(w);
    return rc;
}

static int begin_exchange(struct writer *w, const struct exchange_part *part)
{
    struct batch_exchange *e =
        batch_exchange(w->open, &part->exchange_key, part->kind, true);

    if (!e)
        return -ENOMEM;
    e->no = part->no;
    e->count = part->message_count;
    if (part->kind != EXCHANGE_CALL && part->no == 0) {
        e->has_row = true;
        e->row = (uint32_t)w->open->exchange_rows.row_count;
        row_write_exchange(&w->open->exchange_rows, part);
    }
    return 0;
}

static int on_part(void *arg, const struct exchange_part *part)
{
    struct writer *w = arg;
    int rc = writer_open_batch(w);

    if (rc == 0 && is_full(w, &part->exchange_key))
        rc = open_another(w);
    if (rc || !part->message_count)
        return rc;
    rc = begin_exchange(w, part);
    if (rc == 0)
        rc = add_messages(w, part);
    if (rc || w->block.failed || batch_failed(w->open))
        return out_of_memory(w);
    return 0;
}

static int on_dialog(void *arg, const struct dialog_record *dialog)
{
    struct writer *w = arg;
    int rc = writer_open_batch(w);

    if (rc == 0 && batch_add_dialog(w->open, dialog))
        rc = out_of_memory(w);
    return rc;
}

static const struct key *capture_of(const struct writer *w, uint32_t source)
{
    static const struct key none = {{0}};

    return source < w->sources.count ? &w->sources.keys[source] : &none;
}

static int on_call(void *arg, const struct call_record *call)
{
    struct writer *w = arg;
    const struct key *capture = capture_of(w, call->source);
    int rc = writer_open_batch(w);

    if (rc == 0 && is_full(w, &call->call_key))
        rc = open_another(w);
    if (rc == 0 && batch_add_call(w->open, call, capture, w->options.sensor))
        rc = out_of_memory(w);
    return rc;
}

/* What has been told so far is handed on, so that all can see it soon. */
static int on_tick(void *arg, int64_t clock_ns)
{
    struct writer *w = arg;

    if (clock_ns > w->clock_ns)
        w->clock_ns = clock_ns;
    return writer_hand_on(w);
}

static int on_gap(void *arg, const struct capture_gap *gap)
{
    struct writer *w = arg;
    int rc = writer_open_batch(w);

    if (rc == 0 && batch_add_gap(w->open, gap))
        rc = out_of_memory(w);
    return rc;
}

/* An open batch that holds many of them goes as a full one does. */
static int open_for_upsert(struct writer *w, enum batch_upsert kind)
{
    int rc = writer_open_batch(w);

    if (rc == 0 && w->open->upserts[kind].count >= w->options.batch_messages)
        rc = open_another(w);
    return rc;
}

static int on_registration(void *arg, const struct registration_record *r)
{
    struct writer *w = arg;
    int rc = open_for_upsert(w, BATCH_REGISTRATIONS);

    if (rc == 0 &&
        row_add_registration(&w->open->upserts[BATCH_REGISTRATIONS], r,
                             capture_of(w, r->source), w->options.sensor))
        rc = out_of_memory(w);
    return rc;
}

static int on_subscription(void *arg, const struct subscription_record *r)
{
    struct writer *w = arg;
    int rc = open_for_upsert(w, BATCH_SUBSCRIPTIONS);

    if (rc == 0 &&
        row_add_subscription(&w->open->upserts[BATCH_SUBSCRIPTIONS], r,
                             capture_of(w, r->source), w->options.sensor))
        rc = out_of_memory(w);
    return rc;
}

static int on_endpoint(void *arg, const struct endpoint_record *r)
{
    struct writer *w = arg;
    int rc = open_for_upsert(w, BATCH_ENDPOINTS);

    if (rc == 0 && row_add_endpoint(&w->open->upserts[BATCH_ENDPOINTS], r,
                                    capture_of(w, r->source)))
        rc = out_of_memory(w);
    return rc;
}

struct record_sink writer_sink(struct writer *w)
{
    struct record_sink sink = {.arg = w,
                               .wants_messages = true,
                               .part_fn = on_part,
                               .dialog_fn = on_dialog,
                               .call_fn = on_call,
                               .gap_fn = on_gap,
                               .endpoint_fn = on_endpoint,
                               .subscription_fn = on_subscription,
                               .registration_fn = on_registration};

    if (w->options.live) {
        sink.live_fn = on_call;
        sink.tick_fn = on_tick;
    }
    return sink;
}
