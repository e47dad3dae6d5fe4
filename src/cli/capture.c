/*
 * siptrail capture: watch interfaces until told to stop.
 */
#include "base/log.h"
#include "capture/capture.h"
#include "cli/check.h"
#include "cli/command.h"
#include "cli/guard.h"
#include "cli/keeping.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/watch.h"

static int open_interfaces(const struct settings *s, struct inputs *in)
{
    struct capture_live_options options = {
        .packets = {.filter = s->value[OPTION_FILTER], .unmatched_too = true},
        .interfaces = in->paths,
        .interface_count = in->path_count,
        .ring_bytes = (size_t)s->number[OPTION_BUFFER_SIZE] << 10,
        .snap_length = (uint32_t)s->number[OPTION_SNAPSHOT_LENGTH],
        .time_stamps = s->value[OPTION_TIME_STAMP_TYPE],
        .no_promiscuous = s->given[OPTION_NO_PROMISCUOUS],
    };
    struct error err = {0};

    if (!capture_open_live(&options, &in->capture, &err))
        return CLI_DONE;
    log_line(LOG_ERROR, "%s", err.text);
    return CLI_FAILED;
}

static int give_up_privileges(const struct settings *s)
{
    struct error err = {0};

    if (!guard_capture(s, &err))
        return CLI_DONE;
    log_line(LOG_ERROR, "%s", err.text);
    return CLI_FAILED;
}

/* Packets are kept from when the interfaces were opened. */
static void say_begun(const struct inputs *in)
{
    for (size_t i = 0; i < in->path_count; i++)
        log_line(LOG_INFO, "capturing on %s", in->paths[i]);
}

static int open_watch(const struct settings *s, struct watch **watch_out)
{
    struct error err = {0};

    if (!watch_new(s, watch_out, &err))
        return CLI_DONE;
    log_line(LOG_ERROR, "%s", err.text);
    return CLI_FAILED;
}

static int run_capture(const struct settings *s)
{
    struct watch *watch = NULL;
    struct inputs in;
    int rc;

    if (s->given[OPTION_CHECK_CONFIG])
        return check_config(s);
    signals_init_reload();
    rc = keeping_check(s);
    if (rc != CLI_DONE)
        return rc;
    rc = inputs_init_live(s, &in);
    if (rc == CLI_DONE)
        rc = open_interfaces(s, &in);
    if (rc == CLI_DONE)
        rc = open_watch(s, &watch);
    if (rc == CLI_DONE)
        rc = give_up_privileges(s);
    if (rc == CLI_DONE) {
        say_begun(&in);
        rc = reading_run(s, &in, watch);
    }
    watch_free(watch);
    inputs_fini(&in);
    return rc;
}

static const enum cli_option accepted[] = {OPTION_INTERFACE,
                                           OPTION_BUFFER_SIZE,
                                           OPTION_SNAPSHOT_LENGTH,
                                           OPTION_NO_PROMISCUOUS,
                                           OPTION_TIME_STAMP_TYPE,
                                           OPTION_FILTER,
                                           OPTION_COUNT_MAX,
                                           OPTION_WRITE,
                                           OPTION_ROTATE_SIZE,
                                           OPTION_ROTATE_TIME,
                                           OPTION_KEEP_SIZE,
                                           OPTION_KEEP_FREE,
                                           OPTION_COMPRESS,
                                           OPTION_USER,
                                           OPTION_NO_CONFINE,
                                           OPTION_NO_STORE,
                                           OPTION_DB,
                                           OPTION_SPOOL,
                                           OPTION_SPOOL_SIZE,
                                           OPTION_SPOOL_AGE,
                                           OPTION_TAKE_UP_WAIT,
                                           OPTION_SENSOR,
                                           OPTION_SHARDS,
                                           OPTION_KEEP,
                                           OPTION_KEEP_TEXT,
                                           OPTION_MAX_SIZE,
                                           OPTION_MAX_MEMORY,
                                           OPTION_HEADER,
                                           OPTION_MESSAGES,
                                           OPTION_FORMAT,
                                           OPTION_ALL,
                                           OPTION_KEEP_DUPLICATES,
                                           OPTION_NUMERIC,
                                           OPTION_METRICS,
                                           OPTION_CONFIG,
                                           OPTION_CHECK_CONFIG,
                                           OPTION_QUIET,
                                           OPTION_VERBOSE,
                                           OPTION_END};

const struct cli_command cli_capture = {
    .name = "capture",
    .arguments = "-i IFACE [options]",
    .summary = "watch interfaces until told to stop, store as it goes",
    .notes = "With --no-store or --format calls are printed as they end.\n"
             "SIGINT and SIGTERM end it: what is known is stored, the account "
             "printed.\n",
    .options = accepted,
    .configured = true,
    .run_fn = run_capture,
};
