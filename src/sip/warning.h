/**
 * Warning (RFC 3261, 20.43).
 */
#ifndef SIPTRAIL_SIP_WARNING_H
#define SIPTRAIL_SIP_WARNING_H

#include "sip/message.h"
#include "sip/text.h"

struct sip_warning {
    uint16_t code; /* 0 where it is no number from 0 to 999 */
    struct span agent;
    struct span text; /* without quotes; sip_text_write() to show it */
};

/** @return false where code, agent or text is missing or malformed */
bool sip_warning_parse(struct span value, struct sip_warning *warning_out);

/** The next value over all Warning lines; begin with {0}. */
bool sip_warning_next(const struct sip_message *m,
                      struct sip_list_cursor *cursor,
                      struct sip_warning *warning_out);

#endif
