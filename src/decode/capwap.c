/* CAPWAP (RFC 5415): what an access point hands to its controller. */
#include "decode/ports.h"

#define HEADER_BYTES_MIN 8
#define NATIVE 0x01   /* of the third byte: not 802.3 */
#define FRAGMENT 0x80 /* of the fourth */
#define KEEP_ALIVE 0x08
#define BINDING_80211 1
#define WLAN_DATA 0x08
#define WLAN_DATA_MASK 0x4f /* version, type, and that there is data */

static enum layer inner_at(const struct decoding *d, uint32_t bytes)
{
    const uint8_t *h = decode_peek(d, bytes, 2);

    if (!(d->at[2] & NATIVE))
        return decode_fits(d, bytes, LAYER_ETHERNET) ? LAYER_ETHERNET
                                                     : LAYER_END;
    if (!h || (d->at[2] >> 1 & 0x1f) != BINDING_80211)
        return LAYER_END;
    if ((h[0] & WLAN_DATA_MASK) == WLAN_DATA)
        return LAYER_WLAN;
    return (h[1] & WLAN_DATA_MASK) == WLAN_DATA ? LAYER_WLAN_SWAPPED
                                                : LAYER_END;
}

/*
 *  version, type 1 | length 5 bits, in units of 4, radio 5, binding 5,
 *  native 1, flags 8 | fragment 2 | its offset 13 bits, reserved 3 |
 *  radio's address, what it measured, each where its flag is set
 */
enum layer decode_capwap(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, HEADER_BYTES_MIN);
    uint32_t bytes = h ? (h[1] >> 3) * 4u : 0;
    enum layer inner;

    if (bytes < HEADER_BYTES_MIN || h[0] != 0 || (h[3] & KEEP_ALIVE) ||
        decode_u16(h + 6) >> 3 != 0) /* encrypted; a later fragment */
        return LAYER_END;
    inner = inner_at(d, bytes);
    if (inner == LAYER_END)
        return LAYER_END;
    if (h[3] & FRAGMENT)
        anomaly_set_add(&d->out->anomalies, ANOMALY_LINK_FRAGMENT);
    (void)decode_take(d, bytes);
    return decode_enter(d, TUNNEL_CAPWAP, inner);
}
