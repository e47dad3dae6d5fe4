/**
 * Do the datagrams between two addresses come twice? (RECORDS.md, R2 d)
 *
 * A mirror that copies both the way in and the way out of a port shows every
 * packet of an address pair twice, in a row and alike to the last bit. Where
 * IP numbers its packets that is plain to see in each of them; where it does
 * not, the company a datagram keeps tells a copy from a retransmission.
 */
#ifndef SIPTRAIL_FLOW_PAIR_H
#define SIPTRAIL_FLOW_PAIR_H

#include "base/table.h"
#include "decode/layers.h"

/** One address pair, its two directions apart. */
struct pair {
    struct table_node node;
    struct address low;
    struct address high;
    uint32_t users;    /* flows that point to it */
    uint64_t twice[2]; /* newest datagram in bit 0: did it come twice? */
};

/** The newest datagram of one direction of a flow. */
struct pair_last {
    uint32_t print; /* of its bytes; 0 where it has had its copy */
    uint32_t tick;  /* packet time in units of 2^20 ns, wrapping */
};

struct pair_table {
    struct table table;
};

WARN_UNUSED int pair_table_init(struct pair_table *t);
void pair_table_fini(struct pair_table *t);

/** The pair of these addresses; give it back. NULL where there is no memory. */
struct pair *pair_take(struct pair_table *t, const struct layers *layers);
void pair_give_back(struct pair_table *t, struct pair *p);

/** What is alike in a datagram and its copy, in 32 bits, never 0. */
uint32_t pair_print(const struct layers *layers, bool sip);

/** Note a datagram of direction @p back (tuple_make()). */
static inline void pair_observe(struct pair *p, struct pair_last *last,
                                unsigned back, uint32_t print, int64_t time_ns)
{
    uint32_t tick = (uint32_t)((uint64_t)time_ns >> 20);

    if (print == last->print && tick - last->tick + 190 <= 380) {
        p->twice[back] |= p->twice[back] + 1; /* lowest that had no copy */
        last->print = 0;
        return;
    }
    p->twice[back] <<= 1;
    last->print = print;
    last->tick = tick;
}

/** Did at least 90 % of the last 50 datagrams come twice? */
static inline bool pair_is_twice(const struct pair *p, unsigned back)
{
    return p->twice[back] &&
           __builtin_popcountll(p->twice[back] & ((UINT64_C(1) << 50) - 1)) >=
               45;
}

#endif
