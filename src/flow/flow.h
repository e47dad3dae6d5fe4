/**
 * Flows: whole datagrams and byte streams out of layers, and what each flow
 * is. Fragments are reassembled here, TCP segments put in order, nDPI asked
 * about a flow's first packets.
 *
 * A flow is taken for SIP by what its payload says, never by its port: the
 * probe decides, datagram by datagram while the flow is undecided. Once nDPI
 * or a run of payloads says a flow is something else, its packets cost one
 * look-up; a probe is still made now and then, for ports are reused.
 *
 * How a stream is cut into segments makes no difference where its beginning
 * is SIP, or was not seen: then lines inside it are looked at too. A stream
 * that was seen to begin as something else turns into SIP only where a segment
 * does, for what it quotes is no message. Of a stream joined in the middle what
 * comes right before its first segment finds its place while all is held that
 * came so far; nothing else before it can be told of, should it come later.
 */
#ifndef SIPTRAIL_FLOW_FLOW_H
#define SIPTRAIL_FLOW_FLOW_H

#include "base/error.h"
#include "base/table.h"
#include "decode/layers.h"
#include "flow/opaque.h"
#include "flow/quote.h"
#include "flow/sink.h"

struct flow_table;
struct flow; /* one 5-tuple; borrowed, valid during a callback */

struct flow_limits {
    size_t flows;            /* most flows kept */
    size_t undecided;        /* most of them being looked into */
    size_t reassembly_bytes; /* most bytes held for streams, in all */
    size_t stream_bytes;     /* most bytes held for one direction */
    size_t fragment_bytes;   /* most bytes held for fragments, in all */
    int64_t udp_idle_ns;     /* packet time until a quiet flow goes */
    int64_t tcp_idle_ns;
    int64_t tcp_gap_ns;     /* how long a hole is waited for */
    int64_t fragment_ns;    /* how long a datagram's fragments live */
    size_t sctp_directions; /* most directions of associations kept */
    size_t sctp_bytes;      /* most bytes held for fragments of messages */
};

/** Generous values for one machine; see flow.c. */
extern const struct flow_limits flow_limits_default;

/** Each packet pushed is counted in exactly one of the first group. */
struct flow_counters {
    uint64_t datagrams;       /* handed on */
    uint64_t segments;        /* of streams handed on, empty ones too */
    uint64_t fragments;       /* held or completed a datagram */
    uint64_t sctp_packets;    /* of directions that carry SIP */
    uint64_t not_sip_packets; /* of flows that are something else, or not
                                 known to be SIP so far */
    uint64_t not_ip;
    uint64_t other_ip;
    uint64_t icmp;
    uint64_t malformed;
    uint64_t unwanted; /* fragments of datagrams that wanted_fn refused */
    /* of those: */
    uint64_t datagrams_reassembled;
    uint64_t fragments_expired; /* fragments of datagrams never completed */
    uint64_t tcp_gaps;
    uint64_t tcp_gap_bytes;
    uint64_t tcp_duplicate_segments;
    uint64_t sctp_gaps;       /* user messages of which a fragment never came */
    uint64_t sctp_duplicates; /* chunks that came again */
    uint64_t sctp_dropped;    /* directions pushed out by the cap */
    uint64_t sctp_expired;    /* directions gone quiet */
    uint64_t flows;           /* ever seen */
    uint64_t flows_expired;
    uint64_t flows_dropped; /* pushed out by the cap */
    uint64_t flows_tls;     /* recognised, cannot be read; see flow_opaque() */
    uint64_t tls_packets;
    uint64_t esp_packets;              /* encrypted, as far as can be told */
    uint64_t anomalies[ANOMALY_COUNT]; /* of layers and flows, by kind */
};

WARN_UNUSED int flow_table_new(const struct flow_limits *limits,
                               const struct flow_sink *sink,
                               struct flow_table **table_out);
/** Ends every flow through the sink, then frees. NULL is allowed. */
void flow_table_free(struct flow_table *t);

/**
 * Take one decoded packet. May call the sink several times.
 *
 * @param packet  As given to layers_decode(), for time and frame
 * @return 0 or -ENOMEM; the packet is counted either way
 */
WARN_UNUSED int flow_push(struct flow_table *t, const struct packet *packet,
                          struct layers *layers);

/**
 * It is this late, and no packet came: what waited long enough is handed on.
 *
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int flow_advance(struct flow_table *t, int64_t now_ns);

/** End of input: what is held is handed on, every stream ended. */
void flow_flush(struct flow_table *t);

/** Borrowed; numbers are those of now. */
const struct flow_counters *flow_counters_of(const struct flow_table *t);

#define FLOW_FILLS 2
/** How full its tables are. */
void flow_fills(const struct flow_table *t,
                struct table_fill fills_out[FLOW_FILLS]);

/** Borrowed; those of now. */
const struct flow_quotes *flow_quotes_of(const struct flow_table *t);

/**
 * One row for each protocol name nDPI gave, most packets first.
 *
 * @return Rows set, at most @p cap
 */
struct flow_protocol {
    const char *name; /* static storage */
    uint64_t flows;
    uint64_t packets;
};
size_t flow_protocols(const struct flow_table *t, struct flow_protocol *out,
                      size_t cap);

/**
 * What could not be read, by port: see opaque_ports().
 *
 * @return Rows there are; at most @p cap are set
 */
size_t flow_opaque(const struct flow_table *t, struct opaque_port *out,
                   size_t cap);

#endif
