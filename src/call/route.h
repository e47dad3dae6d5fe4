/**
 * Which exchange and transaction a message belongs to. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_ROUTE_H
#define SIPTRAIL_CALL_ROUTE_H

#include "call/state.h"

/** Work out the sighting's key. */
void route_begin(struct sighting *s);
/** Sets the sighting's exchange, transaction, dialog. @return 0 or -ENOMEM */
int route_message(struct correlator *c, struct sighting *s);
/** A transaction for the sighting, of its exchange. */
struct transaction *route_add_transaction(struct correlator *c,
                                          struct sighting *s);

#endif
