/**
 * Who is told of what flows hold.
 */
#ifndef SIPTRAIL_FLOW_SINK_H
#define SIPTRAIL_FLOW_SINK_H

#include "base/anomaly.h"
#include "decode/layers.h"
#include "flow/arrival.h"
#include "flow/gap.h"

enum flow_probe {
    FLOW_PROBE_NO,   /* this payload is no SIP */
    FLOW_PROBE_YES,  /* it begins, or goes on with, SIP */
    FLOW_PROBE_MAYBE /* too short to say */
};

/** What the table hands on. Every callback runs on the caller's thread. */
struct flow_sink {
    void *arg;
    /** Does this payload begin with SIP? Pure and cheap. */
    enum flow_probe (*probe_fn)(void *arg, struct span payload);
    /** A whole datagram of a flow that may be SIP. Bytes borrowed. */
    void (*datagram_fn)(void *arg, const struct arrival *arrival,
                        struct span payload,
                        const struct anomaly_set *anomalies);
    /**
     * Bytes in order of one direction of a TCP stream that may be SIP.
     * *state is the sink's own, one a direction, NULL at first.
     */
    void (*stream_fn)(void *arg, const struct arrival *arrival,
                      struct span bytes, void **state);
    /** Bytes missing between what came before and what comes next. */
    void (*gap_fn)(void *arg, const struct arrival *arrival,
                   uint64_t missing_bytes, void **state);
    /** No more bytes of this direction will come; free *state. */
    void (*end_fn)(void *arg, void **state);
    /**
     * Something that may be SIP is missing from the capture. NULL: not told.
     * Of streams it comes beside gap_fn.
     */
    void (*lost_fn)(void *arg, const struct capture_gap *gap);
    /**
     * Is a datagram wanted, of whose fragments none matched the filter
     * (packet.unmatched)? NULL: it is.
     */
    bool (*wanted_fn)(void *arg, const struct layers *layers);
};

#endif
