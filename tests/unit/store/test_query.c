#include "test.h"

#include "base/time.h"
#include "store/query.h"

static struct query query;

static const char *where(const struct call_filter *filter)
{
    query_init(&query);
    query_add_filter(&query, filter);
    return query.sql;
}

static void filters_become_conditions(void **state)
{
    struct call_filter f = call_filter_none;

    (void)state;
    assert_string_equal(where(&f),
                        " WHERE true AND NOT 'no_start' = ANY (evidence)");
    query_fini(&query);
    f.all = true;
    f.since_us = 1763640000000000;
    f.until_us = 1763726400000000;
    f.call_id = SPAN_LITERAL("x'; DROP TABLE calls --");
    f.min_pdd_ms = 1500;
    f.status_low = 400;
    f.status_high = 499;
    assert_string_equal(
        where(&f), " WHERE true AND first_at >= $1::timestamptz AND first_at < "
                   "$2::timestamptz AND call_id = $3 AND status_code BETWEEN "
                   "400 AND 499 AND pdd_ms >= $4::bigint");
    assert_int_equal(query.count, 4);
    assert_string_equal(query.values[0], "2025-11-20 12:00:00.000000+00");
    assert_string_equal(query.values[2], "x'; DROP TABLE calls --");
    assert_string_equal(query.values[3], "1500");
    query_fini(&query);
}

static void patterns_take_bytes_as_they_are(void **state)
{
    struct call_filter f = call_filter_none;

    (void)state;
    f.all = true;
    f.to = SPAN_LITERAL("50%_\\*");
    (void)where(&f);
    assert_string_equal(query.values[0], "50\\%\\_\\\\%");
    query_fini(&query);
    f.to = SPAN_LITERAL("*123");
    assert_string_equal(where(&f),
                        " WHERE true AND reverse(callee_number) LIKE $1");
    assert_string_equal(query.values[0], "321%");
    query_fini(&query);
}

static void too_much_is_noted(void **state)
{
    (void)state;
    query_init(&query);
    for (int i = 0; i < QUERY_PARAMS_MAX; i++)
        assert_int_equal(query_param(&query, SPAN_LITERAL("x")), i + 1);
    assert_false(query.failed);
    assert_int_equal(query_param(&query, SPAN_LITERAL("x")), 0);
    assert_true(query.failed);
    query_fini(&query);
    query_init(&query);
    for (int i = 0; i < 2000; i++)
        query_add(&query, "%s", "0123456789");
    assert_true(query.failed);
    assert_true(query.used < sizeof(query.sql));
    query_fini(&query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_become_conditions),
        cmocka_unit_test(patterns_take_bytes_as_they_are),
        cmocka_unit_test(too_much_is_noted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
