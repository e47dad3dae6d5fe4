/* TZSP: what access points and routers caught, sent to a collector. */
#include "decode/ports.h"

#define HEADER_BYTES 4
#define TYPE_RECEIVED 0
#define TYPE_TO_SEND 1
#define TAG_PADDING 0
#define TAG_END 1

static enum layer inner_of(unsigned encapsulated)
{
    switch (encapsulated) {
    case 1:
        return LAYER_ETHERNET;
    case 18:
        return LAYER_WLAN;
    case 119:
        return LAYER_PRISM;
    case 127:
        return LAYER_AVS;
    default:
        return LAYER_END;
    }
}

/* Version 1 | type 1 | encapsulated 2 | tags: type 1, length 1, content; two
 * of them are a type alone. */
enum layer decode_tzsp(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, HEADER_BYTES);
    uint32_t bytes = HEADER_BYTES;
    enum layer inner;

    if (!h || h[0] != 1 || (h[1] != TYPE_RECEIVED && h[1] != TYPE_TO_SEND))
        return LAYER_END;
    inner = inner_of(decode_u16(h + 2));
    if (inner == LAYER_END)
        return LAYER_END;
    for (;;) {
        const uint8_t *tag = decode_peek(d, bytes, 1);

        if (tag && *tag == TAG_END)
            break;
        if (tag && *tag != TAG_PADDING) {
            tag = decode_peek(d, bytes, 2);
            bytes += tag ? 1u + tag[1] : 0;
        }
        if (!tag)
            return LAYER_END;
        bytes++;
    }
    (void)decode_take(d, bytes + 1);
    return decode_enter(d, TUNNEL_TZSP, inner);
}
