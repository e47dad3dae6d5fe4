#include "test.h"

#include "flow/state.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define START (1700000000 * SECOND)

#define OPTIONS                                                                \
    "OPTIONS sip:bob@example.com SIP/2.0\r\n"                                  \
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n"
#define OK "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
#define OPTIONS_BYTES (sizeof(OPTIONS) - 1)

/* --- a sink that writes down what it is told -------------------------------
 */

struct told {
    char text[65536];
    size_t length;
    unsigned datagrams;
    unsigned gaps;
    unsigned begun; /* directions that have a state */
    unsigned ended;
    unsigned lost;
    struct capture_gap gap; /* the newest lost */
    struct arrival arrival; /* the newest */
    unsigned wrapped;       /* calls for what came in a tunnel */
    uint32_t tunnel_id;     /* of the newest such */
    struct anomaly_set anomalies;
    bool silent;
};

static bool is_token(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* TOKEN SP "sip:" or "SIP/2.0 ", empty lines before it allowed. */
static enum flow_probe probe_fn(void *arg, struct span payload)
{
    size_t at = 0;

    (void)arg;
    while (at < payload.length &&
           (payload.data[at] == '\r' || payload.data[at] == '\n'))
        at++;
    payload = span_from(payload, at);
    if (payload.length == 0)
        return FLOW_PROBE_MAYBE;
    if (span_starts_nocase(payload, SPAN_LITERAL("SIP/2.0 ")))
        return FLOW_PROBE_YES;
    if (payload.length < 8 &&
        span_equal(payload,
                   span_part(SPAN_LITERAL("SIP/2.0 "), 0, payload.length)))
        return FLOW_PROBE_MAYBE;
    for (at = 0; at < payload.length && is_token(payload.data[at]); at++)
        ;
    if (at == 0)
        return FLOW_PROBE_NO;
    if (payload.length >= at + 5)
        return memcmp(payload.data + at, " sip:", 5) == 0 ? FLOW_PROBE_YES
                                                          : FLOW_PROBE_NO;
    return memcmp(payload.data + at, " sip:", payload.length - at) == 0
               ? FLOW_PROBE_MAYBE
               : FLOW_PROBE_NO;
}

static void tell(struct told *t, struct span bytes)
{
    if (t->silent)
        return;
    assert_true(t->length + bytes.length < sizeof(t->text));
    if (bytes.length)
        memcpy(t->text + t->length, bytes.data, bytes.length);
    t->length += bytes.length;
    t->text[t->length] = 0;
}

static void note(struct told *t, const struct arrival *arrival)
{
    t->arrival = *arrival;
    if (!arrival->around)
        return;
    t->wrapped++;
    t->tunnel_id = arrival->around->each[0].id;
}

static void datagram_fn(void *arg, const struct arrival *arrival,
                        struct span payload,
                        const struct anomaly_set *anomalies)
{
    struct told *t = arg;

    t->datagrams++;
    note(t, arrival);
    t->anomalies = *anomalies;
    tell(t, payload);
}

static void begin(struct told *t, void **state)
{
    if (!*state) {
        *state = malloc(1); /* a leak or a double free shows itself */
        t->begun++;
    }
}

static void stream_fn(void *arg, const struct arrival *arrival,
                      struct span bytes, void **state)
{
    struct told *t = arg;

    begin(t, state);
    note(t, arrival);
    tell(t, bytes);
}

static void gap_fn(void *arg, const struct arrival *arrival,
                   uint64_t missing_bytes, void **state)
{
    struct told *t = arg;
    char text[32];

    begin(t, state);
    t->gaps++;
    t->arrival = *arrival;
    tell(t, span_of(text, (size_t)snprintf(text, sizeof(text), "[%llu]",
                                           (unsigned long long)missing_bytes)));
}

static void end_fn(void *arg, void **state)
{
    struct told *t = arg;

    assert_non_null(*state);
    free(*state);
    *state = NULL;
    t->ended++;
}

static void lost_fn(void *arg, const struct capture_gap *gap)
{
    struct told *t = arg;

    t->lost++;
    t->gap = *gap;
    assert_true(gap->from_ns <= gap->to_ns);
}

/* --- a table and packets for it --------------------------------------------
 */

struct rig {
    struct flow_table *table;
    struct told told;
    int64_t now_ns;
    uint64_t frames;
};

static void rig_init(struct rig *r, const struct flow_limits *limits)
{
    const struct flow_sink sink = {&r->told, probe_fn, datagram_fn, stream_fn,
                                   gap_fn,   end_fn,   lost_fn,     NULL};

    memset(r, 0, sizeof(*r));
    r->now_ns = START;
    assert_int_equal(flow_table_new(limits ? limits : &flow_limits_default,
                                    &sink, &r->table),
                     0);
}

static uint64_t first_group(const struct flow_counters *c)
{
    return c->datagrams + c->segments + c->fragments + c->sctp_packets +
           c->not_sip_packets + c->not_ip + c->other_ip + c->icmp +
           c->malformed;
}

static const struct flow_counters *counters(const struct rig *r)
{
    return flow_counters_of(r->table);
}

/* Whatever happened: the account balances and nothing is left over. */
static void rig_fini(struct rig *r)
{
    flow_flush(r->table);
    assert_int_equal(first_group(counters(r)), r->frames);
    assert_int_equal(r->told.begun, r->told.ended);
    assert_int_equal(r->table->tcp.bytes, 0);
    assert_int_equal(r->table->undecided_count, 0);
    assert_int_equal(r->table->flows.count, 0);
    assert_int_equal(r->table->pairs.table.count, 0);
    assert_int_equal(defrag_bytes(r->table->defrag), 0);
    flow_table_free(r->table);
}

/* Host parts of 192.0.2.0/24, or 10/8 above 255. */
static struct endpoint endpoint_of(uint32_t host, uint16_t port)
{
    uint8_t low[4] = {192, 0, 2, (uint8_t)host};
    uint8_t high[4] = {10, (uint8_t)(host >> 16), (uint8_t)(host >> 8),
                       (uint8_t)host};

    return (struct endpoint){address_v4(host < 256 ? low : high), port};
}

static struct layers layers_of(enum decode_outcome outcome, struct endpoint src,
                               struct endpoint dst, struct span payload)
{
    return (struct layers){.outcome = outcome,
                           .src = src,
                           .dst = dst,
                           .payload = payload,
                           .payload_wire = (uint32_t)payload.length,
                           .ip_protocol = outcome == DECODE_TCP ? 6 : 17,
                           .ttl = 64};
}

static void push(struct rig *r, struct layers l)
{
    struct packet packet = {.time_ns = r->now_ns, .frame = ++r->frames};

    assert_int_equal(flow_push(r->table, &packet, &l), 0);
}

static void push_udp(struct rig *r, uint32_t from, uint32_t to,
                     struct span payload)
{
    push(r, layers_of(DECODE_UDP, endpoint_of(from, 5060),
                      endpoint_of(to, 5060), payload));
}

static void push_tcp(struct rig *r, bool back, uint32_t seq, uint8_t flags,
                     struct span payload)
{
    struct layers l =
        layers_of(DECODE_TCP, endpoint_of(back ? 2 : 1, back ? 5060 : 40000),
                  endpoint_of(back ? 1 : 2, back ? 40000 : 5060), payload);

    l.tcp.seq = seq;
    l.tcp.flags = flags;
    push(r, l);
}

static void check_lost(const struct rig *r, unsigned lost, enum gap_kind kind,
                       uint64_t bytes, int64_t span_ns)
{
    const struct capture_gap *g = &r->told.gap;

    assert_int_equal(r->told.lost, lost);
    assert_int_equal(g->kind, kind);
    assert_int_equal(g->bytes, bytes);
    assert_int_equal(g->to_ns - g->from_ns, span_ns);
    assert_true(g->src.family == 4 && g->src.bytes[3] == 1);
    assert_true(g->dst.family == 4 && g->dst.bytes[3] == 2);
}

static void check_told(const struct rig *r, const char *expected)
{
    if (strcmp(r->told.text, expected) != 0)
        fail_msg("told \"%s\", expected \"%s\"", r->told.text, expected);
}

/* 160 bytes of RTP that nobody takes for anything else. */
static struct span rtp(char buffer[172], uint16_t number)
{
    memset(buffer, 0xd5, 172);
    memcpy(buffer, "\x80\x08", 2);
    buffer[2] = (char)(number >> 8);
    buffer[3] = (char)number;
    memset(buffer + 4, 0, 8);
    buffer[6] = (char)(number >> 1);
    memcpy(buffer + 8, "abcd", 4);
    return span_of(buffer, 172);
}

/* --- UDP --------------------------------------------------------------------
 */

static void test_udp_recognised(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_udp(&r, 1, 2, SPAN_LITERAL("\r\n\r\n")); /* not known to be SIP yet */
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    push_udp(&r, 2, 1, SPAN_LITERAL(OK)); /* the way back is the same flow */
    push_udp(&r, 1, 2, SPAN_LITERAL("\r\n\r\n"));
    push_udp(&r, 1, 2, SPAN_LITERAL("\x01junk"));
    check_told(&r, OPTIONS OK "\r\n\r\n\x01junk");
    assert_int_equal(counters(&r)->flows, 1);
    assert_int_equal(counters(&r)->datagrams, 4);
    assert_int_equal(counters(&r)->not_sip_packets, 1);
    rig_fini(&r);
}

static void test_udp_arrival(void **state)
{
    struct rig r;
    struct layers l = layers_of(DECODE_UDP, endpoint_of(1, 5060),
                                endpoint_of(2, 5070), SPAN_LITERAL(OPTIONS));
    const struct arrival *a = &r.told.arrival;

    (void)state;
    rig_init(&r, NULL);
    l.vlan = 7;
    l.ip_id = 77;
    l.link_view = 777;
    l.payload_wire += 10;
    anomaly_set_add(&l.anomalies, ANOMALY_UDP_LENGTH_BAD);
    push(&r, l);
    assert_true(endpoint_equal(&a->src, &l.src));
    assert_true(endpoint_equal(&a->dst, &l.dst));
    assert_int_equal(a->transport, TRANSPORT_UDP);
    assert_int_equal(a->time_ns, START);
    assert_int_equal(a->frame, 1);
    assert_int_equal(a->vlan, 7);
    assert_int_equal(a->ip_id, 77);
    assert_int_equal(a->link_view, 777);
    assert_true(a->truncated);
    assert_false(a->fragmented);
    assert_false(a->paired);
    assert_true(anomaly_set_has(&r.told.anomalies, ANOMALY_UDP_LENGTH_BAD));
    assert_int_equal(counters(&r)->anomalies[ANOMALY_UDP_LENGTH_BAD], 1);
    rig_fini(&r);
}

/* A message cut by the snap length before it can be recognised for sure. */
static void test_udp_cut(void **state)
{
    struct layers l = layers_of(DECODE_UDP, endpoint_of(1, 5060),
                                endpoint_of(2, 5060), SPAN_LITERAL("REGISTER"));
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push(&r, l); /* whole: too little to say */
    assert_int_equal(r.told.datagrams, 0);
    l.payload_wire = 500;
    push(&r, l);
    assert_int_equal(r.told.datagrams, 1);
    assert_true(r.told.arrival.truncated);
    check_lost(&r, 1, GAP_TRUNCATION, 492, 0);
    rig_fini(&r);
}

static void test_udp_ports_reused(void **state)
{
    char buffer[172];
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    for (uint16_t i = 0; i < 20; i++)
        push_udp(&r, 1, 2, rtp(buffer, i));
    assert_int_equal(counters(&r)->not_sip_packets, 20);
    assert_int_equal(r.table->undecided_count, 0);
    push_udp(&r, 2, 1, SPAN_LITERAL(OPTIONS));
    check_told(&r, OPTIONS);
    rig_fini(&r);
}

static void test_protocols_named(void **state)
{
    static const char query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00"
                                "\x00\x00\x07"
                                "example\x03"
                                "com\x00\x00\x01\x00\x01";
    struct flow_protocol rows[4];
    char buffer[172];
    struct rig r;
    size_t count;

    (void)state;
    rig_init(&r, NULL);
    for (uint16_t i = 0; i < 20; i++)
        push_udp(&r, 1, 2, rtp(buffer, i));
    push(&r, layers_of(DECODE_UDP, endpoint_of(1, 40000), endpoint_of(3, 53),
                       span_of(query, sizeof(query) - 1)));
    flow_flush(r.table);
    count = flow_protocols(r.table, rows, COUNT_OF(rows));
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].name, "RTP");
    assert_int_equal(rows[0].packets, 20);
    assert_int_equal(rows[0].flows, 1);
    assert_string_equal(rows[1].name, "DNS");
    assert_int_equal(rows[1].packets, 1);
    assert_int_equal(flow_protocols(r.table, rows, 1), 1);
    rig_fini(&r);
}

/* --- TCP --------------------------------------------------------------------
 */

static void handshake(struct rig *r, uint32_t isn)
{
    push_tcp(r, false, isn, TCP_SYN, SPAN_NONE);
    push_tcp(r, true, isn * 2, TCP_SYN | TCP_ACK, SPAN_NONE);
    push_tcp(r, false, isn + 1, TCP_ACK, SPAN_NONE);
}

static void test_tcp_stream(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 100);
    push_tcp(&r, false, 101, TCP_ACK, SPAN_LITERAL(OPTIONS));
    push_tcp(&r, true, 201, TCP_ACK, SPAN_LITERAL(OK));
    push_tcp(&r, false, 101 + OPTIONS_BYTES, TCP_FIN, SPAN_NONE);
    check_told(&r, OPTIONS OK);
    assert_int_equal(r.told.begun, 2);
    assert_int_equal(r.told.ended, 1);
    assert_int_equal(r.told.arrival.transport, TRANSPORT_TCP);
    /* The handshake is told among SIP's once it is known to be. */
    assert_int_equal(counters(&r)->segments, 6);
    assert_int_equal(counters(&r)->not_sip_packets, 0);
    /* What comes twice after the end is no message. */
    push_tcp(&r, true, 201 + sizeof(OK) - 1, TCP_FIN, SPAN_NONE);
    assert_int_equal(r.told.ended, 2);
    push_tcp(&r, false, 101, TCP_ACK, SPAN_LITERAL(OPTIONS));
    check_told(&r, OPTIONS OK);
    rig_fini(&r);
}

/* Recognised whatever the pieces: all cut points, with and without SYN. */
static void test_tcp_recognised_in_pieces(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < OPTIONS_BYTES; cut++)
        for (int syn = 0; syn < 2; syn++) {
            struct span all = SPAN_LITERAL("\r\n\r\n" OPTIONS);
            struct rig r;

            rig_init(&r, NULL);
            if (syn)
                push_tcp(&r, false, 9, TCP_SYN, SPAN_NONE);
            push_tcp(&r, false, 10, 0, span_part(all, 0, cut));
            push_tcp(&r, false, 10 + (uint32_t)cut, 0, span_from(all, cut));
            check_told(&r, "\r\n\r\n" OPTIONS);
            rig_fini(&r);
        }
}

static void test_tcp_byte_by_byte(void **state)
{
    struct span all = SPAN_LITERAL("\r\n" OPTIONS OPTIONS);
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    for (size_t i = 0; i < all.length; i++)
        push_tcp(&r, false, 10 + (uint32_t)i, TCP_ACK, span_part(all, i, 1));
    check_told(&r, "\r\n" OPTIONS OPTIONS);
    assert_int_equal(counters(&r)->segments, r.frames);
    rig_fini(&r);
}

static void test_tcp_shuffled(void **state)
{
    struct span all = SPAN_LITERAL(OPTIONS OPTIONS OPTIONS);
    uint32_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        uint32_t order[64];
        uint32_t size = 5 + round % 40;
        uint32_t count = ((uint32_t)all.length + size - 1) / size;
        struct rig r;

        if (count > COUNT_OF(order))
            continue;
        for (uint32_t i = 0; i < count; i++)
            order[i] = i;
        for (uint32_t i = count - 1; i > 0; i--) {
            uint32_t j;
            uint32_t keep = order[i];

            seed = seed * 1664525u + 1013904223u;
            j = (seed >> 8) % (i + 1);
            order[i] = order[j];
            order[j] = keep;
        }
        rig_init(&r, NULL);
        handshake(&r, 0xffffff80u);
        for (uint32_t i = 0; i < count; i++)
            push_tcp(&r, false, 0xffffff81u + order[i] * size, TCP_ACK,
                     span_part(all, order[i] * size, size));
        check_told(&r, OPTIONS OPTIONS OPTIONS);
        rig_fini(&r);
    }
}

/* The stream begins in the body of a message; the next one shows what it is. */
static void test_tcp_joined(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_tcp(&r, false, 10, 0, SPAN_LITERAL("v=0\r\ns=-\r\n"));
    push_tcp(&r, false, 20, 0, SPAN_LITERAL(OPTIONS));
    check_told(&r, "v=0\r\ns=-\r\n" OPTIONS);
    rig_fini(&r);

    rig_init(&r, NULL); /* the start line in the middle of a segment */
    push_tcp(&r, false, 10, 0, SPAN_LITERAL("s=-\r\n" OPTIONS));
    check_told(&r, "s=-\r\n" OPTIONS);
    rig_fini(&r);

    rig_init(&r, NULL); /* a quotation in a stream seen from its beginning */
    handshake(&r, 9);
    push_tcp(&r, false, 10, 0,
             SPAN_LITERAL("HTTP/1.1 200 OK\r\n\r\nlog:\r\n" OPTIONS));
    check_told(&r, "");
    rig_fini(&r);
}

static void test_tcp_gap(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    push_tcp(&r, false, 10, 0, SPAN_LITERAL(OPTIONS));
    r.now_ns += SECOND;
    push_tcp(&r, false, 10 + OPTIONS_BYTES + 5, 0, SPAN_LITERAL(OPTIONS));
    check_told(&r, OPTIONS);
    r.now_ns += flow_limits_default.tcp_gap_ns + SECOND;
    push_udp(&r, 7, 8, SPAN_NONE); /* time passes elsewhere */
    check_told(&r, OPTIONS "[5]" OPTIONS);
    assert_int_equal(r.told.arrival.frame, 5);
    assert_int_equal(counters(&r)->tcp_gaps, 1);
    assert_int_equal(counters(&r)->tcp_gap_bytes, 5);
    assert_int_equal(counters(&r)->anomalies[ANOMALY_TCP_GAP], 1);
    check_lost(&r, 1, GAP_TCP, 5, SECOND);
    rig_fini(&r);
}

/* An ICMP message from host 9 that quotes a datagram of hosts 1 and 2. */
static void push_icmp(struct rig *r, uint8_t code, uint16_t port,
                      struct span quoted)
{
    char bytes[256] = "\3\0\0\0\0\0\0\0"
                      "\x45\0\0\0\0\0\0\0\x40\x11\0\0"
                      "\xc0\0\2\1\xc0\0\2\2\x13\xc4\0\0\0\0\0";
    size_t udp = 8 + quoted.length;
    struct layers l;

    bytes[1] = (char)code;
    bytes[11] = (char)(20 + udp);
    bytes[30] = (char)(port >> 8);
    bytes[31] = (char)port;
    bytes[33] = (char)udp;
    memcpy(bytes + 36, quoted.data, quoted.length);
    l = layers_of(DECODE_ICMP, endpoint_of(9, 0), endpoint_of(1, 0),
                  span_of(bytes, 28 + udp));
    l.ip_protocol = 1;
    push(r, l);
}

/* Quoted SIP is no message; the flow it answers is told, in bounds. */
static void test_icmp(void **state)
{
    const struct flow_quotes *q;
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    q = flow_quotes_of(r.table);
    push_icmp(&r, 3, 5060, SPAN_LITERAL(OPTIONS));
    push_icmp(&r, 3, 5060, SPAN_LITERAL("OPTIONS sip:"));
    push_icmp(&r, 1, 5060, SPAN_LITERAL(OPTIONS));
    push_icmp(&r, 3, 5061, SPAN_LITERAL("\x80\x08 RTP"));
    assert_int_equal(r.told.datagrams, 0);
    assert_int_equal(counters(&r)->icmp, 4);
    assert_int_equal(counters(&r)->flows, 0);
    assert_int_equal(counters(&r)->anomalies[ANOMALY_ICMP_QUOTES_SIP], 3);
    assert_int_equal(q->total, 3);
    assert_int_equal(q->count, 2);
    assert_int_equal(q->items[0].count, 2);
    assert_int_equal(q->items[0].src.port, 5060);
    assert_int_equal(q->items[0].dst.address.bytes[3], 2);
    assert_int_equal(q->items[0].reporter.bytes[3], 9);
    assert_string_equal(flow_quote_name(&q->items[0]), "port unreachable");
    assert_string_equal(flow_quote_name(&q->items[1]), "host unreachable");
    /* Of a flow that is SIP whatever is quoted counts. */
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    push_icmp(&r, 3, 5060, SPAN_LITERAL("middle of a message"));
    assert_int_equal(q->items[0].count, 3);
    for (uint16_t port = 1; port <= 100; port++)
        push_icmp(&r, 3, port, SPAN_LITERAL(OPTIONS));
    assert_int_equal(q->count, FLOW_QUOTES_MAX);
    assert_int_equal(q->total, 104);
    rig_fini(&r);
}

static void push_wrapped(struct rig *r, uint32_t seq, uint32_t id,
                         struct span payload)
{
    struct layers l = layers_of(DECODE_TCP, endpoint_of(1, 40000),
                                endpoint_of(2, 5060), payload);

    l.tcp.seq = seq;
    l.tunnels = l.around.count = 1;
    l.around.each[0] = (struct tunnel){TUNNEL_GTPU, true, id};
    push(r, l);
}

/* The tunnel is known for as long as a segment waits, and not beyond. */
static void test_tunnels(void **state)
{
    struct layers l = layers_of(DECODE_UDP, endpoint_of(1, 5060),
                                endpoint_of(2, 5060), SPAN_LITERAL(OPTIONS));
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    l.tunnels = l.around.count = 1;
    l.around.each[0] = (struct tunnel){TUNNEL_GRE, true, 7};
    push(&r, l);
    assert_int_equal(r.told.wrapped, 1);
    assert_int_equal(r.told.tunnel_id, 7);
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    assert_int_equal(r.told.wrapped, 1);
    assert_null(r.told.arrival.around);

    push_wrapped(&r, 10, 8, SPAN_LITERAL(OPTIONS));
    assert_int_equal(r.told.wrapped, 2);
    push_wrapped(&r, 10 + OPTIONS_BYTES + 5, 9, SPAN_LITERAL(OPTIONS));
    push_tcp(&r, true, 20, 0, SPAN_LITERAL(OK)); /* not in a tunnel */
    assert_int_equal(r.told.wrapped, 2);
    rig_fini(&r); /* ends the stream: the segment behind the hole is told */
    assert_int_equal(r.told.wrapped, 3);
    assert_int_equal(r.told.tunnel_id, 9);
}

/* A message's beginning, then bytes that were not captured. */
static void test_tcp_cut(void **state)
{
    struct layers l = layers_of(DECODE_TCP, endpoint_of(1, 40000),
                                endpoint_of(2, 5060), SPAN_LITERAL("REGISTER"));
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    l.tcp.seq = 10;
    l.payload_wire = 400;
    push(&r, l);
    check_told(&r, "REGISTER[392]");
    check_lost(&r, 1, GAP_TRUNCATION, 392, 0);
    rig_fini(&r);
}

static void test_tcp_ports_reused(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    push_tcp(&r, false, 10, 0, SPAN_LITERAL(OPTIONS));
    push_tcp(&r, true, 19, 0, SPAN_LITERAL(OK));
    handshake(&r, 5000);
    assert_int_equal(r.told.ended, 2);
    push_tcp(&r, false, 5001, 0, SPAN_LITERAL(OPTIONS));
    check_told(&r, OPTIONS OK OPTIONS);
    assert_int_equal(counters(&r)->segments, 9);
    rig_fini(&r);
}

static void test_tcp_reset(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    push_tcp(&r, false, 10, 0, SPAN_LITERAL(OPTIONS));
    push_tcp(&r, true, 19, 0, SPAN_LITERAL(OK));
    push_tcp(&r, true, 19 + sizeof(OK) - 1, TCP_RST, SPAN_NONE);
    assert_int_equal(r.told.ended, 2);
    rig_fini(&r);
}

static void test_tls(void **state)
{
    static const char hello[] = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03";
    static const char data[] = "\x17\x03\x03\x00\x04xxxx";
    struct flow_protocol rows[2];
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    push_tcp(&r, false, 10, 0, span_of(hello, sizeof(hello) - 1));
    push_tcp(&r, false, 20, 0, span_of(data, sizeof(data) - 1));
    assert_int_equal(counters(&r)->flows_tls, 1);
    assert_int_equal(counters(&r)->tls_packets, 5);
    assert_int_equal(counters(&r)->not_sip_packets, 5);
    assert_int_equal(flow_protocols(r.table, rows, 2), 1);
    assert_string_equal(rows[0].name, "TLS");
    assert_int_equal(rows[0].packets, 5);
    assert_int_equal(r.table->undecided_count, 0);
    rig_fini(&r);
}

/* The server is told by who began it, by the handshake, or by its port. */
static void test_tls_servers(void **state)
{
    static const char client_hello[] =
        "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03";
    static const char server_hello[] =
        "\x16\x03\x01\x00\x05\x02\x00\x00\x01\x03";
    static const char data[] = "\x17\x03\x03\x00\x04xxxx";
    static const char dtls[] = "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\2\1\0";
    static const struct {
        const char *name;
        const char *bytes;
        size_t length;
        enum decode_outcome outcome;
        uint16_t src_port;
        uint16_t dst_port;
        uint8_t flags; /* of a segment before it */
        uint16_t server;
    } rows[] = {
        {"SYN", data, 9, DECODE_TCP, 1000, 2000, TCP_SYN, 2000},
        {"SYN and ACK", data, 9, DECODE_TCP, 1000, 2000, TCP_SYN | TCP_ACK,
         1000},
        {"client hello", client_hello, 10, DECODE_TCP, 1000, 2000, 0, 2000},
        {"server hello", server_hello, 10, DECODE_TCP, 2000, 1000, 0, 2000},
        {"in its middle", data, 9, DECODE_TCP, 50000, 443, 0, 443},
        {"in its middle, SIP", data, 9, DECODE_TCP, 5061, 1025, 0, 5061},
        {"DTLS", dtls, 15, DECODE_UDP, 1000, 2000, 0, 2000},
        {"DTLS the other way", dtls, 15, DECODE_UDP, 2000, 1000, 0, 1000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct endpoint src = endpoint_of(1, rows[i].src_port);
        struct endpoint dst = endpoint_of(2, rows[i].dst_port);
        struct layers l = layers_of(rows[i].outcome, src, dst,
                                    span_of(rows[i].bytes, rows[i].length));
        struct layers before = layers_of(rows[i].outcome, src, dst, SPAN_NONE);
        struct opaque_port port;
        struct rig r;

        rig_init(&r, NULL);
        before.tcp.flags = rows[i].flags;
        before.tcp.seq = 99;
        if (rows[i].flags)
            push(&r, before);
        l.tcp.seq = 100;
        push(&r, l);
        push(&r, l);
        ROW_ASSERT(rows[i].name, counters(&r)->flows_tls == 1);
        ROW_ASSERT(rows[i].name, flow_opaque(r.table, &port, 1) == 1);
        ROW_ASSERT(rows[i].name, port.port == rows[i].server);
        ROW_ASSERT(rows[i].name, port.dtls == (rows[i].outcome == DECODE_UDP));
        ROW_ASSERT(rows[i].name, port.sip == (rows[i].server == 5061));
        rig_fini(&r);
    }
}

/* SRTP behind a DTLS handshake is not counted as DTLS. */
static void test_dtls_srtp(void **state)
{
    static const char dtls[] = "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\2\1\0";
    char buffer[172];
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_udp(&r, 1, 2, span_of(dtls, sizeof(dtls) - 1));
    push_udp(&r, 1, 2, rtp(buffer, 1));
    push_udp(&r, 2, 1, span_of(dtls, sizeof(dtls) - 1));
    assert_int_equal(counters(&r)->tls_packets, 2);
    rig_fini(&r);
}

/* Text that is no SIP is followed for some packets, then let go; if SIP
   begins in it all the same it is found. */
static void test_tcp_other(void **state)
{
    struct rig r;
    uint32_t seq = 10;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    for (unsigned i = 0; i < 30; i++, seq += 5)
        push_tcp(&r, false, seq, 0, SPAN_LITERAL("\x01\x02\x03\x04\x05"));
    assert_int_equal(r.table->undecided_count, 0);
    assert_int_equal(r.table->tcp.bytes, 0);
    push_tcp(&r, false, seq, 0, SPAN_LITERAL(OPTIONS));
    check_told(&r, OPTIONS);
    assert_int_equal(counters(&r)->not_sip_packets, 33);
    assert_int_equal(counters(&r)->segments, 1);
    rig_fini(&r);
}

/* What nDPI knows from its beginning is not asked again: a quotation in it
   is no message. Joined in the middle, nDPI may be wrong. */
static void test_tcp_quoted(void **state)
{
    static const char modbus[] = "\1\2\0\0\0\6\7\3\0\1\0\2";
    struct span get = SPAN_LITERAL("GET / HTTP/1.1\r\nHost: a.example\r\n"
                                   "User-Agent: b\r\n\r\n");
    struct span answer = SPAN_LITERAL("HTTP/1.1 200 OK\r\n"
                                      "Content-Type: text/plain\r\n"
                                      "Content-Length: 5000\r\n\r\n");
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    handshake(&r, 9);
    push_tcp(&r, false, 10, 0, get);
    push_tcp(&r, true, 19, 0, answer);
    push_tcp(&r, true, 19 + (uint32_t)answer.length, 0, SPAN_LITERAL(OPTIONS));
    check_told(&r, "");
    rig_fini(&r);

    rig_init(&r, NULL);
    for (uint32_t i = 0; i < 9; i++)
        push_tcp(&r, false, 10 + i * 12, 0, span_of(modbus, 12));
    push_tcp(&r, false, 10 + 9 * 12, 0, SPAN_LITERAL(OPTIONS));
    check_told(&r, OPTIONS);
    rig_fini(&r);
}

/* --- copies -----------------------------------------------------------------
 */

static void push_pairs(struct rig *r, unsigned count, unsigned copies)
{
    char buffer[172];

    for (unsigned i = 0; i < count; i++) {
        struct layers l =
            layers_of(DECODE_UDP, endpoint_of(1, 8000), endpoint_of(2, 8000),
                      rtp(buffer, (uint16_t)i));

        for (unsigned k = 0; k < copies; k++)
            push(r, l);
        r->now_ns += 20 * MS;
    }
}

static void test_paired(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_pairs(&r, 60, 1);
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    assert_false(r.told.arrival.paired);
    push_pairs(&r, 40, 2); /* not yet 45 of the last 50 */
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    assert_false(r.told.arrival.paired);
    push_pairs(&r, 49, 2);
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    assert_true(r.told.arrival.paired);
    push_udp(&r, 2, 1, SPAN_LITERAL(OK)); /* the other direction is single */
    assert_false(r.told.arrival.paired);
    push_pairs(&r, 10, 1);
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    assert_false(r.told.arrival.paired);
    rig_fini(&r);
}

/* Retransmissions half a second apart are no copies, nor are datagrams that
   IP has numbered. */
static void test_not_paired(void **state)
{
    struct layers l = layers_of(DECODE_UDP, endpoint_of(1, 5060),
                                endpoint_of(2, 5060), SPAN_LITERAL(OPTIONS));
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    for (unsigned i = 0; i < 200; i++) {
        push(&r, l);
        r.now_ns += 500 * MS;
    }
    assert_false(r.told.arrival.paired);
    for (unsigned i = 0; i < 200; i++) {
        l.ip_id = (uint16_t)(i + 1);
        push(&r, l);
        r.now_ns += MS;
    }
    assert_false(r.told.arrival.paired);
    rig_fini(&r);
}

/* --- fragments ---------------------------------------------------------------
 */

/* A UDP header for @p length bytes of payload, then the payload. */
static struct span datagram_of(char *buffer, const char *payload, size_t length)
{
    memcpy(buffer, "\x13\xc4\x13\xc4\0\0\0\0", 8);
    buffer[4] = (char)((length + 8) >> 8);
    buffer[5] = (char)(length + 8);
    memcpy(buffer + 8, payload, length);
    return span_of(buffer, length + 8);
}

static void push_fragment(struct rig *r, uint32_t id, struct span datagram,
                          uint32_t from, uint32_t length)
{
    struct layers l =
        layers_of(DECODE_FRAGMENT, endpoint_of(1, 0), endpoint_of(2, 0),
                  span_part(datagram, from, length));

    l.fragment.id = id;
    l.fragment.offset = from;
    l.fragment.more = from + length < datagram.length;
    push(r, l);
}

static void test_fragments(void **state)
{
    char buffer[512];
    struct span d = datagram_of(buffer, OPTIONS, OPTIONS_BYTES);
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_fragment(&r, 1, d, 48, 1000);
    push_fragment(&r, 1, d, 0, 48);
    check_told(&r, OPTIONS);
    assert_true(r.told.arrival.fragmented);
    assert_false(r.told.arrival.truncated);
    assert_int_equal(r.told.arrival.frame, 2);
    assert_int_equal(r.told.arrival.src.port, 5060);
    assert_int_equal(counters(&r)->fragments, 2);
    assert_int_equal(counters(&r)->datagrams_reassembled, 1);
    assert_int_equal(counters(&r)->datagrams, 0);
    rig_fini(&r);
}

static void test_fragments_expired(void **state)
{
    char buffer[512];
    struct span d = datagram_of(buffer, OPTIONS, OPTIONS_BYTES);
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_fragment(&r, 1, d, 0, 48);
    push_fragment(&r, 2, d, 48, 16); /* no beginning: of no use */
    r.now_ns += flow_limits_default.fragment_ns + SECOND;
    push_udp(&r, 7, 8, SPAN_NONE);
    assert_int_equal(r.told.datagrams, 1);
    assert_memory_equal(r.told.text, OPTIONS, 40);
    assert_int_equal(r.told.length, 40);
    assert_true(r.told.arrival.truncated);
    assert_true(anomaly_set_has(&r.told.anomalies, ANOMALY_FRAGMENTS_EXPIRED));
    assert_int_equal(counters(&r)->fragments_expired, 2);
    assert_int_equal(r.told.lost, 2);
    assert_int_equal(r.told.gap.kind, GAP_FRAGMENTS);
    rig_fini(&r);
}

/* --- accounts and bounds
 * ------------------------------------------------------ */

static void test_every_outcome_counted(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    for (unsigned i = 0; i < DECODE_OUTCOME_COUNT; i++)
        push(&r, layers_of((enum decode_outcome)i, endpoint_of(1, 5060),
                           endpoint_of(2, 5060), SPAN_LITERAL(OPTIONS)));
    assert_int_equal(counters(&r)->datagrams, 1);
    assert_int_equal(counters(&r)->segments, 1);
    assert_int_equal(counters(&r)->icmp, 1);
    assert_int_equal(counters(&r)->other_ip, 1);
    assert_int_equal(counters(&r)->not_ip, 1);
    assert_int_equal(counters(&r)->malformed, 1);
    assert_int_equal(counters(&r)->fragments, 1);
    rig_fini(&r);
}

static void test_idle(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    handshake(&r, 9);
    push_tcp(&r, false, 10, 0, SPAN_LITERAL(OPTIONS));
    for (unsigned i = 0; i < 30; i++) { /* kept by use */
        r.now_ns += flow_limits_default.udp_idle_ns / 3;
        push_udp(&r, 1, 2, SPAN_LITERAL("x"));
    }
    assert_int_equal(counters(&r)->flows_expired, 0);
    r.now_ns += flow_limits_default.udp_idle_ns + SECOND;
    push_udp(&r, 8, 9, SPAN_NONE);
    assert_int_equal(counters(&r)->flows_expired, 1);
    assert_int_equal(r.told.ended, 0);
    r.now_ns += flow_limits_default.tcp_idle_ns + SECOND;
    push_udp(&r, 8, 9, SPAN_NONE);
    assert_int_equal(r.told.ended, 1);
    rig_fini(&r);
}

/* A clock that jumps ahead once must not keep flows from living on. */
static void test_clock_jumps(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    r.now_ns = INT64_MAX;
    push_udp(&r, 5, 6, SPAN_NONE);
    r.now_ns = INT64_MIN;
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    handshake(&r, 9);
    push_tcp(&r, false, 15, 0, SPAN_LITERAL(OPTIONS));
    r.now_ns = START;
    push_udp(&r, 1, 2, SPAN_LITERAL("x"));
    assert_int_equal(r.told.datagrams, 3);
    rig_fini(&r);

    rig_init(&r, NULL);
    r.now_ns = INT64_MIN;
    handshake(&r, 9);
    push_tcp(&r, false, 15, 0, SPAN_LITERAL(OPTIONS));
    r.now_ns = INT64_MAX;
    push_udp(&r, 5, 6, SPAN_NONE);
    check_told(&r, OPTIONS); /* the hole is long past waiting for */
    rig_fini(&r);
}

/* A first packet of 1970 must not stop the clock of what follows. */
static void test_clock_begins_early(void **state)
{
    char buffer[512];
    struct span d = datagram_of(buffer, OPTIONS, OPTIONS_BYTES);
    struct rig r;

    (void)state;
    rig_init(&r, NULL);
    r.now_ns = 0;
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    r.now_ns = START;
    push_fragment(&r, 1, d, 0, 48);
    push_udp(&r, 3, 4, SPAN_LITERAL(OPTIONS));
    assert_int_equal(counters(&r)->flows_expired, 1);
    r.now_ns += flow_limits_default.udp_idle_ns * 2;
    push_udp(&r, 5, 6, SPAN_LITERAL(OPTIONS));
    assert_int_equal(counters(&r)->flows_expired, 2);
    assert_int_equal(counters(&r)->fragments_expired, 1);
    rig_fini(&r);
}

#define FLOOD 1000000u

static const struct flow_limits small = {
    .flows = 10000,
    .undecided = 100,
    .reassembly_bytes = 1 << 20,
    .stream_bytes = 1 << 18,
    .fragment_bytes = 1 << 20,
    .udp_idle_ns = 60 * SECOND,
    .tcp_idle_ns = 600 * SECOND,
    .tcp_gap_ns = 5 * SECOND,
    .fragment_ns = 30 * SECOND,
};

/* A million half-open connections: a SIP flow in use stays known. */
static void test_half_open_flood(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, &small);
    r.told.silent = true;
    push_udp(&r, 1, 2, SPAN_LITERAL(OPTIONS));
    for (uint32_t i = 0; i < FLOOD; i++) {
        struct layers l =
            layers_of(DECODE_TCP, endpoint_of(1000 + i, (uint16_t)i),
                      endpoint_of(2, 5060), SPAN_NONE);

        l.tcp.flags = TCP_SYN;
        l.tcp.seq = i;
        push(&r, l);
        assert_true(r.table->flows.count <= small.flows);
    }
    assert_int_equal(counters(&r)->flows, FLOOD + 1);
    assert_int_equal(counters(&r)->flows_dropped, FLOOD + 1 - small.flows);
    push_udp(&r, 1, 2, SPAN_LITERAL("x"));
    assert_int_equal(r.told.datagrams, 2);
    rig_fini(&r);
}

/* Streams that begin with a byte that may become anything. */
static void test_undecided_flood(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r, &small);
    r.told.silent = true;
    for (uint32_t i = 0; i < FLOOD / 10; i++) {
        push(&r, layers_of(DECODE_TCP, endpoint_of(1000 + i, (uint16_t)i),
                           endpoint_of(2, 5060), SPAN_LITERAL("REG")));
        assert_true(r.table->undecided_count <= small.undecided);
        assert_true(r.table->tcp.bytes <= small.reassembly_bytes);
    }
    rig_fini(&r);
}

static void test_first_fragment_flood(void **state)
{
    static char big[1480];
    struct rig r;
    uint64_t steps;

    (void)state;
    rig_init(&r, &small);
    for (uint32_t i = 0; i < FLOOD; i++) {
        struct layers l =
            layers_of(DECODE_FRAGMENT, endpoint_of(1000 + (i >> 16), 0),
                      endpoint_of(2, 0), span_of(big, i % 2 ? 8 : 1480));

        l.fragment.id = i & 0xffff;
        l.fragment.more = true;
        push(&r, l);
        assert_true(defrag_bytes(r.table->defrag) <= small.fragment_bytes);
    }
    steps = defrag_counters_of(r.table->defrag)->steps;
    assert_true(steps < (uint64_t)FLOOD * 110); /* 1480 / 8 blocks, halved */
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp_recognised),
        cmocka_unit_test(test_udp_arrival),
        cmocka_unit_test(test_udp_cut),
        cmocka_unit_test(test_udp_ports_reused),
        cmocka_unit_test(test_protocols_named),
        cmocka_unit_test(test_tcp_stream),
        cmocka_unit_test(test_tcp_recognised_in_pieces),
        cmocka_unit_test(test_tcp_byte_by_byte),
        cmocka_unit_test(test_tcp_shuffled),
        cmocka_unit_test(test_tcp_joined),
        cmocka_unit_test(test_tcp_gap),
        cmocka_unit_test(test_tunnels),
        cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_tcp_cut),
        cmocka_unit_test(test_tcp_ports_reused),
        cmocka_unit_test(test_tcp_reset),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_tls_servers),
        cmocka_unit_test(test_dtls_srtp),
        cmocka_unit_test(test_tcp_other),
        cmocka_unit_test(test_tcp_quoted),
        cmocka_unit_test(test_paired),
        cmocka_unit_test(test_not_paired),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_fragments_expired),
        cmocka_unit_test(test_every_outcome_counted),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_clock_jumps),
        cmocka_unit_test(test_clock_begins_early),
        cmocka_unit_test(test_half_open_flood),
        cmocka_unit_test(test_undecided_flood),
        cmocka_unit_test(test_first_fragment_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
