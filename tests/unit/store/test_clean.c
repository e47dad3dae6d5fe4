#include "../test.h"

#include "store/clean.h"

#define S(text)                                                                \
    {                                                                          \
        "" text, sizeof(text) - 1                                              \
    }

static const struct {
    const char *name;
    struct span input;
    bool is_text;
    struct span expected;
} cases[] = {
    {"nothing", S(""), true, S("")},
    {"ASCII", S("z9hG4bK-1"), true, S("z9hG4bK-1")},
    {"nine and more bytes", S("sip:alice@example.com"), true,
     S("sip:alice@example.com")},
    {"two bytes", S("gr\xc3\xbc\xc3\x9f"), true, S("gr\xc3\xbc\xc3\x9f")},
    {"three and four bytes", S("\xe2\x82\xac\xf0\x9f\x93\x9e"), true,
     S("\xe2\x82\xac\xf0\x9f\x93\x9e")},
    {"NUL", S("a\0b"), false, S("a\\x00b")},
    {"NUL behind eight bytes", S("abcdefgh\0"), false, S("abcdefgh\\x00")},
    {"Latin-1", S("M\xfcller"), false, S("M\\xfcller")},
    {"continuation alone", S("\x80"), false, S("\\x80")},
    {"cut off", S("abc\xe2\x82"), false, S("abc\\xe2\\x82")},
    {"overlong slash", S("\xc0\xaf"), false, S("\\xc0\\xaf")},
    {"overlong in three", S("\xe0\x80\xaf"), false, S("\\xe0\\x80\\xaf")},
    {"overlong in four", S("\xf0\x80\x80\xaf"), false,
     S("\\xf0\\x80\\x80\\xaf")},
    {"surrogate", S("\xed\xa0\x80"), false, S("\\xed\\xa0\\x80")},
    {"beyond U+10FFFF", S("\xf4\x90\x80\x80"), false,
     S("\\xf4\\x90\\x80\\x80")},
    {"last character", S("\xf4\x8f\xbf\xbf"), true, S("\xf4\x8f\xbf\xbf")},
    {"0xff", S("\xff"), false, S("\\xff")},
};

static void test_text(void **state)
{
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n = clean_write(cases[i].input, buffer, sizeof(buffer));

        print_message("# %s\n", cases[i].name);
        assert_int_equal(clean_is_text(cases[i].input), cases[i].is_text);
        assert_true(span_equal(span_of(buffer, n), cases[i].expected));
        assert_true(clean_is_text(span_of(buffer, n)));
    }
}

/* Whatever the room, what is written is text and a prefix of the whole. */
static void test_cut(void **state)
{
    char whole[64];
    char part[64];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t n = clean_write(cases[i].input, whole, sizeof(whole));

        for (size_t cap = 0; cap <= n; cap++) {
            size_t used = clean_write(cases[i].input, part, cap);

            assert_true(used <= cap);
            assert_true(used + 4 > cap || used == n);
            assert_memory_equal(part, whole, used);
            assert_true(clean_is_text(span_of(part, used)));
        }
    }
}

/* A name that was written and one as it is stored are the same. */
static void test_hash(void **state)
{
    char whole[2 * CLEAN_TEXT_MAX];
    char stored[CLEAN_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t hash = clean_hash(cases[i].input);

        assert_true(hash == clean_hash(cases[i].expected));
        for (size_t k = 0; k < i; k++)
            assert_true(hash != clean_hash(cases[k].input));
    }
    memset(whole, 'x', sizeof(whole));
    memset(stored, 'x', sizeof(stored));
    assert_true(clean_hash(span_of(whole, sizeof(whole))) ==
                clean_hash(span_of(stored, sizeof(stored))));
    /* Of every run and every version: it is kept. */
    assert_true(clean_hash(SPAN_LITERAL("a")) == UINT64_C(0xe6c632b61e964e1f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text),
                                       cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_hash)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
