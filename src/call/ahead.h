/**
 * The first look at messages: which transaction each is of. What they lead to
 * is fetched for all of them at once; one after the other, each step of the
 * way would wait for memory. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_AHEAD_H
#define SIPTRAIL_CALL_AHEAD_H

#include "call/state.h"

/**
 * Work out the sightings' keys, which route_message() needs.
 *
 * @param count  CORRELATOR_GROUP at most
 */
void ahead_begin(const struct correlator *c, struct sighting *sightings,
                 size_t count);

#endif
