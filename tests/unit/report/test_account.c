#include "test.h"

#include "report/account.h"

static void assert_text(struct text *t, const char *expected)
{
    assert_false(t->failed);
    if (!span_equal(text_span(t), span_of_string(expected)))
        fail_msg("got:\n%.*s\nexpected:\n%s", SPAN_ARG(text_span(t)), expected);
    text_clear(t);
}

static void sums(void **state)
{
    static const struct account_part parts[] = {
        {1000, "datagrams"}, {0, "segments of TCP"}, {1, "copies of one"}};
    struct text t;

    (void)state;
    text_init(&t);
    assert_true(report_account_sum(&t, "packets", 1001, parts, 3));
    assert_text(&t, "packets: 1,001 = 1,000 datagrams + 1 copy of one\n");
    assert_false(report_account_sum(&t, "packets", 1003, parts, 3));
    assert_text(&t, "packets: 1,003 = 1,000 datagrams + 1 copy of one; "
                    "does not balance: 2 not accounted for\n");
    assert_false(report_account_sum(&t, "packets", 1000, parts, 3));
    assert_text(&t, "packets: 1,000 = 1,000 datagrams + 1 copy of one; "
                    "does not balance: 1 accounted for twice\n");
    assert_true(report_account_sum(&t, "packets", 0, parts, 0));
    assert_text(&t, "packets: 0\n");
    text_fini(&t);
}

static void whole_runs(void **state)
{
    static const struct account_store unused = {0};
    static const struct account_store store = {
        .used = true, .stored = 6, .duplicates = 2, .quarantined = 1};
    struct pipeline_result r = {
        .packets = 14,
        .flow = {.datagrams = 10, .malformed = 1, .not_sip_packets = 3},
        .counters = {.messages = 10, .keepalives = 1},
        .correlator = {.messages = 10,
                       .duplicates = 1,
                       .calls = 1,
                       .exchanges = 2,
                       .dialogs = 1},
    };
    struct text t;

    (void)state;
    text_init(&t);
    assert_true(report_account(&r, true, &unused, &t));
    assert_text(&t, "packets read: 14 = 10 datagrams + 3 of flows that are not "
                    "SIP + 1 malformed\n"
                    "SIP messages seen: 10 = 9 in records + 1 copy of the same "
                    "message\n"
                    "of SIP flows: 1 keep-alive\n"
                    "found: 1 call, 1 exchange without call, 1 dialog\n");
    assert_true(report_account(&r, false, &unused, &t));
    text_clear(&t);
    assert_true(report_account(&r, true, &store, &t));
    text_clear(&t);
    r.flow.datagrams = 9;
    assert_false(report_account(&r, true, &store, &t));
    text_fini(&t);
}

/* What may have been SIP is told, a port a line; the web is not. */
static void opaque_flows(void **state)
{
    static const struct account_store unused = {0};
    struct pipeline_result r = {
        .packets = 100,
        .flow = {.not_sip_packets = 100, .tls_packets = 90, .flows_tls = 61},
        .counters = {.messages = 1},
        .opaque = {{.port = 5061,
                    .sip = true,
                    .flows = 41,
                    .servers = 13,
                    .first = {4, {192, 0, 2, 1}}},
                   {.port = 5062,
                    .sip = true,
                    .dtls = true,
                    .flows = 1,
                    .servers = 1,
                    .first = {4, {192, 0, 2, 2}}},
                   {.port = 443,
                    .flows = 19,
                    .servers = 9,
                    .first = {4, {198, 51, 100, 1}}}},
        .opaque_count = 3,
    };
    struct text t;

    (void)state;
    text_init(&t);
    (void)report_account(&r, false, &unused, &t);
    text_add_byte(&t, 0);
    assert_non_null(strstr(t.data, "\n41 flows of TLS on port 5061 (192.0.2.1 "
                                   "and 12 others) cannot be read\n"
                                   "1 flow of DTLS on port 5062 (192.0.2.2) "
                                   "cannot be read\n"
                                   "19 flows of TLS elsewhere, not on a port "
                                   "or host known for SIP\n"));
    assert_null(strstr(t.data, "443"));
    text_fini(&t);
}

/* A capture that yields nothing says what was in it instead. */
static void no_message(void **state)
{
    static const struct account_store unused = {0};
    struct pipeline_result r = {
        .packets = 3,
        .flow = {.not_sip_packets = 3},
        .protocols = {{"RTP", 1, 3}},
        .protocol_count = 1,
    };
    struct text t;

    (void)state;
    text_init(&t);
    assert_true(report_account(&r, true, &unused, &t));
    assert_text(&t, "packets read: 3 = 3 of flows that are not SIP\n"
                    "SIP messages seen: 0\n"
                    "no SIP message found; the flows are RTP (3 packets)\n");
    r = (struct pipeline_result){0};
    assert_true(report_account(&r, true, &unused, &t));
    assert_text(&t, "packets read: 0\nSIP messages seen: 0\n"
                    "no SIP message found: there are no packets\n");
    text_fini(&t);
}

/* What stood around messages, or quoted them. */
static void packets_told(void **state)
{
    static const struct account_store unused = {0};
    struct endpoint a = {{4, {192, 0, 2, 1}}, 5060};
    struct endpoint b = {{4, {192, 0, 2, 2}}, 5060};
    struct pipeline_result r = {
        .packets = 14,
        .flow = {.icmp = 14},
        .quotes = {.items = {{a, b, {4, {0}}, 3, 3, 9},
                             {a, b, {4, {0}}, 11, 0, 1}},
                   .count = 2,
                   .total = 12},
        .counters = {.messages = 1},
    };
    struct text t;

    (void)state;
    r.flow.anomalies[ANOMALY_LINK_OPAQUE] = 3;
    r.flow.anomalies[ANOMALY_IP_LENGTH_BAD] = 2000;
    r.flow.anomalies[ANOMALY_ICMP_QUOTES_SIP] = 12;
    text_init(&t);
    assert_true(report_account(&r, false, &unused, &t));
    assert_text(&t, "packets read: 14 = 14 ICMP\n"
                    "anomalies of packets: 2,000 ip_length_bad, 3 link_opaque\n"
                    "ICMP errors that quote SIP: 12 = 9 port unreachable, of "
                    "192.0.2.1:5060 > 192.0.2.2:5060 + 1 TTL exceeded, of "
                    "192.0.2.1:5060 > 192.0.2.2:5060 + 2 of other flows\n"
                    "SIP messages seen: 1 = 1 listed\n");
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),         cmocka_unit_test(whole_runs),
        cmocka_unit_test(packets_told), cmocka_unit_test(opaque_flows),
        cmocka_unit_test(no_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
