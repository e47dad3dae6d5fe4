#include "dialog/reliable.h"

#include "sip/number.h"

/* A reliable response is sent again for 64*T1 (RFC 3262, 3): one that still
 * is after half of it was not acknowledged. */
#define UNACKED_US (INT64_C(32) * 500000)

bool reliable_observe_response(struct dialog_reliable *r,
                               const struct sip_message *m, int64_t at_us)
{
    uint32_t rseq;

    if (!sip_rseq_parse(sip_message_value(m, SIP_HEADER_RSEQ), &rseq))
        return false;
    if (!r->seen || r->cseq != m->cseq) {
        *r = (struct dialog_reliable){
            .seen = true, .cseq = m->cseq, .first = rseq, .last = rseq};
        r->at = at_us;
    } else if (rseq > r->last) {
        r->last = rseq;
        r->at = at_us;
        r->acked = false;
    } else if (rseq < r->first) {
        r->first = rseq;
    }
    if (r->acked || r->told || rseq != r->last || at_us - r->at < UNACKED_US)
        return false;
    r->told = true;
    return true;
}

bool reliable_observe_prack(struct dialog_reliable *r,
                            const struct sip_message *m)
{
    struct sip_rack rack;

    if (!r->seen || !sip_message_has(m, SIP_HEADER_RACK) ||
        !sip_rack_parse(sip_message_value(m, SIP_HEADER_RACK), &rack))
        return true;
    if (rack.cseq.method != SIP_INVITE || rack.cseq.number != r->cseq ||
        rack.rseq < r->first || rack.rseq > r->last)
        return false;
    r->acked |= rack.rseq == r->last;
    return true;
}
