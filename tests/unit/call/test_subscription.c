#include "scenario.h"

struct subscriptions {
    struct scenario_run run;
    struct subscription_record rows[256];
    char texts[256][5][64];
    size_t count; /* rows, the latest of each key */
    size_t told;
};

static void keep_text(struct span *s, char room[64])
{
    s->length = s->length < 64 ? s->length : 64;
    if (s->length)
        memcpy(room, s->data, s->length);
    s->data = room;
}

static int take(void *arg, const struct subscription_record *r)
{
    struct subscriptions *u = arg;
    size_t i = 0;

    u->told++;
    while (i < u->count &&
           !key_equal(&u->rows[i].subscription_key, &r->subscription_key))
        i++;
    assert_in_range(i, 0, COUNT_OF(u->rows) - 1);
    u->count += i == u->count;
    u->rows[i] = *r;
    keep_text(&u->rows[i].subscriber_tag, u->texts[i][0]);
    keep_text(&u->rows[i].notifier_tag, u->texts[i][1]);
    keep_text(&u->rows[i].event, u->texts[i][2]);
    keep_text(&u->rows[i].event_id, u->texts[i][3]);
    keep_text(&u->rows[i].reason, u->texts[i][4]);
    return 0;
}

static int no_call(void *arg, const struct call_record *call)
{
    (void)arg;
    (void)call;
    return 0;
}

static int no_dialog(void *arg, const struct dialog_record *dialog)
{
    (void)arg;
    (void)dialog;
    return 0;
}

static int no_part(void *arg, const struct exchange_part *part)
{
    (void)arg;
    (void)part;
    return 0;
}

static struct subscriptions *begin(const char *name, size_t cap)
{
    struct subscriptions *u = calloc(1, sizeof(*u));
    struct correlator_limits limits = correlator_limits_default;
    struct record_sink sink = {.arg = u,
                               .wants_messages = true,
                               .part_fn = no_part,
                               .dialog_fn = no_dialog,
                               .call_fn = no_call,
                               .subscription_fn = take};

    assert_non_null(u);
    u->run.name = name;
    if (cap)
        limits.subscriptions = cap;
    u->run.pool = slab_pool_new(64);
    assert_non_null(u->run.pool);
    assert_int_equal(correlator_new(&limits, &sink, &u->run.correlator), 0);
    return u;
}

static void finish(struct subscriptions *u)
{
    correlator_free(u->run.correlator);
    slab_pool_free(u->run.pool);
    free(u);
}

/* "kind event/id sub>notifier state end reason N asked N notified code" */
static void write_row(const struct subscription_record *r, char text[256])
{
    char ended[32] = "-";

    if (r->ended_at != TIME_NONE)
        (void)snprintf(ended, sizeof(ended), "%lld",
                       (long long)time_ms_between(SCENARIO_T0_US, r->ended_at));
    (void)snprintf(
        text, 256, "%s %.*s%s%.*s %.*s>%.*s %s %s@%s %.*s %u %u %u%s",
        subscription_kind_name(r->kind), SPAN_ARG(r->event),
        r->event_id.length ? "/" : "", SPAN_ARG(r->event_id),
        SPAN_ARG(r->subscriber_tag), SPAN_ARG(r->notifier_tag),
        r->state ? subscription_state_name(r->state) : "-",
        r->end ? subscription_end_name(r->end) : "-", ended,
        SPAN_ARG(r->reason.length ? r->reason : SPAN_LITERAL("-")),
        r->subscribes, r->notifies, r->status_code, r->in_call ? " call" : "");
}

#define EVENT(package) " | Event: " package
#define STATE(state) " | Subscription-State: " state

static const struct scenario scenarios[] = {
    {"asked for, notified, refreshed, taken back",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("presence") " | Expires: 600",
      "10 b>a 200 SUBSCRIBE br=1 from=s to=n | Expires: 300",
      "20 b>a NOTIFY br=2 from=n to=s" EVENT("presence")
          STATE("active;expires=300"),
      "30 a>b 200 NOTIFY br=2 from=n to=s",
      "200000 a>b SUBSCRIBE br=3 cseq=2 from=s to=n" EVENT(
          "presence") " | Expires: 600",
      "200010 b>a 200 SUBSCRIBE br=3 cseq=2 from=s to=n | Expires: 300",
      "400000 a>b SUBSCRIBE br=4 cseq=3 from=s to=n" EVENT(
          "presence") " | Expires: 0",
      "400010 b>a 200 SUBSCRIBE br=4 cseq=3 from=s to=n | Expires: 0",
      "400020 b>a NOTIFY br=5 cseq=2 from=n to=s" EVENT("presence")
          STATE("terminated;reason=timeout")},
     {"subscribe presence s>n terminated unsubscribed@400010 timeout 3 2 200"}},
    {"the NOTIFY overtakes the 2xx",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("dialog"),
      "5 b>a NOTIFY br=2 from=n to=s" EVENT("dialog") STATE("pending"),
      "10 b>a 200 SUBSCRIBE br=1 from=s to=n | Expires: 30"},
     {"subscribe dialog s>n pending -@- - 1 1 200"}},
    {"it forks: one row for each notifier",
     {"0 a>p SUBSCRIBE br=1 from=s" EVENT("presence"),
      "5 b>a NOTIFY br=2 from=n1 to=s" EVENT("presence") STATE("active"),
      "6 d>a NOTIFY br=3 from=n2 to=s" EVENT("presence") STATE("active"),
      "7 p>a 200 SUBSCRIBE br=1 from=s to=n3 | Expires: 3600",
      "8 a>d 481 NOTIFY br=3 from=n2 to=s"},
     {"subscribe presence s>n1 active -@- - 1 1 0",
      "subscribe presence s>n2 terminated lost@8 - 1 1 0",
      "subscribe presence s>n3 - -@- - 1 0 200"}},
    {"481 to a NOTIFY ends that one, not the other of the dialog",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("dialog"),
      "1 b>a 200 SUBSCRIBE br=1 from=s to=n | Expires: 600",
      "2 a>b SUBSCRIBE br=2 cseq=2 from=s to=n" EVENT("presence;id=7"),
      "3 b>a 200 SUBSCRIBE br=2 cseq=2 from=s to=n | Expires: 600",
      "4 b>a NOTIFY br=3 from=n to=s" EVENT("dialog") STATE("active"),
      "5 b>a NOTIFY br=4 cseq=2 from=n to=s" EVENT("presence;id=7")
          STATE("active"),
      "6 a>b 481 NOTIFY br=4 cseq=2 from=n to=s"},
     {"subscribe dialog s>n active -@- - 1 1 200",
      "subscribe presence/7 s>n terminated lost@6 - 1 1 200"}},
    {"a poll",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("reg") " | Expires: 0",
      "1 b>a 200 SUBSCRIBE br=1 from=s to=n | Expires: 0",
      "2 b>a NOTIFY br=2 from=n to=s" EVENT("reg")
          STATE("terminated;reason=timeout")},
     {"poll reg s>n terminated notify@2 timeout 1 1 200"}},
    {"refused behind a challenge",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("x"),
      "1 b>a 401 SUBSCRIBE br=1 from=s to=n",
      "2 a>b SUBSCRIBE br=2 cseq=2 from=s" EVENT("x"),
      "3 b>a 489 SUBSCRIBE br=2 cseq=2 from=s to=n"},
     {"refused x s> terminated refused@3 - 2 0 489"}},
    {"a challenge nobody answers is a refusal",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("x"),
      "1 b>a 407 SUBSCRIBE br=1 from=s to=n", "90000 clock"},
     {"refused x s> terminated refused@1 - 1 0 407"}},
    {"nobody asked",
     {"0 b>a NOTIFY br=1 from=n" EVENT("message-summary") STATE("active"),
      "1 a>b 200 NOTIFY br=1 from=n to=s"},
     {"unsolicited message-summary >n active -@- - 0 1 0"}},
    {"begun before the capture",
     {"0 b>a NOTIFY br=1 cseq=9 from=n to=s" EVENT("presence")
          STATE("active;expires=60"),
      "1 a>b 200 NOTIFY br=1 cseq=9 from=n to=s", "120000 clock"},
     {"subscribe presence s>n terminated expired@60000 - 0 1 0"}},
    {"a transfer inside a call, whose end leaves the call alone",
     {"0 a>b INVITE br=1", "1 b>a 200 INVITE br=1 to=b", "2 a>b ACK br=2 to=b",
      "10 b>a REFER br=3 cseq=5 from=b to=a | Refer-To: <sip:c@c>",
      "11 a>b 202 REFER br=3 cseq=5 from=b to=a",
      "12 a>b NOTIFY br=4 cseq=2 from=a to=b" EVENT("refer;id=5")
          STATE("active;expires=60"),
      "13 b>a 481 NOTIFY br=4 cseq=2 from=a to=b",
      "500 a>b BYE br=5 cseq=3 to=b", "501 b>a 200 BYE br=5 cseq=3 to=b"},
     {"refer refer b>a terminated lost@13 - 1 1 202 call"}},
    {"the same on a later hop is counted once",
     {"0 a>p SUBSCRIBE br=1 from=s" EVENT("presence"),
      "1 p>b SUBSCRIBE br=2 vias=2 from=s" EVENT("presence"),
      "2 b>p 200 SUBSCRIBE br=2 vias=2 from=s to=n | Expires: 60",
      "3 p>a 200 SUBSCRIBE br=1 from=s to=n | Expires: 60",
      "4 b>p NOTIFY br=3 from=n to=s" EVENT("presence") STATE("active"),
      "5 p>a NOTIFY br=4 vias=2 from=n to=s" EVENT("presence") STATE("active")},
     {"subscribe presence s>n active -@- - 1 1 200"}},
    {"not answered yet: no row",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("presence"), "900 clock"},
     {0}},
    {"never answered",
     {"0 a>b SUBSCRIBE br=1 from=s" EVENT("presence"), "90000 clock"},
     {"subscribe presence s> - -@- - 1 0 0"}},
};

static int compare_rows(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void subscriptions_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        const struct scenario *s = &scenarios[i];
        struct subscriptions *u = begin(s->name, 0);
        char rows[SCENARIO_CALLS][256] = {{0}};
        size_t expected = 0;

        for (size_t k = 0; k < SCENARIO_STEPS && s->steps[k]; k++)
            scenario_step(&u->run, s->steps[k]);
        assert_int_equal(correlator_end(u->run.correlator), 0);
        while (expected < SCENARIO_CALLS && s->calls[expected])
            expected++;
        if (u->count != expected)
            fail_msg("%s: %zu rows, not %zu", s->name, u->count, expected);
        for (size_t k = 0; k < expected; k++)
            write_row(&u->rows[k], rows[k]);
        qsort(rows, expected, sizeof(rows[0]), compare_rows);
        for (size_t k = 0; k < expected; k++)
            if (strcmp(rows[k], s->calls[k]))
                fail_msg("%s: \"%s\", not \"%s\"", s->name, rows[k],
                         s->calls[k]);
        finish(u);
    }
}

/* Tags without end under one Call-ID: bounded, and counted. */
static void floods_are_bounded(void **state)
{
    struct subscriptions *u = begin("flood", 0);
    const struct correlator_counters *counters =
        correlator_counters_of(u->run.correlator);

    (void)state;
    for (int i = 0; i < 500; i++) {
        char step[160];

        (void)snprintf(step, sizeof(step),
                       "%d b>a NOTIFY br=%d from=n%d to=s%s%s", i, i, i,
                       EVENT("presence"), STATE("active"));
        scenario_step(&u->run, step);
    }
    assert_int_equal(correlator_end(u->run.correlator), 0);
    assert_int_equal(u->count, SUBSCRIPTIONS_MAX);
    assert_int_equal(counters->subscriptions, SUBSCRIPTIONS_MAX);
    assert_int_equal(counters->subscriptions_dropped, 500 - SUBSCRIPTIONS_MAX);
    finish(u);

    u = begin("many Call-IDs", 100);
    counters = correlator_counters_of(u->run.correlator);
    for (int i = 0; i < 300; i++) {
        char step[160];

        (void)snprintf(step, sizeof(step),
                       "%d b>a NOTIFY id=c%d br=%d from=n to=s%s%s", i, i, i,
                       EVENT("presence"), STATE("active"));
        scenario_step(&u->run, step);
    }
    assert_int_equal(correlator_end(u->run.correlator), 0);
    assert_int_equal(u->count, 100);
    assert_int_equal(counters->subscriptions_dropped, 200);
    finish(u);
}

/* One that runs for long is told of before it ends. */
static void long_ones_are_told_of_early(void **state)
{
    struct subscriptions *u = begin("long", 0);

    (void)state;
    scenario_step(&u->run, "0 a>b SUBSCRIBE br=1 from=s" EVENT("presence"));
    scenario_step(&u->run, "1 b>a 200 SUBSCRIBE br=1 from=s to=n | "
                           "Expires: 80000");
    for (int i = 1; i < 150; i++) {
        char step[160];

        (void)snprintf(
            step, sizeof(step), "%d b>a NOTIFY br=n%d cseq=%d from=n to=s%s%s",
            i * 60000, i, i, EVENT("presence"), STATE("active;expires=80000"));
        scenario_step(&u->run, step);
    }
    assert_int_equal(u->told, 2);
    assert_int_equal(u->count, 1);
    assert_int_equal(correlator_end(u->run.correlator), 0);
    assert_int_equal(u->count, 1);
    assert_int_equal(u->rows[0].notifies, 149);
    finish(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subscriptions_are_read),
        cmocka_unit_test(floods_are_bounded),
        cmocka_unit_test(long_ones_are_told_of_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
