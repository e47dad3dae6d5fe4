/* Ethernet (IEEE 802.3) with VLAN tags, Linux cooked capture, BSD loopback. */
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
#define ETHERTYPE_MIN 0x0600 /* below, the field is a length */

#define ARPHRD_RADIOTAP 803
#define ARPHRD_NETLINK 824

/* LLC and SNAP (IEEE 802.2): AA AA 03 | organisation 3 | Ethertype 2. */
static enum layer decode_llc(struct decoding *d)
{
    const uint8_t *h;

    if (d->type <= d->wire)
        decode_trim(d, d->type);
    h = decode_take(d, 8);
    if (!h || memcmp(h, "\xaa\xaa\x03\0\0\0", 6) != 0 ||
        decode_u16(h + 6) < ETHERTYPE_MIN)
        return decode_end(d, DECODE_NOT_IP);
    d->type = decode_u16(h + 6);
    return LAYER_ETHERTYPE;
}

/* One tag: priority and VLAN 2 | Ethertype 2. */
static bool take_vlan_tag(struct decoding *d)
{
    const uint8_t *tag = decode_take(d, 4);

    if (!tag)
        return false;
    if (!d->vlan_seen)
        d->out->vlan = decode_u16(tag) & 0x0fff;
    d->vlan_seen = true;
    decode_see(d, (uint64_t)d->type << 16 | (decode_u16(tag) & 0x0fff));
    d->type = decode_u16(tag + 2);
    return true;
}

static inline enum layer next_of_type(struct decoding *d)
{
    switch (d->type) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_IPV6:
        return LAYER_IP;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_QINQ:
    case ETHERTYPE_QINQ_OLD:
    case ETHERTYPE_QINQ_OLD2:
        return take_vlan_tag(d) ? LAYER_ETHERTYPE
                                : decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
        return LAYER_MPLS;
    case ETHERTYPE_PPPOE:
        return LAYER_PPPOE;
    case ETHERTYPE_BRIDGED:
        return LAYER_ETHERNET;
    default:
        return d->type < ETHERTYPE_MIN ? decode_llc(d)
                                       : decode_end(d, DECODE_NOT_IP);
    }
}

enum layer decode_ethertype(struct decoding *d)
{
    return next_of_type(d);
}

/* Destination 6 | source 6 | Ethertype or length 2. */
enum layer decode_ethernet(struct decoding *d)
{
    const uint8_t *h = decode_take(d, 14);

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    decode_see(d, decode_word(h));
    decode_see(d, decode_u32(h + 8));
    d->type = decode_u16(h + 12);
    return next_of_type(d);
}

/* Below ETHERTYPE_MIN cooked headers hold Linux's own numbers. */
static enum layer next_of_cooked(struct decoding *d, unsigned arphrd)
{
    if (d->type < ETHERTYPE_MIN || arphrd == ARPHRD_NETLINK ||
        arphrd == ARPHRD_RADIOTAP)
        return decode_end(d, DECODE_NOT_IP);
    return next_of_type(d);
}

/* LINKTYPE_LINUX_SLL: packet type 2 | ARPHRD 2 | address length 2 |
 * address 8 | protocol 2. */
enum layer decode_cooked(struct decoding *d)
{
    const uint8_t *h = decode_take(d, 16);

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    decode_see(d, decode_word(h));
    decode_see(d, decode_word(h + 6));
    d->type = decode_u16(h + 14);
    return next_of_cooked(d, decode_u16(h + 2));
}

/* LINKTYPE_LINUX_SLL2: protocol 2 | reserved 2 | interface 4 | ARPHRD 2 |
 * packet type 1 | address length 1 | address 8. */
enum layer decode_cooked2(struct decoding *d)
{
    const uint8_t *h = decode_take(d, 20);

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    decode_see(d, decode_word(h + 4));
    decode_see(d, decode_word(h + 12));
    d->type = decode_u16(h);
    return next_of_cooked(d, decode_u16(h + 8));
}

/* LINKTYPE_NULL in the writer's byte order, LINKTYPE_LOOP in network order:
 * an address family, whose number for IPv6 differs between systems. */
enum layer decode_family(struct decoding *d)
{
    const uint8_t *h = decode_take(d, 4);
    uint32_t family;

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    family = decode_u32(h);
    if (family > UINT16_MAX)
        family = __builtin_bswap32(family);
    switch (family) {
    case 2:  /* IPv4 everywhere */
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* Darwin */
        return LAYER_IP;
    default:
        return decode_end(d, DECODE_NOT_IP);
    }
}
