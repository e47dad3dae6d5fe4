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

static inline bool tuple_equal(const struct tuple *a, const struct tuple *b)
{
    return ((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]) |
            (a->words[2] ^ b->words[2]) | (a->words[3] ^ b->words[3]) |
            (a->words[4] ^ b->words[4])) == 0;
}

/** Seeded: strangers choose the addresses and ports. */
static inline uint64_t tuple_hash(const struct tuple *t)
{
    bool v4 = (t->words[0] >> 40) == 4;

    return hash_bytes(t->words, v4 ? 16 : sizeof(t->words));
}

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
    *tuple_out = (struct tuple){
        {back ? tuple_head(l->dst.port, l->src.port, protocol, 4)
              : tuple_head(l->src.port, l->dst.port, protocol, 4),
         back ? (uint64_t)dst << 32 | src : (uint64_t)src << 32 | dst, 0, 0,
         0}};
    return back;
}

#endif
