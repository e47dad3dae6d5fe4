#include "store/writer.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "store/clean.h"
#include "store/connection.h"
#include "store/late.h"
#include "store/spooled.h"
#include "store/writer_state.h"

#define BATCHES 3
#define DEFAULT_MESSAGES 6000
#define DEFAULT_BYTES ((size_t)12 << 20)

void writer_fail(struct writer *w, int code, const struct error *err)
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
                writer_fail(w, rc, &err);
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
                writer_fail(w, rc, &err);
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
            writer_fail(w, error_set(&err, rc, "out of memory"), &err);
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
        rc = writer_hand_on(w);
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
    w->records.beside = w->blocks.conn;
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
    int rc = writer_open_batch(w);

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
