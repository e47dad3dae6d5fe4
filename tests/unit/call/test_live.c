#include "call/scenario.h"

/* What is told of a live capture as it goes on: each change once, in the
 * order of the sink, and nothing that has not changed. */

struct diary {
    struct scenario_run run;
    char text[4096];
    struct key key;
    uint32_t next_no;
    unsigned ticks;
};

static void note(struct diary *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct diary *d, const char *format, ...)
{
    size_t n = strlen(d->text);
    va_list args;

    va_start(args, format);
    vsnprintf(d->text + n, sizeof(d->text) - n, format, args);
    va_end(args);
}

static int take_part(void *arg, const struct exchange_part *part)
{
    struct diary *d = arg;

    if (part->kind == EXCHANGE_CALL) {
        assert_int_equal(part->no, d->next_no);
        d->next_no += part->message_count;
    }
    note(d, "%u ", part->message_count);
    d->key = part->exchange_key;
    return 0;
}

static int take_dialog(void *arg, const struct dialog_record *r)
{
    note(arg, "dialog:%s ", dialog_state_name(r->state));
    return 0;
}

static void note_call(struct diary *d, const char *how,
                      const struct call_record *r)
{
    assert_true(key_equal(&r->call_key, &d->key));
    note(d, "%s:%s/%s/%s/%u ", how, call_state_name(r->state),
         call_disposition_name(r->disposition),
         call_end_cause_name(r->end_cause), r->counts.messages);
}

static int take_live(void *arg, const struct call_record *r)
{
    note_call(arg, "live", r);
    return 0;
}

static int take_call(void *arg, const struct call_record *r)
{
    note_call(arg, "call", r);
    return 0;
}

static int take_registration(void *arg, const struct registration_record *r)
{
    note(arg, "reg:%s:%u ", registration_state_name(r->state), r->renewals);
    return 0;
}

static int take_subscription(void *arg, const struct subscription_record *r)
{
    note(arg, "sub:%s:%u ", subscription_state_name(r->state), r->notifies);
    return 0;
}

static int take_tick(void *arg, int64_t clock_ns)
{
    struct diary *d = arg;

    (void)clock_ns;
    d->ticks++;
    note(d, "| ");
    return 0;
}

static const struct {
    const char *name;
    const char *steps[32];
    const char *told;
} rows[] = {
    {"a call from its INVITE to its end",
     {"0 a>b INVITE sdp", "300 tell", "310 b>a 100 INVITE", "800 tell",
      "900 b>a 180 INVITE to=x", "1000 tell", "1100 tell", "1600 tell",
      "2000 b>a 200 INVITE sdp to=x", "2100 tell", "2110 a>b ACK to=x br=2",
      "2600 tell", "9000 a>b BYE to=x br=3 cseq=2",
      "9010 b>a 200 BYE to=x br=3 cseq=2", "9500 tell", "10000 tell",
      "60000 tell"},
     "1 live:trying/unknown//1 | 1 live:trying/unknown//2 "
     "| 1 live:proceeding/unknown//3 | | | "
     "1 live:established/answered//4 | 1 live:confirmed/answered//5 "
     "| 2 live:terminated/answered/bye/7 | | "
     "dialog:terminated call:terminated/answered/bye/7 | | "},
    {"what has just begun waits for its start to settle",
     {"0 a>b INVITE", "50 tell", "99 tell", "101 tell"},
     "| | 1 live:trying/unknown//1 | | "},
    {"a challenge is no end, unless nothing comes of it",
     {"0 a>b INVITE", "5 b>a 401 INVITE to=x", "6 a>b ACK to=x", "400 tell",
      "450 tell", "1000 a>b INVITE br=2 cseq=2",
      "1400 b>a 486 INVITE to=y br=2 cseq=2", "1500 tell", "400000 tell"},
     "3 live:trying/unknown//3 | | 2 live:failed/busy/rejected/5 "
     "| call:failed/busy/rejected/5 | | "},
    {"silence is no end while more may come",
     {"0 a>b INVITE", "500 a>b INVITE", "33000 a>b INVITE", "33300 tell",
      "33400 tell", "200000 tell"},
     "2 1 live:trying/unknown//3 | | call:failed/timeout/no_response/3 | | "},
    {"a CANCEL ends it once the 487 is there",
     {"0 a>b INVITE", "5 b>a 180 INVITE to=x", "900 a>b CANCEL", "950 tell",
      "1000 b>a 487 INVITE to=x", "1500 tell"},
     "3 live:proceeding/unknown//3 | 1 live:failed/cancelled/cancel/4 | | "},
    {"registrations, each change once",
     {"0 a>b REGISTER | Expires: 60", "5 b>a 200 REGISTER to=x | Expires: 60",
      "300 tell", "600 tell", "30000 a>b REGISTER br=2 cseq=2 | Expires: 60",
      "30005 b>a 200 REGISTER to=x br=2 cseq=2 | Expires: 60", "30400 tell",
      "30500 tell"},
     "2 reg:registered:0 | | 2 reg:registered:1 | | | "},
    {"a subscription, once it is one",
     {"0 a>b SUBSCRIBE | Event: presence | Expires: 60", "300 tell",
      "305 b>a 200 SUBSCRIBE to=x | Expires: 60", "600 tell",
      "700 b>a NOTIFY from=x to=a br=2 | Event: presence | "
      "Subscription-State: active",
      "1000 tell", "1500 tell"},
     "1 | 1 sub::0 | 1 sub:active:1 | | | "},
};

static void open_diary(struct diary *d, const char *name)
{
    struct correlator_limits limits = correlator_limits_default;
    struct record_sink sink = {.arg = d,
                               .wants_messages = true,
                               .part_fn = take_part,
                               .dialog_fn = take_dialog,
                               .call_fn = take_call,
                               .registration_fn = take_registration,
                               .subscription_fn = take_subscription,
                               .live_fn = take_live,
                               .tick_fn = take_tick};

    memset(d, 0, sizeof(*d));
    d->run.name = name;
    d->run.pool = slab_pool_new(64);
    limits.live = true;
    assert_int_equal(correlator_new(&limits, &sink, &d->run.correlator), 0);
}

static void changes_are_told_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct diary d;

        open_diary(&d, rows[i].name);
        for (const char *const *s = rows[i].steps; *s; s++)
            scenario_step(&d.run, *s);
        assert_int_equal(correlator_end(d.run.correlator), 0);
        if (strcmp(d.text, rows[i].told))
            fail_msg("%s: %s", rows[i].name, d.text);
        scenario_close(&d.run);
    }
}

/* Stopped in mid-call: told of as it stands, and left open. */
static void a_stop_leaves_calls_open(void **state)
{
    struct diary d;

    (void)state;
    open_diary(&d, "stop");
    scenario_step(&d.run, "0 a>b INVITE");
    scenario_step(&d.run, "5 b>a 200 INVITE to=x");
    scenario_step(&d.run, "6 a>b ACK to=x br=2");
    assert_int_equal(correlator_end(d.run.correlator), 0);
    assert_string_equal(d.text, "3 live:confirmed/answered//3 | ");
    assert_int_equal(correlator_counters_of(d.run.correlator)->calls, 0);
    assert_int_equal(correlator_counters_of(d.run.correlator)->calls_left, 1);
    scenario_close(&d.run);
}

static int take_evidence(void *arg, const struct call_record *r)
{
    struct diary *d = arg;

    note(d, "%u:%s ", r->counts.messages,
         r->evidence & 1u << EVIDENCE_CAPTURE_GAP ? "gap" : "-");
    return 0;
}

/* Its BYE may have passed while nobody watched, and no message tells. */
static void a_restart_is_told_of_open_calls(void **state)
{
    struct correlator_limits limits = correlator_limits_default;
    struct diary d = {.run.name = "restart"};
    struct record_sink sink = {
        .arg = &d, .call_fn = take_evidence, .live_fn = take_evidence};
    struct capture_gap gap = {.kind = GAP_RESTART};

    (void)state;
    d.run.pool = slab_pool_new(64);
    limits.live = true;
    assert_int_equal(correlator_new(&limits, &sink, &d.run.correlator), 0);
    scenario_step(&d.run, "0 a>b INVITE");
    scenario_step(&d.run, "5 b>a 200 INVITE to=x");
    scenario_step(&d.run, "6 a>b ACK to=x br=2");
    scenario_step(&d.run, "500 tell");
    assert_string_equal(d.text, "3:- ");
    gap.from_ns = SCENARIO_T0_US * 1000 + INT64_C(20000000000);
    gap.to_ns = SCENARIO_T0_US * 1000 + INT64_C(21000000000);
    assert_int_equal(correlator_gap(d.run.correlator, &gap), 0);
    assert_int_equal(correlator_taken_up(d.run.correlator, NULL), 0);
    scenario_step(&d.run, "21500 tell");
    scenario_step(&d.run, "22000 tell");
    assert_string_equal(d.text, "3:- 3:gap ");
    scenario_close(&d.run);
}

/* --- registrations over a stop -------------------------------------------- */

struct bindings {
    struct scenario_run run;
    struct correlator *next; /* takes up what this one tells of */
    unsigned told;
    struct key key;
    uint32_t renewals;
    uint32_t attempts;
    enum registration_state state;
    int64_t ended_at;
};

static int take_binding(void *arg, const struct registration_record *r)
{
    struct bindings *b = arg;

    b->told++;
    b->key = r->registration_key;
    b->renewals = r->renewals;
    b->attempts = r->attempts;
    b->state = r->state;
    b->ended_at = r->ended_at;
    if (b->next)
        assert_int_equal(correlator_take_up_binding(b->next, r), 0);
    return 0;
}

static void open_bindings(struct bindings *b)
{
    struct correlator_limits limits = correlator_limits_default;
    struct record_sink sink = {.arg = b, .registration_fn = take_binding};

    memset(b, 0, sizeof(*b));
    b->run.pool = slab_pool_new(64);
    limits.live = true;
    limits.sensor = SPAN_LITERAL("here");
    assert_int_equal(correlator_new(&limits, &sink, &b->run.correlator), 0);
}

static void registrations_go_on(void **state)
{
    static const char *const contacts[] = {
        "Contact: <sip:a%20b@10.0.0.1:5070;transport=tcp>",
        "Contact: <sip:ab@10.0.0.1>;+sip.instance=\"<urn:uuid:1>\";reg-id=2"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(contacts); i++) {
        struct bindings before;
        struct bindings behind;
        char step[256];

        open_bindings(&before);
        open_bindings(&behind);
        before.next = behind.run.correlator;
        snprintf(step, sizeof(step),
                 "0 a>b REGISTER nocontact | Expires: 60 | %s", contacts[i]);
        scenario_step(&before.run, step);
        scenario_step(&before.run,
                      "5 b>a 200 REGISTER to=x nocontact | Expires: 60");
        assert_int_equal(correlator_end(before.run.correlator), 0);
        assert_int_equal(before.told, 1);
        assert_int_equal(correlator_taken_up(behind.run.correlator, NULL), 0);
        snprintf(step, sizeof(step),
                 "50000 a>b REGISTER nocontact id=c2 | Expires: 60 | %s",
                 contacts[i]);
        scenario_step(&behind.run, step);
        scenario_step(&behind.run, "50005 b>a 200 REGISTER to=x id=c2 "
                                   "nocontact | Expires: 60");
        scenario_step(&behind.run, "50500 tell");
        assert_int_equal(behind.told, 1);
        assert_true(key_equal(&before.key, &behind.key));
        assert_int_equal(behind.renewals, 1);
        assert_int_equal(behind.attempts, 2);
        scenario_step(&behind.run, "200000 tell");
        assert_int_equal(behind.told, 2);
        assert_int_equal(behind.state, REGISTRATION_EXPIRED);
        assert_int_equal(behind.ended_at, SCENARIO_T0_US + 110005000);
        scenario_close(&before.run);
        scenario_close(&behind.run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_told_of),
        cmocka_unit_test(a_stop_leaves_calls_open),
        cmocka_unit_test(a_restart_is_told_of_open_calls),
        cmocka_unit_test(registrations_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
