/**
 * Identity: what a network signed about the caller (RFC 8224, 4; the PASSporT
 * of RFC 8225; SHAKEN's claims, RFC 8588). Read, never verified.
 */
#ifndef SIPTRAIL_SIP_IDENTITY_H
#define SIPTRAIL_SIP_IDENTITY_H

#include "base/span.h"

#define SIP_IDENTITY_BYTES 2048 /* of a payload that can be read */

struct sip_identity {
    struct span attest; /* "A", "B" or "C" (RFC 8588, 4) */
    struct span origid; /* RFC 8588, 5 */
};

/**
 * Read the claims of an Identity value.
 *
 * @param buffer  Of SIP_IDENTITY_BYTES; receives the payload, in which the
 *                spans of *identity_out lie
 * @return false where there is neither claim: the compact form has no payload
 *         (RFC 8225, 7), or the payload is malformed
 */
bool sip_identity_parse(struct span value, char buffer[SIP_IDENTITY_BYTES],
                        struct sip_identity *identity_out);

#endif
