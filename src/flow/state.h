/**
 * What the files of this folder share: a flow, and the table of all flows.
 */
#ifndef SIPTRAIL_FLOW_STATE_H
#define SIPTRAIL_FLOW_STATE_H

#include "base/list.h"
#include "base/table.h"
#include "flow/defrag.h"
#include "flow/dpi.h"
#include "flow/flow.h"
#include "flow/opaque.h"
#include "flow/pair.h"
#include "flow/sctp.h"
#include "flow/tcp.h"
#include "flow/tuple.h"

enum flow_kind {
    FLOW_UNDECIDED,
    FLOW_SIP,
    FLOW_OTHER /* something else */
};

/** Flows of one class grow old together; the longest list gives way. */
enum flow_age { FLOW_AGE_UDP, FLOW_AGE_TCP, FLOW_AGE_TCP_BARE, FLOW_AGES };

struct stream;    /* stream.c: a TCP flow that is SIP or undecided */
struct undecided; /* decide.h: a flow being looked into */

struct flow {
    /* First cache line: all that a packet of no interest needs. */
    struct table_node node;
    struct tuple tuple;
    uint32_t last_tick; /* of its newest packet */
    uint16_t protocol;  /* nDPI's number */
    uint8_t kind;       /* enum flow_kind */
    uint8_t age_class;  /* enum flow_age */
    struct list age;
    uint32_t listed_tick; /* when it was put last in its list */
    uint32_t packets;     /* while it was undecided */
    union {
        struct {                      /* UDP */
            struct pair_last last[2]; /* by direction */
            struct pair *pair;        /* may be NULL */
        };
        struct {                   /* TCP */
            struct stream *stream; /* owned, may be NULL */
            uint32_t isn[2];       /* of the SYN seen in each direction */
        };
    };
    struct undecided *undecided; /* owned, may be NULL */
    uint8_t isn_known;           /* bit 0 and 1 */
    bool tls;
    uint8_t client;     /* which end began it, plus one; 0 not known */
    uint32_t told_tick; /* when TLS in it was told of last */
};

static inline bool flow_is_udp(const struct flow *f)
{
    return f->age_class == FLOW_AGE_UDP;
}

struct age_list {
    struct list flows; /* oldest first */
    size_t count;
    uint32_t idle_ticks;
};

struct flow_table {
    struct flow_limits limits;
    struct flow_sink sink;
    struct flow_counters *counters; /* owned */
    int64_t now_ns;                 /* highest packet time so far */
    int64_t base_ns;                /* of the first packet */
    uint32_t tick;                  /* now_ns in units of 2^26 ns, wrapping */
    uint32_t expired_tick;
    bool begun; /* base_ns is set */
    int error;  /* of the packet at hand: 0 or -ENOMEM */
    struct table flows;
    struct tuple_seed seed;
    struct age_list ages[FLOW_AGES];
    struct flow_block *blocks; /* memory of all flows; owned */
    struct list spare;         /* flows not in use */
    struct pair_table pairs;
    struct list undecided; /* oldest first */
    size_t undecided_count;
    struct tcp_pool tcp;
    struct defrag *defrag;
    struct sctp *sctp;
    struct opaque *opaque;
    uint64_t sctp_turned; /* of its counters, already told */
    struct flow_quotes quotes;
    struct dpi *dpi;
    uint64_t protocol_flows[DPI_PROTOCOLS];
    uint64_t protocol_packets[DPI_PROTOCOLS];
};

/** A packet on its way through. */
struct passage {
    const struct packet *packet;
    struct layers *layers;
    unsigned back;    /* direction, see tuple_make() */
    bool reassembled; /* not a packet of its own: not counted again */
    const struct defrag_datagram *datagram; /* then: what it came from */
    bool truncated;                         /* whatever the layers say */
};

/* find.c */

/** The flow of this packet, made where it is new. NULL without memory. */
struct flow *flow_find(struct flow_table *t, struct passage *p,
                       uint8_t protocol);
/** That flow where it is known, untouched, or NULL. */
const struct flow *flow_look_up(const struct flow_table *t,
                                const struct layers *l, uint8_t protocol);
/** Move to another class of age. */
void flow_set_age(struct flow_table *t, struct flow *f, enum flow_age age);
/** End whatever it has and take it out of the table. */
void flow_remove(struct flow_table *t, struct flow *f);
/** Remove idle flows. */
void flow_expire_idle(struct flow_table *t);
void flow_free_blocks(struct flow_table *t);

/* udp.c, stream.c: take a packet; returns the counter it belongs to. */
uint64_t *udp_take(struct flow_table *t, struct passage *p);
uint64_t *stream_take(struct flow_table *t, struct passage *p);

/** Callbacks of the TCP pool; arg is the flow table. */
extern const struct tcp_events stream_events;
/** End both directions and free what the stream holds. */
void stream_free(struct flow_table *t, struct flow *f);
/** Give up holes that are due, in streams. */
void stream_expire(struct flow_table *t);

/**
 * Tell the sink of a gap that ends with this arrival, whose addresses, source
 * and time it gets.
 */
void flow_tell_lost(struct flow_table *t, const struct arrival *arrival,
                    struct capture_gap *lost);
/**
 * Fill all but the transport, which is the caller's. What is around it is
 * borrowed from the layers.
 */
void arrival_of(const struct passage *p, enum transport transport,
                struct arrival *arrival_out);

#endif
