/**
 * The configuration file: INI, every name a setting of option.def.
 */
#ifndef SIPTRAIL_CLI_CONFIG_H
#define SIPTRAIL_CLI_CONFIG_H

#include <stddef.h>

#include "cli/option.h"

/** Read where no other file is named and the user has none of his own. */
#define CONFIG_PATH "/etc/siptrail.conf"
#define CONFIG_NAME "siptrail.conf"
#define CONFIG_LINES_MAX 1000

struct config_line {
    enum cli_option option;
    char *value; /* owned; one word each of a list */
    unsigned line;
};

struct config {
    char *path;                /* owned */
    struct config_line *lines; /* owned; in the order of the file */
    size_t line_count;
    size_t faults;
};

/**
 * Read a file; each fault is one line on stderr: file, line, what is wrong
 * and what is allowed. A value may go on in the next line, behind a blank.
 *
 * @return 0; -EINVAL where there are faults; or another negative errno, said
 *         on stderr, too. config_fini() it either way
 */
WARN_UNUSED int config_read(const char *path, struct config *config_out);

/**
 * Add a setting with its value, the words of a list one by one; no check.
 *
 * @return 0, -ENOMEM, or -E2BIG beyond CONFIG_LINES_MAX
 */
WARN_UNUSED int config_add(struct config *config, enum cli_option o,
                           const char *value, unsigned line);
void config_fini(struct config *config);

/**
 * The file to read where none is named: $XDG_CONFIG_HOME (or ~/.config)
 * /siptrail.conf, else /etc/siptrail.conf.
 *
 * @return Owned by the caller; NULL where there is none
 */
char *config_path_find(void);

#endif
