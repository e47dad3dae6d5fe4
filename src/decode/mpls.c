/* MPLS label stacks (RFC 3032) over IP, Ethernet (RFC 4448) or PPP (RFC 4618)
 * pseudowires. Nothing but the bytes says which. */
#include "decode/decoding.h"

#define LABELS_MAX 16
#define CONTROL_WORD_BYTES 4 /* RFC 4385: its first four bits are 0 */

static enum layer enter_pseudowire(struct decoding *d)
{
    if (d->at[0] >> 4 == 0 && d->length > CONTROL_WORD_BYTES) {
        if (decode_fits(d, CONTROL_WORD_BYTES, LAYER_ETHERNET)) {
            (void)decode_take(d, CONTROL_WORD_BYTES);
            return LAYER_ETHERNET;
        }
        if (decode_fits(d, CONTROL_WORD_BYTES, LAYER_PPP)) {
            (void)decode_take(d, CONTROL_WORD_BYTES);
            return LAYER_PPP;
        }
    }
    if (decode_fits(d, 0, LAYER_ETHERNET))
        return LAYER_ETHERNET;
    return decode_fits(d, 0, LAYER_PPP) ? LAYER_PPP
                                        : decode_end(d, DECODE_NOT_IP);
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
    /* a MAC address may begin with 4 or 6 as well */
    if ((d->at[0] >> 4 == 4 || d->at[0] >> 4 == 6) &&
        !decode_fits(d, 0, LAYER_ETHERNET))
        return LAYER_IP;
    return enter_pseudowire(d);
}
