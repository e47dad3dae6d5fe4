/*
 * siptrail db: the database and the private server.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/retention.h"
#include "store/audit.h"
#include "store/connection.h"
#include "store/migrate.h"
#include "store/server.h"
#include "store/status.h"

struct db_task {
    const char *name;
    int (*run_fn)(const struct settings *s, struct error *err);
};

static const char *db_of(const struct settings *s)
{
    return s->value[OPTION_DB];
}

static int find_server(const struct settings *s, struct server_place *place_out,
                       struct error *err)
{
    if (!store_is_private(db_of(s)))
        return error_set(err, -EINVAL,
                         "the database is one you named (--db, SIPTRAIL_DB or "
                         "PGHOST and the like): start and stop are for the "
                         "private server");
    return server_locate(place_out, err);
}

static int start(const struct settings *s, struct error *err)
{
    struct server_place place;
    int rc = find_server(s, &place, err);

    if (!rc)
        rc = server_start(&place, err);
    if (!rc)
        (void)printf("the private server runs: data in %s, socket in %s\n",
                     place.data_dir, place.socket_dir);
    return rc;
}

static int stop(const struct settings *s, struct error *err)
{
    struct server_place place;
    int rc = find_server(s, &place, err);

    if (!rc)
        rc = server_stop(&place, err);
    if (!rc)
        (void)puts("the private server is stopped");
    return rc;
}

/* Looks without starting anything. */
static int say_server(struct error *err, enum server_state *state_out)
{
    static const char *const words[] = {"not made yet", "stopped", "running"};
    struct server_place place;
    pid_t pid = 0;
    int rc = server_locate(&place, err);

    if (rc)
        return rc;
    *state_out = server_state_of(&place, &pid);
    (void)printf("private server  %s", words[*state_out]);
    if (*state_out == SERVER_RUNNING)
        (void)printf(", process %ld", (long)pid);
    (void)printf("\ndata            %s\nsocket          %s\n", place.data_dir,
                 place.socket_dir);
    return 0;
}

/* What waits on disk is there also while the database is not. */
static void say_spool(const struct settings *s)
{
    const char *path = s->value[OPTION_SPOOL];
    DIR *dir = path ? opendir(path) : NULL;
    struct dirent *entry;
    uint64_t bytes = 0;
    size_t count = 0;

    while (dir && (entry = readdir(dir)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');
        struct stat st;

        if (!dot || strcmp(dot, ".segment") != 0 ||
            fstatat(dirfd(dir), entry->d_name, &st, 0))
            continue;
        count++;
        bytes += (uint64_t)st.st_size;
    }
    if (dir)
        (void)printf("spool           %s, %zu segment%s, %" PRIu64 " kB\n",
                     path, count, count == 1 ? "" : "s", (bytes + 1023) / 1024);
    if (dir)
        (void)closedir(dir);
}

static int status(const struct settings *s, struct error *err)
{
    enum server_state state = SERVER_RUNNING;
    struct store store = {0};
    int version = 0;
    int rc = 0;

    if (store_is_private(db_of(s)))
        rc = say_server(err, &state);
    if (!rc)
        say_spool(s);
    if (rc || state != SERVER_RUNNING)
        return rc;
    rc = store_open(db_of(s), STORE_WHATEVER, &store, err);
    if (!rc)
        rc = migrate_version(store.conn, &version, err);
    if (!rc)
        (void)printf("schema          version %d\n", version);
    if (!rc && version) {
        (void)fflush(stdout);
        rc = status_print(&store, stdout, err);
    }
    store_close(&store);
    return rc;
}

/* Tables made or brought to this version. */
static int migrate(const struct settings *s, struct error *err)
{
    struct store store = {0};
    int applied = 0;
    int version = 0;
    int rc = store_open(db_of(s), STORE_WHATEVER, &store, err);

    if (!rc)
        rc = migrate_run(store.conn, &applied, err);
    if (!rc)
        rc = migrate_version(store.conn, &version, err);
    if (!rc)
        rc = retention_make_ahead(s, store.conn, err);
    if (!rc)
        (void)printf("the schema is at version %d, %d migration%s applied\n",
                     version, applied, applied == 1 ? "" : "s");
    store_close(&store);
    return rc;
}

static int audit(const struct settings *s, struct error *err)
{
    struct store store = {0};
    size_t faults = 0;
    int rc = store_open(db_of(s), STORE_WRITE, &store, err);

    if (!rc)
        rc = audit_run(&store, stdout, &faults, err);
    store_close(&store);
    if (!rc && faults)
        rc = error_set(err, -EBADMSG, "%zu fault%s found", faults,
                       faults == 1 ? "" : "s");
    if (!rc)
        (void)puts("no fault found");
    return rc;
}

static const struct db_task tasks[] = {
    {"start", start},  {"stop", stop},       {"status", status},
    {"init", migrate}, {"migrate", migrate}, {"prune", retention_prune},
    {"audit", audit},
};

/* Flags of the prune alone. */
static enum cli_option misplaced(const struct settings *s, const char *word)
{
    static const enum cli_option options[] = {OPTION_KEEP, OPTION_KEEP_TEXT,
                                              OPTION_MAX_SIZE, OPTION_DRY_RUN};

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (s->origin[options[i]] == ORIGIN_FLAG && strcmp(word, "prune") != 0)
            return options[i];
    return OPTION_END;
}

static int run_db(const struct settings *s)
{
    const char *word = s->operand_count ? s->operands[0] : NULL;
    struct error err = {0};

    if (!word)
        return cli_usage_error(
            s->command,
            "do what? start, stop, status, init, migrate, prune or audit");
    if (s->operand_count > 1)
        return cli_usage_error(s->command, "'%s' is too much", s->operands[1]);
    if (misplaced(s, word) != OPTION_END)
        return cli_usage_error(s->command, "--%s is for siptrail db prune",
                               option_entry_of(misplaced(s, word))->name);
    for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
        if (strcmp(tasks[i].name, word) != 0)
            continue;
        if (tasks[i].run_fn(s, &err) == 0)
            return CLI_DONE;
        log_line(LOG_ERROR, "%s", err.text);
        return CLI_FAILED;
    }
    return cli_usage_error(
        s->command,
        "no db '%s': start, stop, status, init, migrate, prune or audit", word);
}

static const enum cli_option accepted[] = {
    OPTION_DB,      OPTION_KEEP,    OPTION_KEEP_TEXT, OPTION_MAX_SIZE,
    OPTION_DRY_RUN, OPTION_SENSOR,  OPTION_SPOOL,     OPTION_CONFIG,
    OPTION_QUIET,   OPTION_VERBOSE, OPTION_END};

const struct cli_command cli_db = {
    .name = "db",
    .arguments = "[options] start|stop|status|init|migrate|prune|audit",
    .summary = "the database and its private server",
    .notes =
        "db, keep and the like stand in the configuration file of capture, "
        "too.\n\n"
        "start    start the private server, making it on first use\n"
        "stop     stop it\n"
        "status   where it is, and what is stored\n"
        "init     make the tables in the database\n"
        "migrate  bring them to this program's version\n"
        "prune    drop what is past keeping, and what is too much\n"
        "audit    check that every account balances\n",
    .options = accepted,
    .configured = true,
    .run_fn = run_db,
};
