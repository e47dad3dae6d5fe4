/**
 * What is kept of header values: parties, reasons, refusals. Internal to
 * src/call.
 */
#ifndef SIPTRAIL_CALL_PARTIES_H
#define SIPTRAIL_CALL_PARTIES_H

#include "call/state.h"

void parties_keep(struct correlator *c, struct call *call,
                  const struct sip_message *m);
void parties_keep_callee_agent(struct correlator *c, struct call *call,
                               const struct sip_message *m);
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
struct span parties_keep_text(struct correlator *c, struct exchange *x,
                              struct span text);

#endif
