#include "test.h"

#include "base/sensors.h"

static void names_have_numbers(void **state)
{
    struct sensors *s = sensors_new();
    uint16_t one;

    (void)state;
    assert_non_null(s);
    one = sensors_number(s, SPAN_LITERAL("edge1"));
    assert_int_not_equal(one, 0);
    assert_int_equal(sensors_number(s, SPAN_LITERAL("edge1")), one);
    assert_int_not_equal(sensors_number(s, SPAN_LITERAL("edge2")), one);
    assert_int_equal(sensors_number(s, SPAN_NONE), 0);
    assert_true(span_equal(sensors_name(s, one), SPAN_LITERAL("edge1")));
    assert_int_equal(sensors_name(s, 0).length, 0);
    assert_int_equal(sensors_name(s, 999).length, 0);
    assert_int_equal(sensors_name(NULL, one).length, 0);
    sensors_free(s);
    sensors_free(NULL);
}

/* What strangers send reaches terminals and the database: printable ASCII of
   a bounded length, and different names stay different. */
static void names_are_made_plain(void **state)
{
    struct sensors *s = sensors_new();
    char names[2][300];
    uint16_t numbers[4];

    (void)state;
    memset(names, 'x', sizeof(names));
    names[1][299] = 'y';
    for (size_t i = 0; i < 2; i++)
        numbers[i] = sensors_number(s, span_of(names[i], sizeof(names[i])));
    numbers[2] = sensors_number(s, span_of("a\033[2J", 5));
    numbers[3] = sensors_number(s, span_of("a\0[2J", 5));
    for (size_t i = 0; i < 4; i++) {
        struct span name = sensors_name(s, numbers[i]);

        assert_true(name.length > 0 && name.length < SENSOR_TEXT_BYTES);
        for (size_t k = 0; k < name.length; k++)
            assert_true(name.data[k] >= ' ' && name.data[k] <= '~');
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(numbers[i], numbers[k]);
    }
    sensors_free(s);
}

static void room_ends(void **state)
{
    struct sensors *s = sensors_new();
    char name[16];

    (void)state;
    for (unsigned i = 1; i < SENSORS_MAX; i++) {
        int n = snprintf(name, sizeof(name), "%u", i);

        assert_int_equal(sensors_number(s, span_of(name, (size_t)n)), i);
    }
    assert_int_equal(sensors_number(s, SPAN_LITERAL("more")), 0);
    assert_int_equal(sensors_refused(s), 1);
    assert_int_equal(sensors_number(s, SPAN_LITERAL("17")), 17);
    sensors_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_numbers),
        cmocka_unit_test(names_are_made_plain),
        cmocka_unit_test(room_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
