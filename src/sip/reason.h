/**
 * Reason: why a request was sent or a response given (RFC 3326).
 */
#ifndef SIPTRAIL_SIP_REASON_H
#define SIPTRAIL_SIP_REASON_H

#include "sip/message.h"
#include "sip/text.h"

struct sip_reason {
    struct span protocol; /* "Q.850", "SIP", ... as sent */
    bool has_cause;       /* false too where it is no integer */
    int64_t cause;        /* any integer of 63 bits, as sent */
    struct span text;     /* without quotes; sip_text_write() to show it */
};

/** Protocol names compare without case. */
bool sip_reason_is_q850(const struct sip_reason *r);
bool sip_reason_is_sip(const struct sip_reason *r);

/** @return false where there is no protocol or the cause is no integer */
bool sip_reason_parse(struct span value, struct sip_reason *reason_out);

/** The next value over all Reason lines; begin with {0}. */
bool sip_reason_next(const struct sip_message *m,
                     struct sip_list_cursor *cursor,
                     struct sip_reason *reason_out);

/** "normal call clearing" (ITU-T Q.850, table 1); "" where not known. */
const char *sip_reason_q850_name(int64_t cause);

#endif
