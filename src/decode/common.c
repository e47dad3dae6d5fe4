/*
 * The common packet in one go: Ethernet or Linux cooked, IPv4 without
 * options, UDP or TCP, nothing odd about it. Step by step it would take three
 * times as long. Whatever is not exactly so is left to the steps, and a test
 * holds both to the same result.
 */
#include "decode/common.h"
#include "decode/ports.h"

#define IPV4_BYTES 20
#define UDP_BYTES 8
#define TCP_BYTES 20

static const uint8_t *skip_link(const struct packet *p, uint64_t *view)
{
    const uint8_t *h = p->data;

    if (p->link_type == 1 && p->length >= 14 + IPV4_BYTES + UDP_BYTES &&
        h[12] == 0x08 && h[13] == 0x00) {
        *view = hash_mix(*view, decode_word(h));
        *view = hash_mix(*view, decode_u32(h + 8));
        return h + 14;
    }
    if (p->link_type == 113 && p->length >= 16 + IPV4_BYTES + UDP_BYTES &&
        h[14] == 0x08 && h[15] == 0x00 && h[2] != 3) {
        *view = hash_mix(*view, decode_word(h));
        *view = hash_mix(*view, decode_word(h + 6));
        return h + 16;
    }
    return NULL;
}

/*
 * An IPv4 endpoint, by words as wide as those by which it is
 * copied soon after: a load that reaches over several stores just made waits
 * until they are done.
 */
static inline void put_endpoint(struct endpoint *e, const uint8_t *address,
                                uint16_t port)
{
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    __extension__ typedef uint64_t words __attribute__((vector_size(16)));
    uint32_t v4, last = (uint32_t)port << 16;
    words first;

    _Static_assert(sizeof(*e) == 20 && offsetof(struct endpoint, port) == 18,
                   "the port is in the last word");
    memcpy(&v4, address, sizeof(v4));
    first = (words){4 | (uint64_t)v4 << 8, 0};
    memcpy(e, &first, sizeof(first));
    memcpy((uint8_t *)e + sizeof(first), &last, sizeof(last));
#else
    memset(e, 0, sizeof(*e));
    e->address.family = 4;
    memcpy(e->address.bytes, address, 4);
    e->port = port;
#endif
}

static inline bool take_udp(const uint8_t *h, uint32_t bytes,
                            struct layers *out)
{
    unsigned src = decode_u16(h);
    unsigned dst = decode_u16(h + 2);

    if (bytes < UDP_BYTES || decode_u16(h + 4) != bytes)
        return false;
    if (decode_may_be_tunnel(src, dst) &&
        (decode_is_tunnel_port(src) || decode_is_tunnel_port(dst)))
        return false;
    out->outcome = DECODE_UDP;
    out->payload_wire = bytes - UDP_BYTES;
    return true;
}

static inline bool take_tcp(const uint8_t *h, uint32_t bytes,
                            struct layers *out)
{
    uint32_t header_bytes = bytes < TCP_BYTES ? 0 : (h[12] >> 4) * 4u;

    if (header_bytes < TCP_BYTES || header_bytes > bytes)
        return false;
    out->outcome = DECODE_TCP;
    out->tcp.seq = decode_u32(h + 4);
    out->tcp.ack = decode_u32(h + 8);
    out->tcp.flags = h[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);
    out->payload_wire = bytes - header_bytes;
    return true;
}

bool decode_common(const struct packet *p, uint64_t view, struct layers *out)
{
    const uint8_t *ip = skip_link(p, &view);
    const uint8_t *h;
    uint32_t total;

    if (!ip || ip[0] != 0x45 || ((ip[6] & 0x3f) | ip[7]) != 0)
        return false;
    total = decode_u16(ip + 2);
    h = ip + IPV4_BYTES;
    if (total < IPV4_BYTES || total > p->length - (uint32_t)(ip - p->data))
        return false;
    decode_blank_rest(out);
    if (ip[9] == 17 ? !take_udp(h, total - IPV4_BYTES, out)
                    : ip[9] != 6 || !take_tcp(h, total - IPV4_BYTES, out))
        return false;
    put_endpoint(&out->src, ip + 12, decode_u16(h));
    put_endpoint(&out->dst, ip + 16, decode_u16(h + 2));
    out->payload = span_of(ip + total - out->payload_wire, out->payload_wire);
    out->ip_id = decode_u16(ip + 4);
    out->ttl = ip[8];
    out->ip_protocol = ip[9];
    out->link_view = hash_mix(view, ip[8]);
    return true;
}
