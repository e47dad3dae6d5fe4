#include "test.h"

#include "base/hash.h"
#include "pipeline/fairness.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1790000000) * SECOND)
#define NEARLY_FULL (FAIRNESS_PARTS - 1)

static int64_t now_ns;

/* A message of the numbered call, from the numbered host. */
static bool admits(struct fairness *f, unsigned taken, uint32_t host,
                   uint32_t call, uint16_t status)
{
    char call_id[16];
    int length = snprintf(call_id, sizeof(call_id), "%u", call);
    struct observation o = {
        .arrival = {.time_ns = now_ns, .src = {.address = {.family = 4}}},
        .message = {.cseq_method = SIP_INVITE, .status_code = status}};

    memcpy(o.arrival.src.address.bytes, &host, sizeof(host));
    if (call)
        o.message.call_id = span_of(call_id, (size_t)length);
    o.message.call_id_hash = hash_span(o.message.call_id);
    return fairness_admit(f, &o, taken);
}

static struct fairness *begin(void)
{
    struct fairness *f;

    now_ns = START;
    assert_int_equal(fairness_new(&f), 0);
    return f;
}

/* Many messages of one host, each of a call of its own, as a flood has them. */
static uint32_t flood(struct fairness *f, unsigned taken, uint32_t count)
{
    static uint32_t call = 1000000;
    uint32_t admitted = 0;

    for (uint32_t i = 0; i < count; i++)
        admitted += admits(f, taken, 1, ++call, 0);
    return admitted;
}

static void all_comes_in_while_there_is_room(void **state)
{
    struct fairness *f = begin();

    (void)state;
    assert_int_equal(flood(f, 0, 10000), 10000);
    assert_int_equal(flood(f, FAIRNESS_COUNT_FROM, 10000), 10000);
    assert_int_equal(flood(f, FAIRNESS_HELD_FROM - 1, 10000), 10000);
    fairness_free(f);
}

static void then_one_who_sends_much_is_refused(void **state)
{
    struct fairness *f = begin();

    (void)state;
    (void)flood(f, FAIRNESS_COUNT_FROM, 10000);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(flood(f, FAIRNESS_HELD_FROM, 1000), 0);
        assert_true(admits(f, FAIRNESS_HELD_FROM, 2, 100 + i, 0));
        /* of that call all comes in, whoever sends it */
        assert_true(admits(f, NEARLY_FULL, 1, 100 + i, 200));
    }
    fairness_free(f);
}

/* A trunk that brings a tenth of all is heard longer than the flood, and a
   phone longest. */
static void the_fuller_the_less_it_may_send(void **state)
{
    struct fairness *f = begin();
    unsigned trunk_until = 0, phone_until = 0;

    (void)state;
    for (uint32_t i = 0; i < 30000; i++) {
        (void)admits(f, FAIRNESS_COUNT_FROM, 1, 1000000 + i, 0);
        if (i % 80 == 0)
            (void)admits(f, FAIRNESS_COUNT_FROM, 2, 2000000 + i, 0);
        if (i % 2000 == 0)
            (void)admits(f, FAIRNESS_COUNT_FROM, 3, 3000000 + i, 0);
    }
    for (unsigned taken = FAIRNESS_HELD_FROM; taken < FAIRNESS_PARTS; taken++) {
        assert_false(admits(f, taken, 1, 10 + taken, 0));
        if (admits(f, taken, 2, 30 + taken, 0))
            trunk_until = taken;
        if (admits(f, taken, 3, 50 + taken, 0))
            phone_until = taken;
    }
    assert_int_equal(trunk_until, FAIRNESS_HELD_FROM);
    assert_int_equal(phone_until, NEARLY_FULL - 1);
    fairness_free(f);
}

/* From addresses that are not its own: nobody stands out, known calls stay. */
static void a_flood_of_many_sources_takes_no_known_call(void **state)
{
    struct fairness *f = begin();

    (void)state;
    for (uint32_t i = 1; i <= 500; i++)
        assert_true(admits(f, 0, 9, i, 180));
    for (uint32_t i = 0; i < 500000; i++)
        assert_true(admits(f, FAIRNESS_COUNT_FROM, 10 + i, 1000 + i, 0));
    for (uint32_t i = 0; i < 1000; i++)
        assert_false(admits(f, NEARLY_FULL, 10 + i, 5000000 + i, 0));
    for (uint32_t i = 1; i <= 500; i++)
        assert_true(admits(f, NEARLY_FULL, 9, i, 0));
    fairness_free(f);
}

static void a_call_is_forgotten_in_the_end(void **state)
{
    struct fairness *f = begin();

    (void)state;
    assert_true(admits(f, 0, 1, 1, 200));
    assert_true(admits(f, FAIRNESS_COUNT_FROM, 2, 2, 0));
    assert_true(admits(f, 0, 1, 3, 100)); /* says nothing of a call */
    (void)flood(f, FAIRNESS_COUNT_FROM, 10000);
    assert_false(admits(f, NEARLY_FULL, 1, 3, 0));
    now_ns += FAIRNESS_QUIET_S * SECOND;
    assert_true(admits(f, NEARLY_FULL, 1, 2, 0));
    now_ns += SECOND;
    assert_false(admits(f, NEARLY_FULL, 1, 2, 0));
    assert_true(admits(f, NEARLY_FULL, 1, 1, 0));
    now_ns += FAIRNESS_CALL_S * SECOND;
    assert_false(admits(f, NEARLY_FULL, 1, 1, 0));
    fairness_free(f);
}

/* Who flooded an hour ago is not held to it for ever. */
static void counts_fade(void **state)
{
    struct fairness *f = begin();

    (void)state;
    (void)flood(f, FAIRNESS_COUNT_FROM, 50000);
    assert_false(admits(f, FAIRNESS_HELD_FROM, 1, 1, 0));
    for (uint32_t i = 0; i < 400000; i++)
        (void)admits(f, FAIRNESS_COUNT_FROM, 100 + i % 5000, 2000 + i, 0);
    assert_true(admits(f, FAIRNESS_HELD_FROM, 1, 2, 0));
    fairness_free(f);
}

static void without_a_call_id_the_source_decides(void **state)
{
    struct fairness *f = begin();

    (void)state;
    assert_true(admits(f, 0, 1, 0, 200));
    (void)flood(f, FAIRNESS_COUNT_FROM, 10000);
    assert_true(admits(f, FAIRNESS_COUNT_FROM, 1, 0, 0));
    assert_false(admits(f, FAIRNESS_HELD_FROM, 1, 0, 0));
    assert_true(admits(f, FAIRNESS_HELD_FROM, 2, 0, 0));
    fairness_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_in_while_there_is_room),
        cmocka_unit_test(then_one_who_sends_much_is_refused),
        cmocka_unit_test(the_fuller_the_less_it_may_send),
        cmocka_unit_test(a_flood_of_many_sources_takes_no_known_call),
        cmocka_unit_test(a_call_is_forgotten_in_the_end),
        cmocka_unit_test(counts_fade),
        cmocka_unit_test(without_a_call_id_the_source_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
