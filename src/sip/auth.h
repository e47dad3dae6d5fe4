/**
 * Challenges and credentials (RFC 3261, 20.7, 20.27, 20.28, 20.44; RFC 7616).
 */
#ifndef SIPTRAIL_SIP_AUTH_H
#define SIPTRAIL_SIP_AUTH_H

#include "sip/message.h"

/** WWW-Authenticate, Proxy-Authenticate, Authorization, ... alike. */
struct sip_auth {
    struct span scheme; /* "Digest" */
    struct span params; /* all, comma separated */
    struct span realm;  /* without quotes, as all below */
    struct span nonce;
    struct span opaque;
    struct span algorithm;
    struct span qop;
    struct span username; /* credentials only, as all below */
    struct span uri;
    struct span response; /* lies in the message: can be blanked there */
    struct span cnonce;
    struct span nc;
    bool stale;
};

/** @return false where it is malformed; what could be read is kept */
bool sip_auth_parse(struct span value, struct sip_auth *auth_out);

/** Walk the lines of one header: begin with *cursor 0. */
bool sip_auth_next(const struct sip_message *m, enum sip_header_id id,
                   uint32_t *cursor, struct sip_auth *auth_out);

#endif
