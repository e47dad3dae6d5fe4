#include "call/scenario.h"

/* The faults found in other recorders (RECORDS.md) that correlation can
 * commit: each scenario fails where the fault is put in. */
static const struct scenario faults[] = {
    {"1: a 401 in mid-call leaves it answered",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1000 a>b INVITE to=b br=3 cseq=2",
      "1010 b>a 401 INVITE to=b br=3 cseq=2", "1011 a>b ACK to=b br=3 cseq=2",
      "1020 a>b INVITE to=b br=4 cseq=3",
      "1030 b>a 200 INVITE to=b br=4 cseq=3", "1031 a>b ACK to=b br=5 cseq=3",
      "4500 b>a BYE from=b to=a br=6 cseq=1",
      "4510 a>b 200 BYE from=b to=a br=6 cseq=1"},
     {"state=terminated disposition=answered status_code=200 invites=1 "
      "reinvites=2 talk_ms=4000 ended_by=callee auth_challenges=0"}},
    {"1: a 488 to a re-INVITE leaves it answered",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1000 b>a INVITE from=b to=a br=3 cseq=7",
      "1010 a>b 488 INVITE from=b to=a br=3 cseq=7",
      "1011 b>a ACK from=b to=a br=3 cseq=7", "2500 a>b BYE to=b br=6 cseq=2",
      "2510 b>a 200 BYE to=b br=6 cseq=2"},
     {"state=terminated disposition=answered status_code=200 reinvites=1 "
      "talk_ms=2000 ended_by=caller"}},
    {"1: nor does the 481 of its BYE",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "2500 a>b BYE to=b br=6 cseq=2", "2510 b>a 481 BYE to=b br=6 cseq=2"},
     {"disposition=answered status_code=200 ended_by=caller end_cause=bye "
      "disconnect_ms=- last_status_code=481"}},
    {"2: a 100 is no post-dial delay",
     {"0 a>b INVITE", "5 b>a 100 INVITE", "3000 b>a 183 INVITE to=b sdp",
      "4000 b>a 180 INVITE to=b"},
     {"pdd_ms=3000 trying_at=5 progress_at=3000 ringing_at=4000 "
      "early_media_at=3000"}},
    {"2: nor is a 100 with a To tag",
     {"0 a>b INVITE", "5 b>a 100 INVITE to=b", "900 b>a 200 INVITE to=b"},
     {"pdd_ms=900 forks=0"}},
    {"3: post-dial delay of a call that rang and failed",
     {"0 a>b INVITE", "5 b>a 100 INVITE", "800 b>a 180 INVITE to=b",
      "20000 b>a 480 INVITE to=b", "20001 a>b ACK to=b"},
     {"disposition=no_answer pdd_ms=800 ring_ms=19200 setup_ms=- "
      "ended_by=callee status_code=480"}},
    {"3: and of one that failed at once",
     {"0 a>b INVITE", "5 b>a 100 INVITE", "90 b>a 404 INVITE to=b"},
     {"disposition=not_found pdd_ms=90 ended_by=network"}},
    {"4: who hung up, from another address and with equal users",
     {"0 a>b INVITE fromuri=sip:x@y touri=sip:x@y",
      "500 b>a 200 INVITE to=b fromuri=sip:x@y touri=sip:x@y",
      "510 a>b ACK to=b br=2 fromuri=sip:x@y touri=sip:x@y",
      "1500 c>d BYE from=b to=a br=3 cseq=9 fromuri=sip:x@y touri=sip:x@y",
      "1600 d>c 200 BYE from=b to=a br=3 cseq=9 fromuri=sip:x@y "
      "touri=sip:x@y"},
     {"ended_by=callee ended_at=1500 talk_ms=1000"}},
    {"4: the caller, after a move to another address",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 c>b BYE to=b br=3 cseq=2", "1510 b>c 200 BYE to=b br=3 cseq=2"},
     {"ended_by=caller ended_at=1500 talk_ms=1000"}},
    {"5: answered and silent for five hours",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "3600000 clock", "14400000 clock", "18000500 a>b BYE to=b br=3 cseq=2",
      "18000510 b>a 200 BYE to=b br=3 cseq=2"},
     {"disposition=answered talk_ms=18000000 ended_by=caller end_cause=bye"}},
    {"6: a Call-ID used again, other From tag",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 a>b BYE to=b br=3 cseq=2", "1510 b>a 200 BYE to=b br=3 cseq=2",
      "3000 a>b INVITE from=z br=9", "3100 b>a 486 INVITE from=z to=y br=9",
      "3101 a>b ACK from=z to=y br=9"},
     {"disposition=answered talk_ms=1000 messages=5",
      "disposition=busy invite_at=3000 messages=3 from_tag=z"}},
    {"6: a Call-ID used again, same From tag and CSeq",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 a>b BYE to=b br=3 cseq=2", "1510 b>a 200 BYE to=b br=3 cseq=2",
      "3000 a>b INVITE br=9", "3100 b>a 200 INVITE to=y br=9",
      "3101 a>b ACK to=y br=10", "4100 b>a BYE from=y to=a br=11 cseq=2",
      "4110 a>b 200 BYE from=y to=a br=11 cseq=2"},
     {"disposition=answered talk_ms=1000 messages=5 ended_by=caller",
      "disposition=answered invite_at=3000 talk_ms=1000 messages=5 "
      "ended_by=callee"}},
    {"7: a response seen first",
     {"0 b>a 180 INVITE to=b", "10 a>b INVITE", "500 b>a 200 INVITE to=b",
      "510 a>b ACK to=b br=2", "900 a>b BYE to=b br=3 cseq=2"},
     {"disposition=answered way=a>b from_tag=a to_tag=b invite_at=10 "
      "messages=5 ended_by=caller evidence=out_of_order"}},
    {"7: a response alone",
     {"0 b>a 200 INVITE to=b", "10 a>b ACK to=b br=2"},
     {"disposition=unknown status_code=200 evidence=no_start,no_end "
      "answered_at=- invite_at=- ended_by=- state=confirmed"}},
    {"8: challenged and answered: one call",
     {"0 a>b INVITE",
      "20 b>a 407 INVITE to=x | Proxy-Authenticate: Digest "
      "realm=\"r\", nonce=\"n1\"",
      "21 a>b ACK to=x",
      "30 a>b INVITE br=2 cseq=2 | Proxy-Authorization: Digest "
      "username=\"u\", realm=\"r\", nonce=\"n1\", uri=\"x\", response=\"y\"",
      "35 b>a 100 INVITE br=2 cseq=2", "430 b>a 180 INVITE to=b br=2 cseq=2",
      "1030 b>a 200 INVITE to=b br=2 cseq=2", "1031 a>b ACK to=b br=3 cseq=2",
      "2030 a>b BYE to=b br=4 cseq=3", "2040 b>a 200 BYE to=b br=4 cseq=3"},
     {"disposition=answered invites=2 auth_challenges=1 auth_ms=20 pdd_ms=400 "
      "pdd_total_ms=430 setup_ms=1000 invite_at=0 total_ms=2030 talk_ms=1000 "
      "status_code=200"}},
    {"14: durations come from packet time, whatever the clock",
     {"0 a>b INVITE", "1000 b>a 200 INVITE to=b", "1010 a>b ACK to=b br=2",
      "900000 clock", "901000 a>b BYE to=b br=3 cseq=2"},
     {"talk_ms=900000 setup_ms=1000"}},
    {"15: a one-way mirror makes no timeout",
     {"0 a>b INVITE", "800 a>b ACK to=b br=2", "9000 a>b BYE to=b br=3 cseq=2",
      "60000 clock"},
     {"disposition=unknown evidence=one_direction ended_by=unknown "
      "end_cause=no_response ended_at=- end_exact=f"}},
    {"15: one INVITE, never again",
     {"0 a>b INVITE", "60000 clock"},
     {"disposition=unknown evidence=one_direction ended_by=unknown ended_at=- "
      "end_cause=no_response end_exact=f state=trying"}},
    {"15: but INVITEs without any answer are one",
     {"0 a>b INVITE", "500 a>b INVITE", "1500 a>b INVITE", "40000 clock"},
     {"disposition=timeout evidence=- ended_by=timeout ended_at=32000 "
      "end_cause=no_response end_exact=f retransmissions=2 state=failed"}},
    {"16: copies are no retransmissions",
     {"0 a>b INVITE ip=7", "0.1 a>b INVITE ip=7", "1 b>a 100 INVITE ip=9",
      "1.1 b>a 100 INVITE ip=9", "50 b>a 486 INVITE to=b ip=10",
      "50.1 b>a 486 INVITE to=b ip=10"},
     {"messages=3 retransmissions=0"}},
    {"16: retransmissions a millisecond apart are no copies",
     {"0 a>b INVITE ip=7", "1 a>b INVITE ip=8", "2 a>b INVITE ip=9",
      "50 b>a 486 INVITE to=b ip=10"},
     {"messages=4 retransmissions=2 invites=1"}},
};

static void faults_are_not_committed(void **state)
{
    (void)state;
    scenario_play_all(faults, COUNT_OF(faults));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_not_committed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
