#include "test.h"

#include "report/calls.h"
#include "report/record.h"

static const struct table_style plain = {SIZE_MAX, false};

static void assert_text(const struct text *t, const char *expected)
{
    assert_false(t->failed);
    if (!span_equal(text_span(t), span_of_string(expected)))
        fail_msg("got:\n%.*sexpected:\n%s", SPAN_ARG(text_span(t)), expected);
}

static void test_one_day(void **state)
{
    struct call_record r = sample_record();
    struct call_table table;
    struct text t;

    (void)state;
    text_init(&t);
    call_table_init(&table, 10);
    r.parties.callee_user = SPAN_LITERAL("\033[2J");
    assert_int_equal(call_table_add(&table, &r), 0);
    call_table_write(&table, &plain, &t);
    assert_text(&t, "2011-08-01    caller  callee   disposition  code  pdd s  "
                    "ring s  setup s  talk s  ended by  cause  call\n"
                    "06:37:30.454  100     \\x1b[2J  answered      200  0.122  "
                    "     -    0.725   2.232  callee    bye    "
                    "00010203-0405\n");
    call_table_fini(&table);
    text_fini(&t);
}

static size_t longest_line(struct span s)
{
    size_t longest = 0;

    while (s.length) {
        size_t n = span_find_byte(s, '\n');
        size_t columns = text_columns(span_part(s, 0, n));

        if (columns > longest)
            longest = columns;
        s = span_from(s, n + 1);
    }
    return longest;
}

static void test_fits(void **state)
{
    struct call_record r = sample_record();
    struct call_table table;
    struct text t;

    (void)state;
    text_init(&t);
    r.parties.caller_user =
        SPAN_LITERAL("a very long name \xe6\x97\xa5\xe6\x9c\xac of a caller");
    for (size_t width = 70; width < 200; width++) {
        struct table_style style = {width, false};

        call_table_init(&table, 10);
        assert_int_equal(call_table_add(&table, &r), 0);
        text_clear(&t);
        call_table_write(&table, &style, &t);
        assert_in_range(longest_line(text_span(&t)), 60, width);
        call_table_fini(&table);
    }
    text_fini(&t);
}

/* Whatever the order of arrival: the earliest, in order, and keys that tell
   them apart. */
static void test_sorted_and_limited(void **state)
{
    struct call_record r = sample_record();
    struct call_table table;
    struct text t;
    struct span rest;
    unsigned unwanted = 0;

    (void)state;
    text_init(&t);
    call_table_init(&table, 7);
    for (unsigned i = 0; i < 101; i++) {
        unsigned n = i * 37 % 101;

        r.first_at = INT64_C(1312180650000000) + (int64_t)n * 1000;
        r.call_key.bytes[9] = (uint8_t)n;
        if (!call_table_wants(&table, r.first_at)) {
            r.call_key.bytes[9] = 0; /* nobody sees it */
            unwanted++;
        }
        assert_int_equal(call_table_add(&table, &r), 0);
    }
    assert_int_equal(table.added, 101);
    assert_int_equal(table.count, 7);
    assert_true(unwanted > 50);
    assert_true(call_table_wants(&table, INT64_C(1312180650006000)));
    assert_false(call_table_wants(&table, INT64_C(1312180650006001)));
    call_table_write(&table, &plain, &t);
    rest = span_from(text_span(&t), span_find_byte(text_span(&t), '\n') + 1);
    for (unsigned n = 0; n < 7; n++) {
        char start[24];
        char key[40];
        struct span line = span_part(rest, 0, span_find_byte(rest, '\n'));

        snprintf(start, sizeof(start), "06:37:30.%03u ", n);
        snprintf(key, sizeof(key), "  00010203-0405-0607-08%02u", n);
        assert_memory_equal(line.data, start, strlen(start));
        assert_memory_equal(line.data + line.length - strlen(key), key,
                            strlen(key));
        rest = span_from(rest, line.length + 1);
    }
    assert_int_equal(rest.length, 0);
    call_table_fini(&table);
    text_fini(&t);
}

static void test_two_days_and_colour(void **state)
{
    static const struct table_style coloured = {SIZE_MAX, true};
    struct call_record r = sample_record();
    struct call_table table;
    struct text t;

    (void)state;
    text_init(&t);
    call_table_init(&table, 7);
    assert_int_equal(call_table_add(&table, &r), 0);
    r.first_at += INT64_C(86400000000);
    assert_int_equal(call_table_add(&table, &r), 0);
    call_table_write(&table, &coloured, &t);
    assert_true(span_holds(text_span(&t), "start (UTC)"));
    assert_true(span_holds(text_span(&t), "2011-08-02 06:37:30.454"));
    assert_true(span_holds(text_span(&t), "\033[32manswered\033[0m"));
    call_table_fini(&table);
    text_fini(&t);
}

static void test_none(void **state)
{
    struct call_table table;
    struct text t;

    (void)state;
    text_init(&t);
    call_table_init(&table, 7);
    call_table_write(&table, &plain, &t);
    assert_int_equal(t.length, 0);
    call_table_fini(&table);
    text_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_day),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_sorted_and_limited),
        cmocka_unit_test(test_two_days_and_colour),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
