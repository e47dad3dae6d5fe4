#include "test.h"

#include "report/messages.h"
#include "report/record.h"

#define HEADERS 16

static struct observation observe(const char *text, enum transport transport)
{
    static struct sip_header headers[HEADERS];
    static const uint8_t one[4] = {192, 0, 2, 1};
    static const uint8_t two[4] = {192, 0, 2, 2};
    struct observation o = {0};

    assert_true(sip_message_parse(span_of_string(text), SIP_FROM_DATAGRAM,
                                  headers, HEADERS, &o.message) > 0);
    o.arrival.time_ns = INT64_C(1312871576583165004);
    o.arrival.frame = 7;
    o.arrival.src.address = address_v4(one);
    o.arrival.src.port = 5060;
    o.arrival.dst.address = address_v4(two);
    o.arrival.dst.port = 5080;
    o.arrival.transport = transport;
    return o;
}

static const char invite[] = "INVITE sip:x@y SIP/2.0\r\n"
                             "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
                             "Call-ID: a\tb\r\n"
                             "CSeq: 1\r\n  INVITE\r\n"
                             "From: <sip:a@b>;tag=f\r\n"
                             "To: <sip:x@y>\r\n\r\n";
static const char answer[] = "SIP/2.0 200 \033[2J\r\n"
                             "v: SIP/2.0/UDP a\r\n"
                             "CSeq: 1 INVITE\r\n\r\n";

static void lines(void **state)
{
    struct observation o = observe(invite, TRANSPORT_UDP);
    struct text t;

    (void)state;
    text_init(&t);
    o.arrival.fragmented = true;
    o.arrival.vlan = 100;
    report_message(&o, NULL, REPORT_TSV, NULL, &t);
    if (!span_equal(text_span(&t),
                    SPAN_LITERAL("7\t1312871576.583165004\t192.0.2.1\t5060\t"
                                 "192.0.2.2\t5080\tudp\tINVITE\t1 INVITE\ta b\t"
                                 "z9hG4bK1\tip-reassembled,vlan\n")))
        fail_msg("%.*s", SPAN_ARG(text_span(&t)));
    text_clear(&t);
    o = observe(answer, TRANSPORT_TCP);
    o.arrival.time_ns = 5;
    o.message.status = SIP_PARSE_OK;
    report_message(&o, NULL, REPORT_TSV, NULL, &t);
    if (!span_equal(text_span(&t),
                    SPAN_LITERAL("7\t0.000000005\t192.0.2.1\t5060\t192.0.2.2\t"
                                 "5080\ttcp\t200\t1 INVITE\t-\t-\t-\n")))
        fail_msg("%.*s", SPAN_ARG(text_span(&t)));
    text_clear(&t);
    report_message_heading(REPORT_TSV, NULL, &t);
    assert_int_equal(t.length, 0);
    text_fini(&t);
}

static void rows(void **state)
{
    struct observation o = observe(answer, TRANSPORT_TCP);
    struct message_record record = {.seen = &o, .retransmission = true};
    struct text t;

    (void)state;
    text_init(&t);
    anomaly_set_add(&record.anomalies, ANOMALY_CALL_ID_MISSING);
    report_message(&o, NULL, REPORT_JSON, NULL, &t);
    assert_true(
        span_holds(text_span(&t),
                   "{\"at\":\"2011-08-09T06:32:56.583165+00:00\",\"frame\":7,"
                   "\"src_ip\":\"192.0.2.1\",\"src_port\":5060,"));
    assert_true(span_holds(text_span(&t),
                           "\"is_request\":false,\"method\":\"INVITE\","
                           "\"status_code\":200,"
                           "\"reason_phrase\":\"\\u001b[2J\","));
    assert_true(span_holds(text_span(&t), "\"call_id\":null"));
    assert_true(span_holds(text_span(&t), "\"retransmission\":null"));
    assert_true(span_holds(text_span(&t), "\"duplicate\":false"));
    o.duplicate = true;
    text_clear(&t);
    report_message(&o, NULL, REPORT_JSON, NULL, &t);
    assert_true(span_holds(text_span(&t), "\"duplicate\":true"));
    text_clear(&t);
    report_message(&o, NULL, REPORT_TSV, NULL, &t);
    assert_true(span_holds(text_span(&t), "duplicate\n"));
    text_clear(&t);
    report_message(&o, &record, REPORT_JSON, NULL, &t);
    assert_true(span_holds(text_span(&t), "\"retransmission\":true"));
    assert_true(
        span_holds(text_span(&t), "\"anomalies\":[\"call_id_missing\"]"));
    text_fini(&t);
}

static size_t commas_outside_quotes(struct span s)
{
    bool quoted = false;
    size_t n = 0;

    for (size_t i = 0; i < s.length; i++) {
        quoted ^= s.data[i] == '"';
        n += s.data[i] == ',' && !quoted;
    }
    return n;
}

static void csv_has_its_heading(void **state)
{
    struct observation o = observe(invite, TRANSPORT_UDP);
    struct text heading;
    struct text row;

    (void)state;
    text_init(&heading);
    text_init(&row);
    report_message_heading(REPORT_CSV, NULL, &heading);
    report_message(&o, NULL, REPORT_CSV, NULL, &row);
    assert_int_equal(commas_outside_quotes(text_span(&heading)),
                     commas_outside_quotes(text_span(&row)));
    text_fini(&heading);
    text_fini(&row);
}

static void table_is_harmless(void **state)
{
    static const struct table_style narrow = {100, false};
    struct observation o = observe(invite, TRANSPORT_UDP);
    struct text t;

    (void)state;
    text_init(&t);
    o.message.call_id = SPAN_LITERAL("\033]0;x\a and more");
    report_message(&o, NULL, REPORT_TABLE, &narrow, &t);
    assert_true(span_holds(text_span(&t), "INVITE     1 INVITE"));
    for (size_t i = 0; i + 1 < t.length; i++)
        assert_true((unsigned char)t.data[i] >= 0x20);
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(rows),
        cmocka_unit_test(csv_has_its_heading),
        cmocka_unit_test(table_is_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
