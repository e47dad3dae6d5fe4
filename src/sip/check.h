/**
 * The faults of a message that only show when header values are read.
 */
#ifndef SIPTRAIL_SIP_CHECK_H
#define SIPTRAIL_SIP_CHECK_H

#include "sip/message.h"

/**
 * Read the values of the headers that are there and name what is wrong in
 * them: malformed addresses, URIs and Via, display names, repeated parameters,
 * numbers beyond their range, Date, Request-URI. Pure; costs about as much as
 * sip_message_parse().
 *
 * @param anomalies  Added to; may be the message's own
 */
void sip_message_check(const struct sip_message *m,
                       struct anomaly_set *anomalies);

#endif
