/**
 * The faults of a message that only show when header values are read.
 */
#ifndef SIPTRAIL_SIP_CHECK_H
#define SIPTRAIL_SIP_CHECK_H

#include "sip/message.h"

#define SIP_CHECK_CLEAN 8192

/**
 * Values found clean of late, by a seeded hash of header and bytes. All zero
 * at first. The messages of a call say the same From, To, Contact and Via over
 * and over: each is read once.
 */
struct sip_check_memory {
    uint64_t clean[SIP_CHECK_CLEAN];
};

/**
 * Read the values of the headers that are there and name what is wrong in
 * them: malformed addresses, URIs and Via, display names, repeated parameters,
 * numbers beyond their range, Date, Request-URI, strict routes; and what
 * needs.h asks for. Without memory it costs
 * about as much as sip_message_parse().
 *
 * @param memory     Of the caller's thread, or NULL; changes no outcome
 * @param anomalies  Added to; may be the message's own
 */
void sip_message_check(const struct sip_message *m,
                       struct sip_check_memory *memory,
                       struct anomaly_set *anomalies);

#endif
