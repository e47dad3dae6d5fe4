/**
 * What is one attempt (RECORDS.md, R5), and what each of its INVITEs is to it.
 * Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_ATTEMPT_H
#define SIPTRAIL_CALL_ATTEMPT_H

#include "call/state.h"

enum attempt_join {
    ATTEMPT_NONE,  /* not of this attempt */
    ATTEMPT_HOP,   /* the same request on another hop */
    ATTEMPT_ROUND, /* a retry */
    ATTEMPT_LATER_LEG,
    ATTEMPT_FORK
};

struct attempt {
    enum attempt_join join;
    uint16_t round; /* for ATTEMPT_HOP */
};

/** Does an initial INVITE belong to this call? */
void attempt_judge(const struct call *call, const struct sighting *s,
                   struct attempt *attempt_out);
/** Is its last round over, or hung up on? */
bool attempt_is_over(const struct call *call);
/** Note what the 401 or 407 of a round challenges with. */
void attempt_note_challenge(struct correlator *c, struct call *call,
                            const struct sip_message *m);

#endif
