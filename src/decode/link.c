/* Ethernet (IEEE 802.3), Linux cooked capture, BSD loopback. */
#include "decode/decoding.h"

/* Linux's own numbers in the place of an Ethertype. */
#define LINUX_ETHERNET 0x0003
#define LINUX_LLC 0x0004
#define ETHERTYPE_MIN 0x0600

#define ARPHRD_WLAN 801
#define ARPHRD_PRISM 802
#define ARPHRD_RADIOTAP 803
#define ARPHRD_NETLINK 824

/* Destination 6 | source 6 | Ethertype or length 2. */
enum layer decode_ethernet(struct decoding *d)
{
    const uint8_t *h = decode_take(d, 14);

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    decode_see(d, decode_word(h));
    decode_see(d, decode_u32(h + 8));
    d->type = decode_u16(h + 12);
    return decode_ethertype(d);
}

static enum layer next_of_cooked(struct decoding *d, unsigned arphrd)
{
    switch (arphrd) {
    case ARPHRD_NETLINK:
        return decode_end(d, DECODE_NOT_IP);
    case ARPHRD_WLAN:
        return LAYER_WLAN;
    case ARPHRD_PRISM:
        return LAYER_PRISM;
    case ARPHRD_RADIOTAP:
        return LAYER_RADIOTAP;
    default:
        break;
    }
    if (d->type == LINUX_ETHERNET)
        return LAYER_ETHERNET;
    if (d->type == LINUX_LLC)
        return LAYER_LLC;
    return d->type < ETHERTYPE_MIN ? decode_end(d, DECODE_NOT_IP)
                                   : decode_ethertype(d);
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
    case 26: /* Solaris */
    case 28: /* FreeBSD */
    case 30: /* Darwin */
        return LAYER_IP;
    default:
        return decode_end(d, DECODE_NOT_IP);
    }
}
