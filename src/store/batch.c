#include "store/batch.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "store/row.h"

struct batch *batch_new(void)
{
    return calloc(1, sizeof(struct batch));
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    copy_fini(&b->blocks);
    copy_fini(&b->texts);
    copy_fini(&b->calls);
    copy_fini(&b->dialogs);
    copy_fini(&b->exchange_rows);
    for (int i = 0; i < BATCH_UPSERT_COUNT; i++)
        upsert_fini(&b->upserts[i]);
    free(b->block_marks);
    free(b->exchanges);
    free(b->parts);
    free(b->sources);
    free(b->dialog_keys);
    free(b->gaps);
    copy_fini(&b->notes);
    free(b->captures);
    free(b->tallies);
    free(b);
}

void batch_reset(struct batch *b)
{
    copy_reset(&b->blocks);
    copy_reset(&b->texts);
    copy_reset(&b->calls);
    copy_reset(&b->dialogs);
    copy_reset(&b->exchange_rows);
    for (int i = 0; i < BATCH_UPSERT_COUNT; i++)
        upsert_reset(&b->upserts[i]);
    free(b->block_marks);
    b->block_marks = NULL;
    b->exchange_count = b->part_count = 0;
    b->source_count = b->dialog_count = b->gap_count = 0;
    b->messages = b->duplicates = b->refused = 0;
    b->last = b->translated = b->replay = false;
    copy_reset(&b->notes);
    b->capture_count = b->tally_count = 0;
}

bool batch_failed(const struct batch *b)
{
    return b->blocks.failed || b->texts.failed || b->calls.failed ||
           b->dialogs.failed || b->exchange_rows.failed || b->notes.failed;
}

struct batch_exchange *batch_exchange(struct batch *b, const struct key *key,
                                      enum exchange_kind kind, bool fresh)
{
    struct batch_exchange *items;
    struct batch_exchange *e;

    if (!fresh && b->exchange_count) {
        e = &b->exchanges[b->exchange_count - 1];
        if (key_equal(&e->key, key))
            return e;
    }
    items = grow_for_one(b->exchanges, &b->exchange_room, b->exchange_count,
                         sizeof(*items));
    if (!items)
        return NULL;
    b->exchanges = items;
    e = &b->exchanges[b->exchange_count++];
    *e = (struct batch_exchange){.key = *key, .kind = kind};
    return e;
}

int batch_add_call(struct batch *b, const struct call_record *call,
                   const struct key *capture_key, struct span sensor)
{
    struct batch_exchange *e =
        batch_exchange(b, &call->call_key, EXCHANGE_CALL, false);

    if (e && (e->has_call || e->has_row))
        e = batch_exchange(b, &call->call_key, EXCHANGE_CALL, true);
    if (!e)
        return -ENOMEM;
    e->has_call = true;
    e->row = (uint32_t)b->calls.row_count;
    e->live = call->live;
    e->rank = call->live                           ? BATCH_LIVE
              : call->end_cause == END_CAPTURE_END ? BATCH_CUT
                                                   : BATCH_FINAL;
    e->call_messages = call->counts.messages;
    e->call_last_at = call->times.last_message_at;
    row_write_call(&b->calls, call, capture_key, sensor);
    return b->calls.failed ? -ENOMEM : 0;
}

int batch_add_dialog(struct batch *b, const struct dialog_record *dialog)
{
    const struct key *owner =
        dialog->has_call ? &dialog->call_key : &dialog->dialog_key;
    struct batch_exchange *e = batch_exchange(
        b, owner, dialog->has_call ? EXCHANGE_CALL : EXCHANGE_SUBSCRIBE,
        !dialog->has_call);

    struct batch_dialog *items = grow_for_one(b->dialog_keys, &b->dialog_room,
                                              b->dialog_count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    b->dialog_keys = items;
    if (!e)
        return -ENOMEM;
    b->dialog_keys[b->dialog_count++] = (struct batch_dialog){
        (uint32_t)(e - b->exchanges), dialog->dialog_key, false};
    row_write_dialog(&b->dialogs, dialog);
    return b->dialogs.failed ? -ENOMEM : 0;
}

int batch_add_gap(struct batch *b, const struct capture_gap *gap)
{
    struct capture_gap *items =
        grow_for_one(b->gaps, &b->gap_room, b->gap_count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    b->gaps = items;
    b->gaps[b->gap_count++] = *gap;
    return 0;
}

int batch_add_part(struct batch *b, const struct batch_part *part)
{
    struct batch_part *items =
        grow_for_one(b->parts, &b->part_room, b->part_count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    b->parts = items;
    b->parts[b->part_count++] = *part;
    return 0;
}

int batch_add_source(struct batch *b, const struct batch_source *source)
{
    struct batch_source *items = grow_for_one(b->sources, &b->source_room,
                                              b->source_count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    b->sources = items;
    b->sources[b->source_count++] = *source;
    return 0;
}

int batch_add_capture(struct batch *b, const struct key *capture,
                      uint32_t *ordinal_out)
{
    struct key *items = grow_for_one(b->captures, &b->capture_room,
                                     b->capture_count, sizeof(*items));

    if (!items)
        return -ENOMEM;
    b->captures = items;
    *ordinal_out = (uint32_t)b->capture_count;
    b->captures[b->capture_count++] = *capture;
    return 0;
}

int batch_set_captures(struct batch *b, const struct key *captures,
                       size_t count)
{
    uint32_t ordinal;
    int rc = 0;

    b->capture_count = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = batch_add_capture(b, &captures[i], &ordinal);
    return rc;
}

int batch_add_tally(struct batch *b, const struct batch_tally *tally)
{
    struct batch_tally *items;

    for (size_t i = 0; i < b->tally_count; i++) {
        struct batch_tally *t = &b->tallies[i];

        if (!key_equal(&t->capture_key, &tally->capture_key))
            continue;
        t->stored += tally->stored;
        t->duplicates += tally->duplicates;
        t->dropped += tally->dropped;
        return 0;
    }
    items = grow_for_one(b->tallies, &b->tally_room, b->tally_count,
                         sizeof(*items));
    if (!items)
        return -ENOMEM;
    b->tallies = items;
    b->tallies[b->tally_count++] = *tally;
    return 0;
}
