#include "test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ladder/text_buffer.h"

static void check_fixed(struct text_buffer *b, double value, unsigned places)
{
    char expected[512];

    (void)snprintf(expected, sizeof(expected), "%.*f", (int)places, value);
    text_buffer_reset(b);
    text_put_fixed(b, value, places);
    text_put(b, span_of("", 1));
    ROW_ASSERT(expected, !strcmp(b->data, expected));
}

/* printf() is the oracle, and above all where a value stands in the middle of
 * two: as 0.125 does exactly, and 2.675 only nearly. */
static void fixed_is_as_printf_has_it(void **state)
{
    static const double values[] = {
        0,     0.004,      0.005,  0.015,  0.125,    0.375,    1,
        2.675, 9.995,      99.995, 80175,  12.5,     1e11,     1e12,
        1e13,  123456.785, 1e300,  0.0049, 0.999999, 0.994999, DBL_MIN,
        1.4,   193.23,     725.99, 1 / 3., 1e-9,     HUGE_VAL, (double)NAN,
        0.5,   1.0005,     33.335, 4e9,
    };
    struct text_buffer b = {0};
    uint64_t random = 1;

    (void)state;
    for (unsigned places = 1; places <= 4; places++) {
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            check_fixed(&b, values[i], places);
            check_fixed(&b, -values[i], places);
        }
        for (int i = 0; i < 20000; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695;
            check_fixed(&b, (double)(int64_t)(random >> 30) / 1000, places);
            check_fixed(&b, (double)(int64_t)random / 1e15, places);
        }
    }
    text_buffer_fini(&b);
}

/* Also where the buffer has to move for it. */
static void again_repeats_what_stands_there(void **state)
{
    struct text_buffer b = {0};

    (void)state;
    text_put_again(&b, 0, 0);
    assert_int_equal(b.length, 0);
    text_put_string(&b, "abcdefghij");
    for (int i = 0; i < 12; i++)
        text_put_again(&b, 3, b.length);
    assert_true(b.length == 3 + (7 << 12));
    for (size_t i = 3; i < b.length; i++)
        assert_int_equal(b.data[i], "defghij"[(i - 3) % 7]);
    text_buffer_fini(&b);
}

/* As text_buffer_reserve() leaves it where there is no memory. */
static void what_has_failed_takes_no_more(void **state)
{
    struct text_buffer b = {0};

    (void)state;
    text_put_string(&b, "abc");
    b.failed = true;
    b.room = 0;
    text_put_string(&b, "d");
    text_put_fixed(&b, 1.5, 1);
    text_put_again(&b, 0, 1);
    assert_int_equal(b.length, 3);
    text_buffer_reset(&b);
    text_put_string(&b, "d");
    assert_int_equal(b.length, 0);
    text_buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_is_as_printf_has_it),
        cmocka_unit_test(again_repeats_what_stands_there),
        cmocka_unit_test(what_has_failed_takes_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
