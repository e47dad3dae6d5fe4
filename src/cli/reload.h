/**
 * SIGHUP: the settings read again while a capture runs.
 */
#ifndef SIPTRAIL_CLI_RELOAD_H
#define SIPTRAIL_CLI_RELOAD_H

#include "cli/settings.h"

/**
 * Read flags, environment and file as at the start. What has changed is
 * logged, and of what cannot change in a run, that it waits for the next.
 *
 * @param begun  As the run began: what cannot change is as it says
 * @param fresh  Set where it went well; settings_fini() it
 * @return false: refused, said in the log; nothing is to change
 */
bool settings_reload(const struct settings *begun, struct settings *fresh_out);

/** Does a change of it take effect while a capture runs? */
bool setting_reloads(enum cli_option option);

#endif
