/**
 * A sink that several threads may call: one at a time. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_SHARED_SINK_H
#define SIPTRAIL_CALL_SHARED_SINK_H

#include "call/state.h"

/** The owner's sink, behind its lock; borrows the owner. */
struct record_sink shared_sink_of(struct owner *o);

#endif
