#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/watch.h"
#include "pipeline/shards.h"

/* A file's capture takes the place of an interface's. */
static struct capture *open_sample(void)
{
    static const char *const paths[] = {"samples/busy.pcap"};
    const struct capture_options options = {0};
    struct capture *capture = NULL;

    assert_int_equal(capture_open_files(paths, 1, &options, &capture, NULL), 0);
    return capture;
}

static int manager_at(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

/* Signs of life since this was last asked. */
static unsigned pings(int manager)
{
    char words[1024];
    unsigned count = 0;
    ssize_t length;

    while ((length = recv(manager, words, sizeof(words) - 1, MSG_DONTWAIT)) >=
           0) {
        words[length] = '\0';
        count += strcmp(words, "WATCHDOG=1") == 0;
    }
    return count;
}

static void pass(long ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000};

    (void)nanosleep(&t, NULL);
}

/* Reading goes on, correlation does not: no sign of life after a while. */
static void a_thread_that_hangs_is_told_of_by_silence(void **state)
{
    static const enum cli_option accepted[] = {OPTION_METRICS, OPTION_END};
    static const struct cli_command command = {.name = "capture",
                                               .options = accepted};
    static struct settings settings = {.command = &command};
    static struct flow_counters flow;
    static struct pipeline_counters counters;
    static struct shards_state shard = {.clock_ns = 1000};
    const struct watched watched = {0};
    struct capture *capture = open_sample();
    struct pipeline_progress p = {.capture = capture,
                                  .counters = &counters,
                                  .flow = &flow,
                                  .queue = {.count = 1},
                                  .shard = &shard};
    struct watch *w = NULL;
    char path[64];
    int manager;

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/siptrail-watch.%ld",
                   (long)getpid());
    manager = manager_at(path);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "200000", 1), 0);
    assert_int_equal(watch_new(&settings, &w, NULL), 0);
    for (int i = 0; i < 4; i++) {
        shard.clock_ns += 1000;
        watch_progress(w, &p, &watched);
        pass(110);
        assert_int_equal(pings(manager), 1);
    }
    for (int i = 0; i < 3; i++) {
        watch_progress(w, &p, &watched);
        assert_int_equal(pings(manager), 0);
        pass(110);
    }
    shard.clock_ns += 1000;
    watch_progress(w, &p, &watched);
    assert_int_equal(pings(manager), 1);
    /* It has nothing to do, or has not begun. */
    for (int i = 0; i < 6; i++) {
        p.queue.count = i < 3 ? 0 : 1;
        shard.clock_ns = i < 3 ? 1000 : INT64_MIN / 2;
        pass(110);
        watch_progress(w, &p, &watched);
        assert_int_equal(pings(manager), 1);
    }
    watch_free(w);
    capture_free(capture);
    assert_int_equal(close(manager), 0);
    (void)unlink(path);
}

static void nobody_watches(void **state)
{
    const struct pipeline_progress p = {0};

    (void)state;
    assert_int_equal(watch_start(NULL, NULL), 0);
    watch_message(NULL, NULL);
    watch_call(NULL, NULL);
    watch_progress(NULL, &p, NULL);
    watch_reloading(NULL);
    watch_reloaded(NULL, true);
    watch_stopping(NULL);
    watch_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_hangs_is_told_of_by_silence),
        cmocka_unit_test(nobody_watches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
