/**
 * `siptrail capture --check-config`.
 */
#ifndef SIPTRAIL_CLI_CHECK_H
#define SIPTRAIL_CLI_CHECK_H

#include "cli/inputs.h"

/**
 * Check what the settings name: what is wrong for good is an error, what may
 * be there by the time of the capture a warning; each on stderr. Then print
 * all settings in force.
 *
 * @return CLI_DONE, warnings or not; else CLI_USAGE
 */
int check_config(const struct settings *s);

#endif
