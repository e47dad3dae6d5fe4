/**
 * A command line, read: what options said and what is left of it.
 */
#ifndef SIPTRAIL_CLI_SETTINGS_H
#define SIPTRAIL_CLI_SETTINGS_H

#include "call/correlator.h"
#include "report/row.h"

/** The program's exit codes. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_DAMAGED = 3 /* done, but the input was damaged */
};

/** Every option of every command; a command takes some of them. */
enum cli_option {
    OPTION_READ_FILE,
    OPTION_FILTER,
    OPTION_COUNT_MAX,
    OPTION_NO_STORE,
    OPTION_DB,
    OPTION_SENSOR,
    OPTION_HEADER,
    OPTION_MESSAGES,
    OPTION_FORMAT,
    OPTION_FILE,
    OPTION_OUTPUT,
    OPTION_WRITE,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_FROM,
    OPTION_TO,
    OPTION_NUMBER,
    OPTION_IP,
    OPTION_CALL_ID,
    OPTION_DISPOSITION,
    OPTION_STATUS,
    OPTION_MIN_PDD,
    OPTION_MIN_DURATION,
    OPTION_MAX_DURATION,
    OPTION_LIMIT,
    OPTION_ALL,
    OPTION_BY,
    OPTION_DUPLICATES,
    OPTION_KEEP_DUPLICATES,
    OPTION_NUMERIC,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_HELP,
    OPTION_END /* how many there are; ends a command's list */
};

struct cli_command;

struct settings {
    const struct cli_command *command;
    char **operands; /* what is no option; points into argv, NULL after it */
    size_t operand_count;
    bool given[OPTION_END];
    const char *value[OPTION_END]; /* the last one given; from argv or NULL */
    const char **read_files;       /* each -r, owned; then the operands */
    size_t read_file_count;
    struct span headers[CUSTOM_HEADERS_MAX]; /* each --header, from argv */
    size_t header_count;
    enum report_format format;
    uint64_t packet_cap; /* 0: none */
    size_t limit;
    int verbosity; /* -1 quiet, 0, 1 for -v, 2 for -vv */
};

#define CLI_LIMIT_DEFAULT 1000

/**
 * Read the options of a command; prints one line where they are wrong.
 *
 * @param argv  argv[0] is the command's name
 * @return CLI_DONE or CLI_USAGE; -1 where --help was printed. Then, too,
 *         settings_fini() it
 */
int settings_read(const struct cli_command *command, int argc, char **argv,
                  struct settings *settings_out);
void settings_fini(struct settings *s);

/** One line on stderr with where to look further. @return CLI_USAGE */
int cli_usage_error(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** What `siptrail COMMAND --help` prints. */
void cli_command_help(const struct cli_command *command, FILE *out);

#endif
