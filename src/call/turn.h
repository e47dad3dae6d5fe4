/**
 * A correlator's part in its owner's turn (owner.h), while nobody feeds it.
 * Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_TURN_H
#define SIPTRAIL_CALL_TURN_H

#include "call/state.h"

WARN_UNUSED int turn_begin(struct correlator *c, struct owner *o,
                           const struct correlator_limits *limits,
                           const struct record_sink *sink);
/** What it holds is released, not handed on. */
void turn_free(struct correlator *c);

/** Time passes: due timers fire. */
void turn_fire(struct correlator *c, int64_t now_ns);
/** What has changed is told of. */
void turn_tell(struct correlator *c);
/** End of input: all is handed on, or left open. */
void turn_end(struct correlator *c);

/** The first error since the last call. */
WARN_UNUSED int turn_take_failure(struct correlator *c);

#endif
