/**
 * The commands of the program.
 */
#ifndef SIPTRAIL_CLI_COMMAND_H
#define SIPTRAIL_CLI_COMMAND_H

#include "cli/settings.h"

#define SIPTRAIL_VERSION "0.1.0"

struct cli_command {
    const char *name;
    const char *arguments; /* behind the name, as usage shows it */
    const char *summary;   /* one line */
    const char *notes;     /* more lines of its help, or NULL */
    /** Those it takes, up to OPTION_END; NULL: argv goes on untouched. */
    const enum cli_option *options;
    /** Takes settings from the environment and a configuration file, too. */
    bool configured;
    /** @return A code of enum cli_exit */
    int (*run_fn)(const struct settings *settings);
    /** In place of run_fn where options is NULL. */
    int (*run_raw_fn)(int argc, char **argv);
};

extern const struct cli_command cli_read;
extern const struct cli_command cli_capture;
extern const struct cli_command cli_calls;
extern const struct cli_command cli_show;
extern const struct cli_command cli_ladder;
extern const struct cli_command cli_export;
extern const struct cli_command cli_stats;
extern const struct cli_command cli_sql;
extern const struct cli_command cli_db;

#endif
