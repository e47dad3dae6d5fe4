/**
 * The options of the program: one table for flags, the environment and the
 * configuration file, see option.def.
 */
#ifndef SIPTRAIL_CLI_OPTION_H
#define SIPTRAIL_CLI_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum cli_option {
#define OPTION(NAME, letter, name, argument, help) OPTION_##NAME,
#define SETTING(NAME, letter, name, argument, section, kind, allowed, without, \
                help)                                                          \
    OPTION_##NAME,
#include "cli/option.def"
#undef OPTION
#undef SETTING
    OPTION_END /* how many there are; ends a command's list */
};

enum option_kind {
    OPTION_KIND_TEXT,
    OPTION_KIND_SECRET, /* text that may hold a password */
    OPTION_KIND_PATH,   /* text that names a file or a directory */
    OPTION_KIND_LIST,   /* text, several times */
    OPTION_KIND_FLAG,   /* in a file: yes or no */
    OPTION_KIND_LEVEL,  /* a flag that counts; in a file: the number */
    OPTION_KIND_WORD,   /* one of several */
    OPTION_KIND_NUMBER,
    OPTION_KIND_SIZE,    /* bytes */
    OPTION_KIND_DURATION /* milliseconds */
};

struct option_entry {
    char letter; /* 0 for none */
    const char *name;
    const char *argument; /* NULL for none */
    const char *help;
    const char *section; /* of the file; NULL: on the command line only */
    enum option_kind kind;
    const char *allowed; /* words or bounds, or NULL */
    const char *without; /* the default, or NULL */
};

const struct option_entry *option_entry_of(enum cli_option option);

/** @return OPTION_END where no option has this name */
enum cli_option option_find(const char *name);

/**
 * Is @p value one that this option takes?
 *
 * @param number_out  Of numbers, sizes (bytes), durations (ms) and levels;
 *                    of a flag 1 or 0; else untouched
 * @param err         "NAME wants ..., not '...'"
 * @return 0 or -EINVAL
 */
WARN_UNUSED int option_check(enum cli_option option, const char *value,
                             uint64_t *number_out, struct error *err);

/** The option most likely meant by a wrong name, or OPTION_END. */
enum cli_option option_nearest(const char *name);

/** Edits to make one word of the other, as far as that is below 3. */
unsigned option_distance(const char *a, const char *b);

#endif
