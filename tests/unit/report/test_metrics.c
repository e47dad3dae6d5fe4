#include "test.h"

#include <ctype.h>

#include "base/time.h"
#include "metrics_sample.h"

static char *page_of(const struct metrics *m)
{
    struct text text;

    text_init(&text);
    report_metrics(m, &text);
    text_add_byte(&text, '\0');
    assert_false(text.failed);
    return text.data;
}

static void assert_has(const char *page, const char *line)
{
    size_t length = strlen(line);

    for (const char *at = strstr(page, line); at; at = strstr(at + 1, line))
        if ((at == page || at[-1] == '\n') && at[length] == '\n')
            return;
    fail_msg("no line '%s'", line);
}

static void values(void **state)
{
    static const char *const lines[] = {
        "process_start_time_seconds 1764190000.123",
        "process_cpu_seconds_total 12.345",
        "process_resident_memory_bytes 67108864",
        "siptrail_build_info{version=\"0.1.0\",sensor="
        "\"edge \\\"one\\\"\\\\two\\nthree\"} 1",
        "siptrail_capture_packets_total{interface=\"eth1\"} 1000",
        "siptrail_capture_bytes_total{interface=\"eth1\"} 500000",
        "siptrail_capture_dropped_packets_total{interface=\"eth1\","
        "kind=\"kernel\"} 7",
        "siptrail_capture_dropped_packets_total{interface=\"eth1\","
        "kind=\"interface\"} 2",
        "siptrail_interface_up{interface=\"eth1\"} 1",
        "siptrail_interface_up{interface=\"eth2\"} 0",
        "siptrail_packets_total{outcome=\"datagram\"} 900",
        "siptrail_last_packet_timestamp_seconds 1764190100.5",
        "siptrail_lag_seconds 0.25",
        "siptrail_progress_age_seconds 1",
        "siptrail_sip_messages_total 700",
        "siptrail_sip_requests_total{method=\"INVITE\"} 100",
        "siptrail_sip_requests_total{method=\"other\"} 1",
        "siptrail_sip_responses_total{class=\"1xx\"} 110",
        "siptrail_sip_responses_total{class=\"6xx\"} 1",
        "siptrail_sip_responses_total{class=\"other\"} 1",
        "siptrail_sip_messages_dropped_total{reason=\"queue\"} 5",
        "siptrail_calls_total{disposition=\"answered\"} 80",
        "siptrail_calls_total{disposition=\"busy\"} 6",
        "siptrail_calls_total{disposition=\"timeout\"} 0",
        "siptrail_calls_open 4",
        "siptrail_table_entries{table=\"exchanges\"} 40",
        "siptrail_table_limit_entries{table=\"exchanges\"} 100000",
        "siptrail_queue_dropped_total{queue=\"shard\"} 5",
        "siptrail_database_up 1",
        "siptrail_rows_written_total{kind=\"call\"} 80",
        "siptrail_rows_quarantined_total 1",
        "siptrail_spool_bytes 4096",
        "siptrail_spool_age_seconds 1.5",
        "siptrail_kept_packets_total 990",
        "siptrail_kept_lost_packets_total{reason=\"disk_slow\"} 10",
        "siptrail_errors_total{kind=\"database\"} 2",
        "siptrail_last_reload_failed 0",
    };
    struct metrics m;
    char *page;

    (void)state;
    sample_metrics(&m);
    page = page_of(&m);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        assert_has(page, lines[i]);
    free(page);
}

/* Buckets count everything up to their bound, and +Inf is the count. */
static void histograms(void **state)
{
    static const char *const lines[] = {
        "siptrail_post_dial_delay_seconds_bucket{le=\"0.05\"} 2",
        "siptrail_post_dial_delay_seconds_bucket{le=\"0.1\"} 3",
        "siptrail_post_dial_delay_seconds_bucket{le=\"10\"} 3",
        "siptrail_post_dial_delay_seconds_bucket{le=\"30\"} 4",
        "siptrail_post_dial_delay_seconds_bucket{le=\"+Inf\"} 5",
        "siptrail_post_dial_delay_seconds_sum 75.101",
        "siptrail_post_dial_delay_seconds_count 5",
        "siptrail_setup_time_seconds_bucket{le=\"3\"} 0",
        "siptrail_setup_time_seconds_bucket{le=\"5\"} 1",
        "siptrail_setup_time_seconds_sum 4.2",
    };
    struct metrics m;
    char *page;

    (void)state;
    sample_metrics(&m);
    metrics_delay_add(&m.delays[METRICS_PDD], METRICS_PDD, TIME_NONE);
    metrics_delay_add(&m.delays[METRICS_PDD], METRICS_PDD, -1);
    page = page_of(&m);
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        assert_has(page, lines[i]);
    free(page);
}

/* Without a database or a spool their numbers would be lies. */
static void what_is_not_used_is_not_told(void **state)
{
    struct metrics m;
    char *page;

    (void)state;
    sample_metrics(&m);
    m.stores = false;
    m.spools = false;
    m.keeps = false;
    page = page_of(&m);
    assert_null(strstr(page, "siptrail_database_up"));
    assert_null(strstr(page, "siptrail_spool"));
    assert_null(strstr(page, "siptrail_kept"));
    free(page);
}

/* NAME[{LABEL="VALUE",...}] NUMBER: where does it end? NULL: not at all. */
static const char *sample_end(const char *at)
{
    if (!isalpha((unsigned char)*at))
        return NULL;
    while (isalnum((unsigned char)*at) || *at == '_')
        at++;
    if (*at == '{') {
        do {
            at++;
            if (!isalpha((unsigned char)*at))
                return NULL;
            while (isalnum((unsigned char)*at) || *at == '_')
                at++;
            if (*at++ != '=' || *at++ != '"')
                return NULL;
            for (; *at != '"'; at++) {
                if (*at == '\n' || !*at)
                    return NULL;
                if (*at == '\\' && !strchr("\\\"n", *++at))
                    return NULL;
            }
            at++;
        } while (*at == ',');
        if (*at++ != '}')
            return NULL;
    }
    if (*at++ != ' ')
        return NULL;
    return at + strspn(at, "-0123456789.");
}

/* Every line is HELP, TYPE or a sample of the family named last; no family
   comes twice. */
static void grammar(void **state)
{
    struct metrics m;
    char seen[16384] = "";
    char family[128] = "";
    char *page;

    (void)state;
    sample_metrics(&m);
    page = page_of(&m);
    for (char *line = page; *line; line = strchr(line, '\n') + 1) {
        size_t length = strcspn(line, "\n");

        assert_int_equal(line[length], '\n');
        if (strncmp(line, "# HELP ", 7) == 0) {
            size_t n = strcspn(line + 7, " ");

            (void)snprintf(family, sizeof(family), " %.*s ", (int)n, line + 7);
            ROW_ASSERT(family, !strstr(seen, family));
            ROW_ASSERT(family, length > 7 + n + 1);
            (void)strcat(seen, family);
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            ROW_ASSERT(family,
                       strncmp(line + 7, family + 1, strlen(family) - 1) == 0);
        } else {
            ROW_ASSERT(line, sample_end(line) == line + length);
            ROW_ASSERT(family,
                       strncmp(line, family + 1, strlen(family) - 2) == 0);
        }
    }
    free(page);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(histograms),
        cmocka_unit_test(what_is_not_used_is_not_told),
        cmocka_unit_test(grammar),
    };

    /* "print": the sample page, for other parsers than ours. */
    if (argc > 1 && strcmp(argv[1], "print") == 0) {
        struct metrics m;
        char *page;

        sample_metrics(&m);
        page = page_of(&m);
        (void)fputs(page, stdout);
        free(page);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
