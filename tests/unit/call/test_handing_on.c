#include "call/scenario.h"

/* What goes to the sink beside the calls: parts with their messages, dialogs,
 * keys. One letter or word a message, in the order in which they come. */

struct ledger {
    struct scenario_run run;
    char parts[4096]; /* "kind:no[ hop/transaction flags ...]" */
    char dialogs[2048];
    char anomalies[2048];
    struct key call_keys[8];
    struct key group_keys[8];
    struct key part_keys[64];
    size_t calls;
    size_t part_count;
    size_t messages;
};

static void put(char *text, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void put(char *text, size_t room, const char *format, ...)
{
    size_t n = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + n, room - n, format, args);
    va_end(args);
}

static int take_part(void *arg, const struct exchange_part *part)
{
    struct ledger *l = arg;

    put(l->parts, sizeof(l->parts), "%s:%u[", exchange_kind_name(part->kind),
        part->no);
    for (uint32_t i = 0; i < part->message_count; i++) {
        const struct message_record *m = &part->messages[i];

        put(l->parts, sizeof(l->parts), "%s%u/", i ? " " : "", m->hop);
        if (m->transaction == TRANSACTION_NONE)
            put(l->parts, sizeof(l->parts), "-");
        else
            put(l->parts, sizeof(l->parts), "%u", m->transaction);
        put(l->parts, sizeof(l->parts), "%s%s%s", m->retransmission ? "r" : "",
            m->duplicate ? "d" : "", m->ack_of_2xx ? "a" : "");
        for (unsigned a = 0; a < ANOMALY_COUNT; a++)
            if (anomaly_set_has(&m->anomalies, (enum anomaly)a) &&
                strcmp(anomaly_layer((enum anomaly)a), "sip"))
                put(l->anomalies, sizeof(l->anomalies), "%llu:%s ",
                    (unsigned long long)m->seen->arrival.frame,
                    anomaly_name((enum anomaly)a));
    }
    put(l->parts, sizeof(l->parts), "] ");
    l->part_keys[l->part_count++ % 64] = part->exchange_key;
    l->messages += part->message_count;
    return 0;
}

static int take_dialog(void *arg, const struct dialog_record *d)
{
    struct ledger *l = arg;

    put(l->dialogs, sizeof(l->dialogs), "%.*s|%.*s %s %s%s ",
        SPAN_ARG(d->local_tag), SPAN_ARG(d->remote_tag),
        dialog_usage_name(d->usage), dialog_state_name(d->state),
        d->has_call ? "" : " alone");
    return 0;
}

static int take_call(void *arg, const struct call_record *call)
{
    struct ledger *l = arg;

    l->call_keys[l->calls] = call->call_key;
    l->group_keys[l->calls++] = call->group_key;
    return 0;
}

static void ledger_play(struct ledger *l,
                        const struct correlator_limits *limits,
                        const char *const *steps)
{
    struct record_sink sink = {.arg = l,
                               .wants_messages = true,
                               .part_fn = take_part,
                               .dialog_fn = take_dialog,
                               .call_fn = take_call};

    memset(l, 0, sizeof(*l));
    l->run.name = "ledger";
    l->run.pool = slab_pool_new(64);
    assert_int_equal(correlator_new(limits, &sink, &l->run.correlator), 0);
    for (; *steps; steps++)
        scenario_step(&l->run, *steps);
    assert_int_equal(correlator_end(l->run.correlator), 0);
    assert_int_equal(l->messages,
                     correlator_counters_of(l->run.correlator)->messages);
    scenario_close(&l->run);
}

static const struct {
    const char *name;
    const char *steps[16];
    const char *parts;
    const char *dialogs;
    const char *anomalies;
} rows[] = {
    {"two hops",
     {"0 a>p INVITE sdp", "1 p>b INVITE sdp br=2 vias=2",
      "600 b>p 200 INVITE sdp to=b br=2 vias=2", "601 p>a 200 INVITE sdp to=b",
      "610 a>p ACK to=b br=3", "611 p>b ACK to=b br=4 vias=2",
      "700 b>p BYE from=b to=a br=5", "701 p>a BYE from=b to=a br=6 vias=2",
      "1201 p>a BYE from=b to=a br=6 vias=2",
      "1210 a>p 200 BYE from=b to=a br=6 vias=2"},
     "call:0[1/0 2/1 2/1 1/0 1/0a 2/1a 2/2 1/3 1/3r 1/3] ",
     "a|b invite terminated ",
     ""},
    {"forks, one of them lost",
     {"0 a>p INVITE sdp", "5 p>a 180 INVITE to=x", "6 p>a 180 INVITE to=y",
      "9 p>a 200 INVITE sdp to=y", "10 a>p ACK to=y br=2"},
     "call:0[1/0 1/0 1/0 1/0 1/0a] ",
     "a|x invite terminated a|y invite confirmed ",
     ""},
    {"a transfer's usage ends apart from the call's",
     {"0 a>b INVITE sdp", "5 b>a 200 INVITE sdp to=x", "6 a>b ACK to=x br=2",
      "10 b>a REFER from=x to=a br=3", "11 a>b 202 REFER from=x to=a br=3",
      "20 a>b NOTIFY to=x br=4 cseq=2 | Event: refer | Subscription-State: "
      "terminated;reason=noresource"},
     "call:0[1/0 1/0 1/0a 1/1 1/1 1/2] ",
     "a|x invite confirmed a|x refer terminated ",
     ""},
    {"each usage ends by itself: 481 to NOTIFY, a REFER refused",
     {"0 a>b INVITE sdp", "5 b>a 200 INVITE sdp to=x", "6 a>b ACK to=x br=2",
      "10 b>a REFER from=x to=a br=3 | Refer-To: <sip:c>",
      "11 a>b 603 REFER from=x to=a br=3",
      "20 a>b SUBSCRIBE to=x br=4 cseq=2 | Event: dialog",
      "21 b>a 200 SUBSCRIBE to=x br=4 cseq=2 | Expires: 60",
      "30 b>a NOTIFY from=x to=a br=5 cseq=2 | Event: dialog | "
      "Subscription-State: active",
      "31 a>b 481 NOTIFY from=x to=a br=5 cseq=2"},
     "call:0[1/0 1/0 1/0a 1/1 1/1 1/2 1/2 1/3 1/3] ",
     "a|x invite confirmed a|x subscribe terminated a|x refer terminated ",
     ""},
    {"a subscription of no call that its NOTIFY's 481 ends",
     {"0 a>b SUBSCRIBE | Event: presence", "5 b>a 200 SUBSCRIBE to=x",
      "6 b>a NOTIFY from=x to=a br=2 | Event: presence | "
      "Subscription-State: active",
      "7 a>b 481 NOTIFY from=x to=a br=2"},
     "subscribe:0[0/0 0/0 0/1 0/1] ",
     "a|x subscribe terminated alone ",
     ""},
    {"a SUBSCRIBE that is refused makes no dialog",
     {"0 a>b SUBSCRIBE | Event: presence", "5 b>a 489 SUBSCRIBE to=x"},
     "subscribe:0[0/0 0/0] ",
     "",
     ""},
    {"a subscription is no call",
     {"0 a>b SUBSCRIBE | Event: presence", "5 b>a 200 SUBSCRIBE to=x",
      "6 b>a NOTIFY from=x to=a br=2 | Event: presence | "
      "Subscription-State: active",
      "7 a>b 200 NOTIFY from=x to=a br=2"},
     "subscribe:0[0/0 0/0 0/1 0/1] ",
     "a|x subscribe confirmed alone ",
     ""},
    {"each kind of exchange by itself",
     {"0 a>b REGISTER", "1 b>a 200 REGISTER to=x", "2 a>b OPTIONS br=2",
      "3 a>b MESSAGE br=3", "4 a>b PUBLISH br=4", "5 a>b FOO br=5"},
     "register:0[0/0 0/0] options:0[0/0] message:0[0/0] publish:0[0/0] "
     "other:0[0/0] ",
     "",
     ""},
    {"copies are kept and marked",
     {"0 a>b REGISTER ip=3", "0.1 a>b REGISTER ip=3",
      "1 b>a 200 REGISTER to=x ip=4", "1.1 b>a 200 REGISTER to=x ip=4"},
     "register:0[0/0 0/0d 0/0 0/0d] ",
     "",
     ""},
    {"violations",
     {"0 a>b INVITE", "10 b>a 180 INVITE to=x", "500 a>b INVITE",
      "600 b>a 486 INVITE to=x", "700 b>a 603 INVITE to=x", "701 a>b ACK to=x",
      "702 b>a 200 ACK to=x", "800 a>b BYE to=x br=2 cseq=9",
      "900 a>b UPDATE to=x br=3 cseq=4", "950 a>b INFO br=4 cseq=10",
      "960 b>a 200 MESSAGE id=c9 br=7 to=x"},
     "call:0[1/0 1/0 1/0r 1/0 1/0 1/0 0/- 1/1 1/2 1/3] message:0[0/0] ",
     "a|x invite terminated ",
     "3:response_not_heard 5:final_twice 7:response_to_ack "
     "8:bye_after_failure 9:cseq_back 10:to_tag_missing "
     "11:response_without_request "},
    {"what never came",
     {"0 a>b INVITE sdp", "10 b>a 200 INVITE sdp to=x nocontact",
      "40000 a>b REGISTER id=c2", "90000 clock"},
     "call:0[1/0 1/0] register:0[0/0] ",
     "a|x invite confirmed ",
     "2:ack_missing 3:final_missing "},
    {"a loop",
     {"0 a>p INVITE", "1 p>q INVITE br=2 vias=2", "2 q>p INVITE br=3 vias=3"},
     "call:0[1/0 2/1 3/2] ",
     "",
     "3:loop "},
};

static void rows_are_handed_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ledger l;

        ledger_play(&l, &correlator_limits_default, rows[i].steps);
        if (strcmp(l.parts, rows[i].parts))
            fail_msg("%s: parts %s", rows[i].name, l.parts);
        if (strcmp(l.dialogs, rows[i].dialogs))
            fail_msg("%s: dialogs %s", rows[i].name, l.dialogs);
        if (strcmp(l.anomalies, rows[i].anomalies))
            fail_msg("%s: anomalies %s", rows[i].name, l.anomalies);
    }
}

static const char *const long_call[] = {"0 a>b INVITE",
                                        "5 b>a 200 INVITE to=x",
                                        "6 a>b ACK to=x br=2",
                                        "45000 a>b INFO to=x br=3 cseq=2",
                                        "45001 b>a 200 INFO to=x br=3 cseq=2",
                                        "99000 a>b BYE to=x br=4 cseq=3",
                                        NULL};

static void a_long_call_comes_in_parts(void **state)
{
    struct correlator_limits limits = correlator_limits_default;
    struct ledger l;

    (void)state;
    ledger_play(&l, &limits, long_call);
    assert_string_equal(l.parts,
                        "call:0[1/0 1/0 1/0a] call:3[1/1 1/1] call:5[1/2] ");
    for (size_t i = 0; i < l.part_count; i++)
        assert_true(key_equal(&l.part_keys[i], &l.call_keys[0]));
    limits.pending_bytes = 600; /* one message and not two */
    ledger_play(&l, &limits, long_call);
    assert_int_equal(l.calls, 1);
    assert_true(l.part_count >= 3);
}

static void keys_tell_what_they_must(void **state)
{
    static const char *const whole[] = {"0 a>b INVITE", "5 b>a 200 INVITE to=x",
                                        "6 a>b BYE to=x br=2 cseq=2", NULL};
    static const char *const cut[] = {"5 b>a 200 INVITE to=x",
                                      "6 a>b BYE to=x br=2 cseq=2", NULL};
    static const char *const elsewhere[] = {"0 c>d INVITE br=9",
                                            "9 d>c 486 INVITE to=z br=9", NULL};
    static const char *const sbc[] = {
        "0 a>s INVITE", "5 s>b INVITE from=s br=2", "9 a>s INVITE id=c2", NULL};
    struct ledger first;
    struct ledger again;

    (void)state;
    ledger_play(&first, &correlator_limits_default, whole);
    ledger_play(&again, &correlator_limits_default, whole);
    assert_true(key_equal(&first.call_keys[0], &again.call_keys[0]));
    assert_true(key_equal(&first.group_keys[0], &first.call_keys[0]));
    /* The same start seen elsewhere is the same call; without it, another. */
    ledger_play(&again, &correlator_limits_default, elsewhere);
    assert_true(key_equal(&first.call_keys[0], &again.call_keys[0]));
    ledger_play(&again, &correlator_limits_default, cut);
    assert_false(key_equal(&first.call_keys[0], &again.call_keys[0]));
    /* Rows of one Call-ID that overlap are one group. */
    ledger_play(&again, &correlator_limits_default, sbc);
    assert_int_equal(again.calls, 3);
    assert_false(key_equal(&again.call_keys[0], &again.call_keys[1]));
    assert_true(key_equal(&again.group_keys[0], &again.group_keys[1]));
    assert_true(key_equal(&again.group_keys[0], &again.call_keys[0]));
    assert_false(key_equal(&again.group_keys[0], &again.group_keys[2]));
}

static int refuse_call(void *arg, const struct call_record *call)
{
    (void)arg;
    (void)call;
    return -5;
}

static void the_sinks_error_stops_the_run(void **state)
{
    struct scenario_run run;
    struct record_sink sink = {
        .call_fn = refuse_call, .dialog_fn = scenario_take_dialog, .arg = &run};

    (void)state;
    memset(&run, 0, sizeof(run));
    run.pool = slab_pool_new(64);
    assert_int_equal(
        correlator_new(&correlator_limits_default, &sink, &run.correlator), 0);
    scenario_step(&run, "0 a>b INVITE");
    assert_int_equal(correlator_end(run.correlator), -5);
    scenario_close(&run);
}

static int count_verdict(void *arg, const struct call_record *call)
{
    *(size_t *)arg = call->verdict.length;
    return 0;
}

static void what_the_sink_does_not_ask_for_is_left_out(void **state)
{
    static const char *const steps[] = {"0 a>b INVITE", "5 b>a 200 INVITE to=x",
                                        "6 a>b ACK to=x br=2", NULL};

    (void)state;
    for (int skips = 0; skips < 2; skips++) {
        struct scenario_run run;
        size_t verdict_bytes = 0;
        struct record_sink sink = {.call_fn = count_verdict,
                                   .skips_verdicts = skips,
                                   .arg = &verdict_bytes};

        memset(&run, 0, sizeof(run));
        run.pool = slab_pool_new(64);
        assert_int_equal(
            correlator_new(&correlator_limits_default, &sink, &run.correlator),
            0);
        for (size_t i = 0; steps[i]; i++)
            scenario_step(&run, steps[i]);
        assert_int_equal(correlator_end(run.correlator), 0);
        assert_int_equal(verdict_bytes != 0, !skips);
        assert_int_equal(correlator_counters_of(run.correlator)->dialogs, 1);
        scenario_close(&run);
    }
}

/* Those that began in the first second. */
static bool needs_first(void *arg, int64_t first_at)
{
    (void)arg;
    return first_at < SCENARIO_T0_US + 1000000;
}

/* A call whose key nobody looks at has none, unless something else of it is
 * named by that. */
static void keys_are_made_where_they_are_needed(void **state)
{
    static const char *const steps[] = {
        "0 a>b INVITE id=1", "5 b>a 486 INVITE to=x id=1",
        "2000 a>b INVITE id=2", "2005 b>a 486 INVITE to=x id=2"};
    static const struct key none;
    struct ledger l;

    (void)state;
    for (unsigned with_dialogs = 0; with_dialogs < 2; with_dialogs++) {
        const struct record_sink sink = {.arg = &l,
                                         .dialog_fn =
                                             with_dialogs ? take_dialog : NULL,
                                         .call_fn = take_call,
                                         .needs_key_fn = needs_first};

        memset(&l, 0, sizeof(l));
        l.run.name = "keys";
        l.run.pool = slab_pool_new(64);
        assert_int_equal(correlator_new(&correlator_limits_default, &sink,
                                        &l.run.correlator),
                         0);
        for (size_t i = 0; i < COUNT_OF(steps); i++)
            scenario_step(&l.run, steps[i]);
        assert_int_equal(correlator_end(l.run.correlator), 0);
        assert_int_equal(l.calls, 2);
        assert_false(key_equal(&l.call_keys[0], &none));
        assert_int_equal(key_equal(&l.call_keys[1], &none), !with_dialogs);
        assert_true(key_equal(&l.call_keys[1], &l.group_keys[1]));
        scenario_close(&l.run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_made_where_they_are_needed),
        cmocka_unit_test(rows_are_handed_on),
        cmocka_unit_test(a_long_call_comes_in_parts),
        cmocka_unit_test(keys_tell_what_they_must),
        cmocka_unit_test(the_sinks_error_stops_the_run),
        cmocka_unit_test(what_the_sink_does_not_ask_for_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
