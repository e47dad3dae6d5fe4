#include "test.h"

#include "pipeline/intake.h"

#define OPTIONS_TEXT                                                           \
    "OPTIONS sip:bob@example.com SIP/2.0\r\n"                                  \
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"                           \
    "From: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"         \
    "Call-ID: one\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
#define WITH_BODY OPTIONS_TEXT "Content-Length: 4\r\n\r\nbody"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_give_their_messages),
        cmocka_unit_test(streams_give_whole_messages_at_every_split),
        cmocka_unit_test(gap_ends_the_message_and_names_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
