#include "cli/config.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/span.h"

struct reading {
    struct config *config;
    FILE *file;
    unsigned line;
    bool goes_on; /* this line begins with a blank */
    int failure;  /* no memory, or too many lines */
};

static void fault(struct reading *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fault(struct reading *r, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    r->config->faults++;
    log_line(LOG_ERROR, "%s:%u: %s", r->config->path, r->line, text);
}

/* The library counts lines for itself alone, and cuts long ones in two. */
static char *next_line(char *buffer, int size, void *stream)
{
    struct reading *r = stream;
    size_t length;
    int c;

    if (!fgets(buffer, size, r->file))
        return NULL;
    r->line++;
    r->goes_on = *buffer == ' ' || *buffer == '\t';
    length = strlen(buffer);
    if (length + 1 < (size_t)size || buffer[length - 1] == '\n')
        return buffer;
    fault(r,
          "a line of more than %d bytes: let the value go on in the next "
          "line, behind a blank",
          size - 3);
    while ((c = fgetc(r->file)) != EOF && c != '\n')
        continue;
    *buffer = '\0';
    return buffer;
}

static int add_word(struct config *c, enum cli_option o, struct span value,
                    unsigned line)
{
    struct config_line *grown;

    if (c->line_count == CONFIG_LINES_MAX)
        return -E2BIG;
    grown = realloc(c->lines, (c->line_count + 1) * sizeof(*c->lines));
    if (!grown)
        return -ENOMEM;
    c->lines = grown;
    grown += c->line_count;
    *grown = (struct config_line){o, strndup(value.data, value.length), line};
    if (!grown->value)
        return -ENOMEM;
    c->line_count++;
    return 0;
}

int config_add(struct config *config, enum cli_option o, const char *value,
               unsigned line)
{
    int rc = 0;

    if (option_entry_of(o)->kind != OPTION_KIND_LIST || !*value)
        return add_word(config, o, span_of_string(value), line);
    for (size_t n = 0; *value && !rc; value += n) {
        value += strspn(value, " \t");
        n = strcspn(value, " \t");
        if (n)
            rc = add_word(config, o, span_of(value, n), line);
    }
    return rc;
}

/* "name = ..." behind a blank: meant as a line of its own? */
static enum cli_option setting_in(const char *value)
{
    size_t length = strcspn(value, " \t=:");
    char name[32];

    if (length >= sizeof(name) ||
        value[length + strspn(value + length, " \t")] != '=')
        return OPTION_END;
    memcpy(name, value, length);
    name[length] = '\0';
    return option_find(name);
}

/* A continued value is one text, a blank where its lines meet. */
static void go_on(struct reading *r, struct config_line *line,
                  const char *value)
{
    char *joined;

    if (asprintf(&joined, "%s %s", line->value, value) < 0) {
        r->failure = -ENOMEM;
        return;
    }
    free(line->value);
    line->value = joined;
}

static void unknown(struct reading *r, const char *name)
{
    enum cli_option o = option_find(name);
    enum cli_option near = option_nearest(name);

    if (o != OPTION_END)
        fault(r, "'%s' is no setting: it stands on the command line only",
              name);
    else if (near != OPTION_END)
        fault(r, "no setting '%s': %s?", name, option_entry_of(near)->name);
    else
        fault(r, "no setting '%s'; siptrail capture --check-config lists all",
              name);
}

static const struct config_line *find_line(const struct config *c,
                                           enum cli_option o)
{
    for (size_t i = 0; i < c->line_count; i++)
        if (c->lines[i].option == o)
            return &c->lines[i];
    return NULL;
}

static void take(struct reading *r, const char *section, const char *name,
                 const char *value)
{
    enum cli_option o = option_find(name);
    const struct option_entry *e;
    const struct config_line *before;

    if (o == OPTION_END || !option_entry_of(o)->section) {
        unknown(r, name);
        return;
    }
    e = option_entry_of(o);
    before = find_line(r->config, o);
    if (r->goes_on && setting_in(value) != OPTION_END)
        fault(r,
              "begins with a blank, so it goes on with %s: take the blank "
              "away",
              name);
    else if (strcmp(section, e->section) != 0)
        fault(r, "%s belongs in section [%s], not in [%s]", name, e->section,
              section);
    else if (before && e->kind != OPTION_KIND_LIST && r->goes_on)
        go_on(r, &r->config->lines[r->config->line_count - 1], value);
    else if (before && e->kind != OPTION_KIND_LIST)
        fault(r, "%s again: it was set in line %u", name, before->line);
    else
        r->failure = config_add(r->config, o, value, r->line);
}

static int take_setting(void *arg, const char *section, const char *name,
                        const char *value)
{
    /* A line that goes on comes under the name it goes on with. */
    if (!((struct reading *)arg)->failure)
        take(arg, section, name, value);
    return 1;
}

static void check_values(struct reading *r)
{
    struct error err;
    uint64_t number;

    for (size_t i = 0; i < r->config->line_count; i++) {
        const struct config_line *l = &r->config->lines[i];

        r->line = l->line;
        if (option_check(l->option, l->value, &number, &err))
            fault(r, "%s", err.text);
    }
}

static int parse(struct reading *r)
{
    int line = ini_parse_stream(next_line, r, take_setting, r);

    if (line < 0 && !r->failure)
        r->failure = -ENOMEM;
    if (r->failure) {
        log_line(LOG_ERROR, "%s: %s", r->config->path,
                 r->failure == -E2BIG ? "too many settings" : "out of memory");
        return r->failure;
    }
    if (line > 0) {
        r->line = (unsigned)line;
        fault(r, "neither a [section] nor NAME = VALUE nor a comment");
    }
    if (ferror(r->file)) {
        log_line(LOG_ERROR, "%s: %s", r->config->path, strerror(EIO));
        return -EIO;
    }
    check_values(r);
    return r->config->faults ? -EINVAL : 0;
}

int config_read(const char *path, struct config *config_out)
{
    struct reading r = {.config = config_out};
    int rc;

    *config_out = (struct config){.path = strdup(path)};
    if (!config_out->path)
        return -ENOMEM;
    r.file = fopen(path, "re");
    if (!r.file) {
        rc = -errno;
        log_line(LOG_ERROR, "%s: %s", path, strerror(-rc));
        return rc;
    }
    rc = parse(&r);
    (void)fclose(r.file);
    return rc;
}

void config_fini(struct config *config)
{
    for (size_t i = 0; i < config->line_count; i++)
        free(config->lines[i].value);
    free(config->lines);
    free(config->path);
    *config = (struct config){0};
}

char *config_path_find(void)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    int length = -1;

    if (xdg && *xdg == '/')
        length = asprintf(&path, "%s/" CONFIG_NAME, xdg);
    else if (home && *home == '/')
        length = asprintf(&path, "%s/.config/" CONFIG_NAME, home);
    if (length >= 0) {
        if (access(path, F_OK) == 0)
            return path;
        free(path);
    }
    return access(CONFIG_PATH, F_OK) == 0 ? strdup(CONFIG_PATH) : NULL;
}
