/**
 * name-addr and addr-spec: From, To, Contact, Route, P-Asserted-Identity,
 * Refer-To, Diversion, History-Info, ... (RFC 3261, 20.10).
 */
#ifndef SIPTRAIL_SIP_ADDRESS_H
#define SIPTRAIL_SIP_ADDRESS_H

#include "sip/message.h"
#include "sip/text.h"
#include "sip/uri.h"

struct sip_address {
    bool any;            /* "Contact: *" */
    struct span display; /* as sent, quotes and all; see text.h to write it */
    struct span uri;     /* without <> */
    struct span params;  /* of the header, without the first ";"; param.h */
};

/**
 * Take one value apart: not a comma list (sip_list_next()).
 *
 * Without <> everything behind the first ";" is the header's (20.10).
 *
 * @return false where it is malformed; *address_out then holds what could be
 *         read
 */
bool sip_address_parse(struct span value, struct sip_address *address_out);

/**
 * Is this value "<uri>" or "<uri>;...", by its bytes? Whoever knows the URI is
 * spared the parsing of what mostly says it again; false says nothing.
 */
bool sip_address_repeats(struct span value, struct span uri);

/** The next address over all lines of a header; begin with {0}. */
bool sip_address_next(const struct sip_message *m, enum sip_header_id id,
                      struct sip_list_cursor *cursor,
                      struct sip_address *address_out);

/** The "tag" parameter; empty where absent. */
struct span sip_address_tag(const struct sip_address *a);

#endif
