/**
 * What a message breaks that only shows against those before it: names it.
 * Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_VIOLATIONS_H
#define SIPTRAIL_CALL_VIOLATIONS_H

#include "call/state.h"

/** Judge a message of a call, no copy, once call and dialog have taken it. */
void violations_observe(struct correlator *c, struct call *call,
                        struct sighting *s);
/** Might it show any? Most messages are not looked at. */
static inline bool violations_may_show(const struct sighting *s)
{
    if (!s->m->is_request)
        return s->m->cseq_method == SIP_INVITE;
    return s->is_new_transaction || s->m->method == SIP_ACK;
}

#endif
