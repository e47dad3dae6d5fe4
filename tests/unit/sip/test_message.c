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
    const struct span spans[] = {m->text,
                                 m->body,
                                 m->method_name,
                                 m->request_uri,
                                 m->call_id,
                                 m->from,
                                 m->to,
                                 m->from_tag,
                                 m->to_tag,
                                 m->via_top,
                                 m->via_sent_by,
                                 m->via_branch,
                                 m->cseq_method_name,
                                 m->reason_phrase};

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

/* --- sniffing ------------------------------------------------------------- */

/* Prose whose first line may be one: a message only where a header follows. */
static void prose_is_no_message(void **state)
{
    static const char *const rows[] = {
        "SIP/2.0 is defined in RFC 3261.\r\n\r\nmore",
        "SIP/2.0 is defined in RFC 3261.\r\n",
        "REGISTER sip:a@b was seen\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_header headers[8];
        struct sip_message m;

        ROW_ASSERT(rows[i],
                   sip_message_parse(span_of_string(rows[i]), SIP_FROM_DATAGRAM,
                                     headers, COUNT_OF(headers), &m) == 0);
    }
}

static void start_lines_are_told_from_others(void **state)
{
    static const struct {
        const char *text;
        int expected;
    } rows[] = {
        {"SIP/2.0 200 OK\r\n", 1},
        {"sip/2.0 200 OK\r\n", 1},
        {"SIP/2.0 100 \r\n", 1},
        {"SIP/7.0 200 OK\r\n", 1},
        {"SIP/2.0 4294967301 better not\r\n", 1},
        {"\r\n\r\nBYE sip:a@b SIP/2.0\r\n", 1},
        {"BYE sip:a@b SIP/2.0\n", 1},
        {"BYE  sip:a@b  SIP/2.0 \r\n", 1},
        {"BYE tel:+123 sip/2.0\r\n", 1},
        {"BYE sip:a@b; lr SIP/2.0\r\n", 1},
        {"BYE <sip:a@b> SIP/2.0\r\n", 1},
        {"NEW%METHOD x SIP/9.9\r\n", 1},
        {"INVITE sip:a@b aaa/2.0\r\nVia: x\r\n", 1},
        {"INVITE sip:a@b\r\nVia: x\r\n", 0},
        {"INVITE sip:a@b aaa/2.0\r\nno header\r\n", 0},
        {"INVITE sip:a@b aaa/2.0\r\nVi", -1},
        {"\xe5\xe4 sip:a@b SIP/2.0\r\nVia: x\r\n", 1},
        {" sip:a@b SIP/2.0\r\nVia: x\r\n", 1},
        {"", -1},
        {"\r\n", -1},
        {"I", -1},
        {"INVITE", -1},
        {"INVITE sip:a@b SIP/2.0", -1},
        {"SIP/", -1},
        {"SIP/2.0 2", -1},
        {"GET / HTTP/1.1\r\nHost: x\r\n", 0},
        {"HTTP/1.1 200 OK\r\n", 0},
        {"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n", 0},
        {"M-SEARCH * HTTP/1.1\r\n", 0},
        {"OPTIONS rtsp://a/ RTSP/1.0\r\nCSeq: 1\r\n", 0},
        {"RTSP/1.0 200 OK\r\n", 0},
        {"SIPp is a test tool\r\n", 0},
        {"SIP/2.0/UDP 192.0.2.1;branch=z9\r\n", 0},
        {"SIP/two 200 OK\r\n", 0},
        {"Via: SIP/2.0/UDP a\r\n", 0},
        {"SSH-2.0-x\r\n", 0},
        {"<presence/>\r\n", 0},
        {"v=0\r\no=a SIP/2.0\r\n", 0},
        {"CONNECT sip:443 HTTP/1.1\r\nHost: a\r\n", 0},
        {"OPTIONS sip:a@b HTTP/1.1\r\nFrom: a\r\n", 0},
        {"OPTIONS sip:a@b RTSP/1.0\r\nCall-ID: 1\r\n", 0},
        {"INVITE sip:a@b SIP/2.0 HTTP/1.1\r\nFrom: a\r\n", 0},
        {"SUBSCRIBE /u HTTP/1.1\r\nCallback: <sip:a>\r\n", 0},
        {"SIP\r\n", 0},
        {"SIP is a protocol\r\nTo: all\r\n", 0},
        {"SIP/2.0, SIP/2.0 and more\r\nTo: x\r\n", 0},
        {"SIP/2.0 is great\r\nNote: it is\r\n", 0},
        {"SIP/2.0 is great\r\nVia: a\r\n", 1},
        {"REGISTER sip:a@b was seen at noon\r\nNote: x\r\n", 0},
        {"see also: SIP/2.0\r\nTo: x\r\n", 0},
        {"From: sip:a@b SIP/2.0\r\nTo: x\r\n", 0},
        {"Please send INVITE sip:a@b SIP/2.0\r\n", 0},
        {"<134>1 pbx: INVITE sip:a@b SIP/2.0\r\nVia: x\r\n", 0},
        {"[12:00] INVITE sip:a@b SIP/2.0\r\nVia: x\r\n", 0},
        {"U 192.0.2.1 -> 192.0.2.2\r\nBYE sip:a@b SIP/2.0\r\n", 0},
        {"{\"text\":\"BYE sip:a@b SIP/2.0\"}\r\n", 0},
        {"MSRP a SEND\r\nTo-Path: msrp://x\r\n", 0},
        {"MSRP a 200 OK\r\nTo-Path: msrp://x\r\n", 0},
        {"CRCX 1204 aaln/1@a MGCP 1.0\r\nC: A3\r\n", 0},
        {"GET /", 0},
        {"\x80\x08\x12\x34", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int got = sip_sniff(span_of_string(rows[i].text));

        if (got != rows[i].expected)
            fail_msg("%s: %d", rows[i].text, got);
    }
}

/* --- one fault at a time -------------------------------------------------- */

#define HEAD "OPTIONS sip:a@b SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n"
#define IDS                                                                    \
    "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: i\r\n"                 \
    "CSeq: 1 OPTIONS\r\n"
#define HOPS "Max-Forwards: 9\r\n"
#define GOOD HEAD VIA IDS HOPS
#define NO_ANOMALY ANOMALY_COUNT

static bool only_anomaly(const struct anomaly_set *set, enum anomaly a)
{
    struct anomaly_set expected = {0};

    if (a != NO_ANOMALY)
        anomaly_set_add(&expected, a);
    return memcmp(set, &expected, sizeof(expected)) == 0;
}

static void faults_are_named(void **state)
{
    static const struct {
        const char *text;
        enum anomaly expected; /* and no other */
        enum sip_parse_status status;
        const char *body;
    } rows[] = {
        {GOOD "\r\n", NO_ANOMALY, SIP_PARSE_OK, ""},
        {"\r\n\r\n" GOOD "\r\n", ANOMALY_LEADING_CRLF, SIP_PARSE_OK, ""},
        {"OPTIONS  sip:a@b SIP/2.0\r\n" VIA IDS HOPS "\r\n",
         ANOMALY_START_LINE_SPACES, SIP_PARSE_OK, ""},
        {"OPTIONS sip:a@b SIP/7.0\r\n" VIA IDS HOPS "\r\n", ANOMALY_VERSION_BAD,
         SIP_PARSE_OK, ""},
        {"OPTIONS <sip:a@b> SIP/2.0\r\n" VIA IDS HOPS "\r\n",
         ANOMALY_REQUEST_URI_BAD, SIP_PARSE_OK, ""},
        {"SIP/2.0 99 Low\r\n" VIA IDS "\r\n", ANOMALY_STATUS_CODE_BAD,
         SIP_PARSE_OK, ""},
        {"SIP/2.0 42949673 Long\r\n" VIA IDS "\r\n", ANOMALY_STATUS_CODE_BAD,
         SIP_PARSE_PARTIAL, ""},
        {GOOD "Subject: a\n\r\n", ANOMALY_LF_LINE_END, SIP_PARSE_OK, ""},
        {GOOD "Subject: a\rb\r\n\r\n", ANOMALY_CR_BARE, SIP_PARSE_OK, ""},
        {GOOD "Subject: a\r\n", ANOMALY_HEADERS_UNTERMINATED, SIP_PARSE_PARTIAL,
         ""},
        {GOOD "Subject: a", ANOMALY_HEADERS_UNTERMINATED, SIP_PARSE_PARTIAL,
         ""},
        {GOOD "nonsense\r\n\r\n", ANOMALY_HEADER_LINE_BAD, SIP_PARSE_OK, ""},
        {GOOD "a b: c\r\n\r\n", ANOMALY_HEADER_LINE_BAD, SIP_PARSE_OK, ""},
        {GOOD "l: 3\r\n\r\nabc", NO_ANOMALY, SIP_PARSE_OK, "abc"},
        {GOOD "\r\nabc", NO_ANOMALY, SIP_PARSE_OK, "abc"},
        {GOOD "l: 4\r\n\r\nabc", ANOMALY_CONTENT_LENGTH_LONG, SIP_PARSE_PARTIAL,
         "abc"},
        {GOOD "l: 2\r\n\r\nabc", ANOMALY_CONTENT_LENGTH_SHORT, SIP_PARSE_OK,
         "ab"},
        {GOOD "l: -1\r\n\r\nabc", ANOMALY_CONTENT_LENGTH_BAD, SIP_PARSE_OK,
         "abc"},
        {GOOD "l: 99999999999999999999999999\r\n\r\nabc",
         ANOMALY_CONTENT_LENGTH_BAD, SIP_PARSE_OK, "abc"},
        {GOOD "l: 2147483647\r\n\r\nabc", ANOMALY_CONTENT_LENGTH_LONG,
         SIP_PARSE_PARTIAL, "abc"},
        {GOOD "l: 2147483648\r\n\r\nabc", ANOMALY_CONTENT_LENGTH_BAD,
         SIP_PARSE_OK, "abc"},
        {GOOD "Transfer-Encoding: chunked\r\n\r\n", ANOMALY_CHUNKED,
         SIP_PARSE_OK, ""},
        {HEAD VIA IDS "\r\n", ANOMALY_MAX_FORWARDS_MISSING, SIP_PARSE_OK, ""},
        {HEAD VIA IDS "Max-Forwards: 0\r\n\r\n", ANOMALY_MAX_FORWARDS_ZERO,
         SIP_PARSE_OK, ""},
        {HEAD VIA IDS "Max-Forwards: 256\r\n\r\n", ANOMALY_MAX_FORWARDS_BAD,
         SIP_PARSE_OK, ""},
        {HEAD IDS HOPS "\r\n", ANOMALY_VIA_MISSING, SIP_PARSE_PARTIAL, ""},
        {HEAD "v: SIP/2.0/UDP h\r\n" IDS HOPS "\r\n", ANOMALY_BRANCH_MISSING,
         SIP_PARSE_OK, ""},
        {HEAD "v: SIP/2.0/UDP h;branch=1\r\n" IDS HOPS "\r\n",
         ANOMALY_BRANCH_COOKIE_MISSING, SIP_PARSE_OK, ""},
        {HEAD "v: SIP/2.0/UDP h;branch=z9hG4bK\r\n" IDS HOPS "\r\n",
         ANOMALY_BRANCH_EMPTY, SIP_PARSE_OK, ""},
        {GOOD "Call-ID: j\r\n\r\n", ANOMALY_HEADER_REPEATED, SIP_PARSE_OK, ""},
        {HEAD VIA HOPS "f: <sip:a@b>;tag=1\r\nt: sip:c@d\r\ni: i\r\n"
                       "CSeq: 1 INVITE\r\n\r\n",
         ANOMALY_CSEQ_METHOD_MISMATCH, SIP_PARSE_OK, ""},
        {HEAD VIA HOPS "f: <sip:a@b>;tag=1\r\nt: sip:c@d\r\ni: i\r\n"
                       "CSeq: 3000000000 OPTIONS\r\n\r\n",
         ANOMALY_CSEQ_BAD, SIP_PARSE_OK, ""},
        {HEAD VIA HOPS "f: <sip:a@b>;tag=1\r\nt: sip:c@d\r\ni: i\r\n"
                       "CSeq: 99999999999 OPTIONS\r\n\r\n",
         ANOMALY_CSEQ_BAD, SIP_PARSE_PARTIAL, ""},
        {HEAD VIA HOPS "f: <sip:a@b>\r\nt: sip:c@d\r\ni: i\r\n"
                       "CSeq: 1 OPTIONS\r\n\r\n",
         ANOMALY_FROM_TAG_MISSING, SIP_PARSE_OK, ""},
        {HEAD VIA HOPS "f: \"A <sip:a@b>;tag=1\r\nt: sip:c@d\r\ni: i\r\n"
                       "CSeq: 1 OPTIONS\r\n\r\n",
         ANOMALY_FROM_BAD, SIP_PARSE_OK, ""},
    };
    struct sip_header headers[32];
    struct sip_message m;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span text = span_of_string(rows[i].text);

        ROW_ASSERT(rows[i].text, sip_message_parse(text, SIP_FROM_DATAGRAM,
                                                   headers, 32, &m) > 0);
        ROW_ASSERT(rows[i].text, m.status == rows[i].status);
        ROW_ASSERT(rows[i].text,
                   span_equal(m.body, span_of_string(rows[i].body)));
        ROW_ASSERT(rows[i].text, only_anomaly(&m.anomalies, rows[i].expected));
    }
}

static void via_without_sent_by_is_named(void **state)
{
    static const char text[] = HEAD "v: SIP/2.0/UDP\r\n" IDS HOPS "\r\n";
    struct sip_header headers[32];
    struct sip_message m;

    (void)state;
    assert_true(sip_message_parse(span_of(text, sizeof(text) - 1),
                                  SIP_FROM_DATAGRAM, headers, 32, &m) > 0);
    assert_true(anomaly_set_has(&m.anomalies, ANOMALY_VIA_BAD));
    assert_int_equal(m.status, SIP_PARSE_PARTIAL);
    assert_int_equal(m.via_count, 1);
}

static void nul_is_kept_and_named(void **state)
{
    static const char text[] = GOOD "Subject: a\0b\r\n\r\n";
    struct sip_header headers[32];
    struct sip_message m;

    (void)state;
    assert_int_equal(sip_message_parse(span_of(text, sizeof(text) - 1),
                                       SIP_FROM_DATAGRAM, headers, 32, &m),
                     sizeof(text) - 1);
    assert_true(only_anomaly(&m.anomalies, ANOMALY_NUL_IN_HEADER));
    ASSERT_SPAN(sip_message_value(&m, SIP_HEADER_SUBJECT), "a\0b");
}

/* --- datagrams ------------------------------------------------------------ */

#define RESPONSE(code) "SIP/2.0 " code " X\r\n" VIA IDS

static void joined_messages_are_taken_apart(void **state)
{
    static const char text[] = RESPONSE("100") "\r\n" RESPONSE(
        "180") "\r\n\r\n" RESPONSE("200") "Content-Length: 2\r\n\r\nab";
    static const uint16_t codes[] = {100, 180, 200};
    struct span rest = span_of(text, sizeof(text) - 1);
    struct sip_header headers[32];
    struct sip_message m;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        size_t taken =
            sip_message_parse(rest, SIP_FROM_DATAGRAM, headers, 32, &m);

        assert_true(taken > 0);
        assert_int_equal(m.status_code, codes[i]);
        assert_int_equal(m.method, SIP_OPTIONS);
        rest = span_from(rest, taken);
    }
    ASSERT_SPAN(m.body, "ab");
    assert_int_equal(rest.length, 0);
}

static void fragment_of_sip_stays_a_body(void **state)
{
    static const char text[] =
        GOOD "Content-Type: message/sipfrag\r\n\r\nSIP/2.0 100 Trying\r\n";
    struct sip_header headers[32];
    struct sip_message m;

    (void)state;
    assert_int_equal(sip_message_parse(span_of(text, sizeof(text) - 1),
                                       SIP_FROM_DATAGRAM, headers, 32, &m),
                     sizeof(text) - 1);
    ASSERT_SPAN(m.body, "SIP/2.0 100 Trying\r\n");
}

static void forgotten_empty_line_before_sdp(void **state)
{
    static const char text[] =
        GOOD "Content-Type: application/sdp\r\nv=0\r\no=a\r\n";
    struct sip_header headers[32];
    struct sip_message m;

    (void)state;
    assert_int_equal(sip_message_parse(span_of(text, sizeof(text) - 1),
                                       SIP_FROM_DATAGRAM, headers, 32, &m),
                     sizeof(text) - 1);
    ASSERT_SPAN(m.body, "v=0\r\no=a\r\n");
    assert_int_equal(m.status, SIP_PARSE_PARTIAL);
}

/* --- every cut, every line end -------------------------------------------- */

static void every_cut_is_survived(void **state)
{
    struct sip_header headers[32];
    struct sip_message m;
    struct guard g = guard_new(TEXT_MAX);

    (void)state;
    for (size_t n = 0; n < sizeof(invite) - 1; n++) {
        struct span text = span_of(guard_copy(&g, invite, n), n);
        size_t taken;
        int sniffed = sip_sniff(text);

        assert_int_equal(sniffed, n < 36 ? -1 : 1);
        taken = sip_message_parse(text, SIP_FROM_DATAGRAM, headers, 32, &m);
        if (!taken) {
            assert_int_equal(sniffed, -1);
            continue;
        }
        assert_int_equal(taken, n);
        check_spans(&m, text);
        assert_int_not_equal(m.status, SIP_PARSE_OK);
    }
    guard_free(&g);
}

static void index_may_be_small(void **state)
{
    struct span text = span_of(invite, sizeof(invite) - 1);
    struct sip_header headers[3];
    struct sip_message m;

    (void)state;
    for (uint32_t cap = 0; cap <= 3; cap++) {
        assert_int_equal(
            sip_message_parse(text, SIP_FROM_DATAGRAM, headers, cap, &m),
            text.length);
        assert_int_equal(m.header_count, cap);
        assert_true(only_anomaly(&m.anomalies, ANOMALY_HEADERS_TOO_MANY));
        assert_int_equal(m.cseq, 314159); /* found all the same */
        ASSERT_SPAN(m.via_branch, "z9hG4bK776asdhds");
        assert_int_equal(m.via_count, 3);
        ASSERT_SPAN(m.body, "v=0\r\n");
    }
}

/* What is expected behind a header is what stood there before; what is found
 * must not depend on it. */
static void what_came_before_makes_no_difference(void **state)
{
    static const char *const sections[] = {
        "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
        "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n",
        "From: <sip:a@b>;tag=1\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
        "CSeq: 1 OPTIONS\r\nCall-ID: x\r\nTo: <sip:c@d>\r\n",
        "Via:SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom:\t<sip:a@b>;tag=1\r\n"
        "To:  <sip:c@d>\r\nCall-ID: \r\nCSeq : 1 OPTIONS\r\n",
        "Via: SIP/2.0/UDP a\r\n ;branch=z9hG4bK1\r\nFroma: <sip:a@b>\r\n"
        "from: <sip:a@b>;tag=1\r\nT: <sip:c@d>\r\nTo\r\nCall-IDs: x\r\n",
        "v: SIP/2.0/UDP a;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\n"
        "Proxy-Authorization: Digest\r\nProxy-Authenticate: Digest\r\n"
        "Content-Length: 0\r\nContent-Lengt: 0\r\n",
    };
    enum { KINDS = COUNT_OF(sections), ROOM = 16 };
    struct sip_header first[KINDS][ROOM], again[ROOM];
    struct sip_message m[KINDS], n;
    char texts[KINDS][512];

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]),
                       "OPTIONS sip:a@b SIP/2.0\r\n%s\r\n", sections[i]);
        (void)sip_message_parse(span_of_string(texts[i]), SIP_FROM_DATAGRAM,
                                first[i], ROOM, &m[i]);
    }
    for (size_t i = 0; i < KINDS; i++)
        for (size_t j = 0; j < KINDS; j++) {
            (void)sip_message_parse(span_of_string(texts[i]), SIP_FROM_DATAGRAM,
                                    again, ROOM, &n);
            (void)sip_message_parse(span_of_string(texts[j]), SIP_FROM_DATAGRAM,
                                    again, ROOM, &n);
            assert_int_equal(n.header_count, m[j].header_count);
            assert_memory_equal(again, first[j],
                                n.header_count * sizeof(*again));
            assert_memory_equal(&n.anomalies, &m[j].anomalies,
                                sizeof(n.anomalies));
            assert_true(span_equal(n.from_tag, m[j].from_tag));
            assert_true(span_equal(n.via_branch, m[j].via_branch));
            assert_true(span_equal(n.call_id, m[j].call_id));
        }
    /* and is what is there */
    assert_int_equal(m[0].header_mask[0], m[1].header_mask[0]);
    assert_int_equal(m[2].header_mask[0], m[0].header_mask[0]);
    ASSERT_SPAN(m[2].from, "<sip:a@b>;tag=1");
    ASSERT_SPAN(m[2].call_id, "");
    assert_true(only_anomaly(&m[0].anomalies, ANOMALY_MAX_FORWARDS_MISSING));
    ASSERT_SPAN(sip_message_value_named(&m[3], SPAN_LITERAL("Froma")),
                "<sip:a@b>");
    ASSERT_SPAN(m[3].call_id, "");
    assert_int_equal(m[4].header_count, 6);
    ASSERT_SPAN(m[4].from_tag, "1");
    ASSERT_SPAN(sip_message_value(&m[4], SIP_HEADER_PROXY_AUTHENTICATE),
                "Digest");
}

static void line_ends_make_no_difference(void **state)
{
    char text[sizeof(invite)];
    struct sip_header headers[2][32];
    struct sip_message crlf, lf;
    size_t length = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(invite) - 1; i++)
        if (invite[i] != '\r' || i >= sizeof(invite) - 6)
            text[length++] = invite[i];
    (void)sip_message_parse(span_of(invite, sizeof(invite) - 1),
                            SIP_FROM_DATAGRAM, headers[0], 32, &crlf);
    assert_int_equal(sip_message_parse(span_of(text, length), SIP_FROM_DATAGRAM,
                                       headers[1], 32, &lf),
                     length);
    assert_true(only_anomaly(&lf.anomalies, ANOMALY_LF_LINE_END));
    assert_int_equal(lf.header_count, crlf.header_count);
    assert_true(span_equal(lf.from_tag, crlf.from_tag));
    assert_true(span_equal(lf.via_branch, crlf.via_branch));
    assert_true(span_equal(lf.call_id, crlf.call_id));
    assert_true(span_equal(lf.body, crlf.body));
    assert_int_equal(lf.via_count, crlf.via_count);
}

/* --- names ---------------------------------------------------------------- */

static void every_header_is_found_by_its_names(void **state)
{
    static const struct {
        const char *name;
        char compact;
    } names[] = {
#define SIP_HEADER(ID, name, compact, flags) {name, compact},
#include "sip/header.def"
#undef SIP_HEADER
    };

    (void)state;
    for (unsigned id = 1; id < SIP_HEADER_COUNT; id++) {
        char other[64] = {0};
        size_t length = strlen(names[id].name);

        assert_string_equal(sip_header_name((enum sip_header_id)id),
                            names[id].name);
        for (size_t i = 0; i < length; i++)
            other[i] = (char)(names[id].name[i] ^
                              (names[id].name[i] == '-' ? 0 : 0x20));
        assert_int_equal(sip_header_parse(span_of(names[id].name, length)), id);
        assert_int_equal(sip_header_parse(span_of(other, length)), id);
        other[length - 1] = '!';
        assert_int_equal(sip_header_parse(span_of(other, length)),
                         SIP_HEADER_OTHER);
        if (names[id].compact)
            assert_int_equal(sip_header_parse(span_of(&names[id].compact, 1)),
                             id);
    }
    assert_int_equal(sip_header_parse(SPAN_NONE), SIP_HEADER_OTHER);
    assert_int_equal(sip_header_parse(SPAN_LITERAL("\xff")), SIP_HEADER_OTHER);
}

static void every_method_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 1; i < SIP_METHOD_COUNT; i++) {
        const char *text = sip_method_name((enum sip_method)i);

        assert_true(strlen(text) > 2);
        assert_int_equal(sip_method_parse(span_of_string(text)), i);
    }
    assert_int_equal(sip_method_parse(SPAN_LITERAL("invite")), SIP_UNKNOWN);
    assert_int_equal(sip_method_parse(SPAN_LITERAL("INVITES")), SIP_UNKNOWN);
    assert_int_equal(sip_method_parse(SPAN_NONE), SIP_UNKNOWN);
    assert_string_equal(sip_method_name(SIP_UNKNOWN), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_located),
        cmocka_unit_test(start_lines_are_told_from_others),
        cmocka_unit_test(prose_is_no_message),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(via_without_sent_by_is_named),
        cmocka_unit_test(nul_is_kept_and_named),
        cmocka_unit_test(joined_messages_are_taken_apart),
        cmocka_unit_test(fragment_of_sip_stays_a_body),
        cmocka_unit_test(forgotten_empty_line_before_sdp),
        cmocka_unit_test(every_cut_is_survived),
        cmocka_unit_test(index_may_be_small),
        cmocka_unit_test(what_came_before_makes_no_difference),
        cmocka_unit_test(line_ends_make_no_difference),
        cmocka_unit_test(every_header_is_found_by_its_names),
        cmocka_unit_test(every_method_is_found_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
