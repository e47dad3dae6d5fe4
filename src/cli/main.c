/*
 * The program: finds the command and ends with its exit code.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/key.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/output.h"

static const struct cli_command *const commands[] = {
    &cli_read,   &cli_capture, &cli_calls, &cli_show, &cli_ladder,
    &cli_export, &cli_stats,   &cli_sql,   &cli_db,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
    (void)fputs("usage: siptrail COMMAND [options] ...\n\n"
                "Reads SIP traffic, tells what became of each call, and draws "
                "it.\n\n",
                out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(out, "  %-8s %s\n", commands[i]->name,
                      commands[i]->summary);
    (void)fputs("\nsiptrail COMMAND --help tells more of each, man siptrail "
                "all.\n",
                out);
}

static const struct cli_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static const char *nearest_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strlen(name) <= 12 && option_distance(commands[i]->name, name) <= 2)
            return commands[i]->name;
    return NULL;
}

static bool is_file(const char *path)
{
    struct stat st;

    return strcmp(path, "-") == 0 ||
           (stat(path, &st) == 0 && !S_ISDIR(st.st_mode));
}

/* No command: say which would do what was meant. */
static int no_command(int argc, char **argv)
{
    const char *word = argv[1];
    const char *next = argc > 2 ? argv[2] : NULL;

    if (strncmp(word, "-d", 2) == 0)
        return cli_usage_error(NULL,
                               "to watch an interface: siptrail capture -i %s",
                               word[2] ? word + 2
                               : next  ? next
                                       : "IFACE");
    if (strcmp(word, "-I") == 0 || strcmp(word, "-r") == 0)
        return cli_usage_error(NULL, "to read a capture file: siptrail read %s",
                               next ? next : "FILE");
    if (strcmp(word, "-O") == 0 || strcmp(word, "-w") == 0)
        return cli_usage_error(
            NULL, "to save the packets of a call: siptrail export CALL -w %s",
            next ? next : "FILE");
    if (word[0] == '-' && word[1])
        return cli_usage_error(NULL, "no option %s before the command", word);
    if (is_file(word))
        return cli_usage_error(NULL, "to read a capture file: siptrail read %s",
                               word);
    if (nearest_command(word))
        return cli_usage_error(NULL, "no command '%s': %s?", word,
                               nearest_command(word));
    return cli_usage_error(NULL, "no command '%s', and no such file", word);
}

static int run_command(const struct cli_command *command, int argc, char **argv)
{
    struct settings settings;
    int rc;

    if (!command->options)
        return command->run_raw_fn(argc, argv);
    rc = settings_read(command, argc, argv, &settings);
    if (rc == CLI_DONE)
        rc = command->run_fn(&settings);
    settings_fini(&settings);
    return rc < 0 ? CLI_DONE : rc;
}

static int run(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    const struct cli_command *command;

    if (!*word) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
        strcmp(word, "help") == 0) {
        command = argc > 2 ? find_command(argv[2]) : NULL;
        if (command)
            cli_command_help(command, stdout);
        else
            print_help(stdout);
        return CLI_DONE;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        (void)puts("siptrail " SIPTRAIL_VERSION);
        return CLI_DONE;
    }
    if (word[0] == '-' && (word[1] == 'i' || !strncmp(word, "--interface", 11)))
        return run_command(&cli_capture, argc, argv);
    command = find_command(word);
    if (!command)
        return no_command(argc, argv);
    return run_command(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    int rc;

    /* A reader that goes away is noticed when writing: what is being stored
       must not die with `| head`. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)log_to_journal(getenv("JOURNAL_STREAM"));
    hash_seed_init();
    key_init();
    rc = run(argc, argv);
    exit(output_finish(rc));
}
