#include "test.h"

#include "ladder/font.h"

static void width_follows_the_metrics(void **state)
{
    static const struct {
        const char *text;
        bool bold;
        double width; /* at 10 points */
    } rows[] = {
        {"", false, 0.0},         {"i", false, 2.78},
        {"W", false, 9.89},       {"100", false, 19.08},
        {"W", true, 11.03},       {"\xc2\xb7", false, 3.18},
        {"\xc3\xa9", false, 7.6}, {"\xe4\xb8\xad", false, 10.3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double w = font_width(span_of_string(rows[i].text), 10.0, rows[i].bold);

        ROW_ASSERT(rows[i].text,
                   w > rows[i].width - 0.001 && w < rows[i].width + 0.001);
    }
}

static void what_is_too_wide_is_cut(void **state)
{
    struct arena arena;
    struct span text = SPAN_LITERAL("sip:\xc3\xa4lice@example.com");

    (void)state;
    arena_init(&arena, 256);
    assert_true(span_equal(font_fit(&arena, text, 10, 500), text));
    for (double width = 10; width < 160; width += 1.5) {
        struct span cut = font_fit(&arena, text, 10, width);

        assert_true(font_width(cut, 10, false) <= width + 0.001);
        assert_true(cut.length >= 3);
        assert_true(span_equal(cut, text) ||
                    !memcmp(cut.data + cut.length - 3, "\xe2\x80\xa6", 3));
    }
    arena_fini(&arena);
}

static void columns_of_a_terminal(void **state)
{
    struct span text = SPAN_LITERAL("a\xc3\xa4\xe4\xb8\xad"
                                    "e\xcc\x81");

    (void)state;
    assert_int_equal(font_columns(text), 5);
    assert_int_equal(font_columns_fit(text, 0), 0);
    assert_int_equal(font_columns_fit(text, 3), 3);
    assert_int_equal(font_columns_fit(text, 4), 6);
    assert_int_equal(font_columns_fit(text, 99), text.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(width_follows_the_metrics),
        cmocka_unit_test(what_is_too_wide_is_cut),
        cmocka_unit_test(columns_of_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
