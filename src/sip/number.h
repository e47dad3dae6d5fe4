/**
 * Headers that are numbers.
 */
#ifndef SIPTRAIL_SIP_NUMBER_H
#define SIPTRAIL_SIP_NUMBER_H

#include "sip/method.h"

/**
 * Delta-seconds: Expires, Min-Expires, Retry-After (RFC 3261, 20.19, 20.33).
 * A comment and parameters may follow.
 *
 * @return false where no number begins the value, and *seconds_out is
 *         untouched; beyond 2^32-1 it is 2^32-1 (20.19)
 */
bool sip_seconds_parse(struct span value, uint32_t *seconds_out);

/** Max-Forwards (20.22): 0 to 255, else false. */
bool sip_max_forwards_parse(struct span value, uint8_t *hops_out);

/** RSeq (RFC 3262, 7.1): a number of 32 bits, else false. */
bool sip_rseq_parse(struct span value, uint32_t *rseq_out);

/** CSeq (20.16) and the tail of RAck. */
struct sip_cseq {
    uint32_t number;
    enum sip_method method;
    struct span method_name;
};
/** @return false where number (32 bits) or method is missing or wrong;
 *          the part that could be read is set, the other 0 and empty */
bool sip_cseq_parse(struct span value, struct sip_cseq *cseq_out);

/** RAck (RFC 3262, 7.2). */
struct sip_rack {
    uint32_t rseq;
    struct sip_cseq cseq;
};
bool sip_rack_parse(struct span value, struct sip_rack *rack_out);

#endif
