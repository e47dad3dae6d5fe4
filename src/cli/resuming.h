/**
 * The start of a live capture: what its last run left open is taken up.
 */
#ifndef SIPTRAIL_CLI_RESUMING_H
#define SIPTRAIL_CLI_RESUMING_H

#include "cli/storing.h"

/**
 * Wait for the database as long as the settings say, then take up calls,
 * subscriptions and bindings of this sensor and these interfaces. What hinders
 * it is said, and the capture begins without.
 *
 * @return 0, or -ENOMEM
 */
WARN_UNUSED int resuming_run(const struct settings *s, const struct inputs *in,
                             struct storing *st, struct correlator *c);

#endif
