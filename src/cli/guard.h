/**
 * What the program gives up before it reads what strangers sent.
 */
#ifndef SIPTRAIL_CLI_GUARD_H
#define SIPTRAIL_CLI_GUARD_H

#include "cli/settings.h"

/**
 * Of a capture whose interfaces are open: start the private server where it
 * is used, become an ordinary user, confine the process, and say what was
 * kept. From then on SIPTRAIL_DB names the private server. Before threads.
 */
WARN_UNUSED int guard_capture(const struct settings *s, struct error *err);

/**
 * Of read, once it has its database: no program is started any more, no file
 * made or changed. The user stays. Before threads.
 */
WARN_UNUSED int guard_read(const struct settings *s, struct error *err);

#endif
