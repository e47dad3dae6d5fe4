#include "test.h"

#include "cli/option.h"

/* Every setting has what the file and the help need. */
static void table(void **state)
{
    (void)state;
    for (int i = 0; i < OPTION_END; i++) {
        const struct option_entry *e = option_entry_of((enum cli_option)i);
        uint64_t number = 0;

        ROW_ASSERT(e->name, e->help && *e->help);
        ROW_ASSERT(e->name, option_find(e->name) == (enum cli_option)i);
        if (!e->section)
            continue;
        ROW_ASSERT(e->name, strlen(e->name) < 32);
        ROW_ASSERT(e->name, strlen(e->section) < 32);
        ROW_ASSERT(e->name, !e->argument == (e->kind == OPTION_KIND_FLAG ||
                                             e->kind == OPTION_KIND_LEVEL));
        ROW_ASSERT(e->name, e->kind != OPTION_KIND_WORD || e->allowed);
        ROW_ASSERT(e->name,
                   !e->without || option_check((enum cli_option)i, e->without,
                                               &number, NULL) == 0);
    }
}

/* No two options share a letter, save those of different commands. */
static void names_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < OPTION_END; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(option_entry_of((enum cli_option)i)->name,
                                    option_entry_of((enum cli_option)k)->name);
}

static void checks(void **state)
{
    static const struct {
        enum cli_option option;
        const char *value;
        const char *error; /* NULL where it passes */
        uint64_t number;
    } rows[] = {
        {OPTION_VERBOSE, "2", NULL, 2},
        {OPTION_VERBOSE, "3", "verbose wants a number from 0 to 2, not '3'", 0},
        {OPTION_VERBOSE, "", "verbose wants a number from 0 to 2, not ''", 0},
        {OPTION_VERBOSE, "1k", "verbose wants a number from 0 to 2, not '1k'",
         0},
        {OPTION_QUIET, "yes", NULL, 1},
        {OPTION_QUIET, "off", NULL, 0},
        {OPTION_QUIET, "maybe", "quiet wants yes or no, not 'maybe'", 0},
        {OPTION_DB, "", "db wants a value: CONNINFO", 0},
        {OPTION_SENSOR, "edge", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error err = {0};
        uint64_t number = 0;
        int rc = option_check(rows[i].option, rows[i].value, &number, &err);

        assert_string_equal(err.text, rows[i].error ? rows[i].error : "");
        assert_int_equal(rc != 0, rows[i].error != NULL);
        assert_int_equal(number, rows[i].number);
    }
}

static void nearest(void **state)
{
    (void)state;
    assert_int_equal(option_nearest("sensr"), OPTION_SENSOR);
    assert_int_equal(option_nearest("verbos"), OPTION_VERBOSE);
    assert_int_equal(option_nearest("nothing-like-it"), OPTION_END);
    assert_int_equal(option_distance("pcap", "pcap"), 0);
    assert_int_equal(option_distance("pcap", "pcpa"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(checks),
        cmocka_unit_test(nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
