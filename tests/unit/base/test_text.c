#include "test.h"

#include <arpa/inet.h>

#include "base/anomaly.h"
#include "base/error.h"
#include "base/inet.h"
#include "base/time.h"

static void addresses_are_written_and_read(void **state)
{
    static const char *const rows[] = {
        "192.0.2.1",    "0.0.0.0",          "2001:db8::1", "10.99.100.255",
        "9.200.19.109", "::ffff:192.0.2.1", "::"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct address a;
        char text[ADDRESS_TEXT_BYTES];

        ROW_ASSERT(rows[i], address_parse(span_of_string(rows[i]), &a));
        ROW_ASSERT(rows[i], address_write(&a, text) == strlen(rows[i]));
        ROW_ASSERT(rows[i], !strcmp(text, rows[i]));
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "192.0.2",
        "192.0.2.256",
        "example.org",
        "[::1",
        "[]",
        "::1%",
        "192.0.2.1:5",
        "1234567890123456789012345678901234567890123456"};
    struct address a;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ROW_ASSERT(rows[i], !address_parse(span_of_string(rows[i]), &a));
    assert_true(address_parse(SPAN_LITERAL("[2001:db8::1]"), &a));
    assert_int_equal(a.family, 6);
}

/* Dotted numbers are read as inet_pton() does. */
static void dotted_numbers_are_judged_alike(void **state)
{
    static const char tried[] = "0125.9:a ";
    const char *const rows[] = {"0.0.0.0",   "10.200.30.255", "255.255.255.255",
                                "1.2.3.4",   "01.2.3.4",      "1.2.3.4.",
                                "1..3.4",    "256.1.1.1",     "1.2.3.04",
                                "1.2.3.1234"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t at = 0; at <= strlen(rows[i]); at++)
            for (size_t k = 0; k < sizeof(tried); k++) {
                struct address a;
                uint8_t bytes[4];
                char text[24];
                bool is_v4;

                (void)snprintf(text, sizeof(text), "%s", rows[i]);
                text[at] = tried[k];
                is_v4 = inet_pton(AF_INET, text, bytes) == 1;
                if (is_v4)
                    assert_true(address_parse(span_of_string(text), &a) &&
                                a.family == 4 && !memcmp(a.bytes, bytes, 4));
                else
                    assert_false(address_parse(span_of_string(text), &a) &&
                                 a.family == 4);
            }
}

static void endpoint_shows_its_port(void **state)
{
    struct endpoint e = {.port = 5060};
    char text[ENDPOINT_TEXT_BYTES];

    (void)state;
    assert_true(address_parse(SPAN_LITERAL("2001:db8::1"), &e.address));
    assert_int_equal(endpoint_write(&e, text), 18);
    assert_string_equal(text, "[2001:db8::1]:5060");
    assert_true(address_parse(SPAN_LITERAL("192.0.2.7"), &e.address));
    (void)endpoint_write(&e, text);
    assert_string_equal(text, "192.0.2.7:5060");
}

static void durations_round_half_up(void **state)
{
    static const struct {
        const char *name;
        int64_t from;
        int64_t to;
        int64_t ms;
    } rows[] = {
        {"zero", 5, 5, 0},
        {"499 us", 0, 499, 0},
        {"500 us", 0, 500, 1},
        {"1499 us", 0, 1499, 1},
        {"1500 us", 0, 1500, 2},
        {"minus 500 us", 500, 0, 0},
        {"minus 501 us", 501, 0, -1},
        {"none", TIME_NONE, 5, TIME_NONE},
        {"none to", 5, TIME_NONE, TIME_NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ROW_ASSERT(rows[i].name,
                   time_ms_between(rows[i].from, rows[i].to) == rows[i].ms);
}

static void times_are_written_in_utc(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {
        {INT64_C(1700000000123456), "2023-11-14 22:13:20.123456+00"},
        {0, "1970-01-01 00:00:00.000000+00"},
        {-1, "1969-12-31 23:59:59.999999+00"},
        {INT64_C(951782400000007), "2000-02-29 00:00:00.000007+00"},
        {INT64_C(-62167219200000000), "0000-01-01 00:00:00.000000+00"},
        {INT64_C(-62167219200000001), "-001-12-31 23:59:59.999999+00"},
        {INT64_C(253402300799999999), "9999-12-31 23:59:59.999999+00"},
        {INT64_C(253402300800000000), "10000-01-01 00:00:00.000000+00"},
        {TIME_NONE, "-"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[TIME_TEXT_BYTES];
        size_t length = time_write(rows[i].us, text);

        ROW_ASSERT(rows[i].text, !strcmp(text, rows[i].text));
        ROW_ASSERT(rows[i].text, length == strlen(text));
    }
    assert_true(time_us_of_ns(-1) == -1);
    assert_true(time_us_of_ns(1999) == 1);
}

static void errors_carry_no_control_bytes(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(error_set(&err, -5, "cannot read '%s'", "a\033[31m\n"),
                     -5);
    assert_string_equal(err.text, "cannot read 'a?[31m?'");
    assert_int_equal(error_set(NULL, -7, "x"), -7);
}

static void every_anomaly_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned a = 0; a < ANOMALY_COUNT; a++) {
        assert_true(strlen(anomaly_name((enum anomaly)a)) > 2);
        assert_true(strlen(anomaly_text((enum anomaly)a)) > 2);
        for (unsigned b = 0; b < a; b++)
            assert_string_not_equal(anomaly_name((enum anomaly)a),
                                    anomaly_name((enum anomaly)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_written_and_read),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(dotted_numbers_are_judged_alike),
        cmocka_unit_test(endpoint_shows_its_port),
        cmocka_unit_test(durations_round_half_up),
        cmocka_unit_test(times_are_written_in_utc),
        cmocka_unit_test(errors_carry_no_control_bytes),
        cmocka_unit_test(every_anomaly_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
