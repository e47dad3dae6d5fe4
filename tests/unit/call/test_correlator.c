#include "call/scenario.h"

/* Plain calls on one hop: what every recorder must get right. */
static const struct scenario plain[] = {
    {"answered, caller hangs up",
     {"0 a>b INVITE", "10 b>a 100 INVITE", "200 b>a 180 INVITE to=b",
      "1200 b>a 200 INVITE to=b", "1210 a>b ACK to=b br=2",
      "5200 a>b BYE to=b br=3 cseq=2", "5230 b>a 200 BYE to=b br=3 cseq=2"},
     {"state=terminated disposition=answered status_code=200 from_tag=a "
      "to_tag=b invite_at=0 trying_at=10 progress_at=200 ringing_at=200 "
      "answered_at=1200 ack_at=1210 ended_at=5200 last_message_at=5230 "
      "pdd_ms=200 pdd_total_ms=200 ring_ms=1000 setup_ms=1200 talk_ms=4000 "
      "total_ms=5200 disconnect_ms=30 cancel_ms=- auth_ms=- invites=1 "
      "reinvites=0 messages=7 retransmissions=0 forks=0 branches=0 "
      "auth_challenges=0 ended_by=caller end_cause=bye end_exact=t "
      "caller_user=alice callee_user=bob way=a>b hops=ab evidence=- "
      "last_status_code=200"}},
    {"busy",
     {"0 a>b INVITE", "10 b>a 100 INVITE", "50 b>a 486 INVITE to=b",
      "51 a>b ACK to=b"},
     {"state=failed disposition=busy status_code=486 ended_at=50 pdd_ms=50 "
      "ended_by=callee end_cause=rejected end_exact=t ack_at=- to_tag=- "
      "answered_at=- talk_ms=- total_ms=50"}},
    {"still ringing at the end",
     {"0 a>b INVITE", "10 b>a 100 INVITE", "700 b>a 180 INVITE to=b"},
     {"state=proceeding disposition=unknown status_code=- ended_at=- "
      "ended_by=- end_cause=capture_end end_exact=- pdd_ms=700 "
      "evidence=no_end"}},
    {"still talking at the end",
     {"0 a>b INVITE", "700 b>a 200 INVITE to=b", "710 a>b ACK to=b br=2"},
     {"state=confirmed disposition=answered ended_at=- ended_by=- "
      "end_cause=capture_end talk_ms=- pdd_ms=700 setup_ms=700"}},
};

/* The call ends by the clock of the message before, among several looked at
 * together: its transaction was found, and is gone. */
static void a_transaction_may_go_after_it_was_found(void **state)
{
    for (int grouped = 0; grouped < 2; grouped++) {
        struct scenario_run run;

        (void)state;
        scenario_open(&run, "gone", false);
        run.grouped = grouped;
        scenario_step(&run, "0 a>b INVITE");
        scenario_step(&run, "50 b>a 486 INVITE to=b");
        scenario_step(&run, "60 clock");
        scenario_step(&run, "200000 c>d OPTIONS id=c2");
        scenario_step(&run, "200001 a>b INVITE");
        scenario_flush(&run);
        assert_int_equal(run.call_count, 1);
        assert_int_equal(correlator_end(run.correlator), 0);
        assert_int_equal(run.call_count, 2);
        assert_int_equal(
            correlator_counters_of(run.correlator)->retransmissions, 0);
        scenario_close(&run);
    }
}

static void plain_calls(void **state)
{
    (void)state;
    scenario_play_all(plain, COUNT_OF(plain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_calls),
        cmocka_unit_test(a_transaction_may_go_after_it_was_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
