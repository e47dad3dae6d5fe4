/**
 * Header names and where each header stands in a message.
 */
#ifndef SIPTRAIL_SIP_HEADER_H
#define SIPTRAIL_SIP_HEADER_H

#include "base/span.h"

enum sip_header_id {
#define SIP_HEADER(ID, name, compact, flags) SIP_HEADER_##ID,
#include "sip/header.def"
#undef SIP_HEADER
    SIP_HEADER_COUNT
};

#define SIP_HEADER_WORDS ((SIP_HEADER_COUNT + 63) / 64)

/** One header line; offsets are from the start of the message text. */
struct sip_header {
    uint16_t id; /* enum sip_header_id; SIP_HEADER_OTHER where not known */
    uint16_t name_length;
    uint32_t name_at;
    uint32_t value_at; /* trimmed; folds are still in it */
    uint32_t value_length;
};

enum sip_header_flag {
    SIP_HEADER_SINGLE = 1, /* may stand only once (RFC 3261, 7.3.1) */
    SIP_HEADER_LIST = 2    /* comma-separated values may stand in one line */
};

/** Full or compact form, any case; SIP_HEADER_OTHER where not known. */
enum sip_header_id sip_header_parse(struct span name);
/** The full name, e.g. "Call-ID"; "" for SIP_HEADER_OTHER. */
const char *sip_header_name(enum sip_header_id id);
/** Of enum sip_header_flag. */
unsigned sip_header_flags(enum sip_header_id id);

#endif
