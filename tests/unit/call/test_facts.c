#include "test.h"

#include "call/facts.h"

#define AT(ms) (INT64_C(1000) * (ms))
#define SECONDS(s) AT(1000 * (s))
#define EVIDENCE(name) (1u << EVIDENCE_##name)

/* A call of which nothing but the INVITE was seen. */
static struct call_facts begun(void)
{
    struct call_bye_facts no_bye = {TIME_NONE, TIME_NONE, TIME_NONE,
                                    false,     false,     NULL};

    return (struct call_facts){
        .now = SECONDS(100),
        .provisional_limit_us = SECONDS(600),
        .start_seen = true,
        .start_proved = true,
        .transmissions = 1,
        .invite_at = 0,
        .progress_round_at = TIME_NONE,
        .auth_us = TIME_NONE,
        .trying_at = TIME_NONE,
        .progress_at = TIME_NONE,
        .ringing_at = TIME_NONE,
        .forwarded_at = TIME_NONE,
        .queued_at = TIME_NONE,
        .early_media_at = TIME_NONE,
        .final_at = TIME_NONE,
        .final_last_at = TIME_NONE,
        .ack_at = TIME_NONE,
        .cancel_at = TIME_NONE,
        .byes = {no_bye, no_bye},
        .lost_at = TIME_NONE,
        .dialog_request_at = TIME_NONE,
        .timer_expiry = TIME_NONE,
    };
}

static struct call_facts refused(uint16_t status, bool rang)
{
    struct call_facts f = begun();

    f.response_seen = true;
    f.status_code = status;
    f.final_at = f.final_last_at = f.last_message_at = SECONDS(5);
    f.rang = rang;
    if (rang)
        f.progress_at = f.ringing_at = SECONDS(1);
    f.progress_round_at = rang ? 0 : TIME_NONE;
    return f;
}

static void status_decides(void **state)
{
    static const struct {
        uint16_t status;
        bool rang;
        enum call_disposition expected;
    } rows[] = {
        {300, false, CALL_REDIRECTED},
        {302, true, CALL_REDIRECTED},
        {399, false, CALL_REDIRECTED},
        {400, false, CALL_REJECTED},
        {401, false, CALL_AUTH_FAILED},
        {403, true, CALL_REJECTED},
        {404, false, CALL_NOT_FOUND},
        {407, true, CALL_AUTH_FAILED},
        {408, false, CALL_UNAVAILABLE},
        {408, true, CALL_NO_ANSWER},
        {410, false, CALL_NOT_FOUND},
        {415, false, CALL_REJECTED},
        {480, false, CALL_UNAVAILABLE},
        {480, true, CALL_NO_ANSWER},
        {484, false, CALL_NOT_FOUND},
        {485, false, CALL_NOT_FOUND},
        {486, true, CALL_BUSY},
        {487, true, CALL_CANCELLED},
        {488, true, CALL_REJECTED},
        {499, false, CALL_REJECTED},
        {500, false, CALL_SERVER_ERROR},
        {503, true, CALL_SERVER_ERROR},
        {599, false, CALL_SERVER_ERROR},
        {600, false, CALL_BUSY},
        {603, false, CALL_DECLINED},
        {604, false, CALL_NOT_FOUND},
        {606, false, CALL_GLOBAL_FAILURE},
        {607, false, CALL_DECLINED},
        {608, false, CALL_REJECTED},
        {699, false, CALL_BUSY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_facts f = refused(rows[i].status, rows[i].rang);
        uint32_t evidence = 0;
        enum call_disposition d = call_disposition_of(&f, &evidence);

        if (d != rows[i].expected)
            fail_msg("%u: %s", rows[i].status, call_disposition_name(d));
    }
}

/* RFC 6432: the cause decides unless the status is clear by itself. */
static void q850_decides(void **state)
{
    static const struct {
        uint16_t status;
        int32_t cause;
        enum call_disposition expected;
    } rows[] = {
        {503, 17, CALL_BUSY},
        {480, 18, CALL_NO_ANSWER},
        {480, 19, CALL_NO_ANSWER},
        {500, 20, CALL_UNAVAILABLE},
        {480, 21, CALL_DECLINED},
        {480, 1, CALL_NOT_FOUND},
        {500, 2, CALL_NOT_FOUND},
        {500, 3, CALL_NOT_FOUND},
        {500, 22, CALL_NOT_FOUND},
        {500, 28, CALL_NOT_FOUND},
        {503, 34, CALL_SERVER_ERROR},
        {480, 16, CALL_UNAVAILABLE},
        {404, 17, CALL_NOT_FOUND},
        {410, 17, CALL_NOT_FOUND},
        {484, 17, CALL_NOT_FOUND},
        {485, 17, CALL_NOT_FOUND},
        {486, 21, CALL_BUSY},
        {600, 21, CALL_BUSY},
        {604, 17, CALL_NOT_FOUND},
        {603, 17, CALL_BUSY},
        {487, 26, CALL_ANSWERED_ELSEWHERE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_facts f = refused(rows[i].status, false);
        struct call_reason reason = {.has_q850 = true, .q850 = rows[i].cause};
        uint32_t evidence = 0;
        enum call_disposition d;

        f.final_reason = &reason;
        d = call_disposition_of(&f, &evidence);
        if (d != rows[i].expected)
            fail_msg("%u with %d: %s", rows[i].status, (int)rows[i].cause,
                     call_disposition_name(d));
    }
}

static void who_refused(void **state)
{
    static const struct {
        uint16_t status;
        bool tag_rang;
        enum call_ended_by by;
    } rows[] = {
        {486, false, ENDED_BY_CALLEE},  {600, false, ENDED_BY_CALLEE},
        {603, false, ENDED_BY_CALLEE},  {607, false, ENDED_BY_CALLEE},
        {480, false, ENDED_BY_NETWORK}, {480, true, ENDED_BY_CALLEE},
        {503, false, ENDED_BY_NETWORK}, {302, false, ENDED_BY_NETWORK},
        {404, true, ENDED_BY_CALLEE},   {487, true, ENDED_BY_CALLER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_facts f = refused(rows[i].status, false);
        uint32_t evidence = 0;
        struct call_end end;

        f.final_tag_rang = rows[i].tag_rang;
        call_end_of(&f, call_disposition_of(&f, &evidence), &end);
        if (end.by != rows[i].by || !end.exact || end.at != SECONDS(5))
            fail_msg("%u: %s", rows[i].status, call_ended_by_name(end.by));
    }
}

static void silence(void **state)
{
    static const struct {
        const char *name;
        int64_t now_s;
        uint32_t transmissions;
        bool reliable;
        bool ack_alone;
        enum call_disposition disposition;
        uint32_t evidence;
    } rows[] = {
        {"not yet", 31, 6, false, false, CALL_UNKNOWN, 0},
        {"repeated", 32, 7, false, false, CALL_TIMEOUT, 0},
        {"once over UDP", 32, 1, false, false, CALL_UNKNOWN,
         EVIDENCE(ONE_DIRECTION)},
        {"once over UDP, not long ago", 31, 1, false, false, CALL_UNKNOWN, 0},
        {"once over TCP", 32, 1, true, false, CALL_TIMEOUT, 0},
        {"acknowledged over TCP", 32, 1, true, true, CALL_UNKNOWN,
         EVIDENCE(ONE_DIRECTION)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_facts f = begun();
        uint32_t evidence = 0;

        f.now = SECONDS(rows[i].now_s);
        f.transmissions = rows[i].transmissions;
        f.reliable = rows[i].reliable;
        f.ack_alone = rows[i].ack_alone;
        ROW_ASSERT(rows[i].name,
                   call_disposition_of(&f, &evidence) == rows[i].disposition);
        ROW_ASSERT(rows[i].name, evidence == rows[i].evidence);
    }
}

/* R7, for an answered call and others. */
static void states(void **state)
{
    static const struct {
        const char *name;
        uint16_t status;
        bool progress;
        bool acked;
        bool over;
        enum call_state expected;
    } rows[] = {
        {"nothing", 0, false, false, false, CALL_TRYING},
        {"rings", 0, true, false, false, CALL_PROCEEDING},
        {"200", 200, true, false, false, CALL_ESTABLISHED},
        {"200 and ACK", 200, true, true, false, CALL_CONFIRMED},
        {"200, ACK, BYE", 200, true, true, true, CALL_TERMINATED},
        {"486", 486, true, true, true, CALL_FAILED},
        {"503", 503, false, false, true, CALL_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_facts f = begun();
        struct call_end end = {.over = rows[i].over, .cause = END_BYE};
        uint32_t evidence = 0;
        enum call_disposition d;

        f.status_code = rows[i].status;
        f.response_seen = rows[i].progress;
        f.progress_at = rows[i].progress ? 1 : TIME_NONE;
        f.ack_at = rows[i].acked ? 3 : TIME_NONE;
        d = call_disposition_of(&f, &evidence);
        ROW_ASSERT(rows[i].name,
                   call_state_of(&f, d, &end) == rows[i].expected);
    }
}

/* R12, rounds included: each from the first transmission of its INVITE. */
static void durations(void **state)
{
    struct call_facts f = begun();
    struct call_end end = {.at = AT(9000), .over = true};
    struct call_times times;
    struct call_durations d;

    (void)state;
    f.round_at = f.progress_round_at = AT(100);
    f.auth_us = AT(40);
    f.progress_at = f.ringing_at = AT(600);
    f.status_code = 200;
    f.final_at = f.final_last_at = 2500500; /* rounds half up */
    call_times_of(&f, CALL_ANSWERED, &end, &times, &d);
    assert_int_equal(d.pdd_ms, 500);
    assert_int_equal(d.pdd_total_ms, 600);
    assert_int_equal(d.setup_ms, 2401);
    assert_int_equal(d.ring_ms, 1901);
    assert_int_equal(d.talk_ms, 6500);
    assert_int_equal(d.total_ms, 9000);
    assert_int_equal(d.auth_ms, 40);
    assert_true(d.cancel_ms == TIME_NONE);
    assert_true(d.disconnect_ms == TIME_NONE);
    assert_true(times.answered_at == f.final_at);

    f.status_code = 407; /* a challenge is no sign of the far side */
    f.progress_at = f.ringing_at = TIME_NONE;
    call_times_of(&f, CALL_AUTH_FAILED, &end, &times, &d);
    assert_true(d.pdd_ms == TIME_NONE);
    assert_true(times.answered_at == TIME_NONE);
    assert_true(d.talk_ms == TIME_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_decides), cmocka_unit_test(q850_decides),
        cmocka_unit_test(who_refused),    cmocka_unit_test(silence),
        cmocka_unit_test(states),         cmocka_unit_test(durations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
