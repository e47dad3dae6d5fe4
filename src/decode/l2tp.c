/* L2TP of version 2 (RFC 2661), which carries PPP, and of version 3 (RFC 3931),
 * of which only the two ends know how long its header is. */
#include "decode/ports.h"

#define FLAG_CONTROL 0x8000
#define FLAG_LENGTH 0x4000
#define FLAG_SEQUENCE 0x0800
#define FLAG_OFFSET 0x0200
#define FLAGS_RESERVED 0x34f0
#define VERSION 0x000f

/* Flags and version 2 | length 2 | tunnel 2, session 2 | sequences 2, 2 |
 * offset 2 and as many bytes, each but the ids where its flag is set. */
static enum layer enter_version2(struct decoding *d, unsigned flags)
{
    uint32_t ids_at = flags & FLAG_LENGTH ? 4 : 2;
    uint32_t bytes = ids_at + 4 + (flags & FLAG_SEQUENCE ? 4 : 0);
    uint32_t length = d->wire;
    const uint8_t *h = decode_peek(d, 0, bytes + 2);

    if (!h)
        return LAYER_END;
    if (flags & FLAG_LENGTH)
        length = decode_u16(h + 2);
    if (flags & FLAG_OFFSET)
        bytes += 2u + decode_u16(h + bytes);
    /* some pad an offset of 0 all the same */
    if ((flags & FLAG_OFFSET) && !decode_fits(d, bytes, LAYER_PPP))
        bytes += 2;
    if (length > d->wire || length < bytes || !decode_fits(d, bytes, LAYER_PPP))
        return LAYER_END;
    decode_trim(d, length);
    (void)decode_take(d, bytes);
    return decode_enter_id(d, TUNNEL_L2TP, decode_u32(h + ids_at), LAYER_PPP);
}

/* Session 4 | cookie 0, 4 or 8 | sublayer 0 or 4 | what is carried. */
static enum layer enter_version3(struct decoding *d, uint32_t session_at)
{
    static const enum layer inners[] = {LAYER_ETHERNET, LAYER_IP, LAYER_PPP};
    const uint8_t *h = decode_peek(d, session_at, 4);

    if (!h || decode_u32(h) == 0) /* 0 is control */
        return LAYER_END;
    for (size_t i = 0; i < sizeof(inners) / sizeof(inners[0]); i++) {
        for (uint32_t skip = 0; skip <= 12; skip += 4) {
            if (!decode_fits(d, session_at + 4 + skip, inners[i]))
                continue;
            (void)decode_take(d, session_at + 4 + skip);
            return decode_enter_id(d, TUNNEL_L2TP, decode_u32(h), inners[i]);
        }
    }
    return LAYER_END;
}

enum layer decode_l2tp_udp(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, 4);
    unsigned flags = h ? decode_u16(h) : FLAG_CONTROL;

    if (flags & (FLAG_CONTROL | FLAGS_RESERVED))
        return LAYER_END;
    switch (flags & VERSION) {
    case 2:
        return enter_version2(d, flags);
    case 3:
        return enter_version3(d, 4);
    default:
        return LAYER_END;
    }
}

enum layer decode_l2tp(struct decoding *d)
{
    enum layer next;

    d->out->outcome = DECODE_OTHER_IP;
    next = enter_version3(d, 0);
    if (next == LAYER_END && d->out->outcome == DECODE_OTHER_IP) {
        d->out->payload = span_of(d->at, d->length);
        d->out->payload_wire = d->wire;
    }
    return next;
}
