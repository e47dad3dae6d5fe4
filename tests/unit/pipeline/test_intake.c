#include "test.h"

#include "flow/hep.h"
#include "pipeline/intake.h"

#define OPTIONS_TEXT                                                           \
    "OPTIONS sip:bob@example.com SIP/2.0\r\n"                                  \
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"                           \
    "From: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"         \
    "Call-ID: one\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
#define WITH_BODY                                                              \
    OPTIONS_TEXT "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody"
#define WITHOUT_LENGTH OPTIONS_TEXT "\r\n"
#define RESPONSE                                                               \
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"         \
    "From: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>;tag=2\r\n"   \
    "Call-ID: one\r\nCSeq: 1 OPTIONS\r\n\r\n"

struct taken {
    size_t count;
    struct observation *items[64];
};

static int take(void *arg, struct observation *o)
{
    struct taken *t = arg;

    assert_true(t->count < COUNT_OF(t->items));
    t->items[t->count++] = o;
    return 0;
}

static void release(struct taken *t)
{
    for (size_t i = 0; i < t->count; i++)
        observation_release(t->items[i]);
    t->count = 0;
}

static void start(struct intake *in, struct taken *t)
{
    *t = (struct taken){0};
    assert_int_equal(intake_init(in), 0);
    in->take_fn = take;
    in->take_arg = t;
}

static void datagrams_give_their_messages(void **state)
{
    static const struct {
        const char *name;
        const char *payload;
        size_t messages;
        size_t keepalives;
        size_t not_sip;
    } rows[] = {
        {"one", WITH_BODY, 1, 0, 0},
        {"empty lines first", "\r\n\r\n" WITH_BODY, 1, 0, 0},
        {"two joined", WITH_BODY WITH_BODY, 2, 0, 0},
        {"three without length", RESPONSE RESPONSE RESPONSE, 3, 0, 0},
        {"keep-alive", "\r\n\r\n", 0, 1, 0},
        {"hello", "hello world", 0, 0, 1},
        {"HTTP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, 0, 1},
        {"RTSP", "OPTIONS rtsp://a/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", 0, 0, 1},
        {"SSDP", "NOTIFY * HTTP/1.1\r\nHOST: a\r\n\r\n", 0, 0, 1},
        {"prose", "SIP/2.0 is defined in RFC 3261.\r\n", 0, 0, 1},
        {"a log", "<134>1 pbx: " WITH_BODY, 0, 0, 1},
        {"no length", WITHOUT_LENGTH, 1, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct intake in;
        struct taken t;
        struct arrival arrival = {.time_ns = 7, .frame = 3};
        struct anomaly_set none = {0};
        struct flow_sink sink;

        start(&in, &t);
        sink = intake_sink(&in);
        sink.datagram_fn(sink.arg, &arrival, span_of_string(rows[i].payload),
                         &none);
        ROW_ASSERT(rows[i].name, t.count == rows[i].messages);
        ROW_ASSERT(rows[i].name, in.counters.messages == rows[i].messages);
        ROW_ASSERT(rows[i].name, in.counters.keepalives == rows[i].keepalives);
        ROW_ASSERT(rows[i].name, in.counters.not_sip == rows[i].not_sip);
        for (size_t k = 0; k < t.count; k++) {
            ROW_ASSERT(rows[i].name, t.items[k]->ordinal == k);
            ROW_ASSERT(rows[i].name, t.items[k]->arrival.frame == 3);
            ROW_ASSERT(rows[i].name, span_equal(t.items[k]->message.call_id,
                                                SPAN_LITERAL("one")));
        }
        release(&t);
        intake_fini(&in);
    }
}

/* The whole stream in one piece and split anywhere give the same messages. */
static void streams_give_whole_messages_at_every_split(void **state)
{
    struct span whole = SPAN_LITERAL("\r\n\r\n" WITH_BODY WITH_BODY "\r\n\r\n");

    (void)state;
    for (size_t cut = 0; cut <= whole.length; cut++) {
        struct intake in;
        struct taken t;
        struct arrival first = {.time_ns = 1, .frame = 1};
        struct arrival second = {.time_ns = 2, .frame = 2};
        struct flow_sink sink;
        void *stream = NULL;

        start(&in, &t);
        sink = intake_sink(&in);
        sink.stream_fn(sink.arg, &first, span_part(whole, 0, cut), &stream);
        sink.stream_fn(sink.arg, &second, span_from(whole, cut), &stream);
        sink.end_fn(sink.arg, &stream);
        assert_null(stream);
        assert_int_equal(t.count, 2);
        assert_int_equal(in.counters.junk_bytes, 0);
        assert_true(span_equal(t.items[0]->message.body, SPAN_LITERAL("body")));
        assert_true(anomaly_set_empty(&t.items[1]->message.anomalies));
        assert_int_equal(t.items[0]->arrival.frame,
                         cut >= 4 + strlen(WITH_BODY) ? 1 : 2);
        release(&t);
        intake_fini(&in);
    }
}

static void gap_ends_the_message_and_names_it(void **state)
{
    struct intake in;
    struct taken t;
    struct arrival arrival = {.time_ns = 1, .frame = 1};
    struct flow_sink sink;
    void *stream = NULL;
    struct span whole = SPAN_LITERAL(WITH_BODY);

    (void)state;
    start(&in, &t);
    sink = intake_sink(&in);
    sink.stream_fn(sink.arg, &arrival, span_part(whole, 0, whole.length - 2),
                   &stream);
    assert_int_equal(t.count, 0);
    sink.gap_fn(sink.arg, &arrival, 100, &stream);
    assert_int_equal(t.count, 1);
    assert_true(anomaly_set_has(&t.items[0]->message.anomalies,
                                ANOMALY_MESSAGE_TRUNCATED));
    assert_true(
        anomaly_set_has(&t.items[0]->message.anomalies, ANOMALY_TCP_GAP));
    assert_int_equal(t.items[0]->message.status, SIP_PARSE_PARTIAL);
    sink.stream_fn(sink.arg, &arrival, whole, &stream);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.items[1]->message.status, SIP_PARSE_OK);
    assert_false(
        anomaly_set_has(&t.items[1]->message.anomalies, ANOMALY_TCP_GAP));
    sink.end_fn(sink.arg, &stream);
    release(&t);
    intake_fini(&in);
}

/* --- HEP --------------------------------------------------------------------
 */

#define TLS_VIA                                                                \
    "OPTIONS sip:bob@example.com SIP/2.0\r\n"                                  \
    "Via: SIP/2.0/WSS 192.0.2.1;branch=z9hG4bK1\r\nCall-ID: one\r\n\r\n"
#define AGENT_7 "\0\0\0\xc\0\xa\0\0\0\7"
#define NAME_EDGE                                                              \
    "\0\0\0\x13\0\xa"                                                          \
    "edge"
#define OVER_TCP "\0\0\0\2\0\7\6"
#define AT_5 "\0\0\0\x9\0\xa\0\0\0\5"
#define KIND(kind) "\0\0\0\xb\0\7" kind

/* Chunks, then the payload. @return Length of the packet */
static size_t hep_packet(char out[1024], struct span chunks,
                         struct span payload)
{
    size_t n = 6 + chunks.length + 6 + payload.length;

    assert_true(n <= 1024);
    memcpy(out, "HEP3", 4);
    out[4] = (char)(n >> 8);
    out[5] = (char)n;
    memcpy(out + 6, chunks.data, chunks.length);
    out += 6 + chunks.length;
    memcpy(out, "\0\0\0\xf", 4);
    out[4] = (char)((payload.length + 6) >> 8);
    out[5] = (char)(payload.length + 6);
    memcpy(out + 6, payload.data, payload.length);
    return n;
}

static void hep_is_undone(void **state)
{
    static const struct {
        const char *name;
        struct span chunks;
        const char *payload;
        size_t messages;
        size_t other;
        enum transport transport;
        const char *sensor;
    } rows[] = {
        {"an agent by its number",
         {AGENT_7 AT_5, 20},
         WITH_BODY,
         1,
         0,
         TRANSPORT_UDP,
         "7"},
        {"an agent by its name",
         {NAME_EDGE AGENT_7 AT_5, 30},
         WITH_BODY,
         1,
         0,
         TRANSPORT_UDP,
         "edge"},
        {"no agent", {AT_5, 10}, WITH_BODY, 1, 0, TRANSPORT_UDP, ""},
        {"the Via knows better",
         {OVER_TCP AT_5, 17},
         TLS_VIA,
         1,
         0,
         TRANSPORT_WSS,
         ""},
        {"but not over UDP", {AT_5, 10}, TLS_VIA, 1, 0, TRANSPORT_UDP, ""},
        {"RTCP", {KIND("\5") AT_5, 17}, "{}", 0, 1, TRANSPORT_UDP, ""},
        {"a log that quotes SIP",
         {KIND("\x64") AT_5, 17},
         WITH_BODY,
         0,
         1,
         TRANSPORT_UDP,
         ""},
        {"no SIP after all",
         {KIND("\1") AT_5, 17},
         "{}",
         0,
         1,
         TRANSPORT_UDP,
         ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct intake in;
        struct taken t;
        struct arrival arrival = {.time_ns = 7, .frame = 3, .vlan = 9};
        struct anomaly_set none = {0};
        char bytes[1024];
        size_t n =
            hep_packet(bytes, rows[i].chunks, span_of_string(rows[i].payload));
        struct flow_sink sink;

        start(&in, &t);
        in.sensors = sensors_new();
        sink = intake_sink(&in);
        ROW_ASSERT(rows[i].name, sink.probe_fn(sink.arg, span_of(bytes, n)) ==
                                     FLOW_PROBE_YES);
        sink.datagram_fn(sink.arg, &arrival, span_of(bytes, n), &none);
        ROW_ASSERT(rows[i].name, t.count == rows[i].messages);
        ROW_ASSERT(rows[i].name, in.counters.hep_packets == 1);
        ROW_ASSERT(rows[i].name, in.counters.hep_other == rows[i].other);
        ROW_ASSERT(rows[i].name, in.counters.not_sip == 0);
        ROW_ASSERT(rows[i].name, in.hep_clock_ns == INT64_C(5000000000));
        for (size_t k = 0; k < t.count; k++) {
            const struct arrival *a = &t.items[k]->arrival;

            ROW_ASSERT(rows[i].name, a->time_ns == INT64_C(5000000000));
            ROW_ASSERT(rows[i].name, a->frame == 3);
            ROW_ASSERT(rows[i].name, a->vlan == 0);
            ROW_ASSERT(rows[i].name, a->around && a->around->count == 1);
            ROW_ASSERT(rows[i].name, a->around->each[0].kind == TUNNEL_HEP);
            ROW_ASSERT(rows[i].name, a->transport == rows[i].transport);
            ROW_ASSERT(rows[i].name,
                       span_equal(sensors_name(in.sensors, a->sensor),
                                  span_of_string(rows[i].sensor)));
        }
        release(&t);
        sensors_free(in.sensors);
        intake_fini(&in);
    }
}

/* A time of none, or of the year 2106, is not the message's nor the clock's. */
static void hep_times_are_credible(void **state)
{
    static const struct {
        const char *name;
        struct span chunks;
        int64_t time_ns;
    } rows[] = {
        {"zero", {"\0\0\0\x9\0\xa\0\0\0\0", 10}, INT64_C(7000000000)},
        {"a day ahead",
         {"\0\0\0\x9\0\xa\0\1\x51\x87", 10},
         INT64_C(86407000000000)},
        {"more than that",
         {"\0\0\0\x9\0\xa\0\1\x51\x88", 10},
         INT64_C(7000000000)},
        {"far ahead",
         {"\0\0\0\x9\0\xa\xff\xff\xff\xff", 10},
         INT64_C(7000000000)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct intake in;
        struct taken t;
        struct arrival arrival = {.time_ns = INT64_C(7000000000)};
        struct anomaly_set none = {0};
        char bytes[1024];
        size_t n = hep_packet(bytes, rows[i].chunks, SPAN_LITERAL(WITH_BODY));
        struct flow_sink sink;

        start(&in, &t);
        sink = intake_sink(&in);
        sink.datagram_fn(sink.arg, &arrival, span_of(bytes, n), &none);
        ROW_ASSERT(rows[i].name, t.count == 1);
        ROW_ASSERT(rows[i].name,
                   t.items[0]->arrival.time_ns == rows[i].time_ns);
        ROW_ASSERT(rows[i].name,
                   in.hep_clock_ns == (rows[i].time_ns == arrival.time_ns
                                           ? HEP_TIME_NONE
                                           : rows[i].time_ns));
        release(&t);
        intake_fini(&in);
    }
}

static void hep_comes_in_streams(void **state)
{
    char bytes[2048];
    size_t n =
        hep_packet(bytes, SPAN_LITERAL(OVER_TCP), SPAN_LITERAL(WITH_BODY));

    (void)state;
    n += hep_packet(bytes + n, SPAN_LITERAL(AGENT_7), SPAN_LITERAL(TLS_VIA));
    for (size_t cut = 0; cut <= n; cut++) {
        struct intake in;
        struct taken t;
        struct arrival first = {.time_ns = 1, .transport = TRANSPORT_TCP};
        struct arrival second = {.time_ns = 2, .transport = TRANSPORT_TCP};
        struct flow_sink sink;
        void *stream = NULL;

        start(&in, &t);
        sink = intake_sink(&in);
        sink.stream_fn(sink.arg, &first, span_of(bytes, cut), &stream);
        sink.stream_fn(sink.arg, &second, span_of(bytes + cut, n - cut),
                       &stream);
        sink.end_fn(sink.arg, &stream);
        assert_int_equal(t.count, 2);
        assert_int_equal(in.counters.junk_bytes, 0);
        assert_int_equal(t.items[0]->arrival.transport, TRANSPORT_TCP);
        assert_int_equal(t.items[1]->arrival.transport, TRANSPORT_UDP);
        release(&t);
        intake_fini(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_give_their_messages),
        cmocka_unit_test(streams_give_whole_messages_at_every_split),
        cmocka_unit_test(gap_ends_the_message_and_names_it),
        cmocka_unit_test(hep_is_undone),
        cmocka_unit_test(hep_times_are_credible),
        cmocka_unit_test(hep_comes_in_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
