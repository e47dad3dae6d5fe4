#include "cli/settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/metrics_server.h"
#include "sip/chars.h"

/* getopt_long() takes the index of an entry, moved out of the way of ASCII. */
#define LONG_BASE 256

struct option_list {
    char letters[2 * OPTION_END + 3];
    struct option names[OPTION_END + 1];
};

bool cli_command_takes(const struct cli_command *command,
                       enum cli_option option)
{
    if (option == OPTION_HELP)
        return true;
    for (const enum cli_option *o = command->options; *o != OPTION_END; o++)
        if (*o == option)
            return true;
    return false;
}

static void option_list_init(const struct cli_command *command,
                             struct option_list *list)
{
    size_t letters = 0;
    size_t names = 0;

    memset(list, 0, sizeof(*list));
    list->letters[letters++] = ':';
    for (int i = 0; i < OPTION_END; i++) {
        const struct option_entry *e = option_entry_of((enum cli_option)i);

        if (!cli_command_takes(command, (enum cli_option)i))
            continue;
        if (e->letter) {
            list->letters[letters++] = e->letter;
            if (e->argument)
                list->letters[letters++] = ':';
        }
        list->names[names++] = (struct option){
            e->name, e->argument ? required_argument : no_argument, NULL,
            LONG_BASE + i};
    }
}

static enum cli_option option_of(int c)
{
    if (c >= LONG_BASE)
        return (enum cli_option)(c - LONG_BASE);
    for (int i = 0; i < OPTION_END; i++)
        if (option_entry_of((enum cli_option)i)->letter == c)
            return (enum cli_option)i;
    return OPTION_END;
}

int cli_usage_error(const struct cli_command *command, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_line(LOG_ERROR, "%s; see siptrail%s%s --help", text, command ? " " : "",
             command ? command->name : "");
    return CLI_USAGE;
}

/* What other tools call what we have under another name. */
static const char *hint_for(int letter)
{
    switch (letter) {
    case 'i':
    case 'd':
        return ": to watch an interface is the task of siptrail capture";
    case 'I':
        return ": to read a file, siptrail read FILE";
    case 'O':
    case 'w':
        return ": to save packets, siptrail export CALL -w FILE";
    default:
        return "";
    }
}

static int bad_option(const struct settings *s, int result, char **argv)
{
    const char *word = argv[optind - 1];

    if (result == ':') {
        enum cli_option o = option_of(optopt);

        return cli_usage_error(s->command, "option --%s needs a value: %s",
                               option_entry_of(o)->name,
                               option_entry_of(o)->argument);
    }
    if (optopt >= LONG_BASE)
        return cli_usage_error(s->command, "option --%s takes no value",
                               option_entry_of(option_of(optopt))->name);
    if (optopt)
        return cli_usage_error(s->command, "no option -%c for %s%s", optopt,
                               s->command->name, hint_for(optopt));
    return cli_usage_error(s->command, "no option %s for %s", word,
                           s->command->name);
}

static int add_read_file(struct settings *s, const char *path,
                         struct error *err)
{
    const char **grown = realloc(s->read_files, (s->read_file_count + 1) *
                                                    sizeof(*s->read_files));

    if (!grown)
        return error_set(err, -ENOMEM, "out of memory");
    s->read_files = grown;
    s->read_files[s->read_file_count++] = path;
    return 0;
}

static int add_header(struct settings *s, const char *name, struct error *err)
{
    struct span text = span_of_string(name);

    if (!sip_chars_all(text, SIP_CHAR_TOKEN) || text.length > CUSTOM_NAME_BYTES)
        return error_set(err, -EINVAL,
                         "header wants the name of a header, not '%s'", name);
    for (size_t i = 0; i < s->header_count; i++)
        if (span_equal_nocase(s->headers[i], text))
            return 0;
    if (s->header_count == CUSTOM_HEADERS_MAX)
        return error_set(err, -EINVAL, "header more than %d times",
                         CUSTOM_HEADERS_MAX);
    s->headers[s->header_count++] = text;
    return 0;
}

static int set_number(enum cli_option o, const char *text, uint64_t *value_out,
                      struct error *err)
{
    if (span_to_u64(span_of_string(text), SIZE_MAX, value_out) && *value_out)
        return 0;
    return error_set(err, -EINVAL, "%s wants a number above 0, not '%s'",
                     option_entry_of(o)->name, text);
}

static int set_format(struct settings *s, const char *value, struct error *err)
{
    if (report_format_parse(span_of_string(value), &s->format))
        return 0;
    return error_set(err, -EINVAL,
                     "format wants table, json, csv or tsv, not '%s'", value);
}

/* Flags that say how much is told; in a file they have values. */
static void set_verbosity(struct settings *s, enum cli_option o)
{
    bool by_flag = !s->value[o];

    if (o == OPTION_QUIET && (by_flag || s->number[o]))
        s->verbosity = -1;
    else if (o == OPTION_VERBOSE && by_flag)
        s->verbosity = s->verbosity < 0 ? 1 : s->verbosity + 1;
    else if (o == OPTION_VERBOSE && s->verbosity >= 0)
        s->verbosity = (int)s->number[o];
}

/* What the option means beyond its value. */
static int set_meaning(struct settings *s, enum cli_option o, const char *value,
                       struct error *err)
{
    uint64_t number = 0;
    int rc = 0;

    switch ((int)o) {
    case OPTION_READ_FILE:
        return add_read_file(s, value, err);
    case OPTION_HEADER:
        return add_header(s, value, err);
    case OPTION_FORMAT:
        return set_format(s, value, err);
    case OPTION_METRICS:
        return metrics_address_check(value, err);
    case OPTION_QUIET:
    case OPTION_VERBOSE:
        set_verbosity(s, o);
        return 0;
    case OPTION_COUNT_MAX:
        return set_number(o, value, &s->packet_cap, err);
    case OPTION_LIMIT:
        rc = set_number(o, value, &number, err);
        s->limit = (size_t)number;
        return rc;
    default:
        return 0;
    }
}

int settings_set(struct settings *s, enum cli_option o, const char *value,
                 struct error *err)
{
    const struct option_entry *e = option_entry_of(o);
    int rc = 0;

    if (e->section && value)
        rc = option_check(o, value, &s->number[o], err);
    if (rc)
        return rc;
    s->value[o] = value;
    /* "no" in a file is as good as nothing said. */
    s->given[o] = e->kind != OPTION_KIND_FLAG || !value || s->number[o];
    if (e->kind == OPTION_KIND_FLAG && !value)
        s->number[o] = 1;
    return set_meaning(s, o, value, err);
}

void settings_set_log_level(const struct settings *s)
{
    /* A daemon tells of its events where nobody asked for less or more. */
    enum log_level usual = cli_command_takes(s->command, OPTION_INTERFACE)
                               ? LOG_INFO
                               : LOG_WARNING;

    log_level_set(s->verbosity < 0    ? LOG_ERROR
                  : s->verbosity == 0 ? usual
                  : s->verbosity == 1 ? LOG_INFO
                                      : LOG_DEBUG);
}

/* A list's words are kept, to be printed with where they come from. */
static int take_flag(struct settings *s, enum cli_option o, const char *value,
                     struct error *err)
{
    size_t before = s->flags.line_count;
    int rc;

    s->origin[o] = ORIGIN_FLAG;
    if (option_entry_of(o)->kind != OPTION_KIND_LIST)
        return settings_set(s, o, value, err);
    rc = config_add(&s->flags, o, value, 0);
    if (rc)
        return error_set(err, rc, "%s: %s", option_entry_of(o)->name,
                         strerror(-rc));
    for (size_t i = before; i < s->flags.line_count && !rc; i++)
        rc = settings_set(s, o, s->flags.lines[i].value, err);
    return rc;
}

static int read_flags(struct settings *s)
{
    struct option_list list;
    struct error err;
    int c;

    option_list_init(s->command, &list);
    opterr = 0;
    optind = 0; /* GNU: begin anew, also where it was called before */
    while ((c = getopt_long(s->argc, s->argv, list.letters, list.names,
                            NULL)) != -1) {
        if (c == '?' || c == ':')
            return bad_option(s, c, s->argv);
        if (option_of(c) == OPTION_HELP) {
            cli_command_help(s->command, stdout);
            return -1;
        }
        if (take_flag(s, option_of(c), optarg, &err))
            return cli_usage_error(s->command, "--%s", err.text);
    }
    s->operands = s->argv + optind;
    s->operand_count = (size_t)(s->argc - optind);
    return CLI_DONE;
}

int settings_read(const struct cli_command *command, int argc, char **argv,
                  struct settings *settings_out)
{
    struct settings *s = settings_out;
    int rc;

    *s = (struct settings){.command = command,
                           .limit = CLI_LIMIT_DEFAULT,
                           .argc = argc,
                           .argv = argv};
    rc = read_flags(s);
    if (rc == CLI_DONE && command->configured)
        rc = settings_complete(s);
    settings_set_log_level(s);
    return rc;
}

void settings_fini(struct settings *s)
{
    free(s->read_files);
    config_fini(&s->file);
    config_fini(&s->environment);
    config_fini(&s->flags);
    s->read_files = NULL;
}

static void print_option(const struct option_entry *e, FILE *out)
{
    char left[40];

    (void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s", e->letter ? '-' : ' ',
                   e->letter ? e->letter : ' ', e->letter ? ", " : "  ",
                   e->name, e->argument ? " " : "",
                   e->argument ? e->argument : "");
    (void)fprintf(out, "  %-26s %s\n", left, e->help);
}

void cli_command_help(const struct cli_command *command, FILE *out)
{
    (void)fprintf(out, "usage: siptrail %s %s\n\n%s\n", command->name,
                  command->arguments, command->summary);
    if (command->options) {
        (void)fputs("\noptions:\n", out);
        for (int i = 0; i < OPTION_END; i++)
            if (cli_command_takes(command, (enum cli_option)i))
                print_option(option_entry_of((enum cli_option)i), out);
    }
    if (command->notes)
        (void)fprintf(out, "\n%s", command->notes);
}
