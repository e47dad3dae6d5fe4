/**
 * Values as nearly all senders write them, taken in one pass: what correlation
 * needs of them, and that nothing is wrong in them.
 *
 * Where these say false the value is another form, or a fault, and is parsed.
 */
#ifndef SIPTRAIL_SIP_PLAIN_H
#define SIPTRAIL_SIP_PLAIN_H

#include "base/span.h"

struct sip_plain_uri {
    struct span user; /* empty where there is none */
    struct span host;
    uint16_t port; /* 0 where there is none */
    struct span params;
};

struct sip_plain_via {
    uint32_t count;      /* of values */
    struct span top;     /* the first of them, whole */
    struct span sent_by; /* and its parts */
    struct span branch;
};

/**
 * Is this surely clean by all that sip_message_parse() and sip_message_check()
 * ask of it? Pure; outputs are borrowed from @p value, and whole only then.
 *
 * @param value  Trimmed
 */
bool sip_plain_uri(struct span uri); /* "sip:user@host:5060;name=value" */
/** The same, with its parts. */
bool sip_plain_uri_split(struct span uri, struct sip_plain_uri *uri_out);
/** One or several values of a Via header. */
bool sip_plain_via(struct span value, struct sip_plain_via *via_out);
/** One From, To or Contact in <>. */
bool sip_plain_party(struct span value, struct span *tag_out);
/** One Record-Route, with lr in its URI. */
bool sip_plain_route(struct span value);

#endif
