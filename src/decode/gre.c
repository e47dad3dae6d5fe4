/* GRE (RFC 2784, 2890, 1701), its version 1, which carries PPP (RFC 2637), and
 * ERSPAN, which mirrors a port through it. */
#include "decode/ports.h"

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING 0x4000 /* RFC 1701 only */
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACKNOWLEDGEMENT 0x0080 /* version 1 */
#define GRE_VERSION 0x0007

#define TYPE_WCCP 0x883e
#define TYPE_PPP 0x880b
#define TYPE_ERSPAN 0x88be /* of type I and II */
#define TYPE_ERSPAN3 0x22eb

struct gre {
    unsigned flags;
    uint16_t type; /* of what follows */
    uint32_t bytes;
    uint32_t key;
};

static enum layer inner_of(uint16_t type)
{
    switch (type) {
    case 0x0800:
    case 0x86dd:
    case TYPE_WCCP:
        return LAYER_IP;
    case 0x6558:
    case TYPE_ERSPAN:
    case TYPE_ERSPAN3:
        return LAYER_ETHERNET;
    case 0x8847:
    case 0x8848:
        return LAYER_MPLS;
    case TYPE_PPP:
        return LAYER_PPP;
    default:
        return LAYER_END;
    }
}

/* Address family 2 | offset 1 | length 1 | so many bytes, until both the
 * family and the length are 0 (RFC 1701). Some set the flag and send none. */
static bool add_routing(const struct decoding *d, struct gre *g)
{
    const uint8_t *h;

    if (decode_fits(d, g->bytes, inner_of(g->type)))
        return true;
    do {
        h = decode_peek(d, g->bytes, 4);
        if (!h)
            return false;
        g->bytes += 4u + h[3];
    } while (decode_u16(h) != 0 || h[3] != 0);
    return true;
}

/* Flags 2 | Ethertype 2 | checksum and offset 4 | key 4 | sequence 4 |
 * acknowledgement 4 | routing, each of the last five where its flag is set. */
static bool read_header(const struct decoding *d, struct gre *g)
{
    const uint8_t *h = d->at;

    if (d->length < 4)
        return false;
    *g = (struct gre){
        .flags = decode_u16(h), .type = decode_u16(h + 2), .bytes = 4};
    if (g->flags & (GRE_CHECKSUM | GRE_ROUTING))
        g->bytes += 4;
    if (g->flags & GRE_KEY) {
        h = decode_peek(d, g->bytes, 4);
        g->key = h ? decode_u32(h) : 0;
        g->bytes += 4;
    }
    if (g->flags & GRE_SEQUENCE)
        g->bytes += 4;
    if ((g->flags & GRE_VERSION) == 1 && (g->flags & GRE_ACKNOWLEDGEMENT))
        g->bytes += 4;
    if ((g->flags & GRE_ROUTING) && !add_routing(d, g))
        return false;
    return g->bytes <= d->length;
}

static bool is_carrier(const struct decoding *d, const struct gre *g)
{
    switch (g->flags & GRE_VERSION) {
    case 0:
        return inner_of(g->type) != LAYER_END;
    case 1: /* without a sequence it should only acknowledge */
        return g->type == TYPE_PPP && !(g->flags & GRE_ROUTING) &&
               ((g->flags & GRE_SEQUENCE) ||
                decode_fits(d, g->bytes, LAYER_PPP));
    default:
        return false;
    }
}

#define ERSPAN2_BYTES 8
#define ERSPAN3_BYTES 12
#define ERSPAN3_LONG_BYTES 20
#define ERSPAN3_IP (2 << 2) /* type of frame */

/* The size of its header, as its version says. Where that is none that is
 * known: what fits. */
static uint32_t erspan_bytes_of(const struct decoding *d, const struct gre *g)
{
    static const uint8_t sizes[] = {ERSPAN2_BYTES, ERSPAN3_BYTES,
                                    ERSPAN3_LONG_BYTES};
    const uint8_t *h = d->at;
    bool numbered = g->flags & GRE_SEQUENCE; /* as all but type I are */

    if (numbered && h[0] >> 4 == 1)
        return ERSPAN2_BYTES;
    if (h[0] >> 4 == 2 && (numbered || g->type == TYPE_ERSPAN3))
        return decode_peek(d, 0, ERSPAN3_BYTES) && (h[11] & 1)
                   ? ERSPAN3_LONG_BYTES
                   : ERSPAN3_BYTES;
    if (decode_fits(d, 0, LAYER_ETHERNET))
        return 0;
    for (size_t i = 0; i < sizeof(sizes); i++)
        if (decode_fits(d, sizes[i], LAYER_ETHERNET))
            return sizes[i];
    return numbered || g->type == TYPE_ERSPAN3 ? UINT32_MAX : 0;
}

/*
 * Type II: version 4 bits, VLAN 12 | class 3, encapsulation 2, cut 1,
 * session 10 | port 4. Type III: the same four bytes | time 4 | group 2 |
 * frame 1, type of frame 5, hardware 6, direction 1, time's unit 2,
 * subheader 1 | subheader 8, where the last bit says so. Type I: nothing.
 */
static enum layer enter_erspan(struct decoding *d, const struct gre *g)
{
    const uint8_t *h = d->at;
    enum layer inner = LAYER_ETHERNET;
    uint32_t bytes;

    if (d->length < 4)
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    bytes = erspan_bytes_of(d, g);
    if (bytes == 0)
        return decode_enter(d, TUNNEL_ERSPAN, LAYER_ETHERNET);
    if (bytes == UINT32_MAX)
        return decode_end(d, DECODE_OTHER_IP);
    if (!decode_take(d, bytes))
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    if (bytes >= ERSPAN3_BYTES && (h[10] & 0x7c) == ERSPAN3_IP)
        inner = LAYER_IP;
    decode_see(d, decode_u16(h) & 0x0fff);
    return decode_enter_id(d, TUNNEL_ERSPAN, decode_u16(h + 2) & 0x03ff, inner);
}

static enum layer enter(struct decoding *d, const struct gre *g)
{
    (void)decode_take(d, g->bytes);
    if (g->type == TYPE_ERSPAN || g->type == TYPE_ERSPAN3)
        return enter_erspan(d, g);
    if (g->type == TYPE_WCCP && d->length > 4 && d->at[0] >> 4 != 4 &&
        d->at[0] >> 4 != 6)
        (void)decode_take(d, 4);       /* version 2 redirects with a header */
    if ((g->flags & GRE_VERSION) == 1) /* the key's upper half is a length */
        return decode_enter_id(d, TUNNEL_PPTP, g->key & 0xffff, LAYER_PPP);
    return g->flags & GRE_KEY
               ? decode_enter_id(d, TUNNEL_GRE, g->key, inner_of(g->type))
               : decode_enter(d, TUNNEL_GRE, inner_of(g->type));
}

enum layer decode_gre(struct decoding *d)
{
    struct gre g = {0};
    bool whole = read_header(d, &g);

    if (g.bytes == 0) /* not even flags */
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    d->out->payload = span_of(d->at, d->length);
    d->out->payload_wire = d->wire;
    if (!is_carrier(d, &g))
        return decode_end(d, DECODE_OTHER_IP);
    return whole ? enter(d, &g) : decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
}

enum layer decode_gre_udp(struct decoding *d)
{
    struct gre g;
    enum layer inner;

    if (!read_header(d, &g) || !is_carrier(d, &g))
        return LAYER_END;
    inner = inner_of(g.type);
    if (g.type == TYPE_ERSPAN || g.type == TYPE_ERSPAN3 ||
        g.type == TYPE_WCCP || !decode_fits(d, g.bytes, inner))
        return LAYER_END;
    return enter(d, &g);
}
