#include <errno.h>

#include "flow/decide.h"

/* An expired datagram's gap is told by who gave it up. */
static void tell_cut(struct flow_table *t, const struct passage *p,
                     const struct arrival *arrival)
{
    uint32_t missing =
        p->layers->payload_wire - (uint32_t)p->layers->payload.length;
    struct capture_gap lost = {.kind = GAP_TRUNCATION,
                               .from_ns = arrival->time_ns,
                               .packets = 1,
                               .bytes = missing};

    if (!p->datagram || !p->datagram->expired)
        flow_tell_lost(t, arrival, &lost);
}

static uint64_t *hand_on(struct flow_table *t, const struct passage *p,
                         const struct flow *f)
{
    struct arrival arrival;

    arrival_of(p, TRANSPORT_UDP, &arrival);
    if (f && f->pair)
        arrival.paired = pair_is_twice(f->pair, p->back);
    t->sink.datagram_fn(t->sink.arg, &arrival, p->layers->payload,
                        &p->layers->anomalies);
    if (arrival.truncated)
        tell_cut(t, p, &arrival);
    return &t->counters->datagrams;
}

static bool is_cut(const struct passage *p)
{
    return p->truncated || p->layers->payload_wire > p->layers->payload.length;
}

static uint64_t *take_undecided(struct flow_table *t, struct passage *p,
                                struct flow *f)
{
    struct span payload = p->layers->payload;

    switch (decide_probe(t, payload, is_cut(p))) {
    case FLOW_PROBE_YES:
        decide_sip(t, f);
        return hand_on(t, p, f);
    case FLOW_PROBE_NO:
        f->packets += !p->reassembled;
        if (decide_is_dtls(payload)) {
            decide_note_client(f, p->back, payload);
            decide_other(t, f, (struct dpi_answer){DPI_DTLS, true});
            break;
        }
        decide_ask(t, f, p, payload, 0);
        break;
    case FLOW_PROBE_MAYBE: /* empty, or CRLF alone: says nothing */
        f->packets += !p->reassembled;
        break;
    }
    return &t->counters->not_sip_packets;
}

static uint64_t *take_other(struct flow_table *t, struct passage *p,
                            struct flow *f)
{
    struct span payload = p->layers->payload;

    if (decide_glance(payload) &&
        decide_probe(t, payload, is_cut(p)) == FLOW_PROBE_YES) {
        decide_sip(t, f);
        return hand_on(t, p, f);
    }
    t->protocol_packets[f->protocol]++;
    /* behind the handshake on the same ports comes SRTP (RFC 5764) */
    t->counters->tls_packets += f->tls && decide_is_dtls(payload);
    return &t->counters->not_sip_packets;
}

/* No memory to know the flow: each datagram for itself. */
static uint64_t *take_unknown(struct flow_table *t, struct passage *p)
{
    t->error = -ENOMEM;
    if (decide_probe(t, p->layers->payload, is_cut(p)) == FLOW_PROBE_YES)
        return hand_on(t, p, NULL);
    return &t->counters->not_sip_packets;
}

uint64_t *udp_take(struct flow_table *t, struct passage *p)
{
    struct flow *f = flow_find(t, p, TUPLE_UDP);

    if (!f)
        return take_unknown(t, p);
    if (f->pair)
        pair_observe(f->pair, &f->last[p->back], p->back,
                     pair_print(p->layers, f->kind == FLOW_SIP),
                     p->packet->time_ns);
    if (f->kind == FLOW_OTHER)
        return take_other(t, p, f);
    if (f->kind == FLOW_SIP)
        return hand_on(t, p, f);
    return take_undecided(t, p, f);
}
