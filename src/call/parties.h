/**
 * What is kept of header values: parties, reasons, refusals. Internal to
 * src/call.
 */
#ifndef SIPTRAIL_CALL_PARTIES_H
#define SIPTRAIL_CALL_PARTIES_H

#include "call/state.h"

/** What a final >= 300 says beside its status; few do. */
struct call_refusal {
    uint16_t warning_code;
    struct span warning_text;
    int64_t retry_after_s;
    const struct span *redirect_to;
    uint32_t redirect_to_count;
};

void parties_keep(struct correlator *c, struct call *call,
                  const struct sip_message *m);
void parties_keep_callee_agent(struct correlator *c, struct call *call,
                               const struct sip_message *m);
/** The first P-Asserted-Identity's. */
void parties_keep_asserted(struct correlator *c, struct exchange *x,
                           const struct sip_message *m,
                           struct call_identity *id);
/** Hash that tells callers apart: the From tag, else the From URI. */
uint64_t parties_caller_hash(const struct sip_message *m);
uint64_t parties_uri_hash(struct span address);
/** NULL where there is no Reason. */
const struct call_reason *parties_keep_reason(struct correlator *c,
                                              struct exchange *x,
                                              const struct sip_message *m);
const struct call_refusal *parties_keep_refusal(struct correlator *c,
                                                struct exchange *x,
                                                const struct sip_message *m);
/** The user part of a URI, as in the columns. */
struct span parties_keep_user(struct correlator *c, struct exchange *x,
                              struct span uri);
struct span parties_keep_text(struct correlator *c, struct exchange *x,
                              struct span text);
/** Likewise; @p kept where that is what would be kept. */
struct span parties_keep_again(struct correlator *c, struct exchange *x,
                               struct span kept, struct span text);

#endif
