/* GTP-U: what phones send, on its way through an operator (TS 29.281). */
#include "decode/ports.h"

#define GTPU_BYTES 8
#define GTPU_OPTIONAL_BYTES 4
#define GTPU_PACKET 255

/*
 *  flags 1 | message type 1 | length 2 | tunnel 4
 *  sequence 2 | N-PDU 1 | next extension 1, where any of three flags is set
 *  extensions: length 1, in units of 4 | content | next extension 1
 *
 * 0 where this is no tunnelled packet.
 */
static uint32_t header_bytes_of(const uint8_t *at, uint32_t length)
{
    uint32_t bytes = GTPU_BYTES;

    if (length < bytes || (at[0] & 0xf0) != 0x30 || at[1] != GTPU_PACKET)
        return 0;
    if (at[0] & 0x07) {
        uint8_t next;

        bytes += GTPU_OPTIONAL_BYTES;
        next = (at[0] & 0x04) && length >= bytes ? at[bytes - 1] : 0;
        while (next != 0) {
            if (length <= bytes || at[bytes] == 0)
                return 0;
            bytes += at[bytes] * 4u;
            if (length < bytes)
                return 0;
            next = at[bytes - 1];
        }
    }
    return length > bytes ? bytes : 0;
}

/* Ethernet is what 5G's own sessions of that kind carry. */
static enum layer inner_at(const struct decoding *d, uint32_t bytes)
{
    bool exact = decode_u16(d->at + 2) + (uint32_t)GTPU_BYTES == d->wire;
    uint8_t version = d->at[bytes] >> 4;

    if (decode_fits(d, bytes, LAYER_IP))
        return LAYER_IP;
    if (decode_fits(d, bytes, LAYER_ETHERNET))
        return LAYER_ETHERNET;
    return exact && (version == 4 || version == 6) ? LAYER_IP : LAYER_END;
}

enum layer decode_gtpu(struct decoding *d)
{
    uint32_t bytes = header_bytes_of(d->at, d->length);
    enum layer inner = bytes ? inner_at(d, bytes) : LAYER_END;
    const uint8_t *h = d->at;

    if (inner == LAYER_END)
        return LAYER_END;
    (void)decode_take(d, bytes);
    return decode_enter_id(d, TUNNEL_GTPU, decode_u32(h + 4), inner);
}
