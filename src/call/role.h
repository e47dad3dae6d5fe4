/**
 * Roles read off transactions. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_ROLE_H
#define SIPTRAIL_CALL_ROLE_H

#include "call/state.h"

/** Count what the first final of a transaction shows of its two ends. */
void role_observe(struct correlator *c, const struct sighting *s);

#endif
