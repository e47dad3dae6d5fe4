/**
 * Messages of an exchange that wait to be handed on. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_PENDING_H
#define SIPTRAIL_CALL_PENDING_H

#include "call/state.h"

/** A message that waits to be handed on in a part. */
struct pending {
    struct pending *next;            /* of the newest: the oldest */
    struct transaction *transaction; /* NULL for none, or once it is gone */
    struct observation *owned;
    size_t text_bytes; /* of the message: to be had without a look at it */
    struct message_record record;
};

/** Since when its oldest message waits, of which there is one. */
static inline int64_t exchange_pending_since_ns(const struct exchange *x)
{
    return x->pending->next->owned->arrival.time_ns;
}

/** The oldest that waits, of which there is one, is the caller's. */
struct pending *exchange_take_pending(struct correlator *c, struct exchange *x);

#endif
