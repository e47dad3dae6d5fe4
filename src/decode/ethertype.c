/* What an Ethertype says: VLAN and other tags, LLC (IEEE 802.2) below it. */
#include "decode/decoding.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8 /* IEEE 802.1ad */
#define ETHERTYPE_QINQ_OLD 0x9100
#define ETHERTYPE_QINQ_OLD2 0x9200
#define ETHERTYPE_MPLS 0x8847
#define ETHERTYPE_MPLS_UPSTREAM 0x8848
#define ETHERTYPE_PPPOE 0x8864
#define ETHERTYPE_BRIDGED 0x6558
#define ETHERTYPE_MACSEC 0x88e5   /* IEEE 802.1AE */
#define ETHERTYPE_BACKBONE 0x88e7 /* IEEE 802.1ah */
#define ETHERTYPE_VN_TAG 0x8926
#define ETHERTYPE_MIN 0x0600 /* below, the field is a length */

/* One tag: priority and VLAN 2 | Ethertype 2. */
static enum layer take_vlan_tag(struct decoding *d)
{
    const uint8_t *tag = decode_take(d, 4);

    if (!tag)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    if (!d->vlan_seen)
        d->out->vlan = decode_u16(tag) & 0x0fff;
    d->vlan_seen = true;
    decode_see(d, (uint64_t)d->type << 16 | (decode_u16(tag) & 0x0fff));
    d->type = decode_u16(tag + 2);
    return LAYER_ETHERTYPE;
}

/* Flags 1 | short length 1 | packet number 4 | channel 8, where its flag is
 * set | Ethertype 2 and the rest, which may be protected but readable. */
static enum layer take_macsec_tag(struct decoding *d)
{
    const uint8_t *tag = d->at;
    uint32_t bytes = d->length > 0 && (tag[0] & 0x20) ? 16 : 8;

    if (d->length > 0 && (tag[0] & 0x0c))
        return decode_not_ip(d, ANOMALY_LINK_OPAQUE);
    tag = decode_take(d, bytes);
    if (!tag)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    d->type = decode_u16(tag + bytes - 2);
    return LAYER_ETHERTYPE;
}

/* Flags, service 4 | customer's Ethernet. */
static enum layer take_backbone_tag(struct decoding *d)
{
    const uint8_t *tag = decode_take(d, 4);

    if (!tag)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    decode_see(d, decode_u32(tag) & 0xffffff);
    return LAYER_ETHERNET;
}

/* Flags, interfaces of a port extender 4 | Ethertype 2. */
static enum layer take_vn_tag(struct decoding *d)
{
    const uint8_t *tag = decode_take(d, 6);

    if (!tag)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    decode_see(d, decode_u32(tag));
    d->type = decode_u16(tag + 4);
    return LAYER_ETHERTYPE;
}

enum layer decode_ethertype(struct decoding *d)
{
    switch (d->type) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_IPV6:
        return LAYER_IP;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_QINQ:
    case ETHERTYPE_QINQ_OLD:
    case ETHERTYPE_QINQ_OLD2:
        return take_vlan_tag(d);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
        return LAYER_MPLS;
    case ETHERTYPE_PPPOE:
        return LAYER_PPPOE;
    case ETHERTYPE_BRIDGED:
        return LAYER_ETHERNET;
    case ETHERTYPE_MACSEC:
        return take_macsec_tag(d);
    case ETHERTYPE_BACKBONE:
        return take_backbone_tag(d);
    case ETHERTYPE_VN_TAG:
        return take_vn_tag(d);
    default:
        break;
    }
    if (d->type >= ETHERTYPE_MIN)
        return decode_end(d, DECODE_NOT_IP);
    if (d->type <= d->wire)
        decode_trim(d, d->type);
    return LAYER_LLC;
}

/*
 * AA AA 03 | organisation 3, of which 0 and that of IEEE 802.1H mean: an
 * Ethertype 2 follows (SNAP). 06 06 03: IP follows.
 */
enum layer decode_llc(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, 8);

    if (h && memcmp(h, "\x06\x06\x03", 3) == 0) {
        (void)decode_take(d, 3);
        return LAYER_IP;
    }
    if (!h || memcmp(h, "\xaa\xaa\x03\0\0", 5) != 0 ||
        (h[5] != 0 && h[5] != 0xf8) || decode_u16(h + 6) < ETHERTYPE_MIN)
        return decode_end(d, DECODE_NOT_IP);
    (void)decode_take(d, 8);
    d->type = decode_u16(h + 6);
    return LAYER_ETHERTYPE;
}
