/**
 * The walk over the header lines of a message (RFC 3261, 7.3).
 */
#ifndef SIPTRAIL_SIP_HEADER_SECTION_H
#define SIPTRAIL_SIP_HEADER_SECTION_H

#include "sip/marks.h"
#include "sip/message.h"

/** Where the walk is. */
struct sip_header_section {
    const char *at;
    const char *end;
    uint32_t header_cap;
    bool terminated; /* the empty line was met, and at stands behind it */
    struct sip_marks marks;
};

/**
 * Tell the headers of @p m, up to the empty line or the end.
 *
 * @param section  Its marks are made as far as they go; from `at` on
 */
void sip_header_section_take(struct sip_message *m,
                             struct sip_header_section *section);

#endif
