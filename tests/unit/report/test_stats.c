#include "test.h"

#include "report/stats.h"

static struct span values[STATS_COLUMNS_MAX];

/* Every figure of the group "by" is "7", but for those a test sets. */
static size_t fill(enum stats_by by)
{
    struct stats_column columns[STATS_COLUMNS_MAX];
    size_t groups;
    size_t count = stats_columns(by, columns, &groups);

    for (size_t i = 0; i < count; i++)
        values[i] = SPAN_LITERAL("7");
    return groups;
}

static bool holds(const struct text *text, const char *wanted)
{
    return memmem(text->data, text->length, wanted, strlen(wanted)) != NULL;
}

static void columns_are_whole(void **state)
{
    static const size_t groups_of[] = {0, 1, 4, 2};

    (void)state;
    for (int by = STATS_TOTAL; by <= STATS_AGENT; by++) {
        struct stats_column columns[STATS_COLUMNS_MAX];
        size_t groups;
        size_t count = stats_columns((enum stats_by)by, columns, &groups);

        assert_int_equal(groups, groups_of[by]);
        assert_int_equal(count, groups + STATS_FIGURE_COUNT);
        for (size_t i = 0; i < count; i++)
            assert_non_null(columns[i].name);
        assert_string_equal(columns[groups + STATS_PDD_P99].name, "pdd_p99_ms");
        assert_int_equal(columns[groups + STATS_ASR].kind, STATS_PERCENT);
    }
}

static void rows_in_json(void **state)
{
    struct text text;
    size_t groups = fill(STATS_AGENT);

    (void)state;
    values[1] = SPAN_LITERAL("a\033\"b");
    values[groups + STATS_ASR] = SPAN_LITERAL("12.50");
    values[groups + STATS_ACD] = SPAN_NONE;
    text_init(&text);
    report_stats_row(STATS_AGENT, REPORT_JSON, values, &text);
    assert_true(holds(&text, "{\"side\":\"7\",\"agent\":\"a\\u001b\\\"b\","));
    assert_true(holds(&text, "\"calls\":7,"));
    assert_true(holds(&text, "\"asr\":12.50,"));
    assert_true(holds(&text, "\"acd_ms\":null,"));
    text_fini(&text);
}

static void rows_in_csv(void **state)
{
    struct text text;

    (void)state;
    (void)fill(STATS_AGENT);
    values[1] = SPAN_LITERAL("=cmd()");
    text_init(&text);
    report_stats_heading(STATS_AGENT, REPORT_CSV, &text);
    report_stats_row(STATS_AGENT, REPORT_CSV, values, &text);
    assert_memory_equal(text.data, "side,agent,calls,attempts,", 26);
    assert_true(holds(&text, "\r\n7,\"'=cmd()\",7,7,"));
    text_fini(&text);
}

static void what_is_not_known_is_a_dash(void **state)
{
    const struct table_style style = {.width = SIZE_MAX};
    struct text text;

    (void)state;
    (void)fill(STATS_TOTAL);
    values[STATS_ATTEMPTS] = SPAN_LITERAL("1234567");
    values[STATS_ASR] = SPAN_NONE;
    values[STATS_PDD_P95] = SPAN_LITERAL("61500");
    text_init(&text);
    report_stats_total(values, &style, &text);
    assert_true(holds(&text, "attempts    1,234,567  "));
    assert_true(holds(&text, "ASR                 -  "));
    assert_true(holds(&text, " 61.5"));
    text_fini(&text);
}

static void span_in_words(void **state)
{
    static const struct {
        struct stats_span span;
        const char *words;
    } rows[] = {
        {{0, TIME_NONE, TIME_NONE, 0, 0, TIME_NONE}, ""},
        {{1, 1763640000000000, 1763640000000000, 1, 1, 1763640000000000},
         "1 call, 2025-11-20 12:00:00 to 12:00:00 UTC\n"
         "at most 1 at a time, at 12:00:00; 1 begun in a second\n"},
        {{1500, 1763640000000000, 1763726400000000, 9, 12, 1763640060000000},
         "1,500 calls, 2025-11-20 12:00:00 to 2025-11-21 12:00:00 UTC\n"
         "at most 12 at a time, at 12:01:00; 9 begun in a second\n"},
        {{0, TIME_NONE, TIME_NONE, 0, 3, 1763640000000000},
         "at most 3 at a time, at 2025-11-20 12:00:00\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text;

        text_init(&text);
        report_stats_span(&rows[i].span, &text);
        text_add_byte(&text, 0);
        assert_string_equal(text.data, rows[i].words);
        text_fini(&text);
    }
}

static void peers_stand_beside_addresses(void **state)
{
    const struct table_style style = {.width = SIZE_MAX};
    struct stats_table table;
    struct text text;

    (void)state;
    (void)fill(STATS_TRUNK);
    values[0] = SPAN_LITERAL("192.0.2.1");
    values[1] = SPAN_LITERAL("192.0.2.2");
    values[2] = SPAN_LITERAL("carrier\033[2J");
    values[3] = SPAN_NONE;
    text_init(&text);
    stats_table_init(&table, STATS_TRUNK);
    stats_table_add(&table, values);
    stats_table_write(&table, &style, &text);
    stats_table_fini(&table);
    assert_true(holds(&text, "192.0.2.1 carrier"));
    assert_true(holds(&text, "192.0.2.2  "));
    assert_null(memchr(text.data, '\033', text.length));
    text_fini(&text);
}

static void no_registrations_no_line(void **state)
{
    struct span none[STATS_REG_COUNT] = {{0}};
    struct text text;

    (void)state;
    text_init(&text);
    report_stats_registrations(none, &text);
    assert_int_equal(text.length, 0);
    none[STATS_REG_ATTEMPTS] = SPAN_LITERAL("10");
    none[STATS_REG_FAILURES] = SPAN_LITERAL("3");
    none[STATS_REG_IRA] = SPAN_LITERAL("20.00");
    report_stats_registrations(none, &text);
    assert_true(holds(&text, "10 attempts, 3 failed; IRA 20.00 %"));
    assert_true(holds(&text, "RRD p50 - s, p95 - s"));
    text_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_whole),
        cmocka_unit_test(rows_in_json),
        cmocka_unit_test(rows_in_csv),
        cmocka_unit_test(what_is_not_known_is_a_dash),
        cmocka_unit_test(span_in_words),
        cmocka_unit_test(peers_stand_beside_addresses),
        cmocka_unit_test(no_registrations_no_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
