/**
 * What INVITEs and their responses say of the caller beside From, and of the
 * session: call_identity and call_session. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_IDENTITY_H
#define SIPTRAIL_CALL_IDENTITY_H

#include "call/state.h"

/** What responses say of the session; owned by the exchange's texts. */
struct call_answer {
    int64_t session_expires_s; /* of the 2xx; TIME_NONE, as min_se_s */
    int64_t min_se_s;
    enum sip_refresher refresher;
    struct span session_id; /* of who answers */
};

/** Digest, of the last INVITE that has any; owned likewise. */
struct call_credentials {
    struct span user;
    struct span realm;
};

/** Of the attempt's first INVITE; what was kept of another is forgotten. */
void identity_keep(struct correlator *c, struct call *call,
                   const struct sip_message *m);
/** Of every round's INVITE: credentials and Min-SE. */
void identity_observe_request(struct correlator *c, struct call *call,
                              const struct invite *inv,
                              const struct sip_message *m);
/** Of a response to an initial INVITE. */
void identity_observe_response(struct correlator *c, struct call *call,
                               struct invite *inv, const struct sip_message *m);
/** Fill in the record. */
void identity_set(const struct call *call, struct call_record *r);

#endif
