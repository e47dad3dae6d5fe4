/**
 * The short way of the packets that are the most.
 */
#ifndef SIPTRAIL_DECODE_COMMON_H
#define SIPTRAIL_DECODE_COMMON_H

#include "decode/layers.h"

/** What the common packet has none of. */
static inline void decode_blank_rest(struct layers *out)
{
    out->vlan = 0;
    out->tunnels = 0;
    out->tcp.seq = out->tcp.ack = 0;
    out->tcp.flags = 0;
    out->sctp.tag = 0;
    out->fragment.id = out->fragment.offset = 0;
    out->fragment.more = false;
    for (size_t i = 0; i < ANOMALY_WORDS; i++)
        out->anomalies.bits[i] = 0;
}

/**
 * Decode one of the common packets at once; false, with @p out to be blanked,
 * where it is none.
 */
bool decode_common(const struct packet *packet, uint64_t view,
                   struct layers *out);

#endif
