/*
 * Sentences of RECORDS.md, R4 to R12, that no other test holds. Which test
 * holds which sentence: tests/cases/rules.tsv.
 */
#include "call/scenario.h"

static const struct scenario hops[] = {
    {"finals of later hops in the order of time",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2", "2 p>c INVITE br=3 vias=2",
      "200 c>p 404 INVITE to=c br=3 vias=2",
      "900 b>p 486 INVITE to=b br=2 vias=2", "905 p>a 480 INVITE to=p"},
     {"branch_statuses=404,486 status_code=480 last_status_code=480"}},
    {"of equal Vias the earliest is the reference",
     {"0 p>b INVITE br=2 vias=2", "1 p>c INVITE br=3 vias=2",
      "300 b>p 486 INVITE to=b br=2 vias=2",
      "400 c>p 404 INVITE to=c br=3 vias=2"},
     {"way=p>b status_code=486 branch_statuses=404 invites=1 total_ms=300"}},
    {"a later hop rings first and answers last: hop 1 has the times",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "100 b>p 180 INVITE to=b br=2 vias=2", "130 p>a 180 INVITE to=b",
      "600 b>p 200 INVITE to=b br=2 vias=2", "640 p>a 200 INVITE to=b",
      "650 a>p ACK to=b br=3", "660 p>b ACK to=b br=4 vias=2"},
     {"pdd_ms=130 setup_ms=640 ring_ms=510 ack_at=650 evidence=no_end"}},
};

#define CHALLENGED "0 a>b INVITE", "20 b>a 401 INVITE to=x", "21 a>b ACK to=x"

static const struct scenario attempts[] = {
    {"without tags the From URI tells callers apart",
     {"0 a>b INVITE notag fromuri=sip:x@y",
      "5 a>b INVITE notag fromuri=sip:z@y br=2",
      "500 b>a 486 INVITE notag fromuri=sip:x@y to=b",
      "600 b>a 404 INVITE notag fromuri=sip:z@y to=b br=2"},
     {"disposition=busy from_tag=- invites=1",
      "disposition=not_found from_tag=- invites=1"}},
    {"a challenge, and another callee: another call",
     {CHALLENGED, "30 a>b INVITE from=z br=2 cseq=2 touri=sip:other@x",
      "500 b>a 486 INVITE from=z to=b br=2 cseq=2 touri=sip:other@x"},
     {"disposition=auth_failed invites=1", "disposition=busy invites=1"}},
    {"a challenge, and another caller: another call",
     {CHALLENGED, "30 a>b INVITE from=z br=2 cseq=2 fromuri=sip:other@x",
      "500 b>a 486 INVITE from=z to=b br=2 cseq=2 fromuri=sip:other@x"},
     {"disposition=auth_failed invites=1", "disposition=busy invites=1"}},
    {"a challenge, and an INVITE from elsewhere: another call",
     {CHALLENGED, "30 c>b INVITE from=z br=2 cseq=2",
      "500 b>c 486 INVITE from=z to=b br=2 cseq=2"},
     {"disposition=auth_failed invites=1", "disposition=busy invites=1"}},
    {"a challenge, and an INVITE to elsewhere: another call",
     {CHALLENGED, "30 a>c INVITE from=z br=2 cseq=2",
      "500 c>a 486 INVITE from=z to=b br=2 cseq=2"},
     {"disposition=auth_failed invites=1", "disposition=busy invites=1"}},
    {"a challenge, and a CSeq that is no higher: another call",
     {CHALLENGED, "30 a>b INVITE from=z br=2 cseq=1",
      "500 b>a 486 INVITE from=z to=b br=2 cseq=1"},
     {"disposition=auth_failed invites=1", "disposition=busy invites=1"}},
    {"tried again after any final, within 32 s",
     {"0 a>b INVITE", "20 b>a 503 INVITE to=x", "21 a>b ACK to=x",
      "31000 a>b INVITE br=2 cseq=2", "31500 b>a 486 INVITE to=b br=2 cseq=2"},
     {"disposition=busy invites=2 pdd_ms=500 pdd_total_ms=31500 "
      "total_ms=31500 auth_challenges=0"}},
    {"after its end the same tag begins another call",
     {"0 a>b INVITE", "20 b>a 200 INVITE to=b", "21 a>b ACK to=b br=2",
      "500 a>b BYE to=b br=3 cseq=2", "510 b>a 200 BYE to=b br=3 cseq=2",
      "2000 a>b INVITE br=4 cseq=3", "2500 b>a 486 INVITE to=c br=4 cseq=3"},
     {"disposition=answered talk_ms=480 group_key=0",
      "disposition=busy invites=1"}},
};

static const struct scenario revised[] = {
    {"a session timer ran out, and yet it speaks",
     {"0 a>b INVITE",
      "500 b>a 200 INVITE to=b | Session-Expires: 90;refresher=uac",
      "510 a>b ACK to=b br=2", "100000 clock",
      "110000 a>b BYE to=b br=3 cseq=2", "110010 b>a 200 BYE to=b br=3 cseq=2"},
     {"end_cause=bye ended_at=110000 end_exact=t ended_by=caller "
      "talk_ms=109500 evidence=-"}},
    {"the same as long again afterwards",
     {"0 a>b INVITE",
      "500 b>a 200 INVITE to=b | Session-Expires: 90;refresher=uac",
      "510 a>b ACK to=b br=2", "100000 clock", "130000 clock",
      "170000 a>b INVITE to=b br=3 cseq=2",
      "170010 b>a 200 INVITE to=b br=3 cseq=2",
      "170020 a>b ACK to=b br=4 cseq=2", "171000 clock"},
     {"end_cause=capture_end ended_at=- reinvites=1 talk_ms=-"}},
    {"nobody answered for 40 s, and then one does",
     {"0 a>b INVITE", "500 a>b INVITE", "1500 a>b INVITE", "3500 a>b INVITE",
      "7500 a>b INVITE", "15500 a>b INVITE", "31500 a>b INVITE", "40000 clock",
      "41000 b>a 200 INVITE to=b", "41010 a>b ACK to=b br=2"},
     {"disposition=answered setup_ms=41000 state=confirmed"}},
    {"a dialog was lost, and yet a request succeeds in it",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "9000 a>b INVITE to=b br=3 cseq=2",
      "9010 b>a 481 INVITE to=b br=3 cseq=2", "9020 a>b ACK to=b br=3 cseq=2",
      "10000 a>b INFO to=b br=4 cseq=3", "10010 b>a 200 INFO to=b br=4 cseq=3",
      "20000 a>b BYE to=b br=5 cseq=4", "20010 b>a 200 BYE to=b br=5 cseq=4"},
     {"end_cause=bye ended_at=20000 talk_ms=19500"}},
};

#define REASON(value) " | Reason: " value

static const struct scenario results[] = {
    {"elsewhere, by Q.850 in the CANCEL",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b",
      "2000 a>b CANCEL" REASON("Q.850;cause=26"), "2001 b>a 200 CANCEL to=b",
      "2002 b>a 487 INVITE to=b"},
     {"disposition=answered_elsewhere reason_q850=26 ended_by=caller"}},
    {"elsewhere, by the final after a CANCEL without words",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "2000 a>b CANCEL",
      "2001 b>a 200 CANCEL to=b",
      "2002 b>a 487 INVITE to=b" REASON("SIP;cause=200")},
     {"disposition=answered_elsewhere reason_sip=200 ended_by=caller"}},
    {"a CANCEL after the final cancels nothing",
     {"0 a>b INVITE", "100 b>a 486 INVITE to=b", "101 a>b ACK to=b",
      "200 a>b CANCEL", "210 b>a 481 CANCEL to=b"},
     {"disposition=busy ended_at=100 ended_by=callee"}},
    {"an unknown 1xx is a 183",
     {"0 a>b INVITE", "100 b>a 155 INVITE to=b", "900 b>a 480 INVITE to=b"},
     {"disposition=no_answer pdd_ms=100 progress_at=100 ringing_at=-"}},
    {"181 and 182 ring, too",
     {"0 a>b INVITE", "100 b>a 181 INVITE to=p", "900 b>a 480 INVITE to=b",
      "0 a>b INVITE id=2", "100 b>a 182 INVITE id=2 to=p",
      "900 b>a 408 INVITE id=2 to=b"},
     {"disposition=no_answer forwarded_at=100 ended_by=network",
      "disposition=no_answer queued_at=100 ended_by=network"}},
    {"nothing sent again over UDP: the answer went past us",
     {"0 a>b INVITE", "60000 clock"},
     {"disposition=unknown evidence=one_direction ended_by=unknown ended_at=- "
      "end_cause=no_response end_exact=f"}},
    {"what ended before its final is not known",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "200 clock"},
     {"disposition=unknown state=proceeding end_cause=capture_end"}},
};

static const struct scenario ends[] = {
    {"a BYE that nothing answers",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 a>b BYE to=b br=3 cseq=2", "60000 clock"},
     {"end_cause=bye_unconfirmed ended_at=1500 end_exact=t ended_by=caller "
      "disconnect_ms=- state=terminated talk_ms=1000"}},
    {"a BYE that is refused has ended it all the same",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 a>b BYE to=b br=3 cseq=2", "1510 b>a 500 BYE to=b br=3 cseq=2"},
     {"end_cause=bye ended_at=1500 end_exact=t disconnect_ms=- talk_ms=1000"}},
    {"408 to an UPDATE loses the dialog",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "9000 a>b UPDATE to=b br=3 cseq=2",
      "9010 b>a 408 UPDATE to=b br=3 cseq=2", "80000 clock"},
     {"end_cause=dialog_lost ended_at=9010 end_exact=f"}},
    {"481 to SUBSCRIBE and REFER ends these usages only",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "9000 a>b REFER to=b br=3 cseq=2", "9010 b>a 481 REFER to=b br=3 cseq=2",
      "9100 a>b SUBSCRIBE to=b br=4 cseq=3",
      "9110 b>a 481 SUBSCRIBE to=b br=4 cseq=3", "80000 clock"},
     {"end_cause=capture_end ended_at=- ended_by=-"}},
    {"a BYE of neither party to one of them only: by its tag",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2",
      "9000 p>a BYE from=b to=a br=8 cseq=7",
      "9010 a>p 200 BYE from=b to=a br=8 cseq=7"},
     {"ended_by=callee ended_at=9000"}},
    {"and to both, but more than a second apart",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2",
      "9000 p>a BYE from=b to=a br=8 cseq=7",
      "9010 a>p 200 BYE from=b to=a br=8 cseq=7",
      "10100 p>b BYE to=b br=9 cseq=7", "10110 b>p 200 BYE to=b br=9 cseq=7"},
     {"ended_by=callee ended_at=9000"}},
    {"silent for a day: idle",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "90000000 clock"},
     {"end_cause=idle ended_by=timeout end_exact=f evidence=no_end"}},
    {"a final of the network, and one of a callee that rang",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "900 b>a 503 INVITE to=b",
      "0 a>b INVITE id=2", "100 b>a 180 INVITE id=2 to=b",
      "900 b>a 503 INVITE id=2 to=p"},
     {"ended_by=callee disposition=server_error",
      "ended_by=network disposition=server_error"}},
};

#define TIMED " | Session-Expires: 90;refresher=uac"

static const struct scenario timers[] = {
    {"the timer of the last 2xx counts, an UPDATE's too",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b" TIMED, "510 a>b ACK to=b br=2",
      "40000 a>b UPDATE to=b br=3 cseq=2",
      "40010 b>a 200 UPDATE to=b br=3 cseq=2"
      " | Session-Expires: 120;refresher=uac",
      "300000 clock"},
     {"end_cause=session_timer ended_at=160010 ended_by=timeout end_exact=f"}},
    {"not so where the callee was to refresh, and was not heard",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b" TIMED, "510 a>b ACK to=b br=2",
      "40000 a>b UPDATE to=b br=3 cseq=2",
      "40010 b>a 200 UPDATE to=b br=3 cseq=2"
      " | Session-Expires: 120;refresher=uas",
      "300000 clock"},
     {"end_cause=capture_end ended_at=-"}},
    {"whatever is said in the dialog keeps it",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b" TIMED, "510 a>b ACK to=b br=2",
      "80000 a>b INFO to=b br=3 cseq=2", "80010 b>a 200 INFO to=b br=3 cseq=2",
      "300000 clock"},
     {"end_cause=capture_end ended_at=-"}},
    {"not yet",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b" TIMED, "510 a>b ACK to=b br=2",
      "90000 clock"},
     {"end_cause=capture_end ended_at=-"}},
};

static const struct scenario counts[] = {
    {"one CSeq of either side is two re-INVITEs",
     {"0 a>b INVITE cseq=1", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1000 a>b INVITE to=b br=3 cseq=2",
      "1010 b>a 200 INVITE to=b br=3 cseq=2", "1020 a>b ACK to=b br=4 cseq=2",
      "2000 b>a INVITE from=b to=a br=5 cseq=2",
      "2500 b>a INVITE from=b to=a br=5 cseq=2",
      "2510 a>b 200 INVITE from=b to=a br=5 cseq=2",
      "2520 b>a ACK from=b to=a br=6 cseq=2"},
     {"invites=1 reinvites=2 messages=10 retransmissions=1"}},
    {"one re-INVITE on two hops is one",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2",
      "900 a>p INVITE to=b br=5 cseq=2",
      "901 p>b INVITE to=b br=6 cseq=2 "
      "vias=2"},
     {"reinvites=1 invites=1"}},
    {"forks on hop 1 only, a To tag in a 100 is none",
     {"0 a>p INVITE", "1 p>a 100 INVITE to=p", "2 p>b INVITE br=2 vias=2",
      "3 p>c INVITE br=3 vias=2", "4 p>d INVITE br=4 vias=2",
      "100 b>p 180 INVITE to=b br=2 vias=2", "101 p>a 180 INVITE to=b",
      "110 c>p 183 INVITE to=c br=3 vias=2", "111 p>a 183 INVITE to=c",
      "120 d>p 180 INVITE to=d br=4 vias=2",
      "900 b>p 200 INVITE to=b br=2 vias=2", "901 p>a 200 INVITE to=b"},
     {"forks=1 branches=3 invites=1"}},
    {"branches: those of the hop farthest down",
     {"0 a>p INVITE", "1 p>q INVITE br=2 vias=2", "2 q>b INVITE br=3 vias=3",
      "3 q>c INVITE br=4 vias=3", "900 b>q 486 INVITE to=b br=3 vias=3"},
     {"branches=2 hops=apqbc"}},
    {"sent again, of every method and on every hop",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2", "501 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2",
      "900 a>p BYE to=b br=5 cseq=2", "1400 a>p BYE to=b br=5 cseq=2",
      "1401 p>b BYE to=b br=6 cseq=2 vias=2",
      "1410 b>p 200 BYE to=b br=6 cseq=2 vias=2",
      "1411 p>a 200 BYE to=b br=5 cseq=2", "1500 p>a 200 BYE to=b br=5 cseq=2"},
     {"retransmissions=3 messages=13 ended_at=900 disconnect_ms=511"}},
};

static const struct scenario times[] = {
    {"running: no talk time, no total",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "500 b>a 200 INVITE to=b",
      "510 a>b ACK to=b br=2", "5000 clock"},
     {"talk_ms=- total_ms=- setup_ms=500 ring_ms=400 pdd_ms=100 "
      "disconnect_ms=-"}},
    {"ringing to the final, and to the CANCEL",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "900 b>a 486 INVITE to=b",
      "0 a>b INVITE id=2", "100 b>a 180 INVITE id=2 to=b",
      "700 a>b CANCEL id=2", "900 b>a 487 INVITE id=2 to=b"},
     {"ring_ms=800 setup_ms=- cancel_ms=-",
      "ring_ms=600 setup_ms=- cancel_ms=700 total_ms=900"}},
    {"each from the first transmission",
     {"0 a>b INVITE", "500 a>b INVITE", "600 b>a 180 INVITE to=b",
      "900 b>a 200 INVITE to=b", "1400 b>a 200 INVITE to=b",
      "1410 a>b ACK to=b br=2", "3000 a>b BYE to=b br=3 cseq=2",
      "3500 a>b BYE to=b br=3 cseq=2", "3510 b>a 200 BYE to=b br=3 cseq=2"},
     {"pdd_ms=600 setup_ms=900 talk_ms=2100 disconnect_ms=510 total_ms=3000"}},
    {"a round of authentication: which count from where",
     {"0 a>p INVITE", "40 p>a 407 INVITE to=p", "41 a>p ACK to=p",
      "50 a>p INVITE br=2 cseq=2", "80 p>a 180 INVITE to=b br=2 cseq=2",
      "950 p>a 200 INVITE to=b br=2 cseq=2", "960 a>p ACK to=b br=3 cseq=2",
      "2950 p>a BYE from=b to=a br=4 cseq=9"},
     {"pdd_ms=30 pdd_total_ms=80 setup_ms=900 total_ms=2950 talk_ms=2000 "
      "auth_ms=40 auth_challenges=1 invite_at=0 invites=2"}},
};

#define PLAY(name, scenarios)                                                  \
    static void name(void **state)                                             \
    {                                                                          \
        (void)state;                                                           \
        scenario_play_all(scenarios, COUNT_OF(scenarios));                     \
    }
PLAY(r4_hops, hops)
PLAY(r5_attempts, attempts)
PLAY(r7_revised, revised)
PLAY(r8_results, results)
PLAY(r9_ends, ends)
PLAY(r10_timers, timers)
PLAY(r11_counts, counts)
PLAY(r12_times, times)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r4_hops),    cmocka_unit_test(r5_attempts),
        cmocka_unit_test(r7_revised), cmocka_unit_test(r8_results),
        cmocka_unit_test(r9_ends),    cmocka_unit_test(r10_timers),
        cmocka_unit_test(r11_counts), cmocka_unit_test(r12_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
