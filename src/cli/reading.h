/**
 * A run over captures, as read and capture do it: the pipeline, what is
 * printed on the way, the database, and the closing account.
 */
#ifndef SIPTRAIL_CLI_READING_H
#define SIPTRAIL_CLI_READING_H

#include "cli/inputs.h"

struct watch;

/**
 * Run over all of @p in, storing unless the settings say --no-store. An open
 * capture in it is used up.
 *
 * @param watch  Of a capture, not started yet; NULL where nobody watches
 * @return A code of enum cli_exit; what went wrong was said on stderr
 */
int reading_run(const struct settings *s, struct inputs *in,
                struct watch *watch);

#endif
