/**
 * Where and when the bytes of one message arrived.
 */
#ifndef SIPTRAIL_FLOW_ARRIVAL_H
#define SIPTRAIL_FLOW_ARRIVAL_H

#include "decode/tunnels.h"

struct arrival {
    int64_t time_ns;     /* of the packet that completed it */
    uint64_t frame;      /* number of that packet in its file */
    uint32_t source;     /* ordinal of the file or live capture */
    struct endpoint src; /* innermost addresses */
    struct endpoint dst;
    enum transport transport;
    uint16_t vlan;      /* outermost VLAN ID, 0 for none */
    uint16_t ip_id;     /* IPv4 Identification; 0 for IPv6 or none */
    uint16_t sensor;    /* of base/sensors.h: who saw it, 0 the run itself */
    bool fragmented;    /* the datagram came in IP fragments */
    bool truncated;     /* bytes of it were not captured */
    bool paired;        /* most datagrams of this address pair come twice
                           (RECORDS.md, R2 d: 90 % of the last 50) */
    uint64_t link_view; /* see struct layers */
    const struct tunnels *around; /* what it came wrapped in, or NULL: borrowed
                                     as the bytes are; of an observation,
                                     in its slab */
};

#endif
