#include "cli/settings.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/log.h"
#include "cli/command.h"
#include "sip/chars.h"

struct option_entry {
    char letter; /* 0 for none */
    const char *name;
    const char *argument; /* NULL for none */
    const char *help;
};

static const struct option_entry entries[OPTION_END] = {
    [OPTION_READ_FILE] = {'r', "read", "FILE", "read this file, too"},
    [OPTION_FILTER] = {'f', "filter", "BPF",
                       "only packets that match; later IP fragments pass"},
    [OPTION_COUNT_MAX] = {'c', "count", "N", "stop after N packets"},
    [OPTION_NO_STORE] = {0, "no-store", NULL, "use no database"},
    [OPTION_DB] = {0, "db", "CONNINFO",
                   "database to use, in libpq's words or as a URI"},
    [OPTION_SENSOR] = {0, "sensor", "NAME",
                       "name of the place where it was captured"},
    [OPTION_HEADER] = {0, "header", "NAME",
                       "keep this header's value in custom; may be repeated"},
    [OPTION_MESSAGES] = {0, "messages", NULL,
                         "print the SIP messages, not the calls"},
    [OPTION_FORMAT] = {0, "format", "FORMAT", "table, json, csv or tsv"},
    [OPTION_FILE] = {0, "file", "CAPTURE",
                     "look in this capture file, not in the database"},
    [OPTION_OUTPUT] = {'o', "output", "FILE",
                       "draw into .svg, .png, .pdf, .dot or .txt"},
    [OPTION_WRITE] = {'w', "write", "FILE", "write the packets to this file"},
    [OPTION_SINCE] = {0, "since", "TIME",
                      "begun then or later: 2026-11-20, or so long "
                      "ago: 15m, 2h, 3d"},
    [OPTION_UNTIL] = {0, "until", "TIME", "begun before then"},
    [OPTION_FROM] = {0, "from", "PARTY",
                     "the caller; 4930* begins with, *123 ends with"},
    [OPTION_TO] = {0, "to", "PARTY", "the callee, likewise"},
    [OPTION_NUMBER] = {0, "number", "PARTY", "either of them, likewise"},
    [OPTION_IP] = {0, "ip", "ADDRESS", "sent from or to this address"},
    [OPTION_CALL_ID] = {0, "call-id", "ID", "with this Call-ID"},
    [OPTION_DISPOSITION] = {0, "disposition", "WORD",
                            "answered, busy, cancelled, no_answer, ..."},
    [OPTION_STATUS] = {0, "status", "CODE", "final response, 486 or 4xx"},
    [OPTION_MIN_PDD] = {0, "min-pdd", "SECONDS", "post-dial delay at least"},
    [OPTION_MIN_DURATION] = {0, "min-duration", "SECONDS",
                             "talked at least so long"},
    [OPTION_MAX_DURATION] = {0, "max-duration", "SECONDS",
                             "talked at most so long"},
    [OPTION_LIMIT] = {0, "limit", "N", "at most so many rows (1000)"},
    [OPTION_ALL] = {0, "all", NULL, "also calls whose start was not seen"},
    [OPTION_BY] = {0, "by", "WHAT", "a row for each hour, trunk or agent"},
    [OPTION_DUPLICATES] = {0, "duplicates", NULL,
                           "draw copies of messages, too"},
    [OPTION_KEEP_DUPLICATES] = {0, "keep-duplicates", NULL,
                                "take copies for messages of their own"},
    [OPTION_NUMERIC] = {'n', "numeric", NULL,
                        "accepted: names are never asked for"},
    [OPTION_QUIET] = {'q', "quiet", NULL, "no progress, no closing account"},
    [OPTION_VERBOSE] = {'v', "verbose", NULL, "say more; twice: still more"},
    [OPTION_HELP] = {'h', "help", NULL, "print this"},
};

/* getopt_long() takes the index of an entry, moved out of the way of ASCII. */
#define LONG_BASE 256

struct option_list {
    char letters[2 * OPTION_END + 3];
    struct option names[OPTION_END + 1];
};

static bool takes(const struct cli_command *command, enum cli_option option)
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
        const struct option_entry *e = &entries[i];

        if (!takes(command, (enum cli_option)i))
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
        if (entries[i].letter == c)
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
                               entries[o].name, entries[o].argument);
    }
    if (optopt >= LONG_BASE)
        return cli_usage_error(s->command, "option --%s takes no value",
                               entries[optopt - LONG_BASE].name);
    if (optopt)
        return cli_usage_error(s->command, "no option -%c for %s%s", optopt,
                               s->command->name, hint_for(optopt));
    return cli_usage_error(s->command, "no option %s for %s", word,
                           s->command->name);
}

static int add_read_file(struct settings *s, const char *path)
{
    const char **grown = realloc(s->read_files, (s->read_file_count + 1) *
                                                    sizeof(*s->read_files));

    if (!grown) {
        log_line(LOG_ERROR, "out of memory");
        return CLI_FAILED;
    }
    s->read_files = grown;
    s->read_files[s->read_file_count++] = path;
    return CLI_DONE;
}

static int add_header(struct settings *s, const char *name)
{
    struct span text = span_of_string(name);

    if (!sip_chars_all(text, SIP_CHAR_TOKEN) || text.length > CUSTOM_NAME_BYTES)
        return cli_usage_error(
            s->command, "--header wants the name of a header, not '%s'", name);
    for (size_t i = 0; i < s->header_count; i++)
        if (span_equal_nocase(s->headers[i], text))
            return CLI_DONE;
    if (s->header_count == CUSTOM_HEADERS_MAX)
        return cli_usage_error(s->command, "more than %d times --header",
                               CUSTOM_HEADERS_MAX);
    s->headers[s->header_count++] = text;
    return CLI_DONE;
}

static int set_number(const struct settings *s, enum cli_option o,
                      const char *text, uint64_t *value_out)
{
    if (span_to_u64(span_of_string(text), SIZE_MAX, value_out) && *value_out)
        return CLI_DONE;
    return cli_usage_error(s->command, "--%s wants a number above 0, not '%s'",
                           entries[o].name, text);
}

static int set_option(struct settings *s, enum cli_option o, const char *value)
{
    uint64_t number = 0;
    int rc = CLI_DONE;

    s->given[o] = true;
    s->value[o] = value;
    if (o == OPTION_READ_FILE)
        return add_read_file(s, value);
    if (o == OPTION_HEADER)
        return add_header(s, value);
    if (o == OPTION_QUIET)
        s->verbosity = -1;
    else if (o == OPTION_VERBOSE)
        s->verbosity = s->verbosity < 0 ? 1 : s->verbosity + 1;
    else if (o == OPTION_COUNT_MAX)
        rc = set_number(s, o, value, &s->packet_cap);
    else if (o == OPTION_LIMIT)
        rc = set_number(s, o, value, &number);
    else if (o == OPTION_FORMAT &&
             !report_format_parse(span_of_string(value), &s->format))
        return cli_usage_error(
            s->command, "no format '%s': table, json, csv or tsv", value);
    if (number)
        s->limit = (size_t)number;
    return rc;
}

static void set_log_level(const struct settings *s)
{
    log_level_set(s->verbosity < 0    ? LOG_ERROR
                  : s->verbosity == 0 ? LOG_WARNING
                  : s->verbosity == 1 ? LOG_INFO
                                      : LOG_DEBUG);
}

int settings_read(const struct cli_command *command, int argc, char **argv,
                  struct settings *settings_out)
{
    struct settings *s = settings_out;
    struct option_list list;
    int rc = CLI_DONE;
    int c;

    *s = (struct settings){.command = command, .limit = CLI_LIMIT_DEFAULT};
    option_list_init(command, &list);
    opterr = 0;
    optind = 1;
    while (rc == CLI_DONE && (c = getopt_long(argc, argv, list.letters,
                                              list.names, NULL)) != -1) {
        if (c == '?' || c == ':')
            return bad_option(s, c, argv);
        if (option_of(c) == OPTION_HELP) {
            cli_command_help(command, stdout);
            return -1;
        }
        rc = set_option(s, option_of(c), optarg);
    }
    s->operands = argv + optind;
    s->operand_count = (size_t)(argc - optind);
    set_log_level(s);
    return rc;
}

void settings_fini(struct settings *s)
{
    free(s->read_files);
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
            if (takes(command, (enum cli_option)i))
                print_option(&entries[i], out);
    }
    if (command->notes)
        (void)fprintf(out, "\n%s", command->notes);
}
