#include "decode/plain.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_SCTP 132
#define PROTOCOL_UDPLITE 136

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static size_t put_ip(uint8_t *at, const struct layers *l, uint8_t protocol,
                     size_t length)
{
    if (l->src.address.family == 4) {
        at[0] = 0x45;
        put16(at + 2, 20 + length);
        at[8] = l->ttl;
        at[9] = protocol;
        memcpy(at + 12, l->src.address.bytes, 4);
        memcpy(at + 16, l->dst.address.bytes, 4);
        return 20;
    }
    at[0] = 0x60;
    put16(at + 4, length);
    at[6] = protocol;
    at[7] = l->ttl;
    memcpy(at + 8, l->src.address.bytes, 16);
    memcpy(at + 24, l->dst.address.bytes, 16);
    return 40;
}

static size_t transport_bytes(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_TCP:
        return 20;
    case PROTOCOL_SCTP:
        return 12;
    case PROTOCOL_UDP:
    case PROTOCOL_UDPLITE:
        return 8;
    default:
        return 0;
    }
}

static void put_transport(uint8_t *at, const struct layers *l, uint8_t protocol,
                          size_t length)
{
    if (!transport_bytes(protocol))
        return;
    put16(at, l->src.port);
    put16(at + 2, l->dst.port);
    if (protocol == PROTOCOL_SCTP) {
        put32(at + 4, l->sctp.tag);
    } else if (protocol != PROTOCOL_TCP) {
        put16(at + 4, 8 + length);
    } else {
        put32(at + 4, l->tcp.seq);
        put32(at + 8, l->tcp.ack);
        at[12] = 0x50;
        at[13] = l->tcp.flags;
        put16(at + 14, 0xffff);
    }
}

size_t plain_write(const struct layers *l, uint8_t protocol, struct span shown,
                   uint8_t *out)
{
    size_t header = transport_bytes(protocol);
    size_t at;

    memset(out, 0, PLAIN_HEADER_BYTES);
    at = put_ip(out, l, protocol, header + shown.length);
    put_transport(out + at, l, protocol, shown.length);
    at += header;
    if (shown.length)
        memcpy(out + at, shown.data, shown.length);
    return at + shown.length;
}
