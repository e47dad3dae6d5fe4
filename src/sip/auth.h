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

/** What is asked for, so that no more is read than that needs. */
enum sip_auth_part {
    SIP_AUTH_USERNAME = 1,
    SIP_AUTH_REALM = 2,
    SIP_AUTH_NONCE = 4,
    SIP_AUTH_REST = 8, /* with it, to the end */
    SIP_AUTH_ALL = 15
};

/** @return false where it is malformed; what could be read is kept */
bool sip_auth_parse(struct span value, struct sip_auth *auth_out);

/**
 * Likewise, but no further than to the last of @p parts.
 *
 * @param parts     Bits of enum sip_auth_part
 * @param auth_out  What was not asked for may be missing
 */
bool sip_auth_parse_part(struct span value, unsigned parts,
                         struct sip_auth *auth_out);

/** Walk the lines of one header: begin with *cursor 0. */
bool sip_auth_next(const struct sip_message *m, enum sip_header_id id,
                   uint32_t *cursor, struct sip_auth *auth_out);
bool sip_auth_next_part(const struct sip_message *m, enum sip_header_id id,
                        uint32_t *cursor, unsigned parts,
                        struct sip_auth *auth_out);

#endif
