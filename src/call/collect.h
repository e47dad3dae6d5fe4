/**
 * From an open call to plain facts. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_COLLECT_H
#define SIPTRAIL_CALL_COLLECT_H

#include "call/state.h"
#include "call/verdict.h"

void call_collect(const struct correlator *c, const struct call *call,
                  enum call_occasion occasion, struct call_facts *facts_out,
                  uint32_t *evidence);
/** What a sentence on the call needs beside its record. */
void call_collect_verdict(const struct call *call, const struct call_facts *f,
                          const struct call_end *end,
                          struct verdict_facts *verdict_out);
/** R10 (a): does its session timer run, its refresher seen to speak since
 * it was set, and the dialog silent? */
bool call_timer_applies(const struct dialog *d);
/** The dialog that was answered, or NULL. */
struct dialog *call_answered_dialog(const struct call *call);
/** As below, where the reference hop has none. */
const struct invite *call_final_of_other_hop(const struct call *call);
/** The INVITE that the last round's final is taken from. */
static inline const struct invite *call_final_invite(const struct call *call)
{
    const struct invite *ref = call->current;

    if (!ref || ref->is_reinvite)
        return NULL;
    return ref->status_code ? ref : call_final_of_other_hop(call);
}
const struct invite *call_round_reference(const struct call *call,
                                          uint16_t round);

#endif
