/**
 * Headers that the user asked for by name. Internal to src/call.
 *
 * Names are those of correlator_limits.headers. Of each the first message of
 * the call that carries it counts: an INVITE's mostly, but also what a BYE
 * says of the media.
 */
#ifndef SIPTRAIL_CALL_CUSTOM_H
#define SIPTRAIL_CALL_CUSTOM_H

#include "call/state.h"

/** Look at a message of the call that is no copy. */
void custom_observe(struct correlator *c, struct call *call,
                    const struct sip_message *m);
/** Fill in the record: a JSON object, its text in the exchange's texts. */
void custom_set(struct correlator *c, const struct call *call,
                struct call_record *r);

#endif
