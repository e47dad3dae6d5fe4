#include "store/server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "store/child.h"

#define ROLE "siptrail"
#define START_SECONDS 60

static bool is_program(const char *dir, const char *name)
{
    char path[SERVER_PATH_BYTES + 16];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return access(path, X_OK) == 0;
}

static bool has_server(const char *dir)
{
    return is_program(dir, "initdb") && is_program(dir, "postgres") &&
           is_program(dir, "pg_ctl");
}

/* The major version the data folder was made by, or 0. */
static int version_of_data(const char *data_dir)
{
    char path[SERVER_PATH_BYTES + 16];
    char text[16] = "";
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/PG_VERSION", data_dir);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(text, sizeof(text), file))
        text[0] = 0;
    (void)fclose(file);
    return (int)strtol(text, NULL, 10);
}

/* The highest version below /usr/lib/postgresql, or the very one wanted. */
static bool find_debian_server(int wanted, char *dir_out, size_t room)
{
    static const char base[] = "/usr/lib/postgresql";
    DIR *dir = opendir(base);
    int best = 0;
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        int version = (int)strtol(entry->d_name, NULL, 10);
        char path[SERVER_PATH_BYTES];

        (void)snprintf(path, sizeof(path), "%s/%d/bin", base, version);
        if (version > best && (!wanted || version == wanted) &&
            has_server(path))
            best = version;
    }
    if (dir)
        (void)closedir(dir);
    if (best)
        (void)snprintf(dir_out, room, "%s/%d/bin", base, best);
    return best > 0;
}

static bool find_configured_server(char *dir_out, size_t room)
{
    FILE *pipe = popen("pg_config --bindir 2>/dev/null", "re");
    bool found = false;

    if (!pipe)
        return false;
    if (fgets(dir_out, (int)room, pipe)) {
        dir_out[strcspn(dir_out, "\n")] = 0;
        found = has_server(dir_out);
    }
    (void)pclose(pipe);
    return found;
}

static int find_server(struct server_place *p, struct error *err)
{
    int wanted = version_of_data(p->data_dir);

    if (find_debian_server(wanted, p->bin_dir, sizeof(p->bin_dir)) ||
        find_configured_server(p->bin_dir, sizeof(p->bin_dir)))
        return 0;
    if (wanted)
        return error_set(err, -ENOENT,
                         "the data in %s are of PostgreSQL %d, which is not "
                         "installed; install postgresql-%d, or name a server "
                         "with --db",
                         p->data_dir, wanted, wanted);
    return error_set(err, -ENOENT,
                     "PostgreSQL is not installed; install the package "
                     "postgresql, name a server with --db, or use --no-store");
}

static int locate_data(struct server_place *p, struct error *err)
{
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    const struct passwd *pw;
    int n;

    if (xdg && xdg[0] == '/') {
        n = snprintf(p->data_dir, sizeof(p->data_dir), "%s/siptrail/db", xdg);
    } else if (geteuid() == 0) {
        n = snprintf(p->data_dir, sizeof(p->data_dir), "/var/lib/siptrail/db");
    } else {
        pw = home && home[0] == '/' ? NULL : getpwuid(geteuid());
        if (pw)
            home = pw->pw_dir;
        if (!home || home[0] != '/')
            return error_set(err, -ENOENT,
                             "no home folder; set HOME or XDG_DATA_HOME");
        n = snprintf(p->data_dir, sizeof(p->data_dir),
                     "%s/.local/share/siptrail/db", home);
    }
    /* Room for the names of files below it. */
    if (n < 0 || (size_t)n > sizeof(p->data_dir) - 256)
        return error_set(err, -ENAMETOOLONG,
                         "the path of the data folder is too long; set a "
                         "shorter XDG_DATA_HOME");
    return 0;
}

/* Its path is short however long the data folder's is. */
static void locate_socket(struct server_place *p)
{
    const char *xdg = getenv("XDG_RUNTIME_DIR");
    unsigned hash = (unsigned)hash_stable(p->data_dir, strlen(p->data_dir), 0);
    int n;

    if (geteuid() == 0) {
        if (access("/run", W_OK) == 0) {
            (void)snprintf(p->socket_dir, sizeof(p->socket_dir),
                           "/run/siptrail-%08x", hash);
            return;
        }
    } else if (xdg && xdg[0] == '/' && !strpbrk(xdg, "'\\") &&
               access(xdg, W_OK) == 0) {
        n = snprintf(p->socket_dir, sizeof(p->socket_dir), "%s/siptrail-%08x",
                     xdg, hash);
        if (n > 0 && (size_t)n < sizeof(p->socket_dir))
            return;
    }
    (void)snprintf(p->socket_dir, sizeof(p->socket_dir),
                   "/tmp/siptrail-%u-%08x", (unsigned)p->uid, hash);
}

/* A line of postmaster.pid, from 1; empty where there is none. */
static void read_pid_file(const struct server_place *p, int line, char *text,
                          int room)
{
    char path[SERVER_PATH_BYTES + 32];
    FILE *file;

    text[0] = 0;
    (void)snprintf(path, sizeof(path), "%s/postmaster.pid", p->data_dir);
    file = fopen(path, "re");
    if (!file)
        return;
    for (int i = 0; i < line; i++)
        if (!fgets(text, room, file))
            text[0] = 0;
    text[strcspn(text, "\n")] = 0;
    (void)fclose(file);
}

static pid_t pid_in_file(const struct server_place *p)
{
    char text[SERVER_PATH_BYTES];

    read_pid_file(p, 1, text, sizeof(text));
    return (pid_t)strtol(text, NULL, 10);
}

/* A server that runs may have been started under another XDG_RUNTIME_DIR:
 * line 5 says where its socket is. */
static void adopt_socket(struct server_place *p)
{
    char text[SERVER_PATH_BYTES];
    pid_t pid;

    if (server_state_of(p, &pid) != SERVER_RUNNING)
        return;
    read_pid_file(p, 5, text, sizeof(text));
    if (text[0] == '/' && strlen(text) < sizeof(p->socket_dir))
        memcpy(p->socket_dir, text, strlen(text) + 1);
}

int server_locate(struct server_place *place_out, struct error *err)
{
    struct server_place *p = place_out;
    const struct passwd *pw;
    int rc;

    memset(p, 0, sizeof(*p));
    p->uid = geteuid();
    p->gid = getegid();
    if (p->uid == 0) {
        pw = getpwnam("postgres");
        if (!pw)
            return error_set(err, -ENOENT,
                             "there is no user postgres to run a server as; "
                             "install the package postgresql, name a server "
                             "with --db, or use --no-store");
        p->uid = pw->pw_uid;
        p->gid = pw->pw_gid;
    }
    rc = locate_data(p, err);
    if (rc)
        return rc;
    locate_socket(p);
    adopt_socket(p);
    return find_server(p, err);
}

/* A postmaster stands in its data folder, whatever PID it has: another
 * process that took the number over after a crash does not. */
static bool is_our_postmaster(const struct server_place *p, pid_t pid)
{
    char link[64];
    struct stat cwd;
    struct stat data;

    (void)snprintf(link, sizeof(link), "/proc/%ld/cwd", (long)pid);
    return stat(link, &cwd) == 0 && stat(p->data_dir, &data) == 0 &&
           cwd.st_dev == data.st_dev && cwd.st_ino == data.st_ino;
}

enum server_state server_state_of(const struct server_place *place,
                                  pid_t *pid_out)
{
    char path[SERVER_PATH_BYTES + 16];
    pid_t pid = pid_in_file(place);

    *pid_out = 0;
    (void)snprintf(path, sizeof(path), "%s/PG_VERSION", place->data_dir);
    if (access(path, F_OK) != 0)
        return SERVER_ABSENT;
    if (pid <= 1 || !is_our_postmaster(place, pid))
        return SERVER_STOPPED;
    *pid_out = pid;
    return SERVER_RUNNING;
}

bool server_died(const struct server_place *place)
{
    pid_t pid;

    return pid_in_file(place) > 1 &&
           server_state_of(place, &pid) == SERVER_STOPPED;
}

char *server_conninfo(const struct server_place *place)
{
    char *text = NULL;

    if (asprintf(&text, "host=%s port=5432 user=" ROLE " dbname=" ROLE,
                 place->socket_dir) < 0)
        return NULL;
    return text;
}

static bool accepts(const struct server_place *p, const char *database)
{
    char info[256];
    PGPing answer;

    (void)snprintf(info, sizeof(info),
                   "host=%s port=5432 user=" ROLE
                   " dbname=%s connect_timeout=5",
                   p->socket_dir, database);
    answer = PQping(info);
    return answer == PQPING_OK;
}

static int make_dirs(const char *path, mode_t mode, struct error *err)
{
    char copy[SERVER_PATH_BYTES];

    (void)snprintf(copy, sizeof(copy), "%s", path);
    for (char *slash = strchr(copy + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(copy, mode) && errno != EEXIST)
            return error_set(err, -errno, "cannot make folder %s: %s", copy,
                             strerror(errno));
        *slash = '/';
    }
    return 0;
}

/* Nobody else may have made it, and nobody else may enter it. */
static int make_socket_dir(const struct server_place *p, struct error *err)
{
    struct stat st;

    if (mkdir(p->socket_dir, 0700) == 0) {
        if (geteuid() == 0 && lchown(p->socket_dir, p->uid, p->gid))
            return error_set(err, -errno, "cannot give %s to user %u: %s",
                             p->socket_dir, (unsigned)p->uid, strerror(errno));
        return 0;
    }
    if (errno != EEXIST)
        return error_set(err, -errno, "cannot make folder %s: %s",
                         p->socket_dir, strerror(errno));
    if (lstat(p->socket_dir, &st) || !S_ISDIR(st.st_mode) ||
        st.st_uid != p->uid || (st.st_mode & 077))
        return error_set(err, -EACCES,
                         "%s is not a folder of user %u alone; remove it",
                         p->socket_dir, (unsigned)p->uid);
    return 0;
}

static int write_file(const struct server_place *p, const char *name,
                      const char *text, struct error *err)
{
    char path[SERVER_PATH_BYTES + 64];
    FILE *file;
    int rc = 0;

    (void)snprintf(path, sizeof(path), "%s/%s", p->data_dir, name);
    file = fopen(path, "we");
    if (!file || fputs(text, file) < 0)
        rc = -errno;
    if (file && fclose(file) && rc == 0)
        rc = -errno;
    return rc ? error_set(err, rc, "cannot write %s: %s", path, strerror(-rc))
              : 0;
}

/* Peer authentication: the kernel says who is at the other end. */
static int configure(const struct server_place *p, struct error *err)
{
    const struct passwd *pw = getpwuid(p->uid);
    char ident[512];
    char conf[1024];
    int rc;

    if (!pw)
        return error_set(err, -ENOENT, "user %u has no name; see /etc/passwd",
                         (unsigned)p->uid);
    (void)snprintf(ident, sizeof(ident),
                   "siptrail %s " ROLE "\nsiptrail root " ROLE "\n",
                   pw->pw_name);
    (void)snprintf(conf, sizeof(conf),
                   "# made by siptrail; settings of yours go to "
                   "postgresql.auto.conf (ALTER SYSTEM)\n"
                   "listen_addresses = ''\n"
                   "port = 5432\n"
                   "unix_socket_permissions = 0700\n"
                   "default_toast_compression = pglz\n"
                   "max_connections = 50\n"
                   "log_timezone = 'UTC'\n"
                   "timezone = 'UTC'\n"
                   "lc_messages = 'C'\n"
                   "jit = off\n");
    rc = write_file(p, "pg_hba.conf", "local all all peer map=siptrail\n", err);
    if (rc == 0)
        rc = write_file(p, "pg_ident.conf", ident, err);
    if (rc == 0)
        rc = write_file(p, "postgresql.conf", conf, err);
    return rc;
}

static int make_cluster(const struct server_place *p, struct error *err)
{
    char making[SERVER_PATH_BYTES + 16];
    const char *const args[] = {"initdb",      "-D",
                                making,        "-U",
                                ROLE,          "-E",
                                "UTF8",        "--locale=C.UTF-8",
                                "--auth=peer", "--no-instructions",
                                NULL};
    struct server_place half = *p;
    int rc;

    /* Made beside and renamed: a kill leaves nothing half made. */
    (void)snprintf(making, sizeof(making), "%s.making", p->data_dir);
    (void)snprintf(half.data_dir, sizeof(half.data_dir), "%.*s",
                   (int)sizeof(half.data_dir) - 1, making);
    rc = child_remove_tree(making);
    if (rc)
        return error_set(err, rc, "cannot remove %s: %s", making,
                         strerror(-rc));
    if (mkdir(making, 0700) ||
        (geteuid() == 0 && lchown(making, p->uid, p->gid)))
        return error_set(err, -errno, "cannot make folder %s: %s", making,
                         strerror(errno));
    rc = child_run(p, args, err);
    if (rc == 0)
        rc = configure(&half, err);
    if (rc == 0 && rename(making, p->data_dir))
        rc = error_set(err, -errno, "cannot make folder %s: %s", p->data_dir,
                       strerror(errno));
    return rc;
}

/* A process with the number in the file, if any, is not our postmaster, yet
 * postgres would believe it where it is of the same user. */
static void drop_stale_pid(const struct server_place *p)
{
    char path[SERVER_PATH_BYTES + 32];
    pid_t pid = pid_in_file(p);

    (void)snprintf(path, sizeof(path), "%s/postmaster.pid", p->data_dir);
    if (pid > 1 && !is_our_postmaster(p, pid))
        (void)unlink(path);
}

static void wait_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&t, NULL);
}

static int launch(const struct server_place *p, struct error *err)
{
    char options[SERVER_SOCKET_DIR_MAX + 16];
    char log[SERVER_PATH_BYTES + 16];
    const char *const args[] = {"pg_ctl", "start", "-D", p->data_dir, "-s",
                                "-w",     "-t",    "60", "-l",        log,
                                "-o",     options, NULL};

    (void)snprintf(options, sizeof(options), "-k '%s'", p->socket_dir);
    (void)snprintf(log, sizeof(log), "%s/server.log", p->data_dir);
    drop_stale_pid(p);
    return child_run(p, args, err);
}

/* A server killed a moment ago may still hold its lock file or its memory, so
 * a failed start is tried again for some seconds. */
static int launch_and_wait(const struct server_place *p, struct error *err)
{
    pid_t pid;
    int rc = -EAGAIN;

    for (int i = 0; i < START_SECONDS * 10; i++) {
        if (server_state_of(p, &pid) != SERVER_RUNNING) {
            if (i > 100)
                break;
            rc = launch(p, err);
            if (rc)
                wait_ms(900);
        }
        if (accepts(p, "postgres"))
            return 0;
        wait_ms(100);
    }
    if (rc == 0)
        rc = error_set(err, -ETIMEDOUT,
                       "the private server in %s does not answer; see "
                       "server.log there",
                       p->data_dir);
    return rc;
}

static int make_database(const struct server_place *p, struct error *err)
{
    char info[256];
    PGconn *conn;
    PGresult *result;
    int rc = 0;

    (void)snprintf(info, sizeof(info),
                   "host=%s port=5432 user=" ROLE " dbname=postgres",
                   p->socket_dir);
    conn = PQconnectdb(info);
    result =
        PQexec(conn, "SELECT 1 FROM pg_database WHERE datname = '" ROLE "'");
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = error_set(err, -EPROTO, "the private server in %s: %s",
                       p->data_dir, PQerrorMessage(conn));
    } else if (PQntuples(result) == 0) {
        PQclear(result);
        result = PQexec(conn, "CREATE DATABASE " ROLE);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = error_set(err, -EPROTO, "the private server in %s: %s",
                           p->data_dir, PQerrorMessage(conn));
    }
    PQclear(result);
    PQfinish(conn);
    return rc;
}

/* One program at a time makes or starts it. */
static int lock_place(const struct server_place *p, int *fd_out,
                      struct error *err)
{
    char path[SERVER_PATH_BYTES + 16];
    int fd;

    (void)snprintf(path, sizeof(path), "%s.lock", p->data_dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set(err, -errno, "cannot open %s: %s", path,
                         strerror(errno));
    if (flock(fd, LOCK_EX)) {
        (void)close(fd);
        return error_set(err, -errno, "cannot lock %s: %s", path,
                         strerror(errno));
    }
    *fd_out = fd;
    return 0;
}

static int start_locked(const struct server_place *p, struct error *err)
{
    pid_t pid;
    int rc = make_socket_dir(p, err);

    if (rc == 0 && server_state_of(p, &pid) == SERVER_ABSENT)
        rc = make_cluster(p, err);
    if (rc == 0)
        rc = launch_and_wait(p, err);
    if (rc == 0)
        rc = make_database(p, err);
    return rc;
}

int server_start(const struct server_place *place, struct error *err)
{
    mode_t old;
    pid_t pid;
    int fd;
    int rc;

    if (server_state_of(place, &pid) == SERVER_RUNNING && accepts(place, ROLE))
        return 0;
    old = umask(022);
    rc = make_dirs(place->data_dir, 0755, err);
    (void)umask(old);
    if (rc == 0)
        rc = child_may_enter(place, err);
    if (rc == 0)
        rc = lock_place(place, &fd, err);
    if (rc)
        return rc;
    rc = start_locked(place, err);
    (void)close(fd);
    return rc;
}

int server_stop(const struct server_place *place, struct error *err)
{
    const char *const args[] = {"pg_ctl", "stop", "-D", place->data_dir,
                                "-s",     "-w",   "-m", "fast",
                                NULL};
    pid_t pid;
    int rc = 0;

    if (server_state_of(place, &pid) == SERVER_RUNNING)
        rc = child_run(place, args, err);
    if (rc == 0)
        (void)rmdir(place->socket_dir);
    return rc;
}
