/*
 * siptrail stats: figures of the stored calls of a period.
 */
#include "report/stats.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/output.h"
#include "report/chart.h"
#include "store/connection.h"

#define CAUSES 8
#define OUTPUT_BYTES 32768

struct answer {
    const struct settings *settings;
    enum stats_by by;
    struct call_filter filter;
    struct table_style style;
    struct stats_table table;
    struct report_table causes;
    struct text text;
    uint64_t rows;
};

static int read_by(const struct settings *s, enum stats_by *by_out)
{
    const char *word = s->value[OPTION_BY];

    *by_out = STATS_TOTAL;
    if (!word)
        return CLI_DONE;
    if (strcmp(word, "hour") == 0)
        *by_out = STATS_HOUR;
    else if (strcmp(word, "trunk") == 0)
        *by_out = STATS_TRUNK;
    else if (strcmp(word, "agent") == 0)
        *by_out = STATS_AGENT;
    else
        return cli_usage_error(s->command,
                               "--by: no '%s': hour, trunk or agent", word);
    return CLI_DONE;
}

/* A row of figures: printed at once, or put into the table. */
static int take_row(void *arg, const struct span *values)
{
    struct answer *a = arg;

    a->rows++;
    if (a->settings->format != REPORT_TABLE) {
        report_stats_row(a->by, a->settings->format, values, &a->text);
        return a->text.length < OUTPUT_BYTES ? 0 : output_write(&a->text);
    }
    if (a->by == STATS_TOTAL)
        report_stats_total(values, &a->style, &a->text);
    else
        stats_table_add(&a->table, values);
    return 0;
}

static int take_cause(void *arg, const struct span *values)
{
    struct answer *a = arg;

    stats_causes_add(&a->causes, values);
    return 0;
}

static int draw(struct answer *a, struct store *store,
                const struct stats_span *span, struct error *err)
{
    struct chart chart = {.low_name = "answered",
                          .high_name = "not answered",
                          .utf8 = output_is_utf8()};
    struct stats_bucket *buckets;
    struct chart_bar *bars;
    int rc = -ENOMEM;

    chart.step_s =
        chart_step(span->first_us, span->last_us, chart_bars_max(&a->style),
                   &chart.first_us, &chart.count);
    buckets = calloc(chart.count, sizeof(*buckets));
    bars = calloc(chart.count, sizeof(*bars));
    if (buckets && bars)
        rc = stats_buckets(store, &a->filter, chart.first_us, chart.step_s,
                           buckets, chart.count, err);
    for (size_t i = 0; rc == 0 && i < chart.count; i++)
        bars[i] = (struct chart_bar){buckets[i].answered, buckets[i].failed};
    chart.bars = bars;
    if (rc == 0) {
        text_add_byte(&a->text, '\n');
        chart_write(&chart, &a->style, &a->text);
        text_add_byte(&a->text, '\n');
    }
    free(buckets);
    free(bars);
    return rc;
}

static int print_causes(struct answer *a, struct store *store,
                        struct error *err)
{
    int rc;

    stats_causes_init(&a->causes);
    rc = stats_causes(store, &a->filter, CAUSES, take_cause, a, err);
    if (rc == 0 && a->causes.cell_count) {
        text_add_byte(&a->text, '\n');
        report_table_write(&a->causes, &a->style, &a->text);
    }
    report_table_fini(&a->causes);
    return rc;
}

static int take_registrations(void *arg, const struct span *values)
{
    struct answer *a = arg;

    a->rows += values[STATS_REG_ATTEMPTS].length > 0;
    report_stats_registrations(values, &a->text);
    return 0;
}

static int print_calls(struct answer *a, struct store *store, struct error *err)
{
    struct stats_span span;
    int rc = stats_span_read(store, &a->filter, &span, err);

    if (rc)
        return rc;
    report_stats_span(&span, &a->text);
    if (span.calls == 0)
        return 0;
    rc = draw(a, store, &span, err);
    if (rc == 0)
        rc = stats_read(store, &a->filter, STATS_TOTAL, take_row, a, err);
    return rc ? rc : print_causes(a, store, err);
}

/* Filters of calls that registrations have nothing of. */
static bool only_calls(const struct settings *s)
{
    static const enum cli_option of_calls[] = {
        OPTION_FROM,         OPTION_TO,           OPTION_NUMBER,
        OPTION_CALL_ID,      OPTION_STATUS,       OPTION_MIN_PDD,
        OPTION_MIN_DURATION, OPTION_MAX_DURATION, OPTION_DISPOSITION};

    for (size_t i = 0; i < sizeof(of_calls) / sizeof(of_calls[0]); i++)
        if (s->given[of_calls[i]])
            return true;
    return false;
}

/* What a person sees: when, a chart, the figures, why calls failed. */
static int print_total(struct answer *a, struct store *store, struct error *err)
{
    int rc = print_calls(a, store, err);

    if (rc || only_calls(a->settings))
        return rc;
    return stats_registrations(store, &a->filter, take_registrations, a, err);
}

static int print_rows(struct answer *a, struct store *store, struct error *err)
{
    enum report_format format = a->settings->format;
    int rc;

    if (format == REPORT_CSV || format == REPORT_TSV)
        report_stats_heading(a->by, format, &a->text);
    stats_table_init(&a->table, a->by);
    rc = stats_read(store, &a->filter, a->by, take_row, a, err);
    if (rc == 0 && a->rows && format == REPORT_TABLE)
        stats_table_write(&a->table, &a->style, &a->text);
    stats_table_fini(&a->table);
    return rc;
}

static int answer(struct answer *a, struct store *store, struct error *err)
{
    bool person = a->settings->format == REPORT_TABLE;
    int rc = person && a->by == STATS_TOTAL ? print_total(a, store, err)
                                            : print_rows(a, store, err);

    if (output_closed())
        return 0;
    if (rc)
        return rc;
    (void)output_write(&a->text);
    if (a->rows == 0 && a->settings->verbosity >= 0)
        log_line(LOG_WARNING, "no call is stored that passes the filters");
    if (a->by != STATS_TOTAL && a->rows == a->filter.limit &&
        !a->settings->given[OPTION_LIMIT] && a->settings->verbosity >= 0)
        log_line(LOG_WARNING, "these are %zu rows; --limit shows more",
                 a->settings->limit);
    return 0;
}

static int run_stats(const struct settings *s)
{
    struct answer a = {.settings = s, .style = output_style()};
    struct store store = {0};
    struct error err = {0};
    int rc;

    if (s->operand_count)
        return cli_usage_error(s->command, "'%s' is too much", s->operands[0]);
    rc = read_by(s, &a.by);
    if (rc == CLI_DONE)
        rc = filter_read(s, &a.filter);
    if (rc != CLI_DONE)
        return rc;
    text_init(&a.text);
    rc = store_open(s->value[OPTION_DB], STORE_READ, &store, &err);
    if (!rc)
        rc = answer(&a, &store, &err);
    if (rc)
        log_line(LOG_ERROR, "%s", *err.text ? err.text : strerror(-rc));
    store_close(&store);
    text_fini(&a.text);
    return rc ? CLI_FAILED : CLI_DONE;
}

static const enum cli_option accepted[] = {
    OPTION_DB,     OPTION_SENSOR, FILTER_OPTIONS, OPTION_BY,
    OPTION_FORMAT, OPTION_QUIET,  OPTION_VERBOSE, OPTION_END};

const struct cli_command cli_stats = {
    .name = "stats",
    .arguments = "[options]",
    .summary = "figures of stored calls, with a chart (RFC 6076, E.411, E.425)",
    .notes = "Calls whose start was not captured count only where they run "
             "at a time\nwith others. --limit is of the rows of --by.\n",
    .options = accepted,
    .run_fn = run_stats,
};
