/**
 * How layers are undone: one step a layer, each told in a function from bytes
 * to the next layer.
 *
 * A step reads its header from what is left, takes it, and names the next
 * layer.
 */
#ifndef SIPTRAIL_DECODE_DECODING_H
#define SIPTRAIL_DECODE_DECODING_H

#include "base/hash.h"
#include "decode/layers.h"

enum layer {
    LAYER_END, /* outcome is set */
#define LAYER(NAME, step) LAYER_##NAME,
#include "decode/layer.def"
#undef LAYER
    LAYER_COUNT
};

/* More layers in one packet are not followed. */
#define DECODE_LAYERS_MAX 32

struct decoding {
    const uint8_t *at; /* what is left of the packet */
    uint32_t length;   /* captured */
    uint32_t wire;     /* on the wire, at least length */
    uint16_t type;     /* Ethertype, for LAYER_ETHERTYPE */
    bool vlan_seen;
    uint64_t view; /* becomes layers.link_view */
    struct layers *out;
};

/** The next @p bytes captured bytes, taken; NULL where there are fewer. */
static inline const uint8_t *decode_take(struct decoding *d, uint32_t bytes)
{
    const uint8_t *taken = d->at;

    if (d->length < bytes)
        return NULL;
    d->at += bytes;
    d->length -= bytes;
    d->wire -= bytes;
    return taken;
}

/** Where @p bytes could be taken, that many on; else NULL. */
static inline const uint8_t *decode_peek(const struct decoding *d,
                                         uint32_t skip, uint32_t bytes)
{
    return d->length < skip || d->length - skip < bytes ? NULL : d->at + skip;
}

/** Leave out what lies beyond @p bytes on the wire: padding, trailers. */
static inline void decode_trim(struct decoding *d, uint32_t bytes)
{
    d->wire = bytes;
    if (d->length > bytes)
        d->length = bytes;
}

static inline enum layer decode_end(struct decoding *d,
                                    enum decode_outcome outcome)
{
    d->out->outcome = outcome;
    return LAYER_END;
}

static inline enum layer decode_bad(struct decoding *d, enum anomaly anomaly)
{
    anomaly_set_add(&d->out->anomalies, anomaly);
    return decode_end(d, DECODE_BAD);
}

/** Well formed, not for us, for a reason that is counted. */
static inline enum layer decode_not_ip(struct decoding *d, enum anomaly anomaly)
{
    anomaly_set_add(&d->out->anomalies, anomaly);
    return decode_end(d, DECODE_NOT_IP);
}

static inline void decode_see(struct decoding *d, uint64_t value)
{
    d->view = hash_mix(d->view, value);
}

static inline uint16_t decode_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint16_t decode_le16(const uint8_t *p)
{
    return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t decode_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/** As it lies in memory: for hashing only. */
static inline uint64_t decode_word(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

#define LAYER(NAME, step) enum layer step(struct decoding *d);
#include "decode/layer.def"
#undef LAYER

/** The layer a link type begins with; LAYER_END where it is not known. */
enum layer decode_first_layer(int link_type);

/**
 * Could what begins @p skip bytes on be @p inner: IP, Ethernet or PPP? Where
 * nothing but a port says that there is a tunnel, the bytes decide.
 */
bool decode_fits(const struct decoding *d, uint32_t skip, enum layer inner);

/** Without the short way: the same result, for tests. */
void decode_by_steps(const struct packet *packet, struct layers *out);

/**
 * Go into a tunnel, whose header has been taken: it is noted, the addresses
 * around it become part of the view, and the payload is to be found anew.
 */
enum layer decode_enter(struct decoding *d, enum tunnel_kind kind,
                        enum layer inner);
/** Likewise into one of many between the same two, which @p id tells apart. */
enum layer decode_enter_id(struct decoding *d, enum tunnel_kind kind,
                           uint32_t id, enum layer inner);

#endif
