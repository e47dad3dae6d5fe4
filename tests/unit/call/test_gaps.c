#include "call/scenario.h"

#include "call/gap_memory.h"
#include "call/gap_rows.h"

#define SECOND INT64_C(1000000000)
#define T0 (SCENARIO_T0_US * 1000)

/* --- rows ----------------------------------------------------------------- */

struct told {
    struct capture_gap last;
    uint64_t rows;
    uint64_t gaps;
    uint64_t bytes;
    uint64_t bare; /* rows without addresses */
};

static int take_row(void *arg, const struct capture_gap *gap)
{
    struct told *t = arg;

    t->last = *gap;
    t->rows++;
    t->gaps += gap->gaps;
    t->bytes += gap->bytes;
    t->bare += gap->src.family == 0;
    return 0;
}

static struct address host(uint32_t number)
{
    const uint8_t bytes[4] = {10, (uint8_t)(number >> 16),
                              (uint8_t)(number >> 8), (uint8_t)number};

    return address_v4(bytes);
}

static struct capture_gap gap_at(int64_t from_ms, int64_t to_ms, uint32_t src,
                                 uint32_t dst)
{
    struct capture_gap g = {.kind = GAP_TCP,
                            .from_ns = T0 + from_ms * 1000000,
                            .to_ns = T0 + to_ms * 1000000,
                            .bytes = 100};

    if (src) {
        g.src = host(src);
        g.dst = host(dst);
    }
    return g;
}

static void rows_open(struct gap_rows *r, struct told *t)
{
    memset(t, 0, sizeof(*t));
    assert_int_equal(gap_rows_init(r), 0);
    r->row_fn = take_row;
    r->arg = t;
}

static void add(struct gap_rows *r, const struct capture_gap *g)
{
    assert_int_equal(gap_rows_add(r, g), 0);
}

static void close_rows(struct gap_rows *r)
{
    assert_int_equal(gap_rows_expire(r, INT64_MAX), 0);
    assert_int_equal(r->open.count, 0);
    gap_rows_fini(r);
}

static void test_gaps_of_one_place_share_a_row(void **state)
{
    static const struct {
        int64_t from_ms;
        int64_t to_ms;
        uint32_t src;
        uint64_t rows; /* told once it is in */
    } steps[] = {
        {0, 10, 'a', 0},       {5000, 5010, 'a', 0},   {6000, 6000, 'b', 0},
        {9000, 10010, 'a', 0}, {10000, 10011, 'a', 1}, {10000, 16000, 'b', 1},
    };
    struct gap_rows r;
    struct told t;

    (void)state;
    rows_open(&r, &t);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct capture_gap g =
            gap_at(steps[i].from_ms, steps[i].to_ms, steps[i].src, 'z');

        add(&r, &g);
        assert_int_equal(t.rows, steps[i].rows);
    }
    assert_int_equal(t.last.gaps, 3);
    assert_int_equal(t.last.bytes, 300);
    assert_int_equal(t.last.from_ns, T0);
    assert_int_equal(t.last.to_ns, T0 + 10010 * INT64_C(1000000));
    assert_int_equal(gap_rows_expire(&r, T0 + 17 * SECOND), 0);
    assert_int_equal(t.rows, 2); /* the window of b is past */
    close_rows(&r);
    assert_int_equal(t.rows, 3);
    assert_int_equal(t.gaps, COUNT_OF(steps));
}

static void test_places_and_kinds_are_apart(void **state)
{
    struct gap_rows r;
    struct told t;
    struct capture_gap g = gap_at(0, 10, 'a', 'b');

    (void)state;
    rows_open(&r, &t);
    add(&r, &g);
    g.kind = GAP_TRUNCATION;
    add(&r, &g);
    g.source = 7;
    add(&r, &g);
    g = gap_at(0, 10, 'b', 'a');
    add(&r, &g);
    g = gap_at(0, 10, 0, 0);
    add(&r, &g);
    close_rows(&r);
    assert_int_equal(t.rows, 5);
    assert_int_equal(t.bare, 1);
}

/* A million gaps, each between other addresses: an end to the rows, and
   nothing uncounted. */
static void test_rows_are_bounded(void **state)
{
    struct gap_rows r;
    struct told t;
    uint64_t half = 0;

    (void)state;
    rows_open(&r, &t);
    for (uint32_t i = 0; i < 1000000; i++) {
        struct capture_gap g = gap_at(i * 20, i * 20 + 10, i + 1, 'z');

        add(&r, &g);
        assert_true(r.open.count <= 66);
        if (i == 500000)
            half = t.rows;
    }
    close_rows(&r);
    assert_int_equal(t.gaps, 1000000);
    assert_int_equal(t.bytes, 100000000);
    assert_true(t.rows < 30000);
    assert_true(t.rows - half < 5000);
}

/* --- memory -----------------------------------------------------------------
 */

static bool touches(const struct gap_memory *m, uint32_t a, uint32_t b,
                    int64_t from_ms, int64_t to_ms)
{
    struct address src = host(a);
    struct address dst = host(b);
    uint64_t pair = gap_pair_hash(&src, &dst);
    struct gap_span span = {T0 + from_ms * 1000000, T0 + to_ms * 1000000};

    return gap_memory_touches(m, &pair, 1, &span);
}

static void test_memory(void **state)
{
    struct gap_memory m;
    struct capture_gap g = gap_at(100000, 101000, 'a', 'b');

    (void)state;
    assert_int_equal(gap_memory_init(&m), 0);
    assert_true(gap_memory_is_empty(&m));
    assert_int_equal(gap_memory_add(&m, &g), 0);
    assert_true(touches(&m, 'a', 'b', 100500, 100600));
    assert_true(touches(&m, 'b', 'a', 0, 96000)); /* either way round */
    assert_false(touches(&m, 'b', 'a', 0, 95999));
    assert_true(touches(&m, 'a', 'b', 105000, 200000));
    assert_false(touches(&m, 'a', 'b', 105001, 200000));
    assert_false(touches(&m, 'a', 'c', 0, 200000));
    g = gap_at(300000, 300000, 0, 0);
    assert_int_equal(gap_memory_add(&m, &g), 0);
    assert_true(touches(&m, 'a', 'c', 299000, 299500));
    assert_false(touches(&m, 'a', 'c', 0, 200000));
    gap_memory_fini(&m);
}

/* Rather named once too often than forgotten; places have an end. */
static void test_memory_is_bounded(void **state)
{
    struct gap_memory m;

    (void)state;
    assert_int_equal(gap_memory_init(&m), 0);
    for (int i = 0; i < 100; i++) {
        struct capture_gap g = gap_at(i * 60000, i * 60000 + 1, 'a', 'b');

        assert_int_equal(gap_memory_add(&m, &g), 0);
    }
    for (int i = 0; i < 100; i++)
        assert_true(touches(&m, 'a', 'b', i * 60000, i * 60000));
    assert_false(touches(&m, 'a', 'b', 99 * 60000 - 30000, 99 * 60000 - 20000));
    for (uint32_t i = 0; i < 50000; i++) {
        struct capture_gap g = gap_at(0, 1, 1000 + i, 'b');

        assert_int_equal(gap_memory_add(&m, &g), 0);
    }
    assert_int_equal(m.pairs.count, 16384);
    assert_int_equal(m.forgotten, 50001 - 16384);
    gap_memory_fini(&m);
}

/* --- evidence
 * ----------------------------------------------------------------- */

#define CALL                                                                   \
    "0 a>b INVITE br=i", "10 b>a 180 INVITE br=i to=t",                        \
        "20 b>a 200 INVITE br=i to=t", "30 a>b ACK br=k to=t",                 \
        "20000 a>b BYE cseq=2 br=y to=t", "20010 b>a 200 BYE cseq=2 br=y to=t"

/* The same call with one gap: does it say so? */
static void test_evidence(void **state)
{
    static const struct {
        const char *name;
        int64_t from_ms;
        int64_t to_ms;
        char src; /* 0: no addresses */
        char dst;
        bool touched;
    } rows[] = {
        {"in the middle", 10000, 10100, 'a', 'b', true},
        {"the other way", 10000, 10100, 'b', 'a', true},
        {"elsewhere", 10000, 10100, 'a', 'c', false},
        {"dropped by the kernel", 10000, 10100, 0, 0, true},
        {"just before it", -4100, -4000, 'a', 'b', true},
        {"long before it", -5100, -5000, 'a', 'b', false},
        {"after its end was seen", 25000, 25100, 'a', 'b', false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const char *const steps[] = {CALL, "26000 clock"};
        struct capture_gap g = gap_at(rows[i].from_ms, rows[i].to_ms, 0, 0);
        struct scenario_run run;

        if (rows[i].src) {
            char text[2] = {rows[i].src, 0};

            g.src = scenario_endpoint(text).address;
            text[0] = rows[i].dst;
            g.dst = scenario_endpoint(text).address;
        }
        scenario_open(&run, rows[i].name, true);
        for (size_t k = 0; k < COUNT_OF(steps); k++)
            scenario_step(&run, steps[k]);
        assert_int_equal(correlator_gap(run.correlator, &g), 0);
        assert_int_equal(correlator_end(run.correlator), 0);
        scenario_expect(
            &run, 0, rows[i].touched ? "evidence=capture_gap" : "evidence=-");
        assert_int_equal(correlator_counters_of(run.correlator)->gaps, 1);
        scenario_close(&run);
    }
}

/* A call that was not seen to end may have lost its BYE at any later time. */
static void test_evidence_of_a_running_call(void **state)
{
    static const char *const steps[] = {"0 a>b INVITE br=i",
                                        "20 b>a 200 INVITE br=i to=t",
                                        "30 a>b ACK br=k to=t", "900000 clock"};
    struct capture_gap g = gap_at(800000, 800001, 0, 0);
    struct scenario_run run;

    (void)state;
    scenario_open(&run, "running", true);
    for (size_t k = 0; k < COUNT_OF(steps); k++)
        scenario_step(&run, steps[k]);
    assert_int_equal(correlator_gap(run.correlator, &g), 0);
    assert_int_equal(correlator_end(run.correlator), 0);
    scenario_expect(&run, 0, "evidence=no_end,capture_gap");
    scenario_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps_of_one_place_share_a_row),
        cmocka_unit_test(test_places_and_kinds_are_apart),
        cmocka_unit_test(test_rows_are_bounded),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_evidence_of_a_running_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
