/**
 * siptrail calls --live: the calls in progress, as they change.
 */
#ifndef SIPTRAIL_CLI_FOLLOWING_H
#define SIPTRAIL_CLI_FOLLOWING_H

#include "cli/settings.h"
#include "store/find.h"

/**
 * Ask the database each second until told to stop. On a terminal the newest
 * are drawn anew, into a pipe or another format each change is a row.
 *
 * @return enum cli_code
 */
int following_run(const struct settings *s, const struct call_filter *filter);

#endif
