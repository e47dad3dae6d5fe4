/**
 * Replaces: the dialog that a new one takes the place of (RFC 3891), as a
 * header or escaped in the URI of Refer-To (RFC 5589, 7).
 */
#ifndef SIPTRAIL_SIP_REPLACES_H
#define SIPTRAIL_SIP_REPLACES_H

#include "base/span.h"
#include "sip/uri.h"

struct sip_replaces {
    struct span call_id;
    struct span to_tag;
    struct span from_tag;
    bool early_only;
};

/** @return false where the Call-ID or a tag is missing; the rest is kept */
bool sip_replaces_parse(struct span value, struct sip_replaces *replaces_out);

/**
 * Read the Replaces header inside a URI.
 *
 * @param buffer  Receives the unescaped text; the spans of *replaces_out lie
 *                in it. What does not fit makes the result false
 * @return false where there is none, or as sip_replaces_parse()
 */
bool sip_replaces_of_uri(const struct sip_uri *uri, char *buffer, size_t cap,
                         struct sip_replaces *replaces_out);

#endif
