#include "cli/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/span.h"

static int connect_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    int fd;

    /* '@' stands for the NUL of an abstract name. */
    if ((*path != '/' && *path != '@') || length >= sizeof(to.sun_path))
        return -1;
    memcpy(to.sun_path, path, length);
    if (*path == '@')
        to.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&to,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length))) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* WATCHDOG_PID says which process of the service is meant. */
static int64_t watchdog_of_environment(void)
{
    const char *pid_text = getenv("WATCHDOG_PID");
    const char *us_text = getenv("WATCHDOG_USEC");
    uint64_t pid;
    uint64_t us;

    if (pid_text && (!span_to_u64(span_of_string(pid_text), INT32_MAX, &pid) ||
                     pid != (uint64_t)getpid()))
        return 0;
    if (!us_text ||
        !span_to_u64(span_of_string(us_text), INT64_MAX / 1000, &us))
        return 0;
    return (int64_t)us * 1000;
}

void notify_init(struct notify *n)
{
    const char *path = getenv("NOTIFY_SOCKET");

    *n = (struct notify){.fd = path ? connect_to(path) : -1};
    if (n->fd >= 0)
        n->watchdog_ns = watchdog_of_environment();
    /* Not for the programs we start. */
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

void notify_fini(struct notify *n)
{
    if (n->fd >= 0)
        (void)close(n->fd);
    n->fd = -1;
}

/* A manager that does not read is no reason to wait. */
static void say(const struct notify *n, const char *words)
{
    if (n->fd >= 0)
        (void)send(n->fd, words, strlen(words), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void notify_ready(struct notify *n)
{
    say(n, "READY=1");
}

void notify_stopping(struct notify *n)
{
    say(n, "STOPPING=1");
}

void notify_reloading(struct notify *n, int64_t now_ns)
{
    char words[64];

    (void)snprintf(words, sizeof(words), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                   now_ns / 1000);
    say(n, words);
}

void notify_status(struct notify *n, const char *format, ...)
{
    char words[512] = "STATUS=";
    size_t length = strlen(words);
    va_list args;

    if (n->fd < 0)
        return;
    va_start(args, format);
    (void)vsnprintf(words + length, sizeof(words) - length, format, args);
    va_end(args);
    for (char *c = words; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    say(n, words);
}

bool notify_alive(struct notify *n, int64_t now_ns)
{
    if (n->fd < 0 || !n->watchdog_ns ||
        now_ns - n->pinged_ns < n->watchdog_ns / 2)
        return false;
    n->pinged_ns = now_ns;
    say(n, "WATCHDOG=1");
    return true;
}
