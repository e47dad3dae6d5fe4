#include "store/writer.h"

#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/queue.h"
#include "store/clean.h"
#include "store/connection.h"
#include "store/keeper.h"
#include "store/late.h"
#include "store/row.h"
#include "store/row_endpoint.h"
#include "store/row_registration.h"
#include "store/row_subscription.h"
#include "store/source.h"
#include "store/spooled.h"
#include "store/stage.h"

#define BATCHES 3
#define DEFAULT_MESSAGES 6000
#define DEFAULT_BYTES ((size_t)12 << 20)
#define EARLY_CLOSE 64 /* a block this full is closed, not overfilled */

struct writer {
    struct source_list sources;
    struct writer_options options;
    char *sensor; /* owned copy of options.sensor */
    struct key run_key;
    PGconn *main;            /* the store's; borrowed; NULL with a spool */
    struct keeper *keeper;   /* has the spool; NULL without one */
    struct copy first_notes; /* with a spool: of the run and its captures */
    struct copy last_notes;  /* how they ended */
    int64_t clock_ns;        /* highest packet time handed over */
    int16_t anomaly_ids[ANOMALY_COUNT];
    struct block block;
    bool block_open;
    struct batch *open;   /* being filled, or NULL */
    uint64_t number;      /* of the newest batch handed on */
    struct stage blocks;  /* first thread */
    struct stage records; /* second thread */
    struct queue *empty;
    struct queue *full;
    struct queue *named;
    pthread_t threads[2];
    int thread_count;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t settled_changed;
    uint64_t settled; /* number of the newest batch that is done */
    struct writer_counters counters;
    struct error failure;
    atomic_int failed;
};

/* --- what the sink does ------------------------------------------------- */

static void fail(struct writer *w, int code, const struct error *err)
{
    (void)pthread_mutex_lock(&w->lock);
    if (!w->failure.code) {
        w->failure = *err;
        w->failure.code = code;
        atomic_store(&w->failed, code);
    }
    (void)pthread_cond_broadcast(&w->settled_changed);
    (void)pthread_mutex_unlock(&w->lock);
}

static int out_of_memory(struct writer *w)
{
    struct error err;

    fail(w, error_set(&err, -ENOMEM, "out of memory"), &err);
    return -ENOMEM;
}

static int open_batch(struct writer *w)
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

static int hand_on(struct writer *w)
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
    int rc = open_batch(w);

    if (rc == 0 && is_full(w, &part->exchange_key)) {
        rc = hand_on(w);
        if (rc == 0)
            rc = open_batch(w);
    }
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
    int rc = open_batch(w);

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
    int rc = open_batch(w);

    if (rc == 0 && is_full(w, &call->call_key)) {
        rc = hand_on(w);
        if (rc == 0)
            rc = open_batch(w);
    }
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
    return hand_on(w);
}

static int on_gap(void *arg, const struct capture_gap *gap)
{
    struct writer *w = arg;
    int rc = open_batch(w);

    if (rc == 0 && batch_add_gap(w->open, gap))
        rc = out_of_memory(w);
    return rc;
}

/* An open batch that holds many of them goes as a full one does. */
static int open_for_upsert(struct writer *w, enum batch_upsert kind)
{
    int rc = open_batch(w);

    if (rc == 0 && w->open->upserts[kind].count >= w->options.batch_messages) {
        rc = hand_on(w);
        if (rc == 0)
            rc = open_batch(w);
    }
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

/* --- what the threads do ------------------------------------------------ */

static bool wait_settled(struct writer *w, uint64_t number)
{
    bool ok;

    (void)pthread_mutex_lock(&w->lock);
    while (w->settled < number && !w->failure.code)
        (void)pthread_cond_wait(&w->settled_changed, &w->lock);
    ok = !w->failure.code;
    (void)pthread_mutex_unlock(&w->lock);
    return ok;
}

static void *send_blocks(void *arg)
{
    struct writer *w = arg;
    struct error err;
    struct batch *b;

    while ((b = queue_pop(w->full))) {
        int rc = atomic_load(&w->failed);

        if (rc == 0) {
            rc = stage_blocks(&w->blocks, b, &err);
            if (rc)
                fail(w, rc, &err);
        }
        if (!queue_push(w->named, b))
            batch_free(b);
    }
    queue_close(w->named);
    return NULL;
}

static void settle(struct writer *w, uint64_t number)
{
    (void)pthread_mutex_lock(&w->lock);
    w->settled = number;
    w->counters = w->records.counters;
    (void)pthread_cond_broadcast(&w->settled_changed);
    (void)pthread_mutex_unlock(&w->lock);
}

static void *send_records(void *arg)
{
    struct writer *w = arg;
    struct error err;
    struct batch *b;

    while ((b = queue_pop(w->named))) {
        int rc = atomic_load(&w->failed);
        uint64_t number = b->number;

        if (rc == 0) {
            rc = stage_records(&w->records, b, &err);
            if (rc == 0 && b->last)
                rc = stage_end(&w->records, &err);
            if (rc)
                fail(w, rc, &err);
        }
        batch_reset(b);
        if (!queue_push(w->empty, b))
            batch_free(b);
        settle(w, number);
    }
    queue_close(w->empty);
    return NULL;
}

/* With a spool: in place of both. */
static void *keep_batches(void *arg)
{
    struct writer *w = arg;
    struct batch *b;

    while ((b = queue_pop(w->full))) {
        uint64_t number = b->number;
        struct error err;
        int rc = keeper_put(w->keeper, b);

        if (rc)
            fail(w, error_set(&err, rc, "out of memory"), &err);
        batch_reset(b);
        if (!queue_push(w->empty, b))
            batch_free(b);
        settle(w, number);
    }
    queue_close(w->empty);
    return NULL;
}

int writer_flush(struct writer *w)
{
    int rc = atomic_load(&w->failed);

    if (rc == 0)
        rc = hand_on(w);
    if (rc == 0 && !wait_settled(w, w->number))
        rc = atomic_load(&w->failed);
    return rc;
}

/* --- begin and end ------------------------------------------------------ */

/* Committing need not wait for the disk: what a crash of the server takes
 * back, reading again brings; writer_end() waits for all of it.
 *
 * A row of texts takes the backend some 300 KiB, which its C library gives back
 * to the kernel after each row, unless it has let go of more at a time before
 * (mallopt(3), M_TRIM_THRESHOLD). */
static const char setup_sql[] =
    "SET synchronous_commit = off; "
    "SELECT octet_length(repeat(repeat(' ', 4096), 1024))";

static int open_session(struct stage *s, const char *conninfo,
                        const struct key *run_key, struct error *err)
{
    int rc = store_connect(conninfo, &s->conn, err);

    s->run_key = run_key;
    if (rc == 0)
        rc = store_run(s->conn, setup_sql, err);
    return rc || s->live ? rc : late_join(s->conn, run_key, err);
}

static int make_queues(struct writer *w)
{
    if (queue_new(BATCHES + 1, &w->empty) || queue_new(BATCHES, &w->full) ||
        queue_new(BATCHES, &w->named))
        return -ENOMEM;
    for (int i = 0; i < BATCHES; i++) {
        struct batch *b = batch_new();

        if (!b || !queue_push(w->empty, b)) {
            batch_free(b);
            return -ENOMEM;
        }
    }
    return 0;
}

static int start_threads(struct writer *w, struct error *err)
{
    void *(*const mains[])(void *) = {send_blocks, send_records};
    int count = w->keeper ? 1 : 2;

    for (int i = 0; i < count; i++) {
        if (pthread_create(&w->threads[i], NULL,
                           w->keeper ? keep_batches : mains[i], w))
            return error_set(err, -EAGAIN, "cannot start a thread");
        w->thread_count++;
    }
    return 0;
}

static int keep_options(struct writer *w, const struct writer_options *options)
{
    w->options = *options;
    if (!w->options.batch_messages)
        w->options.batch_messages = DEFAULT_MESSAGES;
    if (!w->options.batch_bytes)
        w->options.batch_bytes = DEFAULT_BYTES;
    w->sensor = calloc(1, CLEAN_TEXT_MAX + 1);
    if (!w->sensor)
        return -ENOMEM;
    w->options.sensor = span_of(
        w->sensor, clean_write(options->sensor, w->sensor, CLEAN_TEXT_MAX));
    return 0;
}

static int make_writer(const struct writer_options *options,
                       struct writer **writer_out, struct error *err)
{
    struct writer *w = calloc(1, sizeof(*w));
    int rc;

    *writer_out = w;
    if (!w)
        return error_set(err, -ENOMEM, "out of memory");
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->settled_changed, NULL);
    block_init(&w->block);
    w->records.sources = &w->sources;
    w->records.live = w->blocks.live = options->live;
    key_of_random(0, &w->run_key);
    rc = keep_options(w, options);
    if (rc == 0)
        rc = make_queues(w);
    if (rc == 0)
        rc = stage_init(&w->blocks);
    if (rc == 0)
        rc = stage_init(&w->records);
    return rc ? error_set(err, rc, "out of memory") : 0;
}

static int open_sessions(struct writer *w, const char *conninfo,
                         struct error *err)
{
    const struct note_target now = {w->main, NULL};
    int rc = source_announce(w->main, err);

    if (rc == 0)
        rc = source_begin_run(&now, &w->options, &w->run_key, err);
    if (rc == 0)
        rc = spooled_anomaly_ids(w->main, w->anomaly_ids, err);
    if (rc == 0 && !w->options.live)
        rc = late_begin(w->main, &w->run_key, err);
    if (rc == 0)
        rc = open_session(&w->blocks, conninfo, &w->run_key, err);
    if (rc == 0)
        rc = open_session(&w->records, conninfo, &w->run_key, err);
    return rc;
}

int writer_new(const struct store *store, const struct writer_options *options,
               struct writer **writer_out, struct error *err)
{
    struct writer *w;
    int rc = make_writer(options, &w, err);

    *writer_out = NULL;
    if (rc == 0) {
        w->main = store->conn;
        rc = open_sessions(w, store->conninfo, err);
    }
    if (rc == 0)
        rc = start_threads(w, err);
    if (rc)
        writer_free(w);
    else
        *writer_out = w;
    return rc;
}

int writer_new_spooled(const char *db, const struct writer_options *options,
                       struct writer **writer_out, struct error *err)
{
    struct note_target later = {NULL, NULL};
    struct writer *w;
    int rc = make_writer(options, &w, err);

    *writer_out = NULL;
    if (rc == 0) {
        spooled_anomaly_numbers(w->anomaly_ids);
        later.notes = &w->first_notes;
        rc = source_begin_run(&later, &w->options, &w->run_key, err);
    }
    if (rc == 0)
        rc = keeper_new(db, &w->options, &w->run_key, &w->keeper, err);
    if (rc == 0)
        rc = start_threads(w, err);
    if (rc)
        writer_free(w);
    else
        *writer_out = w;
    return rc;
}

static void free_queue(struct queue *q)
{
    struct batch *b;

    while (q && (b = queue_try_pop(q)))
        batch_free(b);
    queue_free(q);
}

static void close_session(struct stage *s)
{
    if (s->conn)
        PQfinish(s->conn);
    stage_fini(s);
}

void writer_free(struct writer *w)
{
    if (!w)
        return;
    if (w->full)
        queue_close(w->full);
    for (int i = 0; i < w->thread_count; i++)
        (void)pthread_join(w->threads[i], NULL);
    keeper_free(w->keeper);
    copy_fini(&w->first_notes);
    copy_fini(&w->last_notes);
    batch_free(w->open);
    free_queue(w->empty);
    free_queue(w->full);
    free_queue(w->named);
    close_session(&w->blocks);
    close_session(&w->records);
    block_fini(&w->block);
    source_list_fini(&w->sources);
    free(w->sensor);
    (void)pthread_cond_destroy(&w->settled_changed);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

/* Now, or behind the batches. */
static struct note_target target_of(struct writer *w, struct copy *notes)
{
    return (struct note_target){w->main, w->keeper ? notes : NULL};
}

/* When it ended: by packet time where the database may learn it late. */
static int64_t ended_at(const struct writer *w)
{
    return w->keeper && w->clock_ns ? time_us_of_ns(w->clock_ns) : TIME_NONE;
}

int writer_add_source(struct writer *w, uint32_t ordinal,
                      const struct writer_source *source, struct error *err)
{
    const struct note_target to = target_of(w, &w->first_notes);
    int rc = source_add(&w->sources, ordinal, source, w->options.sensor, err);

    return rc ? rc
              : source_begin(&to, &w->sources, ordinal, &w->run_key,
                             &w->options, err);
}

int writer_add_earlier(struct writer *w, uint32_t ordinal,
                       const struct key *capture_key)
{
    return source_add_earlier(&w->sources, ordinal, capture_key);
}

int writer_end_source(struct writer *w, uint32_t ordinal,
                      const struct capture_account *account, struct error *err)
{
    const struct note_target to = target_of(w, &w->last_notes);

    return source_end(&to, &w->sources, ordinal, account, ended_at(w), err);
}

/* Parts still waiting for their call go now: it will not come. */
static int send_last(struct writer *w)
{
    int rc = open_batch(w);

    if (rc)
        return rc;
    w->open->last = true;
    return writer_flush(w);
}

/* The last batch says how all ended; what of it is not sent in time waits for
 * the next start. */
static int end_spooled(struct writer *w, const char *failure, struct error *err)
{
    const struct note_target to = {NULL, &w->last_notes};
    int rc = source_end_run(&to, &w->run_key, NULL, failure, ended_at(w), err);

    if (rc == 0 && send_last(w))
        rc = error_set(err, w->failure.code, "%s", w->failure.text);
    keeper_stop(w->keeper);
    return rc;
}

int writer_end(struct writer *w, const char *failure, struct error *err)
{
    const struct note_target now = {w->main, NULL};
    struct writer_counters counters;
    int rc;

    if (w->keeper)
        return end_spooled(w, failure, err);
    rc = failure ? 0 : send_last(w);
    if (rc)
        return error_set(err, rc, "%s", w->failure.text);
    writer_counters_read(w, &counters);
    return source_end_run(&now, &w->run_key, &counters, failure, TIME_NONE,
                          err);
}

bool writer_is_drained(struct writer *w)
{
    return !w->keeper || keeper_is_drained(w->keeper);
}

bool writer_spool_read(struct writer *w, struct writer_spool *spool_out)
{
    if (!w->keeper)
        return false;
    keeper_read(w->keeper, spool_out);
    return true;
}

void writer_counters_read(struct writer *w,
                          struct writer_counters *counters_out)
{
    if (w->keeper) {
        keeper_counters_read(w->keeper, counters_out);
        return;
    }
    (void)pthread_mutex_lock(&w->lock);
    *counters_out = w->counters;
    (void)pthread_mutex_unlock(&w->lock);
}

const struct error *writer_error(const struct writer *w)
{
    return &w->failure;
}
