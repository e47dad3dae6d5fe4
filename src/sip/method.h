/**
 * SIP methods (RFC 3261 and its extensions; BENOTIFY and SERVICE are
 * Microsoft's).
 */
#ifndef SIPTRAIL_SIP_METHOD_H
#define SIPTRAIL_SIP_METHOD_H

#include "base/span.h"

enum sip_method {
    SIP_UNKNOWN, /* its name is kept beside it */
    SIP_INVITE,
    SIP_ACK,
    SIP_BYE,
    SIP_CANCEL,
    SIP_REGISTER,
    SIP_OPTIONS,
    SIP_PRACK,
    SIP_SUBSCRIBE,
    SIP_NOTIFY,
    SIP_PUBLISH,
    SIP_INFO,
    SIP_REFER,
    SIP_MESSAGE,
    SIP_UPDATE,
    SIP_BENOTIFY,
    SIP_SERVICE,
    SIP_METHOD_COUNT
};

/** Methods are case-sensitive (RFC 3261, 7.1): "invite" is SIP_UNKNOWN. */
enum sip_method sip_method_parse(struct span name);
/** "INVITE"; "" for SIP_UNKNOWN. Static storage. */
const char *sip_method_name(enum sip_method method);

#endif
