/*
 * run SECONDS COMMAND...: run a command with its output thrown away and print
 * wall seconds, user + system seconds, peak KiB of memory, exit code and system
 * seconds alone. A command that takes longer than SECONDS is killed; its exit
 * code is 124. With RUN_STDIN in the environment it reads stdin, with
 * RUN_STDERR it may complain.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t child;
static volatile sig_atomic_t late;

static void child_kill(int signal_number)
{
    (void)signal_number;
    late = 1;
    if (child > 0)
        kill((pid_t)-child, SIGKILL);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds_of(struct timeval value)
{
    return (double)value.tv_sec + (double)value.tv_usec / 1e6;
}

static void child_exec(char **command)
{
    int null = open("/dev/null", O_RDWR);

    setpgid(0, 0);
    if (null >= 0) {
        if (!getenv("RUN_STDIN"))
            dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        if (!getenv("RUN_STDERR"))
            dup2(null, STDERR_FILENO);
    }
    execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    double started;
    int status = 0;
    int code;

    if (argc < 3) {
        fprintf(stderr, "usage: run SECONDS COMMAND...\n");
        return 2;
    }
    started = seconds_now();
    child = fork();
    if (child < 0) {
        fprintf(stderr, "run: %s\n", strerror(errno));
        return 1;
    }
    if (child == 0)
        child_exec(argv + 2);
    signal(SIGALRM, child_kill);
    alarm((unsigned)strtoul(argv[1], NULL, 10));
    while (wait4((pid_t)child, &status, 0, &usage) < 0)
        if (errno != EINTR)
            return 1;
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    printf("%.3f %.3f %ld %d %.3f\n", seconds_now() - started,
           seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
           usage.ru_maxrss, late ? 124 : code, seconds_of(usage.ru_stime));
    return 0;
}
