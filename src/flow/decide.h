/**
 * Deciding what a flow is.
 */
#ifndef SIPTRAIL_FLOW_DECIDE_H
#define SIPTRAIL_FLOW_DECIDE_H

#include "flow/state.h"

/** Kept only while nDPI is asked about a flow, or its first bytes are held. */
struct undecided {
    struct list node;
    struct flow *flow;
    struct dpi_flow *dpi; /* NULL before nDPI was asked */
    unsigned asked;
    size_t bytes; /* that came to decide_ask() */
};

/**
 * Keep an eye on this flow; the one watched longest is given up where there
 * are too many.
 *
 * @return false where there is no memory
 */
bool decide_watch(struct flow_table *t, struct flow *f);

/**
 * Ask nDPI about one more payload that is no SIP. May decide the flow.
 *
 * @param least_bytes  The flow is not given up as unknown before so many bytes
 *                     came here
 */
void decide_ask(struct flow_table *t, struct flow *f, const struct passage *p,
                struct span payload, size_t least_bytes);

/** It is SIP: what was counted as something else so far is put right. */
void decide_sip(struct flow_table *t, struct flow *f);

/** It is something else. A stream is left for its owner to free. */
void decide_other(struct flow_table *t, struct flow *f,
                  struct dpi_answer answer);

/** Whatever it was, it is over: forget what was being looked into. */
void decide_forget(struct flow_table *t, struct flow *f);

/** What the sink's probe says; a cut-off beginning counts as one. */
enum flow_probe decide_probe(struct flow_table *t, struct span payload,
                             bool truncated);

/**
 * May this be the beginning of a SIP message, at a glance? For flows already
 * known as something else: ports are reused.
 */
static inline bool decide_glance(struct span payload)
{
    const char *c = payload.data;

    if (payload.length < 16)
        return false;
    if (c[0] == '\r' || c[0] == '\n')
        return true;
    return c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z' &&
           c[2] >= 'A' && c[2] <= 'Z';
}

/** Does a stream's segment begin with a TLS record (RFC 8446, 5.1)? */
bool decide_is_tls(struct span bytes);
/** Does a datagram begin with a DTLS record (RFC 6347, 4.1; RFC 9147, 4)? */
bool decide_is_dtls(struct span bytes);
/** Tell the sink of a packet that may hold SIP and cannot be read. */
void flow_tell_opaque(struct flow_table *t, const struct passage *p);
/** Note from a TLS or DTLS handshake of direction @p back who began it. */
void decide_note_client(struct flow *f, unsigned back, struct span bytes);

#endif
