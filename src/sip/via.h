/**
 * Via (RFC 3261, 20.42; RFC 3581 for rport).
 */
#ifndef SIPTRAIL_SIP_VIA_H
#define SIPTRAIL_SIP_VIA_H

#include "sip/message.h"
#include "sip/text.h"

struct sip_via {
    struct span protocol;  /* "SIP" */
    struct span version;   /* "2.0" */
    struct span transport; /* "UDP", as sent */
    struct span sent_by;   /* host[:port] as sent */
    struct span host;      /* of sent-by, IPv6 with its brackets */
    uint16_t port;         /* 0 where none is said or it is no port */
    bool has_rport;
    uint16_t rport; /* 0 for the request's empty "rport" */
    int16_t ttl;    /* -1 where none is said */
    struct span branch;
    struct span received; /* as sent, with or without brackets */
    struct span maddr;
    struct span params; /* all, without the first ";"; param.h */
};

/**
 * Take one value apart: not a comma list.
 *
 * @return false where it is malformed; *via_out then holds what could be read
 */
bool sip_via_parse(struct span value, struct sip_via *via_out);

/** As sip_via_parse(), but only up to sent_by and params: for the hot path. */
bool sip_via_head_parse(struct span value, struct sip_via *via_out);

/** The next Via over all lines, topmost first; begin with {0}. */
bool sip_via_next(const struct sip_message *m, struct sip_list_cursor *cursor,
                  struct sip_via *via_out);

#endif
