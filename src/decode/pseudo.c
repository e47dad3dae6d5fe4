/* What systems and capturing cards put before a packet: PKTAP (macOS), PFLOG
 * and ENC (BSD), ERF (Endace). Frame relay (RFC 2427). */
#include "decode/decoding.h"

#define PKTAP_BYTES_MIN 12
#define PFLOG_BYTES_MIN 45
#define ENC_BYTES 12
#define ERF_BYTES 16
#define ERF_MORE 0x80 /* of a type: a header of 8 bytes follows */

enum { NLPID_SNAP = 0x80, NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc };

/* Behind a header of so many bytes, IP of either version or another family. */
static enum layer skip_to_ip(struct decoding *d, uint32_t bytes)
{
    if (!decode_take(d, bytes))
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    if (d->length > 0 && d->at[0] >> 4 != 4 && d->at[0] >> 4 != 6)
        return decode_end(d, DECODE_NOT_IP);
    return LAYER_IP;
}

/* Length 4 | record type 4 | link type 4, all little endian | ... */
enum layer decode_pktap(struct decoding *d)
{
    const uint8_t *h = d->at;
    uint32_t bytes;
    enum layer next;

    if (d->length < PKTAP_BYTES_MIN)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    next = h[10] || h[11] ? LAYER_END : decode_first_layer(decode_le16(h + 8));
    if (next == LAYER_END)
        return decode_bad(d, ANOMALY_LINK_TYPE_UNKNOWN);
    bytes = decode_le16(h) | (uint32_t)decode_le16(h + 2) << 16;
    if (bytes < PKTAP_BYTES_MIN)
        return decode_bad(d, ANOMALY_LINK_FIELD_BAD);
    return decode_take(d, bytes) ? next
                                 : decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
}

/* Length 1, padding to 4 apart | family 1 | action, reason, names ... */
enum layer decode_pflog(struct decoding *d)
{
    if (d->length == 0)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    if (d->at[0] < PFLOG_BYTES_MIN)
        return decode_bad(d, ANOMALY_LINK_FIELD_BAD);
    return skip_to_ip(d, (d->at[0] + 3u) & ~3u);
}

/* Family 4 | SPI 4 | flags 4: what IPsec did or will protect. */
enum layer decode_enc(struct decoding *d)
{
    return skip_to_ip(d, ENC_BYTES);
}

/* Address 2, or more where its last bit is not set | control 1, perhaps
 * padding 1 | protocol 1; or, Cisco's, an Ethertype behind the address. */
enum layer decode_frame_relay(struct decoding *d)
{
    uint32_t bytes = 0;
    const uint8_t *h;

    do {
        h = decode_peek(d, bytes++, 1);
    } while (h && !(*h & 1) && bytes < 4);
    h = decode_take(d, bytes + 2);
    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    h += bytes;
    if (h[0] != 3) {
        d->type = decode_u16(h);
        return d->type < 0x0600 ? decode_end(d, DECODE_NOT_IP)
                                : LAYER_ETHERTYPE;
    }
    if (h[1] == 0) {
        h = decode_take(d, 1);
        if (!h)
            return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
        h--;
    }
    if (h[1] == NLPID_IPV4 || h[1] == NLPID_IPV6)
        return LAYER_IP;
    h = h[1] == NLPID_SNAP ? decode_take(d, 5) : NULL;
    if (!h || memcmp(h, "\0\0\0", 3) != 0)
        return decode_end(d, DECODE_NOT_IP);
    d->type = decode_u16(h + 3);
    return LAYER_ETHERTYPE;
}

/* What an ERF record of this type holds, behind two bytes of padding where it
 * is Ethernet. */
static enum layer enter_erf(struct decoding *d, unsigned type)
{
    switch (type) {
    case 1: /* HDLC */
        return LAYER_PPP;
    case 2: /* Ethernet, four kinds of tags apart */
    case 11:
    case 16:
    case 20:
        return decode_take(d, 2) ? LAYER_ETHERNET
                                 : decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    case 22:
    case 23:
        return LAYER_IP;
    default:
        return decode_end(d, DECODE_NOT_IP);
    }
}

/* Time 8 | type 1 | flags 1 | length 2 | loss, colour 2 | length on the wire
 * 2 | headers of 8 bytes, each of which says whether another follows. */
enum layer decode_erf(struct decoding *d)
{
    const uint8_t *h = decode_take(d, ERF_BYTES);
    unsigned type;
    uint8_t more;

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    type = h[8] & ~(unsigned)ERF_MORE;
    decode_see(d, h[9] & 3); /* the card's interface */
    for (more = h[8]; more & ERF_MORE; more = h[0]) {
        h = decode_take(d, 8);
        if (!h)
            return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    }
    return enter_erf(d, type);
}
