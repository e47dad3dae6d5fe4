#include "test.h"

#include "base/pool.h"
#include "base/texts.h"
#include "base/wheel.h"

#define SECOND INT64_C(1000000000)

struct alarm {
    struct wheel_timer timer;
    int64_t fired_s; /* -1: not yet */
};

static void run_to(struct wheel *w, int64_t now_s)
{
    struct wheel_timer *t;

    while ((t = wheel_take_due(w, now_s * SECOND)) != NULL) {
        struct alarm *a = CONTAINER_OF(t, struct alarm, timer);

        assert_true(t->due_ns <= now_s * SECOND);
        assert_int_equal(a->fired_s, -1);
        a->fired_s = now_s;
    }
}

/* Due times around one turn of the wheel and far beyond; never early, at most
 * a slot late. */
static void timers_fire_once_and_in_time(void **state)
{
    static const int64_t due_s[] = {0,    1,    2,    31,   32,   1022,
                                    1023, 1024, 1025, 2048, 5000, 86400};
    struct alarm alarms[COUNT_OF(due_s)];
    struct wheel w;

    (void)state;
    wheel_init(&w);
    assert_null(wheel_take_due(&w, 0));
    for (size_t i = 0; i < COUNT_OF(due_s); i++) {
        alarms[i] = (struct alarm){.fired_s = -1};
        wheel_arm(&w, &alarms[i].timer, due_s[i] * SECOND);
    }
    for (int64_t now = 0; now < 90000; now++)
        run_to(&w, now);
    for (size_t i = 0; i < COUNT_OF(due_s); i++)
        if (alarms[i].fired_s < due_s[i] || alarms[i].fired_s > due_s[i] + 1)
            fail_msg("due %lld: fired %lld", (long long)due_s[i],
                     (long long)alarms[i].fired_s);
}

static void timers_move_and_stop(void **state)
{
    struct alarm a = {.fired_s = -1};
    struct alarm b = {.fired_s = -1};
    struct wheel w;

    (void)state;
    wheel_init(&w);
    assert_null(wheel_take_due(&w, 1000 * SECOND));
    wheel_arm(&w, &a.timer, 1010 * SECOND);
    wheel_arm(&w, &a.timer, 1005 * SECOND);
    wheel_arm(&w, &b.timer, 1005 * SECOND);
    wheel_disarm(&b.timer);
    wheel_disarm(&b.timer);
    run_to(&w, 1007);
    assert_int_equal(a.fired_s, 1007);
    run_to(&w, 2000000000); /* a jump over many turns */
    assert_int_equal(b.fired_s, -1);
    wheel_arm(&w, &b.timer, 5 * SECOND); /* long past */
    run_to(&w, 1);                       /* time does not run backwards */
    assert_int_equal(b.fired_s, -1);
    run_to(&w, 2000000002);
    assert_int_equal(b.fired_s, 2000000002);
}

static void pool_gives_zeroed_objects(void **state)
{
    enum { N = 3000 };
    static char *items[N];
    struct pool p;

    (void)state;
    pool_init(&p, 50);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++) {
            items[i] = pool_take(&p);
            assert_non_null(items[i]);
            assert_int_equal((uintptr_t)items[i] % 8, 0);
            for (int b = 0; b < 50; b++)
                assert_int_equal(items[i][b], 0);
            memset(items[i], 0xee, 50);
        }
        assert_int_equal(p.used, N);
        for (int i = 0; i < N; i++)
            pool_give(&p, items[i]);
        assert_int_equal(p.used, 0);
    }
    pool_fini(&p);
}

static void texts_stay_until_released(void **state)
{
    static const size_t lengths[] = {1, 7, 8, 100, 247, 248, 249, 600, 70000};
    struct span kept[COUNT_OF(lengths) * 20];
    static char bytes[70000];
    struct texts_pool p;
    struct texts t = {0};
    size_t n = 0;

    (void)state;
    texts_pool_init(&p);
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        memset(bytes, (int)(i & 0x7f), sizeof(bytes));
        kept[n++] =
            texts_keep(&p, &t, span_of(bytes, lengths[i % COUNT_OF(lengths)]));
    }
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(kept[i].length, lengths[i % COUNT_OF(lengths)]);
        for (size_t b = 0; b < kept[i].length; b++)
            assert_int_equal(kept[i].data[b], (char)(i & 0x7f));
    }
    assert_int_equal(texts_keep(&p, &t, SPAN_NONE).length, 0);
    assert_true(p.large_bytes > 70000);
    texts_release(&p, &t);
    assert_int_equal(p.large_bytes, 0);
    assert_int_equal(p.blocks.used, 0);
    texts_pool_fini(&p);
}

/* What stands alone counts by its own length, also where it came first and
 * aligned pieces follow. */
static void large_texts_are_counted(void **state)
{
    static const char bytes[600];
    struct texts_pool p;
    struct texts t = {0};

    (void)state;
    texts_pool_init(&p);
    for (size_t length = 500; length < 508; length++) {
        (void)texts_keep(&p, &t, span_of(bytes, length));
        assert_int_equal(p.large_bytes, length);
        assert_non_null(texts_take(&p, &t, 16));
        texts_release(&p, &t);
        assert_int_equal(p.large_bytes, 0);
    }
    texts_pool_fini(&p);
}

static void texts_are_replaced(void **state)
{
    static const struct {
        const char *texts[2];
        bool in_place;
    } steps[] = {{{"ab", "c"}, false},
                 {{"xy", "z"}, true},
                 {{"", "longer"}, false},
                 {{"", "longer"}, true},
                 {{"0123456", "longer"}, false}};
    struct span kept[2] = {SPAN_NONE, SPAN_NONE};
    struct texts_pool p;
    struct texts t = {0};

    (void)state;
    texts_pool_init(&p);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const char *before = kept[1].data;
        struct span next[2];
        struct texts_row rows[2];

        for (size_t k = 0; k < 2; k++) {
            next[k] = span_of(steps[i].texts[k], strlen(steps[i].texts[k]));
            rows[k] = (struct texts_row){
                &kept[k], span_equal(kept[k], next[k]) ? kept[k] : next[k]};
        }
        texts_replace(&p, &t, rows, COUNT_OF(rows));
        for (size_t k = 0; k < 2; k++)
            assert_true(span_equal(kept[k], next[k]));
        assert_int_equal(kept[1].data == before, steps[i].in_place);
        assert_int_equal(p.blocks.used, 1);
    }
    texts_release(&p, &t);
    assert_int_equal(p.blocks.used, 0);
    texts_pool_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_once_and_in_time),
        cmocka_unit_test(timers_move_and_stop),
        cmocka_unit_test(pool_gives_zeroed_objects),
        cmocka_unit_test(texts_stay_until_released),
        cmocka_unit_test(large_texts_are_counted),
        cmocka_unit_test(texts_are_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
