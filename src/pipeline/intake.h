/**
 * Bytes of flows in, observations out: SIP messages cut from datagrams and
 * streams, copied once into a slab and parsed there.
 */
#ifndef SIPTRAIL_PIPELINE_INTAKE_H
#define SIPTRAIL_PIPELINE_INTAKE_H

#include "base/list.h"
#include "base/sensors.h"
#include "base/slab.h"
#include "flow/flow.h"
#include "pipeline/pipeline.h"
#include "sip/check.h"
#include "sip/observation.h"

struct intake {
    struct slab_pool *pool;
    struct sensors *sensors; /* borrowed; NULL: nobody wants to know */
    uint64_t ordinal;
    bool in_hep;               /* the payload at hand came in HEP */
    int64_t hep_clock_ns;      /* highest time a HEP packet told */
    struct list streams;       /* fed longest ago first */
    size_t stream_bytes;       /* they hold, themselves included */
    struct sip_message parsed; /* of the bytes at hand, before it is copied */
    struct sip_header headers[SIP_HEADERS_MAX];
    struct sip_check_memory checked;
    struct pipeline_counters counters;
    int failure; /* first negative errno of take_fn */
    /** Takes over the observation. */
    int (*take_fn)(void *arg, struct observation *o);
    /** A gap in the capture that SIP may have fallen into, or NULL. */
    int (*lost_fn)(void *arg, const struct capture_gap *gap);
    /** As flow_sink's, or NULL. */
    bool (*wanted_fn)(void *arg, const struct layers *layers);
    void *take_arg;
};

/** @return 0 or -ENOMEM */
WARN_UNUSED int intake_init(struct intake *in);
/** Every observation must have been released. */
void intake_fini(struct intake *in);

/**
 * Most bytes that streams hold in all for messages not yet whole. The stream
 * fed longest ago gives way: what it has of a message is handed on cut off.
 */
#define INTAKE_STREAM_BYTES ((size_t)64 << 20)

/** The sink to give to flow_table_new(); its arg is @p in. */
struct flow_sink intake_sink(struct intake *in);

#endif
