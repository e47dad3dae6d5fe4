/**
 * A packet's layers, down to the transport of the innermost IP header.
 */
#ifndef SIPTRAIL_DECODE_LAYERS_H
#define SIPTRAIL_DECODE_LAYERS_H

#include "base/anomaly.h"
#include "base/inet.h"
#include "capture/packet.h"
#include "decode/tunnels.h"

enum decode_outcome {
    DECODE_UDP,      /* src, dst with ports; payload is the datagram's */
    DECODE_TCP,      /* src, dst with ports; tcp; payload is the segment's */
    DECODE_FRAGMENT, /* fragment is set; payload is the fragment's */
    DECODE_ICMP,     /* payload is the ICMP message */
    DECODE_OTHER_IP, /* another protocol over IP: ip_protocol says which */
    DECODE_NOT_IP,   /* ARP, LLDP, STP, ...: well formed, not for us */
    DECODE_BAD,      /* malformed or cut off: anomalies say how */
    DECODE_SCTP,     /* src, dst with ports; sctp; payload is the chunks */
    DECODE_OUTCOME_COUNT
};

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

struct layers {
    enum decode_outcome outcome;
    struct endpoint src; /* innermost; ports 0 where there are none */
    struct endpoint dst;
    struct span payload;   /* borrowed from the packet (or the datagram) */
    uint32_t payload_wire; /* payload's length on the wire, >= captured */
    uint8_t ip_protocol;
    uint8_t ttl;           /* innermost TTL or hop limit */
    uint16_t ip_id;        /* innermost IPv4 Identification; 0 for IPv6 */
    uint16_t vlan;         /* outermost VLAN ID, 0 for none */
    uint8_t tunnels;       /* encapsulations undone */
    struct tunnels around; /* they; not set where there are none */
    uint64_t link_view;    /* hash of MAC pair, VLAN stack, TTL, interface and
                              outer tunnel: where the packet was seen (R2 c) */
    struct {
        uint32_t seq;
        uint32_t ack;
        uint8_t flags; /* of enum tcp_flag */
    } tcp;
    struct {
        uint32_t tag; /* verification tag */
    } sctp;
    struct {
        uint32_t id;
        uint32_t offset; /* bytes */
        bool more;
    } fragment;
    struct anomaly_set anomalies;
};

/** Undo the layers of one packet. Pure; never reads beyond its bytes. */
void layers_decode(const struct packet *packet, struct layers *layers_out);

/**
 * Go on from a reassembled IP payload: @p layers holds the addresses and
 * ip_protocol of its fragments; outcome, ports, payload and tcp are set anew.
 */
void layers_decode_datagram(struct span datagram, struct layers *layers);

/**
 * The packet that an ICMP error quotes (RFC 792; 4443, 3), or as much of it as
 * was sent back.
 *
 * @param icmp        Of outcome DECODE_ICMP
 * @param quoted_out  Set on true: addresses and ports, outcome and payload as
 *                    far as they go
 * @return Whether it is an error, and quotes a packet with ports
 */
bool layers_decode_quoted(const struct layers *icmp, struct layers *quoted_out);

#endif
