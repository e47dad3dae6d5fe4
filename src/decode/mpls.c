/* MPLS label stacks (RFC 3032) over IP or Ethernet pseudowires (RFC 4448). */
#include "decode/decoding.h"

#define LABELS_MAX 16

static bool looks_like_ethernet(const uint8_t *at, uint32_t length)
{
    unsigned type = length >= 14 ? decode_u16(at + 12) : 0;

    return type == 0x0800 || type == 0x86dd || type == 0x8100 || type == 0x88a8;
}

/* Label 20 bits | class 3 | bottom of stack 1 | TTL 8. */
enum layer decode_mpls(struct decoding *d)
{
    const uint8_t *label;
    int labels = 0;

    do {
        label = decode_take(d, 4);
        if (!label || labels++ == LABELS_MAX)
            return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
        decode_see(d, decode_u32(label) >> 12);
    } while (!(label[2] & 1));
    if (d->length == 0)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    if (d->at[0] >> 4 == 4 || d->at[0] >> 4 == 6)
        return LAYER_IP;
    if (d->length >= 4 && d->at[0] >> 4 == 0 &&
        looks_like_ethernet(d->at + 4, d->length - 4))
        (void)decode_take(d, 4); /* the control word (RFC 4385) */
    return looks_like_ethernet(d->at, d->length) ? LAYER_ETHERNET
                                                 : decode_end(d, DECODE_NOT_IP);
}
