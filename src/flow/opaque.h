/**
 * Flows that cannot be read, by the server they went to: so that whoever
 * looks for SIP is told what may have been in them.
 */
#ifndef SIPTRAIL_FLOW_OPAQUE_H
#define SIPTRAIL_FLOW_OPAQUE_H

#include "base/error.h"
#include "base/inet.h"

struct opaque;

/** What the flows to one port have in common. */
struct opaque_port {
    uint16_t port;
    bool dtls;
    bool sip; /* a port of SIP's, or hosts that speak SIP elsewhere */
    uint64_t flows;
    uint64_t servers;
    struct address first; /* the server met first */
};

/** @return NULL where there is no memory */
struct opaque *opaque_new(void);
/** NULL is allowed. */
void opaque_free(struct opaque *o);

/** A flow to this server. Beyond 4,096 servers it is counted by port only. */
void opaque_add(struct opaque *o, const struct endpoint *server, bool dtls);

/** This host speaks SIP where it can be read. At most 65,536 are kept. */
void opaque_note_sip(struct opaque *o, const struct address *host);

/** In ticks of the flow table: two seconds between packets that are told of. */
#define OPAQUE_TICKS 30

/** Between these two, may what is encrypted be SIP? As below, of TLS. */
bool opaque_may_be_sip(const struct opaque *o, const struct endpoint *a,
                       const struct endpoint *b);

/**
 * ESP between two of which one speaks SIP: is it to be told of?
 *
 * Of more than 256 pairs at a time some are told of with every packet.
 */
bool opaque_esp_is_due(struct opaque *o, const struct address *a,
                       const struct address *b, uint32_t tick);

/**
 * One row for each port, SIP's first, then by flows.
 *
 * A port is SIP's from 5060 to 5099; over TLS any port of a host that speaks
 * SIP counts as well (over DTLS that would be its media).
 *
 * @return Rows there are; at most @p cap of them are set
 */
size_t opaque_ports(const struct opaque *o, struct opaque_port *out,
                    size_t cap);

#endif
