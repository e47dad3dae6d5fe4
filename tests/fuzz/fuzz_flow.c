/*
 * Packets of a few flows through the whole table. Whatever they hold, each is
 * counted once, every direction begun is ended, and nothing is left over.
 *
 * Sixteen bytes a packet, then its payload: kind, endpoints, sequence number
 * (4), acknowledgement (4), flags, bytes not captured, time in 100 ms, length
 * (2), spare.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "flow/flow.h"
#include "sip/message.h"

#define OP_BYTES 16
#define TIME_NS INT64_C(100000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    uint64_t begun;
    uint64_t ended;
};

static void must(bool held)
{
    if (!held)
        abort();
}

static enum flow_probe probe_fn(void *arg, struct span payload)
{
    int sniffed = sip_sniff(payload);

    (void)arg;
    return sniffed < 0   ? FLOW_PROBE_MAYBE
           : sniffed > 0 ? FLOW_PROBE_YES
                         : FLOW_PROBE_NO;
}

static void datagram_fn(void *arg, const struct arrival *arrival,
                        struct span payload,
                        const struct anomaly_set *anomalies)
{
    (void)arg;
    (void)arrival;
    (void)payload;
    (void)anomalies;
}

static void begin(struct told *t, void **state)
{
    if (*state)
        return;
    *state = malloc(1);
    t->begun++;
}

static void stream_fn(void *arg, const struct arrival *arrival,
                      struct span bytes, void **state)
{
    must(arrival->transport == TRANSPORT_TCP && bytes.length);
    begin(arg, state);
}

static void gap_fn(void *arg, const struct arrival *arrival,
                   uint64_t missing_bytes, void **state)
{
    must(arrival && missing_bytes);
    begin(arg, state);
}

static void lost_fn(void *arg, const struct capture_gap *gap)
{
    (void)arg;
    must(gap->from_ns <= gap->to_ns && gap->src.family && gap->dst.family);
}

static void end_fn(void *arg, void **state)
{
    struct told *t = arg;

    must(*state);
    free(*state);
    *state = NULL;
    t->ended++;
}

static struct endpoint endpoint_of(unsigned host, bool v6)
{
    uint8_t bytes[16] = {192, 0, 2, (uint8_t)host};

    return (struct endpoint){v6 ? address_v6(bytes) : address_v4(bytes),
                             (uint16_t)(5060 + host)};
}

static void take_op(struct flow_table *t, struct reader *r, int64_t *now_ns)
{
    struct layers l = {0};
    struct packet packet = {0};
    uint8_t kind = reader_u8(r);
    uint8_t hosts = reader_u8(r);
    uint8_t flags;
    uint8_t cut;
    uint16_t length;
    const uint8_t *bytes;

    l.outcome = (enum decode_outcome)(kind % DECODE_OUTCOME_COUNT);
    l.src = endpoint_of(hosts & 3, kind & 128);
    l.dst = endpoint_of(hosts >> 2 & 3, kind & 128);
    l.ip_protocol = kind & 64 ? 6 : 17;
    l.tcp.seq = reader_be32(r);
    l.tcp.ack = reader_be32(r);
    flags = reader_u8(r);
    l.tcp.flags = flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);
    cut = reader_u8(r);
    *now_ns += reader_u8(r) * TIME_NS;
    length = reader_be16(r) % 2048;
    reader_skip(r, 1);
    if (length > reader_left(r))
        length = (uint16_t)reader_left(r);
    bytes = reader_take(r, length);
    l.payload = span_of(bytes, length);
    l.payload_wire = (uint32_t)length + (flags & 32 ? cut : 0);
    l.fragment.id = l.tcp.seq & 7;
    l.fragment.offset = l.tcp.ack % 65536 & ~7u;
    l.fragment.more = flags & 64;
    l.vlan = flags >> 7;
    packet.time_ns = *now_ns;
    must(flow_push(t, &packet, &l) == 0);
}

/* One table for all inputs, for nDPI takes long to set up; a flush leaves
   nothing of an input but the time. */
static struct flow_table *make_table(struct told *told)
{
    const struct flow_sink sink = {told,   probe_fn, datagram_fn, stream_fn,
                                   gap_fn, end_fn,   lost_fn,     NULL};
    struct flow_limits limits = flow_limits_default;
    struct flow_table *t;

    limits.flows = 5;
    limits.undecided = 3;
    limits.reassembly_bytes = 65536;
    limits.fragment_bytes = 65536;
    must(flow_table_new(&limits, &sink, &t) == 0);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct told told;
    static struct flow_table *t;
    static int64_t now_ns;
    static uint64_t packets;
    struct reader r = reader_of(data, size);
    const struct flow_counters *c;

    if (!t)
        t = make_table(&told);
    while (reader_left(&r) >= OP_BYTES) {
        take_op(t, &r, &now_ns);
        packets++;
    }
    flow_flush(t);
    c = flow_counters_of(t);
    must(c->datagrams + c->segments + c->fragments + c->sctp_packets +
             c->not_sip_packets + c->not_ip + c->other_ip + c->icmp +
             c->malformed ==
         packets);
    must(told.begun == told.ended);
    return 0;
}
