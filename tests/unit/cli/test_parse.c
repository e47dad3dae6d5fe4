#include "test.h"

#include "cli/parse.h"

/* 2026-11-20 14:03:07 UTC */
#define NOW INT64_C(1795183387000000)

static void times(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t us;
    } rows[] = {
        {"now", true, NOW},
        {"2026-11-20 14:03:07", true, NOW},
        {"2026-11-20T14:03:07Z", true, NOW},
        {"2026-11-20T15:03:07+01:00", true, NOW},
        {"2026-11-20T15:03:07+01", true, NOW},
        {"2026-11-20 09:33:07-0430", true, NOW},
        {"2026-11-20 14:03:07.25", true, NOW + 250000},
        {"2026-11-20 14:03", true, NOW - 7000000},
        {"2026-11-20", true, NOW - INT64_C(50587000000)},
        {"1970-01-01", true, 0},
        {"1969-12-31", true, -INT64_C(86400000000)},
        {"90s", true, NOW - 90000000},
        {"15m", true, NOW - INT64_C(900000000)},
        {"1.5h", true, NOW - INT64_C(5400000000)},
        {"2d", true, NOW - INT64_C(172800000000)},
        {"1w", true, NOW - INT64_C(604800000000)},
        {"2024-02-29", true, INT64_C(1709164800000000)},
        {"2023-02-29", false, 0},
        {"2026-13-01", false, 0},
        {"2026-11-20 25:00", false, 0},
        {"2026-11-20 14:03x", false, 0},
        {"2026-11-20x", false, 0},
        {"yesterday", false, 0},
        {"15", false, 0},
        {"", false, 0},
        {"m", false, 0},
        {"-5m", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t us = 0;

        ROW_ASSERT(rows[i].text, parse_time(span_of_string(rows[i].text), NOW,
                                            &us) == rows[i].ok);
        ROW_ASSERT(rows[i].text, !rows[i].ok || us == rows[i].us);
    }
}

static void durations(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t ms;
    } rows[] = {
        {"60", true, 60000},  {"1.5", true, 1500},  {"500ms", true, 500},
        {"0.122", true, 122}, {"2m", true, 120000}, {"1h", true, 3600000},
        {".5", true, 500},    {"x", false, 0},      {"1 s", false, 0},
        {"-1", false, 0},     {"", false, 0},       {"999999999w", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t ms = 0;

        ROW_ASSERT(rows[i].text, parse_duration(span_of_string(rows[i].text),
                                                &ms) == rows[i].ok);
        ROW_ASSERT(rows[i].text, !rows[i].ok || ms == rows[i].ms);
    }
}

static void statuses(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        unsigned from;
        unsigned to;
    } rows[] = {
        {"486", true, 486, 486}, {"4xx", true, 400, 499},
        {"6XX", true, 600, 699}, {"7xx", false, 0, 0},
        {"99", false, 0, 0},     {"700", false, 0, 0},
        {"busy", false, 0, 0},   {"", false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint16_t from = 0;
        uint16_t to = 0;

        ROW_ASSERT(rows[i].text, parse_status(span_of_string(rows[i].text),
                                              &from, &to) == rows[i].ok);
        ROW_ASSERT(rows[i].text,
                   !rows[i].ok || (from == rows[i].from && to == rows[i].to));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(durations),
        cmocka_unit_test(statuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
