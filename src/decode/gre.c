/* GRE (RFC 2784, 2890) and its version 1, which carries PPP (RFC 2637). */
#include "decode/decoding.h"

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING 0x4000 /* RFC 1701 only */
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACKNOWLEDGEMENT 0x0080 /* version 1 */
#define GRE_VERSION 0x0007

#define ETHERTYPE_PPP 0x880b

static enum layer inner_of(uint16_t type)
{
    switch (type) {
    case 0x0800:
    case 0x86dd:
        return LAYER_IP;
    case 0x6558:
        return LAYER_ETHERNET;
    case 0x8847:
    case 0x8848:
        return LAYER_MPLS;
    case ETHERTYPE_PPP:
        return LAYER_PPP;
    default:
        return LAYER_END;
    }
}

/* Flags 2 | Ethertype 2 | checksum and offset 4 | key 4 | sequence 4 |
 * acknowledgement 4, each of the last four where its flag is set. */
enum layer decode_gre(struct decoding *d)
{
    const uint8_t *h = d->at;
    uint32_t bytes = 4;
    unsigned flags;
    unsigned version;
    enum layer inner;

    if (d->length < bytes)
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    flags = decode_u16(h);
    version = flags & GRE_VERSION;
    inner = inner_of(decode_u16(h + 2));
    d->out->payload = span_of(d->at, d->length);
    d->out->payload_wire = d->wire;
    if (version > 1 || (flags & GRE_ROUTING) || inner == LAYER_END ||
        (version == 1 && !(flags & GRE_SEQUENCE))) /* acknowledges only */
        return decode_end(d, DECODE_OTHER_IP);
    if (flags & GRE_CHECKSUM)
        bytes += 4;
    if (flags & GRE_KEY)
        bytes += 4;
    if (flags & GRE_SEQUENCE)
        bytes += 4;
    if (version == 1 && (flags & GRE_ACKNOWLEDGEMENT))
        bytes += 4;
    h = decode_take(d, bytes);
    if (!h)
        return decode_bad(d, ANOMALY_TRANSPORT_HEADER_SHORT);
    if (flags & GRE_KEY) { /* in version 1 its upper half is a length */
        uint32_t key = decode_u32(h + (flags & GRE_CHECKSUM ? 8 : 4));

        decode_see(d, version == 1 ? key & 0xffff : key);
    }
    return decode_enter(d, inner);
}
