/*
 * siptrail sql: psql on the records.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "report/text.h"
#include "store/connection.h"

/* --db CONNINFO or --db=CONNINFO in front is ours, the rest is psql's. */
static int take_db(int argc, char **argv, const char **db_out)
{
    *db_out = NULL;
    if (argc > 1 && strncmp(argv[1], "--db=", 5) == 0) {
        *db_out = argv[1] + 5;
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "--db") == 0) {
        *db_out = argc > 2 ? argv[2] : NULL;
        return 2;
    }
    return 0;
}

/* libpq's own variable, so that what the user set in it stays. */
static int set_search_path(void)
{
    const char *old = getenv("PGOPTIONS");
    struct text value;
    int rc;

    text_init(&value);
    text_add_string(&value, "-c search_path=siptrail,public");
    if (old && *old) {
        text_add_byte(&value, ' ');
        text_add_string(&value, old);
    }
    text_add_byte(&value, 0);
    rc = value.failed ? -1 : setenv("PGOPTIONS", value.data, 1);
    text_fini(&value);
    return rc;
}

static int become_psql(const char *conninfo, int argc, char **argv)
{
    char **args = calloc((size_t)argc + 4, sizeof(*args));
    char program[] = "psql";
    char database[] = "-d";
    int n = 0;

    if (!args || set_search_path() != 0) {
        free(args);
        log_line(LOG_ERROR, "out of memory");
        return CLI_FAILED;
    }
    args[n++] = program;
    args[n++] = database;
    args[n] = strdup(conninfo);
    if (args[n++]) {
        for (int i = 0; i < argc; i++)
            args[n++] = argv[i];
        (void)signal(SIGPIPE, SIG_DFL);
        (void)execvp(program, args);
    }
    if (errno == ENOENT)
        log_line(LOG_ERROR, "psql is not there: install postgresql-client");
    else
        log_line(LOG_ERROR, "psql cannot be run: %s", strerror(errno));
    free(args[2]);
    free(args);
    return CLI_FAILED;
}

static int run_sql(int argc, char **argv)
{
    struct store store = {0};
    struct error err = {0};
    const char *db;
    int taken = take_db(argc, argv, &db);
    int rc;

    if (taken == 2 && !db)
        return cli_usage_error(&cli_sql, "option --db needs a value: CONNINFO");
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        cli_command_help(&cli_sql, stdout);
        return CLI_DONE;
    }
    if (store_open(db, STORE_READ, &store, &err) != 0) {
        log_line(LOG_ERROR, "%s", err.text);
        return CLI_FAILED;
    }
    rc = become_psql(store.conninfo, argc - 1 - taken, argv + 1 + taken);
    store_close(&store);
    return rc;
}

const struct cli_command cli_sql = {
    .name = "sql",
    .arguments = "[--db CONNINFO] [psql arguments]",
    .summary = "psql on the records",
    .notes = "Everything behind --db goes to psql, for example\n"
             "  siptrail sql -c \"select disposition, count(*) from calls "
             "group by 1\"\n"
             "The tables stand in the schema siptrail, which is on the search "
             "path; \\d+ calls\ntells what each column means.\n",
    .run_raw_fn = run_sql,
};
