#include "cli/resuming.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "base/log.h"
#include "cli/signals.h"
#include "store/migrate.h"
#include "store/resume.h"

#define RETRY_MS 200

/* Whoever holds a table does not hold up correlation. */
static const char limits_sql[] =
    "SET lock_timeout = '10s'; SET statement_timeout = '5min'";

static int64_t now_us(clockid_t clock)
{
    struct timespec now = {0};

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What the last run left in the spool belongs to what is taken up. Tables are
   made and migrated by those who write: that may take long, and correlation
   waits here no longer than it was told to. */
static int open_drained(const struct settings *s, struct writer *w,
                        struct store *store_out, struct error *err)
{
    int rc = store_open(s->value[OPTION_DB], STORE_WHATEVER, store_out, err);

    if (rc == 0)
        rc = migrate_check(store_out->conn, err);
    if (rc == 0)
        rc = store_run(store_out->conn, limits_sql, err);
    if (rc == 0 && !writer_is_drained(w))
        rc = error_set(err, -EAGAIN,
                       "the spool still holds records of an earlier run");
    if (rc)
        store_close(store_out);
    return rc;
}

static int wait_for_store(const struct settings *s, struct writer *w,
                          struct store *store_out, struct error *err)
{
    int64_t until = now_us(CLOCK_MONOTONIC) +
                    (int64_t)s->number[OPTION_TAKE_UP_WAIT] * 1000;
    const struct timespec pause = {0, RETRY_MS * 1000000};
    int rc;

    for (;;) {
        rc = open_drained(s, w, store_out, err);
        if (!rc || signals_stop || now_us(CLOCK_MONOTONIC) >= until)
            return rc;
        (void)nanosleep(&pause, NULL);
    }
}

static int add_source(void *arg, uint32_t ordinal, const struct key *capture)
{
    struct storing *st = arg;

    return writer_add_earlier(st->writer, ordinal, capture);
}

static void say(const struct resume_counters *n, int64_t begin_us)
{
    char text[TIME_TEXT_BYTES];

    if (n->stopped_at == TIME_NONE)
        return;
    (void)time_write(n->stopped_at, text);
    log_line(LOG_INFO,
             "took up %" PRIu64 " calls, %" PRIu64 " subscriptions and %" PRIu64
             " registrations left open, nothing captured since %s (%" PRIu64
             " messages read again, %.1f s)",
             n->calls, n->subscriptions, n->bindings, text, n->messages,
             (double)(now_us(CLOCK_MONOTONIC) - begin_us) / 1e6);
    if (n->given_up)
        log_line(LOG_WARNING,
                 "%" PRIu64 " calls left open long ago, or without their "
                 "texts, were closed as idle",
                 n->given_up);
}

int resuming_run(const struct settings *s, const struct inputs *in,
                 struct storing *st, struct correlator *c)
{
    const char *sensor = s->value[OPTION_SENSOR];
    const struct resume_options options = {.sources = in->paths,
                                           .source_count = in->path_count,
                                           .sensor = sensor ? sensor : "",
                                           .now_us = now_us(CLOCK_REALTIME),
                                           .source_fn = add_source,
                                           .arg = st};
    struct resume_counters counters;
    int64_t begin_us = now_us(CLOCK_MONOTONIC);
    struct store store;
    struct error err = {0};
    int rc;

    if (!s->number[OPTION_TAKE_UP_WAIT])
        return 0;
    rc = wait_for_store(s, st->writer, &store, &err);
    if (rc == 0) {
        rc = resume_run(&store, &options, c, &counters, &err);
        store_close(&store);
    }
    if (rc == -ENOMEM)
        return rc;
    if (rc == 0)
        say(&counters, begin_us);
    else
        log_line(LOG_WARNING,
                 "calls left open by the last run are not taken up: %s",
                 err.text);
    return 0;
}
