/* PPP (RFC 1661, 1662), Cisco HDLC, and PPP over Ethernet (RFC 2516). */
#include "decode/decoding.h"

#define PPP_IPV4 0x0021
#define PPP_BRIDGED 0x0031   /* RFC 3518 */
#define PPP_MULTILINK 0x003d /* RFC 1990 */
#define PPP_ENCRYPTED 0x0053 /* RFC 1968 */
#define PPP_IPV6 0x0057
#define PPP_COMPRESSED 0x00fd /* RFC 1962, 3078 */
#define PPP_MPLS 0x0281
#define PPP_MPLS_MULTICAST 0x0283

/* Begin and end 2 bits | sequence, 12 bits in all or 32: whole packets are
 * read where it is 32. */
static enum layer enter_multilink(struct decoding *d)
{
    const uint8_t *h = decode_take(d, 4);

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    if ((h[0] & 0xc0) != 0xc0 || !decode_fits(d, 0, LAYER_PPP))
        return decode_not_ip(d, ANOMALY_LINK_FRAGMENT);
    return LAYER_PPP;
}

/* Flags and padding 1 | MAC type 1 | LAN 4, where the first flag but one is
 * set | frame. */
static enum layer enter_bridged(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, 2);

    if (!h || !decode_take(d, h[0] & 0x40 ? 6 : 2))
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    return h[1] == 1 ? LAYER_ETHERNET : decode_end(d, DECODE_NOT_IP);
}

/* Cisco's: 0F or 8F | 00 | Ethertype 2. */
static enum layer enter_cisco(struct decoding *d)
{
    d->type = decode_u16(d->at + 2);
    (void)decode_take(d, 4);
    return d->type < 0x0600 ? decode_end(d, DECODE_NOT_IP) : LAYER_ETHERTYPE;
}

/* Address and control may be left out, and the protocol's first byte too
 * (RFC 1661, 6.5 and 6.6). */
enum layer decode_ppp(struct decoding *d)
{
    const uint8_t *h;

    if (d->length >= 4 && (d->at[0] == 0x0f || d->at[0] == 0x8f) &&
        d->at[1] == 0)
        return enter_cisco(d);
    if (d->length >= 2 && d->at[0] == 0xff && d->at[1] == 0x03)
        (void)decode_take(d, 2);
    h = decode_take(d, d->length > 0 && (d->at[0] & 1) ? 1 : 2);
    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    switch (h[0] & 1 ? h[0] : decode_u16(h)) {
    case PPP_IPV4:
    case PPP_IPV6:
        return LAYER_IP;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        return LAYER_MPLS;
    case PPP_BRIDGED:
        return enter_bridged(d);
    case PPP_MULTILINK:
        return enter_multilink(d);
    case PPP_ENCRYPTED:
    case PPP_COMPRESSED:
        return decode_not_ip(d, ANOMALY_LINK_OPAQUE);
    default:
        return decode_end(d, DECODE_NOT_IP);
    }
}

/* LINKTYPE_PPP_WITH_DIR: 0 for received, else sent. */
enum layer decode_ppp_direction(struct decoding *d)
{
    return decode_take(d, 1) ? LAYER_PPP
                             : decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
}

/* LINKTYPE_PPP_PPPD: the same in the place of the address, then control. */
enum layer decode_ppp_pppd(struct decoding *d)
{
    return decode_take(d, 2) ? LAYER_PPP
                             : decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
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
