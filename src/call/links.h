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
#include "sip/message.h"

struct links {
    struct table table;
    struct pool pool;
    struct list age; /* the one unused for longest first */
    int64_t keep_ns; /* of packet time */
    uint64_t dropped;
    uint64_t expired;
};

struct call;
struct correlator;
struct join;
struct owner;

WARN_UNUSED int links_init(struct links *l, size_t cap, int64_t keep_ns);
/** Forget all. */
void links_fini(struct links *l);

/** Has it a name that other calls may have? */
static inline bool links_are_named(const struct sip_message *m)
{
    return sip_message_has(m, SIP_HEADER_SESSION_ID) ||
           sip_message_has(m, SIP_HEADER_P_CHARGING_VECTOR);
}

/** Join the call, whose first INVITE was seen, to those it shares names with.
 * Names come from its INVITE alone, so reading again finds the same. */
void links_join(struct owner *o, struct correlator *c, struct call *call,
                const struct join *j);
/** Forget what is too old. */
void links_expire(struct links *l, int64_t now_ns);

#endif
