/* Networks over UDP: VXLAN (RFC 7348), Geneve (RFC 8926), LISP (RFC 9300),
 * MPLS (RFC 7510). */
#include "decode/ports.h"

#define HEADER_BYTES 8
#define LABELS_MAX 16

#define VXLAN_TYPED 0x04 /* GPE: the fourth byte says what follows */

static enum layer inner_of_vxlan(const uint8_t *h)
{
    if (!(h[0] & VXLAN_TYPED))
        return LAYER_ETHERNET;
    switch (h[3]) {
    case 1:
    case 2:
        return LAYER_IP;
    case 3:
        return LAYER_ETHERNET;
    default:
        return LAYER_END;
    }
}

/* Flags 1 | reserved, policy or what follows 3 | network 3 | reserved 1. Of
 * the flag that the network is valid receivers differ: what fits is taken. */
enum layer decode_vxlan(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, HEADER_BYTES);
    enum layer inner = h ? inner_of_vxlan(h) : LAYER_END;

    if (inner == LAYER_END || !decode_fits(d, HEADER_BYTES, inner))
        return LAYER_END;
    (void)decode_take(d, HEADER_BYTES);
    return decode_enter_id(d, TUNNEL_VXLAN, decode_u32(h + 4) >> 8, inner);
}

/* Version 2 bits, length of the options 6, in units of 4 | flags 1 |
 * Ethertype 2 | network 3 | reserved 1 | options. */
enum layer decode_geneve(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, HEADER_BYTES);
    uint32_t bytes;
    enum layer inner;

    if (!h || h[0] & 0xc0)
        return LAYER_END;
    bytes = HEADER_BYTES + (h[0] & 0x3fu) * 4;
    switch (decode_u16(h + 2)) {
    case 0x6558:
        inner = LAYER_ETHERNET;
        break;
    case 0x0800:
    case 0x86dd:
        inner = LAYER_IP;
        break;
    default:
        return LAYER_END;
    }
    if (!decode_fits(d, bytes, inner))
        return LAYER_END;
    (void)decode_take(d, bytes);
    return decode_enter_id(d, TUNNEL_GENEVE, decode_u32(h + 4) >> 8, inner);
}

/* Flags 1 | nonce or version 3 | instance, locators 4. */
enum layer decode_lisp(struct decoding *d)
{
    const uint8_t *h = d->at;

    if (!decode_fits(d, HEADER_BYTES, LAYER_IP))
        return LAYER_END;
    (void)decode_take(d, HEADER_BYTES);
    return h[0] & 0x08 ? decode_enter_id(d, TUNNEL_LISP, decode_u32(h + 4) >> 8,
                                         LAYER_IP)
                       : decode_enter(d, TUNNEL_LISP, LAYER_IP);
}

enum layer decode_mpls_udp(struct decoding *d)
{
    const uint8_t *label;
    uint32_t bytes = 0;

    do {
        label = decode_peek(d, bytes, 4);
        bytes += 4;
    } while (label && !(label[2] & 1) && bytes < LABELS_MAX * 4);
    if (!label || !(label[2] & 1) ||
        (!decode_fits(d, bytes, LAYER_IP) &&
         !decode_fits(d, bytes, LAYER_ETHERNET) &&
         !decode_fits(d, bytes + 4, LAYER_ETHERNET)))
        return LAYER_END;
    return decode_enter(d, TUNNEL_MPLS, LAYER_MPLS);
}
