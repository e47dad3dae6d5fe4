/**
 * The 5-tuple of a flow in a form that is quick to compare: both directions
 * have one key.
 */
#ifndef SIPTRAIL_FLOW_TUPLE_H
#define SIPTRAIL_FLOW_TUPLE_H

#include "base/hash.h"
#include "decode/layers.h"

#define TUPLE_UDP 17
#define TUPLE_TCP 6

/** words[0]: ports, protocol, family; the rest addresses, unused ones 0. */
struct tuple {
    uint64_t words[5];
};

static inline uint64_t tuple_load64(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

static inline uint64_t tuple_head(uint16_t low, uint16_t high, uint8_t protocol,
                                  uint8_t family)
{
    return (uint64_t)low | (uint64_t)high << 16 | (uint64_t)protocol << 32 |
           (uint64_t)family << 40;
}

static inline bool tuple_is_v4(const struct tuple *t)
{
    return t->words[0] >> 40 == 4;
}

static inline bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
    if ((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]))
        return false;
    return tuple_is_v4(a) ||
           ((a->words[2] ^ b->words[2]) | (a->words[3] ^ b->words[3]) |
            (a->words[4] ^ b->words[4])) == 0;
}

/** Secrets of one table, so that strangers cannot choose where they land. */
struct tuple_seed {
    uint64_t words[2];
};

static inline uint64_t tuple_hash(const struct tuple *t,
                                  const struct tuple_seed *seed)
{
    __extension__ typedef unsigned __int128 wide;
    wide product;

    if (!tuple_is_v4(t))
        return hash_bytes(t->words, sizeof(t->words));
    product =
        (wide)(t->words[0] ^ seed->words[0]) * (t->words[1] ^ seed->words[1]);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/** One end: 0 the first, whose packets have direction 0; or 1. */
struct endpoint tuple_endpoint(const struct tuple *t, unsigned end);

/** For families other than IPv4; see tuple_make(). */
unsigned tuple_make_v6(const struct layers *l, uint8_t protocol,
                       struct tuple *tuple_out);

/**
 * The key of the flow this packet belongs to. The endpoint with the lower
 * address (then port) comes first.
 *
 * @return Direction of this packet: 0 from the first endpoint, 1 to it
 */
static inline unsigned tuple_make(const struct layers *l, uint8_t protocol,
                                  struct tuple *tuple_out)
{
    uint32_t src;
    uint32_t dst;
    unsigned back;

    if (l->src.address.family != 4)
        return tuple_make_v6(l, protocol, tuple_out);
    memcpy(&src, l->src.address.bytes, sizeof(src));
    memcpy(&dst, l->dst.address.bytes, sizeof(dst));
    back = ((uint64_t)src << 16 | l->src.port) >
           ((uint64_t)dst << 16 | l->dst.port);
    tuple_out->words[0] =
        back ? tuple_head(l->dst.port, l->src.port, protocol, 4)
             : tuple_head(l->src.port, l->dst.port, protocol, 4);
    tuple_out->words[1] =
        back ? (uint64_t)dst << 32 | src : (uint64_t)src << 32 | dst;
    tuple_out->words[2] = tuple_out->words[3] = tuple_out->words[4] = 0;
    return back;
}

#endif
