/**
 * Diversion: who sent the call on, and why (RFC 5806).
 */
#ifndef SIPTRAIL_SIP_DIVERSION_H
#define SIPTRAIL_SIP_DIVERSION_H

#include "sip/address.h"

struct sip_diversion {
    struct sip_address from; /* the one that diverted the call */
    struct span reason;      /* "no-answer", ...; empty where not said */
    uint32_t counter;        /* diversions it stands for (4.2): 1 to 99 */
};

/** @return false where it is malformed; what could be read is kept */
bool sip_diversion_parse(struct span value,
                         struct sip_diversion *diversion_out);

/** The next value over all Diversion lines, latest first (4.1); {0}. */
bool sip_diversion_next(const struct sip_message *m,
                        struct sip_list_cursor *cursor,
                        struct sip_diversion *diversion_out);

#endif
