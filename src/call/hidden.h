/**
 * Parts of a call that are in the capture and cannot be read: `opaque` among
 * its evidence. Internal to src/call.
 *
 * That encrypted packets pass an element while a call does says nothing by
 * itself. Claimed is it only (a) where the call's own Vias, Contacts or
 * Record-Routes name an encrypted hop, and encrypted packets of one of its
 * addresses are there, or (b) where its 2xx was neither acknowledged nor sent
 * again, so that the ACK went another way, and there are such between the two.
 */
#ifndef SIPTRAIL_CALL_HIDDEN_H
#define SIPTRAIL_CALL_HIDDEN_H

#include "call/state.h"

/** Remember packets of GAP_OPAQUE. @return 0 or -ENOMEM */
WARN_UNUSED int hidden_add(struct gap_memory *m, const struct capture_gap *gap);

/** A new transaction: what its Vias say of hops before. */
void hidden_observe(const struct correlator *c, struct call *call,
                    const struct sighting *s);

/** The time in which a call may have had messages, so far as it is known. */
struct gap_span hidden_span(const struct correlator *c, const struct call *call,
                            const struct call_end *end);

bool hidden_touches(const struct correlator *c, const struct call *call,
                    const struct call_facts *f, const struct call_end *end);

#endif
