/**
 * Records handed on to the sink. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_EMIT_H
#define SIPTRAIL_CALL_EMIT_H

#include "call/state.h"

/** Hand on the messages that wait. */
void exchange_hand_on_part(struct correlator *c, struct exchange *x);
/** Live: tell what has changed of it; it stays. */
void exchange_tell(struct correlator *c, struct exchange *x);
/** Hand on all of it, and free it. */
void exchange_hand_on(struct correlator *c, struct exchange *x,
                      enum call_occasion occasion);
/** The oldest messages go until limits are kept. */
void correlator_bound_pending(struct correlator *c);

#endif
