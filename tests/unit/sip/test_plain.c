/* What plain.h takes, the parsers take with the same outcome; and the wide
 * loops of runs.h end where the portable ones do. */
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "sip/address.h"
#include "sip/check.h"
#include "sip/param.h"
#include "sip/plain.h"
#include "sip/runs.h"
#include "sip/text.h"
#include "sip/uri.h"
#include "sip/via.h"

/* All that means something somewhere in a value, and bytes that do not. */
static const char tried[] = "\"\\<>;,=:@?/ \t\r\n[]()%+-.*&'5aZ~\x7f\x80";

static char *page; /* the last bytes before one that cannot be read */
static size_t page_bytes;

static int make_page(void **state)
{
    (void)state;
    page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    page = mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ||
           mprotect(page + page_bytes, page_bytes, PROT_NONE);
}

static int drop_page(void **state)
{
    (void)state;
    return munmap(page, 2 * page_bytes);
}

static struct span at_edge(struct span s)
{
    return span_of(memcpy(page + page_bytes - s.length, s.data, s.length),
                   s.length);
}

static unsigned taken;

/* Names in params are there once, and none is empty. */
static bool params_ok(struct span params)
{
    struct sip_param p[8];
    size_t cursor = 0, count = 0, semicolons = params.length > 0;

    while (count < 8 && sip_param_next(params, &cursor, &p[count])) {
        for (size_t i = 0; i < count; i++)
            if (span_equal_nocase(p[i].name, p[count].name))
                return false;
        count++;
    }
    for (size_t i = 0; i < params.length; i++)
        semicolons += params.data[i] == ';';
    return semicolons == count;
}

static void check_via(struct span value)
{
    struct sip_plain_via plain;
    struct span rest = value, one;
    struct sip_via via;
    uint32_t count = 0;

    if (!sip_plain_via(value, &plain))
        return;
    taken++;
    while (sip_list_next(&rest, &one)) {
        assert_true(sip_via_parse(one, &via));
        assert_true(params_ok(via.params));
        if (count++)
            continue;
        assert_true(span_equal(one, plain.top));
        assert_true(span_equal(via.sent_by, plain.sent_by));
        assert_true(span_equal(via.branch, plain.branch));
    }
    assert_int_equal(count, plain.count);
}

static void check_uri(struct span value)
{
    struct sip_plain_uri plain;
    struct sip_uri uri, other;
    char text[256];

    assert_int_equal(sip_plain_uri(value), sip_plain_uri_split(value, &plain));
    if (!sip_plain_uri(value))
        return;
    taken++;
    /* in capitals the scheme is the same, and is parsed */
    memcpy(text, value.data, value.length);
    memcpy(text, "SIP", 3);
    assert_false(sip_plain_uri(span_of(text, value.length)));
    assert_true(sip_uri_parse(value, &uri));
    assert_true(sip_uri_parse(span_of(text, value.length), &other));
    assert_int_equal(uri.scheme, other.scheme);
    assert_int_equal(uri.has_user, other.has_user);
    assert_int_equal(uri.has_password, other.has_password);
    assert_int_equal(uri.port, other.port);
    assert_int_equal(other.headers.length, 0);
    assert_true(span_equal(uri.rest, other.rest));
    assert_true(span_equal(uri.user, other.user));
    assert_true(span_equal(uri.host, other.host));
    assert_true(span_equal(uri.params, other.params));
    assert_true(span_equal(uri.headers, other.headers));
}

static void check_party(struct span value)
{
    struct span tag, rest = value, one, expires;
    struct sip_address a;
    struct sip_uri uri;
    uint64_t number;

    if (!sip_plain_party(value, &tag))
        return;
    taken++;
    assert_true(sip_list_next(&rest, &one) && !rest.length);
    assert_true(sip_address_parse(value, &a) && !a.any);
    assert_true(sip_uri_parse(a.uri, &uri));
    assert_true(params_ok(a.params));
    assert_true(span_equal(sip_address_tag(&a), tag));
    expires = sip_param_value(a.params, SPAN_LITERAL("expires"));
    assert_true(!expires.length || span_to_u64(expires, UINT32_MAX, &number));
}

static void check_route(struct span value)
{
    struct span rest = value, one;
    struct sip_address a;
    struct sip_uri uri;

    if (!sip_plain_route(value))
        return;
    taken++;
    assert_true(sip_list_next(&rest, &one) && !rest.length);
    assert_true(sip_address_parse(value, &a) && sip_uri_parse(a.uri, &uri));
    assert_true(sip_param_has(uri.params, SPAN_LITERAL("lr")));
}

/* Each byte replaced, removed, and one put in before it. */
static void check_near(struct span value, void (*check)(struct span value))
{
    char text[256];

    taken = 0;
    check(at_edge(value));
    assert_int_equal(taken, 1);
    for (size_t i = 0; i < value.length; i++) {
        memcpy(text, value.data, value.length);
        for (size_t k = 0; k < sizeof(tried); k++) {
            text[i] = tried[k];
            check(at_edge(span_of(text, value.length)));
        }
        memcpy(text + i, value.data + i + 1, value.length - i - 1);
        check(at_edge(span_of(text, value.length - 1)));
        memcpy(text + i + 1, value.data + i, value.length - i);
        for (size_t k = 0; k < sizeof(tried); k++) {
            text[i] = tried[k];
            check(at_edge(span_of(text, value.length + 1)));
        }
        check(at_edge(span_part(value, 0, i)));
    }
    assert_true(taken > 1);
}

static void what_is_plain_parses_the_same(void **state)
{
    static const struct {
        const char *text;
        void (*check)(struct span value);
    } rows[] = {
        {"sip:a", check_uri},
        {"sip:+4930123456789@192.0.2.1:5060;transport=UDP", check_uri},
        {"sip:h.example.org:5060;transport=tcp;lr", check_uri},
        {"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-m000-49300000000-1-1",
         check_via},
        {"SIP/2.0/TCP h;rport;branch=z9hG4bK.1;received=2001:db8::1",
         check_via},
        {"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1.0, SIP/2.0/UDP "
         "192.0.2.2:5060;rport=5062;branch=z9hG4bK2",
         check_via},
        {"<sip:a@b>", check_party},
        {"\"Bob, 2\" <sip:+1-2@example.com;user=phone>;tag=1_a.b-c",
         check_party},
        {"Bob B. <sip:bob@192.0.2.1:5060>;expires=3600", check_party},
        {"SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1;i=12", check_via},
        {"<sip:192.0.2.1;lr>", check_route},
        {"<sip:192.0.2.1:5060;transport=tcp;lr=on;ftag=1;r2=on>", check_route},
        {"<sip:p@proxy.example.com:5060;lr=on;ftag=1.2-3>", check_route},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_near(span_of_string(rows[i].text), rows[i].check);
}

static void other_forms_are_left_to_the_parsers(void **state)
{
    static const char *const vias[] = {
        "",
        "SIP/2.0/UDP h:65536",
        "SIP / 2.0 / UDP h;branch=1",
        "SIP/2.0/UDP h;branch=1;branch=2",
        "SIP/2.0/UDP h;branch=\"1\"",
        "SIP/2.0/UDP h;;rport",
        "SIP/2.0/UDP h,",
    };
    static const char *const parties[] = {
        "",
        "*",
        "sip:a@b;tag=1",
        "<sip:a@b>;tag=1;tag=2",
        "<sip:a@b>;tag=",
        "<sip:a@b?x=y>",
        "\"a\\\" <sip:a@b>",
        "\"a\" b <sip:a@b>",
        "<sip:a@b@c>",
        "<sip:a@b>, <sip:c@d>",
        "<sip:a@b>;expires=9999999999",
    };
    static const char *const routes[] = {
        "",
        "<sip:p>",
        "<sip:p;lrx>",
        "<sip:p;lr;x=a@b>",
        "<sip:p;lr>,",
        "<sip:p;xlr=1;lrs;l>",
    };
    struct sip_plain_via via;
    struct span tag;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(vias); i++)
        ROW_ASSERT(vias[i], !sip_plain_via(span_of_string(vias[i]), &via));
    for (size_t i = 0; i < COUNT_OF(parties); i++)
        ROW_ASSERT(parties[i],
                   !sip_plain_party(span_of_string(parties[i]), &tag));
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        ROW_ASSERT(routes[i], !sip_plain_route(span_of_string(routes[i])));
}

/* Every byte at every place of runs of 0 to 40 bytes. */
static void check_run(enum sip_run run, char plain)
{
    for (size_t length = 0; length <= 40; length++) {
        char *s = page + page_bytes - length;

        memset(s, plain, length);
        for (size_t i = 0; i < length; i++) {
            for (int c = 0; c < 256; c++) {
                s[i] = (char)c;
                for (size_t at = 0; at <= i; at += 7)
                    assert_ptr_equal(
                        sip_run_end(run, s, s + at, s + length),
                        sip_run_end_portable(run, s + at, s + length));
            }
            s[i] = plain;
        }
        assert_ptr_equal(sip_run_end(run, s, s, s + length), s + length);
    }
}

static void runs_end_where_the_portable_ones_do(void **state)
{
    (void)state;
    check_run(SIP_RUN_NAME, 'n');
    check_run(SIP_RUN_PARAMS, ';');
    check_run(SIP_RUN_VALUE, ':');
    check_run(SIP_RUN_QUOTED, ' ');
    check_run(SIP_RUN_NAMED, ' ');
    check_run(SIP_RUN_LISTED, ' ');
    check_run(SIP_RUN_WORD, 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_plain_parses_the_same),
        cmocka_unit_test(other_forms_are_left_to_the_parsers),
        cmocka_unit_test(runs_end_where_the_portable_ones_do),
    };

    return cmocka_run_group_tests(tests, make_page, drop_page);
}
