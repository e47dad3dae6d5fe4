/* The small value parsers; a message is made around what needs one. */
#include "test.h"

#include "sip/address.h"
#include "sip/auth.h"
#include "sip/event.h"
#include "sip/number.h"
#include "sip/param.h"
#include "sip/reason.h"
#include "sip/replaces.h"
#include "sip/session_timer.h"
#include "sip/status.h"
#include "sip/via.h"
#include "sip/warning.h"

static bool is(struct span s, const char *text)
{
    return span_equal(s, span_of_string(text));
}

#define S(text) SPAN_LITERAL(text)

static void lists_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        const char *expected[4];
    } rows[] = {
        {"a", {"a"}},
        {"a, b ,c", {"a", "b", "c"}},
        {"", {NULL}},
        {" ,, , ", {NULL}},
        {"\"x,y\" <sip:a,b@c>,d", {"\"x,y\" <sip:a,b@c>", "d"}},
        {"\"x\\\",y\", d", {"\"x\\\",y\"", "d"}},
        {"\"open, b", {"\"open, b"}},
        {"<open, b", {"<open, b"}},
        {"a\r\n , b", {"a", "b"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span rest = span_of_string(rows[i].text), value;
        size_t n = 0;

        while (sip_list_next(&rest, &value)) {
            ROW_ASSERT(rows[i].text, n < 4 && rows[i].expected[n]);
            ROW_ASSERT(rows[i].text, is(value, rows[i].expected[n]));
            n++;
        }
        ROW_ASSERT(rows[i].text, n == 4 || !rows[i].expected[n]);
    }
}

static void text_is_written_plainly(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"\"Mr. \\\"X\\\" \\\\\"", "Mr. \"X\" \\"},
        {"  Bob   the\r\n\tBuilder ", "Bob the Builder"},
        {"a\\b", "a\\b"},
        {"\"open", "open"},
        {"\"", ""},
        {"", ""},
        {"\"\"", ""},
        {"Not Found", "Not Found"},
        {"Not Found ", "Not Found"},
        {"\"Bob B\"", "Bob B"},
        {"\" Bob\"", " Bob"},
        {"\"Bob  B\"", "Bob B"},
        {"\"a\\b\"", "ab"},
        {"\ttab", "tab"},
    };
    static const char *const plain[] = {"Not Found", "Bob B", " Bob", "a\\b"};
    size_t found = 0;
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t n = sip_text_write(span_of_string(rows[i].text), buffer,
                                  sizeof(buffer));
        struct span as_is = sip_text_plain(span_of_string(rows[i].text));

        ROW_ASSERT(rows[i].text, is(span_of(buffer, n), rows[i].expected));
        ROW_ASSERT(rows[i].text, !as_is.length || is(as_is, rows[i].expected));
        for (size_t k = 0; k < COUNT_OF(plain); k++)
            found += is(as_is, plain[k]);
        assert_true(sip_text_write(span_of_string(rows[i].text), buffer, 2) <=
                    2);
    }
    assert_int_equal(found, COUNT_OF(plain));
}

/* Of every length that is looked at in pieces, a fold at every place. */
static void folds_are_seen_wherever_they_stand(void **state)
{
    static const char *const folds[] = {"  ", "\t", "\r\n ", " \t"};
    char text[64], one;

    (void)state;
    for (size_t length = 4; length < 50; length++)
        for (size_t at = 1; at + 4 <= length; at++) {
            for (size_t i = 0; i < COUNT_OF(folds); i++) {
                memset(text, 'a', length);
                memcpy(text + at, folds[i], strlen(folds[i]));
                assert_int_equal(sip_text_plain(span_of(text, length)).length,
                                 0);
            }
            memset(text, 'a', length);
            text[at] = ' ';
            assert_int_equal(sip_text_plain(span_of(text, length)).length,
                             length);
            text[at] = '\\';
            assert_int_equal(sip_text_plain(span_of(text, length)).length,
                             length);
            one = text[0];
            text[0] = text[length - 1] = '"';
            assert_int_equal(sip_text_plain(span_of(text, length)).length, 0);
            text[0] = one;
            text[length - 1] = ' ';
            assert_int_equal(sip_text_plain(span_of(text, length)).length, 0);
        }
}

static void params_are_walked(void **state)
{
    const struct span text =
        SPAN_LITERAL("a=1 ; b = \"x;\\\"y\" ;;c;d=;e=\"open ; f=2");
    static const struct {
        const char *name, *value;
        bool has_value, quoted;
    } expected[] = {
        {"a", "1", true, false},   {"b", "x;\\\"y", true, true},
        {"c", "", false, false},   {"d", "", true, false},
        {"e", "open", true, true}, {"f", "2", true, false},
    };
    struct sip_param p;
    size_t cursor = 0, n = 0;

    (void)state;
    for (; sip_param_next(text, &cursor, &p); n++) {
        assert_true(n < COUNT_OF(expected));
        assert_true(is(p.name, expected[n].name));
        assert_true(is(p.value, expected[n].value));
        assert_int_equal(p.has_value, expected[n].has_value);
        assert_int_equal(p.quoted, expected[n].quoted);
    }
    assert_int_equal(n, COUNT_OF(expected));
    assert_true(sip_param_has(text, S("C")));
    assert_false(sip_param_has(text, S("x")));
    assert_true(is(sip_param_value(text, S("F")), "2"));
    assert_true(is(sip_param_value(SPAN_NONE, S("F")), ""));
}

static void addresses_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        const char *display, *uri, *tag;
    } rows[] = {
        {"<sip:a@b>;tag=1", true, "", "sip:a@b", "1"},
        {"Bob B <sip:a@b;x=1>;y;TAG = 2", true, "Bob B", "sip:a@b;x=1", "2"},
        {"\"<B>, ;\" <sip:a@b>", true, "\"<B>, ;\"", "sip:a@b", ""},
        {"sip:a@b;tag=3", true, "", "sip:a@b", "3"},
        {"sip:a@b", true, "", "sip:a@b", ""},
        {"caller<sip:a@b>;tag=4", true, "caller", "sip:a@b", "4"},
        {"*", true, "", "", ""},
        {"\"open <sip:a@b>;tag=5", false, "\"open", "sip:a@b", "5"},
        {"< sip:a@b >;tag=6", false, "", "sip:a@b", "6"},
        {"<sip:a@b;tag=7", false, "", "sip:a@b", "7"},
        {"<sip:a@b> x;tag=8", false, "", "sip:a@b", "8"},
        {"\"Bob\" sip:a@b;tag=9", false, "\"Bob\"", "sip:a@b", "9"},
        {"<>;tag=1", false, "", "", "1"},
        {";tag=1", false, "", "", "1"},
        {"", false, "", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_address a;

        ROW_ASSERT(rows[i].text, sip_address_parse(span_of_string(rows[i].text),
                                                   &a) == rows[i].ok);
        ROW_ASSERT(rows[i].text, is(a.display, rows[i].display));
        ROW_ASSERT(rows[i].text, is(a.uri, rows[i].uri));
        ROW_ASSERT(rows[i].text, is(sip_address_tag(&a), rows[i].tag));
        ROW_ASSERT(rows[i].text,
                   a.any == is(span_of_string(rows[i].text), "*"));
    }
}

static void vias_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        const char *transport, *sent_by, *host;
        uint16_t port;
        const char *branch, *received;
        int rport; /* -1 not there */
        int ttl;
    } rows[] = {
        {"SIP/2.0/UDP a.example:5066;branch=z9hG4bKx;rport", true, "UDP",
         "a.example:5066", "a.example", 5066, "z9hG4bKx", "", 0, -1},
        {"SIP / 2.0\r\n / TCP  192.0.2.1 : 5060 ; received=192.0.2.9;"
         "rport=7; ttl=16 ;branch = 1",
         true, "TCP", "192.0.2.1 : 5060", "192.0.2.1", 5060, "1", "192.0.2.9",
         7, 16},
        {"SIP/2.0/TLS [2001:db8::1]:6050;received=[2001:db8::2]", true, "TLS",
         "[2001:db8::1]:6050", "[2001:db8::1]", 6050, "", "[2001:db8::2]", -1,
         -1},
        {"SIP/2.0/UNKNOWN h", true, "UNKNOWN", "h", "h", 0, "", "", -1, -1},
        {"SIP/2.0/UDP h:port", false, "UDP", "h:port", "h", 0, "", "", -1, -1},
        {"SIP/2.0/UDP h;ttl=300;rport=x", false, "UDP", "h", "h", 0, "", "", 0,
         -1},
        {"SIP/2.0/UDP", false, "UDP", "", "", 0, "", "", -1, -1},
        {"SIP/2.0", false, "", "", "", 0, "", "", -1, -1},
        {"", false, "", "", "", 0, "", "", -1, -1},
        {";;", false, "", "", "", 0, "", "", -1, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_via v;

        ROW_ASSERT(rows[i].text, sip_via_parse(span_of_string(rows[i].text),
                                               &v) == rows[i].ok);
        ROW_ASSERT(rows[i].text, is(v.transport, rows[i].transport));
        ROW_ASSERT(rows[i].text, is(v.sent_by, rows[i].sent_by));
        ROW_ASSERT(rows[i].text, is(v.host, rows[i].host));
        ROW_ASSERT(rows[i].text, v.port == rows[i].port);
        ROW_ASSERT(rows[i].text, is(v.branch, rows[i].branch));
        ROW_ASSERT(rows[i].text, is(v.received, rows[i].received));
        ROW_ASSERT(rows[i].text, (v.has_rport ? v.rport : -1) == rows[i].rport);
        ROW_ASSERT(rows[i].text, v.ttl == rows[i].ttl);
    }
}

static void reasons_are_read(void **state)
{
    static const struct {
        const char *text;
        bool ok, has_cause;
        int64_t cause;
        const char *protocol, *words;
    } rows[] = {
        {"Q.850;cause=16;text=\"Normal\"", true, true, 16, "Q.850", "Normal"},
        {"SIP ;text=\"a;b\" ; CAUSE=200", true, true, 200, "SIP", "a;b"},
        {"q.850;cause=-1", true, true, -1, "q.850", ""},
        {"Q.850;cause=0016", true, true, 16, "Q.850", ""},
        {"Q.850;cause=9999999999", true, true, INT64_C(9999999999), "Q.850",
         ""},
        {"SIP;text=\"only\"", true, false, 0, "SIP", "only"},
        {"Q.850;cause=x", false, false, 0, "Q.850", ""},
        {"Q.850;cause=99999999999999999999999", false, false, 0, "Q.850", ""},
        {";cause=1", false, true, 1, "", ""},
        {"", false, false, 0, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_reason r;

        ROW_ASSERT(rows[i].text, sip_reason_parse(span_of_string(rows[i].text),
                                                  &r) == rows[i].ok);
        ROW_ASSERT(rows[i].text, r.has_cause == rows[i].has_cause);
        ROW_ASSERT(rows[i].text, r.cause == rows[i].cause);
        ROW_ASSERT(rows[i].text, is(r.protocol, rows[i].protocol));
        ROW_ASSERT(rows[i].text, is(r.text, rows[i].words));
    }
}

static void credentials_are_read(void **state)
{
    struct sip_auth a;

    (void)state;
    assert_true(sip_auth_parse(
        S("Digest  username=\"bob, x\", realm=\"r\\\"q\",\r\n nonce=\"n=1\", "
          "uri=\"sip:a\", response=\"abc\", qop=auth, nc=00000001, "
          "cnonce=\"c\", algorithm=MD5, opaque=\"\""),
        &a));
    assert_true(is(a.scheme, "Digest"));
    assert_true(is(a.username, "bob, x"));
    assert_true(is(a.realm, "r\\\"q"));
    assert_true(is(a.nonce, "n=1"));
    assert_true(is(a.uri, "sip:a"));
    assert_true(is(a.response, "abc"));
    assert_true(is(a.qop, "auth"));
    assert_true(is(a.nc, "00000001"));
    assert_true(is(a.cnonce, "c"));
    assert_true(is(a.algorithm, "MD5"));
    assert_false(a.stale);
    assert_true(sip_auth_parse(S("Digest stale=TRUE,realm=x"), &a));
    assert_true(a.stale);
    assert_true(is(a.realm, "x"));
    assert_false(sip_auth_parse(S("Digest"), &a));
    assert_false(sip_auth_parse(S(""), &a));
    assert_false(sip_auth_parse(S("=x"), &a));
}

/* What is asked for is what the whole would say, and no more is read. */
static void credentials_are_read_in_part(void **state)
{
    static const char *const values[] = {
        "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\"",
        "Digest nonce=,realm=\"\",realm=\"r\",nonce=\"m\",nonce=n,uri=\"u\"",
        "Digest uri=\"u\",x,nonce=n,realm=r,username=a,nonce=o",
        "Digest realm=r",
        "Digest username=\"a=b, nonce=c\",realm =r , nonce=\"d\\\",realm=\"",
        "Digest\tREALM= r,user=x,UserName=\"y\" z,nonce=a b\t, nonce=\"c\"",
        "Digest realm=\"r\",nonce=\"n",
        "Digest",
        ""};
    struct sip_auth whole, part;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++)
        for (unsigned parts = 1; parts <= SIP_AUTH_ALL; parts++) {
            bool ok =
                sip_auth_parse(span_of(values[i], strlen(values[i])), &whole);

            assert_int_equal(
                sip_auth_parse_part(span_of(values[i], strlen(values[i])),
                                    parts, &part),
                ok);
            assert_true(!(parts & SIP_AUTH_USERNAME) ||
                        span_equal(part.username, whole.username));
            assert_true(!(parts & SIP_AUTH_REALM) ||
                        span_equal(part.realm, whole.realm));
            assert_true(!(parts & SIP_AUTH_NONCE) ||
                        span_equal(part.nonce, whole.nonce));
            assert_true(!(parts & SIP_AUTH_REST) ||
                        span_equal(part.uri, whole.uri));
        }
    (void)sip_auth_parse_part(span_of(values[0], strlen(values[0])),
                              SIP_AUTH_NONCE | SIP_AUTH_REALM, &part);
    assert_true(is(part.nonce, "n"));
    assert_int_equal(part.uri.length, 0);
}

static void numbers_are_read(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint32_t expected;
    } rows[] = {
        {"3600", true, 3600},
        {" 18 (in a meeting);duration=60", true, 18},
        {"7;x", true, 7},
        {"00005", true, 5},
        {"99999999999999999999", true, UINT32_MAX},
        {"-1", false, 0},
        {"12x", false, 0},
        {"x", false, 0},
        {"", false, 0},
    };
    struct sip_session_timer t;
    struct sip_cseq c;
    struct sip_rack r;
    uint32_t value = 0;
    uint8_t hops;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        value = 0;
        ROW_ASSERT(rows[i].text, sip_seconds_parse(span_of_string(rows[i].text),
                                                   &value) == rows[i].ok);
        ROW_ASSERT(rows[i].text, value == rows[i].expected);
    }
    assert_true(sip_session_timer_parse(S("1800 ;Refresher=UAS"), &t));
    assert_int_equal(t.interval_s, 1800);
    assert_int_equal(t.refresher, SIP_REFRESHER_UAS);
    assert_string_equal(sip_refresher_name(t.refresher), "uas");
    assert_false(sip_session_timer_parse(S(";refresher=uac"), &t));
    assert_true(sip_rack_parse(S("776656 1\r\n INVITE"), &r));
    assert_int_equal(r.rseq, 776656);
    assert_int_equal(r.cseq.number, 1);
    assert_int_equal(r.cseq.method, SIP_INVITE);
    assert_false(sip_rack_parse(S("1 INVITE"), &r));
    assert_true(sip_cseq_parse(S("0009  \t INVITE"), &c));
    assert_int_equal(c.number, 9);
    assert_true(sip_cseq_parse(S("4294967295 x"), &c));
    assert_int_equal(c.number, UINT32_MAX);
    assert_false(sip_cseq_parse(S("4294967296 ACK"), &c));
    assert_int_equal(c.method, SIP_ACK);
    assert_false(sip_cseq_parse(S("-1 ACK"), &c));
    assert_int_equal(c.method, SIP_ACK);
    assert_false(sip_cseq_parse(S("1ACK"), &c));
    assert_false(sip_cseq_parse(S("1"), &c));
    assert_false(sip_cseq_parse(S(""), &c));
    assert_true(sip_max_forwards_parse(S(" 70 "), &hops));
    assert_int_equal(hops, 70);
    assert_false(sip_max_forwards_parse(S("256"), &hops));
    assert_true(sip_rseq_parse(S("4294967295"), &value));
    assert_false(sip_rseq_parse(S("4294967296"), &value));
}

static void events_and_warnings_are_read(void **state)
{
    struct sip_event e;
    struct sip_subscription_state s;
    struct sip_warning w;

    (void)state;
    assert_true(sip_event_parse(S(" refer ;id=93809824"), &e));
    assert_true(is(e.package, "refer") && is(e.id, "93809824"));
    assert_false(sip_event_parse(S(";id=1"), &e));
    assert_true(sip_subscription_state_parse(
        S("Terminated;reason=noresource;retry-after=5"), &s));
    assert_int_equal(s.state, SIP_SUBSCRIPTION_TERMINATED);
    assert_true(is(s.reason, "noresource"));
    assert_true(s.has_retry_after && s.retry_after_s == 5);
    assert_false(s.has_expires);
    assert_true(sip_subscription_state_parse(S("active;expires=60"), &s));
    assert_true(s.has_expires && s.expires_s == 60);
    assert_true(sip_subscription_state_parse(S("odd"), &s));
    assert_int_equal(s.state, SIP_SUBSCRIPTION_OTHER);
    assert_true(sip_warning_parse(S("370 h:5060 \"Low, \\\"x\\\"\""), &w));
    assert_int_equal(w.code, 370);
    assert_true(is(w.agent, "h:5060") && is(w.text, "Low, \\\"x\\\""));
    assert_false(sip_warning_parse(S("1812 h \"x\""), &w));
    assert_int_equal(w.code, 0);
    assert_false(sip_warning_parse(S("370"), &w));
}

static void replaces_is_read(void **state)
{
    struct sip_replaces r;
    struct sip_uri u;
    char buffer[64];

    (void)state;
    assert_true(
        sip_replaces_parse(S("a@b ;to-tag=1;from-tag=2;early-only"), &r));
    assert_true(is(r.call_id, "a@b") && is(r.to_tag, "1") &&
                is(r.from_tag, "2") && r.early_only);
    assert_false(sip_replaces_parse(S("a@b;to-tag=1"), &r));
    (void)sip_uri_parse(
        S("sip:c@d?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&x=y"), &u);
    assert_true(sip_replaces_of_uri(&u, buffer, sizeof(buffer), &r));
    assert_true(is(r.call_id, "a@b") && is(r.to_tag, "1") &&
                is(r.from_tag, "2") && !r.early_only);
    assert_false(sip_replaces_of_uri(&u, buffer, 10, &r));
    (void)sip_uri_parse(S("sip:c@d"), &u);
    assert_false(sip_replaces_of_uri(&u, buffer, sizeof(buffer), &r));
}

static void status_codes_have_reasons(void **state)
{
    const struct sip_status *all;
    unsigned count;

    (void)state;
    all = sip_status_all(&count);
    assert_true(count > 70);
    for (unsigned i = 0; i < count; i++) {
        assert_string_equal(sip_status_reason(all[i].code),
                            all[i].reason_phrase);
        assert_true(i == 0 || all[i - 1].code < all[i].code);
        assert_int_equal(sip_status_class(all[i].code), all[i].code / 100);
    }
    assert_string_equal(sip_status_reason(487), "Request Terminated");
    assert_string_equal(sip_status_reason(299), "");
    assert_int_equal(sip_status_class(99), 0);
    assert_int_equal(sip_status_class(700), 0);
}

/* True is only what parsing would find as well. */
static void repeated_uris_are_known_by_their_bytes(void **state)
{
    static const struct {
        const char *value;
        bool repeats;
    } rows[] = {
        {"<sip:bob@host>", true},
        {"<sip:bob@host>;expires=60", true},
        {"<sip:bob@host> ;expires=60", false},
        {"<sip:bob@host:5060>", false},
        {"<sip:bob@host>, <sip:c@host>", false},
        {"sip:bob@host", false},
        {"<sip:bob@host", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(sip_address_repeats(span_of_string(rows[i].value),
                                             S("sip:bob@host")),
                         rows[i].repeats);
    assert_false(sip_address_repeats(S("<>"), SPAN_NONE));
    assert_false(sip_address_repeats(S("<a>b>"), S("a>b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_taken_apart),
        cmocka_unit_test(text_is_written_plainly),
        cmocka_unit_test(folds_are_seen_wherever_they_stand),
        cmocka_unit_test(params_are_walked),
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(vias_are_taken_apart),
        cmocka_unit_test(reasons_are_read),
        cmocka_unit_test(credentials_are_read),
        cmocka_unit_test(credentials_are_read_in_part),
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(events_and_warnings_are_read),
        cmocka_unit_test(replaces_is_read),
        cmocka_unit_test(status_codes_have_reasons),
        cmocka_unit_test(repeated_uris_are_known_by_their_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
