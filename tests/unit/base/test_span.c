#include "test.h"

#include "base/span.h"

static void numbers_are_read_whole(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", 10, true, 0},
        {"10", 10, true, 10},
        {"11", 10, false, 0},
        {"", 10, false, 0},
        {"-1", 10, false, 0},
        {"1 ", 10, false, 0},
        {"007", 10, true, 7},
        {"4294967295", UINT32_MAX, true, UINT32_MAX},
        {"4294967296", UINT32_MAX, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"999999999999999999999999999999", UINT64_MAX, false, 0},
        {"5", 3, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t value = 77;
        bool ok =
            span_to_u64(span_of_string(rows[i].text), rows[i].max, &value);

        ROW_ASSERT(rows[i].text, ok == rows[i].ok);
        ROW_ASSERT(rows[i].text, value == (ok ? rows[i].value : 77));
    }
}

static void parts_stay_inside(void **state)
{
    struct span s = SPAN_LITERAL("abcdef");

    (void)state;
    assert_true(span_equal(span_part(s, 1, 3), SPAN_LITERAL("bcd")));
    assert_true(span_equal(span_part(s, 4, 99), SPAN_LITERAL("ef")));
    assert_int_equal(span_part(s, 6, 1).length, 0);
    assert_int_equal(span_part(s, SIZE_MAX, SIZE_MAX).length, 0);
    assert_int_equal(span_from(SPAN_NONE, 3).length, 0);
    assert_int_equal(span_find_byte(s, 'c'), 2);
    assert_int_equal(span_find_byte(s, 'z'), 6);
    assert_int_equal(span_find_byte(SPAN_NONE, 'z'), 0);
}

static void case_is_folded_for_ascii_only(void **state)
{
    (void)state;
    assert_true(
        span_equal_nocase(SPAN_LITERAL("Call-ID"), SPAN_LITERAL("cALL-id")));
    assert_false(span_equal_nocase(SPAN_LITERAL("ab"), SPAN_LITERAL("abc")));
    assert_false(span_equal_nocase(SPAN_LITERAL("@"), SPAN_LITERAL("`")));
    assert_false(span_equal_nocase(SPAN_LITERAL("\xc4"), SPAN_LITERAL("\xe4")));
    assert_true(
        span_starts_nocase(SPAN_LITERAL("Z9hG4bKx"), SPAN_LITERAL("z9hg4bk")));
    assert_false(span_starts_nocase(SPAN_LITERAL("z9"), SPAN_LITERAL("z9h")));
}

static void blanks_are_trimmed(void **state)
{
    (void)state;
    assert_true(span_equal(span_trim(SPAN_LITERAL(" \r\n a b\t ")),
                           SPAN_LITERAL("a b")));
    assert_int_equal(span_trim(SPAN_LITERAL(" \t\r\n")).length, 0);
}

/* Every byte at every place of a text, within a word and behind the last. */
static void capitals_become_small_ones(void **state)
{
    char text[20], small[20];

    (void)state;
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof(text); at++) {
            memset(text, at % 2 ? 'Z' : '\xff', sizeof(text));
            text[at] = (char)c;
            span_lower_write(span_of(text, sizeof(text)), small);
            for (size_t i = 0; i < sizeof(text); i++)
                assert_int_equal(small[i], text[i] >= 'A' && text[i] <= 'Z'
                                               ? text[i] + 32
                                               : text[i]);
        }
}

/* Each length, each byte that may differ, and lengths that differ. */
static void short_spans_are_compared_whole(void **state)
{
    static const char text[] = "abcdefghijklmnopqrst";
    char other[sizeof(text)];

    (void)state;
    for (size_t length = 0; length < sizeof(text); length++) {
        struct span a = span_of(text, length);

        memcpy(other, text, sizeof(text));
        assert_true(span_equal_short(a, span_of(other, length)));
        for (size_t i = 0; i < length; i++) {
            other[i] ^= 1;
            assert_false(span_equal_short(a, span_of(other, length)));
            assert_false(span_equal_short(span_of(other, length), a));
            other[i] ^= 1;
        }
        assert_false(span_equal_short(a, span_of(other, length + 1)));
    }
    assert_true(span_equal_short(SPAN_NONE, SPAN_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_whole),
        cmocka_unit_test(parts_stay_inside),
        cmocka_unit_test(case_is_folded_for_ascii_only),
        cmocka_unit_test(blanks_are_trimmed),
        cmocka_unit_test(capitals_become_small_ones),
        cmocka_unit_test(short_spans_are_compared_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
