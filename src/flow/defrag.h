/**
 * IP fragments into whole datagrams (RFC 791, 3.2; RFC 8200, 4.5).
 *
 * Fragments come in any order. Of bytes that come twice the first ones are
 * kept; where the later ones differ, or lie across others, the datagram is
 * marked FRAGMENT_OVERLAP (RFC 5722 would have it thrown away, but a recorder
 * keeps what was there). Work for a fragment is in proportion to its length,
 * whatever came before it.
 */
#ifndef SIPTRAIL_FLOW_DEFRAG_H
#define SIPTRAIL_FLOW_DEFRAG_H

#include "base/error.h"
#include "decode/layers.h"

struct defrag;

struct defrag_counters {
    uint64_t datagrams;         /* whole ones handed out */
    uint64_t fragments_expired; /* of datagrams never completed */
    uint64_t datagrams_expired; /* likewise, the datagrams */
    uint64_t dropped;           /* datagrams pushed out by the cap */
    uint64_t bad;               /* fragments that cannot be */
    uint64_t overlapping;       /* datagrams marked so */
    uint64_t steps;             /* entries and blocks looked at: the cost */
};

/** A datagram, whole or given up. Borrowed until the next call. */
struct defrag_datagram {
    struct layers layers; /* payload: the datagram's bytes, up to the first
                             hole. Not yet decoded further */
    struct packet packet; /* of the newest fragment; no bytes; unmatched
                             where all of them were */
    uint32_t fragments;
    int64_t since_ns;       /* packet time of the first of them */
    uint32_t missing_bytes; /* of holes; 0 where the length is not known */
    bool truncated;         /* bytes are missing at the end */
    bool expired;           /* given up: a fragment never came */
};

enum defrag_result {
    DEFRAG_MORE, /* held, or of no use */
    DEFRAG_DONE, /* *datagram_out is whole */
    DEFRAG_NO_MEMORY
};

/**
 * @param bytes_cap  Most bytes held, own structures included; the oldest
 *                   datagram gives way
 * @param live_ns    How long a datagram may take, in packet time
 */
WARN_UNUSED int defrag_new(size_t bytes_cap, int64_t live_ns,
                           struct defrag **defrag_out);
/** NULL is allowed. */
void defrag_free(struct defrag *d);

/**
 * Take one fragment (DECODE_FRAGMENT).
 *
 * @param now_ns  Packet time, never running backwards
 */
enum defrag_result defrag_push(struct defrag *d, const struct packet *packet,
                               const struct layers *layers, int64_t now_ns,
                               struct defrag_datagram *datagram_out);

/**
 * Give up the oldest datagram that is due: too old, or over the cap.
 *
 * @param now_ns  INT64_MAX: every one is due
 * @return false where none is due. Call again after true
 */
bool defrag_expire(struct defrag *d, int64_t now_ns,
                   struct defrag_datagram *datagram_out);

/** Borrowed. */
const struct defrag_counters *defrag_counters_of(const struct defrag *d);
/** Bytes held now. */
size_t defrag_bytes(const struct defrag *d);

#endif
