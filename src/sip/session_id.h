/**
 * Session-ID: one name for a session across B2BUAs (RFC 7989).
 */
#ifndef SIPTRAIL_SIP_SESSION_ID_H
#define SIPTRAIL_SIP_SESSION_ID_H

#include "base/span.h"

struct sip_session_id {
    struct span local;  /* UUID of who sent the message */
    struct span remote; /* of the other side; RFC 7329 has none */
};

/**
 * Read a Session-ID: 32 hexadecimal digits each. The nil UUID ("not known
 * yet", RFC 7989, 5) and what is no UUID are empty.
 *
 * @return false where neither is known
 */
bool sip_session_id_parse(struct span value, struct sip_session_id *id_out);

#endif
