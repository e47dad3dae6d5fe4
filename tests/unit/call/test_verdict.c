#include "test.h"

#include "call/verdict.h"

#define EVIDENCE(name) (1u << EVIDENCE_##name)

static const uint8_t caller_bytes[4] = {192, 0, 2, 7};
static const uint8_t callee_bytes[4] = {198, 51, 100, 1};
static const uint8_t third_bytes[4] = {203, 0, 113, 9};

/* A call answered after 2 s that lasted 7.25 s. */
static struct call_record answered(void)
{
    struct call_record r = {0};
    int64_t *times = (int64_t *)(void *)&r.times;
    int64_t *durations = (int64_t *)(void *)&r.durations;

    for (size_t i = 0; i < sizeof(r.times) / sizeof(*times); i++)
        times[i] = TIME_NONE;
    for (size_t i = 0; i < sizeof(r.durations) / sizeof(*durations); i++)
        durations[i] = TIME_NONE;
    r.disposition = CALL_ANSWERED;
    r.status_code = 200;
    r.reason_phrase = SPAN_LITERAL("OK");
    r.durations.talk_ms = 7250;
    r.ended_by = ENDED_BY_CALLEE;
    r.end_cause = END_BYE;
    return r;
}

static struct verdict_facts sides(void)
{
    return (struct verdict_facts){
        .invite_sent = 1,
        .final_sent = 1,
        .cancel_answered = true,
        .caller = address_v4(caller_bytes),
        .callee = address_v4(callee_bytes),
    };
}

static void assert_says(const struct call_record *r,
                        const struct verdict_facts *f, const char *expected)
{
    char text[VERDICT_BYTES];
    size_t n = call_verdict_write(r, f, text);

    if (n != strlen(expected) || memcmp(text, expected, n) != 0)
        fail_msg("\"%.*s\", not \"%s\"", (int)n, text, expected);
}

static void answered_calls_are_told(void **state)
{
    static const struct {
        enum call_end_cause cause;
        enum call_ended_by by;
        uint32_t final_sent;
        uint32_t evidence;
        int32_t q850; /* 0 for none */
        const char *expected;
    } rows[] = {
        {END_BYE, ENDED_BY_CALLEE, 1, 0, 0,
         "answered, ended by the callee after 7.3 s"},
        {END_BYE, ENDED_BY_CALLER, 1, 0, 16,
         "answered, ended by the caller after 7.3 s"},
        {END_BYE, ENDED_BY_NETWORK, 1, 0, 102,
         "answered, ended by the network after 7.3 s, Q.850 cause 102 "
         "(recovery on timer expiry)"},
        {END_BYE, ENDED_BY_CALLER, 1, 0, -5,
         "answered, ended by the caller after 7.3 s, Q.850 cause -5"},
        {END_BYE_UNCONFIRMED, ENDED_BY_CALLER, 1, 0, 0,
         "answered, ended by the caller after 7.3 s; the BYE to 203.0.113.9 "
         "was never answered"},
        {END_NO_ACK, ENDED_BY_UNKNOWN, 16, 0, 0,
         "200 OK sent 16 times, never acknowledged: the callee's answer does "
         "not reach 192.0.2.7"},
        {END_NO_ACK, ENDED_BY_CALLEE, 1, 0, 0,
         "200 OK, never acknowledged: the callee's answer does not reach "
         "192.0.2.7"},
        {END_DIALOG_LOST, ENDED_BY_NETWORK, 1, 0, 0,
         "answered, but lost after 7.3 s: 203.0.113.9 no longer knew the "
         "dialog (481 to UPDATE)"},
        {END_SESSION_TIMER, ENDED_BY_TIMEOUT, 1, EVIDENCE(NO_END), 0,
         "answered, session timer ran out after 7.3 s: the callee did not "
         "refresh it within 1800 s, and no BYE was seen"},
        {END_IDLE, ENDED_BY_TIMEOUT, 1, EVIDENCE(NO_END), 0,
         "answered, and not a word since after 7.3 s: no BYE was seen"},
        {END_CAPTURE_END, ENDED_BY_NONE, 1, EVIDENCE(NO_END), 0,
         "answered, still running at the end of the capture"},
        {END_BYE, ENDED_BY_CALLER, 1, EVIDENCE(ANSWER_NOT_SEEN), 0,
         "answered, ended by the caller after 7.3 s; the answer itself was not "
         "captured"},
        {END_BYE, ENDED_BY_CALLER, 1, EVIDENCE(CANCEL_CROSSED), 0,
         "answered, ended by the caller after 7.3 s; the caller's CANCEL came "
         "too late"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_record r = answered();
        struct verdict_facts f = sides();

        r.end_cause = rows[i].cause;
        r.ended_by = rows[i].by;
        r.evidence = rows[i].evidence;
        r.has_reason_q850 = rows[i].q850 != 0;
        r.reason_q850 = rows[i].q850;
        f.final_sent = rows[i].final_sent;
        f.bye_to = f.lost_by = address_v4(third_bytes);
        f.lost_status = 481;
        f.lost_method = SIP_UPDATE;
        f.timer_s = 1800;
        assert_says(&r, &f, rows[i].expected);
    }
}

static void broken_paths_are_told(void **state)
{
    struct call_record r = answered();
    struct verdict_facts f = sides();

    (void)state;
    f.deaf = f.caller;
    f.unheard = f.callee;
    assert_says(&r, &f,
                "answered, ended by the callee after 7.3 s; what 198.51.100.1 "
                "answers does not reach 192.0.2.7");
    f = sides();
    f.sent_after_ack = true;
    f.final_sent = 9;
    assert_says(&r, &f,
                "answered, ended by the callee after 7.3 s; 200 OK sent 9 "
                "times though acknowledged: the ACK does not reach "
                "198.51.100.1");
}

static struct call_record refused(enum call_disposition d, uint16_t status)
{
    struct call_record r = answered();

    r.disposition = d;
    r.status_code = status;
    r.reason_phrase = SPAN_NONE;
    r.durations.talk_ms = TIME_NONE;
    r.durations.total_ms = 2900;
    r.ended_by = ENDED_BY_CALLEE;
    r.end_cause = END_REJECTED;
    return r;
}

static void failures_are_told(void **state)
{
    static const struct {
        enum call_disposition disposition;
        uint16_t status;
        int32_t q850;
        uint16_t hop_status;
        const char *expected;
    } rows[] = {
        {CALL_BUSY, 486, 0, 0,
         "busy: 486 Busy Here from 198.51.100.1 after 2.9 s"},
        {CALL_UNAVAILABLE, 480, 0, 486,
         "unavailable: 480 Temporarily Unavailable from 198.51.100.1 after 2.9 "
         "s; hop 2 got 486 Busy Here from 203.0.113.9"},
        {CALL_SERVER_ERROR, 503, 34, 0,
         "server error: 503 Service Unavailable from 198.51.100.1 after 2.9 s, "
         "Q.850 cause 34 (no circuit available)"},
        {CALL_GLOBAL_FAILURE, 699, 0, 0,
         "rejected everywhere: 699 from 198.51.100.1 after 2.9 s"},
        {CALL_AUTH_FAILED, 407, 0, 0,
         "authentication failed: the caller did not answer the challenge (407 "
         "Proxy Authentication Required)"},
        {CALL_ANSWERED_ELSEWHERE, 487, 0, 0, "answered by another phone"},
        {CALL_REDIRECTED, 302, 0, 0,
         "redirected to sip:a?b@x (302 Moved Temporarily), where the caller "
         "did not call"},
    };
    static const struct span targets[] = {{"sip:a\x1b"
                                           "b@x",
                                           9}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_record r = refused(rows[i].disposition, rows[i].status);
        struct verdict_facts f = sides();

        r.has_reason_q850 = rows[i].q850 != 0;
        r.reason_q850 = rows[i].q850;
        r.counts.auth_challenges = 1;
        r.redirect_to = targets;
        r.redirect_to_count = 1;
        f.hop = rows[i].hop_status ? 2 : 0;
        f.hop_status = rows[i].hop_status;
        f.hop_from = address_v4(third_bytes);
        assert_says(&r, &f, rows[i].expected);
    }
}

static void silence_is_told(void **state)
{
    struct call_record r = refused(CALL_UNAVAILABLE, 408);
    struct verdict_facts f = sides();

    (void)state;
    f.silent = address_v4(third_bytes);
    assert_says(&r, &f,
                "unavailable: 408 Request Timeout from 198.51.100.1 after 2.9 "
                "s; the INVITE sent on to 203.0.113.9 was never answered");
    r = refused(CALL_TIMEOUT, 0);
    f = sides();
    f.invite_sent = 7;
    assert_says(&r, &f,
                "no answer at all from 198.51.100.1: INVITE sent 7 times");
    f.invite_sent = 1;
    assert_says(&r, &f, "no answer at all from 198.51.100.1: one INVITE");
    r.times.progress_at = 1;
    f.rang = true;
    assert_says(&r, &f, "rang, but never a final response from 198.51.100.1");
    r = refused(CALL_UNKNOWN, 0);
    r.evidence = EVIDENCE(ONE_DIRECTION);
    assert_says(&r, &f,
                "only one direction was captured: what 198.51.100.1 answered "
                "went another way");
}

static void giving_up_is_told(void **state)
{
    struct call_record r = refused(CALL_CANCELLED, 487);
    struct verdict_facts f = sides();

    (void)state;
    r.durations.cancel_ms = 5040;
    assert_says(&r, &f, "given up by the caller after 5.0 s, before it rang");
    r.times.ringing_at = 1;
    r.durations.ring_ms = 4000;
    f.rang = true;
    assert_says(&r, &f, "given up by the caller after 4.0 s of ringing");
    f.cancel_answered = false;
    assert_says(&r, &f,
                "given up by the caller after 4.0 s of ringing; the CANCEL was "
                "not followed by a 487");
    r.evidence = EVIDENCE(CANCEL_NOT_SEEN);
    assert_says(&r, &f, "487 Request Terminated, though no CANCEL was seen");
}

static void calls_without_start_are_told(void **state)
{
    struct call_record r = refused(CALL_UNKNOWN, 0);
    struct verdict_facts f = sides();

    (void)state;
    r.evidence = EVIDENCE(NO_START);
    r.end_cause = END_BYE;
    assert_says(&r, &f, "begun before the capture, ended by a BYE");
    r.end_cause = END_CAPTURE_END;
    r.ended_by = ENDED_BY_NONE;
    assert_says(&r, &f, "begun before the capture, still running at its end");
    r.status_code = 200;
    assert_says(&r, &f,
                "begun before the capture; its INVITE was not seen, its answer "
                "was 200 OK");
}

/* Whatever the wire says: printable, bounded, never empty. */
static void any_record_is_clean(void **state)
{
    static char wild[1000];
    const struct span targets[] = {{wild, sizeof(wild)}, {wild, sizeof(wild)}};

    (void)state;
    memset(wild, '\x1b', sizeof(wild));
    for (unsigned d = 0; d < CALL_DISPOSITION_COUNT; d++)
        for (unsigned c = 0; c < END_CAUSE_COUNT; c++)
            for (unsigned e = 0; e < EVIDENCE_COUNT; e++) {
                struct call_record r = refused((enum call_disposition)d, 999);
                struct verdict_facts f = {.silent = address_v4(third_bytes)};
                char text[VERDICT_BYTES];
                size_t n;

                r.end_cause = (enum call_end_cause)c;
                r.evidence = 1u << e;
                r.reason_phrase = span_of(wild, e);
                r.redirect_to = targets;
                r.redirect_to_count = 2;
                r.durations.talk_ms = INT64_MAX;
                n = call_verdict_write(&r, &f, text);
                assert_in_range(n, 4, VERDICT_BYTES);
                for (size_t i = 0; i < n; i++)
                    assert_in_range(text[i], 0x20, 0x7e);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answered_calls_are_told),
        cmocka_unit_test(broken_paths_are_told),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(silence_is_told),
        cmocka_unit_test(giving_up_is_told),
        cmocka_unit_test(calls_without_start_are_told),
        cmocka_unit_test(any_record_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
