/**
 * The start line (RFC 3261, 7.1 and 7.2), read as a careful person would.
 */
#ifndef SIPTRAIL_SIP_START_LINE_H
#define SIPTRAIL_SIP_START_LINE_H

#include "base/anomaly.h"
#include "base/span.h"

enum sip_start_line_trust {
    SIP_START_LINE_NONE, /* no start line of SIP */
    SIP_START_LINE_WEAK, /* one if a header follows */
    SIP_START_LINE_SURE
};

struct sip_start_line {
    bool is_request;
    struct span method;
    struct span uri;
    struct span version; /* "SIP/2.0" */
    uint16_t code;       /* 0 where unreadable, or above 999 */
    struct span reason_phrase;
    struct anomaly_set anomalies;
};

/** @param line  Without its line end */
enum sip_start_line_trust
sip_start_line_parse(struct span line, struct sip_start_line *start_out);

/** Could more bytes make a start line of these, which hold no line end? */
bool sip_start_line_begins(struct span bytes);

#endif
