#include "cli/check.h"

#include <errno.h>
#include <net/if.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/keeping.h"

static void warn(const struct settings *s, enum cli_option o, const char *value,
                 const char *what)
{
    const char *name = option_entry_of(o)->name;

    if (s->origin[o] == ORIGIN_FILE)
        log_line(LOG_WARNING, "%s:%u: %s '%s': %s", s->file.path, s->line[o],
                 name, value, what);
    else
        log_line(LOG_WARNING, "%s '%s': %s", name, value, what);
}

static void check_interfaces(const struct settings *s)
{
    const char *names[SETTINGS_LIST_MAX];
    size_t count = settings_list(s, OPTION_INTERFACE, names);

    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], "any") != 0 && !if_nametoindex(names[i]))
            warn(s, OPTION_INTERFACE, names[i], "no such interface now");
}

/* The folder of a path, as this user sees it. */
static void check_path(const struct settings *s, enum cli_option o)
{
    const char *path = s->value[o];
    const char *slash = path ? strrchr(path, '/') : NULL;
    char folder[4096] = ".";

    if (!path || (size_t)(slash ? slash - path : 0) >= sizeof(folder))
        return;
    if (slash)
        (void)snprintf(folder, sizeof(folder), "%.*s",
                       slash == path ? 1 : (int)(slash - path), path);
    if (access(folder, F_OK))
        warn(s, o, path, "its folder is not there");
    else if (access(folder, W_OK))
        warn(s, o, path, "its folder cannot be written to by this user");
}

static void check_user(const struct settings *s)
{
    const char *user = s->value[OPTION_USER];
    uint64_t number;

    if (user && !span_to_u64(span_of_string(user), UINT32_MAX, &number) &&
        !getpwnam(user))
        warn(s, OPTION_USER, user, "no such user now");
}

/* A password that every user of the machine can read. */
static void check_secrets(const struct settings *s)
{
    struct stat st;

    if (s->origin[OPTION_DB] == ORIGIN_FILE &&
        strstr(s->value[OPTION_DB], "password=") &&
        stat(s->file.path, &st) == 0 && st.st_mode & S_IROTH)
        log_line(LOG_WARNING,
                 "%s:%u: a password stands in a file that everyone can read: "
                 "chmod o-r, or ~/.pgpass",
                 s->file.path, s->line[OPTION_DB]);
}

int check_config(const struct settings *s)
{
    struct inputs in;
    int rc = inputs_init_live(s, &in);

    inputs_fini(&in);
    if (rc != CLI_DONE || keeping_check(s) != CLI_DONE)
        return CLI_USAGE;
    check_interfaces(s);
    check_user(s);
    check_secrets(s);
    for (int i = 0; i < OPTION_END; i++)
        if (option_entry_of((enum cli_option)i)->section &&
            option_entry_of((enum cli_option)i)->kind == OPTION_KIND_PATH)
            check_path(s, (enum cli_option)i);
    settings_print(s, stdout);
    return CLI_DONE;
}
