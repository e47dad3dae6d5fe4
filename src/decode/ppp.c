/* PPP (RFC 1661, 1662), Cisco HDLC, and PPP over Ethernet (RFC 2516). */
#include "decode/decoding.h"

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281
#define PPP_MPLS_MULTICAST 0x0283

/* Address and control may be left out, and the protocol's first byte too
 * (RFC 1661, 6.5 and 6.6). */
enum layer decode_ppp(struct decoding *d)
{
    const uint8_t *h;
    unsigned protocol;

    if (d->length >= 2 && d->at[0] == 0xff && d->at[1] == 0x03) {
        (void)decode_take(d, 2);
    } else if (d->length >= 4 && (d->at[0] == 0x0f || d->at[0] == 0x8f) &&
               d->at[1] == 0) { /* Cisco's: an Ethertype follows */
        d->type = decode_u16(d->at + 2);
        (void)decode_take(d, 4);
        return d->type < 0x0600 ? decode_end(d, DECODE_NOT_IP)
                                : LAYER_ETHERTYPE;
    }
    h = decode_take(d, d->length > 0 && (d->at[0] & 1) ? 1 : 2);
    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    protocol = h[0] & 1 ? h[0] : decode_u16(h);
    switch (protocol) {
    case PPP_IPV4:
    case PPP_IPV6:
        return LAYER_IP;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        return LAYER_MPLS;
    default:
        return decode_end(d, DECODE_NOT_IP);
    }
}

/* Version and type 1 | code 1 | session 2 | length 2. */
enum layer decode_pppoe(struct decoding *d)
{
    const uint8_t *h = decode_take(d, 6);
    uint32_t length;

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    if (h[0] != 0x11 || h[1] != 0)
        return decode_end(d, DECODE_NOT_IP);
    decode_see(d, decode_u16(h + 2));
    length = decode_u16(h + 4);
    if (length < d->wire)
        decode_trim(d, length);
    return LAYER_PPP;
}
