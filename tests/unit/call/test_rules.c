#include "call/scenario.h"

/* R2: copies, retransmissions, next hops. */
static const struct scenario copies[] = {
    {"(a) a Via more is another hop",
     {"0 a>p INVITE", "2 p>b INVITE br=2 vias=2",
      "5 b>p 180 INVITE to=b br=2 vias=2", "6 p>a 180 INVITE to=b"},
     {"messages=4 retransmissions=0 branches=1 hops=apb way=a>p pdd_ms=6"}},
    {"(b) behind a NAT: a copy, its addresses a view",
     {"0 a>p INVITE", "1 n>p INVITE", "500 a>p INVITE", "501 n>p INVITE",
      "600 p>n 486 INVITE to=b", "601 p>a 486 INVITE to=b"},
     {"messages=3 retransmissions=1 branches=0 hops=apn~ way=a>p"}},
    {"(b) beyond 200 ms it is sent again",
     {"0 a>p INVITE", "500 n>p INVITE", "600 p>a 486 INVITE to=b"},
     {"messages=3 retransmissions=1"}},
    {"(c) another link view",
     {"0 a>p INVITE view=1 ip=4", "0.2 a>p INVITE view=2 ip=4",
      "0.3 a>p INVITE view=3 ip=0", "600 p>a 486 INVITE to=b"},
     {"messages=2 retransmissions=0"}},
    {"(d) IPv6 or no identification: sent again",
     {"0 a>p INVITE", "0.2 a>p INVITE", "600 p>a 486 INVITE to=b"},
     {"messages=3 retransmissions=1"}},
    {"(d) unless all of this pair comes twice",
     {"0 a>p INVITE paired", "0.2 a>p INVITE paired", "1 a>p INVITE paired",
      "1.2 a>p INVITE paired", "600 p>a 486 INVITE to=b"},
     {"messages=3 retransmissions=1"}},
    {"(e) TCP repeats no request, but its 2xx",
     {"0 a>p INVITE over=tcp", "600 p>a 200 INVITE to=b over=tcp",
      "1100 p>a 200 INVITE to=b over=tcp", "1110 a>p ACK to=b br=2 over=tcp"},
     {"messages=4 retransmissions=1"}},
    {"a final again, with other bytes",
     {"0 a>p INVITE", "600 p>a 486 INVITE to=b",
      "1100 p>a 486 INVITE to=b | X-Time: later"},
     {"messages=3 retransmissions=1"}},
    {"a changed 180 is a new message, the same one is not",
     {"0 a>p INVITE", "600 p>a 180 INVITE to=b",
      "1100 p>a 180 INVITE to=b | X-Time: later", "2000 p>a 180 INVITE to=b",
      "2500 p>a 180 INVITE to=c"},
     {"messages=5 retransmissions=1 forks=1"}},
    {"with 100rel the RSeq decides",
     {"0 a>p INVITE", "600 p>a 183 INVITE to=b | RSeq: 1",
      "1100 p>a 183 INVITE to=b | RSeq: 1 | X-Time: later",
      "1200 p>a 183 INVITE to=b | RSeq: 2"},
     {"messages=4 retransmissions=1"}},
    {"an ACK again, with another branch",
     {"0 a>p INVITE", "600 p>a 200 INVITE to=b", "610 a>p ACK to=b br=2",
      "1100 p>a 200 INVITE to=b", "1110 a>p ACK to=b br=3"},
     {"messages=5 retransmissions=2 ack_at=610"}},
    {"an ACK on its next hop is none",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2"},
     {"messages=6 retransmissions=0 ack_at=610"}},
};

static void r2_copies(void **state)
{
    (void)state;
    scenario_play_all(copies, COUNT_OF(copies));
}

/* R3: transactions. */
/* What two sensors saw of one call are two calls (flow/hep.h). */
static const struct scenario sensors[] = {
    {"the same call, by turns",
     {"0 a>b INVITE", "0.1 a>b INVITE sensor=1", "10 b>a 180 INVITE to=b",
      "10.1 b>a 180 INVITE to=b sensor=1", "500 b>a 486 INVITE to=b",
      "501 a>b ACK to=b", "502 b>a 486 INVITE to=b sensor=1"},
     {"disposition=busy messages=4 retransmissions=0 ended_at=500",
      "disposition=busy messages=3 retransmissions=0 ended_at=502"}},
    {"an answer that another sensor saw belongs to no call here",
     {"0 a>b INVITE sensor=1", "500 b>a 200 INVITE to=b sensor=2",
      "510 a>b ACK to=b br=2 sensor=1"},
     {"status_code=-", "status_code=200 evidence=no_start,no_end"}},
};

static void sensors_are_apart(void **state)
{
    (void)state;
    scenario_play_all(sensors, COUNT_OF(sensors));
}

static const struct scenario transactions[] = {
    {"answers come from another port",
     {"0 a>b INVITE", "50 b:1067>a 100 INVITE", "600 b:1067>a 486 INVITE to=b"},
     {"disposition=busy"}},
    {"ACK of a 407 with a new branch",
     {"0 a>b INVITE", "50 b>a 407 INVITE to=x", "51 a>b ACK to=x br=77",
      "60 a>b INVITE br=2 cseq=2", "500 b>a 603 INVITE to=b br=2 cseq=2"},
     {"disposition=declined invites=2 auth_challenges=1"}},
    {"ACK of a 2xx with the INVITE's branch",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=1"},
     {"disposition=answered ack_at=510 state=confirmed"}},
    {"RFC 2543: no cookie",
     {"0 a>b INVITE old br=5", "500 b>a 200 INVITE old br=5 to=b",
      "510 a>b ACK old br=5 to=b", "900 a>b BYE old br=5 to=b cseq=2",
      "910 b>a 200 BYE old br=5 to=b cseq=2"},
     {"disposition=answered ack_at=510 ended_by=caller disconnect_ms=10"}},
    {"RFC 2543: no branch at all, no tag",
     {"0 a>b INVITE nobr notag", "500 a>b INVITE nobr notag",
      "600 b>a 200 INVITE nobr notag to=b", "610 a>b ACK nobr notag to=b",
      "900 b>a BYE nobr from=b cseq=1"},
     {"disposition=answered retransmissions=1 ack_at=610 ended_by=callee"}},
    {"the same branch from two senders is two transactions",
     {"0 a>p INVITE by=one", "1 p>b INVITE by=two vias=2",
      "500 b>p 486 INVITE by=two vias=2 to=b",
      "501 p>a 480 INVITE by=one to=b"},
     {"status_code=480 disposition=unavailable branch_statuses=486"}},
    {"a CANCEL that leaves out the default port",
     {"0 a>b INVITE by=10.0.0.1:5060", "100 b>a 100 INVITE by=10.0.0.1:5060",
      "2000 a>b CANCEL by=10.0.0.1",
      "2002 b>a 487 INVITE by=10.0.0.1:5060 to=b"},
     {"disposition=cancelled cancel_ms=2000 messages=4 evidence=-"}},
    {"a CANCEL with a branch of its own",
     {"0 a>b INVITE", "100 b>a 100 INVITE", "2000 a>b CANCEL br=9",
      "2002 b>a 408 INVITE to=b"},
     {"disposition=cancelled cancel_ms=2000 messages=4 evidence=-"}},
    {"CANCEL has the key of its INVITE",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "2000 a>b CANCEL",
      "2001 b>a 200 CANCEL to=b", "2002 b>a 487 INVITE to=b",
      "2003 a>b ACK to=b"},
     {"disposition=cancelled status_code=487 cancel_ms=2000 ended_at=2002 "
      "ended_by=caller end_cause=cancel end_exact=t ring_ms=1900 messages=6 "
      "evidence=-"}},
};

static void r3_transactions(void **state)
{
    (void)state;
    scenario_play_all(transactions, COUNT_OF(transactions));
}

/* R4: hops and the reference hop. */
static const struct scenario hops[] = {
    {"hop 1 is the result, later hops are kept beside it",
     {"0 a>p INVITE", "1 p>a 100 INVITE", "5 p>b INVITE br=2 vias=2",
      "6 p>c INVITE br=3 vias=2", "100 b>p 180 INVITE br=2 vias=2 to=b",
      "101 p>a 180 INVITE to=b", "300 c>p 486 INVITE br=3 vias=2 to=c",
      "301 p>c ACK br=3 vias=2 to=c", "9000 b>p 486 INVITE br=2 vias=2 to=b",
      "9001 p>b ACK br=2 vias=2 to=b", "9002 p>a 480 INVITE to=b"},
     {"disposition=no_answer status_code=480 branch_statuses=486,486 "
      "branches=2 forks=0 pdd_ms=101 way=a>p invites=1 ended_by=callee"}},
    {"a hop that saw nothing is told by the nearest",
     {"0 a>p INVITE", "5 p>b INVITE br=2 vias=2",
      "100 b>p 180 INVITE br=2 vias=2 to=b",
      "900 b>p 200 INVITE br=2 vias=2 to=b", "905 a>p ACK to=b br=8",
      "5000 a>p BYE to=b br=9 cseq=2", "5001 p>b BYE to=b br=10 vias=2 cseq=2",
      "5010 b>p 200 BYE to=b br=10 vias=2 cseq=2"},
     {"disposition=answered answered_at=900 pdd_ms=100 evidence=other_hop "
      "way=a>p ended_at=5000 end_cause=bye"}},
    {"a hop with fewer Vias seen later becomes the reference",
     {"0 p>b INVITE br=2 vias=2", "3 a>p INVITE",
      "100 b>p 180 INVITE br=2 vias=2 to=b", "101 p>a 180 INVITE to=b",
      "900 b>p 486 INVITE br=2 vias=2 to=b", "901 p>a 486 INVITE to=b"},
     {"way=a>p invite_at=3 status_code=486 branch_statuses=486 pdd_ms=98 "
      "hops=apb"}},
    {"a B2BUA that keeps tag and Call-ID is a later leg, not the caller",
     {"0 p>s INVITE vias=2", "5 s>b INVITE br=7 cseq=900",
      "100 b>s 180 INVITE br=7 cseq=900 to=b", "101 s>p 180 INVITE vias=2 to=s",
      "900 b>s 200 INVITE br=7 cseq=900 to=b", "901 s>p 200 INVITE vias=2 to=s",
      "910 p>s ACK to=s br=8 vias=2", "911 s>b ACK to=b br=9 cseq=900",
      "2901 p>s BYE to=s br=10 vias=2 cseq=2",
      "2902 s>b BYE to=b br=11 cseq=901"},
     {"way=p>s status_code=200 to_tag=s invites=1 branches=1 hops=psb "
      "talk_ms=2000 answered_at=901 ended_at=2901 ended_by=caller"}},
    {"a fork by the caller",
     {"0 a>p INVITE", "1 a>q INVITE br=2", "500 p>a 486 INVITE to=b",
      "600 q>a 404 INVITE br=2 to=c"},
     {"way=a>p status_code=486 invites=1 branches=1 branch_statuses=404"}},
    {"a BYE on its way is taken on hop 1",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2",
      "2600 b>p BYE from=b to=a br=5", "2601 p>a BYE from=b to=a br=6 vias=2",
      "2610 a>p 200 BYE from=b to=a br=6 vias=2",
      "2615 p>b 200 BYE from=b to=a br=5"},
     {"ended_at=2601 ended_by=callee disconnect_ms=9 talk_ms=2000"}},
    {"a BYE past the proxy counts where it is seen",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>b ACK to=b br=3", "2600 b>a BYE from=b to=a br=5",
      "2610 a>b 200 BYE from=b to=a br=5"},
     {"ended_at=2600 ended_by=callee disconnect_ms=10 ack_at=610 evidence=-"}},
    {"one host: ports tell the hops apart",
     {"0 h:5061>h:5060 INVITE", "1 h:5060>h:5062 INVITE br=2 vias=2",
      "600 h:5062>h:5060 200 INVITE to=b br=2 vias=2",
      "601 h:5060>h:5061 200 INVITE to=b", "610 h:5061>h:5060 ACK to=b br=3",
      "611 h:5060>h:5062 ACK to=b br=4 vias=2",
      "2600 h:5062>h:5060 BYE from=b to=a br=5",
      "2601 h:5060>h:5061 BYE from=b to=a br=6 vias=2"},
     {"ended_at=2601 ended_by=callee answered_at=601 ack_at=610"}},
};

static void r4_hops(void **state)
{
    (void)state;
    scenario_play_all(hops, COUNT_OF(hops));
}

#define CHALLENGE " | WWW-Authenticate: Digest realm=\"r\", nonce=\"abc\""
#define ANSWER " | Authorization: Digest username=\"u\", nonce=\"abc\""

/* R5: what is one attempt. */
static const struct scenario attempts[] = {
    {"a challenge answered with another From tag",
     {"0 a>b INVITE", "20 b>a 401 INVITE to=x" CHALLENGE, "21 a>b ACK to=x",
      "30 a>b INVITE from=z br=2 cseq=2",
      "500 b>a 200 INVITE from=z to=b br=2 cseq=2",
      "510 a>b ACK from=z to=b br=3 cseq=2",
      "1500 a>b BYE from=z to=b br=4 cseq=3"},
     {"disposition=answered invites=2 from_tag=a to_tag=b ended_by=caller "
      "talk_ms=1000"}},
    {"its nonce joins it however late",
     {"0 a>b INVITE", "20 b>a 401 INVITE to=x" CHALLENGE, "21 a>b ACK to=x",
      "51000 a>b INVITE br=2 cseq=2" ANSWER,
      "51200 b>a 403 INVITE to=b br=2 cseq=2"},
     {"disposition=rejected status_code=403 invites=2 pdd_ms=200 "
      "pdd_total_ms=51200"}},
    {"without one, later than 32 s, it is another call",
     {"0 a>b INVITE", "20 b>a 401 INVITE to=x" CHALLENGE, "21 a>b ACK to=x",
      "51000 a>b INVITE br=2 cseq=2", "51200 b>a 403 INVITE to=b br=2 cseq=2"},
     {"disposition=auth_failed status_code=401 invites=1 pdd_ms=-",
      "disposition=rejected status_code=403 invites=1"}},
    {"a redirection followed",
     {"0 a>b INVITE", "20 b>a 302 INVITE to=x", "21 a>b ACK to=x",
      "30 a>c INVITE br=2 cseq=2", "500 c>a 486 INVITE to=b br=2 cseq=2"},
     {"disposition=busy invites=2 status_code=486 way=a>b"}},
    {"a redirection not followed",
     {"0 a>b INVITE",
      "20 b>a 302 INVITE to=x nocontact | Contact: <sip:c@c>, <sip:d@d>;q=0.1",
      "21 a>b ACK to=x"},
     {"disposition=redirected status_code=302 redirect_to_count=2 "
      "ended_by=network"}},
    {"422 and its retry",
     {"0 a>b INVITE", "20 b>a 422 INVITE to=x", "21 a>b ACK to=x",
      "30 a>b INVITE br=2 cseq=2", "500 b>a 200 INVITE to=b br=2 cseq=2"},
     {"disposition=answered invites=2 setup_ms=470"}},
    {"the same tag and a higher CSeq 40 s after a final is another call",
     {"0 a>b INVITE", "20 b>a 486 INVITE to=x", "21 a>b ACK to=x",
      "40020 a>b INVITE br=2 cseq=2", "41000 b>a 200 INVITE to=b br=2 cseq=2"},
     {"disposition=busy invites=1", "disposition=answered invites=1"}},
    {"an SBC that changes the From tag: two rows",
     {"0 a>s INVITE", "5 s>b INVITE from=s br=2",
      "400 b>s 180 INVITE from=s to=b br=2", "401 s>a 180 INVITE to=t",
      "900 b>s 486 INVITE from=s to=b br=2", "901 s>a 486 INVITE to=t"},
     {"disposition=busy from_tag=a way=a>s", "disposition=busy from_tag=s "
                                             "way=s>b"}},
    {"a CANCEL without To tag proves its INVITE",
     {"0 a>b CANCEL", "10 b>a 200 CANCEL to=x", "20 b>a 487 INVITE to=x"},
     {"disposition=cancelled evidence=no_start status_code=487 ended_at=20 "
      "invite_at=- invites=0 cancel_ms=-"}},
    {"a 100 without To tag proves its INVITE",
     {"0 b>a 100 INVITE", "900 b>a 486 INVITE to=x"},
     {"disposition=busy evidence=no_start,one_direction invites=0"}},
    {"answers alone: one direction; both, or one message: not known",
     {"0 b>a 180 INVITE id=1 to=x", "900 b>a 200 INVITE id=1 to=x",
      "2000 b>a 200 INVITE id=2 to=x", "2500 b>a 200 INVITE id=2 to=x",
      "3000 b>a 200 INVITE id=3 to=x", "3010 a>b ACK id=3 to=x br=2"},
     {"evidence=no_start,no_end,one_direction", "evidence=no_start,no_end",
      "evidence=no_start,no_end"}},
    {"one Call-ID may also carry a REGISTER",
     {"0 a>b REGISTER", "10 b>a 200 REGISTER to=x", "20 a>b INVITE br=2 cseq=2",
      "900 b>a 486 INVITE to=x br=2 cseq=2"},
     {"disposition=busy messages=2"}},
};

static void r5_attempts(void **state)
{
    (void)state;
    scenario_play_all(attempts, COUNT_OF(attempts));
}

/* R6: requests inside dialogs. */
static const struct scenario inside[] = {
    {"a BYE without To tag",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 b>a BYE from=b br=3 cseq=9", "1510 a>b 200 BYE from=b br=3 cseq=9"},
     {"ended_by=callee end_cause=bye talk_ms=1000 messages=5"}},
    {"a BYE of an unknown dialog opens a row without start",
     {"0 a>b BYE to=b cseq=9", "10 b>a 200 BYE to=b cseq=9"},
     {"disposition=unknown evidence=no_start ended_at=0 ended_by=unknown "
      "end_cause=bye state=terminated invites=0"}},
    {"so do UPDATE and re-INVITE",
     {"0 a>b UPDATE to=b cseq=9", "10 b>a 200 UPDATE to=b cseq=9",
      "20 a>b INVITE id=c2 to=b cseq=9", "30 b>a 200 INVITE id=c2 to=b cseq=9"},
     {"disposition=unknown evidence=no_start,no_end end_cause=capture_end "
      "state=confirmed",
      "disposition=unknown evidence=no_start,no_end reinvites=1 answered_at=- "
      "state=confirmed status_code=-"}},
    {"NOTIFY and OPTIONS open none",
     {"0 a>b NOTIFY to=b cseq=9", "10 b>a 200 NOTIFY to=b cseq=9",
      "20 a>b OPTIONS id=c2 to=b cseq=9"},
     {NULL}},
    {"what came before the first sign of a call joins it",
     {"0 b>a REFER from=b to=a cseq=9", "5 a>b 202 REFER from=b to=a cseq=9",
      "10 a>b INVITE to=b cseq=20 br=2", "30 b>a 200 INVITE to=b cseq=20 br=2",
      "31 a>b ACK to=b cseq=20 br=3", "50 a>b NOTIFY to=b cseq=21 br=4"},
     {"disposition=unknown evidence=no_start,no_end messages=6 reinvites=1 "
      "state=confirmed"}},
    {"an ACK alone, then the BYE",
     {"0 a>b ACK to=b cseq=20", "900 b>a BYE from=b to=a br=2 cseq=3"},
     {"messages=2 ended_at=900 evidence=no_start"}},
    {"a re-INVITE in mid-call does not answer it",
     {"0 a>b INVITE to=b cseq=20", "5 b>a 100 INVITE to=b cseq=20",
      "30 b>a 200 INVITE to=b cseq=20", "31 a>b ACK to=b cseq=20 br=2",
      "3000 b>a BYE from=b to=a cseq=5 br=3"},
     {"disposition=unknown evidence=no_start answered_at=- ended_by=unknown "
      "ended_at=3000 end_cause=bye_unconfirmed messages=5"}},
};

static void r6_inside(void **state)
{
    (void)state;
    scenario_play_all(inside, COUNT_OF(inside));
}

#define Q850(cause) " | Reason: Q.850;cause=" #cause ";text=\"T\""

/* R8 and R9: how it went, and how it ended. */
static const struct scenario endings[] = {
    {"an answer not seen, but acknowledged and used",
     {"0 a>b INVITE", "800 a>b ACK to=b br=2", "900 a>b INFO to=b br=3 cseq=2",
      "910 b>a 200 INFO to=b br=3 cseq=2", "5000 a>b BYE to=b br=4 cseq=3",
      "5010 b>a 200 BYE to=b br=4 cseq=3"},
     {"disposition=answered answered_at=- evidence=answer_not_seen "
      "ended_at=5000 ended_by=caller talk_ms=- state=terminated"}},
    {"answered elsewhere: the loser of a ring group",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b",
      "2000 a>b CANCEL | Reason: SIP;cause=200;text=\"Call completed "
      "elsewhere\"",
      "2001 b>a 200 CANCEL to=b", "2002 b>a 487 INVITE to=b"},
     {"disposition=answered_elsewhere ended_by=caller end_cause=cancel "
      "reason_sip=200 reason_text=Call_completed_elsewhere"}},
    {"cancelled, and nothing after it",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "2000 a>b CANCEL",
      "60000 clock"},
     {"disposition=cancelled ended_at=2000 end_exact=f ended_by=caller "
      "end_cause=cancel"}},
    {"cancelled, answered by 408",
     {"0 a>b INVITE", "100 b>a 100 INVITE", "34120 a>b CANCEL",
      "36773 b>a 408 INVITE to=b"},
     {"disposition=cancelled status_code=408 ended_at=36773 pdd_ms=36773 "
      "ended_by=caller cancel_ms=34120"}},
    {"a 487 whose CANCEL went unseen",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "3000 b>a 487 INVITE to=b"},
     {"disposition=cancelled evidence=cancel_not_seen ended_by=caller"}},
    {"a CANCEL that crosses the 2xx",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "2000 a>b CANCEL",
      "2001 b>a 200 INVITE to=b", "2002 a>b ACK to=b br=2",
      "2003 b>a 481 CANCEL to=b", "2010 a>b BYE to=b br=3 cseq=2",
      "2020 b>a 200 BYE to=b br=3 cseq=2"},
     {"disposition=answered evidence=cancel_crossed status_code=200 "
      "ended_at=2010 ended_by=caller talk_ms=9"}},
    {"Q.850 in a 480",
     {"0 a>b INVITE", "100 b>a 183 INVITE to=b",
      "900 b>a 480 INVITE to=b" Q850(21)},
     {"disposition=declined reason_q850=21 reason_text=T ended_by=callee"}},
    {"but a 486 is clear by itself",
     {"0 a>b INVITE", "900 b>a 486 INVITE to=b" Q850(21)},
     {"disposition=busy reason_q850=21"}},
    {"an unknown code counts as x00 of its class",
     {"0 a>b INVITE", "900 b>a 499 INVITE to=b", "0 a>b INVITE id=c2",
      "900 b>a 699 INVITE id=c2 to=b"},
     {"disposition=rejected status_code=499",
      "disposition=busy status_code=699"}},
    {"480 without ringing",
     {"0 a>b INVITE", "10 b>a 100 INVITE", "900 b>a 480 INVITE to=b"},
     {"disposition=unavailable ended_by=network"}},
    {"provisionals only, for ten minutes",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b", "590000 clock", "601000 clock",
      "700000 clock"},
     {"disposition=timeout ended_by=timeout end_cause=no_response end_exact=f "
      "ended_at=100"}},
    {"a BYE before any 2xx gives up",
     {"0 a>b INVITE", "100 b>a 180 INVITE to=b",
      "2000 a>b BYE to=b br=2 cseq=2", "2001 b>a 200 BYE to=b br=2 cseq=2",
      "2002 b>a 487 INVITE to=b"},
     {"disposition=cancelled ended_at=2000 end_cause=bye ended_by=caller"}},
    {"a BYE after a failure changes nothing",
     {"0 a>b INVITE", "100 b>a 486 INVITE to=b", "101 a>b ACK to=b",
      "2000 a>b BYE to=b br=2 cseq=2"},
     {"disposition=busy ended_at=100 ended_by=callee end_cause=rejected"}},
    {"a BYE challenged is one hang-up with its retry",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 a>b BYE to=b br=3 cseq=2", "1510 b>a 407 BYE to=b br=3 cseq=2",
      "1520 a>b BYE to=b br=4 cseq=3", "1530 b>a 200 BYE to=b br=4 cseq=3"},
     {"ended_at=1500 disconnect_ms=30 talk_ms=1000 end_cause=bye"}},
    {"two BYEs: the earlier",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "1500 b>a BYE from=b to=a br=3 cseq=2", "1501 a>b BYE to=b br=4 cseq=2",
      "1510 a>b 200 BYE from=b to=a br=3 cseq=2",
      "1511 b>a 200 BYE to=b br=4 cseq=2"},
     {"ended_at=1500 ended_by=callee disconnect_ms=10"}},
    {"both hung up on by the proxy",
     {"0 a>p INVITE", "1 p>b INVITE br=2 vias=2",
      "600 b>p 200 INVITE to=b br=2 vias=2", "601 p>a 200 INVITE to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2",
      "9000 p>a BYE from=b to=a br=8 cseq=7", "9001 p>b BYE to=b br=9 cseq=7",
      "9010 a>p 200 BYE from=b to=a br=8 cseq=7",
      "9011 b>p 200 BYE to=b br=9 cseq=7"},
     {"ended_by=network ended_at=9000 end_cause=bye"}},
    {"a losing fork's BYE ends that dialog only",
     {"0 a>p INVITE", "500 p>a 200 INVITE to=b", "510 a>p ACK to=b br=2",
      "520 p>a 200 INVITE to=c", "530 a>p ACK to=c br=3",
      "540 a>p BYE to=c br=4 cseq=2", "545 p>a 200 BYE to=c br=4 cseq=2",
      "5500 a>p BYE to=b br=5 cseq=2", "5510 p>a 200 BYE to=b br=5 cseq=2"},
     {"to_tag=b ended_at=5500 talk_ms=5000 forks=1 retransmissions=0"}},
    {"2xx never acknowledged: the callee hangs up",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "1000 b>a 200 INVITE to=b",
      "17000 b>a 200 INVITE to=b", "32500 b>a BYE from=b to=a br=2"},
     {"end_cause=no_ack ended_by=callee ended_at=32500 state=terminated "
      "retransmissions=2"}},
    {"2xx never acknowledged: silence",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "1000 b>a 200 INVITE to=b",
      "17000 b>a 200 INVITE to=b", "31000 b>a 200 INVITE to=b", "90000 clock"},
     {"end_cause=no_ack end_exact=f disposition=answered ended_at=32500"}},
    {"the dialog is lost",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "9000 a>b INVITE to=b br=3 cseq=2",
      "9010 b>a 481 INVITE to=b br=3 cseq=2", "80000 clock"},
     {"end_cause=dialog_lost ended_at=9010 end_exact=f disposition=answered"}},
    {"a 481 to NOTIFY loses no dialog",
     {"0 a>b INVITE", "500 b>a 200 INVITE to=b", "510 a>b ACK to=b br=2",
      "9000 a>b NOTIFY to=b br=3 cseq=2",
      "9010 b>a 481 NOTIFY to=b br=3 cseq=2", "80000 clock"},
     {"end_cause=capture_end ended_at=-"}},
    {"R10: its session timer ran out",
     {"0 a>b INVITE",
      "500 b>a 200 INVITE to=b | Session-Expires: "
      "90;refresher=uac",
      "510 a>b ACK to=b br=2", "200000 clock"},
     {"end_cause=session_timer ended_by=timeout ended_at=90500 end_exact=f "
      "evidence=no_end state=terminated"}},
    {"R10: but not where the refresher never spoke to us",
     {"0 a>b INVITE",
      "500 b>a 200 INVITE to=b | Session-Expires: "
      "90;refresher=uas",
      "510 a>b ACK to=b br=2", "200000 clock"},
     {"end_cause=capture_end ended_at=-"}},
    {"R10: refreshed without Session-Expires it is off",
     {"0 a>b INVITE",
      "500 b>a 200 INVITE to=b | Session-Expires: "
      "90;refresher=uac",
      "510 a>b ACK to=b br=2", "40000 a>b INVITE to=b br=3 cseq=2",
      "40010 b>a 200 INVITE to=b br=3 cseq=2", "40020 a>b ACK to=b br=4 cseq=2",
      "300000 clock"},
     {"end_cause=capture_end ended_at=- reinvites=1"}},
};

static void r8_r9_r10_endings(void **state)
{
    (void)state;
    scenario_play_all(endings, COUNT_OF(endings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensors_are_apart), cmocka_unit_test(r2_copies),
        cmocka_unit_test(r3_transactions),   cmocka_unit_test(r4_hops),
        cmocka_unit_test(r5_attempts),       cmocka_unit_test(r6_inside),
        cmocka_unit_test(r8_r9_r10_endings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
