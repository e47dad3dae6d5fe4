/**
 * What a message breaks that only shows against those before it: names it.
 * Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_VIOLATIONS_H
#define SIPTRAIL_CALL_VIOLATIONS_H

#include "call/state.h"

/** Judge a message of a call, no copy, once call and dialog have taken it. */
void violations_observe(struct call *call, struct sighting *s);

#endif
