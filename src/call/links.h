/**
 * Names that calls of several Call-IDs share, legs of one end-to-end call: a
 * Session-ID or an icid, and the group that the first call of it began.
 * Internal to src/call.
 *
 * Bounded by correlator_limits.links, the name unused for longest goes first;
 * and by links_ns of packet time.
 */
#ifndef SIPTRAIL_CALL_LINKS_H
#define SIPTRAIL_CALL_LINKS_H

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "call/state.h"

/** Bytes of one, for the pool. */
size_t links_size(void);
/** Join the call, whose first INVITE was seen, to those it shares names with.
 * Names come from its INVITE alone, so reading again finds the same. */
void links_observe(struct correlator *c, struct call *call,
                   const struct sip_message *m);
/** Forget what is too old. */
void links_expire(struct correlator *c);
/** Forget all. */
void links_fini(struct correlator *c);

#endif
