/*
 * siptrail show: one call, as text.
 */
#include "report/show.h"

#include "base/log.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/pick.h"
#include "ladder/ladder.h"

static void show_table(const struct call_view *view,
                       const struct report_call *call)
{
    const struct table_style style = output_style();
    const struct call_view *const views[] = {view};
    const struct ladder_options options = {
        .columns = style.width == SIZE_MAX ? 0 : (unsigned)style.width,
        .colour = style.colour,
        .utf8 = output_is_utf8(),
    };
    struct text text;

    text_init(&text);
    report_show(view, call, &style, &text);
    text_add_byte(&text, '\n');
    if (output_write(&text) == 0 && view->message_count)
        output_note(ladder_write_text(views, 1, &options, stdout));
    text_fini(&text);
}

static void show_row(const struct report_call *call, enum report_format format)
{
    struct text text;

    text_init(&text);
    if (format != REPORT_JSON)
        report_call_heading(format, &text);
    report_call_row(call, format, &text);
    (void)output_write(&text);
    text_fini(&text);
}

static int run_show(const struct settings *s)
{
    struct picked picked;
    int rc = pick_calls(s, 1, &picked);

    if (rc == CLI_DONE) {
        const struct report_call call = {
            .record = &picked.views[0].record,
            .capture_key = picked.has_capture_key ? &picked.capture_key : NULL,
        };

        if (s->format == REPORT_TABLE)
            show_table(&picked.views[0], &call);
        else
            show_row(&call, s->format);
        rc = picked.damaged ? CLI_DAMAGED : CLI_DONE;
    }
    picked_fini(&picked);
    return rc;
}

static const enum cli_option accepted[] = {
    OPTION_FILE,   OPTION_FILTER, OPTION_DB,      OPTION_SENSOR, OPTION_HEADER,
    OPTION_FORMAT, OPTION_QUIET,  OPTION_VERBOSE, OPTION_END};

const struct cli_command cli_show = {
    .name = "show",
    .arguments = "[options] CALL",
    .summary = "one call: its record, dialogs, transactions, messages, ladder",
    .notes = "CALL is a call's key, a unique beginning of one (4 digits or "
             "more), or a Call-ID.\nWith --file none need be named where the "
             "file has one call.\n",
    .options = accepted,
    .run_fn = run_show,
};
