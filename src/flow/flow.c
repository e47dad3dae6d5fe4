#include "flow/flow.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/decide.h"
#include "flow/state.h"

#define TICK_BITS 26 /* of nanoseconds: 67 ms */
#define NS_PER_S INT64_C(1000000000)
/* Fragments within tunnels within fragments. */
#define NESTED_DATAGRAMS 4
/* Numbers of IP protocols. */
#define PROTOCOL_ESP 50
#define PROTOCOL_SCTP 132
#define PROTOCOL_UDPLITE 136

const struct flow_limits flow_limits_default = {
    .flows = 1 << 18,
    .undecided = 2048,
    .reassembly_bytes = 32 * 1024 * 1024,
    .stream_bytes = 1024 * 1024,
    .fragment_bytes = 8 * 1024 * 1024,
    .udp_idle_ns = 180 * NS_PER_S,
    .tcp_idle_ns = 3600 * NS_PER_S,
    .tcp_gap_ns = 5 * NS_PER_S,
    .fragment_ns = 30 * NS_PER_S,
    .sctp_directions = 1 << 14,
    .sctp_bytes = 8 * 1024 * 1024,
};

static uint32_t to_ticks(uint64_t ns)
{
    uint64_t ticks = ns >> TICK_BITS;

    return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

static void set_up_lists(struct flow_table *t)
{
    uint32_t udp = to_ticks((uint64_t)t->limits.udp_idle_ns);

    for (size_t i = 0; i < FLOW_AGES; i++)
        list_init(&t->ages[i].flows);
    t->ages[FLOW_AGE_UDP].idle_ticks = udp;
    t->ages[FLOW_AGE_TCP_BARE].idle_ticks = udp;
    t->ages[FLOW_AGE_TCP].idle_ticks =
        to_ticks((uint64_t)t->limits.tcp_idle_ns);
    list_init(&t->spare);
    list_init(&t->undecided);
    tcp_pool_init(&t->tcp, &stream_events, t);
    t->tcp.bytes_cap = t->limits.reassembly_bytes;
    t->tcp.stream_cap = t->limits.stream_bytes;
    t->tcp.gap_ns = t->limits.tcp_gap_ns;
}

/* Every user message stands for itself, as a datagram does. */
static bool take_user_message(void *arg, const struct arrival *arrival,
                              struct span bytes,
                              const struct anomaly_set *anomalies, bool sip)
{
    struct flow_table *t = arg;
    enum flow_probe probe = decide_probe(t, bytes, arrival->truncated);

    if (probe == FLOW_PROBE_YES || sip)
        t->sink.datagram_fn(t->sink.arg, arrival, bytes, anomalies);
    if ((probe == FLOW_PROBE_YES || sip) && arrival->truncated &&
        !anomaly_set_has(anomalies, ANOMALY_SCTP_GAP)) {
        struct capture_gap lost = {
            .kind = GAP_TRUNCATION, .from_ns = arrival->time_ns, .packets = 1};

        flow_tell_lost(t, arrival, &lost);
    }
    return probe == FLOW_PROBE_YES;
}

static void take_sctp_gap(void *arg, const struct arrival *arrival,
                          int64_t since_ns, bool sip)
{
    struct capture_gap lost = {
        .kind = GAP_FRAGMENTS, .from_ns = since_ns, .packets = 1};

    if (sip)
        flow_tell_lost(arg, arrival, &lost);
}

static int set_up_sctp(struct flow_table *t)
{
    const struct sctp_limits limits = {
        .directions = t->limits.sctp_directions,
        .bytes = t->limits.sctp_bytes,
        .message_bytes = t->limits.stream_bytes,
        .gap_ns = t->limits.tcp_gap_ns,
        .idle_ns = t->limits.tcp_idle_ns,
    };
    const struct sctp_sink sink = {t, take_user_message, take_sctp_gap};

    return sctp_new(&limits, &sink, &t->sctp);
}

int flow_table_new(const struct flow_limits *limits,
                   const struct flow_sink *sink, struct flow_table **table_out)
{
    struct flow_table *t = calloc(1, sizeof(*t));

    if (!t)
        return -ENOMEM;
    t->limits = *limits;
    t->sink = *sink;
    t->seed.words[0] = hash_bytes("low", 3) | 1;
    t->seed.words[1] = hash_bytes("high", 4) | 1;
    set_up_lists(t);
    t->counters = calloc(1, sizeof(*t->counters));
    t->dpi = dpi_new();
    t->opaque = opaque_new();
    if (!t->counters || !t->dpi || !t->opaque ||
        table_init(&t->flows, limits->flows) || pair_table_init(&t->pairs) ||
        defrag_new(limits->fragment_bytes, limits->fragment_ns, &t->defrag) ||
        set_up_sctp(t)) {
        flow_table_free(t);
        return -ENOMEM;
    }
    *table_out = t;
    return 0;
}

static void end_flows(struct flow_table *t)
{
    for (size_t i = 0; i < FLOW_AGES; i++)
        while (!list_empty(&t->ages[i].flows))
            flow_remove(t,
                        CONTAINER_OF(t->ages[i].flows.next, struct flow, age));
}

void flow_table_free(struct flow_table *t)
{
    if (!t)
        return;
    end_flows(t);
    flow_free_blocks(t);
    if (t->flows.lines)
        table_fini(&t->flows);
    if (t->pairs.table.lines)
        pair_table_fini(&t->pairs);
    defrag_free(t->defrag);
    sctp_free(t->sctp);
    opaque_free(t->opaque);
    dpi_free(t->dpi);
    free(t->counters);
    free(t);
}

void arrival_of(const struct passage *p, enum transport transport,
                struct arrival *arrival_out)
{
    const struct layers *l = p->layers;
    struct arrival *a = arrival_out;

    a->time_ns = p->packet->time_ns;
    a->frame = p->packet->frame;
    a->source = p->packet->source;
    a->src = l->src;
    a->dst = l->dst;
    a->transport = transport;
    a->vlan = l->vlan;
    a->ip_id = l->ip_id;
    a->sensor = 0;
    a->fragmented = p->reassembled;
    a->truncated = p->truncated || l->payload_wire > l->payload.length;
    a->paired = false;
    a->link_view = l->link_view;
    a->around = l->tunnels ? &l->around : NULL;
}

void flow_tell_lost(struct flow_table *t, const struct arrival *arrival,
                    struct capture_gap *lost)
{
    if (!t->sink.lost_fn)
        return;
    lost->source = arrival->source;
    lost->src = arrival->src.address;
    lost->dst = arrival->dst.address;
    lost->to_ns = arrival->time_ns;
    if (lost->from_ns > lost->to_ns) {
        lost->to_ns = lost->from_ns;
        lost->from_ns = arrival->time_ns;
    }
    t->sink.lost_fn(t->sink.arg, lost);
}

void flow_tell_opaque(struct flow_table *t, const struct passage *p)
{
    struct capture_gap opaque = {.kind = GAP_OPAQUE,
                                 .from_ns = p->packet->time_ns};
    struct arrival arrival;

    arrival_of(p, TRANSPORT_TCP, &arrival);
    flow_tell_lost(t, &arrival, &opaque);
}

/* What was found in these layers beyond what was counted already. */
static void count_anomalies(struct flow_table *t, const struct layers *l,
                            const struct anomaly_set *counted)
{
    for (unsigned i = 0; i < ANOMALY_WORDS; i++) {
        uint64_t bits = l->anomalies.bits[i];

        if (counted)
            bits &= ~counted->bits[i];
        for (; bits; bits &= bits - 1)
            t->counters->anomalies[i * 64 + (unsigned)__builtin_ctzll(bits)]++;
    }
}

static uint64_t *take(struct flow_table *t, struct passage *p, unsigned depth);

/* What is missing of a datagram that may have held SIP. */
static void tell_expired(struct flow_table *t, const struct passage *p)
{
    const struct defrag_datagram *d = p->datagram;
    struct capture_gap lost = {.kind = GAP_FRAGMENTS,
                               .from_ns = d->since_ns,
                               .packets = 1,
                               .bytes = d->missing_bytes};
    struct arrival arrival;

    arrival_of(p, TRANSPORT_UDP, &arrival);
    flow_tell_lost(t, &arrival, &lost);
}

static bool may_carry_sip(uint8_t ip_protocol)
{
    return ip_protocol == TUPLE_UDP || ip_protocol == TUPLE_TCP ||
           ip_protocol == PROTOCOL_SCTP || ip_protocol == PROTOCOL_UDPLITE;
}

/* Its fragments were counted before anybody could tell. */
static bool is_wanted(struct flow_table *t, const struct defrag_datagram *d,
                      unsigned depth)
{
    if (!d->packet.unmatched || !t->sink.wanted_fn ||
        d->layers.outcome == DECODE_FRAGMENT ||
        t->sink.wanted_fn(t->sink.arg, &d->layers))
        return true;
    if (depth == 0) {
        t->counters->fragments -= d->fragments;
        t->counters->unwanted += d->fragments;
    }
    return false;
}

/* That a length reaches beyond what came of a datagram is no fault of its. */
static void excuse_lengths(struct anomaly_set *set,
                           const struct anomaly_set *before)
{
    static const enum anomaly lengths[] = {ANOMALY_UDP_LENGTH_BAD,
                                           ANOMALY_UDPLITE_COVERAGE_BAD};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
        if (!anomaly_set_has(before, lengths[i]))
            anomaly_set_remove(set, lengths[i]);
}

/* A datagram made whole, or given up: only a message is worth a part. Of one
   without its beginning nobody can say what it was. */
static void take_datagram(struct flow_table *t, struct defrag_datagram *d,
                          unsigned depth)
{
    struct passage p = {.packet = &d->packet,
                        .layers = &d->layers,
                        .reassembled = true,
                        .datagram = d,
                        .truncated = d->truncated};
    struct anomaly_set counted = d->layers.anomalies;
    bool begun = d->layers.payload.length > 0;
    uint64_t *counter = NULL;

    if (begun && depth < NESTED_DATAGRAMS) {
        layers_decode_datagram(d->layers.payload, &d->layers);
        if (d->truncated)
            excuse_lengths(&d->layers.anomalies, &counted);
        if (!is_wanted(t, d, depth))
            return;
        count_anomalies(t, &d->layers, &counted);
        counter = take(t, &p, depth + 1);
    }
    if (d->expired && (begun ? counter == &t->counters->datagrams
                             : may_carry_sip(d->layers.ip_protocol)))
        tell_expired(t, &p);
}

static void expire_fragments(struct flow_table *t, int64_t now_ns,
                             unsigned depth)
{
    struct defrag_datagram d;

    while (defrag_expire(t->defrag, now_ns, &d))
        take_datagram(t, &d, depth);
}

static uint64_t *take_fragment(struct flow_table *t, struct passage *p,
                               unsigned depth)
{
    struct defrag_datagram d;

    switch (defrag_push(t->defrag, p->packet, p->layers, t->now_ns, &d)) {
    case DEFRAG_DONE:
        t->counters->datagrams_reassembled++;
        take_datagram(t, &d, depth);
        break;
    case DEFRAG_NO_MEMORY:
        t->error = -ENOMEM;
        break;
    case DEFRAG_MORE:
        break;
    }
    expire_fragments(t, t->now_ns, depth);
    return &t->counters->fragments;
}

/* Packets taken for something else until they turned out to be SIP's. */
static void settle_sctp(struct flow_table *t)
{
    uint64_t turned = sctp_counters_of(t->sctp)->turned - t->sctp_turned;

    t->counters->not_sip_packets -= turned;
    t->counters->sctp_packets += turned;
    t->protocol_packets[DPI_SCTP] -= turned;
    t->sctp_turned += turned;
}

static uint64_t *take_sctp(struct flow_table *t, const struct passage *p)
{
    const struct layers *l = p->layers;
    struct arrival arrival;
    struct sctp_packet packet = {.tag = l->sctp.tag,
                                 .chunks = l->payload,
                                 .wire = l->payload_wire,
                                 .counted = !p->reassembled,
                                 .arrival = &arrival,
                                 .anomalies = &l->anomalies};
    bool bad;
    int rc;

    arrival_of(p, TRANSPORT_SCTP, &arrival);
    arrival.truncated = p->truncated; /* a chunk cut off is told as such */
    rc = sctp_push(t->sctp, &packet, t->now_ns, &bad);
    settle_sctp(t);
    t->counters->anomalies[ANOMALY_SCTP_CHUNK_BAD] += bad;
    if (rc < 0)
        t->error = rc;
    if (rc > 0)
        return &t->counters->sctp_packets;
    t->protocol_packets[DPI_SCTP] += packet.counted;
    return &t->counters->not_sip_packets;
}

/* Of a flow that is SIP, or with the beginning of a message in it. */
static bool quotes_sip(struct flow_table *t, const struct layers *quoted)
{
    uint8_t protocol = quoted->ip_protocol == TUPLE_TCP ? TUPLE_TCP : TUPLE_UDP;
    const struct flow *f = flow_look_up(t, quoted, protocol);

    if (f && f->kind == FLOW_SIP)
        return true;
    return quoted->payload.length > 0 &&
           decide_probe(t, quoted->payload, true) == FLOW_PROBE_YES;
}

/* What is quoted is no message, and its flow is not made. */
static uint64_t *take_icmp(struct flow_table *t, const struct passage *p)
{
    struct layers quoted;

    if (layers_decode_quoted(p->layers, &quoted) && quotes_sip(t, &quoted)) {
        const char *icmp = p->layers->payload.data;
        struct flow_quote quote = {.src = quoted.src,
                                   .dst = quoted.dst,
                                   .reporter = p->layers->src.address,
                                   .type = (uint8_t)icmp[0],
                                   .code = (uint8_t)icmp[1]};

        flow_quotes_add(&t->quotes, &quote);
        t->counters->anomalies[ANOMALY_ICMP_QUOTES_SIP]++;
    }
    return &t->counters->icmp;
}

/* As IMS phones speak with their proxy (3GPP TS 33.203, 6.3). */
static void take_esp(struct flow_table *t, const struct passage *p)
{
    t->counters->esp_packets++;
    if (opaque_esp_is_due(t->opaque, &p->layers->src.address,
                          &p->layers->dst.address, t->tick))
        flow_tell_opaque(t, p);
}

static uint64_t *take(struct flow_table *t, struct passage *p, unsigned depth)
{
    switch (p->layers->outcome) {
    case DECODE_UDP:
        return udp_take(t, p);
    case DECODE_TCP:
        return stream_take(t, p);
    case DECODE_FRAGMENT:
        return take_fragment(t, p, depth);
    case DECODE_SCTP:
        return take_sctp(t, p);
    case DECODE_ICMP:
        return take_icmp(t, p);
    case DECODE_OTHER_IP:
        if (p->layers->ip_protocol == PROTOCOL_ESP)
            take_esp(t, p);
        return &t->counters->other_ip;
    case DECODE_NOT_IP:
        return &t->counters->not_ip;
    case DECODE_BAD:
    case DECODE_OUTCOME_COUNT:
        break;
    }
    return &t->counters->malformed;
}

/* Times beyond any that a capture file can hold for real are drawn in, so that
   no difference overflows. */
static int64_t plausible(int64_t time_ns)
{
    if (time_ns > INT64_MAX / 2)
        return INT64_MAX / 2;
    return time_ns < -(INT64_MAX / 2) ? -(INT64_MAX / 2) : time_ns;
}

static uint32_t to_tick(int64_t time_ns)
{
    return (uint32_t)((uint64_t)time_ns >> TICK_BITS);
}

static void advance(struct flow_table *t, int64_t time_ns)
{
    time_ns = plausible(time_ns);
    if (!t->begun) {
        t->begun = true;
        t->now_ns = time_ns;
        t->tick = t->expired_tick = to_tick(time_ns);
    }
    if (time_ns <= t->now_ns)
        return;
    t->now_ns = time_ns;
    t->tick = to_tick(time_ns);
    if (t->tick == t->expired_tick)
        return;
    t->expired_tick = t->tick;
    expire_fragments(t, t->now_ns, 0);
    sctp_expire(t->sctp, t->now_ns);
    settle_sctp(t);
    stream_expire(t);
    flow_expire_idle(t);
}

int flow_push(struct flow_table *t, const struct packet *packet,
              struct layers *layers)
{
    struct passage p = {.packet = packet, .layers = layers};
    uint64_t *counter;

    t->error = 0;
    advance(t, packet->time_ns);
    if (!anomaly_set_empty(&layers->anomalies))
        count_anomalies(t, layers, NULL);
    if (layers->outcome == DECODE_UDP)
        counter = udp_take(t, &p);
    else
        counter = take(t, &p, 0);
    ++*counter;
    return t->error;
}

int flow_advance(struct flow_table *t, int64_t now_ns)
{
    t->error = 0;
    advance(t, now_ns);
    return t->error;
}

void flow_flush(struct flow_table *t)
{
    expire_fragments(t, INT64_MAX, 0);
    sctp_expire(t->sctp, INT64_MAX);
    settle_sctp(t);
    end_flows(t);
}

const struct flow_counters *flow_counters_of(const struct flow_table *t)
{
    const struct defrag_counters *d = defrag_counters_of(t->defrag);
    const struct sctp_counters *s = sctp_counters_of(t->sctp);
    struct flow_counters *c = t->counters;

    c->sctp_gaps = s->gaps;
    c->sctp_duplicates = s->duplicates;
    c->sctp_dropped = s->dropped;
    c->sctp_expired = s->expired;
    c->anomalies[ANOMALY_SCTP_GAP] = s->gaps;
    c->fragments_expired = d->fragments_expired;
    c->tcp_gaps = t->tcp.gaps;
    c->tcp_gap_bytes = t->tcp.gap_bytes;
    c->tcp_duplicate_segments = t->tcp.duplicates;
    c->anomalies[ANOMALY_FRAGMENT_OVERLAP] = d->overlapping;
    c->anomalies[ANOMALY_FRAGMENTS_EXPIRED] = d->datagrams_expired;
    c->anomalies[ANOMALY_TCP_GAP] = t->tcp.gaps;
    c->anomalies[ANOMALY_TCP_OVERLAP_DIFFERS] = t->tcp.differing;
    c->anomalies[ANOMALY_FLOW_TABLE_FULL] = c->flows_dropped;
    return c;
}

const struct flow_quotes *flow_quotes_of(const struct flow_table *t)
{
    return &t->quotes;
}

static int by_packets(const void *a, const void *b)
{
    const struct flow_protocol *x = a;
    const struct flow_protocol *y = b;

    if (x->packets != y->packets)
        return x->packets < y->packets ? 1 : -1;
    return strcmp(x->name, y->name);
}

size_t flow_protocols(const struct flow_table *t, struct flow_protocol *out,
                      size_t cap)
{
    struct flow_protocol all[DPI_PROTOCOLS];
    size_t count = 0;

    for (uint16_t i = 0; i < DPI_PROTOCOLS; i++)
        if (t->protocol_flows[i] || t->protocol_packets[i])
            all[count++] = (struct flow_protocol){dpi_name(t->dpi, i),
                                                  t->protocol_flows[i],
                                                  t->protocol_packets[i]};
    qsort(all, count, sizeof(all[0]), by_packets);
    if (count > cap)
        count = cap;
    if (count)
        memcpy(out, all, count * sizeof(all[0]));
    return count;
}

size_t flow_opaque(const struct flow_table *t, struct opaque_port *out,
                   size_t cap)
{
    return opaque_ports(t->opaque, out, cap);
}
