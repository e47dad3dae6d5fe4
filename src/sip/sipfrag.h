/**
 * Fragments of SIP messages as the body of a NOTIFY (RFC 3420; 3515, 2.4.5).
 */
#ifndef SIPTRAIL_SIP_SIPFRAG_H
#define SIPTRAIL_SIP_SIPFRAG_H

#include "base/span.h"

/** "SIP/2.0 200 OK", trimmed; empty where it begins with no status line. */
struct span sip_sipfrag_status_line(struct span body);

#endif
