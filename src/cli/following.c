#include "cli/following.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/table.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "report/calls.h"
#include "store/connection.h"

#define FOLLOWED_MAX 100000
/* Asked for at a time, what became of them. */
#define ENDED_AT_ONCE 200
/* What is committed late must not be passed over. */
#define SLACK_US INT64_C(5000000)
#define ROWS_DEFAULT 24
#define ROWS_BESIDE 4 /* heading, title and what follows */

/** A call in progress, as it was last printed. */
struct followed {
    struct table_node node;
    struct list age;
    struct key key;
    uint32_t messages;
};

struct following {
    const struct settings *settings;
    struct table_style style;
    struct text text;
    struct call_table drawn;
    struct table calls;
    struct list ages;
    int64_t latest_us;
};

static uint64_t hash_of(const struct key *key)
{
    return hash_bytes(key->bytes, sizeof(key->bytes));
}

static struct followed *find(const struct following *f, const struct key *key)
{
    struct table_node *n = table_first(&f->calls, hash_of(key));

    for (; n; n = table_next(n)) {
        struct followed *c = CONTAINER_OF(n, struct followed, node);

        if (key_equal(&c->key, key))
            return c;
    }
    return NULL;
}

static void drop(struct following *f, struct followed *c)
{
    table_remove(&f->calls, &c->node);
    list_remove(&c->age);
    free(c);
}

/* False where this is what was printed before. */
static bool note(struct following *f, const struct call_record *r)
{
    struct followed *c = find(f, &r->call_key);

    if (!r->live) {
        if (c)
            drop(f, c);
        return true;
    }
    if (c && c->messages == r->counts.messages)
        return false;
    if (!c && !table_full(&f->calls) && (c = calloc(1, sizeof(*c)))) {
        c->key = r->call_key;
        table_add(&f->calls, &c->node, hash_of(&c->key));
        list_add_last(&f->ages, &c->age);
    }
    if (c)
        c->messages = r->counts.messages;
    return true;
}

/* --- changes, a row each -------------------------------------------------- */

static int take_change(void *arg, const struct found_call *found)
{
    struct following *f = arg;
    const struct call_record *r = &found->record;
    const struct report_call call = {.record = r,
                                     .capture_key = &found->capture_key,
                                     .sensor = found->sensor};

    if (r->times.last_message_at > f->latest_us)
        f->latest_us = r->times.last_message_at;
    if (!note(f, r))
        return 0;
    if (f->settings->format == REPORT_TABLE)
        report_call_line(r, &f->style, &f->text);
    else
        report_call_row(&call, f->settings->format, &f->text);
    return output_write(&f->text);
}

/* Those longest without a look first, some at a time. */
static int look_for_ended(struct following *f, struct store *store,
                          struct call_filter filter, struct error *err)
{
    struct key keys[ENDED_AT_ONCE];
    size_t left = f->calls.count;
    int rc = 0;

    filter.live = false;
    filter.live_since_us = TIME_NONE;
    filter.ended = keys;
    while (rc == 0 && left) {
        size_t count = 0;

        for (; count < ENDED_AT_ONCE && left; count++, left--) {
            struct followed *c =
                CONTAINER_OF(f->ages.next, struct followed, age);

            keys[count] = c->key;
            list_remove(&c->age);
            list_add_last(&f->ages, &c->age);
        }
        filter.ended_count = count;
        rc = find_calls(store, &filter, take_change, f, err);
    }
    return rc;
}

static int print_changes(struct following *f, struct store *store,
                         struct call_filter filter, struct error *err)
{
    int rc;

    filter.limit = 0;
    if (f->latest_us != TIME_NONE)
        filter.live_since_us = f->latest_us - SLACK_US;
    rc = find_calls(store, &filter, take_change, f, err);
    return rc ? rc : look_for_ended(f, store, filter, err);
}

/* --- the screen ----------------------------------------------------------- */

static int take_drawn(void *arg, const struct found_call *found)
{
    struct following *f = arg;

    return call_table_add(&f->drawn, &found->record);
}

static size_t screen_rows(void)
{
    struct winsize size = {0};
    size_t rows = ROWS_DEFAULT;

    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row)
        rows = size.ws_row;
    return rows > ROWS_BESIDE ? rows - ROWS_BESIDE : 1;
}

static int draw(struct following *f, struct store *store,
                struct call_filter filter, struct error *err)
{
    char now[TIME_TEXT_BYTES];
    int rc;

    filter.limit = screen_rows();
    call_table_init(&f->drawn, (size_t)filter.limit);
    rc = find_calls(store, &filter, take_drawn, f, err);
    if (rc == 0) {
        (void)time_write((int64_t)time(NULL) * 1000000, now);
        text_add_string(&f->text, "\033[H\033[J");
        text_add_string(&f->text, "calls in progress and just ended, ");
        text_add_bytes(&f->text, span_of(now, 19));
        text_add_string(&f->text, " UTC, ^C ends\n\n");
        call_table_write(&f->drawn, &f->style, &f->text);
        rc = output_write(&f->text);
    }
    call_table_fini(&f->drawn);
    return rc;
}

/* --- */

static int follow(struct following *f, struct store *store,
                  const struct call_filter *filter, struct error *err)
{
    enum report_format format = f->settings->format;
    bool screen = format == REPORT_TABLE && output_is_terminal();
    const struct timespec second = {1, 0};
    int rc = 0;

    if (format == REPORT_CSV || format == REPORT_TSV)
        report_call_heading(format, &f->text);
    while (rc == 0 && !signals_stop) {
        rc = screen ? draw(f, store, *filter, err)
                    : print_changes(f, store, *filter, err);
        if (rc == 0 && !signals_stop)
            (void)nanosleep(&second, NULL);
    }
    return output_closed() ? 0 : rc;
}

int following_run(const struct settings *s, const struct call_filter *filter)
{
    struct following f = {
        .settings = s, .style = output_style(), .latest_us = TIME_NONE};
    struct call_filter live = *filter;
    struct store store = {0};
    struct error err = {0};
    int rc = table_init(&f.calls, FOLLOWED_MAX);

    signals_init();
    list_init(&f.ages);
    text_init(&f.text);
    live.live = true;
    if (rc == 0)
        rc = store_open(s->value[OPTION_DB], STORE_READ, &store, &err);
    if (rc == 0)
        rc = follow(&f, &store, &live, &err);
    if (rc)
        log_line(LOG_ERROR, "%s", *err.text ? err.text : strerror(-rc));
    while (!list_empty(&f.ages))
        drop(&f, CONTAINER_OF(f.ages.next, struct followed, age));
    table_fini(&f.calls);
    text_fini(&f.text);
    store_close(&store);
    return rc ? CLI_FAILED : CLI_DONE;
}
