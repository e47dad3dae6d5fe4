/**
 * One direction of a TCP connection, put in order (RFC 9293, 3.4).
 *
 * Bytes that come in order are handed on straight from the packet. What comes
 * ahead of a hole is held, bounded; the hole is given up, and said, when it is
 * too old, when too much waits behind it, or when the receiver has
 * acknowledged it all the same. Where segments overlap the first bytes win;
 * if the later ones differ that is counted, but for bytes handed on before,
 * which are not kept to compare. Urgent data is data like any other (RFC 6093).
 */
#ifndef SIPTRAIL_FLOW_TCP_H
#define SIPTRAIL_FLOW_TCP_H

#include "base/error.h"
#include "base/list.h"
#include "flow/arrival.h"

struct tcp_held;

/** All zero is a direction of which nothing was seen. */
struct tcp_direction {
    struct list waiting;    /* in the pool's list while `listed` */
    struct tcp_held *first; /* owned; by sequence, disjoint */
    struct tcp_held *last;
    struct arrival *fin_arrival; /* owned; while bytes before it are missing */
    size_t held_bytes;
    uint32_t held_count;
    uint32_t start; /* sequence number of the first byte handed on */
    uint32_t next;  /* of the next byte to hand on */
    uint32_t fin_seq;
    uint32_t acked; /* highest the other side has acknowledged */
    int64_t hole_since_ns;
    int64_t last_ns; /* packet time of the newest bytes handed on */
    bool listed;
    bool open;   /* start and next are known */
    bool joined; /* begun without its SYN */
    bool fin;    /* fin_seq is known */
    bool ended;
    bool acked_known;
    bool timed; /* last_ns is known */
};

/** Bytes missing between those handed on before and after it. */
struct tcp_gap {
    const struct arrival *arrival; /* of what follows it, or of the FIN */
    int64_t from_ns;               /* packet time of what came before it */
    uint64_t missing_bytes;
    bool cut; /* the segment was captured, these bytes of it were not */
};

/** Callbacks must not feed or end the direction they are told of. */
struct tcp_events {
    /** Bytes in order, borrowed. */
    void (*bytes_fn)(struct tcp_direction *d, const struct arrival *arrival,
                     struct span bytes, void *arg);
    void (*gap_fn)(struct tcp_direction *d, const struct tcp_gap *gap,
                   void *arg);
    /** FIN, RST or a new connection on the same ports. */
    void (*end_fn)(struct tcp_direction *d, void *arg);
    /**
     * Bytes that come right before the first one handed on, of a direction
     * begun without its SYN. May be NULL.
     *
     * @return Was there still a place for them? If not they are as old ones
     */
    bool (*before_fn)(struct tcp_direction *d, const struct arrival *arrival,
                      struct span bytes, void *arg);
};

/** What all directions share: limits, counters, the list of holes. */
struct tcp_pool {
    struct tcp_events events;
    void *arg;
    size_t bytes_cap;  /* held by all, own structures included */
    size_t stream_cap; /* held by one */
    int64_t gap_ns;    /* how long a hole is waited for */
    size_t bytes;
    struct list waiting; /* directions with a hole, oldest first */
    uint64_t duplicates; /* segments without a new byte */
    uint64_t differing;  /* segments that contradict one held */
    uint64_t gaps;
    uint64_t gap_bytes;
    uint64_t steps; /* of walks over held segments: the cost of disorder */
};

struct tcp_segment {
    uint32_t seq;
    uint8_t flags; /* of enum tcp_flag */
    struct span payload;
    uint32_t wire_length; /* of the payload, at least what was captured */
    const struct arrival *arrival;
};

/** The limits are the caller's to set. */
void tcp_pool_init(struct tcp_pool *p, const struct tcp_events *events,
                   void *arg);

/**
 * Take one segment.
 *
 * @param now_ns  Packet time, never running backwards
 * @return 0 or -ENOMEM: a segment ahead of a hole could not be held
 */
WARN_UNUSED int tcp_direction_push(struct tcp_pool *p, struct tcp_direction *d,
                                   const struct tcp_segment *segment,
                                   int64_t now_ns);

/** Note what the other side acknowledges: a hole before it stays one. */
void tcp_direction_acknowledge(struct tcp_pool *p, struct tcp_direction *d,
                               uint32_t ack, int64_t now_ns);

/** Its first byte will have this number: the SYN was seen before. */
void tcp_direction_start(struct tcp_direction *d, uint32_t first);

/** Is this SYN the beginning of another connection than the one known? */
bool tcp_direction_is_new(const struct tcp_direction *d, uint32_t isn);

/** Hand on what is held, holes told as gaps, and end. May be called twice. */
void tcp_direction_end(struct tcp_pool *p, struct tcp_direction *d);

/** Free what is held without a word. */
void tcp_direction_fini(struct tcp_pool *p, struct tcp_direction *d);

/**
 * Give up the oldest hole if it is due.
 *
 * @return The direction it was in, NULL where none is due. Call again
 */
struct tcp_direction *tcp_pool_expire(struct tcp_pool *p, int64_t now_ns);

/** Likewise while more is held than the cap allows. */
struct tcp_direction *tcp_pool_shrink(struct tcp_pool *p, int64_t now_ns);

#endif
