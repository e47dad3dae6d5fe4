/**
 * What a message does to its call, and to dialogs. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_PROGRESS_H
#define SIPTRAIL_CALL_PROGRESS_H

#include "call/state.h"

void call_observe(struct correlator *c, struct call *call, struct sighting *s);
/** Add a dialog to the call's list. */
void call_add_dialog(struct call *call, struct dialog *d);
/** The dialog of these tags, made where it is not yet there; may be NULL. */
struct dialog *call_get_dialog(struct correlator *c, struct call *call,
                               struct group *g, struct span caller_tag,
                               struct span callee_tag);
/** Responses and requests of subscriptions. */
void subscription_observe(struct correlator *c, struct exchange *x,
                          struct sighting *s);

#endif
