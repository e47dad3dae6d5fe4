#include "test.h"

#include "capture/steady.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define NOON (INT64_C(1790000000) * SECOND)
#define BOOT (INT64_C(5000) * SECOND)

/* A machine with a clock that can be set, and a ring of packets. */
struct machine {
    struct steady s;
    struct steady_stamp stamp;
    int64_t even_ns;
    int64_t offset_ns;
};

static int64_t system_of(const struct machine *m)
{
    return m->even_ns + m->offset_ns;
}

static void start(struct machine *m)
{
    *m = (struct machine){.even_ns = BOOT, .offset_ns = NOON - BOOT};
    steady_init(&m->s, system_of(m), m->even_ns);
    m->stamp.last_ns = system_of(m);
}

static int64_t look(struct machine *m)
{
    int64_t step_ns = steady_look(&m->s, system_of(m), m->even_ns);

    if (step_ns)
        steady_stamp_step(&m->stamp, step_ns, steady_now(&m->s, system_of(m)));
    return step_ns;
}

static void times_are_the_clocks_where_it_is_not_set(void **state)
{
    struct machine m;

    (void)state;
    start(&m);
    for (int i = 0; i < 5000; i++) {
        m.even_ns += 100 * MS;
        m.offset_ns += i % 2 ? 50000 : -20000; /* slewed, 150 in a million */
        assert_int_equal(look(&m), 0);
        assert_true(steady_time(&m.s, &m.stamp, system_of(&m)) ==
                    system_of(&m));
    }
}

/* Whatever is set, the time of the run goes on as the even clock does. */
static void a_step_is_left_out(void **state)
{
    static const struct {
        const char *name;
        int64_t step_ns;
    } rows[] = {
        {"back an hour", -3600 * SECOND},
        {"back a second", -SECOND},
        {"back a blink", -30 * MS},
        {"forward a blink", 30 * MS},
        {"forward a second", SECOND},
        {"forward an hour", 3600 * SECOND},
        {"forward from 1970", NOON - SECOND},
        {"back to 1970", SECOND - NOON},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct machine m;
        int64_t run_ns;

        start(&m);
        m.even_ns += SECOND;
        ROW_ASSERT(rows[i].name, look(&m) == 0);
        run_ns = steady_time(&m.s, &m.stamp, system_of(&m));
        m.even_ns += 100 * MS;
        m.offset_ns += rows[i].step_ns;
        ROW_ASSERT(rows[i].name, look(&m) == rows[i].step_ns);
        ROW_ASSERT(rows[i].name,
                   steady_now(&m.s, system_of(&m)) == run_ns + 100 * MS);
        for (int k = 0; k < 100; k++) {
            int64_t before_ns = run_ns;

            m.even_ns += 10 * MS;
            ROW_ASSERT(rows[i].name, look(&m) == 0);
            run_ns = steady_time(&m.s, &m.stamp, system_of(&m));
            ROW_ASSERT(rows[i].name, run_ns > before_ns);
            ROW_ASSERT(rows[i].name, k == 0 || run_ns - before_ns < 11 * MS);
        }
    }
}

/* What still lay in the ring was stamped by the clock before. */
static void packets_in_the_ring_keep_their_order(void **state)
{
    static const int64_t steps_ns[] = {-3600 * SECOND, -5 * SECOND, 5 * SECOND,
                                       3600 * SECOND};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps_ns); i++) {
        struct machine m;
        int64_t stamps_ns[40];
        int64_t first_ns;

        start(&m);
        first_ns = system_of(&m);
        for (int k = 0; k < 40; k++) {
            if (k == 20)
                m.offset_ns += steps_ns[i];
            stamps_ns[k] = system_of(&m);
            m.even_ns += 100 * MS;
        }
        assert_true(look(&m) == steps_ns[i]); /* 40 packets late */
        for (int k = 0; k < 40; k++) {
            int64_t run_ns = steady_time(&m.s, &m.stamp, stamps_ns[k]);

            /* 4 s have passed: 4 ms were given back */
            assert_in_range(run_ns - first_ns - k * 100 * MS + 5 * MS, 0,
                            10 * MS);
        }
        assert_true(m.stamp.owed_ns == 0);
    }
}

static void an_empty_ring_settles_what_is_owed(void **state)
{
    struct machine m;
    int64_t now_ns;

    (void)state;
    start(&m);
    m.even_ns += 100 * MS;
    m.offset_ns -= 2 * SECOND;
    assert_true(look(&m) == -2 * SECOND);
    now_ns = steady_now(&m.s, system_of(&m));
    steady_stamp_empty(&m.stamp, now_ns - 150 * MS);
    assert_true(m.stamp.owed_ns == -2 * SECOND);
    steady_stamp_empty(&m.stamp, now_ns);
    assert_true(m.stamp.owed_ns == 0);
    /* two seconds of silence later nothing is taken for a packet of before */
    m.even_ns += 2 * SECOND;
    assert_true(steady_time(&m.s, &m.stamp, system_of(&m)) ==
                now_ns + 2 * SECOND);
}

static void a_step_is_given_back(void **state)
{
    struct machine m;
    int seconds = 0;

    (void)state;
    start(&m);
    m.offset_ns += 10 * SECOND;
    m.even_ns += 100 * MS;
    assert_true(look(&m) == 10 * SECOND);
    while (m.s.shift_ns) {
        int64_t run_ns = steady_now(&m.s, system_of(&m));

        m.even_ns += SECOND;
        assert_int_equal(look(&m), 0);
        run_ns = steady_now(&m.s, system_of(&m)) - run_ns;
        assert_in_range(run_ns, SECOND, SECOND + MS);
        seconds++;
    }
    assert_in_range(seconds, 9990, 10010);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_the_clocks_where_it_is_not_set),
        cmocka_unit_test(a_step_is_left_out),
        cmocka_unit_test(packets_in_the_ring_keep_their_order),
        cmocka_unit_test(an_empty_ring_settles_what_is_owed),
        cmocka_unit_test(a_step_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
