#include "cli/reload.h"

#include "base/log.h"
#include "cli/command.h"

bool setting_reloads(enum cli_option option)
{
    return option == OPTION_KEEP || option == OPTION_KEEP_TEXT ||
           option == OPTION_MAX_SIZE || option == OPTION_QUIET ||
           option == OPTION_VERBOSE;
}

static bool same_list(const struct settings *a, const struct settings *b,
                      enum cli_option o)
{
    const char *of_a[SETTINGS_LIST_MAX];
    const char *of_b[SETTINGS_LIST_MAX];
    size_t count = settings_list(a, o, of_a);

    if (settings_list(b, o, of_b) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(of_a[i], of_b[i]) != 0)
            return false;
    return true;
}

static bool is_same(const struct settings *a, const struct settings *b,
                    enum cli_option o)
{
    const struct option_entry *e = option_entry_of(o);
    const char *of_a = a->value[o] ? a->value[o] : "";
    const char *of_b = b->value[o] ? b->value[o] : "";

    if (e->kind == OPTION_KIND_LIST)
        return same_list(a, b, o);
    if (e->kind == OPTION_KIND_FLAG)
        return a->given[o] == b->given[o];
    if (e->kind == OPTION_KIND_LEVEL)
        return a->verbosity == b->verbosity;
    return strcmp(of_a, of_b) == 0;
}

static void tell_changes(const struct settings *begun,
                         const struct settings *fresh)
{
    for (int i = 0; i < OPTION_END; i++) {
        enum cli_option o = (enum cli_option)i;

        if (!option_entry_of(o)->section ||
            !cli_command_takes(begun->command, o) || is_same(begun, fresh, o))
            continue;
        /* The program sets it for itself where it keeps a private server. */
        if (o == OPTION_DB && fresh->origin[o] == ORIGIN_ENVIRONMENT)
            continue;
        if (setting_reloads(o))
            log_line(LOG_INFO, "%s is now as the configuration says",
                     option_entry_of(o)->name);
        else
            log_line(LOG_WARNING,
                     "%s has changed: it takes effect when siptrail is started "
                     "again",
                     option_entry_of(o)->name);
    }
}

bool settings_reload(const struct settings *begun, struct settings *fresh_out)
{
    int rc = settings_read(begun->command, begun->argc, begun->argv, fresh_out);

    if (rc != CLI_DONE) {
        settings_fini(fresh_out);
        settings_set_log_level(begun);
        log_line(LOG_ERROR, "the configuration is refused: the capture goes on "
                            "with what it had");
        return false;
    }
    tell_changes(begun, fresh_out);
    return true;
}
