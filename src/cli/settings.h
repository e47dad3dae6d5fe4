/**
 * A command line, read: what options said and what is left of it.
 */
#ifndef SIPTRAIL_CLI_SETTINGS_H
#define SIPTRAIL_CLI_SETTINGS_H

#include "call/correlator.h"
#include "cli/config.h"
#include "cli/option.h"
#include "report/row.h"

/** The program's exit codes. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_DAMAGED = 3 /* done, but the input was damaged */
};

/** Who said what an option is; the later the stronger. */
enum option_origin {
    ORIGIN_DEFAULT,
    ORIGIN_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_FLAG
};

struct cli_command;

struct settings {
    const struct cli_command *command;
    char **operands; /* what is no option; points into argv, NULL after it */
    size_t operand_count;
    int argc; /* as given to settings_read(), to read them again */
    char **argv;
    struct config file; /* empty where none was read */
    struct config environment;
    struct config flags;    /* of lists alone */
    bool given[OPTION_END]; /* by whomever */
    enum option_origin origin[OPTION_END];
    unsigned line[OPTION_END];     /* of the file, where it comes from there */
    const char *value[OPTION_END]; /* the last one given, else the default or
                                      NULL; lives as long as the settings */
    uint64_t number[OPTION_END];   /* of a setting that is a number: its value,
                                      bytes or milliseconds */
    const char **read_files;       /* each -r, owned; then the operands */
    size_t read_file_count;
    struct span headers[CUSTOM_HEADERS_MAX]; /* each --header */
    size_t header_count;
    enum report_format format;
    uint64_t packet_cap; /* 0: none */
    size_t limit;
    int verbosity; /* -1 quiet, 0, 1 for -v, 2 for -vv */
};

#define CLI_LIMIT_DEFAULT 1000
#define SETTINGS_LIST_MAX 64

/**
 * Read the options of a command; prints one line where they are wrong.
 *
 * Of a command with `configured` set, what no flag says is taken from the
 * environment (SIPTRAIL_NAME), then from the configuration file, then from
 * the defaults of option.def.
 *
 * @param argv  argv[0] is the command's name; kept until settings_fini()
 * @return CLI_DONE or CLI_USAGE; -1 where --help was printed. Then, too,
 *         settings_fini() it
 */
int settings_read(const struct cli_command *command, int argc, char **argv,
                  struct settings *settings_out);
void settings_fini(struct settings *s);
/** Let the log say as much as the settings ask for. */
void settings_set_log_level(const struct settings *s);

/**
 * Set an option to a value that stays as long as the settings; a flag of the
 * command line has none.
 *
 * @return 0 or a negative errno: "NAME wants ..."
 */
WARN_UNUSED int settings_set(struct settings *s, enum cli_option o,
                             const char *value, struct error *err);

/**
 * Take what no flag said from the environment, the file and the defaults.
 *
 * @return CLI_DONE or CLI_USAGE, said on stderr
 */
int settings_complete(struct settings *s);

/**
 * The values of a list, as the strongest who spoke gave them; borrowed.
 *
 * @return How many, SETTINGS_LIST_MAX at most
 */
size_t settings_list(const struct settings *s, enum cli_option o,
                     const char *values_out[SETTINGS_LIST_MAX]);

/**
 * Print every setting of the command as a configuration file, with where each
 * value comes from. A password is not shown.
 */
void settings_print(const struct settings *s, FILE *out);

/** One line on stderr with where to look further. @return CLI_USAGE */
int cli_usage_error(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool cli_command_takes(const struct cli_command *command,
                       enum cli_option option);
/** What `siptrail COMMAND --help` prints. */
void cli_command_help(const struct cli_command *command, FILE *out);

#endif
