#include "cli/reading.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <time.h>

#include "base/hash.h"
#include "base/log.h"
#include "cli/guard.h"
#include "cli/keeping.h"
#include "cli/output.h"
#include "cli/reload.h"
#include "cli/resuming.h"
#include "cli/retention.h"
#include "cli/signals.h"
#include "cli/storing.h"
#include "cli/watch.h"
#include "pipeline/pipeline.h"
#include "report/account.h"
#include "report/calls.h"
#include "report/messages.h"
#include "report/one_way.h"
#include "report/progress.h"
#include "txn/copy.h"

/* Rows are gathered to this size before they go to standard output. */
#define OUTPUT_BYTES 32768

struct reading {
    const struct settings *settings;
    struct table_style style;
    struct text text;         /* rows on their way out */
    struct call_table table;  /* format table: the rows until the end */
    struct progress progress; /* the reader's thread */
    atomic_uint_fast64_t calls;
    uint64_t hidden; /* calls without a start */
    struct one_way one_way;
    struct storing *storing;     /* NULL: nothing is stored */
    struct kept *kept;           /* NULL: packets are not kept */
    struct watch *watch;         /* NULL: nobody watches */
    struct retention *retention; /* NULL: nothing is stored, or no capture */
    const struct inputs *inputs;
    bool messages;
    bool live;                  /* rows are printed as they come */
    bool print_none;            /* nobody asked for calls to be printed */
    struct copy_window *copies; /* to mark listed messages; NULL: not */
};

static int64_t clock_now_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Rows that cannot be printed stop the run only where it prints alone. */
static int pass_on(struct reading *r)
{
    size_t least = r->live ? 1 : OUTPUT_BYTES;
    int rc;

    if (r->text.length < least && !r->text.failed)
        return 0;
    rc = r->text.failed ? -ENOMEM : output_write(&r->text);
    return rc == -ENOMEM || !r->storing ? rc : 0;
}

/* A table of the first calls: of the others nobody sees a key. */
static bool needs_key(void *arg, int64_t first_at)
{
    const struct reading *r = arg;

    return !r->messages && !r->print_none &&
           call_table_wants(&r->table, first_at);
}

static int take_call(void *arg, const struct call_record *record)
{
    struct reading *r = arg;
    const struct report_call call = {
        .record = record,
        .sensor = span_of_string(r->settings->value[OPTION_SENSOR])};

    if (r->storing) {
        const struct record_sink *store = &r->storing->sink;
        int rc = store->call_fn(store->arg, record);

        if (rc)
            return rc;
    }
    (void)atomic_fetch_add_explicit(&r->calls, 1, memory_order_relaxed);
    one_way_add(&r->one_way, record);
    watch_call(r->watch, record);
    if (r->messages || r->print_none)
        return 0;
    if (record->evidence & 1u << EVIDENCE_NO_START &&
        !r->settings->given[OPTION_ALL]) {
        r->hidden++;
        return 0;
    }
    if (r->settings->format == REPORT_TABLE && !r->live)
        return call_table_add(&r->table, record);
    if (r->settings->format == REPORT_TABLE)
        report_call_line(record, &r->style, &r->text);
    else
        report_call_row(&call, r->settings->format, &r->text);
    return pass_on(r);
}

static int take_message(void *arg, const struct observation *seen)
{
    struct reading *r = arg;
    struct observation marked;

    if (r->storing)
        storing_count_message(r->storing, seen);
    watch_message(r->watch, seen);
    if (!r->messages)
        return 0;
    marked = *seen;
    if (r->copies)
        marked.duplicate =
            copy_window_observe(r->copies,
                                hash_stable(seen->message.text.data,
                                            seen->message.text.length, 0),
                                &seen->arrival) != COPY_NONE;
    report_message(&marked, NULL, r->settings->format, &r->style, &r->text);
    return pass_on(r);
}

static int take_packet(void *arg, const struct packet *packet,
                       const struct layers *layers)
{
    struct reading *r = arg;

    if (r->storing)
        storing_count_packet(r->storing, packet, layers);
    if (r->kept)
        kept_push(r->kept, packet);
    return 0;
}

static int take_part(void *arg, const struct exchange_part *part)
{
    struct reading *r = arg;

    return r->storing->sink.part_fn(r->storing->sink.arg, part);
}

static int take_dialog(void *arg, const struct dialog_record *dialog)
{
    struct reading *r = arg;

    return r->storing->sink.dialog_fn(r->storing->sink.arg, dialog);
}

static int take_gap(void *arg, const struct capture_gap *gap)
{
    struct reading *r = arg;

    if (!r->storing)
        return 0;
    return r->storing->sink.gap_fn(r->storing->sink.arg, gap);
}

static int take_registration(void *arg, const struct registration_record *g)
{
    struct reading *r = arg;

    if (!r->storing)
        return 0;
    return r->storing->sink.registration_fn(r->storing->sink.arg, g);
}

static int take_subscription(void *arg, const struct subscription_record *u)
{
    struct reading *r = arg;

    if (!r->storing)
        return 0;
    return r->storing->sink.subscription_fn(r->storing->sink.arg, u);
}

static int take_endpoint(void *arg, const struct endpoint_record *endpoint)
{
    struct reading *r = arg;

    return r->storing->sink.endpoint_fn(r->storing->sink.arg, endpoint);
}

static int take_live(void *arg, const struct call_record *record)
{
    struct reading *r = arg;

    return r->storing->sink.live_fn(r->storing->sink.arg, record);
}

static int take_tick(void *arg, int64_t clock_ns)
{
    struct reading *r = arg;

    return r->storing->sink.tick_fn(r->storing->sink.arg, clock_ns);
}

static int take_up(void *arg, struct correlator *c)
{
    struct reading *r = arg;

    return resuming_run(r->settings, r->inputs, r->storing, c);
}

static void reload(struct reading *r)
{
    struct settings fresh;
    bool taken;

    signals_reload = 0;
    watch_reloading(r->watch);
    if (r->kept)
        kept_reopen(r->kept);
    taken = settings_reload(r->settings, &fresh);
    if (taken) {
        retention_change(r->retention, &fresh);
        log_line(LOG_INFO, "the configuration was read again");
        settings_fini(&fresh);
    }
    watch_reloaded(r->watch, taken);
}

static void show_progress(void *arg, const struct pipeline_progress *p)
{
    struct reading *r = arg;
    const struct progress_state state = {
        .packets = p->packets,
        .calls = atomic_load_explicit(&r->calls, memory_order_relaxed),
        .position_bytes = p->position_bytes,
        .size_bytes = p->size_bytes,
    };
    const struct watched watched = {
        .writer = r->storing ? r->storing->writer : NULL, .kept = r->kept};

    if (r->live)
        output_flush();
    if (r->kept)
        kept_tick(r->kept);
    if (signals_reload && r->live)
        reload(r);
    watch_progress(r->watch, p, &watched);
    progress_draw(&r->progress, clock_now_ns(), &state);
}

static int reading_init(struct reading *r, const struct settings *s, bool live)
{
    bool streams = s->format != REPORT_TABLE || s->given[OPTION_MESSAGES] ||
                   (live && s->given[OPTION_NO_STORE]);
    /* Rows and a progress line on one terminal would run into each other. */
    bool silent = s->verbosity < 0 || !output_error_is_terminal() ||
                  (streams && output_is_terminal());

    *r = (struct reading){
        .settings = s,
        .style = output_style(),
        .messages = s->given[OPTION_MESSAGES],
        .live = live,
        .print_none =
            live && !s->given[OPTION_FORMAT] && !s->given[OPTION_NO_STORE],
    };
    text_init(&r->text);
    call_table_init(&r->table, s->limit);
    progress_init(&r->progress, silent ? NULL : stderr, output_error_width(),
                  clock_now_ns());
    if (!r->messages || s->given[OPTION_KEEP_DUPLICATES])
        return 0;
    return copy_window_new(correlator_limits_default.copy_window_ns,
                           &r->copies);
}

static void reading_fini(struct reading *r)
{
    copy_window_free(r->copies);
    progress_fini(&r->progress);
    call_table_fini(&r->table);
    text_fini(&r->text);
}

static void print_heading(struct reading *r)
{
    enum report_format format = r->settings->format;

    if (r->print_none && !r->messages)
        return;
    if (r->messages)
        report_message_heading(format, &r->style, &r->text);
    else if (format == REPORT_CSV || format == REPORT_TSV)
        report_call_heading(format, &r->text);
}

static void print_rest(struct reading *r)
{
    uint64_t more = r->table.added - r->table.count;

    call_table_write(&r->table, &r->style, &r->text);
    (void)output_write(&r->text);
    if (r->settings->verbosity < 0)
        return;
    if (more)
        log_line(LOG_WARNING, "%" PRIu64 " more: %s", more,
                 r->storing ? "siptrail calls" : "--limit shows them");
    if (r->hidden)
        log_line(LOG_WARNING,
                 "%" PRIu64 " calls whose start was not seen: --all shows them",
                 r->hidden);
}

static void warn_of_one_way(const struct reading *r)
{
    struct text line;

    if (!r->one_way.calls || r->settings->verbosity < 0)
        return;
    text_init(&line);
    one_way_write(&r->one_way, &line);
    if (!line.failed)
        log_line(LOG_WARNING, "%.*s", SPAN_ARG(text_span(&line)));
    text_fini(&line);
}

static void print_account(struct reading *r, const struct pipeline_result *p)
{
    struct account_store store = {.used = r->storing != NULL};
    struct writer_counters counters;
    struct writer_spool spool;
    struct text text;

    if (r->settings->verbosity < 0)
        return;
    if (r->settings->value[OPTION_FILTER])
        log_line(LOG_INFO,
                 "filter '%s': also asked of what is inside tunnels, tags and "
                 "fragments, where %" PRIu64 " packets passed",
                 r->settings->value[OPTION_FILTER], p->matched_inside);
    if (r->storing) {
        writer_counters_read(r->storing->writer, &counters);
        store.stored = counters.messages;
        store.duplicates = counters.messages_known;
        store.quarantined = counters.messages_lost;
        if (writer_spool_read(r->storing->writer, &spool)) {
            store.spooled = spool.messages_spooled;
            store.dropped = spool.messages_dropped;
        }
    }
    text_init(&text);
    (void)report_account(p, r->storing || !r->messages, &store, &text);
    (void)text_flush(&text, stderr);
    text_fini(&text);
}

static int run_pipeline(struct reading *r, struct inputs *in,
                        struct pipeline_result *result, struct error *err)
{
    const struct settings *s = r->settings;
    bool live = in->live && r->storing;
    bool brief = !r->storing && s->format == REPORT_TABLE;
    const struct record_sink sink = {
        .arg = r,
        .wants_messages = r->storing != NULL,
        .skips_verdicts = brief,
        .needs_key_fn = brief && !in->live ? needs_key : NULL,
        .part_fn = r->storing ? take_part : NULL,
        .dialog_fn = r->storing ? take_dialog : NULL,
        .call_fn = take_call,
        .gap_fn = take_gap,
        .subscription_fn = take_subscription,
        .endpoint_fn = r->storing ? take_endpoint : NULL,
        .live_fn = live ? take_live : NULL,
        .tick_fn = live ? take_tick : NULL,
        .registration_fn = take_registration};
    const struct pipeline_options options = {
        .paths = in->paths,
        .path_count = in->path_count,
        .capture = in->capture,
        .live = in->live,
        .filter = s->value[OPTION_FILTER],
        .shards = (size_t)s->number[OPTION_SHARDS],
        .no_fingerprint = !r->storing,
        .packet_cap = s->packet_cap,
        .memory_bytes = s->number[OPTION_MAX_MEMORY],
        .correlator.sensor = span_of_string(s->value[OPTION_SENSOR]),
        .correlator.keep_copies = s->given[OPTION_KEEP_DUPLICATES],
        .correlator.headers = s->headers,
        .correlator.header_count = s->header_count,
        .sink = r->messages && !r->storing ? NULL : &sink,
        .message_fn =
            r->messages || r->storing || r->watch ? take_message : NULL,
        .begin_fn = live ? take_up : NULL,
        .begin_arg = r,
        .message_arg = r,
        .packet_fn = r->storing || r->kept ? take_packet : NULL,
        .packet_arg = r,
        .progress_fn = show_progress,
        .progress_arg = r,
        .stop = &signals_stop,
    };
    int rc;

    r->inputs = in;
    in->capture = NULL;
    rc = pipeline_run(&options, result, err);
    watch_stopping(r->watch);
    keeping_end(r->kept, s);
    r->kept = NULL;
    if (r->storing)
        rc = storing_end(r->storing, result, rc, err);
    progress_clear(&r->progress);
    return rc;
}

static int run(struct reading *r, struct inputs *in)
{
    struct pipeline_result result;
    struct error err = {0};
    int rc;

    print_heading(r);
    rc = run_pipeline(r, in, &result, &err);
    print_rest(r);
    /* Output that failed is output_finish()'s to name. */
    if (rc && output_closed() && !r->storing)
        rc = 0;
    if (result.capture)
        print_account(r, &result);
    if (r->storing && result.correlator.calls_left)
        log_line(LOG_INFO,
                 "%" PRIu64
                 " calls are not closed yet: the next start takes them up",
                 result.correlator.calls_left);
    warn_of_one_way(r);
    if (rc)
        log_line(LOG_ERROR, "%s", *err.text ? err.text : strerror(-rc));
    else if (signals_stop && !in->live)
        log_line(LOG_ERROR, "interrupted after %" PRIu64 " packets",
                 result.packets);
    rc = rc || (signals_stop && !in->live)  ? CLI_FAILED
         : result.damaged || in->unreadable ? CLI_DAMAGED
                                            : CLI_DONE;
    pipeline_result_fini(&result);
    return rc;
}

static int run_stored(struct reading *r, struct inputs *in)
{
    struct storing storing;
    struct error err = {0};
    int rc = storing_begin(r->settings, in, &storing, &err);

    if (!rc && in->live)
        rc = retention_start(r->settings, &r->retention, &err);
    r->storing = &storing;
    if (rc) {
        log_line(LOG_ERROR, "%s (--no-store reads without a database)",
                 err.text);
        rc = CLI_FAILED;
    } else {
        rc = run(r, in);
    }
    r->storing = NULL;
    retention_stop(r->retention);
    r->retention = NULL;
    storing_fini(&storing);
    return rc;
}

static int run_here(struct reading *r, struct inputs *in)
{
    const struct settings *s = r->settings;
    struct error err = {0};
    int rc = 0;

    if (in->live)
        rc = keeping_begin(s, in, &r->kept, &err);
    else if (s->given[OPTION_NO_STORE])
        rc = guard_read(s, &err);
    if (rc) {
        log_line(LOG_ERROR, "%s", err.text);
        return CLI_FAILED;
    }
    rc = s->given[OPTION_NO_STORE] ? run(r, in) : run_stored(r, in);
    kept_free(r->kept, NULL);
    return rc;
}

int reading_run(const struct settings *s, struct inputs *in,
                struct watch *watch)
{
    struct reading r;
    struct error err = {0};
    int rc = CLI_FAILED;

    signals_init();
    if (reading_init(&r, s, in->live))
        log_line(LOG_ERROR, "out of memory");
    else if (watch_start(watch, &err))
        log_line(LOG_ERROR, "%s", err.text);
    else {
        r.watch = watch;
        rc = run_here(&r, in);
    }
    reading_fini(&r);
    return rc;
}
