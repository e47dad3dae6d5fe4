#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/metrics_server.h"

static void addresses(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"9160", true},
        {":9160", true},
        {"127.0.0.1:9160", true},
        {"localhost:9160", true},
        {"*:9160", true},
        {"[::1]:9160", true},
        {"", false},
        {":", false},
        {"0", false},
        {"65536", false},
        {"127.0.0.1", false},
        {"127.0.0.1:", false},
        {"127.0.0.1:x", false},
        {"example.com:9160", false},
        {"[::1]", false},
        {"[:9160", false},
        {"::1:9160", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ROW_ASSERT(rows[i].text, (metrics_address_check(rows[i].text, NULL) ==
                                  0) == rows[i].good);
}

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t length = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
    assert_int_equal(close(fd), 0);
    return ntohs(at.sin_port);
}

/* The whole answer to one request. */
static const char *ask(int port, const char *request)
{
    static char answer[262144];
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t length = 0;
    ssize_t n;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    while ((n = recv(fd, answer + length, sizeof(answer) - 1 - length, 0)) > 0)
        length += (size_t)n;
    answer[length] = '\0';
    assert_int_equal(close(fd), 0);
    return answer;
}

#define CLOSE " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

static void answers(void **state)
{
    static struct metrics m;
    struct metrics_server *server = NULL;
    struct metrics_server *second = NULL;
    struct error err = {0};
    char address[32];
    int port = free_port();

    (void)state;
    (void)snprintf(address, sizeof(address), "%d", port);
    assert_int_equal(metrics_server_new(address, &server, &err), 0);
    assert_int_equal(metrics_server_start(server, &err), 0);
    assert_int_not_equal(metrics_server_new(address, &second, &err), 0);
    assert_non_null(strstr(err.text, "cannot listen on"));

    assert_non_null(strstr(ask(port, "GET /healthz" CLOSE), " 503 "));
    m.version = "1.2.3";
    m.calls_open = 42;
    metrics_server_publish(server, &m);
    assert_non_null(strstr(ask(port, "GET /healthz" CLOSE), " 200 "));
    assert_non_null(
        strstr(ask(port, "GET /metrics" CLOSE), "\nsiptrail_calls_open 42\n"));
    assert_non_null(strstr(ask(port, "GET /metrics" CLOSE),
                           "Content-Type: text/plain; version=0.0.4"));
    /* Measured when asked for: this process is not empty. */
    assert_null(strstr(ask(port, "GET /metrics" CLOSE),
                       "\nprocess_resident_memory_bytes 0\n"));
    m.lag_ns = METRICS_STALE_NS + 1;
    m.stores = true;
    metrics_server_publish(server, &m);
    assert_non_null(strstr(ask(port, "GET /healthz" CLOSE), " 503 "));
    assert_non_null(
        strstr(ask(port, "GET /healthz" CLOSE), "the database is away"));
    assert_non_null(strstr(ask(port, "GET /else" CLOSE), " 404 "));
    assert_non_null(strstr(ask(port, "POST /metrics" CLOSE), " 405 "));
    assert_non_null(strstr(ask(port, "HEAD /metrics" CLOSE), " 200 "));
    metrics_server_free(server);
    metrics_server_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
