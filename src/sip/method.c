#include "sip/method.h"

static const struct span names[SIP_METHOD_COUNT] = {
    [SIP_UNKNOWN] = {"", 0},
    [SIP_INVITE] = {"INVITE", 6},
    [SIP_ACK] = {"ACK", 3},
    [SIP_BYE] = {"BYE", 3},
    [SIP_CANCEL] = {"CANCEL", 6},
    [SIP_REGISTER] = {"REGISTER", 8},
    [SIP_OPTIONS] = {"OPTIONS", 7},
    [SIP_PRACK] = {"PRACK", 5},
    [SIP_SUBSCRIBE] = {"SUBSCRIBE", 9},
    [SIP_NOTIFY] = {"NOTIFY", 6},
    [SIP_PUBLISH] = {"PUBLISH", 7},
    [SIP_INFO] = {"INFO", 4},
    [SIP_REFER] = {"REFER", 5},
    [SIP_MESSAGE] = {"MESSAGE", 7},
    [SIP_UPDATE] = {"UPDATE", 6},
    [SIP_BENOTIFY] = {"BENOTIFY", 8},
    [SIP_SERVICE] = {"SERVICE", 7},
};

static enum sip_method candidate(struct span name)
{
    switch (name.data[0]) {
    case 'I':
        return name.length == 4 ? SIP_INFO : SIP_INVITE;
    case 'A':
        return SIP_ACK;
    case 'B':
        return name.length == 3 ? SIP_BYE : SIP_BENOTIFY;
    case 'C':
        return SIP_CANCEL;
    case 'R':
        return name.length == 5 ? SIP_REFER : SIP_REGISTER;
    case 'O':
        return SIP_OPTIONS;
    case 'P':
        return name.length == 5 ? SIP_PRACK : SIP_PUBLISH;
    case 'S':
        return name.length == 7 ? SIP_SERVICE : SIP_SUBSCRIBE;
    case 'N':
        return SIP_NOTIFY;
    case 'M':
        return SIP_MESSAGE;
    case 'U':
        return SIP_UPDATE;
    default:
        return SIP_UNKNOWN;
    }
}

enum sip_method sip_method_parse(struct span name)
{
    enum sip_method method;

    if (name.length < 3 || name.length > 9)
        return SIP_UNKNOWN;
    method = candidate(name);
    return span_equal_short(name, names[method]) ? method : SIP_UNKNOWN;
}

const char *sip_method_name(enum sip_method method)
{
    return (unsigned)method < SIP_METHOD_COUNT ? names[method].data : "";
}
