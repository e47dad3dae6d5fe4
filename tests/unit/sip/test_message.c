#include "test.h"

#include "guard.h"
#include "sip/message.h"

#define TEXT_MAX 70000

static const char invite[] =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP pc33.example.com:5066;rport;branch=z9hG4bK776asdhds\r\n"
    "Via: SIP/2.0/TCP a.example.com;branch=z9hG4bK1, SIP/2.0/UDP b\r\n"
    "Max-Forwards: 70\r\n"
    "To: \"Bob; <b>\" <sip:bob@example.com;x=1>\r\n"
    "From: Alice <sip:alice@example.com>;tag=1928301774;x\r\n"
    "Call-ID: a84b4c76e66710@pc33.example.com\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:alice@pc33.example.com>\r\n"
    "X-Mine:  one\r\n"
    "\t two \r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "v=0\r\n";

static bool inside(struct span inner, struct span outer)
{
    return !inner.length ||
           (inner.data >= outer.data &&
            inner.data + inner.length <= outer.data + outer.length);
}

static void check_spans(const struct sip_message *m, struct span text)
{
    const struct span spans[] = {
        m->text,     m->body,    m->method_name, m->request_uri,
        m->call_id,  m->from,    m->to,          m->from_tag,
        m->to_tag,   m->via_top, m->via_sent_by, m->via_branch,
        m->cseq_method_name,     m->reason_phrase};

    for (size_t i = 0; i < COUNT_OF(spans); i++)
        assert_true(inside(spans[i], text));
    for (uint32_t i = 0; i < m->header_count; i++) {
        const struct sip_header *h = &m->headers[i];

        assert_true(h->name_at + h->name_length <= m->text.length);
        assert_true(h->value_at + h->value_length <= m->text.length);
    }
}

#define ASSERT_SPAN(span, text)                                                \
    assert_true(span_equal(span, SPAN_LITERAL(text)))

static void request_is_located(void **state)
{
    struct sip_header headers[32];
    struct sip_message m;
    struct span value;
    uint32_t cursor = 0;
    struct guard g = guard_new(TEXT_MAX);
    struct span text =
        span_of(guard_copy(&g, invite, sizeof(invite) - 1), sizeof(invite) - 1);

    (void)state;
    assert_int_equal(sip_sniff(text), 1);
    assert_int_equal(
        sip_message_parse(text, SIP_FROM_DATAGRAM, headers, 32, &m),
        text.length);
    check_spans(&m, text);
    assert_int_equal(m.status, SIP_PARSE_OK);
    assert_true(anomaly_set_empty(&m.anomalies));
    assert_true(m.is_request);
    assert_int_equal(m.method, SIP_INVITE);
    ASSERT_SPAN(m.request_uri, "sip:bob@example.com");
    ASSERT_SPAN(m.call_id, "a84b4c76e66710@pc33.example.com");
    ASSERT_SPAN(m.from_tag, "1928301774");
    ASSERT_SPAN(m.to_tag, "");
    assert_int_equal(m.cseq, 314159);
    assert_int_equal(m.cseq_method, SIP_INVITE);
    assert_int_equal(m.via_count, 3);
    ASSERT_SPAN(m.via_sent_by, "pc33.example.com:5066");
    ASSERT_SPAN(m.via_branch, "z9hG4bK776asdhds");
    assert_int_equal(m.content_length, 5);
    ASSERT_SPAN(m.body, "v=0\r\n");
    assert_int_equal(m.header_count, 11);
    assert_int_equal(m.headers[0].id, SIP_HEADER_VIA);
    ASSERT_SPAN(sip_message_value(&m, SIP_HEADER_CONTENT_TYPE),
                "application/sdp");
    ASSERT_SPAN(sip_message_value_named(&m, SPAN_LITERAL("x-mine")),
                "one\r\n\t two");
    assert_true(sip_message_next_value(&m, SIP_HEADER_VIA, &cursor, &value));
    assert_true(sip_message_next_value(&m, SIP_HEADER_VIA, &cursor, &value));
    ASSERT_SPAN(value,
                "SIP/2.0/TCP a.example.com;branch=z9hG4bK1, SIP/2.0/UDP b");
    assert_false(sip_message_next_value(&m, SIP_HEADER_VIA, &cursor, &value));
    guard_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_located),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
