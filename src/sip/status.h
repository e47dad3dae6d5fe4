/**
 * Status codes and their default reason phrases (the IANA registry).
 */
#ifndef SIPTRAIL_SIP_STATUS_H
#define SIPTRAIL_SIP_STATUS_H

#include <stddef.h>
#include <stdint.h>

struct sip_status {
    uint16_t code;
    const char *reason_phrase;
    const char *reference; /* e.g. "RFC 3261" */
};

/** 1 to 6; 0 for a code outside 100 to 699. */
unsigned sip_status_class(unsigned code);
/** The default reason phrase; "" for a code not registered. Static. */
const char *sip_status_reason(unsigned code);
/** All that are registered, by code; *count_out says how many. Static. */
const struct sip_status *sip_status_all(unsigned *count_out);

#endif
