/**
 * ICMP errors that quote SIP (RFC 792, 4443): no messages, but news of flows
 * whose packets did not arrive.
 */
#ifndef SIPTRAIL_FLOW_QUOTE_H
#define SIPTRAIL_FLOW_QUOTE_H

#include "base/inet.h"

struct flow_quote {
    struct endpoint src; /* of the packet that is quoted */
    struct endpoint dst;
    struct address reporter; /* who said so first */
    uint8_t type;            /* ICMP's, or ICMPv6's by reporter's family */
    uint8_t code;
    uint64_t count;
};

/* Kept apart by flow, type and code; what comes later is counted only. */
#define FLOW_QUOTES_MAX 16

struct flow_quotes {
    struct flow_quote items[FLOW_QUOTES_MAX]; /* as they came */
    size_t count;
    uint64_t total; /* of these and of others */
};

/** Count one; @p quote's own count is ignored. */
void flow_quotes_add(struct flow_quotes *q, const struct flow_quote *quote);

/** "port unreachable". Static storage. */
const char *flow_quote_name(const struct flow_quote *q);

#endif
