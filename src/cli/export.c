/*
 * siptrail export: the packets of calls, as a capture file.
 */
#include "cli/export.h"

#include <inttypes.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/filter.h"

#define CALLS_MAX 100000

static int export_calls(const struct settings *s, const struct picked *picked)
{
    const char *path = s->value[OPTION_WRITE];
    struct capture_writer *writer = NULL;
    struct error err = {0};
    uint64_t count = 0;
    uint64_t missing = 0;
    int rc = capture_writer_new(path, &writer, &err);

    if (!rc)
        rc = s->value[OPTION_FILE]
                 ? export_original(picked, s, writer, &count, &err)
                 : export_rebuilt(picked, writer, &count, &missing, &err);
    if (rc)
        capture_writer_free(writer);
    else
        rc = capture_writer_finish(writer, &err);
    if (rc) {
        log_line(LOG_ERROR, "%s", *err.text ? err.text : strerror(-rc));
        return CLI_FAILED;
    }
    if (missing)
        log_line(LOG_WARNING,
                 "the texts of %" PRIu64
                 " messages were dropped by retention: those are left out",
                 missing);
    if (s->verbosity >= 0)
        (void)fprintf(stderr, "%" PRIu64 " packets of %zu call%s into %s\n",
                      count, picked->count, picked->count == 1 ? "" : "s",
                      strcmp(path, "-") == 0 ? "standard output" : path);
    return picked->damaged ? CLI_DAMAGED : CLI_DONE;
}

static int run_export(const struct settings *s)
{
    struct picked picked;
    int rc;

    if (!s->value[OPTION_WRITE])
        return cli_usage_error(s->command,
                               "into which file? -w FILE, or -w - for "
                               "standard output");
    rc = pick_calls(s, CALLS_MAX, &picked);
    if (rc == CLI_DONE)
        rc = export_calls(s, &picked);
    picked_fini(&picked);
    return rc;
}

static const enum cli_option accepted[] = {
    OPTION_WRITE,   OPTION_FILE,  OPTION_FILTER,  OPTION_DB, OPTION_SENSOR,
    FILTER_OPTIONS, OPTION_QUIET, OPTION_VERBOSE, OPTION_END};

const struct cli_command cli_export = {
    .name = "export",
    .arguments = "[options] CALL... -w FILE",
    .summary = "the packets of calls, as a capture file",
    .notes = "CALL is a call's key, a unique beginning of one (4 digits or "
             "more), or a Call-ID;\nfilters choose calls where none is named, "
             "and with --file none need be where the\nfile has one call. A "
             "name that ends in .pcap makes a pcap file, any other\npcapng. "
             "With --file these are the original packets, without it packets "
             "made anew\naround the stored messages.\n",
    .options = accepted,
    .run_fn = run_export,
};
