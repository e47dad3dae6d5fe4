#include "test.h"

#include "pipeline/reorder.h"

/* Pushes one, its time told beside it. */
static int push(struct reorder *r, struct observation *o)
{
    return reorder_push(r, o, o->arrival.time_ns);
}

static struct observation *make(int64_t time_ns, uint64_t ordinal)
{
    struct observation *o = calloc(1, sizeof(*o));

    assert_non_null(o);
    o->arrival.time_ns = time_ns;
    o->ordinal = ordinal;
    return o;
}

/* Takes all up to a time and checks that order never goes back. */
static size_t drain(struct reorder *r, int64_t until_ns)
{
    struct observation *taken[3];
    struct observation last = {.arrival.time_ns = INT64_MIN};
    size_t count = 0, some;

    while ((some = reorder_take_some(r, until_ns, taken, COUNT_OF(taken)))) {
        for (size_t i = 0; i < some; i++) {
            struct observation *o = taken[i];

            assert_true(o->arrival.time_ns <= until_ns);
            assert_true(o->arrival.time_ns > last.arrival.time_ns ||
                        (o->arrival.time_ns == last.arrival.time_ns &&
                         o->ordinal > last.ordinal));
            last = *o;
            free(o);
        }
        count += some;
    }
    return count;
}

static void shuffled_times_come_out_sorted(void **state)
{
    struct reorder r;
    uint32_t random = 1;

    (void)state;
    reorder_init(&r);
    for (uint64_t i = 0; i < 10000; i++) {
        random = random * 1664525u + 1013904223u;
        assert_int_equal(push(&r, make((int64_t)(random >> 20), i)), 0);
    }
    assert_true(drain(&r, 2000) > 0);
    assert_true(drain(&r, INT64_MAX) > 0);
    assert_null(reorder_take(&r, INT64_MAX));
    reorder_fini(&r);
}

static void equal_times_keep_their_order(void **state)
{
    struct reorder r;

    (void)state;
    reorder_init(&r);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(push(&r, make(i % 10 ? 5 : 4, i)), 0);
    assert_int_equal(drain(&r, 5), 100);
    reorder_fini(&r);
}

static void late_beyond_the_window_is_counted(void **state)
{
    struct reorder r;

    (void)state;
    reorder_init(&r);
    assert_int_equal(push(&r, make(100, 0)), 0);
    assert_int_equal(drain(&r, 100), 1);
    assert_int_equal(push(&r, make(99, 1)), 0);
    assert_int_equal(r.too_late, 1);
    assert_int_equal(drain(&r, 100), 1);
    reorder_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_times_come_out_sorted),
        cmocka_unit_test(equal_times_keep_their_order),
        cmocka_unit_test(late_beyond_the_window_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
