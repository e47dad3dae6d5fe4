#include "test.h"

#include "report/chart.h"

#define SECOND INT64_C(1000000)
#define NOON INT64_C(1763640000) /* 2025-11-20 12:00:00 UTC */
#define FULL "\u2588"
#define SHADE "\u2591"

static void step_is_round_and_fits(void **state)
{
    static const struct {
        const char *name;
        int64_t first_s;
        int64_t last_s;
        size_t most;
        uint32_t step;
        int64_t begin_s;
        size_t count;
    } rows[] = {
        {"one moment", NOON, NOON, 60, 1, NOON, 1},
        {"as many as fit", NOON, NOON + 59, 60, 1, NOON, 60},
        {"one too many", NOON, NOON + 60, 60, 2, NOON, 31},
        {"begin is floored", NOON + 7, NOON + 307, 60, 10, NOON, 31},
        {"a day", NOON, NOON + 86399, 60, 1800, NOON, 48},
        {"before 1970", -7, 3, 8, 2, -8, 6},
        {"all of time", -9000000000000, 9000000000000, 8, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t begin;
        size_t count;
        uint32_t step =
            chart_step(rows[i].first_s * SECOND, rows[i].last_s * SECOND,
                       rows[i].most, &begin, &count);

        ROW_ASSERT(rows[i].name, count >= 1 && count <= rows[i].most);
        ROW_ASSERT(rows[i].name, step >= 1);
        if (!rows[i].step)
            continue;
        ROW_ASSERT(rows[i].name, step == rows[i].step);
        ROW_ASSERT(rows[i].name, begin == rows[i].begin_s * SECOND);
        ROW_ASSERT(rows[i].name, count == rows[i].count);
    }
}

static struct chart three_bars(bool utf8)
{
    static const struct chart_bar bars[] = {{8, 0}, {0, 4}, {1, 0}};

    return (struct chart){.bars = bars,
                          .count = 3,
                          .first_us = NOON * SECOND,
                          .step_s = 60,
                          .low_name = "answered",
                          .high_name = "not",
                          .utf8 = utf8};
}

static void assert_chart(const struct chart *c, const char *expected)
{
    const struct table_style style = {.width = 6};
    struct text text;

    text_init(&text);
    chart_write(c, &style, &text);
    text_add_byte(&text, 0);
    assert_false(text.failed);
    assert_string_equal(text.data, expected);
    text_fini(&text);
}

static void bars_in_blocks(void **state)
{
    const struct chart c = three_bars(true);

    (void)state;
    assert_chart(&c, "8 \u2502" FULL "\n"
                     "  \u2502" FULL "\n"
                     "  \u2502" FULL "\n"
                     "  \u2502" FULL "\n"
                     "  \u2502" FULL SHADE "\n"
                     "  \u2502" FULL SHADE "\n"
                     "  \u2502" FULL SHADE "\n"
                     "  \u2502" FULL SHADE FULL "\n"
                     "0 \u2514\u2500\u2500\u2500\n"
                     "   12:00\n"
                     "   in 1 min: " FULL " answered, " SHADE " not\n");
}

static void bars_in_ascii(void **state)
{
    const struct chart c = three_bars(false);

    (void)state;
    assert_chart(&c, "8 |#\n  |#\n  |#\n  |#\n  |#o\n  |#o\n  |#o\n  |#o#\n"
                     "0 +---\n   12:00\n   in 1 min: # answered, o not\n");
}

/* One call among a million is seen, and nothing is wider than the terminal. */
static void extremes(void **state)
{
    static const struct chart_bar bars[] = {
        {1000000, 0}, {1, 0}, {0, UINT64_MAX / 2}, {0, 0}};
    static const size_t widths[] = {0, 1, 20, 80, SIZE_MAX};
    struct chart c = three_bars(true);
    struct text text;

    (void)state;
    c.bars = bars;
    c.count = COUNT_OF(bars);
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        const struct table_style style = {.width = widths[i]};

        text_init(&text);
        chart_write(&c, &style, &text);
        assert_false(text.failed);
        assert_non_null(memmem(text.data, text.length, "\u2581", 3));
        text_fini(&text);
        assert_true(chart_bars_max(&style) >= 1 &&
                    chart_bars_max(&style) <= 160);
    }
}

static void steps_in_words(void **state)
{
    static const struct {
        uint32_t step;
        const char *words;
    } rows[] = {{1, "1 s"},      {90, "90 s"},    {300, "5 min"},
                {3600, "1 h"},   {43200, "12 h"}, {86400, "1 d"},
                {604800, "7 d"}, {90000, "25 h"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text;

        text_init(&text);
        chart_add_step(&text, rows[i].step);
        ROW_ASSERT(rows[i].words,
                   span_equal(text_span(&text), span_of_string(rows[i].words)));
        text_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_is_round_and_fits),
        cmocka_unit_test(bars_in_blocks),
        cmocka_unit_test(bars_in_ascii),
        cmocka_unit_test(extremes),
        cmocka_unit_test(steps_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
