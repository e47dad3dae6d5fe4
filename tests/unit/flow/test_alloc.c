/*
 * The same packets again and again, memory failing once at the first
 * allocation, then at the second, and so on, and then from there on: nothing
 * breaks, leaks or goes uncounted. Linked with malloc and its like wrapped.
 */
#include "test.h"

#include "refusal.h"

#include "flow/flow.h"

static unsigned begun;
static unsigned ended;

static enum flow_probe probe_fn(void *arg, struct span payload)
{
    (void)arg;
    return span_starts_nocase(payload, SPAN_LITERAL("SIP/2.0 "))
               ? FLOW_PROBE_YES
           : payload.length < 8 ? FLOW_PROBE_MAYBE
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

static void begin(void **state)
{
    if (!*state)
        begun++;
    *state = &begun;
}

static void stream_fn(void *arg, const struct arrival *arrival,
                      struct span bytes, void **state)
{
    (void)arg;
    (void)arrival;
    (void)bytes;
    begin(state);
}

static void gap_fn(void *arg, const struct arrival *arrival,
                   uint64_t missing_bytes, void **state)
{
    (void)arg;
    (void)arrival;
    (void)missing_bytes;
    begin(state);
}

static void end_fn(void *arg, void **state)
{
    (void)arg;
    assert_non_null(*state);
    *state = NULL;
    ended++;
}

#define OK "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
/* Flags 2 begin a user message, 1 end it. */
#define CHUNK(flags, tsn, text)                                                \
    "\0" flags "\0\x18\0\0\0" tsn "\0\0\0\0\0\0\0\0" text
#define CHUNK_BYTES 24
#define OTHER "\1\2\3\4\5\6\7no protocol at all"

struct step {
    enum decode_outcome outcome;
    uint8_t host;
    uint32_t seq; /* or the fragment's offset */
    uint8_t flags;
    const char *payload;
};

static const struct step steps[] = {
    {DECODE_UDP, 1, 0, 0, OK},
    {DECODE_UDP, 2, 0, 0, OTHER},
    {DECODE_UDP, 2, 0, 0, OTHER},
    {DECODE_TCP, 3, 9, TCP_SYN, ""},
    {DECODE_TCP, 3, 10, 0, "SIP"},
    {DECODE_TCP, 3, 13, 0, "/2.0 200 OK\r\n"},
    {DECODE_TCP, 3, 30, 0, OK},
    {DECODE_TCP, 3, 100, 0, OK},
    {DECODE_TCP, 4, 10, 0, OTHER},
    {DECODE_TCP, 4, 35, 0, OK},
    {DECODE_TCP, 5, 10, 0, OTHER},
    {DECODE_TCP, 5, 90, TCP_FIN, OTHER},
    {DECODE_FRAGMENT, 6, 16, 0, OTHER},
    {DECODE_FRAGMENT, 6, 0, 0, "SIP/2.0 200 OK\r\n"},
    {DECODE_FRAGMENT, 7, 0, 0, "SIP/2.0 200 OK\r\n"},
    {DECODE_SCTP, 8, 0, 0, CHUNK("\3", "\1", "SIP/2.0 ")},
    {DECODE_SCTP, 8, 0, 0, CHUNK("\1", "\3", "200 OK\r\n")},
    {DECODE_SCTP, 8, 0, 0, CHUNK("\2", "\2", "SIP/2.0 ")},
    {DECODE_SCTP, 8, 0, 0, CHUNK("\2", "\5", "SIP/2.0 ")},
};

static void push_all(struct flow_table *t)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const struct step *s = &steps[i];
        uint8_t host[4] = {192, 0, 2, s->host};
        struct packet packet = {.time_ns = 1, .frame = i + 1};
        uint32_t length = s->outcome == DECODE_SCTP
                              ? CHUNK_BYTES
                              : (uint32_t)strlen(s->payload);
        struct layers l = {
            .outcome = s->outcome,
            .src = {address_v4(host), 1000},
            .dst = {address_v4(host), 2000},
            .payload = span_of(s->payload, length),
            .payload_wire = length,
            .ip_protocol = 17,
            .tcp = {.seq = s->seq, .flags = s->flags},
            .fragment = {.id = s->host, .offset = s->seq, .more = s->seq == 0}};
        int rc = flow_push(t, &packet, &l);

        assert_true(rc == 0 || rc == -12 /* ENOMEM */);
    }
}

/* One run; false where memory sufficed, so that there is no more to try. */
static bool run(long allocations, bool only_once)
{
    const struct flow_sink sink = {NULL,   probe_fn, datagram_fn, stream_fn,
                                   gap_fn, end_fn,   NULL,        NULL};
    const struct flow_counters *c;
    struct flow_table *t;
    bool failed;
    int rc;

    begun = ended = 0;
    allowed = allocations;
    once = only_once;
    rc = flow_table_new(&flow_limits_default, &sink, &t);
    if (rc) {
        assert_int_equal(rc, -12);
        allowed = -1;
        return true;
    }
    push_all(t);
    flow_flush(t);
    failed = once ? allowed < 0 : allowed == 0;
    allowed = -1;
    c = flow_counters_of(t);
    assert_int_equal(c->datagrams + c->segments + c->fragments +
                         c->sctp_packets + c->not_sip_packets,
                     COUNT_OF(steps));
    assert_int_equal(begun, ended);
    if (!failed)
        assert_int_equal(begun, 2);
    flow_table_free(t);
    return failed;
}

static void test_sweep(void **state)
{
    long allocations;

    (void)state;
    for (allocations = 0; run(allocations, true); allocations++)
        assert_true(allocations < 1000);
    assert_true(allocations > 20);
    for (allocations = 0; run(allocations, false); allocations++)
        assert_true(allocations < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sweep)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
