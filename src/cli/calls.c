/*
 * siptrail calls: list stored calls.
 */
#include "report/calls.h"

#include <errno.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/following.h"
#include "cli/output.h"
#include "store/connection.h"

#define OUTPUT_BYTES 32768

struct listing {
    const struct settings *settings;
    struct table_style style;
    struct call_table table;
    struct text text;
    uint64_t count;
};

static int take_call(void *arg, const struct found_call *found)
{
    struct listing *l = arg;
    const struct report_call call = {.record = &found->record,
                                     .capture_key = &found->capture_key,
                                     .sensor = found->sensor};

    l->count++;
    if (l->settings->format == REPORT_TABLE)
        return call_table_add(&l->table, &found->record);
    report_call_row(&call, l->settings->format, &l->text);
    return l->text.length < OUTPUT_BYTES ? 0 : output_write(&l->text);
}

static int list(struct listing *l, struct store *store,
                const struct call_filter *filter, struct error *err)
{
    enum report_format format = l->settings->format;
    int rc;

    if (format == REPORT_CSV || format == REPORT_TSV)
        report_call_heading(format, &l->text);
    rc = find_calls(store, filter, take_call, l, err);
    if (output_closed())
        return 0;
    if (rc)
        return rc;
    call_table_write(&l->table, &l->style, &l->text);
    (void)output_write(&l->text);
    if (l->settings->verbosity < 0)
        return 0;
    if (l->count == 0)
        log_line(LOG_WARNING, "no call is stored that passes the filters");
    if (l->count == filter->limit && !l->settings->given[OPTION_LIMIT])
        log_line(LOG_WARNING,
                 "these are the newest %zu; --limit or --since show others",
                 l->settings->limit);
    return 0;
}

static int run_calls(const struct settings *s)
{
    struct listing l = {.settings = s, .style = output_style()};
    struct call_filter filter;
    struct store store = {0};
    struct error err = {0};
    int rc;

    if (s->operand_count)
        return cli_usage_error(s->command,
                               "'%s'? to look at one call: siptrail show %s",
                               s->operands[0], s->operands[0]);
    rc = filter_read(s, &filter);
    if (rc != CLI_DONE)
        return rc;
    if (s->given[OPTION_LIVE])
        return following_run(s, &filter);
    text_init(&l.text);
    call_table_init(&l.table, s->limit);
    rc = store_open(s->value[OPTION_DB], STORE_READ, &store, &err);
    if (!rc)
        rc = list(&l, &store, &filter, &err);
    if (rc)
        log_line(LOG_ERROR, "%s", *err.text ? err.text : strerror(-rc));
    store_close(&store);
    call_table_fini(&l.table);
    text_fini(&l.text);
    return rc ? CLI_FAILED : CLI_DONE;
}

static const enum cli_option accepted[] = {
    OPTION_LIVE,   OPTION_DB,    OPTION_SENSOR,  FILTER_OPTIONS,
    OPTION_FORMAT, OPTION_QUIET, OPTION_VERBOSE, OPTION_END};

const struct cli_command cli_calls = {
    .name = "calls",
    .arguments = "[options]",
    .summary = "list stored calls",
    .notes = "Calls whose start was not captured are left out without --all.\n"
             "--live redraws the calls in progress on a terminal; into a pipe "
             "it\nprints each change, with --format json an object a change.\n",
    .options = accepted,
    .run_fn = run_calls,
};
