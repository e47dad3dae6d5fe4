/* Headers that name callers and sessions; each value ends at a guard page. */
#include "test.h"

#include "guard.h"
#include "sip/charging_vector.h"
#include "sip/diversion.h"
#include "sip/history_info.h"
#include "sip/identity.h"
#include "sip/session_id.h"

static struct guard guard;

static bool is(struct span s, const char *text)
{
    return span_equal(s, span_of_string(text));
}

/* At the end of what is mapped. */
static struct span at_guard(const char *text)
{
    size_t n = strlen(text);

    return span_of(guard_copy(&guard, text, n), n);
}

/* No value may be read past its end, wherever it is cut. */
static void cut(const char *text, void (*parse)(struct span))
{
    for (size_t n = 0; n <= strlen(text); n++)
        parse(span_of(guard_copy(&guard, text, n), n));
}

static void cut_diversion(struct span s)
{
    struct sip_diversion d;

    (void)sip_diversion_parse(s, &d);
    assert_in_range(d.counter, 1, 99);
}

static void diversions_are_read(void **state)
{
    static const struct {
        const char *text, *uri, *reason;
        unsigned counter;
    } rows[] = {
        {"<sip:+4930123@a>;reason=no-answer;counter=3;privacy=off",
         "sip:+4930123@a", "no-answer", 3},
        {"\"Bob\" <sip:bob@b>;reason=\"user busy\"", "sip:bob@b", "user busy",
         1},
        {"<tel:123>;counter=0", "tel:123", "", 1},
        {"<tel:123>;counter=100", "tel:123", "", 1},
        {"<tel:123>;counter=", "tel:123", "", 1},
        {"sip:x@y;reason=unknown", "sip:x@y", "unknown", 1},
    };
    struct sip_diversion d;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ROW_ASSERT(rows[i].text,
                   sip_diversion_parse(at_guard(rows[i].text), &d));
        ROW_ASSERT(rows[i].text, is(d.from.uri, rows[i].uri));
        ROW_ASSERT(rows[i].text, is(d.reason, rows[i].reason));
        ROW_ASSERT(rows[i].text, d.counter == rows[i].counter);
        cut(rows[i].text, cut_diversion);
    }
}

static void cut_history(struct span s)
{
    struct sip_history_entry e;

    (void)sip_history_entry_parse(s, &e);
    assert_true(e.cause <= 699 && e.reason <= 699);
}

static void history_entries_are_read(void **state)
{
    static const struct {
        const char *text, *index, *mapped_by;
        unsigned cause, reason;
        bool is_routed;
    } rows[] = {
        {"<sip:bob@b>;index=1", "1", "", 0, 0, false},
        {"<sip:carol@b;cause=408>;index=1.1;mp=1", "1.1", "1", 408, 0, false},
        {"<sip:carol@1.2.3.4>;index=1.1.1;rc=1.1", "1.1.1", "", 0, 0, true},
        {"<sip:bob@b?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1",
         "1", "", 0, 486, false},
        {"<sip:bob@b?Reason=Q.850%3Bcause%3D17>;index=1", "1", "", 0, 0, false},
        {"<sip:bob@b;cause=4080>;index=1", "1", "", 0, 0, false},
    };
    struct sip_history_entry e;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ROW_ASSERT(rows[i].text,
                   sip_history_entry_parse(at_guard(rows[i].text), &e));
        ROW_ASSERT(rows[i].text, is(e.index, rows[i].index));
        ROW_ASSERT(rows[i].text, is(e.mapped_by, rows[i].mapped_by));
        ROW_ASSERT(rows[i].text, e.cause == rows[i].cause);
        ROW_ASSERT(rows[i].text, e.reason == rows[i].reason);
        ROW_ASSERT(rows[i].text, e.is_routed == rows[i].is_routed);
        cut(rows[i].text, cut_history);
    }
    assert_false(sip_history_entry_parse(at_guard("<sip:bob@b>"), &e));
}

/* The diversions in a message with this History-Info. */
static struct sip_history_diversion history_of(const char *value)
{
    static struct sip_header headers[16];
    static char text[1024];
    struct sip_history_diversion d;
    struct sip_message m;
    int n =
        snprintf(text, sizeof(text),
                 "INVITE sip:x@y SIP/2.0\r\nHistory-Info: %s\r\n\r\n", value);

    assert_true(sip_message_parse(span_of(text, (size_t)n), SIP_FROM_DATAGRAM,
                                  headers, 16, &m) > 0);
    assert_true(sip_history_info_diversion(&m, &d));
    return d;
}

/* RFC 7544, 7: what a history says of diversions. */
static void history_tells_diversions(void **state)
{
    struct sip_history_diversion d;

    (void)state;
    d = history_of("<sip:bob@b>;index=1, <sip:bob@1.2.3.4>;index=1.1;rc=1");
    assert_int_equal(d.count, 0);
    d = history_of("<sip:bob@b>;index=1,<sip:carol@b;cause=302>;index=1.1;mp=1,"
                   "<sip:dave@b;cause=408>;index=1.2;mp=1.1");
    assert_int_equal(d.count, 2);
    assert_true(is(d.uri, "sip:carol@b;cause=302"));
    assert_string_equal(d.reason, "no-answer");
    /* "mp" says that the first one was diverted, not the one before. */
    d = history_of("<sip:bob@b>;index=1,<sip:bob@1.2.3.4>;index=1.1;rc=1,"
                   "<sip:carol@b;cause=486>;index=1.2;mp=1");
    assert_true(is(d.uri, "sip:bob@b"));
    assert_string_equal(d.reason, "user-busy");
    /* The form of RFC 4244. */
    d = history_of("<sip:bob@b?Reason=SIP%3Bcause%3D480>;index=1,"
                   "<sip:carol@b>;index=1.1");
    assert_int_equal(d.count, 1);
    assert_string_equal(d.reason, "deflection");
    assert_string_equal(sip_history_reason_name(404), "unknown");
    assert_string_equal(sip_history_reason_name(503), "unavailable");
    assert_string_equal(sip_history_reason_name(487), "deflection");
}

static void cut_session_id(struct span s)
{
    struct sip_session_id id;

    (void)sip_session_id_parse(s, &id);
    assert_true(id.local.length == 0 || id.local.length == 32);
}

static void session_ids_are_read(void **state)
{
#define A "ab30317f1a784dc48ff824d0d3715d86"
#define B "47755a9de7794ba387653f2099600ef2"
#define NIL "00000000000000000000000000000000"
    static const struct {
        const char *text, *local, *remote;
    } rows[] = {
        {A ";remote=" B, A, B},
        {A ";remote=" NIL, A, ""},
        {A, A, ""},
        {NIL ";remote=" B, "", B},
        {"x" A, "", ""},
        {A ";remote=x", A, ""},
    };
    struct sip_session_id id;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool any = *rows[i].local || *rows[i].remote;

        ROW_ASSERT(rows[i].text,
                   sip_session_id_parse(at_guard(rows[i].text), &id) == any);
        ROW_ASSERT(rows[i].text, is(id.local, rows[i].local));
        ROW_ASSERT(rows[i].text, is(id.remote, rows[i].remote));
        cut(rows[i].text, cut_session_id);
    }
}

static void charging_vectors_are_read(void **state)
{
    (void)state;
    assert_true(is(sip_charging_vector_icid(at_guard(
                       "icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=\";"
                       "icid-generated-at=192.0.6.8;orig-ioi=home1.net")),
                   "AyretyU0dm+6O2IrT5tAFrbHLso="));
    assert_true(is(sip_charging_vector_icid(at_guard("icid-value=1234bc9876e")),
                   "1234bc9876e"));
    assert_true(is(sip_charging_vector_icid(at_guard("orig-ioi=x")), ""));
}

static void cut_identity(struct span s)
{
    char payload[SIP_IDENTITY_BYTES];
    struct sip_identity id;

    (void)sip_identity_parse(s, payload, &id);
}

/* Payloads made with: printf '%s' JSON | basenc --base64url | tr -d '=\n' */
static void passports_are_read(void **state)
{
#define HEADER "eyJhbGciOiJFUzI1NiJ9"
    static const struct {
        const char *text, *attest, *origid;
    } rows[] = {
        /* {"attest":"A","dest":{"tn":["12155551213"]},"iat":1443208345,
         *  "orig":{"tn":"12155551212"},"origid":"123e4567-e89b"} */
        {HEADER
         ".eyJhdHRlc3QiOiJBIiwiZGVzdCI6eyJ0biI6WyIxMjE1NTU1MTIxMyJdfSwiaWF0Ijox"
         "NDQzMjA4MzQ1LCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifSwib3JpZ2lkIjoiMTIz"
         "ZTQ1NjctZTg5YiJ9.sig;info=<https://c.example/p.cer>;ppt=shaken",
         "A", "123e4567-e89b"},
        /* {"a":"attest","b":{"attest":"C"},"x":["attest","B"],"attest":"B"} */
        {HEADER ".eyJhIjoiYXR0ZXN0IiwiYiI6eyJhdHRlc3QiOiJDIn0sIngiOlsiYXR0ZXN0I"
                "iwiQiJdLCJhdHRlc3QiOiJCIn0.sig",
         "B", ""},
        {HEADER "..sig;info=<https://c.example/p.cer>", "", ""},
        {HEADER ".%%%.sig", "", ""},
        {"", "", ""},
        {HEADER, "", ""},
    };
    char payload[SIP_IDENTITY_BYTES];
    struct sip_identity id;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool any = *rows[i].attest || *rows[i].origid;

        ROW_ASSERT(rows[i].text, sip_identity_parse(at_guard(rows[i].text),
                                                    payload, &id) == any);
        ROW_ASSERT(rows[i].text, is(id.attest, rows[i].attest));
        ROW_ASSERT(rows[i].text, is(id.origid, rows[i].origid));
        cut(rows[i].text, cut_identity);
    }
}

/* A payload too long for the buffer is none; one that fits is read. */
static void long_passports_are_bounded(void **state)
{
    char payload[SIP_IDENTITY_BYTES];
    struct sip_identity id;
    char *text = malloc(8192);

    (void)state;
    assert_non_null(text);
    memset(text, 'A', 8192);
    text[10] = '.';
    assert_false(sip_identity_parse(span_of(text, 8192), payload, &id));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diversions_are_read),
        cmocka_unit_test(history_entries_are_read),
        cmocka_unit_test(history_tells_diversions),
        cmocka_unit_test(session_ids_are_read),
        cmocka_unit_test(charging_vectors_are_read),
        cmocka_unit_test(passports_are_read),
        cmocka_unit_test(long_passports_are_bounded),
    };
    int failed;

    guard = guard_new(4096);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_free(&guard);
    return failed;
}
