/**
 * What nDPI says a flow is. The only place that knows nDPI.
 *
 * nDPI takes some 15 ms and 7 MB to set up, so this is done when the first
 * flow is asked about and not before.
 */
#ifndef SIPTRAIL_FLOW_DPI_H
#define SIPTRAIL_FLOW_DPI_H

#include "base/error.h"
#include "decode/layers.h"

/* Protocol numbers are nDPI's. */
#define DPI_UNKNOWN 0
#define DPI_HTTP 7
#define DPI_DTLS 30
#define DPI_SCTP 84
#define DPI_TLS 91
#define DPI_SIP 100
#define DPI_PROTOCOLS 512 /* numbers are below this */

struct dpi;
struct dpi_flow;

struct dpi_answer {
    uint16_t protocol; /* the innermost one known: "Google" rather than TLS */
    bool tls;          /* TLS or DTLS carries it */
};

struct dpi *dpi_new(void);
/** Every dpi_flow must have been given up. NULL is allowed. */
void dpi_free(struct dpi *d);

/**
 * Ask about one more packet of a flow.
 *
 * nDPI wants whole IP packets, so a plain header is put before the payload;
 * of a long payload the first part is shown.
 *
 * @param flow     NULL inside at first; owned by the caller, for
 *                 dpi_give_up()
 * @param payload  Of the packet that @p layers describes
 * @param answer_out  Set where it is known
 * @return 1 it is known, 0 not yet, -ENOMEM
 */
WARN_UNUSED int dpi_ask(struct dpi *d, struct dpi_flow **flow,
                        const struct layers *layers, struct span payload,
                        int64_t time_ns, struct dpi_answer *answer_out);

/** Free *flow, if any, and say what nDPI makes of it so far. */
struct dpi_answer dpi_give_up(struct dpi *d, struct dpi_flow **flow);

/** The protocol's name. Static storage, any thread. */
const char *dpi_name(const struct dpi *d, uint16_t protocol);

#endif
