#include "call/scenario.h"

/* What a message breaks against those before it, each with a healthy exchange
 * beside it that must stay without. Messages are counted from 1. */
static const struct {
    const char *name;
    const char *steps[24];
    const char *expected; /* "message:name ..." */
} rows[] = {
    {"a healthy call",
     {"0 a>b INVITE sdp", "1 b>a 100 INVITE", "9 b>a 180 INVITE sdp to=b",
      "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "500 a>b INVITE sdp br=3 cseq=2 to=b",
      "501 b>a 200 INVITE sdp br=3 cseq=2 to=b", "502 a>b ACK br=4 cseq=2 to=b",
      "900 b>a BYE from=b to=a br=5", "901 a>b 200 BYE from=b to=a br=5"},
     ""},
    /* offer and answer */
    {"an offer without answer",
     {"0 a>b INVITE sdp", "9 b>a 180 INVITE to=b", "20 b>a 200 INVITE to=b",
      "21 a>b ACK br=2 to=b"},
     "3:answer_missing "},
    {"an answer in a reliable provisional is enough",
     {"0 a>b INVITE sdp", "9 b>a 183 INVITE sdp to=b | RSeq: 1",
      "10 a>b PRACK br=2 cseq=2 to=b | RAck: 1 1 INVITE",
      "11 b>a 200 PRACK br=2 cseq=2 to=b", "20 b>a 200 INVITE to=b",
      "21 a>b ACK br=3 to=b"},
     ""},
    {"neither side offers",
     {"0 a>b INVITE", "20 b>a 200 INVITE to=b", "21 a>b ACK br=2 to=b"},
     "2:offer_missing "},
    {"an offer in the 2xx that the ACK does not answer",
     {"0 a>b INVITE", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b"},
     "3:answer_missing "},
    {"an offer in the 2xx that the ACK answers",
     {"0 a>b INVITE", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK sdp br=2 to=b"},
     ""},
    {"an early answer that the 2xx takes back",
     {"0 a>b INVITE sdp", "9 b>a 183 INVITE sdp=audio:0 to=b",
      "20 b>a 200 INVITE sdp=audio:8 to=b", "21 a>b ACK br=2 to=b"},
     "3:early_answer_differs "},
    {"another fork's early answer is another session",
     {"0 a>b INVITE sdp", "9 b>a 183 INVITE sdp=audio:0 to=x",
      "10 b>a 183 INVITE sdp=audio:8 to=b",
      "20 b>a 200 INVITE sdp=audio:8 to=b", "21 a>b ACK br=2 to=b"},
     ""},
    /* tags and addresses */
    {"a To tag that changes inside the dialog",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "90 a>b INFO br=3 cseq=2 to=b", "91 b>a 200 INFO br=3 cseq=2 to=z"},
     "5:response_tag_changed "},
    {"a final without To tag",
     {"0 a>b INVITE sdp", "1 b>a 100 INVITE", "20 b>a 486 INVITE",
      "21 a>b ACK to="},
     "3:response_tag_missing "},
    {"a response past its Via",
     {"0 a>b INVITE sdp by=10.0.0.1:5060",
      "20 b>a 486 INVITE by=10.0.0.1:5060 to=b",
      "21 a>b ACK by=10.0.0.1:5060 to=b"},
     "2:received_missing "},
    {"a response to where its Via is",
     {"0 a>b INVITE sdp by=10.0.0.97:5060",
      "20 b>a 486 INVITE by=10.0.0.97:5060 to=b",
      "21 a>b ACK by=10.0.0.97:5060 to=b"},
     ""},
    {"a Via that names a host, or no address",
     {"0 a>b INVITE sdp by=10.0.0.300", "20 b>a 486 INVITE by=10.0.0.300 to=b",
      "21 a>b ACK by=10.0.0.300 to=b",
      "100 a>b INVITE sdp by=4com.example br=2 "
      "id=c2",
      "120 b>a 486 INVITE by=4com.example br=2 id=c2 to=b",
      "121 a>b ACK by=4com.example br=2 id=c2 to=b"},
     ""},
    {"a response to where it was received from",
     {"0 a>b INVITE sdp by=10.0.0.1;received=10.0.0.97",
      "20 b>a 486 INVITE by=10.0.0.1;received=10.0.0.97 to=b",
      "21 a>b ACK by=10.0.0.1 to=b"},
     ""},
    {"a response to another port than its Via names, no word of rport",
     {"0 a:1067>b INVITE sdp by=10.0.0.97:5060;rport",
      "20 b>a:1067 486 INVITE by=10.0.0.97:5060;rport to=b",
      "21 a:1067>b ACK by=10.0.0.97:5060 to=b"},
     "2:rport_missing "},
    {"the same with it; to the port that is named, and to the default one",
     {"0 a:1067>b INVITE sdp by=10.0.0.97:5060;rport",
      "20 b>a:1067 486 INVITE "
      "by=10.0.0.97:5060;rport=1067;received=10.0.0.97 to=b",
      "21 a:1067>b ACK by=10.0.0.97:5060 to=b",
      "100 a:1067>b INVITE sdp by=a.example:1067 br=2 id=c2",
      "120 b>a:1067 486 INVITE by=a.example:1067 br=2 id=c2 to=b",
      "121 a:1067>b ACK by=a.example:1067 br=2 id=c2 to=b",
      "200 a:1067>b INVITE sdp by=[2001:db8::1] br=3 id=c3",
      "220 b>a 486 INVITE by=[2001:db8::1] br=3 id=c3 to=b",
      "221 a:1067>b ACK by=[2001:db8::1] br=3 id=c3 to=b"},
     ""},
    {"ports that are none, and addresses that are others",
     {"0 a:1067>b INVITE sdp by=10.0.0.97:01067",
      "20 b>a:1067 486 INVITE by=10.0.0.97:01067 to=b",
      "21 a:1067>b ACK by=10.0.0.97:01067 to=b",
      "100 a>b INVITE sdp by=10.0.0.97: br=2 id=c2",
      "120 b>a 486 INVITE by=10.0.0.97: br=2 id=c2 to=b",
      "121 a>b ACK by=10.0.0.97: br=2 id=c2 to=b",
      "200 a>b INVITE sdp by=10.0.0.971 br=3 id=c3",
      "220 b>a 486 INVITE by=10.0.0.971 br=3 id=c3 to=b",
      "221 a>b ACK by=10.0.0.971 br=3 id=c3 to=b",
      "300 a>b INVITE sdp by=10.0.97 br=4 id=c4",
      "320 b>a 486 INVITE by=10.0.97 br=4 id=c4 to=b",
      "321 a>b ACK by=10.0.97 br=4 id=c4 to=b"},
     ""},
    {"a caller behind NAT",
     {"0 A>b INVITE sdp", "20 b>A 486 INVITE to=b", "21 A>b ACK to=b"},
     "1:contact_private "},
    {"sent on by a proxy outside, the caller's own Contact",
     {"0 A>b INVITE sdp vias=2", "20 b>A 486 INVITE to=b vias=2",
      "21 A>b ACK to=b vias=2"},
     ""},
    /* timers */
    {"a 2xx sent again and again, and no ACK",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b",
      "520 b>a 200 INVITE sdp to=b", "15520 b>a 200 INVITE sdp to=b",
      "19520 b>a 200 INVITE sdp to=b", "23520 b>a 200 INVITE sdp to=b"},
     "2:ack_missing "},
    {"the same where the first one has been handed on",
     {"0 a>b INVITE sdp", "18000 b>a 200 INVITE sdp to=b", "30500 clock",
      "35000 b>a 200 INVITE sdp to=b", "39000 b>a 200 INVITE sdp to=b"},
     "3:ack_missing "},
    {"an INVITE that nothing answers",
     {"0 a>b INVITE sdp", "500 a>b INVITE sdp", "40000 clock"},
     "1:final_missing "},
    {"the same where the first one has been handed on",
     {"0 a>b INVITE sdp", "500 a>b INVITE sdp", "15500 a>b INVITE sdp",
      "30500 clock", "31500 a>b INVITE sdp"},
     "4:final_missing "},
    {"it may ring for long",
     {"0 a>b INVITE sdp", "9 b>a 180 INVITE to=b", "90000 clock",
      "95000 b>a 200 INVITE sdp to=b", "95010 a>b ACK br=2 to=b"},
     ""},
    {"a BYE goes on after a 100, and stops at its final",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b BYE br=3 cseq=2 to=b", "110 b>a 100 BYE br=3 cseq=2 to=b",
      "600 a>b BYE br=3 cseq=2 to=b", "700 b>a 200 BYE br=3 cseq=2 to=b"},
     ""},
    {"a BYE whose answer is not heard",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b BYE br=3 cseq=2 to=b", "110 b>a 200 BYE br=3 cseq=2 to=b",
      "600 a>b BYE br=3 cseq=2 to=b"},
     "6:response_not_heard "},
    {"a 2xx that a proxy sends on after another fork's failure",
     {"0 a>b INVITE sdp", "20 b>a 486 INVITE to=x", "21 a>b ACK to=x",
      "30 b>a 200 INVITE sdp to=y", "31 a>b ACK br=2 to=y"},
     ""},
    /* CANCEL */
    {"a CANCEL that comes too late",
     {"0 a>b INVITE sdp", "9 b>a 180 INVITE to=b", "20 b>a 486 INVITE to=b",
      "21 a>b ACK to=b", "300 a>b CANCEL", "301 b>a 481 CANCEL to=c"},
     "5:cancel_late "},
    {"a CANCEL that crosses the final",
     {"0 a>b INVITE sdp", "9 b>a 180 INVITE to=b", "20 b>a 486 INVITE to=b",
      "30 a>b CANCEL", "31 b>a 481 CANCEL to=c", "32 a>b ACK to=b"},
     ""},
    /* dialogs */
    {"words after the end",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b BYE br=3 cseq=2 to=b", "101 b>a 200 BYE br=3 cseq=2 to=b",
      "700 b>a INFO from=b to=a br=4", "701 a>b 481 INFO from=b to=a br=4"},
     "6:request_after_end "},
    {"two BYEs that cross, and a subscription that lives on",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b BYE br=3 cseq=2 to=b", "101 b>a 200 BYE br=3 cseq=2 to=b",
      "102 b>a BYE from=b to=a br=4", "103 a>b 200 BYE from=b to=a br=4",
      "900 b>a NOTIFY from=b to=a br=5 cseq=2",
      "901 a>b 200 NOTIFY from=b to=a br=5 cseq=2"},
     ""},
    {"an ACK of no INVITE",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "22 a>b ACK br=3 cseq=7 to=b"},
     "4:ack_unmatched "},
    {"both sides at once, and one of them says yes",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b INVITE sdp br=3 cseq=2 to=b",
      "101 b>a INVITE sdp br=9 cseq=1 from=b to=a",
      "110 b>a 200 INVITE sdp br=3 cseq=2 to=b", "111 a>b ACK br=4 cseq=2 to=b",
      "120 a>b 491 INVITE br=9 cseq=1 from=b to=a",
      "121 b>a ACK br=9 cseq=1 from=b to=a"},
     "6:glare "},
    {"both sides at once, and both are told so; then one after the other",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b INVITE sdp br=3 cseq=2 to=b",
      "101 b>a INVITE sdp br=9 cseq=1 from=b to=a",
      "110 b>a 491 INVITE br=3 cseq=2 to=b", "111 a>b ACK br=3 cseq=2 to=b",
      "120 a>b 491 INVITE br=9 cseq=1 from=b to=a",
      "121 b>a ACK br=9 cseq=1 from=b to=a",
      "2000 a>b INVITE sdp br=5 cseq=3 to=b",
      "2010 b>a 200 INVITE sdp br=5 cseq=3 to=b",
      "2011 b>a INVITE sdp br=10 cseq=2 from=b to=a",
      "2020 a>b 200 INVITE sdp br=10 cseq=2 from=b to=a",
      "2021 b>a ACK br=11 cseq=2 from=b to=a", "2022 a>b ACK br=6 cseq=3 to=b"},
     ""},
    {"a re-INVITE on top of another",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b INVITE sdp br=3 cseq=2 to=b",
      "110 a>b INVITE sdp br=4 cseq=3 to=b",
      "120 b>a 500 INVITE br=4 cseq=3 to=b", "121 a>b ACK br=4 cseq=3 to=b",
      "130 b>a 200 INVITE sdp br=3 cseq=2 to=b",
      "131 a>b ACK br=5 cseq=2 to=b"},
     "5:invite_overlaps "},
    {"re-INVITEs one after another, and one of the other side",
     {"0 a>b INVITE sdp", "20 b>a 200 INVITE sdp to=b", "21 a>b ACK br=2 to=b",
      "100 a>b INVITE sdp br=3 cseq=2 to=b",
      "101 b>a INVITE sdp from=b to=a br=6 cseq=9",
      "120 b>a 491 INVITE br=3 cseq=2 to=b", "121 a>b ACK br=3 cseq=2 to=b",
      "122 a>b 491 INVITE from=b to=a br=6 cseq=9",
      "123 b>a ACK from=b to=a br=6 cseq=9",
      "130 a>b INVITE sdp br=5 cseq=3 to=b",
      "131 b>a 200 INVITE sdp br=5 cseq=3 to=b",
      "132 a>b ACK br=7 cseq=3 to=b"},
     ""},
    {"a PRACK of another response",
     {"0 a>b INVITE sdp", "9 b>a 183 INVITE sdp to=b | RSeq: 7",
      "10 a>b PRACK br=2 cseq=2 to=b | RAck: 8 1 INVITE",
      "11 b>a 481 PRACK br=2 cseq=2 to=b", "20 b>a 500 INVITE to=b",
      "21 a>b ACK to=b"},
     "3:rack_unmatched "},
    {"a reliable response that no PRACK answers",
     {"0 a>b INVITE sdp", "9 b>a 183 INVITE sdp to=b | RSeq: 7",
      "7509 b>a 183 INVITE sdp to=b | RSeq: 7",
      "16509 b>a 183 INVITE sdp to=b | RSeq: 7",
      "31509 b>a 183 INVITE sdp to=b | RSeq: 7", "32009 b>a 504 INVITE to=b",
      "32010 a>b ACK to=b"},
     "4:prack_missing "},
    {"a reliable response sent again before its PRACK",
     {"0 a>b INVITE sdp", "9 b>a 183 INVITE sdp to=b | RSeq: 7",
      "16509 a>b PRACK br=2 cseq=2 to=b | RAck: 7 1 INVITE",
      "16510 b>a 200 PRACK br=2 cseq=2 to=b",
      "16511 b>a 183 INVITE sdp to=b | RSeq: 7", "20000 b>a 500 INVITE to=b",
      "20001 a>b ACK to=b"},
     ""},
    /* hops */
    {"a 100 sent on",
     {"0 a>p INVITE sdp by=below1 br=x1", "1 p>b INVITE sdp br=2 vias=2",
      "2 b>p 100 INVITE br=2 vias=2", "3 p>a 100 INVITE by=below1 br=x1",
      "9 b>p 486 INVITE br=2 vias=2 to=b", "10 p>b ACK br=2 to=b",
      "11 p>a 486 INVITE by=below1 br=x1 to=b",
      "12 a>p ACK by=below1 br=x1 to=b"},
     "4:trying_forwarded "},
    {"a 100 of the proxy's own",
     {"0 a>p INVITE sdp by=below1 br=x1",
      "1 p>a 100 INVITE by=below1 br=x1 | Server: p",
      "1 p>b INVITE sdp br=2 vias=2", "2 b>p 100 INVITE br=2 vias=2",
      "3 p>a 100 INVITE by=below1 br=x1 | Server: p",
      "9 b>p 486 INVITE br=2 vias=2 to=b", "10 p>b ACK br=2 to=b",
      "11 p>a 486 INVITE by=below1 br=x1 to=b",
      "12 a>p ACK by=below1 br=x1 to=b"},
     ""},
    {"a proxy that lets a request circle",
     {"0 a>p INVITE sdp | Max-Forwards: 70",
      "1 p>b INVITE sdp br=2 vias=2 | Max-Forwards: 70",
      "9 b>p 486 INVITE br=2 vias=2 to=b", "10 p>b ACK br=2 to=b",
      "11 p>a 486 INVITE to=b", "12 a>p ACK to=b"},
     "2:max_forwards_kept "},
    {"a proxy that counts down",
     {"0 a>p INVITE sdp | Max-Forwards: 70",
      "1 p>b INVITE sdp br=2 vias=2 | Max-Forwards: 69",
      "9 b>p 486 INVITE br=2 vias=2 to=b", "10 p>b ACK br=2 to=b",
      "11 p>a 486 INVITE to=b", "12 a>p ACK to=b"},
     ""},
};

struct found {
    struct scenario_run run;
    char names[1024];
};

static int take_part(void *arg, const struct exchange_part *part)
{
    struct found *f = arg;

    for (uint32_t i = 0; i < part->message_count; i++)
        for (unsigned a = 0; a < ANOMALY_COUNT; a++)
            if (anomaly_set_has(&part->messages[i].anomalies,
                                (enum anomaly)a) &&
                strcmp(anomaly_layer((enum anomaly)a), "sip") != 0)
                snprintf(f->names + strlen(f->names),
                         sizeof(f->names) - strlen(f->names), "%llu:%s ",
                         (unsigned long long)part->messages[i].seen->ordinal +
                             1,
                         anomaly_name((enum anomaly)a));
    return 0;
}

static void violations_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct found f;
        const struct record_sink sink = {.arg = &f.run,
                                         .wants_messages = true,
                                         .part_fn = take_part,
                                         .dialog_fn = scenario_take_dialog,
                                         .call_fn = scenario_take_call};

        memset(&f, 0, sizeof(f));
        f.run.name = rows[i].name;
        f.run.pool = slab_pool_new(64);
        assert_int_equal(correlator_new(&correlator_limits_default, &sink,
                                        &f.run.correlator),
                         0);
        for (size_t k = 0; rows[i].steps[k]; k++)
            scenario_step(&f.run, rows[i].steps[k]);
        assert_int_equal(correlator_end(f.run.correlator), 0);
        if (strcmp(f.names, rows[i].expected) != 0)
            fail_msg("%s: %s, not %s", rows[i].name, f.names, rows[i].expected);
        scenario_close(&f.run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(violations_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
