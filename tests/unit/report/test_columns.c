#include "test.h"

#include "report/columns.h"
#include "report/record.h"

static void assert_holds(const struct text *t, const char *part)
{
    assert_false(t->failed);
    if (!span_holds(text_span(t), part))
        fail_msg("no %s in: %.*s", part, SPAN_ARG(text_span(t)));
}

static void test_json(void **state)
{
    static const char *const parts[] = {
        "{\"call_key\":\"00010203-0405-0607-0809-0a0b0c0d0e0f\",",
        "\"capture_key\":null,\"sensor\":\"edge\",",
        "\"first_at\":\"2011-08-01T06:37:30.454022+00:00\",",
        "\"to_tag\":null,\"state\":\"terminated\",",
        "\"disposition\":\"answered\",\"status_code\":200,",
        "\"reason_phrase\":\"O\\\\xcb\",\"verdict\":\"answered\",",
        "\"branch_statuses\":[486,200],",
        "\"last_status_code\":null,",
        "\"answered_at\":\"2011-08-01T06:37:31.179161+00:00\",",
        "\"ack_at\":null,",
        "\"pdd_ms\":122,\"pdd_total_ms\":null,",
        "\"reinvites\":0,\"messages\":11,",
        "\"ended_by\":\"callee\",\"end_cause\":\"bye\",\"end_exact\":true,",
        "\"live\":false,",
        "\"reason_q850\":16,\"reason_sip\":null,",
        "\"retry_after_s\":null,\"redirect_to\":[\"sip:a,\\\"b\\\"@x\"],",
        "\"src_ip\":\"192.0.2.1\",\"src_port\":5060,",
        "\"dst_ip\":\"2001:db8::1\",\"dst_port\":5080,",
        "\"transport\":\"udp\",\"vlan\":null,",
        "\"hops\":[\"192.0.2.1\",\"2001:db8::1\"],",
        "\"diversion_reason\":\"no-answer\",\"diversion_count\":2,",
        "\"session_expires_s\":1800,\"min_se_s\":null,",
        "\"refresher\":\"uas\",\"invite_expires_s\":null,",
        "\"offer_codecs\":[\"PCMU\",\"PCMA\",\"a\\\"b\"],",
        "\"answer_codecs\":null,\"media_kinds\":[\"audio\"],",
        "\"media_changes\":0,\"holds\":1,\"hold_ms\":null,",
        "\"transfer\":\"attended\",\"transfer_status\":\"SIP/2.0 200 OK\",",
        "\"replaces\":null,",
        "\"replaced_by\":\"00010203-0405-0607-0809-0a0b0c0d0e0f\",",
        "\"custom\":{\"X-A\":\"b\"},",
        "\"evidence\":[\"no_end\",\"other_hop\"]}\n",
    };
    struct call_record r = sample_record();
    struct report_call call = {&r, NULL, SPAN_LITERAL("edge")};
    struct text t;

    (void)state;
    text_init(&t);
    report_call_row(&call, REPORT_JSON, &t);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_holds(&t, parts[i]);
    text_fini(&t);
}

static void test_csv(void **state)
{
    static const char *const parts[] = {
        "00010203-0405-0607-0809-0a0b0c0d0e0f,,edge,2011-08-01T06:37:30",
        ",O\\xcb,answered,\"{486,200}\",,",
        ",callee,bye,true,false,16,,",
        ",\"{\"\"sip:a,\\\"\"b\\\"\"@x\"\"}\",",
        ",\"'=cmd|'/C calc'!A0\",",
        ",+49301,",
        ",\"{\"\"X-A\"\":\"\"b\"\"}\",",
        ",\"{no_end,other_hop}\"\r\n",
    };
    struct call_record r = sample_record();
    struct report_call call = {&r, NULL, SPAN_LITERAL("edge")};
    struct text t;

    (void)state;
    text_init(&t);
    report_call_heading(REPORT_CSV, &t);
    assert_holds(&t, "call_key,capture_key,sensor,first_at,");
    assert_holds(&t, ",session_id_remote,evidence\r\n");
    report_call_row(&call, REPORT_CSV, &t);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_holds(&t, parts[i]);
    text_fini(&t);
}

static size_t count_byte(struct span s, char byte)
{
    size_t n = 0;

    for (size_t i = 0; i < s.length; i++)
        n += s.data[i] == byte;
    return n;
}

/* Every row has as many fields as the heading, whatever the wire sent. */
static void test_tsv_fields(void **state)
{
    struct call_record r = sample_record();
    struct report_call call = {&r, NULL, SPAN_NONE};
    struct text t;

    (void)state;
    text_init(&t);
    r.call_id = SPAN_LITERAL("a\tb\nc");
    report_call_row(&call, REPORT_TSV, &t);
    assert_int_equal(count_byte(text_span(&t), '\t'), report_column_count - 1);
    assert_int_equal(count_byte(text_span(&t), '\n'), 1);
    assert_holds(&t, "\ta\\tb\\nc\t");
    assert_holds(&t, "\t=cmd|'/C calc'!A0\t");
    text_fini(&t);
}

static void test_find(void **state)
{
    struct call_record r = sample_record();
    struct report_call call = {&r, &r.call_key, SPAN_NONE};
    const struct report_column *c = report_column_find(SPAN_LITERAL("talk_ms"));
    struct report_value v;

    (void)state;
    assert_non_null(c);
    assert_string_equal(report_column_name(c), "talk_ms");
    report_column_value(c, &call, &v);
    assert_int_equal(v.kind, REPORT_NUMBER);
    assert_int_equal(v.number, 2232);
    c = report_column_find(SPAN_LITERAL("capture_key"));
    report_column_value(c, &call, &v);
    assert_int_equal(v.kind, REPORT_TEXT);
    assert_null(report_column_find(SPAN_LITERAL("nothing")));
}

static void test_dates_far_away(void **state)
{
    static const struct {
        int64_t at;
        const char *expected;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000+00:00"},
        {-1, "1969-12-31T23:59:59.999999+00:00"},
        {INT64_C(4294967295000000), "2106-02-07T06:28:15.000000+00:00"},
        {INT64_MAX, "294247-01-10T04:00:54.775807+00:00"},
    };
    struct report_value v;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        report_value_time(&v, cases[i].at);
        assert_int_equal(v.kind, REPORT_TEXT);
        assert_int_equal(v.text.length, strlen(cases[i].expected));
        assert_memory_equal(v.text.data, cases[i].expected, v.text.length);
    }
    report_value_time(&v, TIME_NONE);
    assert_int_equal(v.kind, REPORT_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),           cmocka_unit_test(test_csv),
        cmocka_unit_test(test_tsv_fields),     cmocka_unit_test(test_find),
        cmocka_unit_test(test_dates_far_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
