/* GTP-U: what phones send, on its way through an operator (TS 29.281). */
#include "decode/decoding.h"

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
    if (length <= bytes || (at[bytes] >> 4 != 4 && at[bytes] >> 4 != 6))
        return 0;
    return bytes;
}

enum layer decode_gtpu(struct decoding *d)
{
    uint32_t bytes = header_bytes_of(d->at, d->length);

    if (bytes == 0)
        return LAYER_END;
    decode_see(d, decode_u32(d->at + 4));
    (void)decode_take(d, bytes);
    return decode_enter(d, LAYER_IP);
}
