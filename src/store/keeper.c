#include "store/keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/freeze.h"
#include "store/sender.h"

#define PATIENCE_MS 4000
/* Drops of so many captures are told one by one. */
#define LOSSES_MAX 64
#define NOTES_MAX 256
/* More than telling them takes. */
#define LOSS_BYTES ((uint64_t)64 * 1024)

/* What of one capture was dropped and is not told yet. */
struct loss {
    struct key capture_key;
    int64_t from_ns;
    int64_t to_ns;
    uint64_t messages;
};

struct keeper {
    struct spool *spool;
    struct sender *sender;
    struct key run_key;
    struct copy frozen;    /* the putting thread's, as all to lock */
    struct batch *scratch; /* to look into what is dropped */
    struct loss losses[LOSSES_MAX];
    size_t loss_count;
    struct copy notes; /* of batches that were dropped */
    struct log_event losing;
    pthread_mutex_t lock;
    uint64_t put;     /* messages of this run */
    uint64_t dropped; /* of these */
    bool stopped;
    bool left; /* a thread of the sender still connects */
};

/* --- what is dropped ----------------------------------------------------- */

static void add_loss(struct keeper *k, const struct key *capture,
                     uint64_t messages, int64_t clock_ns)
{
    struct loss *l;
    size_t i = 0;

    while (i < k->loss_count && !key_equal(&k->losses[i].capture_key, capture))
        i++;
    if (i == LOSSES_MAX)
        return;
    l = &k->losses[i];
    if (i == k->loss_count) {
        k->loss_count++;
        *l = (struct loss){*capture, clock_ns, clock_ns, 0};
    }
    l->from_ns = clock_ns < l->from_ns ? clock_ns : l->from_ns;
    l->to_ns = clock_ns > l->to_ns ? clock_ns : l->to_ns;
    l->messages += messages;
}

static bool is_kept(const struct keeper *k, struct span note)
{
    for (size_t row = 0; row < k->notes.row_count; row++)
        if (span_equal(copy_row_bytes(&k->notes, row), note))
            return true;
    return false;
}

/* A run, a capture begins and ends in the database all the same. */
static void keep_notes(struct keeper *k, const struct batch *b)
{
    for (size_t row = 0; row < b->notes.row_count; row++)
        if (k->notes.row_count < NOTES_MAX &&
            !is_kept(k, copy_row_bytes(&b->notes, row)))
            (void)copy_append_row(&k->notes, &b->notes, row);
}

/* What it has itself, and what it was to tell of others. */
static void add_losses(struct keeper *k, const struct batch *b,
                       int64_t clock_ns)
{
    for (size_t i = 0; i < b->tally_count; i++)
        add_loss(k, &b->tallies[i].capture_key,
                 b->tallies[i].stored + b->tallies[i].dropped, clock_ns);
    for (size_t i = 0; i < b->gap_count; i++)
        if (b->gaps[i].kind == GAP_SPOOL &&
            b->gaps[i].source < b->capture_count)
            add_loss(k, &b->captures[b->gaps[i].source], 0, b->gaps[i].from_ns);
}

static void on_drop(void *arg, const struct segment_record *record,
                    const void *payload)
{
    struct keeper *k = arg;
    struct batch *b = k->scratch;

    if (payload && freeze_thaw(payload, record->length, b) == 0) {
        add_losses(k, b, record->clock_ns);
        keep_notes(k, b);
    }
    batch_reset(b);
    if (!key_equal(&record->run_key, &k->run_key))
        return;
    (void)pthread_mutex_lock(&k->lock);
    k->dropped += record->counts.of[SPOOL_MESSAGES];
    (void)pthread_mutex_unlock(&k->lock);
}

static int tell_loss(const struct loss *l, struct batch *b)
{
    const struct batch_tally tally = {.capture_key = l->capture_key,
                                      .dropped = l->messages};
    struct capture_gap gap = {.kind = GAP_SPOOL,
                              .from_ns = l->from_ns,
                              .to_ns = l->to_ns,
                              .gaps = 1,
                              .packets = l->messages};
    uint32_t i = 0;
    int rc = batch_add_tally(b, &tally);

    while (i < b->capture_count && !key_equal(&b->captures[i], &l->capture_key))
        i++;
    gap.source = i;
    if (rc == 0 && i == b->capture_count)
        rc = batch_add_capture(b, &l->capture_key, &gap.source);
    return rc ? rc : batch_add_gap(b, &gap);
}

static int tell_losses(struct keeper *k, struct batch *b)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < k->loss_count; i++)
        rc = tell_loss(&k->losses[i], b);
    if (rc == 0)
        rc = copy_append(&b->notes, &k->notes);
    if (rc == 0) {
        k->loss_count = 0;
        copy_reset(&k->notes);
    }
    return rc;
}

static void say_losses(struct keeper *k, uint64_t before, int64_t clock_ns)
{
    struct spool_counters c;

    spool_counters_read(k->spool, &c);
    if (c.records_dropped != before)
        (void)log_repeated(
            &k->losing, clock_ns, LOG_WARNING,
            "the spool is full, or holds what is too old: its oldest records "
            "are dropped, so far %" PRIu64 " messages and %" PRIu64
            " calls; bring the database back, or raise --spool-size",
            c.dropped.of[SPOOL_MESSAGES], c.dropped.of[SPOOL_CALLS]);
}

/* --- keeping ------------------------------------------------------------- */

int keeper_put(struct keeper *k, struct batch *b)
{
    struct spool_counters before;
    struct segment_record record;
    int rc = freeze_batch(b, &k->frozen);

    if (rc)
        return rc;
    /* So that what makes way for the batch is told of in it. */
    spool_counters_read(k->spool, &before);
    spool_make_room(k->spool, k->frozen.used + LOSS_BYTES, b->clock_ns);
    if (k->loss_count || k->notes.row_count) {
        rc = tell_losses(k, b);
        if (rc == 0)
            rc = freeze_batch(b, &k->frozen);
        if (rc)
            return rc;
    }
    record = (struct segment_record){.run_key = b->run_key,
                                     .number = b->number,
                                     .length = k->frozen.used,
                                     .clock_ns = b->clock_ns,
                                     .counts = freeze_counts(b)};
    (void)pthread_mutex_lock(&k->lock);
    k->put += b->messages;
    (void)pthread_mutex_unlock(&k->lock);
    rc = spool_append(k->spool, &record, k->frozen.data);
    say_losses(k, before.records_dropped, b->clock_ns);
    return rc;
}

bool keeper_is_drained(struct keeper *k)
{
    return spool_is_drained(k->spool);
}

void keeper_counters_read(struct keeper *k,
                          struct writer_counters *counters_out)
{
    struct sender_counters c;

    sender_counters_read(k->sender, &c);
    *counters_out = c.own;
}

void keeper_read(struct keeper *k, struct writer_spool *spool_out)
{
    struct sender_counters c;
    uint64_t done;

    memset(spool_out, 0, sizeof(*spool_out));
    sender_counters_read(k->sender, &c);
    spool_counters_read(k->spool, &spool_out->spool);
    done = c.own.messages + c.own.messages_known + c.own.messages_lost;
    (void)pthread_mutex_lock(&k->lock);
    spool_out->messages_dropped =
        k->dropped + c.unreadable + spool_out->spool.damaged_here;
    done += spool_out->messages_dropped;
    spool_out->messages_spooled = k->put > done ? k->put - done : 0;
    (void)pthread_mutex_unlock(&k->lock);
    spool_out->batches_drained = c.drained;
    for (int i = 0; i < TROUBLE_COUNT; i++)
        spool_out->troubles[i] = c.troubles[i];
    spool_out->returns = c.returns;
    spool_out->connected = c.connected;
}

/* --- begin and end ------------------------------------------------------- */

static int open_spool(struct keeper *k, const struct writer_options *options,
                      struct error *err)
{
    char dir[4096];
    struct spool_options o = {.dir = options->spool_dir,
                              .size_bytes = options->spool_bytes,
                              .age_ns = options->spool_age_ns,
                              .writer = {freeze_identity(), options->version},
                              .drop_fn = on_drop,
                              .arg = k};
    struct spool_counters c;
    int rc = 0;

    if (!o.dir) {
        rc = spool_default_dir(options->sensor.data, dir, sizeof(dir), err);
        o.dir = dir;
    }
    if (rc == 0)
        rc = spool_open(&o, &k->spool, err);
    if (rc)
        return rc;
    spool_counters_read(k->spool, &c);
    if (c.records_waiting)
        log_line(LOG_WARNING,
                 "the spool %s holds %" PRIu64 " batches of an earlier run, "
                 "%" PRIu64 " messages at most: they go first",
                 o.dir, c.records_waiting, c.waiting.of[SPOOL_MESSAGES]);
    return 0;
}

int keeper_new(const char *db, const struct writer_options *options,
               const struct key *run_key, struct keeper **keeper_out,
               struct error *err)
{
    struct keeper *k = calloc(1, sizeof(*k));
    struct sender_options sender = {.db = db, .run_key = *run_key};
    int rc;

    *keeper_out = NULL;
    if (!k)
        return error_set(err, -ENOMEM, "out of memory");
    (void)pthread_mutex_init(&k->lock, NULL);
    k->run_key = *run_key;
    k->scratch = batch_new();
    rc = k->scratch ? open_spool(k, options, err)
                    : error_set(err, -ENOMEM, "out of memory");
    sender.spool = k->spool;
    if (rc == 0)
        rc = sender_new(&sender, &k->sender, err);
    if (rc)
        keeper_free(k);
    else
        *keeper_out = k;
    return rc;
}

void keeper_stop(struct keeper *k)
{
    if (!k->stopped)
        k->left = !sender_stop(k->sender, PATIENCE_MS);
    k->stopped = true;
}

void keeper_free(struct keeper *k)
{
    if (!k)
        return;
    if (k->sender && !k->stopped)
        k->left = !sender_stop(k->sender, 0);
    if (!k->left) { /* else it goes with the process, a second from now */
        sender_free(k->sender);
        spool_close(k->spool);
    }
    batch_free(k->scratch);
    copy_fini(&k->frozen);
    copy_fini(&k->notes);
    (void)pthread_mutex_destroy(&k->lock);
    free(k);
}
