/*
 * Settings that no flag gave: from the environment, from the configuration
 * file, from the defaults. And all of them as a file again.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "store/spool.h"

#define ENVIRONMENT_PREFIX "SIPTRAIL_"
#define NAME_BYTES 48

/* "ring-size" is SIPTRAIL_RING_SIZE. */
static const char *environment_value(enum cli_option o)
{
    char name[NAME_BYTES];
    const char *value;

    (void)snprintf(name, sizeof(name), ENVIRONMENT_PREFIX "%s",
                   option_entry_of(o)->name);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    value = getenv(name);
    return value && *value ? value : NULL;
}

/* How much is told is one matter in two words. */
static enum option_origin said_by(const struct settings *s, enum cli_option o)
{
    enum option_origin quiet = s->origin[OPTION_QUIET];
    enum option_origin verbose = s->origin[OPTION_VERBOSE];

    if (o != OPTION_QUIET && o != OPTION_VERBOSE)
        return s->origin[o];
    return quiet > verbose ? quiet : verbose;
}

static bool is_setting(const struct settings *s, enum cli_option o)
{
    return option_entry_of(o)->section && cli_command_takes(s->command, o);
}

/* Values of one origin, where nobody stronger spoke. */
static int take_lines(struct settings *s, const struct config *from,
                      enum option_origin origin, struct error *err)
{
    for (size_t i = 0; i < from->line_count; i++) {
        const struct config_line *l = &from->lines[i];
        struct error why = {0};
        int rc;

        if (!is_setting(s, l->option) || said_by(s, l->option) > origin)
            continue;
        rc = settings_set(s, l->option, l->value, &why);
        if (rc && l->line)
            return error_set(err, rc, "%u: %s", l->line, why.text);
        if (rc)
            return error_set(err, rc, "%s", why.text);
        s->origin[l->option] = origin;
        s->line[l->option] = l->line;
    }
    return 0;
}

static int take_environment(struct settings *s)
{
    struct error err = {0};
    int rc = 0;

    for (int i = 0; i < OPTION_END && !rc; i++) {
        const char *value = environment_value((enum cli_option)i);

        if (value)
            rc = config_add(&s->environment, (enum cli_option)i, value, 0);
    }
    if (rc)
        (void)error_set(&err, rc, "out of memory");
    else
        rc = take_lines(s, &s->environment, ORIGIN_ENVIRONMENT, &err);
    return rc ? cli_usage_error(s->command,
                                "environment: " ENVIRONMENT_PREFIX "... for %s",
                                err.text)
              : CLI_DONE;
}

static int take_file(struct settings *s)
{
    const char *named = s->value[OPTION_CONFIG];
    char *found = named ? NULL : config_path_find();
    struct error err = {0};
    int rc = 0;

    if (named || found)
        rc = config_read(named ? named : found, &s->file);
    free(found);
    if (rc)
        return CLI_USAGE;
    rc = take_lines(s, &s->file, ORIGIN_FILE, &err);
    if (rc)
        log_line(LOG_ERROR, "%s:%s", s->file.path, err.text);
    return rc ? CLI_USAGE : CLI_DONE;
}

/* Two hosts that watch one network are two sensors. */
static const char *host_name(void)
{
    static char name[HOST_NAME_MAX + 1];

    if (gethostname(name, sizeof(name) - 1))
        name[0] = 0;
    return name[0] ? name : NULL;
}

/* As whoever started it has it, not whom it becomes. */
static const char *spool_dir(const struct settings *s)
{
    static char path[PATH_MAX];
    struct error err;

    return spool_default_dir(s->value[OPTION_SENSOR], path, sizeof(path), &err)
               ? NULL
               : path;
}

static const char *default_of(const struct settings *s, enum cli_option o)
{
    if (o == OPTION_SENSOR)
        return host_name();
    return o == OPTION_SPOOL ? spool_dir(s) : option_entry_of(o)->without;
}

static int take_defaults(struct settings *s)
{
    struct error err;

    for (int i = 0; i < OPTION_END; i++) {
        enum cli_option o = (enum cli_option)i;
        const char *value = default_of(s, o);

        if (!is_setting(s, o) || !value || s->origin[o] != ORIGIN_DEFAULT)
            continue;
        if (settings_set(s, o, value, &err))
            return cli_usage_error(s->command, "default: %s", err.text);
        s->given[o] = false;
    }
    return CLI_DONE;
}

int settings_complete(struct settings *s)
{
    int rc = take_environment(s);

    if (rc == CLI_DONE)
        rc = take_file(s);
    if (rc == CLI_DONE)
        rc = take_defaults(s);
    return rc;
}

/* "password=..." of libpq's words, "user:...@" of a URI. */
static void print_secret(const char *value, FILE *out)
{
    const char *uri = strstr(value, "://");
    const char *at = uri ? strchr(uri, '@') : NULL;
    const char *colon = at ? strchr(uri + 3, ':') : NULL;
    const char *word = strstr(value, "password=");
    size_t quoted;

    if (colon && colon < at) {
        (void)fprintf(out, "%.*s:***%s", (int)(colon - value), value, at);
        return;
    }
    if (!word) {
        (void)fputs(value, out);
        return;
    }
    word += strlen("password=");
    quoted = *word == '\'' ? 1 + strcspn(word + 1, "'") + 1 : 0;
    (void)fprintf(out, "%.*s***%s", (int)(word - value), value,
                  word + (quoted ? quoted : strcspn(word, " &")));
}

static void print_origin(const struct settings *s, enum cli_option o, FILE *out)
{
    switch (s->origin[o]) {
    case ORIGIN_FLAG:
        (void)fputs(" ; flag\n", out);
        break;
    case ORIGIN_ENVIRONMENT:
        (void)fputs(" ; environment\n", out);
        break;
    case ORIGIN_FILE:
        (void)fprintf(out, " ; %s:%u\n", s->file.path, s->line[o]);
        break;
    case ORIGIN_DEFAULT:
        (void)fputs(" ; default\n", out);
        break;
    }
}

static void print_value(const struct settings *s, enum cli_option o,
                        const char *value, FILE *out)
{
    const struct option_entry *e = option_entry_of(o);

    if (e->kind == OPTION_KIND_LEVEL && s->origin[o] != ORIGIN_DEFAULT)
        (void)fprintf(out, "%s = %d", e->name,
                      s->verbosity > 0 ? s->verbosity : 0);
    else if (e->kind == OPTION_KIND_FLAG)
        (void)fprintf(out, "%s = %s", e->name, s->number[o] ? "yes" : "no");
    else if (!value)
        (void)fprintf(out, "# %s = %s", e->name,
                      e->argument ? e->argument : "0");
    else
        (void)fprintf(out, "%s = ", e->name);
    if (value && e->kind == OPTION_KIND_SECRET)
        print_secret(value, out);
    else if (value && e->kind != OPTION_KIND_FLAG &&
             e->kind != OPTION_KIND_LEVEL)
        (void)fputs(value, out);
}

static void print_setting(const struct settings *s, enum cli_option o,
                          FILE *out)
{
    const char *values[SETTINGS_LIST_MAX];
    size_t count;

    if (option_entry_of(o)->kind != OPTION_KIND_LIST ||
        s->origin[o] == ORIGIN_DEFAULT) {
        print_value(s, o, s->value[o], out);
        print_origin(s, o, out);
        return;
    }
    count = settings_list(s, o, values);
    for (size_t i = 0; i < count; i++) {
        print_value(s, o, values[i], out);
        print_origin(s, o, out);
    }
}

static bool is_first_of_section(const struct settings *s, enum cli_option o)
{
    const char *section = option_entry_of(o)->section;

    for (int i = 0; i < (int)o; i++)
        if (is_setting(s, (enum cli_option)i) &&
            strcmp(option_entry_of((enum cli_option)i)->section, section) == 0)
            return false;
    return true;
}

void settings_print(const struct settings *s, FILE *out)
{
    for (int i = 0; i < OPTION_END; i++) {
        const char *section = option_entry_of((enum cli_option)i)->section;

        if (!is_setting(s, (enum cli_option)i) ||
            !is_first_of_section(s, (enum cli_option)i))
            continue;
        (void)fprintf(out, "[%s]\n", section);
        for (int k = i; k < OPTION_END; k++)
            if (is_setting(s, (enum cli_option)k) &&
                strcmp(option_entry_of((enum cli_option)k)->section, section) ==
                    0)
                print_setting(s, (enum cli_option)k, out);
    }
}

size_t settings_list(const struct settings *s, enum cli_option o,
                     const char *values_out[SETTINGS_LIST_MAX])
{
    const struct config *from = s->origin[o] == ORIGIN_FLAG ? &s->flags
                                : s->origin[o] == ORIGIN_ENVIRONMENT
                                    ? &s->environment
                                    : &s->file;
    size_t count = 0;

    for (size_t i = 0; i < from->line_count && count < SETTINGS_LIST_MAX; i++)
        if (from->lines[i].option == o)
            values_out[count++] = from->lines[i].value;
    return count;
}
