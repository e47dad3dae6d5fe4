#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/notify.h"

/* The manager's end: a datagram socket of this name. */
static int manager_at(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static const char *heard(int fd)
{
    static char words[1024];
    ssize_t length = recv(fd, words, sizeof(words) - 1, MSG_DONTWAIT);

    words[length < 0 ? 0 : length] = '\0';
    return words;
}

static void speaks(void **state)
{
    char path[64];
    struct notify n;
    int manager;

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/siptrail-notify.%ld",
                   (long)getpid());
    manager = manager_at(path);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "4000000", 1), 0);
    notify_init(&n);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_int_equal(n.watchdog_ns, INT64_C(4000000000));
    notify_ready(&n);
    assert_string_equal(heard(manager), "READY=1");
    notify_status(&n, "%d packets\n", 5);
    assert_string_equal(heard(manager), "STATUS=5 packets?");
    notify_reloading(&n, 7000);
    assert_string_equal(heard(manager), "RELOADING=1\nMONOTONIC_USEC=7");
    /* A ping each half of the time allowed. */
    assert_true(notify_alive(&n, INT64_C(10000000000)));
    assert_string_equal(heard(manager), "WATCHDOG=1");
    assert_false(notify_alive(&n, INT64_C(11900000000)));
    assert_string_equal(heard(manager), "");
    assert_true(notify_alive(&n, INT64_C(12000000000)));
    notify_stopping(&n);
    (void)heard(manager);
    assert_string_equal(heard(manager), "STOPPING=1");
    /* A manager that is gone does not end us. */
    assert_int_equal(close(manager), 0);
    notify_ready(&n);
    notify_fini(&n);
    (void)unlink(path);
}

static void of_another_process(void **state)
{
    char path[64];
    struct notify n;
    int manager;

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/siptrail-notify.%ld",
                   (long)getpid());
    manager = manager_at(path);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "4000000", 1), 0);
    assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
    notify_init(&n);
    assert_int_equal(n.watchdog_ns, 0);
    assert_false(notify_alive(&n, INT64_C(10000000000)));
    notify_fini(&n);
    assert_int_equal(close(manager), 0);
    (void)unlink(path);
}

static void nobody_listens(void **state)
{
    static const char *const paths[] = {"", "relative", "/nowhere/at/all"};
    struct notify n;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", paths[i], 1), 0);
        notify_init(&n);
        assert_int_equal(n.fd, -1);
        notify_ready(&n);
        notify_status(&n, "x");
        assert_false(notify_alive(&n, INT64_C(10000000000)));
        notify_fini(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks),
        cmocka_unit_test(of_another_process),
        cmocka_unit_test(nobody_listens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
