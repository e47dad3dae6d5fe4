/**
 * REGISTER exchanges of one Call-ID, boiled down to facts. Internal to
 * src/call.
 */
#ifndef SIPTRAIL_CALL_REGISTER_H
#define SIPTRAIL_CALL_REGISTER_H

#include "call/state.h"

void register_init(struct correlator *c);

/** Feed a REGISTER or its response; complete ones go to the bindings. */
void register_observe(struct correlator *c, struct exchange *x,
                      struct sighting *s);
/** Of a final: have the row that it leads to fetched, and then its texts. */
void register_fetch(const struct correlator *c, const struct exchange *x,
                    bool texts);
/** What is held of messages is kept, and these let go: before long. */
void register_keep(struct correlator *c);
/** User-Agent of the REGISTER under way with this CSeq; empty for none. */
struct span register_agent(const struct exchange *x, uint32_t cseq);
/** What has no final yet gets none: the exchange goes. */
void register_give_up(struct correlator *c, struct exchange *x);
struct register_attempt;

/** One that is no exchange's any more. */
void register_release(struct correlator *c, struct register_attempt *a);
/** Released without a word. */
void register_free(struct correlator *c, struct exchange *x);

#endif
