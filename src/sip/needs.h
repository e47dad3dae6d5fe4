/**
 * What a message of its kind must carry, and must not.
 */
#ifndef SIPTRAIL_SIP_NEEDS_H
#define SIPTRAIL_SIP_NEEDS_H

#include "sip/message.h"

/**
 * Name the headers that its method or status code asks for and that are not
 * there, and those that it forbids. Pure; a few comparisons for nearly every
 * message.
 */
void sip_message_check_needs(const struct sip_message *m,
                             struct anomaly_set *anomalies);

#endif
