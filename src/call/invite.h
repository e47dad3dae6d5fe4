/**
 * INVITEs of an attempt on their hops (RECORDS.md, R4). Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_INVITE_H
#define SIPTRAIL_CALL_INVITE_H

#include "call/attempt.h"

/** @return NULL beyond CALL_INVITES_MAX, or without memory */
struct invite *invite_add(struct correlator *c, struct call *call,
                          const struct sighting *s,
                          const struct attempt *attempt);
void invite_observe_request(struct correlator *c, struct call *call,
                            struct invite *inv, struct sighting *s);
void invite_observe_response(struct correlator *c, struct call *call,
                             struct invite *inv, struct sighting *s);
void invite_observe_ack(struct invite *inv, struct sighting *s);
/** Is this arrival on the way of the reference hop, either direction? */
bool invite_on_path(const struct invite *inv, const struct arrival *a);
/** The hop whose way this arrival goes, by the last round; 0 for none. */
uint16_t invite_hop_of(const struct call *call, const struct arrival *a);
/** Was it sent from the endpoint that this INVITE was sent to? */
bool invite_sent_on_by(const struct invite *inv, const struct arrival *a);
/** Made where it is not there; NULL where there is no memory. */
struct invite_rare *invite_rare_of(struct correlator *c, struct call *call,
                                   struct invite *inv);
static inline int64_t invite_cancel_at(const struct invite *inv)
{
    return inv->rare ? inv->rare->cancel_at : TIME_NONE;
}
/** When the final was last sent. */
static inline int64_t invite_final_last_at(const struct invite *inv)
{
    return inv->rare && inv->rare->final_again_at != TIME_NONE
               ? inv->rare->final_again_at
               : inv->final_at;
}
struct invite *invite_of_cseq(const struct call *call, uint32_t cseq);

/*
 * What a transaction has of the call: of a BYE how it hangs up (hangup.h), else
 * an INVITE, its own or the one it cancels. The CSeq's method decides, which is
 * in the key, for a request line may say another one (8.1.1.5).
 */
static inline bool invite_may_have(const struct transaction *t)
{
    return t->key.method != SIP_BYE;
}
/** NULL where there is none; @p t may be NULL. */
static inline struct invite *invite_of_transaction(const struct transaction *t)
{
    return t && invite_may_have(t) ? (struct invite *)t->detail : NULL;
}
static inline void invite_set_transaction(struct invite *inv,
                                          struct transaction *t)
{
    if (invite_may_have(t))
        t->detail = inv;
}

#endif
