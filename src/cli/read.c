/*
 * siptrail read: analyse capture files, store, print the calls.
 */
#include "cli/command.h"
#include "cli/reading.h"

static int run_read(const struct settings *s)
{
    struct inputs in;
    int rc = inputs_init(s, &in);

    if (rc == CLI_DONE)
        rc = reading_run(s, &in, NULL);
    inputs_fini(&in);
    return rc;
}

static const enum cli_option accepted[] = {
    OPTION_READ_FILE, OPTION_FILTER,
    OPTION_COUNT_MAX, OPTION_NO_STORE,
    OPTION_DB,        OPTION_SENSOR,
    OPTION_SHARDS,    OPTION_MAX_MEMORY,
    OPTION_HEADER,    OPTION_MESSAGES,
    OPTION_FORMAT,    OPTION_LIMIT,
    OPTION_ALL,       OPTION_KEEP_DUPLICATES,
    OPTION_NUMERIC,   OPTION_NO_CONFINE,
    OPTION_QUIET,     OPTION_VERBOSE,
    OPTION_END};

const struct cli_command cli_read = {
    .name = "read",
    .arguments = "[options] FILE...",
    .summary = "analyse capture files, store what they hold, print the calls",
    .notes = "FILE is pcap or pcapng, plain or packed by gzip or zstd; - is "
             "standard input.\nSeveral files are read as one, in the order of "
             "their packets' times.\n",
    .options = accepted,
    .run_fn = run_read,
};
