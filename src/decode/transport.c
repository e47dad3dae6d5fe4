/* UDP (RFC 768), UDP-Lite (RFC 3828), TCP (RFC 9293) and SCTP (RFC 9260). */
#include "decode/ports.h"

#define UDP_BYTES 8
#define TCP_BYTES_MIN 20
#define PORTS_BYTES 4 /* what every ICMP error quotes at the least */
#define SCTP_BYTES 12

static void set_ports(struct decoding *d, const uint8_t *h)
{
    d->out->src.port = decode_u16(h);
    d->out->dst.port = decode_u16(h + 2);
}

static void set_payload(struct decoding *d)
{
    d->out->payload = span_of(d->at, d->length);
    d->out->payload_wire = d->wire;
}

/* What is often found at this port, where the bytes say so too. */
static enum layer enter_by_port(struct decoding *d, unsigned port)
{
    switch (port) {
#define PORT(NAME, number, step)                                               \
    case number:                                                               \
        return step(d);
#include "decode/ports.def"
#undef PORT
    default:
        return LAYER_END;
    }
}

static enum layer enter_by_ports(struct decoding *d)
{
    struct layers *out = d->out;
    uint16_t src = out->src.port;
    enum layer next = enter_by_port(d, out->dst.port);

    if (next != LAYER_END || out->outcome != DECODE_UDP)
        return next;
    return enter_by_port(d, src);
}

/* Source port 2 | destination port 2 | length 2 | checksum 2. */
enum layer decode_udp(struct decoding *d)
{
    const uint8_t *h = decode_take(d, UDP_BYTES);
    uint32_t length;

    if (!h)
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    set_ports(d, h);
    length = decode_u16(h + 4);
    /* 0 stands for a jumbogram (RFC 2675, 4); what is wrong otherwise is
     * named, and the IP length decides */
    if (length >= UDP_BYTES && length - UDP_BYTES <= d->wire)
        decode_trim(d, length - UDP_BYTES);
    else if (length != 0)
        anomaly_set_add(&d->out->anomalies, ANOMALY_UDP_LENGTH_BAD);
    set_payload(d);
    d->out->outcome = DECODE_UDP;
    return enter_by_ports(d);
}

/* Source port 2 | destination port 2 | checksum coverage 2 | checksum 2. The
 * whole is the payload, whatever part of it the checksum covers (3.1). */
enum layer decode_udplite(struct decoding *d)
{
    const uint8_t *h = decode_take(d, UDP_BYTES);
    uint32_t coverage;

    if (!h)
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    set_ports(d, h);
    coverage = decode_u16(h + 4);
    if (coverage != 0 &&
        (coverage < UDP_BYTES || coverage - UDP_BYTES > d->wire))
        anomaly_set_add(&d->out->anomalies, ANOMALY_UDPLITE_COVERAGE_BAD);
    set_payload(d);
    return decode_end(d, DECODE_UDP);
}

/* Source port 2 | destination port 2 | sequence 4 | acknowledgement 4 |
 * offset 4 bits, flags 12 | window 2 | checksum 2 | urgent 2 | options. */
enum layer decode_tcp(struct decoding *d)
{
    struct layers *out = d->out;
    const uint8_t *h = d->at;
    uint32_t header_bytes;

    if (d->length >= PORTS_BYTES)
        set_ports(d, h);
    if (d->length < TCP_BYTES_MIN)
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    header_bytes = (uint32_t)(h[12] >> 4) * 4;
    if (header_bytes < TCP_BYTES_MIN || header_bytes > d->wire)
        return decode_bad(d, ANOMALY_TCP_OFFSET_BAD);
    out->tcp.seq = decode_u32(h + 4);
    out->tcp.ack = decode_u32(h + 8);
    out->tcp.flags = h[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);
    if (header_bytes > d->length) { /* the snap length cut its options */
        d->at += d->length;
        d->length = 0;
        d->wire -= header_bytes;
    } else {
        (void)decode_take(d, header_bytes);
    }
    set_payload(d);
    return decode_end(d, DECODE_TCP);
}

/* Source port 2 | destination port 2 | verification tag 4 | checksum 4 |
 * chunks. */
enum layer decode_sctp(struct decoding *d)
{
    const uint8_t *h = decode_take(d, SCTP_BYTES);

    if (!h)
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    set_ports(d, h);
    d->out->sctp.tag = decode_u32(h + 4);
    set_payload(d);
    return decode_end(d, DECODE_SCTP);
}
