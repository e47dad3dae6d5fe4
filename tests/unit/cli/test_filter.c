#include "test.h"

#include "cli/filter.h"
#include "report/record.h"

static struct call_filter none(void)
{
    return (struct call_filter){.since_us = TIME_NONE,
                                .until_us = TIME_NONE,
                                .min_pdd_ms = TIME_NONE,
                                .min_duration_ms = TIME_NONE,
                                .max_duration_ms = TIME_NONE};
}

static struct call_record alice(void)
{
    struct call_record r = sample_record();

    r.parties.caller_user = SPAN_LITERAL("alice");
    r.parties.caller_host = SPAN_LITERAL("Example.com");
    r.parties.caller_number = SPAN_NONE;
    r.parties.callee_user = SPAN_LITERAL("+49 30-1234");
    r.parties.callee_host = SPAN_LITERAL("gw");
    r.parties.callee_number = SPAN_LITERAL("+49301234");
    r.identity.pai_user = SPAN_LITERAL("4711");
    return r;
}

static void parties(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        const char *number;
        bool passes;
    } rows[] = {
        {"alice", "", "", true},
        {"ali*", "", "", true},
        {"*ice", "", "", true},
        {"Alice", "", "", false},
        {"alic", "", "", false},
        {"alice@example.com", "", "", true},
        {"alice@example.org", "", "", false},
        {"4711", "", "", true},
        {"+49301234", "", "", false},
        {"", "+49301234", "", true},
        {"", "49301234", "", true},
        {"", "4930*", "", true},
        {"", "+4930*", "", true},
        {"", "*1234", "", true},
        {"", "9301234", "", false},
        {"", "", "49301234", true},
        {"", "", "alice", true},
        {"", "", "bob", false},
        {"alice", "bob", "", false},
        {"*", "*", "*", true},
    };
    struct call_record r = alice();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call_filter f = none();
        char name[64];

        f.from = span_of_string(rows[i].from);
        f.to = span_of_string(rows[i].to);
        f.number = span_of_string(rows[i].number);
        snprintf(name, sizeof(name), "%s, %s, %s", rows[i].from, rows[i].to,
                 rows[i].number);
        ROW_ASSERT(name, filter_match(&f, &r) == rows[i].passes);
    }
}

static void values(void **state)
{
    struct call_record r = alice();
    struct call_filter f = none();

    (void)state;
    assert_true(filter_match(&f, &r));
    f.since_us = r.first_at;
    assert_true(filter_match(&f, &r));
    f.until_us = r.first_at;
    assert_false(filter_match(&f, &r));
    f = none();
    f.min_pdd_ms = 122;
    f.min_duration_ms = f.max_duration_ms = 2232;
    assert_true(filter_match(&f, &r));
    f.min_pdd_ms = 123;
    assert_false(filter_match(&f, &r));
    f = none();
    f.max_duration_ms = 100000;
    r.durations.talk_ms = TIME_NONE;
    assert_false(filter_match(&f, &r));
    f = none();
    f.status_low = 200;
    f.status_high = 299;
    f.dispositions = 1u << CALL_ANSWERED | 1u << CALL_BUSY;
    assert_true(filter_match(&f, &r));
    f.dispositions = 1u << CALL_BUSY;
    assert_false(filter_match(&f, &r));
    f = none();
    f.ip = r.dst.address;
    assert_true(filter_match(&f, &r));
    f.ip.bytes[0]++;
    assert_false(filter_match(&f, &r));
    f = none();
    f.call_id = SPAN_LITERAL("other");
    assert_false(filter_match(&f, &r));
}

static void starts(void **state)
{
    struct call_record r = alice();
    struct call_filter f = none();

    (void)state;
    r.evidence |= 1u << EVIDENCE_NO_START;
    assert_false(filter_match(&f, &r));
    f.all = true;
    assert_true(filter_match(&f, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parties),
        cmocka_unit_test(values),
        cmocka_unit_test(starts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
