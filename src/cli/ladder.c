/*
 * siptrail ladder: calls as a diagram.
 */
#include "ladder/ladder.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/filter.h"
#include "cli/output.h"
#include "cli/pick.h"

/* More calls than this in one diagram nobody can read. */
#define CALLS_MAX 50
#define MMAP_THRESHOLD (32 << 20) /* the most that glibc takes */

static void say_file(void *arg, const char *path)
{
    const struct settings *s = arg;

    if (s->verbosity >= 0)
        (void)fprintf(stderr, "%s\n", path);
}

static int draw(const struct settings *s, const struct call_view *const *views,
                size_t count)
{
    const struct table_style style = output_style();
    const char *path = s->value[OPTION_OUTPUT];
    struct settings said = *s;
    const struct ladder_options options = {
        .duplicates = s->given[OPTION_DUPLICATES],
        .columns = path || style.width == SIZE_MAX ? 0 : (unsigned)style.width,
        .colour = !path && style.colour,
        .utf8 = path || output_is_utf8(),
        .file_fn = say_file,
        .arg = &said,
    };
    struct error err = {0};
    int rc;

    if (!path) {
        rc = ladder_write_text(views, count, &options, stdout);
        if (rc == -EINVAL)
            log_line(LOG_ERROR, "no message of the call is there to draw");
        else
            output_note(rc);
        return rc == -EINVAL ? CLI_FAILED : CLI_DONE;
    }
    rc = ladder_draw(views, count, &options, path, &err);
    if (!rc)
        return CLI_DONE;
    log_line(LOG_ERROR, "%s", err.text);
    return CLI_FAILED;
}

static bool suffix_is_known(const char *path)
{
    const char *dot = strrchr(path, '.');
    const char *at = dot ? strstr(ladder_suffixes, dot) : NULL;
    size_t n = dot ? strlen(dot) : 0;

    return at && n > 1 && (at[n] == ' ' || at[n] == 0);
}

/* What reading gives back, drawing takes again, page by page: a fourth of the
 * page faults of a long ladder. The process ends soon, so it keeps its memory.
 */
static void keep_memory(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
}

static int run_ladder(const struct settings *s)
{
    const struct call_view **views;
    struct picked picked;
    int rc;

    if (s->value[OPTION_OUTPUT] && !suffix_is_known(s->value[OPTION_OUTPUT]))
        return cli_usage_error(s->command,
                               "-o %s: the suffix says what to draw: %s",
                               s->value[OPTION_OUTPUT], ladder_suffixes);
    keep_memory();
    rc = pick_calls(s, CALLS_MAX, &picked);
    views = calloc(picked.count + 1, sizeof(void *));
    for (size_t i = 0; views && i < picked.count; i++)
        views[i] = &picked.views[i];
    if (rc == CLI_DONE)
        rc = views ? draw(s, views, picked.count) : CLI_FAILED;
    if (rc == CLI_DONE && picked.damaged)
        rc = CLI_DAMAGED;
    free(views);
    picked_fini(&picked);
    return rc;
}

static const enum cli_option accepted[] = {
    OPTION_OUTPUT,  OPTION_FILE,    OPTION_FILTER,     OPTION_DB,
    OPTION_SENSOR,  FILTER_OPTIONS, OPTION_DUPLICATES, OPTION_QUIET,
    OPTION_VERBOSE, OPTION_END};

const struct cli_command cli_ladder = {
    .name = "ladder",
    .arguments = "[options] CALL... [-o FILE]",
    .summary = "draw calls as a ladder: .svg .png .pdf .dot .txt",
    .notes = "CALL is a call's key, a unique beginning of one (4 digits or "
             "more), or a Call-ID.\nSeveral calls go into one diagram, in the "
             "order of time. Filters choose calls\nwhere none is named; with "
             "--file none need be where the file has one call.\nWithout -o "
             "the ladder is printed as text.\n",
    .options = accepted,
    .run_fn = run_ladder,
};
