/**
 * How much all that is open may take, and what goes where that is too much.
 * Internal to src/call.
 *
 * Of use to nobody is an exchange that nobody answered, or one that is over
 * and only lingers: a flood is made of these. The longest of them goes first,
 * so that it pushes out no call that rings or talks; where they are few, the
 * oldest exchange of all goes.
 */
#ifndef SIPTRAIL_CALL_BOUND_H
#define SIPTRAIL_CALL_BOUND_H

#include "call/state.h"

/* All is measured each so many messages: they add little to it. */
#define BOUND_MEASURE_MESSAGES 32

/** Bytes that all exchanges and what belongs to them take now. Memory that one
 * kind of them gave back waits for the next of that kind. */
size_t bound_bytes(const struct correlator *c);
/** A new exchange: nobody has answered it. */
void bound_add(struct correlator *c, struct exchange *x);
void bound_remove(struct correlator *c, struct exchange *x);
/** What became of it with the message it took last. */
void bound_observe(struct correlator *c, struct exchange *x);
/** Who goes next; NULL where nothing is open. */
struct exchange *bound_victim(const struct correlator *c);
/** Is more taken than allowed, long texts or all? */
static inline bool bound_exceeded(const struct correlator *c)
{
    return c->call_id_bytes + c->texts_pool.large_bytes >
               c->limits.text_bytes ||
           (c->counters.messages % BOUND_MEASURE_MESSAGES == 0 &&
            bound_bytes(c) > c->limits.open_bytes);
}

#endif
