#include "cli/retention.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "store/connection.h"
#include "store/prune.h"
#include "store/sensor.h"

#define EVERY_S 3600
/* After a failure, or where somebody was in the way. */
#define AGAIN_S 300
#define SOON_S 5
#define TRIES 5

struct retention {
    const struct settings *settings;
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t ending;
    atomic_bool ends; /* changed under the lock */
    bool changed;
    struct prune_options bounds; /* what to keep */
};

static int64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t setting_us(const struct settings *s, enum cli_option o)
{
    uint64_t ms = s->given[o] ? s->number[o] : 0;

    return ms > INT64_MAX / 4000 ? INT64_MAX / 4 : (int64_t)ms * 1000;
}

static struct prune_options options_of(const struct settings *s)
{
    return (struct prune_options){
        .now_us = now_us(),
        .keep_us = setting_us(s, OPTION_KEEP),
        .keep_text_us = setting_us(s, OPTION_KEEP_TEXT),
        .max_bytes = s->given[OPTION_MAX_SIZE] ? s->number[OPTION_MAX_SIZE] : 0,
        .dry_run = s->given[OPTION_DRY_RUN]};
}

static struct prune_options bounds_of(struct retention *r)
{
    struct prune_options bounds;

    (void)pthread_mutex_lock(&r->lock);
    bounds = r->bounds;
    r->changed = false;
    (void)pthread_mutex_unlock(&r->lock);
    bounds.now_us = now_us();
    return bounds;
}

static bool wants_prune(const struct prune_options *o)
{
    return o->keep_us || o->keep_text_us || o->max_bytes;
}

int retention_make_ahead(const struct settings *s, struct pg_conn *conn,
                         struct error *err)
{
    return prune_make_ahead(conn, now_us(), setting_us(s, OPTION_KEEP), err);
}

/* --- once --------------------------------------------------------------- */

static void print_line(void *arg, bool warning, const char *line)
{
    (void)arg;
    if (warning)
        log_line(LOG_WARNING, "%s", line);
    else
        (void)puts(line);
}

static void print_counts(const struct prune_counts *c, bool dry_run)
{
    (void)printf("%s%" PRIu64 " ranges dropped, %" PRIu64
                 " emptied but for calls that ran on, texts of %" PRIu64
                 " dropped, %" PRIu64 " other rows deleted, %" PRIu64
                 " in use; %" PRIu64 " MB in all tables\n",
                 dry_run ? "would be: " : "", c->dropped, c->trimmed, c->texts,
                 c->rows, c->held, c->bytes >> 20);
}

int retention_prune(const struct settings *s, struct error *err)
{
    struct prune_options options = options_of(s);
    struct prune_counts counts;
    struct store store = {0};
    int rc;

    if (!wants_prune(&options))
        return error_set(err, -EINVAL,
                         "nothing says what may go: --keep 30d, --keep-text "
                         "7d or --max-size 50g");
    options.tries = TRIES;
    options.say_fn = s->verbosity < 0 ? NULL : print_line;
    rc = store_open(s->value[OPTION_DB], STORE_READ, &store, err);
    if (rc == 0)
        rc = prune_run(store.conn, &options, &counts, err);
    store_close(&store);
    if (rc)
        return rc;
    if (counts.busy)
        return error_set(err, -EBUSY, "another prune is at work");
    if (s->verbosity >= 0)
        print_counts(&counts, options.dry_run);
    if (counts.held)
        return error_set(err, -EBUSY,
                         "not all of it: %" PRIu64
                         " ranges are in use; prune again later",
                         counts.held);
    return 0;
}

/* --- every hour --------------------------------------------------------- */

static void log_prune(void *arg, bool warning, const char *line)
{
    (void)arg;
    log_line(warning ? LOG_WARNING : LOG_INFO, "prune: %s", line);
}

/* @return Seconds until the next time */
static int run_once(struct retention *r)
{
    const struct settings *s = r->settings;
    struct prune_options options = bounds_of(r);
    struct prune_counts counts = {0};
    struct store store = {0};
    struct error err = {0};
    int rc = store_open(s->value[OPTION_DB], STORE_READ, &store, &err);

    options.say_fn = log_prune;
    options.stop = &r->ends;
    if (rc == 0)
        rc =
            prune_make_ahead(store.conn, options.now_us, options.keep_us, &err);
    if (rc == 0)
        rc = sensor_link_recent(
            store.conn, options.now_us - INT64_C(2000000) * EVERY_S, &err);
    if (rc == 0 && wants_prune(&options))
        rc = prune_run(store.conn, &options, &counts, &err);
    store_close(&store);
    if (rc == -ENOENT)
        return SOON_S; /* the sender makes the tables with its first batch */
    if (rc)
        log_line(LOG_WARNING, "prune: %s; tried again in %d s", err.text,
                 AGAIN_S);
    return rc || counts.held ? AGAIN_S : EVERY_S;
}

static void *run(void *arg)
{
    struct retention *r = arg;

    (void)pthread_mutex_lock(&r->lock);
    while (!r->ends) {
        struct timespec until;
        int seconds;

        (void)pthread_mutex_unlock(&r->lock);
        seconds = run_once(r);
        (void)pthread_mutex_lock(&r->lock);
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += seconds;
        while (!r->ends && !r->changed &&
               pthread_cond_timedwait(&r->ending, &r->lock, &until) == 0) {
        }
    }
    (void)pthread_mutex_unlock(&r->lock);
    return NULL;
}

static int make_signal(struct retention *r)
{
    pthread_condattr_t steady;
    int rc = pthread_condattr_init(&steady);

    if (rc)
        return rc;
    (void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    rc = pthread_cond_init(&r->ending, &steady);
    (void)pthread_condattr_destroy(&steady);
    return rc;
}

int retention_start(const struct settings *s, struct retention **retention_out,
                    struct error *err)
{
    struct retention *r = calloc(1, sizeof(*r));
    int rc = r ? make_signal(r) : ENOMEM;

    *retention_out = NULL;
    if (rc == 0) {
        r->settings = s;
        r->bounds = options_of(s);
        (void)pthread_mutex_init(&r->lock, NULL);
        rc = pthread_create(&r->thread, NULL, run, r);
    }
    if (rc) {
        free(r);
        return error_set(err, -rc, "cannot start a thread to prune: %s",
                         strerror(rc));
    }
    *retention_out = r;
    return 0;
}

void retention_change(struct retention *r, const struct settings *s)
{
    if (!r)
        return;
    (void)pthread_mutex_lock(&r->lock);
    r->bounds = options_of(s);
    r->changed = true;
    (void)pthread_cond_signal(&r->ending);
    (void)pthread_mutex_unlock(&r->lock);
}

void retention_stop(struct retention *r)
{
    if (!r)
        return;
    (void)pthread_mutex_lock(&r->lock);
    r->ends = true;
    (void)pthread_cond_signal(&r->ending);
    (void)pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    (void)pthread_cond_destroy(&r->ending);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}
