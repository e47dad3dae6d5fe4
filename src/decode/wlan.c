/* IEEE 802.11 data frames, and the headers that capturing cards put before
 * them. */
#include "decode/decoding.h"

#define WLAN_BYTES 24
#define PRISM_BYTES 144

/* First byte of frame control: version 2 bits, type 2, subtype 4. */
#define TYPE_MASK 0x0f
#define TYPE_DATA 0x08
#define SUBTYPE_NULL 0x40
#define SUBTYPE_QOS 0x80

/* Its second byte. */
#define FLAG_TO_DS 0x01
#define FLAG_FROM_DS 0x02
#define FLAG_PROTECTED 0x40
#define FLAG_ORDER 0x80

#define QOS_AGGREGATE 0x80 /* A-MSDU */
#define ADDRESS_BYTES 6
#define IV_BYTES 8

/* Frame control 2 | duration 2 | addresses 6, 6, 6 | sequence 2 | address 6
 * from one access point to another | QoS 2 | HT control 4. */
static uint32_t header_bytes_of(uint8_t type, uint8_t flags)
{
    uint32_t bytes = WLAN_BYTES;

    if ((flags & (FLAG_TO_DS | FLAG_FROM_DS)) == (FLAG_TO_DS | FLAG_FROM_DS))
        bytes += ADDRESS_BYTES;
    if (type & SUBTYPE_QOS)
        bytes += flags & FLAG_ORDER ? 6 : 2;
    return bytes;
}

static bool is_llc_at(const struct decoding *d, uint32_t skip)
{
    const uint8_t *h = decode_peek(d, skip, 8);

    return h && memcmp(h, "\xaa\xaa\x03\0\0", 5) == 0;
}

/* Drivers may pad the header to a multiple of 4, and may leave the vector
 * before what they decrypted, with the flag still set. */
static enum layer find_llc(struct decoding *d, uint32_t header_bytes,
                           bool protected)
{
    uint32_t pad = header_bytes % 4;
    const uint32_t skips[] = {0, pad, IV_BYTES, pad + IV_BYTES};

    for (size_t i = 0; i < sizeof(skips) / sizeof(skips[0]); i++) {
        if (is_llc_at(d, skips[i])) {
            (void)decode_take(d, skips[i]);
            return LAYER_LLC;
        }
    }
    return protected ? decode_not_ip(d, ANOMALY_LINK_OPAQUE) : LAYER_LLC;
}

/* Ethernet frames, each padded to a multiple of 4: the first is read. */
static enum layer enter_aggregate(struct decoding *d)
{
    const uint8_t *h = decode_peek(d, 0, 14);

    if (h && d->wire > ((14u + decode_u16(h + 12) + 3u) & ~3u) + 4u)
        anomaly_set_add(&d->out->anomalies, ANOMALY_LINK_FRAGMENT);
    return LAYER_ETHERNET;
}

/* Both bytes of frame control, in the right order. */
static enum layer undo(struct decoding *d, uint8_t type, uint8_t flags)
{
    uint32_t bytes = header_bytes_of(type, flags);
    const uint8_t *h;
    bool aggregate;

    if ((type & TYPE_MASK) != TYPE_DATA || (type & SUBTYPE_NULL))
        return decode_end(d, DECODE_NOT_IP);
    h = decode_take(d, bytes);
    if (!h)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    decode_see(d, decode_word(h + 4));
    decode_see(d, decode_word(h + 12));
    decode_see(d, decode_u16(h + 20));
    if (h[22] & 0x0f) /* number of a fragment that is not the first */
        return decode_not_ip(d, ANOMALY_LINK_FRAGMENT);
    aggregate = (type & SUBTYPE_QOS) &&
                (h[bytes - (flags & FLAG_ORDER ? 6 : 2)] & QOS_AGGREGATE);
    if (aggregate && !(flags & FLAG_PROTECTED))
        return enter_aggregate(d);
    return find_llc(d, bytes, flags & FLAG_PROTECTED);
}

enum layer decode_wlan(struct decoding *d)
{
    if (d->length < 2)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    return undo(d, d->at[0], d->at[1]);
}

/* As some controllers send it to themselves: control's bytes swapped. */
enum layer decode_wlan_swapped(struct decoding *d)
{
    if (d->length < 2)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    return undo(d, d->at[1], d->at[0]);
}

static enum layer skip_to(struct decoding *d, uint32_t least, uint32_t bytes,
                          enum layer next)
{
    if (bytes < least)
        return decode_bad(d, ANOMALY_LINK_FIELD_BAD);
    return decode_take(d, bytes) ? next
                                 : decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
}

/* Version 1 | pad 1 | length 2, little endian as all of it | present 4 ... */
enum layer decode_radiotap(struct decoding *d)
{
    if (d->length < 8)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    return skip_to(d, 8, decode_le16(d->at + 2), LAYER_WLAN);
}

/* Magic 4 | length 4 | ... */
enum layer decode_avs(struct decoding *d)
{
    if (d->length < 8)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    return skip_to(d, 8, decode_u32(d->at + 4), LAYER_WLAN);
}

/* One of a fixed size, or AVS's, told by its magic. */
enum layer decode_prism(struct decoding *d)
{
    if (d->length >= 4 && (decode_u32(d->at) & 0xfffff000) == 0x80211000)
        return LAYER_AVS;
    return skip_to(d, 0, PRISM_BYTES, LAYER_WLAN);
}

/* Version 1 | flags 1 | length 2 | link type 4, all little endian | ... */
enum layer decode_ppi(struct decoding *d)
{
    const uint8_t *h = d->at;
    enum layer next;

    if (d->length < 8)
        return decode_bad(d, ANOMALY_LINK_HEADER_SHORT);
    next = h[6] || h[7] ? LAYER_END : decode_first_layer(decode_le16(h + 4));
    if (next == LAYER_END)
        return decode_bad(d, ANOMALY_LINK_TYPE_UNKNOWN);
    return skip_to(d, 8, decode_le16(h + 2), next);
}
