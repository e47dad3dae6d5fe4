#include "scenario.h"

#include "call/bound.h"
#include "call/state.h"

#define FLOOD 400

static void open_with(struct scenario_run *run, size_t open_bytes)
{
    struct correlator_limits limits = correlator_limits_default;
    const struct record_sink sink = {.arg = run, .call_fn = scenario_take_call};

    memset(run, 0, sizeof(*run));
    run->name = "bound";
    scenario_limits(&limits);
    limits.open_bytes = open_bytes;
    run->pool = slab_pool_new(64);
    assert_non_null(run->pool);
    assert_int_equal(correlator_new(&limits, &sink, &run->correlator), 0);
}

static void invite(struct scenario_run *run, unsigned number)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "10 x>p INVITE sdp id=f%u from=f%u br=f%u", number, number,
                   number);
    scenario_step(run, text);
}

static void answer(struct scenario_run *run, unsigned number)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "11 p>x 200 INVITE sdp id=f%u from=f%u to=g br=f%u", number,
                   number, number);
    scenario_step(run, text);
}

/* Records of a flood are not looked at. */
static int forget_call(void *arg, const struct call_record *call)
{
    struct scenario_run *run = arg;

    return call->end_cause == END_BYE ? scenario_take_call(run, call) : 0;
}

static void talk(struct scenario_run *run)
{
    scenario_step(run, "0 a>p INVITE sdp id=talk from=t br=t1");
    scenario_step(run, "1 p>a 200 INVITE sdp id=talk from=t to=u br=t1");
    scenario_step(run, "2 a>p ACK id=talk from=t to=u br=t2");
    scenario_step(run, "3 a>p INVITE sdp id=ring from=r br=r1");
    scenario_step(run, "4 p>a 180 INVITE id=ring from=r to=s br=r1");
}

static void hang_up(struct scenario_run *run)
{
    scenario_step(run, "5000 a>p BYE cseq=2 id=talk from=t to=u br=t3");
    scenario_step(run, "5001 p>a 200 BYE cseq=2 id=talk from=t to=u br=t3");
    scenario_step(run, "5010 p>a 200 INVITE sdp id=ring from=r to=s br=r1");
    scenario_step(run, "5011 a>p ACK id=ring from=r to=s br=r2");
    scenario_step(run, "5020 p>a BYE id=ring from=s to=r br=r3");
    scenario_step(run, "5021 a>p 200 BYE id=ring from=s to=r br=r3");
}

/* However many INVITEs come that nobody answers: what is open takes no more
 * than it may, and calls that ring or talk are not pushed out for them. */
static void a_flood_pushes_out_itself(void **state)
{
    const size_t bytes = 256 << 10;
    struct scenario_run run;

    (void)state;
    open_with(&run, bytes);
    run.correlator->sink.call_fn = forget_call;
    talk(&run);
    for (unsigned i = 0; i < FLOOD; i++) {
        invite(&run, i);
        assert_true(bound_bytes(run.correlator) < bytes + (bytes / 4));
    }
    assert_true(run.correlator->counters.exchanges_dropped > FLOOD / 4);
    assert_int_equal(
        run.correlator->counters.anomalies[ANOMALY_CALL_TABLE_FULL],
        run.correlator->counters.exchanges_dropped);
    hang_up(&run);
    assert_int_equal(correlator_end(run.correlator), 0);
    assert_int_equal(run.call_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(run.views[i].record.disposition, CALL_ANSWERED);
    scenario_close(&run);
}

/* Where all of them talk, the one that began first makes room. */
static void where_all_talk_the_oldest_goes(void **state)
{
    struct scenario_run run;

    (void)state;
    open_with(&run, 128 << 10);
    run.correlator->sink.call_fn = forget_call;
    talk(&run);
    for (unsigned i = 0; i < FLOOD / 4; i++) {
        invite(&run, i);
        answer(&run, i);
    }
    assert_true(run.correlator->counters.exchanges_dropped > 0);
    hang_up(&run);
    assert_int_equal(correlator_end(run.correlator), 0);
    for (size_t i = 0; i < run.call_count; i++)
        assert_int_not_equal(run.views[i].record.disposition, CALL_ANSWERED);
    scenario_close(&run);
}

/* A call that was hung up is of use no more: it goes before one that talks. */
static void what_is_over_goes_first(void **state)
{
    struct scenario_run run;
    struct exchange *victim;

    (void)state;
    open_with(&run, 1 << 20);
    talk(&run);
    assert_int_equal(run.correlator->light_count, 0);
    scenario_step(&run, "20 a>p BYE id=ring from=r to=s br=r9 cseq=2");
    assert_int_equal(run.correlator->light_count, 1);
    victim = bound_victim(run.correlator);
    assert_non_null(victim);
    assert_true(span_equal(victim->group->call_id, SPAN_LITERAL("ring")));
    assert_int_equal(correlator_end(run.correlator), 0);
    assert_int_equal(run.correlator->light_count, 0);
    assert_null(bound_victim(run.correlator));
    scenario_close(&run);
}

static void limits_follow_from_memory(void **state)
{
    static const struct {
        uint64_t memory_bytes;
        size_t exchanges;
        size_t open_bytes;
    } rows[] = {
        {(uint64_t)1 << 30, 1000000, (size_t)640 << 20},
        {(uint64_t)4 << 30, 4000000, (size_t)2560 << 20},
        {(uint64_t)512 << 20, 500000, (size_t)320 << 20},
        {(uint64_t)64 << 20, 62500, (size_t)40 << 20},
        {1, 62500, (size_t)40 << 20},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct correlator_limits l = correlator_limits_default;

        correlator_limits_for(rows[i].memory_bytes, &l);
        assert_int_equal(l.exchanges, rows[i].exchanges);
        assert_int_equal(l.open_bytes, rows[i].open_bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_pushes_out_itself),
        cmocka_unit_test(where_all_talk_the_oldest_goes),
        cmocka_unit_test(what_is_over_goes_first),
        cmocka_unit_test(limits_follow_from_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
