/*
 * ESP (RFC 4303) without encryption (RFC 2410), as IMS protects signalling.
 * Nothing says that there is none, nor how long the check value at the end is:
 * where the trailer and the lengths inside agree, it is so (RFC 5879).
 */
#include "decode/ports.h"

#define ESP_BYTES 8 /* SPI, sequence */
#define TRAILER_BYTES 2
#define SPI_MIN 256 /* below is reserved, 0 is IKE's marker on port 4500 */
#define UDP_BYTES 8
#define TCP_BYTES_MIN 20
#define CHECK_BYTES_MAX 32
#define PADDING_USUAL 15

enum {
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_UDPLITE = 136
};

struct inner {
    uint32_t at;
    uint32_t bytes;
    uint8_t protocol;
};

static bool fits_tcp(const uint8_t *h, uint32_t bytes)
{
    uint32_t header_bytes = bytes < TCP_BYTES_MIN ? 0 : (h[12] >> 4) * 4u;

    return header_bytes >= TCP_BYTES_MIN && header_bytes <= bytes &&
           (h[12] & 0x0f) == 0 && (h[13] & 0x20) == 0 && h[13] != 0 &&
           decode_u16(h + 18) == 0 && decode_u16(h) && decode_u16(h + 2);
}

static bool fits_udplite(const uint8_t *h, uint32_t bytes)
{
    uint32_t coverage = bytes < UDP_BYTES ? 1 : decode_u16(h + 4);

    return (coverage == 0 || coverage >= UDP_BYTES) && coverage <= bytes &&
           decode_u16(h) && decode_u16(h + 2);
}

/* The length that a header gives itself, or 0. */
static uint32_t own_length(const uint8_t *h, uint32_t captured,
                           uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_UDP:
        return captured >= UDP_BYTES ? decode_u16(h + 4) : 0;
    case PROTOCOL_IPV4:
        return captured >= 20 && h[0] >> 4 == 4 && (h[0] & 0x0f) >= 5
                   ? decode_u16(h + 2)
                   : 0;
    case PROTOCOL_IPV6:
        return captured >= 40 && h[0] >> 4 == 6 ? 40u + decode_u16(h + 4) : 0;
    default:
        return 0;
    }
}

static bool fits(const uint8_t *h, uint32_t bytes, uint8_t protocol)
{
    if (protocol == PROTOCOL_TCP)
        return fits_tcp(h, bytes);
    if (protocol == PROTOCOL_UDPLITE)
        return fits_udplite(h, bytes);
    return bytes >= UDP_BYTES && own_length(h, bytes, protocol) == bytes;
}

/* 1, 2, 3 ... (RFC 4303, 2.4), or zeros, as some send. */
static bool is_padding(const uint8_t *at, uint32_t bytes)
{
    bool zeros = bytes > 0 && at[0] == 0;

    for (uint32_t i = 0; i < bytes; i++)
        if (at[i] != (zeros ? 0 : (uint8_t)(i + 1)))
            return false;
    return true;
}

/* Content | padding | its length 1 | next header 1 | check. */
static bool find_at(const struct decoding *d, uint32_t head, uint32_t check,
                    struct inner *inner_out)
{
    const uint8_t *end;
    uint32_t padding;

    if (d->length < head + TRAILER_BYTES + check)
        return false;
    end = d->at + d->length - check - TRAILER_BYTES;
    padding = end[0];
    if (padding > (uint32_t)(end - d->at) - head)
        return false;
    if (!is_padding(end - padding, padding))
        return false;
    *inner_out = (struct inner){
        .at = head,
        .bytes = (uint32_t)(end - d->at) - head - padding,
        .protocol = end[1],
    };
    return fits(d->at + head, inner_out->bytes, inner_out->protocol);
}

/* The trailer was not captured: the length of what stands first has to leave
 * room for a usual one. */
static bool find_cut(const struct decoding *d, struct inner *inner_out)
{
    static const uint8_t protocols[] = {PROTOCOL_UDP, PROTOCOL_IPV4,
                                        PROTOCOL_IPV6};

    for (size_t i = 0; i < sizeof(protocols); i++) {
        uint32_t length =
            own_length(d->at + ESP_BYTES, d->length - ESP_BYTES, protocols[i]);

        *inner_out = (struct inner){ESP_BYTES, length, protocols[i]};
        if (length > UDP_BYTES && length <= d->wire &&
            d->wire - length >= ESP_BYTES + TRAILER_BYTES &&
            d->wire - length <=
                ESP_BYTES + TRAILER_BYTES + PADDING_USUAL + CHECK_BYTES_MAX)
            return true;
    }
    return false;
}

/* Check values of HMAC-MD5 and -SHA1 (12), -SHA2 (16, 24, 32), none, and of
 * AES-GMAC (RFC 4543), before whose content a vector stands. */
static bool find_inner(const struct decoding *d, struct inner *inner_out)
{
    static const struct {
        uint8_t head, check;
    } shapes[] = {{8, 12}, {8, 16}, {8, 0},  {8, 24},
                  {8, 32}, {8, 20}, {16, 16}};

    if (d->length < ESP_BYTES || decode_u32(d->at) < SPI_MIN)
        return false;
    if (d->length < d->wire)
        return find_cut(d, inner_out);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (find_at(d, shapes[i].head, shapes[i].check, inner_out))
            return true;
    return false;
}

/* In a datagram to or from port 4500 too (RFC 3948). */
enum layer decode_esp_udp(struct decoding *d)
{
    const uint8_t *h = d->at;
    struct inner inner;

    if (!find_inner(d, &inner))
        return LAYER_END;
    (void)decode_take(d, inner.at);
    decode_trim(d, inner.bytes);
    d->out->ip_protocol = inner.protocol;
    return decode_enter_id(d, TUNNEL_ESP, decode_u32(h), LAYER_PROTOCOL);
}

enum layer decode_esp(struct decoding *d)
{
    d->out->outcome = DECODE_OTHER_IP;
    d->out->payload = span_of(d->at, d->length);
    d->out->payload_wire = d->wire;
    return decode_esp_udp(d);
}
