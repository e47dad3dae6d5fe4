#include "test.h"

#include "report/text.h"
#include "report/utf8.h"

#define LIT(text)                                                              \
    {                                                                          \
        "" text, sizeof(text) - 1                                              \
    }

static void assert_text(const struct text *t, struct span expected)
{
    assert_false(t->failed);
    if (!span_equal(text_span(t), expected))
        fail_msg("got \"%.*s\", expected \"%.*s\"", SPAN_ARG(text_span(t)),
                 SPAN_ARG(expected));
}

struct escape_case {
    struct span input;
    struct span json;
    struct span csv;
    struct span tsv;
    struct span visible;
};

static const struct escape_case escapes[] = {
    {LIT("plain"), LIT("\"plain\""), LIT("plain"), LIT("plain"), LIT("plain")},
    {LIT(""), LIT("\"\""), LIT(""), LIT(""), LIT("")},
    {LIT("a,\"b\"\\"), LIT("\"a,\\\"b\\\"\\\\\""), LIT("\"a,\"\"b\"\"\\\""),
     LIT("a,\"b\"\\\\"), LIT("a,\"b\"\\")},
    {LIT("a\tb\r\nc"), LIT("\"a\\tb\\r\\nc\""), LIT("\"a\tb\r\nc\""),
     LIT("a\\tb\\r\\nc"), LIT("a\\x09b\\x0d\\x0ac")},
    {LIT("\033[31m\0\x7f"), LIT("\"\\u001b[31m\\u0000\\u007f\""),
     LIT("\\x1b[31m\\x00\\x7f"), LIT("\\x1b[31m\\x00\\x7f"),
     LIT("\\x1b[31m\\x00\\x7f")},
    {LIT("J\xc3\xb6rg"), LIT("\"J\xc3\xb6rg\""), LIT("J\xc3\xb6rg"),
     LIT("J\xc3\xb6rg"), LIT("J\xc3\xb6rg")},
    /* Latin-1, an overlong slash, a surrogate, a cut sequence */
    {LIT("J\xf6rg\xc0\xaf\xed\xa0\x80\xe2\x82"),
     LIT("\"J\\\\xf6rg\\\\xc0\\\\xaf\\\\xed\\\\xa0\\\\x80"
         "\\\\xe2\\\\x82\""),
     LIT("J\\xf6rg\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82"),
     LIT("J\\xf6rg\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82"),
     LIT("J\\xf6rg\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82")},
    /* C1's CSI and a change of direction are valid UTF-8, and still harm */
    {LIT("\xc2\x9b"
         "31m\xe2\x80\xae"),
     LIT("\"\xc2\x9b"
         "31m\xe2\x80\xae\""),
     LIT("\xc2\x9b"
         "31m\xe2\x80\xae"),
     LIT("\xc2\x9b"
         "31m\xe2\x80\xae"),
     LIT("\\xc2\\x9b31m\\xe2\\x80\\xae")},
    {LIT("=1+1"), LIT("\"=1+1\""), LIT("\"'=1+1\""), LIT("=1+1"), LIT("=1+1")},
    {LIT("@x"), LIT("\"@x\""), LIT("\"'@x\""), LIT("@x"), LIT("@x")},
    {LIT("+1-2"), LIT("\"+1-2\""), LIT("\"'+1-2\""), LIT("+1-2"), LIT("+1-2")},
    {LIT("+4930123"), LIT("\"+4930123\""), LIT("+4930123"), LIT("+4930123"),
     LIT("+4930123")},
};

static void test_escapes(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        const struct escape_case *c = &escapes[i];

        text_clear(&t);
        text_add_json(&t, c->input);
        assert_text(&t, c->json);
        text_clear(&t);
        text_add_csv(&t, c->input);
        assert_text(&t, c->csv);
        text_clear(&t);
        text_add_tsv(&t, c->input);
        assert_text(&t, c->tsv);
        text_clear(&t);
        assert_int_equal(text_add_visible(&t, c->input, SIZE_MAX),
                         text_columns(c->input));
        assert_text(&t, c->visible);
    }
    text_fini(&t);
}

/* Whatever the bytes, nothing that steers a terminal comes out. */
static void test_visible_is_harmless(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            char bytes[3] = {(char)a, (char)b, (char)0x80};
            struct span rest;

            text_clear(&t);
            (void)text_add_visible(&t, span_of(bytes, 3), SIZE_MAX);
            rest = text_span(&t);
            while (rest.length) {
                uint32_t code = 0;
                size_t n = utf8_next(rest, &code);

                assert_true(n > 0);
                assert_true(utf8_columns(code) >= 0);
                rest = span_from(rest, n);
            }
        }
    }
    text_fini(&t);
}

static void test_visible_cuts(void **state)
{
    static const struct {
        struct span input;
        size_t columns_max;
        struct span expected;
        size_t columns;
    } cases[] = {
        {LIT("abcdef"), 6, LIT("abcdef"), 6},
        {LIT("abcdef"), 5, LIT("abcd\xe2\x80\xa6"), 5},
        {LIT("abcdef"), 1, LIT("\xe2\x80\xa6"), 1},
        {LIT("abcdef"), 0, LIT(""), 0},
        {LIT("\xc3\xb6\xc3\xb6\xc3\xb6"), 2, LIT("\xc3\xb6\xe2\x80\xa6"), 2},
        /* two wide characters do not fit into three columns and a dot */
        {LIT("\xe6\x97\xa5\xe6\x9c\xac"), 3, LIT("\xe6\x97\xa5\xe2\x80\xa6"),
         3},
        {LIT("ab\xe6\x97\xa5"
             "cd"),
         4, LIT("ab\xe2\x80\xa6"), 3},
        {LIT("ab\xe6\x97\xa5"
             "cd"),
         5, LIT("ab\xe6\x97\xa5\xe2\x80\xa6"), 5},
        {LIT("ab\xe6\x97\xa5"
             "cd"),
         6,
         LIT("ab\xe6\x97\xa5"
             "cd"),
         6},
        {LIT("a\033b"), 3, LIT("a\xe2\x80\xa6"), 2},
    };
    struct text t;

    (void)state;
    text_init(&t);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        text_clear(&t);
        assert_int_equal(
            text_add_visible(&t, cases[i].input, cases[i].columns_max),
            cases[i].columns);
        assert_text(&t, cases[i].expected);
    }
    text_fini(&t);
}

static void test_numbers(void **state)
{
    struct text t;

    (void)state;
    text_init(&t);
    text_add_number(&t, INT64_MIN);
    text_add_byte(&t, ' ');
    text_add_number(&t, 0);
    text_add_byte(&t, ' ');
    text_add_padded(&t, 7, 3);
    text_add_byte(&t, ' ');
    text_add_padded(&t, UINT64_MAX, 1);
    assert_text(
        &t, SPAN_LITERAL("-9223372036854775808 0 007 18446744073709551615"));
    text_clear(&t);
    text_add_grouped(&t, 0);
    text_add_byte(&t, ' ');
    text_add_grouped(&t, 999);
    text_add_byte(&t, ' ');
    text_add_grouped(&t, 1000);
    text_add_byte(&t, ' ');
    text_add_grouped(&t, UINT64_MAX);
    text_add_format(&t, " %d%%", 5);
    assert_text(&t, SPAN_LITERAL("0 999 1,000 18,446,744,073,709,551,615 5%"));
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_visible_is_harmless),
        cmocka_unit_test(test_visible_cuts),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
