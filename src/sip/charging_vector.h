/**
 * P-Charging-Vector: what IMS networks correlate their accounts by (RFC 7315,
 * 4.6).
 */
#ifndef SIPTRAIL_SIP_CHARGING_VECTOR_H
#define SIPTRAIL_SIP_CHARGING_VECTOR_H

#include "base/span.h"

/** The icid-value without quotes; empty where there is none. */
struct span sip_charging_vector_icid(struct span value);

#endif
