/**
 * Calls that hand over to others: REFER and what its NOTIFYs say (RFC 3515;
 * 5589), Replaces (RFC 3891). Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_TRANSFER_H
#define SIPTRAIL_CALL_TRANSFER_H

#include "call/state.h"

/** The first INVITE of an attempt: Referred-By. */
void transfer_observe_invite(struct correlator *c, struct call *call,
                             const struct sip_message *m);
/** The owner's turn: the Replaces of that INVITE. */
void transfer_join(struct owner *o, struct correlator *c, struct call *call,
                   const struct sip_message *m);
/** A REFER or NOTIFY inside a dialog of the call. */
void transfer_observe(struct correlator *c, struct call *call,
                      const struct sighting *s);
/** Fill in the record. */
void transfer_set(const struct call *call, struct call_record *r);

#endif
