#include "store/connection.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/migrate.h"
#include "store/server.h"

/* Present in libpq's environment: then the user means a server of theirs. */
static bool environment_names_server(void)
{
    static const char *const names[] = {"PGHOST", "PGHOSTADDR", "PGSERVICE",
                                        "PGDATABASE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return true;
    }
    return false;
}

static const char *named_database(const char *db)
{
    const char *variable = getenv("SIPTRAIL_DB");

    if (db && *db)
        return db;
    if (variable && *variable)
        return variable;
    return environment_names_server() ? "" : NULL;
}

bool store_is_private(const char *db)
{
    return !named_database(db);
}

int store_conninfo(const char *db, char **conninfo_out, struct error *err)
{
    const char *named = named_database(db);
    struct server_place place;
    int rc;

    if (named) {
        *conninfo_out = strdup(named);
    } else {
        rc = server_locate(&place, err);
        if (rc == 0)
            rc = server_start(&place, err);
        if (rc)
            return rc;
        *conninfo_out = server_conninfo(&place);
    }
    return *conninfo_out ? 0 : error_set(err, -ENOMEM, "out of memory");
}

/* What libpq says of a failed connection, and what to do about it. */
static const struct {
    const char *says;
    int code;
    const char *advice;
} refusals[] = {
    {"password authentication failed", -EACCES,
     "check the password in --db, PGPASSWORD or ~/.pgpass"},
    {"no password supplied", -EACCES,
     "give one in --db, PGPASSWORD or ~/.pgpass"},
    {"authentication failed", -EACCES,
     "name another user in --db, or let this one in by pg_hba.conf"},
    {"no pg_hba.conf entry", -EACCES,
     "let this host and user in by the server's pg_hba.conf"},
    {"permission denied for database", -EACCES,
     "grant connect on it to this user"},
    {"role \"", -EACCES, "create the user, or name another in --db"},
    {"database \"", -ENOENT,
     "create it with createdb, or name another in --db"},
    {"too many clients", -EAGAIN, "raise the server's max_connections or wait"},
    {"too many connections", -EAGAIN, "wait, or raise the limit of this user"},
    {"remaining connection slots", -EAGAIN,
     "raise the server's max_connections or wait"},
    {"starting up", -EAGAIN, "wait until the server is ready"},
    {"shutting down", -EAGAIN, "start the server again"},
    {"could not translate host name", -EHOSTUNREACH,
     "check the host name in --db"},
    {"timeout expired", -ETIMEDOUT,
     "is the server reachable, and the port right"},
    {"Connection refused", -ECONNREFUSED,
     "is the server running there, and the port right"},
    {"No such file or directory", -ECONNREFUSED,
     "is the server running there, and the socket folder right"},
    {"No route to host", -EHOSTUNREACH, "check the host in --db"},
    {"Permission denied", -EACCES,
     "this user may not enter the folder of the server's socket"},
    {"invalid", -EINVAL, "check the words of --db"},
    {"missing \"=\"", -EINVAL,
     "--db takes words such as 'host=db1 dbname=sip' or a postgresql:// URI"},
};

/* libpq repeats "connection to server at ... failed: FATAL: "; the last line
 * that says something is the one to show. */
static void last_line(const char *message, char *line_out, size_t room)
{
    const char *end = message + strlen(message);
    const char *start;
    const char *fatal;
    size_t length;

    while (end > message && (end[-1] == '\n' || end[-1] == ' '))
        end--;
    start = end;
    while (start > message && start[-1] != '\n')
        start--;
    if (strstr(message, "Is the server running"))
        start = message;
    length = (size_t)(end - start);
    if (start == message && memchr(start, '\n', length))
        length = (size_t)((const char *)memchr(start, '\n', length) - start);
    if (length >= room)
        length = room - 1;
    memcpy(line_out, start, length);
    line_out[length] = 0;
    fatal = strstr(line_out, "FATAL:  ");
    if (fatal)
        memmove(line_out, fatal + 8, strlen(fatal + 8) + 1);
}

static int refuse(PGconn *conn, struct error *err)
{
    const char *message = PQerrorMessage(conn);
    char line[300];

    last_line(message, line, sizeof(line));
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (strstr(message, refusals[i].says))
            return error_set(err, refusals[i].code,
                             "cannot connect to the database: %s; %s", line,
                             refusals[i].advice);
    return error_set(err, -ECONNREFUSED,
                     "cannot connect to the database: %s; check --db", line);
}

static void on_notice(void *arg, const char *message)
{
    (void)arg;
    log_line(LOG_INFO, "database: %.*s", (int)strcspn(message, "\n"), message);
}

int store_connect(const char *conninfo, struct pg_conn **conn_out,
                  struct error *err)
{
    /* A server that is gone without a word is noticed within half a minute. */
    const char *const words[] = {
        "connect_timeout",           "keepalives_idle",  "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "dbname",
        "fallback_application_name", "client_encoding",  NULL};
    const char *const values[] = {"10",     "15",       "5",    "3", "30000",
                                  conninfo, "siptrail", "UTF8", NULL};
    PGconn *conn = PQconnectdbParams(words, values, 1);
    int rc = 0;

    *conn_out = NULL;
    if (!conn)
        return error_set(err, -ENOMEM, "out of memory");
    if (PQstatus(conn) != CONNECTION_OK) {
        rc = refuse(conn, err);
        goto out;
    }
    (void)PQsetNoticeProcessor(conn, on_notice, NULL);
    if (PQserverVersion(conn) < 140000) {
        rc = error_set(err, -EPROTO,
                       "the server is PostgreSQL %d; 14 or newer is needed",
                       PQserverVersion(conn) / 10000);
        goto out;
    }
    rc = store_run(conn,
                   "SET search_path = siptrail, public; SET timezone = 'UTC'; "
                   "SET jit = off; SET datestyle = iso; "
                   "SET client_min_messages = warning",
                   err);
out:
    if (rc)
        PQfinish(conn);
    else
        *conn_out = conn;
    return rc;
}

int store_run(struct pg_conn *conn, const char *sql, struct error *err)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    int rc = 0;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
        status != PGRES_EMPTY_QUERY)
        rc = store_error(conn, result, "working", err);
    PQclear(result);
    return rc;
}

/* libpq adds what it guesses: its first line is what happened. */
static int went_away(PGconn *conn, const char *doing, struct error *err)
{
    const char *text = PQerrorMessage(conn);

    return error_set(err, -EPIPE,
                     "the database went away while %s: %.*s; what was "
                     "committed stays: run again to complete it",
                     doing, (int)strcspn(text, "\n"), text);
}

int store_error(struct pg_conn *conn, const struct pg_result *result,
                const char *doing, struct error *err)
{
    const char *state =
        result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text =
        result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    if (!text)
        text = "";
    if (!state || PQstatus(conn) != CONNECTION_OK)
        return went_away(conn, doing, err);
    if (strcmp(state, "53100") == 0)
        return error_set(err, -ENOSPC,
                         "the database's disk is full while %s: %s; make room "
                         "there and run again: nothing is doubled",
                         doing, text);
    if (strcmp(state, "42501") == 0)
        return error_set(err, -EACCES,
                         "the database refuses %s: %s; grant it to this user, "
                         "or name another in --db",
                         doing, text);
    if (strcmp(state, "25006") == 0)
        return error_set(err, -EROFS,
                         "the database is read-only while %s: %s; name the "
                         "primary server in --db",
                         doing, text);
    if (strcmp(state, "55P03") == 0 || strcmp(state, "57014") == 0 ||
        strncmp(state, "40", 2) == 0)
        return error_set(err, -EBUSY,
                         "the database made us wait too long while %s: %s; "
                         "see who holds locks in pg_stat_activity",
                         doing, text);
    if (strncmp(state, "53", 2) == 0)
        return error_set(err, -ENOBUFS,
                         "the database lacks resources while %s: %s (%s)",
                         doing, text, state);
    if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0)
        return went_away(conn, doing, err);
    return error_set(err, -EPROTO, "the database failed while %s: %s (%s)",
                     doing, text, state);
}

/* Whoever stopped the private server wants it so. */
static int check_stopped(const char *db, struct error *err)
{
    struct server_place place;
    pid_t pid;
    int rc;

    if (named_database(db))
        return 0;
    rc = server_locate(&place, err);
    if (rc == 0 && server_state_of(&place, &pid) != SERVER_RUNNING &&
        !server_died(&place))
        rc = error_set(err, -ECONNREFUSED,
                       "the private database was stopped; start it by "
                       "siptrail db start");
    return rc;
}

/* Whoever reads asks once, and finds that the schema fits. */
static int fit_schema(PGconn *conn, bool is_private, enum store_use use,
                      struct error *err)
{
    int applied;
    int rc;

    if (use == STORE_WHATEVER)
        return 0;
    rc = use == STORE_READ ? migrate_check(conn, err) : -ENOENT;
    if (rc != -ENOENT || (use == STORE_READ && !is_private))
        return rc;
    if (err)
        err->text[0] = 0;
    return migrate_run(conn, &applied, err);
}

int store_open(const char *db, enum store_use use, struct store *store_out,
               struct error *err)
{
    struct store s = {NULL, NULL};
    int rc = use == STORE_REJOIN ? check_stopped(db, err) : 0;

    *store_out = (struct store){NULL, NULL};
    if (rc == 0)
        rc = store_conninfo(db, &s.conninfo, err);
    if (rc)
        return rc;
    rc = store_connect(s.conninfo, &s.conn, err);
    if (rc == 0)
        rc = fit_schema(s.conn, store_is_private(db), use, err);
    if (rc)
        store_close(&s);
    else
        *store_out = s;
    return rc;
}

void store_close(struct store *s)
{
    if (s->conn)
        PQfinish(s->conn);
    free(s->conninfo);
    *s = (struct store){NULL, NULL};
}
