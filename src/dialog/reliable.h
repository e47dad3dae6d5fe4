/**
 * Reliable provisional responses and their PRACKs (RFC 3262).
 */
#ifndef SIPTRAIL_DIALOG_RELIABLE_H
#define SIPTRAIL_DIALOG_RELIABLE_H

#include "sip/message.h"

/** Those of one INVITE in one dialog; all zero at first. */
struct dialog_reliable {
    bool seen;
    bool acked; /* the last one, by a PRACK */
    bool told;  /* prack_missing has been named */
    uint32_t cseq;
    uint32_t first; /* RSeq */
    uint32_t last;
    int64_t at; /* of the last, its first transmission */
};

/**
 * Feed a provisional response with RSeq.
 *
 * @return Has it been sent again for half of 64*T1 without a PRACK? Said once
 */
bool reliable_observe_response(struct dialog_reliable *r,
                               const struct sip_message *m, int64_t at_us);
/** @return Does the PRACK's RAck fit what was seen (RFC 3262, 3)? */
bool reliable_observe_prack(struct dialog_reliable *r,
                            const struct sip_message *m);

#endif
