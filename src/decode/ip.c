/* IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers, fragments. */
#include "decode/decoding.h"

#define IPV4_BYTES_MIN 20
#define IPV6_BYTES 40
#define EXTENSIONS_MAX 16

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_ESP = 50,
    PROTOCOL_AUTHENTICATION = 51,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_DESTINATION = 60,
    PROTOCOL_IPV4_OLD = 94, /* IPIP, before there was 4 */
    PROTOCOL_ETHERIP = 97,
    PROTOCOL_L2TP = 115,
    PROTOCOL_SCTP = 132,
    PROTOCOL_MOBILITY = 135,
    PROTOCOL_UDPLITE = 136,
    PROTOCOL_MPLS = 137,
    PROTOCOL_HIP = 139,
    PROTOCOL_SHIM6 = 140,
    PROTOCOL_ETHERNET = 143
};

static enum layer end_with_payload(struct decoding *d,
                                   enum decode_outcome outcome)
{
    d->out->payload = span_of(d->at, d->length);
    d->out->payload_wire = d->wire;
    return decode_end(d, outcome);
}

/* All but the last are a multiple of 8 long, and no datagram passes 65535. */
static enum layer end_with_fragment(struct decoding *d, uint32_t id,
                                    unsigned offset_and_more)
{
    struct layers *out = d->out;

    out->fragment.id = id;
    out->fragment.offset = offset_and_more & 0xfff8;
    out->fragment.more = offset_and_more & 1;
    if (d->wire == 0 || (out->fragment.more && d->wire % 8 != 0) ||
        out->fragment.offset + d->wire > UINT16_MAX)
        return decode_bad(d, ANOMALY_FRAGMENT_BAD);
    return end_with_payload(d, DECODE_FRAGMENT);
}

/* Set what the header says is left on the wire. 0 stands for more than the
 * field holds: jumbograms, and packets cut up by the network card later. */
static void set_wire_length(struct decoding *d, uint32_t length)
{
    if (length == 0)
        return;
    if (length > d->wire) {
        anomaly_set_add(&d->out->anomalies, ANOMALY_IP_LENGTH_BAD);
        d->wire = length;
        return;
    }
    decode_trim(d, length);
}

/* In place: an address built aside and copied stalls on its own stores. */
static inline void set_address(struct address *a, uint8_t family,
                               const uint8_t *bytes)
{
    a->family = family;
    if (family == 6) {
        memcpy(a->bytes, bytes, 16);
    } else {
        memcpy(a->bytes, bytes, 4);
        memset(a->bytes + 4, 0, 12);
    }
}

/*
 *  version, header length 1 | service 1 | total length 2
 *  identification 2 | flags 3 bits, fragment offset 13
 *  TTL 1 | protocol 1 | checksum 2 | source 4 | destination 4 | options
 */
static enum layer decode_ipv4(struct decoding *d)
{
    struct layers *out = d->out;
    const uint8_t *h = d->at;
    uint32_t header_bytes;
    uint32_t total;
    unsigned fragment;

    header_bytes = (h[0] & 0x0fu) * 4;
    if (d->length < IPV4_BYTES_MIN || header_bytes < IPV4_BYTES_MIN ||
        header_bytes > d->length)
        return decode_bad(d, ANOMALY_IP_HEADER_SHORT);
    total = decode_u16(h + 2);
    if (total != 0 && total < header_bytes)
        return decode_bad(d, ANOMALY_IP_LENGTH_BAD);
    set_wire_length(d, total);
    set_address(&out->src.address, 4, h + 12);
    set_address(&out->dst.address, 4, h + 16);
    out->ip_id = decode_u16(h + 4);
    out->ttl = h[8];
    out->ip_protocol = h[9];
    decode_see(d, h[8]);
    fragment = decode_u16(h + 6);
    (void)decode_take(d, header_bytes);
    if (fragment & 0x3fff)
        return end_with_fragment(
            d, out->ip_id, (fragment & 0x1fff) << 3 | (fragment >> 13 & 1));
    return decode_protocol(d);
}

/*
 *  version, class, label 4 | payload length 2 | next header 1 | hop limit 1
 *  source 16 | destination 16
 */
static enum layer decode_ipv6(struct decoding *d)
{
    struct layers *out = d->out;
    const uint8_t *h = decode_take(d, IPV6_BYTES);

    if (!h)
        return decode_bad(d, ANOMALY_IP_HEADER_SHORT);
    set_wire_length(d, decode_u16(h + 4));
    set_address(&out->src.address, 6, h + 8);
    set_address(&out->dst.address, 6, h + 24);
    out->ip_id = 0;
    out->ip_protocol = h[6];
    out->ttl = h[7];
    decode_see(d, h[7]);
    return decode_protocol(d);
}

enum layer decode_ip(struct decoding *d)
{
    if (d->length == 0)
        return decode_bad(d, ANOMALY_IP_HEADER_SHORT);
    switch (d->at[0] >> 4) {
    case 4:
        return decode_ipv4(d);
    case 6:
        return decode_ipv6(d);
    default:
        return decode_bad(d, ANOMALY_IP_VERSION_BAD);
    }
}

static bool is_extension(const struct decoding *d)
{
    switch (d->out->ip_protocol) {
    case PROTOCOL_AUTHENTICATION: /* the only one that IPv4 knows too */
        return true;
    case PROTOCOL_HOP_BY_HOP:
    case PROTOCOL_ROUTING:
    case PROTOCOL_FRAGMENT:
    case PROTOCOL_DESTINATION:
    case PROTOCOL_MOBILITY:
    case PROTOCOL_HIP:
    case PROTOCOL_SHIM6:
        return d->out->src.address.family == 6;
    default:
        return false;
    }
}

/* Next header 1 | length 1 in units of 8 less the first, of 4 less two for
 * the authentication header (RFC 4302) | the rest. */
static enum layer decode_extension(struct decoding *d)
{
    unsigned protocol = d->out->ip_protocol;
    const uint8_t *h;
    uint32_t bytes;

    if (d->length < 8)
        return decode_bad(d, ANOMALY_IPV6_EXTENSION_BAD);
    bytes = 8 + d->at[1] * 8u;
    if (protocol == PROTOCOL_AUTHENTICATION)
        bytes = 8 + d->at[1] * 4u;
    if (protocol == PROTOCOL_FRAGMENT)
        bytes = 8;
    h = decode_take(d, bytes);
    if (!h)
        return decode_bad(d, ANOMALY_IPV6_EXTENSION_BAD);
    d->out->ip_protocol = h[0];
    /* offset 0 and no more to come is no fragment (RFC 6946) */
    if (protocol == PROTOCOL_FRAGMENT && (decode_u16(h + 2) & 0xfff9))
        return end_with_fragment(d, decode_u32(h + 4), decode_u16(h + 2));
    return LAYER_PROTOCOL;
}

enum layer decode_protocol(struct decoding *d)
{
    for (int extensions = 0; is_extension(d); extensions++) {
        enum layer next;

        if (extensions == EXTENSIONS_MAX)
            return decode_bad(d, ANOMALY_IPV6_EXTENSION_BAD);
        next = decode_extension(d);
        if (next != LAYER_PROTOCOL)
            return next;
    }
    switch (d->out->ip_protocol) {
    case PROTOCOL_UDP:
        return LAYER_UDP;
    case PROTOCOL_TCP:
        return LAYER_TCP;
    case PROTOCOL_SCTP:
        return LAYER_SCTP;
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6:
        return end_with_payload(d, DECODE_ICMP);
    case PROTOCOL_UDPLITE:
        return LAYER_UDPLITE;
    case PROTOCOL_IPV4:
    case PROTOCOL_IPV4_OLD:
    case PROTOCOL_IPV6:
        return decode_enter(d, TUNNEL_IP, LAYER_IP);
    case PROTOCOL_GRE:
        return LAYER_GRE;
    case PROTOCOL_ESP:
        return LAYER_ESP;
    case PROTOCOL_L2TP:
        return LAYER_L2TP;
    case PROTOCOL_ETHERIP:
        return LAYER_ETHERIP;
    case PROTOCOL_ETHERNET:
        return decode_enter(d, TUNNEL_IP, LAYER_ETHERNET);
    case PROTOCOL_MPLS:
        return decode_enter(d, TUNNEL_MPLS, LAYER_MPLS);
    default:
        return end_with_payload(d, DECODE_OTHER_IP);
    }
}

/* Version 4 bits, always 3 | reserved 12 (RFC 3378) | Ethernet. */
enum layer decode_etherip(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, 2);

    if (!h || h[0] >> 4 != 3)
        return end_with_payload(d, DECODE_OTHER_IP);
    (void)decode_take(d, 2);
    return decode_enter(d, TUNNEL_ETHERIP, LAYER_ETHERNET);
}
