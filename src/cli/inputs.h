/**
 * The capture files, or the interfaces, that a command line names.
 */
#ifndef SIPTRAIL_CLI_INPUTS_H
#define SIPTRAIL_CLI_INPUTS_H

#include "cli/settings.h"

struct capture;

struct inputs {
    const char **paths; /* owned array; those that can be read, or interfaces */
    size_t path_count;
    size_t unreadable;       /* each was named on stderr */
    bool live;               /* interfaces */
    struct capture *capture; /* of them, once open; owned, or NULL */
};

/**
 * Look at each file named by -r and by the operands. One that cannot be read
 * among several is named on stderr and left out.
 *
 * @return CLI_DONE; CLI_FAILED where none is left, or CLI_USAGE where none is
 *         named or the filter is wrong: both said on stderr
 */
int inputs_init(const struct settings *s, struct inputs *inputs_out);
/**
 * The interfaces named by -i, not yet open.
 *
 * @return CLI_DONE, or CLI_FAILED or CLI_USAGE, said on stderr
 */
int inputs_init_live(const struct settings *s, struct inputs *inputs_out);
/** Only @p path, as --file names it. */
int inputs_init_file(const struct settings *s, const char *path,
                     struct inputs *inputs_out);
/** Standard input, a pipe and the like: what was read of it is gone. */
bool inputs_read_once(const char *path);
void inputs_fini(struct inputs *inputs);

#endif
