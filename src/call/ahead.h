/**
 * The first look at messages: which transaction each is of. What they lead to
 * is fetched for all of them at once; one after the other, each step of the
 * way would wait for memory. The same for exchanges that end. Internal to
 * src/call.
 */
#ifndef SIPTRAIL_CALL_AHEAD_H
#define SIPTRAIL_CALL_AHEAD_H

#include "call/state.h"

/**
 * Work out the sightings' keys, which route_message() needs, and have the
 * places in the tables fetched. Best done while others are looked at.
 *
 * @param count  CORRELATOR_GROUP at most
 */
void ahead_fetch(const struct correlator *c, struct sighting *sightings,
                 size_t count);
/** A while later: what most likely stands there. */
void ahead_fetch_likely(const struct correlator *c,
                        const struct sighting *sightings, size_t count);
/** Right before they are looked at: find it, and have the rest fetched. */
void ahead_begin(struct correlator *c, struct sighting *sightings,
                 size_t count);

/** What shows whether these exchanges have come to their end: fetch it. */
void ahead_look(struct exchange *const *exchanges, size_t count);
/**
 * All that handing on and freeing them will touch: fetch it. It has been in
 * no cache for as long as they lingered.
 */
void ahead_end(const struct correlator *c, struct exchange *const *exchanges,
               size_t count);

#endif
