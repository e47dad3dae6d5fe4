#include "call/scenario.h"

/* What strangers may send: memory and time stay bounded, nothing is invented.
 * Times are not measured here; a quadratic walk would not end in time. */

struct counts {
    size_t calls;
    size_t dialogs;
    size_t messages;
    size_t timeouts; /* of calls */
    struct call_counts last;
    struct span longest_call_id;
};

static int count_call(void *arg, const struct call_record *call)
{
    struct counts *n = arg;

    n->calls++;
    n->timeouts += call->disposition == CALL_TIMEOUT;
    n->last = call->counts;
    return 0;
}

static int count_dialog(void *arg, const struct dialog_record *dialog)
{
    struct counts *n = arg;

    (void)dialog;
    n->dialogs++;
    return 0;
}

static int count_part(void *arg, const struct exchange_part *part)
{
    struct counts *n = arg;

    n->messages += part->message_count;
    return 0;
}

struct attack {
    struct scenario_run run;
    struct counts counts;
};

static void attack_open(struct attack *a,
                        const struct correlator_limits *limits)
{
    struct record_sink sink = {.arg = &a->counts,
                               .wants_messages = true,
                               .part_fn = count_part,
                               .dialog_fn = count_dialog,
                               .call_fn = count_call};

    memset(a, 0, sizeof(*a));
    a->run.name = "attack";
    a->run.pool = slab_pool_new(65536);
    assert_int_equal(correlator_new(limits, &sink, &a->run.correlator), 0);
}

static const struct correlator_counters *counters(const struct attack *a)
{
    return correlator_counters_of(a->run.correlator);
}

static void attack_close(struct attack *a)
{
    assert_int_equal(correlator_end(a->run.correlator), 0);
    /* Every message went somewhere. */
    assert_int_equal(a->counts.messages, counters(a)->messages);
    scenario_close(&a->run);
}

static void step(struct attack *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void step(struct attack *a, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    scenario_step(&a->run, text);
}

static void ten_thousand_to_tags(void **state)
{
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    step(&a, "0 a>b INVITE");
    for (int i = 0; i < 10000; i++)
        step(&a, "%d.5 b>a 180 INVITE to=t%d", i / 10, i);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 1);
    assert_int_equal(a.counts.dialogs, 256);
    assert_int_equal(a.counts.last.messages, 10001);
    assert_int_equal(a.counts.last.forks, 255);
}

static void a_call_id_used_a_hundred_thousand_times(void **state)
{
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    for (int i = 0; i < 100000; i++)
        step(&a, "%d a>b INVITE from=f%d br=b%d", i / 100, i, i);
    assert_true(counters(&a)->exchanges_dropped > 99000);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 100000);
}

static void a_flood_of_invites(void **state)
{
    struct correlator_limits limits = correlator_limits_default;
    struct attack a;

    (void)state;
    limits.exchanges = 1000;
    limits.transactions = 3000;
    attack_open(&a, &limits);
    for (int i = 0; i < 50000; i++)
        step(&a, "%d a>b INVITE id=i%d br=b%d", i / 100, i, i);
    assert_int_equal(counters(&a)->exchanges_dropped, 49000);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 50000);
    /* Pushed out before 32 s were over: nobody knows that none answered. */
    assert_int_equal(a.counts.timeouts, 0);
}

/* What is never answered ends by packet time, with no need of the cap. */
static void unanswered_invites_expire(void **state)
{
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    for (int i = 0; i < 2000; i++) {
        step(&a, "%d a>b INVITE id=i%d br=b%d", i, i, i);
        step(&a, "%d.5 a>b INVITE id=i%d br=b%d", i + 500, i, i);
    }
    step(&a, "200000 clock");
    assert_int_equal(counters(&a)->calls, 2000);
    assert_int_equal(counters(&a)->exchanges_dropped, 0);
    assert_int_equal(a.counts.timeouts, 2000);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 2000);
}

/* Forks without end that all answer: some are kept, the others counted. */
static void ten_thousand_answers(void **state)
{
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    step(&a, "0 a>b INVITE sdp");
    for (int i = 0; i < 10000; i++)
        step(&a, "%d.5 b>a 200 INVITE sdp to=t%d", i / 10, i);
    assert_int_equal(counters(&a)->dialogs_dropped, 10000 - 256);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 1);
    assert_int_equal(a.counts.dialogs, 256);
    assert_int_equal(a.counts.last.messages, 10001);
}

/* In one line or in as many: read, matched, one call. */
static void a_thousand_vias(void **state)
{
    static char vias[40000];
    static char text[50000];

    (void)state;
    for (int lines = 0; lines < 2; lines++) {
        struct attack a;
        size_t n = 0;

        for (int i = 0; i < 1000; i++)
            n += (size_t)snprintf(vias + n, sizeof(vias) - n,
                                  "%sSIP/2.0/UDP h;branch=z9hG4bK%d",
                                  !i      ? "Via: "
                                  : lines ? "\r\nVia: "
                                          : ",",
                                  i);
        attack_open(&a, &correlator_limits_default);
        for (int k = 0; k < 2; k++) {
            struct arrival where = {.time_ns = (k + 1) * 1000000};
            int length = snprintf(
                text, sizeof(text),
                "%s\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>%s\r\n"
                "Call-ID: v\r\nCSeq: 1 INVITE\r\n%s\r\nContent-Length: 0"
                "\r\n\r\n",
                k ? "SIP/2.0 486 Busy" : "INVITE sip:b@b SIP/2.0",
                k ? ";tag=2" : "", vias);

            assert_int_equal(
                correlator_observe(
                    a.run.correlator,
                    scenario_observe(&a.run, span_of(text, (size_t)length),
                                     &where)),
                0);
        }
        assert_int_equal(
            counters(&a)->anomalies[ANOMALY_RESPONSE_WITHOUT_REQUEST], 0);
        attack_close(&a);
        assert_int_equal(a.counts.calls, 1);
        assert_int_equal(a.counts.last.messages, 2);
    }
}

/* Each Call-ID of 60 kB: what they hold is bounded, the oldest go, counted. */
static void many_long_call_ids(void **state)
{
    static char text[70000];
    struct correlator_limits limits = correlator_limits_default;
    struct attack a;

    (void)state;
    limits.text_bytes = 1 << 20;
    attack_open(&a, &limits);
    for (int i = 0; i < 200; i++) {
        struct arrival where = {.time_ns = (i + 1) * 1000000};
        int n = snprintf(text, sizeof(text),
                         "INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch="
                         "z9hG4bK%d\r\nFrom: <sip:a@a>;tag=1\r\n"
                         "To: <sip:b@b>\r\nCSeq: 1 INVITE\r\nCall-ID: %d",
                         i, i);

        memset(text + n, 'x', 60000);
        n += 60000;
        n += snprintf(text + n, sizeof(text) - (size_t)n,
                      "\r\nContent-Length: 0\r\n\r\n");
        assert_int_equal(
            correlator_observe(
                a.run.correlator,
                scenario_observe(&a.run, span_of(text, (size_t)n), &where)),
            0);
    }
    assert_int_equal(counters(&a)->exchanges_dropped, 200 - 17);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 200);
}

/* A number that can be read makes a call, whatever it is; others make none. */
static void absurd_cseqs(void **state)
{
    static const struct {
        const char *cseq;
        size_t calls;
    } rows[] = {
        {"0 INVITE", 1},
        {"2147483648 INVITE", 1},
        {"4294967295 INVITE", 1},
        {"4294967296 INVITE", 0},
        {"99999999999999999999 INVITE", 0},
        {"-1 INVITE", 0},
        {"one INVITE", 0},
        {"INVITE", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arrival where = {.time_ns = 1000};
        struct attack a;
        char text[512];
        int n = snprintf(text, sizeof(text),
                         "INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch="
                         "z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n"
                         "To: <sip:b@b>\r\nCall-ID: c\r\nCSeq: %s\r\n\r\n",
                         rows[i].cseq);

        attack_open(&a, &correlator_limits_default);
        assert_int_equal(
            correlator_observe(
                a.run.correlator,
                scenario_observe(&a.run, span_of(text, (size_t)n), &where)),
            0);
        attack_close(&a);
        ROW_ASSERT(rows[i].cseq, a.counts.calls == rows[i].calls);
    }
}

/* Without tags: one call from its INVITE to its BYE, and none beside it. */
static void without_tags(void **state)
{
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    step(&a, "0 a>b INVITE notag");
    step(&a, "9 b>a 180 INVITE notag");
    step(&a, "20 b>a 200 INVITE notag");
    step(&a, "21 a>b ACK notag br=2");
    step(&a, "900 a>b BYE notag br=3 cseq=2");
    step(&a, "901 b>a 200 BYE notag br=3 cseq=2");
    attack_close(&a);
    assert_int_equal(a.counts.calls, 1);
    assert_int_equal(a.counts.last.messages, 6);
}

static void more_transactions_than_allowed(void **state)
{
    struct correlator_limits limits = correlator_limits_default;
    struct attack a;

    (void)state;
    limits.transactions = 100;
    attack_open(&a, &limits);
    step(&a, "0 a>b INVITE");
    step(&a, "100 b>a 200 INVITE to=b");
    step(&a, "110 a>b ACK to=b br=2");
    for (int i = 0; i < 5000; i++) {
        step(&a, "%d a>b INFO to=b br=i%d cseq=%d", 200 + i, i, i + 2);
        step(&a, "%d.5 b>a 200 INFO to=b br=i%d cseq=%d", 200 + i, i, i + 2);
    }
    step(&a, "6000 b>a BYE from=b to=a br=z");
    assert_int_equal(counters(&a)->transactions_dropped, 4902);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 1);
    assert_int_equal(a.counts.last.messages, 10004);
}

static void a_thousand_rounds_and_hops(void **state)
{
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    for (int i = 0; i < 1000; i++) {
        step(&a, "%d a>b INVITE br=r%d cseq=%d", 10 * i, i, i + 1);
        step(&a, "%d b>a 401 INVITE to=x br=r%d cseq=%d", 10 * i + 1, i, i + 1);
    }
    step(&a, "20000 c>d INVITE id=c2");
    for (int i = 0; i < 1000; i++)
        step(&a, "%d d>e INVITE id=c2 br=h%d vias=2", 20001 + i, i);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 2);
    assert_true(a.counts.last.branches >= 255);
}

static void long_texts(void **state)
{
    static char text[70000];
    struct arrival where = {.time_ns = 1000};
    struct attack a;
    int n;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    n = snprintf(text, sizeof(text),
                 "INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1"
                 "\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCSeq: "
                 "4294967295 INVITE\r\nCall-ID: ");
    memset(text + n, 'x', 60000);
    n += 60000;
    n += snprintf(text + n, sizeof(text) - (size_t)n,
                  "\r\nContent-Length: 0\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        where.time_ns += 1000000;
        assert_int_equal(
            correlator_observe(
                a.run.correlator,
                scenario_observe(&a.run, span_of(text, (size_t)n), &where)),
            0);
    }
    attack_close(&a);
    assert_int_equal(a.counts.calls, 1);
    assert_int_equal(a.counts.last.retransmissions, 2);
}

/* Whatever the times: before 1970, beyond 2106, to and fro. */
static void absurd_times(void **state)
{
    static const int64_t times[] = {
        INT64_MAX,           INT64_MIN + 2000, 0, -1, INT64_MAX - 1,
        4294967296000000000, INT64_MIN + 1};
    static const char *const starts[] = {
        "INVITE sip:b@b SIP/2.0", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"};
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    for (size_t i = 0; i < COUNT_OF(times) * COUNT_OF(starts); i++) {
        struct arrival where = {
            .time_ns = times[COUNT_OF(times) - 1 - i % COUNT_OF(times)]};
        char text[512];
        int n = snprintf(text, sizeof(text),
                         "%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%zu\r\n"
                         "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>%s\r\n"
                         "CSeq: 1 INVITE\r\nCall-ID: c%zu\r\n"
                         "Session-Expires: 4294967295\r\n\r\n",
                         starts[i % 3], i / 3, i % 3 ? ";tag=2" : "", i / 3);

        assert_int_equal(
            correlator_observe(
                a.run.correlator,
                scenario_observe(&a.run, span_of(text, (size_t)n), &where)),
            0);
    }
    attack_close(&a);
}

/* A request line says one method, the CSeq another (8.1.1.5): what one of them
 * left at the transaction is not what the other looks for there. */
static void methods_that_differ(void **state)
{
    static const char *const methods[] = {
        "INVITE", "ACK",   "BYE",    "CANCEL",    "UPDATE",
        "PRACK",  "REFER", "NOTIFY", "SUBSCRIBE", "REGISTER"};
    static const char *const codes[] = {"180", "200", "401", "481"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(methods) * COUNT_OF(methods); i++) {
        const char *line = methods[i / COUNT_OF(methods)];
        const char *cseq = methods[i % COUNT_OF(methods)];
        struct attack a;

        attack_open(&a, &correlator_limits_default);
        step(&a, "0 a>b INVITE");
        step(&a, "1 b>a 200 INVITE to=t");
        for (size_t k = 0; k < COUNT_OF(codes); k++) {
            step(&a, "%zu a>b %s cseqof=%s cseq=%zu br=x%zu to=t", 2 + k, line,
                 cseq, 2 + k, k);
            step(&a, "%zu.3 b>a %s %s cseq=%zu br=x%zu to=t", 2 + k, codes[k],
                 cseq, 2 + k, k);
            step(&a, "%zu.5 b>a %s %s cseq=%zu br=x%zu to=t", 2 + k, codes[k],
                 line, 2 + k, k);
        }
        attack_close(&a);
        assert_int_equal(a.counts.calls, 1);
    }
}

/* Neither Call-ID nor CSeq: kept, and no call made of it. */
static void without_ids(void **state)
{
    static const char *const texts[] = {
        "INVITE sip:b@b SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n",
        "BYE sip:b@b SIP/2.0\r\nCall-ID: x\r\n\r\n",
        "SIP/2.0 200 OK\r\n\r\n",
    };
    struct attack a;

    (void)state;
    attack_open(&a, &correlator_limits_default);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct arrival where = {.time_ns = (int64_t)i};

        assert_int_equal(
            correlator_observe(
                a.run.correlator,
                scenario_observe(&a.run, span_of_string(texts[i]), &where)),
            0);
    }
    assert_int_equal(counters(&a)->messages_without_ids, 3);
    attack_close(&a);
    assert_int_equal(a.counts.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_to_tags),
        cmocka_unit_test(a_call_id_used_a_hundred_thousand_times),
        cmocka_unit_test(a_flood_of_invites),
        cmocka_unit_test(unanswered_invites_expire),
        cmocka_unit_test(ten_thousand_answers),
        cmocka_unit_test(a_thousand_vias),
        cmocka_unit_test(many_long_call_ids),
        cmocka_unit_test(absurd_cseqs),
        cmocka_unit_test(without_tags),
        cmocka_unit_test(more_transactions_than_allowed),
        cmocka_unit_test(a_thousand_rounds_and_hops),
        cmocka_unit_test(long_texts),
        cmocka_unit_test(absurd_times),
        cmocka_unit_test(methods_that_differ),
        cmocka_unit_test(without_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
