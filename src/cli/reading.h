/**
 * A run over captures, as read and capture do it: the pipeline, what is
 * printed on the way, the database, and the closing account.
 */
#ifndef SIPTRAIL_CLI_READING_H
#define SIPTRAIL_CLI_READING_H

#include "cli/inputs.h"

/**
 * Run over all of @p in, storing unless the settings say --no-store. An open
 * capture in it is used up.
 *
 * @return A code of enum cli_exit; what went wrong was said on stderr
 */
int reading_run(const struct settings *s, struct inputs *in);

#endif
