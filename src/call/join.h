/**
 * What a message says that may concern other Call-IDs: it waits in its
 * correlator for the owner (owner.h). Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_JOIN_H
#define SIPTRAIL_CALL_JOIN_H

#include "call/registration.h"
#include "call/state.h"

struct register_attempt;

/** A call's first INVITE, or a REGISTER that is complete. */
struct join {
    struct join *next;
    int64_t at_ns;
    uint64_t ordinal;               /* of the message */
    const struct observation *seen; /* held; NULL where no message is needed */
    struct exchange *exchange;      /* the call's; NULL once it is gone */
    struct register_attempt *attempt; /* NULL for a call; owned */
    struct register_fact fact;        /* borrows from both */
};

/** The call's first INVITE: does it name what other calls name, too? */
void join_call(struct correlator *c, struct exchange *x,
               const struct observation *seen);
/**
 * A REGISTER; the attempt becomes the owner's.
 *
 * @param final  NULL where none came
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int join_register(struct correlator *c,
                              const struct register_fact *fact,
                              const struct observation *final,
                              struct register_attempt *a);
/** The exchange goes before the owner's turn: it stays as it is. */
void join_forget(struct correlator *c, const struct exchange *x);
/** The owner's turn: all that waits, in the order of the packets. */
WARN_UNUSED int join_all(struct owner *o);
/** Released without being looked at. */
void join_drop_all(struct correlator *c);

#endif
