#include "store/sender.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/queue.h"
#include "store/freeze.h"
#include "store/session.h"
#include "store/spooled.h"
#include "store/stage.h"

#define PARCELS 3
#define SLICE_MS 10
#define CUT_MS 1000   /* what hangs in a query */
#define LEAVE_MS 2000 /* what hangs while it connects */

/* A batch, and the record of the spool it came from. */
struct parcel {
    struct batch *batch;
    struct spool_item item;
    bool committed; /* by an earlier try whose end was not seen */
    bool stored;    /* and counted: only the joining is left */
};

/* A thread with its connection. */
struct side {
    struct sender *sender;
    struct session session;
    struct stage stage;
    pthread_t thread;
    bool started;
    atomic_bool ended;
};

struct sender {
    struct sender_options options;
    struct outage outage;
    struct side blocks;
    struct side records;
    struct queue *idle;
    struct queue *named;
    pthread_mutex_t lock; /* for counters */
    struct sender_counters counters;
};

/* --- one batch, however long it takes ------------------------------------ */

static int open_side(struct side *side, struct error *err)
{
    bool fresh = !side->session.store.conn;
    int rc = session_open(&side->session, err);

    if (rc || !fresh)
        return rc;
    stage_renew(&side->stage, side->session.store.conn);
    rc = spooled_anomaly_ids(side->stage.conn, side->stage.anomaly_ids, err);
    return rc;
}

static int send_blocks(struct side *side, struct parcel *p, struct error *err)
{
    int rc = 0;

    if (p->batch->replay)
        rc = spooled_is_committed(side->stage.conn, p->batch, &p->committed,
                                  err);
    if (rc || p->committed)
        return rc;
    return stage_blocks(&side->stage, p->batch, err);
}

/* What a try whose end was not seen has written. */
static void count_committed(struct writer_counters *c, const struct batch *b)
{
    const struct spool_counts n = freeze_counts(b);

    c->messages += n.of[SPOOL_MESSAGES];
    c->duplicates += n.of[SPOOL_DUPLICATES];
    c->calls += n.of[SPOOL_CALLS];
    c->calls_live += n.of[SPOOL_LIVE_CALLS];
    c->dialogs += n.of[SPOOL_DIALOGS];
    c->exchanges += n.of[SPOOL_EXCHANGES];
    c->registrations += n.of[SPOOL_REGISTRATIONS];
    c->batches++;
}

/* After a failure the blocks are looked at again: an audit may have swept
 * them while nothing named them. */
static int store_records(struct side *side, struct parcel *p, struct error *err)
{
    int rc = 0;

    if (!p->committed && p->batch->replay)
        rc = send_blocks(side, p, err);
    if (rc == 0 && !p->committed)
        return stage_records(&side->stage, p->batch, err);
    if (rc == 0)
        count_committed(&side->stage.counters, p->batch);
    return rc;
}

static int send_records(struct side *side, struct parcel *p, struct error *err)
{
    int rc = p->stored ? 0 : store_records(side, p, err);

    if (rc)
        return rc;
    p->stored = true;
    return stage_link(&side->stage, p->batch, err);
}

/* False where the sender ended before it went through. */
static bool deliver(struct side *side, struct parcel *p,
                    int (*send_fn)(struct side *, struct parcel *,
                                   struct error *))
{
    struct error err = {0};
    int rc;

    for (;;) {
        rc = open_side(side, &err);
        if (rc == 0)
            rc = send_fn(side, p, &err);
        if (rc == 0) {
            session_worked(&side->session);
            return true;
        }
        session_failed(&side->session, rc, &err);
        p->batch->replay = true;
        if (!session_wait(&side->session))
            return false;
    }
}

/* --- the threads --------------------------------------------------------- */

static void count_unreadable(struct sender *s, const struct segment_record *r)
{
    (void)pthread_mutex_lock(&s->lock);
    s->counters.unreadable += r->counts.of[SPOOL_MESSAGES];
    (void)pthread_mutex_unlock(&s->lock);
    log_line(LOG_WARNING,
             "a batch of the spool cannot be understood: %" PRIu64
             " messages left out",
             r->counts.of[SPOOL_MESSAGES]);
}

/* The next batch of the spool; false where the sender ends. */
static bool fetch(struct sender *s, struct parcel *p)
{
    for (;;) {
        int rc;

        if (!spool_next(s->options.spool, &p->item))
            return false;
        rc = freeze_thaw(p->item.payload, p->item.record.length, p->batch);
        free(p->item.payload);
        p->item.payload = NULL;
        p->batch->replay = p->item.earlier;
        p->committed = p->stored = false;
        if (rc == 0)
            return true;
        batch_reset(p->batch);
        if (rc == -ENOMEM) {
            spool_leave(s->options.spool, &p->item);
            log_line(LOG_ERROR, "out of memory for a batch of the spool: it "
                                "stays there until the next start");
            continue;
        }
        count_unreadable(s, &p->item.record);
        spool_done(s->options.spool, &p->item);
    }
}

static void *run_blocks(void *arg)
{
    struct side *side = arg;
    struct sender *s = side->sender;
    struct parcel *p;

    /* So that the log says at the start what it is to run without. */
    while (!side->session.store.conn) {
        struct error err = {0};
        int rc = open_side(side, &err);

        if (rc == 0) {
            session_worked(&side->session);
            break;
        }
        session_failed(&side->session, rc, &err);
        if (!session_wait(&side->session))
            break;
    }
    while ((p = queue_pop(s->idle))) {
        if (!fetch(s, p)) {
            (void)queue_push(s->idle, p);
            break;
        }
        if (!deliver(side, p, send_blocks)) {
            spool_leave(s->options.spool, &p->item);
            (void)queue_push(s->idle, p);
            break;
        }
        (void)queue_push(s->named, p);
    }
    queue_close(s->named);
    atomic_store(&side->ended, true);
    return NULL;
}

/* Those of earlier runs are not this run's figures. */
static void count_parcel(struct sender *s, const struct parcel *p,
                         const struct writer_counters *before)
{
    struct stage *stage = &s->records.stage;
    bool own = key_equal(&p->batch->run_key, &s->options.run_key);

    if (!own)
        stage->counters = *before;
    (void)pthread_mutex_lock(&s->lock);
    s->counters.own = stage->counters;
    s->counters.drained += !own;
    (void)pthread_mutex_unlock(&s->lock);
}

static void *run_records(void *arg)
{
    struct side *side = arg;
    struct sender *s = side->sender;
    struct parcel *p;

    while ((p = queue_pop(s->named))) {
        struct writer_counters before = side->stage.counters;

        if (deliver(side, p, send_records)) {
            count_parcel(s, p, &before);
            spool_done(s->options.spool, &p->item);
        } else {
            spool_leave(s->options.spool, &p->item);
        }
        batch_reset(p->batch);
        (void)queue_push(s->idle, p);
    }
    atomic_store(&side->ended, true);
    return NULL;
}

/* --- begin and end ------------------------------------------------------- */

static void free_parcels(struct queue *q)
{
    struct parcel *p;

    while (q && (p = queue_try_pop(q))) {
        batch_free(p->batch);
        free(p);
    }
    queue_free(q);
}

static int make_parcels(struct sender *s)
{
    if (queue_new(PARCELS + 1, &s->idle) || queue_new(PARCELS + 1, &s->named))
        return -ENOMEM;
    for (int i = 0; i < PARCELS; i++) {
        struct parcel *p = calloc(1, sizeof(*p));

        if (p)
            p->batch = batch_new();
        if (!p || !p->batch) {
            free(p);
            return -ENOMEM;
        }
        (void)queue_push(s->idle, p);
    }
    return 0;
}

static int init_side(struct sender *s, struct side *side, int number)
{
    side->sender = s;
    side->stage.spooled = side->stage.live = true;
    session_init(&side->session, &s->outage, number, s->options.db);
    return stage_init(&side->stage);
}

static int start(struct side *side, void *(*run)(void *))
{
    if (pthread_create(&side->thread, NULL, run, side))
        return -EAGAIN;
    side->started = true;
    return 0;
}

int sender_new(const struct sender_options *options, struct sender **sender_out,
               struct error *err)
{
    struct sender *s = calloc(1, sizeof(*s));
    int rc;

    *sender_out = NULL;
    if (!s)
        return error_set(err, -ENOMEM, "out of memory");
    s->options = *options;
    (void)pthread_mutex_init(&s->lock, NULL);
    outage_init(&s->outage);
    rc = make_parcels(s);
    if (init_side(s, &s->blocks, 0) || init_side(s, &s->records, 1))
        rc = -ENOMEM;
    if (rc == 0)
        rc = start(&s->blocks, run_blocks);
    if (rc == 0)
        rc = start(&s->records, run_records);
    if (rc) {
        (void)sender_stop(s, 0);
        sender_free(s);
        return error_set(err, rc, "cannot start the sender: %s",
                         rc == -ENOMEM ? "out of memory" : "no thread");
    }
    *sender_out = s;
    return 0;
}

static void sleep_slice(void)
{
    const struct timespec slice = {0, SLICE_MS * 1000000L};

    (void)nanosleep(&slice, NULL);
}

static bool anything_waits(struct sender *s)
{
    struct spool_counters c;

    spool_counters_read(s->options.spool, &c);
    return c.records_waiting > 0;
}

/* False: it is left behind. */
static bool end_side(struct side *side)
{
    for (unsigned waited = 0; side->started && !atomic_load(&side->ended);
         waited += SLICE_MS) {
        sleep_slice();
        if (waited >= CUT_MS && !session_cut(&side->session) &&
            waited >= LEAVE_MS)
            return false;
    }
    if (side->started)
        (void)pthread_join(side->thread, NULL);
    side->started = false;
    return true;
}

bool sender_stop(struct sender *s, unsigned patience_ms)
{
    unsigned waited = 0;
    bool ended;

    for (; waited < patience_ms && anything_waits(s) &&
           (outage_is_over(&s->outage) || waited < patience_ms / 4);
         waited += SLICE_MS)
        sleep_slice();
    atomic_store(&s->outage.ending, true);
    spool_stop(s->options.spool);
    ended = end_side(&s->blocks);
    queue_close(s->named);
    return end_side(&s->records) && ended;
}

void sender_free(struct sender *s)
{
    if (!s)
        return;
    free_parcels(s->idle);
    free_parcels(s->named);
    stage_fini(&s->blocks.stage);
    stage_fini(&s->records.stage);
    session_fini(&s->blocks.session);
    session_fini(&s->records.session);
    outage_fini(&s->outage);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

void sender_counters_read(struct sender *s,
                          struct sender_counters *counters_out)
{
    (void)pthread_mutex_lock(&s->lock);
    *counters_out = s->counters;
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_mutex_lock(&s->outage.lock);
    for (int i = 0; i < TROUBLE_COUNT; i++)
        counters_out->troubles[i] = s->outage.troubles[i];
    counters_out->returns = s->outage.returns;
    (void)pthread_mutex_unlock(&s->outage.lock);
    counters_out->connected = outage_is_over(&s->outage);
}
