#include "test.h"

#include "guard.h"
#include "sip/uri.h"

static bool is(struct span s, const char *text)
{
    return span_equal(s, span_of_string(text));
}

static void uris_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        enum sip_scheme scheme;
        const char *user, *password, *host;
        uint16_t port;
        const char *params, *headers;
    } rows[] = {
        {"sip:alice@example.com", true, SIP_SCHEME_SIP, "alice", "",
         "example.com", 0, "", ""},
        {"SIPS:a:pw@h:5061;transport=tcp;lr?Subject=x&to=y", true,
         SIP_SCHEME_SIPS, "a", "pw", "h", 5061, "transport=tcp;lr",
         "Subject=x&to=y"},
        {"sip:example.com", true, SIP_SCHEME_SIP, "", "", "example.com", 0, "",
         ""},
        {"sip:+1-23;phone-context=x@h;user=phone", true, SIP_SCHEME_SIP,
         "+1-23;phone-context=x", "", "h", 0, "user=phone", ""},
        {"sip:a?b@h", true, SIP_SCHEME_SIP, "a?b", "", "h", 0, "", ""},
        {"sip:[2001:db8::1]:5070", true, SIP_SCHEME_SIP, "", "",
         "[2001:db8::1]", 5070, "", ""},
        {"sip:u@[2001:db8::1]", true, SIP_SCHEME_SIP, "u", "", "[2001:db8::1]",
         0, "", ""},
        {"tel:+44-20-7946.0000;ext=1", true, SIP_SCHEME_TEL, "+44-20-7946.0000",
         "", "", 0, "ext=1", ""},
        {"urn:service:sos", true, SIP_SCHEME_OTHER, "", "", "", 0, "", ""},
        {" sip:a@b ", true, SIP_SCHEME_SIP, "a", "", "b", 0, "", ""},
        {"sip:%61%00@h", true, SIP_SCHEME_SIP, "%61%00", "", "h", 0, "", ""},
        /* malformed, read as far as it goes */
        {"alice@example.com", false, SIP_SCHEME_NONE, "alice", "",
         "example.com", 0, "", ""},
        {"sip:2001:db8::10", false, SIP_SCHEME_SIP, "", "", "2001", 0, "", ""},
        {"sip:a@h:99999", false, SIP_SCHEME_SIP, "a", "", "h", 0, "", ""},
        {"sip:a@h:", false, SIP_SCHEME_SIP, "a", "", "h", 0, "", ""},
        {"sip:a@[2001:db8::1", false, SIP_SCHEME_SIP, "a", "", "[2001:db8::1",
         0, "", ""},
        {"sip:a b@h", false, SIP_SCHEME_SIP, "a b", "", "h", 0, "", ""},
        {"sip:a@b@c", false, SIP_SCHEME_SIP, "a@b", "", "c", 0, "", ""},
        {"sip:@h", false, SIP_SCHEME_SIP, "", "", "h", 0, "", ""},
        {"sip:", false, SIP_SCHEME_SIP, "", "", "", 0, "", ""},
        {"tel:", false, SIP_SCHEME_TEL, "", "", "", 0, "", ""},
        {"", false, SIP_SCHEME_NONE, "", "", "", 0, "", ""},
    };
    struct guard g = guard_new(256);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t length = strlen(rows[i].text);
        struct sip_uri u;

        ROW_ASSERT(
            rows[i].text,
            sip_uri_parse(span_of(guard_copy(&g, rows[i].text, length), length),
                          &u) == rows[i].ok);
        ROW_ASSERT(rows[i].text, u.scheme == rows[i].scheme);
        ROW_ASSERT(rows[i].text, is(u.user, rows[i].user));
        ROW_ASSERT(rows[i].text, is(u.password, rows[i].password));
        ROW_ASSERT(rows[i].text, is(u.host, rows[i].host));
        ROW_ASSERT(rows[i].text, u.port == rows[i].port);
        ROW_ASSERT(rows[i].text, is(u.params, rows[i].params));
        ROW_ASSERT(rows[i].text, is(u.headers, rows[i].headers));
        for (size_t cut = 0; cut < length; cut++)
            (void)sip_uri_parse(span_of(guard_copy(&g, rows[i].text, cut), cut),
                                &u);
    }
    guard_free(&g);
}

static void ports_have_defaults(void **state)
{
    struct sip_uri u;

    (void)state;
    (void)sip_uri_parse(SPAN_LITERAL("sip:h"), &u);
    assert_int_equal(sip_uri_port(&u), 5060);
    (void)sip_uri_parse(SPAN_LITERAL("sips:h"), &u);
    assert_int_equal(sip_uri_port(&u), 5061);
    (void)sip_uri_parse(SPAN_LITERAL("sips:h:7"), &u);
    assert_int_equal(sip_uri_port(&u), 7);
}

static void users_and_numbers_are_written(void **state)
{
    static const struct {
        const char *text, *user, *number;
    } rows[] = {
        {"sip:alice@h", "alice", ""},
        {"sip:%61lice@h", "alice", ""},
        {"sip:+1-415-555;isub=2@h", "+1-415-555", "+1415555"},
        {"sip:1001@h", "1001", "1001"},
        {"sip:10%30%31@h", "1001", "1001"},
        {"sip:%2B49%2030@h", "+49 30", "+4930"},
        {"sip:a%00b@h", "a%00b", ""},
        {"sip:a%0Ab%7F@h", "a%0Ab%7F", ""},
        {"sip:a%zz%4@h", "a%zz%4", ""},
        {"sip:J%C3%BCrgen@h", "J\xc3\xbcrgen", ""},
        {"sip:%C3@h", "%C3", ""},             /* half a character */
        {"sip:%C0%AF@h", "%C0%AF", ""},       /* overlong "/" */
        {"sip:%ED%A0%80@h", "%ED%A0%80", ""}, /* surrogate */
        {"sip:%F0%9F%93%9E@h", "\xf0\x9f\x93\x9e", ""},
        {"sip:%F4%90%80%80@h", "%F4%90%80%80", ""}, /* beyond U+10FFFF */
        {"tel:+44-(20)-7946.0000", "+442079460000", "+442079460000"},
        {"tel:*31#", "*31#", "31"},
        {"sip:*98@h", "*98", "98"},
        {"sip:+@h", "+", ""},
        {"sip:h", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_uri u;
        char buffer[64];
        size_t length;

        (void)sip_uri_parse(span_of_string(rows[i].text), &u);
        length = sip_uri_user_write(&u, buffer, sizeof(buffer));
        ROW_ASSERT(rows[i].text, is(span_of(buffer, length), rows[i].user));
        length = sip_uri_number_write(&u, buffer, sizeof(buffer));
        ROW_ASSERT(rows[i].text, is(span_of(buffer, length), rows[i].number));
        for (size_t cap = 0; cap < 4; cap++) {
            assert_true(sip_uri_user_write(&u, buffer, cap) <= cap);
            assert_true(sip_uri_number_write(&u, buffer, cap) <= cap);
        }
    }
}

static void headers_are_found(void **state)
{
    struct sip_uri u;

    (void)state;
    (void)sip_uri_parse(SPAN_LITERAL("sip:a@b?Replaces=x%40y&SUBJECT=&c"), &u);
    assert_true(is(sip_uri_header(&u, SPAN_LITERAL("replaces")), "x%40y"));
    assert_true(is(sip_uri_header(&u, SPAN_LITERAL("Subject")), ""));
    assert_true(is(sip_uri_header(&u, SPAN_LITERAL("none")), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris_are_taken_apart),
        cmocka_unit_test(ports_have_defaults),
        cmocka_unit_test(users_and_numbers_are_written),
        cmocka_unit_test(headers_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
