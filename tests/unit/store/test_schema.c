#include "../test.h"

#include <stdio.h>

#include "call/words.h"
#include "base/inet.h"
#include "sip/method.h"
#include "store/row.h"
#include "store/schema.h"

static void test_numbers_without_gap(void **state)
{
    (void)state;
    assert_true(schema_migration_count > 0);
    for (size_t i = 0; i < schema_migration_count; i++) {
        char entry[200];

        assert_int_equal(schema_migrations[i].version, i + 1);
        (void)snprintf(entry, sizeof(entry),
                       "(version, name) VALUES (%d, '%s')",
                       schema_migrations[i].version, schema_migrations[i].name);
        assert_non_null(strstr(schema_migrations[i].sql, entry));
        assert_non_null(strstr(schema_migrations[i].sql, "BEGIN;"));
        assert_non_null(strstr(schema_migrations[i].sql, "COMMIT;"));
    }
}

/* Numbers of methods stand in blocks: they must be those of the lookup. */
static void test_methods(void **state)
{
    (void)state;
    for (int i = SIP_UNKNOWN + 1; i < SIP_METHOD_COUNT; i++) {
        char entry[64];

        (void)snprintf(entry, sizeof(entry), "(%d, '%s',", i,
                       sip_method_name((enum sip_method)i));
        assert_non_null(strstr(schema_migrations[0].sql, entry));
    }
}

static void expect_word(const char *word)
{
    char quoted[64];

    (void)snprintf(quoted, sizeof(quoted), "'%s'", word);
    if (*word)
        assert_non_null(strstr(schema_migrations[0].sql, quoted));
}

static void test_words(void **state)
{
    (void)state;
    for (int i = 0; i < CALL_STATE_COUNT; i++)
        expect_word(call_state_name((enum call_state)i));
    for (int i = 0; i < CALL_DISPOSITION_COUNT; i++)
        expect_word(call_disposition_name((enum call_disposition)i));
    for (int i = 0; i < ENDED_BY_COUNT; i++)
        expect_word(call_ended_by_name((enum call_ended_by)i));
    for (int i = 0; i < END_CAUSE_COUNT; i++)
        expect_word(call_end_cause_name((enum call_end_cause)i));
    for (int i = 0; i < EXCHANGE_KIND_COUNT; i++)
        expect_word(exchange_kind_name((enum exchange_kind)i));
    for (int i = 0; i < DIALOG_STATE_COUNT; i++)
        expect_word(dialog_state_name((enum dialog_state)i));
    for (int i = 0; i < DIALOG_USAGE_COUNT; i++)
        expect_word(dialog_usage_name((enum dialog_usage)i));
    for (int i = 0; i < TRANSPORT_COUNT; i++)
        expect_word(transport_name((enum transport)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_without_gap),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
