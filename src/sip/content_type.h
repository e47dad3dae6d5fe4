/**
 * Content-Type and bodies of several parts (RFC 3261, 20.15; RFC 2046, 5.1).
 */
#ifndef SIPTRAIL_SIP_CONTENT_TYPE_H
#define SIPTRAIL_SIP_CONTENT_TYPE_H

#include "sip/message.h"

struct sip_content_type {
    struct span type;     /* "application" */
    struct span subtype;  /* "sdp" */
    struct span boundary; /* of multipart, without quotes */
    struct span params;   /* param.h */
};

/** @return false where type or subtype is missing */
bool sip_content_type_parse(struct span value,
                            struct sip_content_type *type_out);
/** Is it @p type "/" @p subtype? Any case. */
bool sip_content_type_is(const struct sip_content_type *t, struct span type,
                         struct span subtype);

/** One body part; spans lie in the message's body. */
struct sip_part {
    struct span content_type; /* value; empty where not said: text/plain */
    struct span content_disposition;
    struct span content_id;
    struct span headers; /* all header lines */
    struct span body;
};

/**
 * Walk the parts of a multipart body.
 *
 * The end of the body ends the last part where its closing line is missing.
 *
 * @param cursor  Begin with 0
 * @return false at the end
 */
bool sip_part_next(struct span body, struct span boundary, size_t *cursor,
                   struct sip_part *part_out);

/** Nested multiparts are followed this deep. */
#define SIP_PART_DEPTH_MAX 4

/**
 * The first body, or body part, of this type: e.g. application/sdp,
 * message/sipfrag. A body without Content-Type is taken for application/sdp
 * where it begins with "v=". An encoded body (Content-Encoding) is none.
 *
 * @return false where there is none, or it is empty
 */
bool sip_message_body_of(const struct sip_message *m, struct span type,
                         struct span subtype, struct span *body_out);

/** sip_message_body_of() for application/sdp. */
bool sip_message_sdp(const struct sip_message *m, struct span *sdp_out);

/**
 * The status line of a message/sipfrag (RFC 3420), as a NOTIFY to REFER
 * brings it (RFC 3515, 2.4.5).
 *
 * @return false where the fragment begins with none
 */
bool sip_fragment_status(struct span fragment, uint16_t *status_code_out,
                         struct span *reason_phrase_out);

#endif
