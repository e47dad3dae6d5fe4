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

/** An IPv4 tuple's first two words: the others are 0. */
struct tuple_v4 {
    uint64_t head;
    uint64_t addresses;
};

static inline uint64_t tuple_hash_v4(struct tuple_v4 t,
                                     const struct tuple_seed *seed)
{
    __extension__ typedef unsigned __int128 wide;
    wide product =
        (wide)(t.head ^ seed->words[0]) * (t.addresses ^ seed->words[1]);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t tuple_hash(const struct tuple *t,
                                  const struct tuple_seed *seed)
{
    if (!tuple_is_v4(t))
        return hash_bytes(t->words, sizeof(t->words));
    return tuple_hash_v4((struct tuple_v4){t->words[0], t->words[1]}, seed);
}

/** One end: 0 the first, whose packets have direction 0; or 1. */
struct endpoint tuple_endpoint(const struct tuple *t, unsigned end);

/** For families other than IPv4; see tuple_make(). */
unsigned tuple_make_v6(const struct layers *l, uint8_t protocol,
                       struct tuple *tuple_out);

/**
 * For IPv4; see tuple_make(). Without a branch: nobody can predict which way
 * the next packet goes.
 */
static inline struct tuple_v4
tuple_make_v4(const struct layers *l, uint8_t protocol, unsigned *back_out)
{
    uint32_t src, dst;
    uint64_t low, high, swap;

    memcpy(&src, l->src.address.bytes, sizeof(src));
    memcpy(&dst, l->dst.address.bytes, sizeof(dst));
    low = (uint64_t)src << 16 | l->src.port;
    high = (uint64_t)dst << 16 | l->dst.port;
    *back_out = low > high;
    swap = (low ^ high) & (0 - (uint64_t)*back_out);
    low ^= swap;
    high ^= swap;
    return (struct tuple_v4){
        tuple_head((uint16_t)low, (uint16_t)high, protocol, 4),
        low >> 16 << 32 | high >> 16};
}

/**
 * The key of the flow this packet belongs to. The endpoint with the lower
 * address (then port) comes first.
 *
 * @return Direction of this packet: 0 from the first endpoint, 1 to it
 */
static inline unsigned tuple_make(const struct layers *l, uint8_t protocol,
                                  struct tuple *tuple_out)
{
    struct tuple_v4 v4;
    unsigned back;

    if (l->src.address.family != 4)
        return tuple_make_v6(l, protocol, tuple_out);
    v4 = tuple_make_v4(l, protocol, &back);
    *tuple_out = (struct tuple){{v4.head, v4.addresses}};
    return back;
}

#endif
