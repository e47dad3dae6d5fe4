/* LINKTYPE_NFLOG: packets as Linux's netfilter logs them. */
#include "decode/decoding.h"

#define HEADER_BYTES 4
#define FIELD_BYTES 4
#define FIELD_INTERFACE_IN 4
#define FIELD_INTERFACE_OUT 5
#define FIELD_PAYLOAD 9

struct field {
    unsigned type;
    uint32_t length; /* its own header included */
};

/* Both in the byte order of the machine that wrote them, which nothing names:
 * types are below 256, so one byte of the type is 0 and tells. */
static struct field field_of(const uint8_t *h)
{
    bool little = h[3] == 0;

    return (struct field){little ? decode_le16(h + 2) : decode_u16(h + 2),
                          little ? decode_le16(h) : decode_u16(h)};
}

static uint32_t round_up(uint32_t length)
{
    return (length + 3) & ~(uint32_t)3;
}

static enum layer enter_payload(struct decoding *d, uint32_t length)
{
    (void)decode_take(d, FIELD_BYTES);
    if (length - FIELD_BYTES < d->wire)
        decode_trim(d, length - FIELD_BYTES);
    if (d->length > 0 && d->at[0] >> 4 != 4 && d->at[0] >> 4 != 6)
        return decode_end(d, DECODE_NOT_IP);
    return LAYER_IP;
}

/* Address family 1 | version 1 | group 2, then fields to the end:
 * length 2 | type 2 | content, padded to a multiple of 4. */
enum layer decode_nflog(struct decoding *d)
{
    const uint8_t *h = decode_take(d, HEADER_BYTES);

    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    if (h[1] != 0)
        return decode_end(d, DECODE_NOT_IP);
    while ((h = decode_peek(d, 0, FIELD_BYTES)) != NULL) {
        struct field f = field_of(h);

        if (f.length < FIELD_BYTES)
            return decode_bad(d, ANOMALY_LINK_FIELD_BAD);
        if (f.type == FIELD_PAYLOAD)
            return enter_payload(d, f.length);
        if (f.length == FIELD_BYTES + 4 && d->length >= f.length &&
            (f.type == FIELD_INTERFACE_IN || f.type == FIELD_INTERFACE_OUT))
            decode_see(d, (uint64_t)f.type << 32 | decode_u32(h + FIELD_BYTES));
        if (!decode_take(d, round_up(f.length)))
            return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    }
    return d->length == 0 && d->wire == 0
               ? decode_end(d, DECODE_NOT_IP)
               : decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
}
