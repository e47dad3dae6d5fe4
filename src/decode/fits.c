/*
 * What could follow: a header whose lengths agree with what is there. A port
 * or the absence of an encryption is never proof.
 */
#include "decode/decoding.h"

#define IPV4_BYTES_MIN 20
#define IPV6_BYTES 40
#define ETHERNET_BYTES 14
#define TAGS_MAX 4

static bool fits_ip(const struct decoding *d, uint32_t skip)
{
    const uint8_t *h = decode_peek(d, skip, IPV4_BYTES_MIN);
    uint32_t total;

    if (!h)
        return false;
    if (h[0] >> 4 == 6)
        return decode_peek(d, skip, IPV6_BYTES) &&
               (uint32_t)IPV6_BYTES + decode_u16(h + 4) <= d->wire - skip;
    total = decode_u16(h + 2);
    return h[0] >> 4 == 4 && (h[0] & 0x0f) >= 5 &&
           (total == 0 || total >= (h[0] & 0x0fu) * 4) &&
           total <= d->wire - skip;
}

/* SNAP, IP, or the spanning tree. */
static bool fits_llc(const struct decoding *d, uint32_t skip)
{
    const uint8_t *h = decode_peek(d, skip, 3);

    return h && (memcmp(h, "\xaa\xaa\x03", 3) == 0 ||
                 memcmp(h, "\x06\x06\x03", 3) == 0 ||
                 memcmp(h, "\x42\x42\x03", 3) == 0);
}

static bool fits_type(const struct decoding *d, uint32_t skip, unsigned type)
{
    const uint8_t *h = decode_peek(d, skip, 2);

    switch (type) {
    case 0x0800:
    case 0x86dd:
        return fits_ip(d, skip);
    case 0x0806: /* ARP for Ethernet */
        return h && decode_u16(h) == 1;
    case 0x8863:
    case 0x8864:
        return h && h[0] == 0x11;
    case 0x8847:
    case 0x8848:
        return decode_peek(d, skip, 4) != NULL;
    default:
        return type < 0x0600 && type <= d->wire - skip && fits_llc(d, skip);
    }
}

static bool fits_ethernet(const struct decoding *d, uint32_t skip)
{
    const uint8_t *h = decode_peek(d, skip, ETHERNET_BYTES);
    unsigned type;

    if (!h)
        return false;
    type = decode_u16(h + 12);
    skip += ETHERNET_BYTES;
    for (int i = 0; i < TAGS_MAX && (type == 0x8100 || type == 0x88a8 ||
                                     type == 0x9100 || type == 0x9200);
         i++) {
        h = decode_peek(d, skip, 4);
        if (!h)
            return false;
        type = decode_u16(h + 2);
        skip += 4;
    }
    return fits_type(d, skip, type);
}

/* IP, or a control protocol: Cxxx and 80xx whose code, id and length make
 * sense (RFC 1661, 5). */
static bool fits_ppp(const struct decoding *d, uint32_t skip)
{
    const uint8_t *h = decode_peek(d, skip, 2);
    unsigned protocol;

    if (h && h[0] == 0xff && h[1] == 0x03) {
        skip += 2;
        h = decode_peek(d, skip, 2);
    }
    if (!h)
        return false;
    if (h[0] == 0x21 || h[0] == 0x57)
        return fits_ip(d, skip + 1);
    protocol = decode_u16(h);
    if (protocol == 0x0021 || protocol == 0x0057)
        return fits_ip(d, skip + 2);
    if (protocol == 0x00fd || protocol == 0x0053 || protocol == 0x003d)
        return true;
    h = decode_peek(d, skip + 2, 4);
    return h && (h[-2] == 0xc0 || h[-2] == 0xc2 || h[-2] == 0x80) &&
           decode_u16(h + 2) >= 4 && decode_u16(h + 2) <= d->wire - skip - 2;
}

bool decode_fits(const struct decoding *d, uint32_t skip, enum layer inner)
{
    switch ((int)inner) { /* of a long list, these */
    case LAYER_IP:
        return fits_ip(d, skip);
    case LAYER_ETHERNET:
        return fits_ethernet(d, skip);
    case LAYER_PPP:
        return fits_ppp(d, skip);
    default:
        return false;
    }
}
