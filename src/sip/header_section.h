/**
 * The walk over the header lines of a message (RFC 3261, 7.3).
 */
#ifndef SIPTRAIL_SIP_HEADER_SECTION_H
#define SIPTRAIL_SIP_HEADER_SECTION_H

#include "sip/marks.h"
#include "sip/message.h"

/** Where the walk is, and what it met. */
struct sip_header_section {
    const char *at;
    const char *end;
    uint32_t header_cap;
    bool terminated;   /* the empty line was met, and at stands behind it */
    bool is_taken;     /* of what is listed, the mandatory values */
    uint64_t repeated; /* ids that came again */
    struct sip_marks marks;
    const struct sip_header *first[SIP_HEADER_COUNT]; /* of ids there are */
};

/** Begin at @p at. The marks are the caller's to make. */
static inline void sip_header_section_begin(struct sip_header_section *s,
                                            const char *at, const char *end,
                                            uint32_t header_cap)
{
    s->at = at;
    s->end = end;
    s->header_cap = header_cap;
    s->terminated = s->is_taken = false;
    s->repeated = 0;
}

/**
 * Tell the headers of @p m, up to the empty line or the end.
 *
 * @param section  From `at` on; its marks are made as far as they go
 */
void sip_header_section_take(struct sip_message *m,
                             struct sip_header_section *section);

#endif
