/*
 * Each case in a process of its own, as what is let go of is gone for good.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/confine.h"
#include "cli/privileges.h"
#include "test.h"

/* The child's exit code: 0, or the number of the line that failed. */
#define WANT(condition)                                                        \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "line %d: %s (errno %d)\n", __LINE__, #condition,  \
                    errno);                                                    \
            _exit(1);                                                          \
        }                                                                      \
    } while (0)

static char folder[] = "/tmp/siptrail-test-XXXXXX";
static struct confined confined;

static void in_child(void (*fn)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        fn();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void confine_as(struct confine_options options)
{
    const char *const folders[] = {folder};
    struct error err = {0};

    options.folders = folders;
    options.folder_count = 1;
    WANT(confine(&options, &confined, &err) == 0);
}

static bool refused(long rc)
{
    return rc == -1 && errno == EPERM;
}

static void *nothing(void *arg)
{
    return arg;
}

/* --- seccomp -------------------------------------------------------------- */

static void try_calls(void)
{
    char *const args[] = {(char *)"true", NULL};
    pthread_t thread;
    void *arg = NULL;

    confine_as((struct confine_options){.sockets = true});
    if (!confined.calls)
        return; /* another kernel, or a build with sanitizers */
    WANT(refused(execve("/bin/true", args, environ)));
    WANT(refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
    WANT(refused(fork()));
    WANT(refused(socket(AF_PACKET, SOCK_RAW, 0)));
    WANT(refused(socket(AF_INET, SOCK_RAW, IPPROTO_RAW)));
    WANT(refused(syscall(SYS_unshare, 0)));
    WANT(refused(syscall(SYS_bpf, 0, NULL, 0)));
    WANT(refused(syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0)));
    WANT(refused(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL)));
    WANT(refused(kill(getppid(), 0)));
    WANT(refused(setuid(0)));
    /* and what is needed */
    WANT(pthread_create(&thread, NULL, nothing, &arg) == 0);
    WANT(pthread_join(thread, NULL) == 0);
    WANT(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    WANT(socket(AF_INET, SOCK_STREAM, 0) >= 0);
    WANT(socket(AF_INET6, SOCK_STREAM, 0) >= 0);
    WANT(getpwuid(0) != NULL);
}

static void try_no_sockets(void)
{
    confine_as((struct confine_options){0});
    if (!confined.calls)
        return;
    WANT(refused(socket(AF_UNIX, SOCK_STREAM, 0)));
    WANT(refused(socket(AF_INET, SOCK_STREAM, 0)));
    WANT(refused(socket(AF_PACKET, SOCK_RAW, 0)));
}

/* --- landlock ------------------------------------------------------------- */

static bool can_make(const char *dir, const char *name)
{
    char path[256];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return false;
    (void)close(fd);
    return unlink(path) == 0;
}

static void try_files(void)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "siptrail-test-%d", (int)getpid());
    WANT(can_make("/tmp", path));
    confine_as((struct confine_options){0});
    if (!confined.landlock)
        return;
    WANT(!can_make("/tmp", path) && errno == EACCES);
    WANT(can_make(folder, "inside"));
    WANT(open("/etc/passwd", O_RDONLY) >= 0);
    WANT(open("/dev/null", O_RDWR) >= 0);
    WANT(mkdir("/tmp/siptrail-test-no", 0700) != 0 && errno == EACCES);
}

static void try_missing_folder(void)
{
    const char *const folders[] = {"/no/such/folder"};
    const struct confine_options options = {.folders = folders,
                                            .folder_count = 1};
    struct error err = {0};
    int rc = confine(&options, &confined, &err);

    WANT(rc == 0 || strstr(err.text, "/no/such/folder"));
    WANT(rc == 0 || rc == -ENOENT);
}

/* --- the user ------------------------------------------------------------- */

/* A number behind a name in /proc/self/status, read in a given base. */
static unsigned long long status_of(const char *name, int base)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    unsigned long long value = ULLONG_MAX;

    WANT(file != NULL);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoull(line + strlen(name), NULL, base);
    (void)fclose(file);
    return value;
}

#define DAC_OVERRIDE (1ULL << 1)

static void drop_to_nobody(void)
{
    struct privileges p;
    struct error err = {0};

    WANT(privileges_choose("nobody", (uid_t)-1, &p, &err) == 0);
    WANT(p.change && p.uid != 0);
    WANT(privileges_drop(&p, &err) == 0);
    WANT(getuid() == p.uid && geteuid() == p.uid && getgid() == p.gid);
    WANT(status_of("Uid:", 10) == p.uid);
    WANT(status_of("NoNewPrivs:", 10) == 1);
    WANT(status_of("CapEff:", 16) == 0 && status_of("CapPrm:", 16) == 0);
    WANT(status_of("CapInh:", 16) == 0 && status_of("CapAmb:", 16) == 0);
    WANT(setuid(0) != 0 && seteuid(0) != 0 && setgid(0) != 0);
    WANT(socket(AF_PACKET, SOCK_RAW, 0) < 0);
}

static void try_described(void)
{
    char text[CONFINE_TEXT_BYTES];

    drop_to_nobody();
    confine_describe(&confined, text);
    WANT(strstr(text, "user nobody, capabilities: none, no new privileges"));
    WANT(strstr(text, "no seccomp") && strstr(text, "no landlock"));
    confine_as((struct confine_options){.sockets = true});
    confine_describe(&confined, text);
    WANT(strstr(text, "user nobody, capabilities: none, no new privileges"));
    WANT(!confined.calls == !strstr(text, "seccomp on ("));
    WANT(!confined.landlock == !strstr(text, "landlock on (v"));
    WANT(status_of("Seccomp:", 10) == (confined.calls ? 2 : 0));
}

static void try_root(void)
{
    char text[CONFINE_TEXT_BYTES];
    struct privileges p;
    struct error err = {0};

    WANT(privileges_choose("root", (uid_t)-1, &p, &err) == 0);
    WANT(privileges_drop(&p, &err) == 0);
    WANT(status_of("CapEff:", 16) == DAC_OVERRIDE);
    confine_describe(&confined, text);
    WANT(strstr(text, "user root, capabilities: dac_override, "));
}

/* Started as an ordinary user: it stays that, and what it has goes. */
static void try_ordinary(void)
{
    struct privileges p;
    struct error err = {0};

    drop_to_nobody();
    WANT(privileges_choose("root", (uid_t)-1, &p, &err) == -EPERM);
    WANT(privileges_choose(NULL, 1, &p, &err) == 0);
    WANT(!p.change && p.uid == getuid() && strcmp(p.user, "nobody") == 0);
    WANT(privileges_drop(&p, &err) == 0);
}

static void test_seccomp(void **state)
{
    (void)state;
    in_child(try_calls);
    in_child(try_no_sockets);
}

static void test_landlock(void **state)
{
    (void)state;
    in_child(try_files);
    in_child(try_missing_folder);
}

static void test_drop(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    in_child(try_described);
    in_child(try_root);
    in_child(try_ordinary);
}

static void test_choose(void **state)
{
    const struct passwd *daemon = getpwnam("daemon");
    uid_t server = daemon ? daemon->pw_uid : 1;
    struct privileges p;
    struct error err = {0};

    (void)state;
    if (geteuid() != 0 || !daemon)
        skip();
    assert_int_equal(privileges_choose(NULL, server, &p, &err), 0);
    assert_int_equal(p.uid, server);
    assert_int_equal(privileges_choose("nobody", server, &p, &err), -EACCES);
    assert_non_null(strstr(err.text, "private database"));
    assert_int_equal(privileges_choose("no-such-user", server, &p, &err),
                     -ENOENT);
    assert_non_null(strstr(err.text, "--user no-such-user"));
    assert_int_equal(privileges_choose("root", server, &p, &err), 0);
    assert_false(p.change);
    assert_int_equal(privileges_choose("1", (uid_t)-1, &p, &err), 0);
    assert_string_equal(p.user, "daemon");
}

static void test_folder(void **state)
{
    struct privileges p;
    struct error err = {0};
    struct stat st;
    char path[64];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/made", folder);
    assert_int_equal(
        privileges_choose(geteuid() ? NULL : "nobody", (uid_t)-1, &p, &err), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(privileges_make_folder(&p, path, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, p.uid);
    assert_int_equal(st.st_mode & 07, 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(privileges_make_folder(&p, "/etc/passwd", &err), -ENOTDIR);
    assert_int_equal(privileges_make_folder(&p, "/no/such/folder", &err),
                     -ENOENT);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chmod(folder, 0777) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seccomp), cmocka_unit_test(test_landlock),
        cmocka_unit_test(test_drop),    cmocka_unit_test(test_choose),
        cmocka_unit_test(test_folder),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
