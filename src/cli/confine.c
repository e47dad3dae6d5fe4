#include "cli/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sanitizers and coverage need calls and files of their own at the end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
    defined(SIPTRAIL_COVERAGE)
#define UNCONFINED true
#else
#define UNCONFINED false
#endif

/* Rights that older headers do not have. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)

#define ACCESS_FILES                                                           \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |          \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |             \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK |              \
     LANDLOCK_ACCESS_FS_REFER | ACCESS_TRUNCATE)
#define ACCESS_NEVER                                                           \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |               \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |            \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

/* Taken from runs of the program and from what glibc may use in their place
 * on other machines. By name, as not every architecture has all of them. */
static const char calls[] =
    /* files */
    "access close close_range dup dup2 dup3 faccessat faccessat2 fadvise64 "
    "fallocate fchmod fcntl fdatasync flock fstat fstatfs fsync ftruncate "
    "getcwd getdents64 ioctl linkat lseek lstat mkdir mkdirat newfstatat "
    "open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev "
    "pwritev2 read readlink readlinkat readv rename renameat renameat2 "
    "rmdir stat statfs statx sync_file_range umask unlink unlinkat write "
    "writev "
    /* memory */
    "brk madvise mmap mprotect mremap msync munmap "
    /* threads, signals and their end */
    "arch_prctl exit exit_group futex futex_waitv get_robust_list getcpu "
    "gettid membarrier restart_syscall rseq rt_sigaction rt_sigpending "
    "rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait "
    "sched_get_priority_max sched_get_priority_min sched_getaffinity "
    "sched_getparam sched_getscheduler sched_setaffinity sched_yield "
    "set_robust_list set_tid_address sigaltstack signalfd4 tgkill "
    /* clocks and waiting */
    "clock_getres clock_gettime clock_nanosleep epoll_create1 epoll_ctl "
    "epoll_pwait epoll_pwait2 epoll_wait eventfd2 gettimeofday nanosleep "
    "poll ppoll pselect6 select time timerfd_create timerfd_gettime "
    "timerfd_settime "
    /* what is known of oneself and of the machine */
    "capget getegid geteuid getgid getgroups getpid getppid getrandom "
    "getresgid getresuid getrlimit getrusage getuid prlimit64 sysinfo times "
    "uname "
    /* connections that are there */
    "accept accept4 bind connect getpeername getsockname getsockopt listen "
    "recvfrom recvmmsg recvmsg sendfile sendmmsg sendmsg sendto setsockopt "
    "shutdown ";

static int allow_calls(scmp_filter_ctx filter, size_t *count)
{
    char name[32];
    int taken = 0;

    for (const char *at = calls; sscanf(at, "%31s%n", name, &taken) == 1;
         at += taken) {
        int number = seccomp_syscall_resolve_name(name);
        int rc;

        if (number < 0)
            continue; /* not on this architecture, or later than the library */
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
        if (rc)
            return rc;
        (*count)++;
    }
    return 0;
}

/* Threads, no processes. What clone3() asks for stands in memory, where a
 * filter cannot look: without it glibc takes clone(). */
static int allow_threads(scmp_filter_ctx filter, size_t *count)
{
    int rc = seccomp_rule_add(
        filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));

    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3),
                              0);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                              SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                              SCMP_A0(SCMP_CMP_EQ, PR_GET_NO_NEW_PRIVS, 0));
    *count += 2;
    return rc;
}

/* None that sends or sees packets as they are. */
static int allow_sockets(scmp_filter_ctx filter, size_t *count)
{
    static const struct {
        int family;
        int type;
    } kinds[] = {{AF_UNIX, SOCK_STREAM},  {AF_UNIX, SOCK_DGRAM},
                 {AF_INET, SOCK_STREAM},  {AF_INET, SOCK_DGRAM},
                 {AF_INET6, SOCK_STREAM}, {AF_INET6, SOCK_DGRAM},
                 {AF_NETLINK, SOCK_RAW}};
    int rc = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !rc; i++)
        rc = seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)kinds[i].family, 0),
            SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, (scmp_datum_t)kinds[i].type));
    (*count)++;
    return rc;
}

/* @return How many calls pass; 0 where the kernel has no seccomp. */
static size_t confine_calls(const struct confine_options *o)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    size_t count = 0;
    int rc = filter ? 0 : -ENOMEM;

    if (rc == 0)
        rc = allow_calls(filter, &count);
    if (rc == 0)
        rc = allow_threads(filter, &count);
    if (rc == 0 && o->sockets)
        rc = allow_sockets(filter, &count);
    if (rc == 0) {
        /* As far as kernel and library know them. Older kernels would slow
         * all loads down (SSB), which nothing here needs. */
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, o->log);
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        rc = seccomp_load(filter);
    }
    seccomp_release(filter);
    return rc ? 0 : count;
}

static int allow_path(int ruleset, const char *path, uint64_t access,
                      struct error *err)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access};
    int rc = 0;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                &rule, 0))
        rc = error_set(err, -errno, "%s: landlock refuses it: %s", path,
                       strerror(errno));
    (void)close(rule.parent_fd);
    return rc;
}

static int confine_files(const struct confine_options *o, int *version_out,
                         struct error *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr attr = {ACCESS_FILES | ACCESS_NEVER};
    uint64_t files = ACCESS_FILES;
    int ruleset;
    int rc = 0;

    *version_out = 0;
    if (version < 1)
        return 0;
    if (version < 3)
        files &= ~ACCESS_TRUNCATE;
    if (version < 2)
        files &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
    attr.handled_access_fs = files | ACCESS_NEVER;
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (ruleset < 0)
        return 0;
    for (size_t i = 0; i < o->folder_count && rc == 0; i++)
        rc = allow_path(ruleset, o->folders[i], files, err);
    if (rc == 0)
        rc = allow_path(ruleset, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE,
                        err);
    if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
        *version_out = (int)version;
    (void)close(ruleset);
    return rc;
}

int confine(const struct confine_options *options,
            struct confined *confined_out, struct error *err)
{
    int rc;

    *confined_out = (struct confined){0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return error_set(err, -errno, "cannot set no_new_privs: %s",
                         strerror(errno));
    if (UNCONFINED)
        return 0;
    rc = confine_files(options, &confined_out->landlock, err);
    if (rc == 0)
        confined_out->calls = confine_calls(options);
    return rc;
}

/* Asked of the kernel: libcap-ng would need calls that are gone. */
static uint64_t permitted_capabilities(void)
{
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};

    if (syscall(SYS_capget, &header, data))
        return 0;
    return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

static void name_capabilities(char *text, size_t room)
{
    uint64_t set = permitted_capabilities();
    size_t n = 0;

    (void)snprintf(text, room, set ? "" : "none");
    if (__builtin_popcountll(set) > 6) {
        (void)snprintf(text, room, "%d", __builtin_popcountll(set));
        return;
    }
    for (unsigned i = 0; i < 64 && n < room; i++) {
        const char *name = set >> i & 1 ? capng_capability_to_name(i) : NULL;

        if (name)
            n += (size_t)snprintf(text + n, room - n, "%s%s", n ? " " : "",
                                  name);
    }
}

void confine_describe(const struct confined *confined,
                      char text_out[CONFINE_TEXT_BYTES])
{
    const struct passwd *pw = getpwuid(geteuid());
    char capabilities[96];
    char calls_text[48] = "no seccomp in this kernel";
    char files_text[48] = "no landlock in this kernel";

    name_capabilities(capabilities, sizeof(capabilities));
    if (confined->calls)
        (void)snprintf(calls_text, sizeof(calls_text), "seccomp on (%zu calls)",
                       confined->calls);
    if (confined->landlock)
        (void)snprintf(files_text, sizeof(files_text), "landlock on (v%d)",
                       confined->landlock);
    (void)snprintf(
        text_out, CONFINE_TEXT_BYTES, "user %s, capabilities: %s, %s, %s, %s",
        pw ? pw->pw_name : "without a name", capabilities,
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "no new privileges"
                                                    : "new privileges possible",
        calls_text, files_text);
}
