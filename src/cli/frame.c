#include "cli/frame.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, TTL = 64 };

static uint8_t *put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    at = put16(at, value >> 16);
    return put16(at, value & 0xffff);
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t length)
{
    if (length)
        memcpy(at, bytes, length);
    return at + length;
}

static uint32_t sum_bytes(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (length % 2)
        sum += (uint32_t)bytes[length - 1] << 8;
    return sum;
}

/* RFC 1071; the sum of 65535 bytes fits 32 bits. */
static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* A locally administered MAC that tells addresses apart. */
static uint8_t *put_mac(uint8_t *at, const struct address *a)
{
    const uint8_t *tail = a->family == 4 ? a->bytes : a->bytes + 12;

    *at++ = 2;
    *at++ = 0;
    return put_bytes(at, tail, 4);
}

static uint8_t *put_ethernet(uint8_t *at, const struct frame *f)
{
    at = put_mac(at, &f->dst.address);
    at = put_mac(at, &f->src.address);
    if (f->vlan) {
        at = put16(at, 0x8100);
        at = put16(at, f->vlan & 0xfff);
    }
    return put16(at, f->src.address.family == 4 ? 0x0800 : 0x86dd);
}

static size_t address_bytes(const struct address *a)
{
    return a->family == 4 ? 4 : 16;
}

static uint8_t *put_ip(uint8_t *at, const struct frame *f, size_t length)
{
    uint8_t protocol = f->tcp ? PROTOCOL_TCP : PROTOCOL_UDP;
    uint8_t *start = at;

    if (f->src.address.family == 6) {
        at = put32(at, UINT32_C(6) << 28);
        at = put16(at, length);
        *at++ = protocol;
        *at++ = TTL;
    } else {
        at = put16(at, 0x4500);
        at = put16(at, length + 20);
        at = put32(at, 0x00004000); /* no Identification, do not fragment */
        *at++ = TTL;
        *at++ = protocol;
        at = put16(at, 0);
    }
    at = put_bytes(at, f->src.address.bytes, address_bytes(&f->src.address));
    at = put_bytes(at, f->dst.address.bytes, address_bytes(&f->dst.address));
    if (f->src.address.family == 4)
        (void)put16(start + 10, fold(sum_bytes(0, start, 20)));
    return at;
}

static uint8_t *put_transport(uint8_t *at, const struct frame *f, size_t length)
{
    at = put16(at, f->src.port);
    at = put16(at, f->dst.port);
    if (!f->tcp) {
        at = put16(at, length);
        return put16(at, 0);
    }
    at = put32(at, f->seq);
    at = put32(at, f->ack);
    at = put16(at, f->push ? 0x5018 : 0x5010);
    at = put16(at, 65535);
    return put32(at, 0);
}

/* The pseudo header: addresses, protocol, length (RFC 768, 9293, 8200 8.1). */
static void set_checksum(const struct frame *f, uint8_t *transport,
                         size_t length)
{
    size_t n = address_bytes(&f->src.address);
    uint32_t sum = sum_bytes(0, f->src.address.bytes, n);
    uint16_t folded;

    sum = sum_bytes(sum, f->dst.address.bytes, n);
    sum += (f->tcp ? PROTOCOL_TCP : PROTOCOL_UDP) + (uint32_t)length;
    folded = fold(sum_bytes(sum, transport, length));
    if (!f->tcp && folded == 0)
        folded = 0xffff;
    (void)put16(transport + (f->tcp ? 16 : 6), folded);
}

size_t frame_write(const struct frame *frame, uint8_t *buffer)
{
    struct span payload = span_part(frame->payload, 0, FRAME_PAYLOAD_MAX);
    size_t length = (frame->tcp ? 20 : 8) + payload.length;
    uint8_t *transport;
    uint8_t *at;

    if (!frame->src.address.family ||
        frame->src.address.family != frame->dst.address.family)
        return 0;
    at = put_ethernet(buffer, frame);
    transport = put_ip(at, frame, length);
    at = put_transport(transport, frame, length);
    at = put_bytes(at, payload.data, payload.length);
    set_checksum(frame, transport, length);
    return (size_t)(at - buffer);
}
