/**
 * SIP messages out of SCTP (RFC 9260; RFC 4168: one user message is one SIP
 * message).
 *
 * A direction of an association is known by addresses, ports and verification
 * tag; where a host has several addresses, by ports, tag and the place of its
 * TSNs in the sequence. A chunk whose TSN was seen is a retransmission. The
 * fragments of a user message are put together by TSN, or by FSN within a
 * message identifier where the parts of messages are interleaved (I-DATA, RFC
 * 8260); messages are handed on as they become whole, whatever their order in
 * their stream. The checksum is not looked at: captures of a sending host
 * hold it unfilled.
 */
#ifndef SIPTRAIL_FLOW_SCTP_H
#define SIPTRAIL_FLOW_SCTP_H

#include "base/error.h"
#include "decode/layers.h"
#include "flow/arrival.h"

struct sctp;

struct sctp_limits {
    size_t directions;    /* most known at once; the quietest gives way */
    size_t bytes;         /* most held for fragments, structures included */
    size_t message_bytes; /* longest message put together */
    int64_t gap_ns;       /* how long a missing fragment is waited for */
    int64_t idle_ns;      /* until a quiet direction goes */
};

struct sctp_counters {
    uint64_t directions; /* ever seen */
    uint64_t dropped;    /* directions pushed out by the cap */
    uint64_t expired;
    uint64_t messages;      /* user messages handed on whole */
    uint64_t reassembled;   /* of those, from fragments */
    uint64_t duplicates;    /* chunks whose TSN was seen */
    uint64_t gaps;          /* messages given up: a fragment never came */
    uint64_t dropped_bytes; /* of those, behind the missing fragment */
    uint64_t bad_chunks;
    uint64_t turned; /* packets of directions that became SIP after them */
};

struct sctp_sink {
    void *arg;
    /**
     * A user message, whole or up to what is missing. Bytes borrowed.
     *
     * @param sip  This direction has carried SIP before
     * @return Is it SIP?
     */
    bool (*message_fn)(void *arg, const struct arrival *arrival,
                       struct span bytes, const struct anomaly_set *anomalies,
                       bool sip);
    /**
     * A fragment never came: told behind the message's beginning, if any.
     *
     * @param arrival   Of the newest fragment there is
     * @param since_ns  Time of the first
     */
    void (*gap_fn)(void *arg, const struct arrival *arrival, int64_t since_ns,
                   bool sip);
};

struct sctp_packet {
    uint32_t tag;       /* verification tag */
    struct span chunks; /* what follows the common header */
    uint32_t wire;      /* their length on the wire, at least as long */
    bool counted;       /* a packet of its own */
    const struct arrival *arrival;
    const struct anomaly_set *anomalies; /* of its layers */
};

WARN_UNUSED int sctp_new(const struct sctp_limits *limits,
                         const struct sctp_sink *sink, struct sctp **sctp_out);
/** Frees what is held without a word. NULL is allowed. */
void sctp_free(struct sctp *s);

/**
 * Take one packet (DECODE_SCTP).
 *
 * @param now_ns   Packet time, never running backwards
 * @param bad_out  Chunk lengths that cannot be: the rest was left out
 * @return 1 its direction carries SIP, 0 not so far, or -ENOMEM
 */
WARN_UNUSED int sctp_push(struct sctp *s, const struct sctp_packet *packet,
                          int64_t now_ns, bool *bad_out);

/** Give up what waited too long; INT64_MAX gives up all. */
void sctp_expire(struct sctp *s, int64_t now_ns);

/** Borrowed. */
const struct sctp_counters *sctp_counters_of(const struct sctp *s);
/** Bytes held now for fragments. */
size_t sctp_bytes(const struct sctp *s);

#endif
