#include "store/child.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Async-signal-safe calls only: the parent may have threads. */
static bool become(const struct server_place *p)
{
    if (geteuid() != 0)
        return true;
    return setgroups(1, &p->gid) == 0 && setgid(p->gid) == 0 &&
           setuid(p->uid) == 0;
}

static void run_child(const struct server_place *p, const char *path,
                      char *const *args, int output)
{
    int null = open("/dev/null", O_RDONLY);

    /* A server must outlive the terminal and ctrl-C of whoever needed it. */
    (void)setsid();
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 ||
        dup2(output, 2) < 0 || !become(p) || chdir("/") != 0)
        _exit(126);
    (void)execv(path, args);
    _exit(127);
}

/* The last line that says something. */
static void read_words(int fd, char *words, size_t room)
{
    ssize_t n = pread(fd, words, room - 1, 0);
    char *line;

    words[n > 0 ? n : 0] = 0;
    while ((n = (ssize_t)strlen(words)) > 0 &&
           (words[n - 1] == '\n' || words[n - 1] == ' '))
        words[n - 1] = 0;
    line = strstr(words, "error: ");
    if (line)
        line += strlen("error: ");
    else if ((line = strrchr(words, '\n')))
        line++;
    if (line)
        memmove(words, line, strlen(line) + 1);
    words[strcspn(words, "\n")] = 0;
}

static int wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* A file and not a pipe for its words: the server it starts keeps the
 * descriptor open for as long as it lives. */
static int open_words(void)
{
    char path[] = "/tmp/siptrail-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

int child_run(const struct server_place *place, const char *const *args,
              struct error *err)
{
    char path[SERVER_PATH_BYTES + 32];
    char words[1024] = "";
    char *copy[24] = {NULL};
    int rc = -ENOMEM;
    int fd = open_words();
    pid_t pid;

    if (fd < 0)
        return error_set(err, -errno, "cannot make a file in /tmp: %s",
                         strerror(errno));
    (void)snprintf(path, sizeof(path), "%s/%s", place->bin_dir, args[0]);
    /* PostgreSQL's programs look for each other where argv[0] says they are:
     * a bare name would be looked for in PATH. */
    for (size_t i = 0; i < 23 && args[i]; i++) {
        copy[i] = strdup(i ? args[i] : path);
        if (!copy[i])
            goto out;
    }
    pid = fork();
    if (pid == 0)
        run_child(place, path, copy, fd);
    rc = pid < 0 ? -errno : wait_for(pid);
    if (rc > 0) {
        read_words(fd, words, sizeof(words));
        rc = error_set(err, -EIO, "%s failed for %s: %s", args[0],
                       place->data_dir,
                       words[0] ? words : "see server.log there");
    } else if (rc < 0) {
        rc = error_set(err, rc, "cannot run %s: %s", path, strerror(-rc));
    }
out:
    for (size_t i = 0; i < 24; i++)
        free(copy[i]);
    (void)close(fd);
    return rc;
}

int child_may_enter(const struct server_place *place, struct error *err)
{
    char dir[SERVER_PATH_BYTES];
    pid_t pid;
    int rc;

    if (geteuid() != 0)
        return 0;
    (void)snprintf(dir, sizeof(dir), "%s", place->data_dir);
    *strrchr(dir, '/') = 0;
    pid = fork();
    if (pid == 0)
        _exit(become(place) && access(dir, X_OK) == 0 ? 0 : 1);
    rc = pid < 0 ? -errno : wait_for(pid);
    if (rc < 0)
        return error_set(err, rc, "cannot start a process: %s", strerror(-rc));
    if (rc > 0)
        return error_set(err, -EACCES,
                         "user postgres, who runs the server for root, cannot "
                         "enter %s; open the folders above it (chmod o+x), or "
                         "choose another XDG_DATA_HOME",
                         dir);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path) ? -errno : 0;
}

int child_remove_tree(const char *path)
{
    if (access(path, F_OK) != 0)
        return errno == ENOENT ? 0 : -errno;
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
