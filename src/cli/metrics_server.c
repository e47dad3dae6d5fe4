#include "cli/metrics_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16
#define CONNECTION_BYTES 16384
#define TIMEOUT_SECONDS 10

struct metrics_server {
    struct MHD_Daemon *daemon;
    int listening; /* the daemon's, once there is one */
    int statm;     /* /proc/self/statm, opened while that was allowed */
    pthread_mutex_t lock;
    struct metrics page;  /* under lock */
    int64_t published_ns; /* under lock; 0 for never */
};

static int64_t clock_now_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---------------------------------------------------------- the address */

struct place {
    struct sockaddr_storage address;
    socklen_t length;
};

static bool parse_port(const char *text, in_port_t *port_out)
{
    uint64_t port;

    if (!span_to_u64(span_of_string(text), 65535, &port) || !port)
        return false;
    *port_out = htons((uint16_t)port);
    return true;
}

static bool parse_address(const char *text, struct place *place_out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const char *colon = strrchr(text, ':');
    const char *port = colon ? colon + 1 : text;
    char host[64] = "";
    size_t length = colon ? (size_t)(colon - text) : 0;

    if (length >= sizeof(host))
        return false;
    memcpy(host, text, length);
    *place_out = (struct place){0};
    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &v6.sin6_addr) != 1 ||
            !parse_port(port, &v6.sin6_port))
            return false;
        memcpy(&place_out->address, &v6, sizeof(v6));
        place_out->length = sizeof(v6);
        return true;
    }
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strcmp(host, "*") == 0)
        v4.sin_addr.s_addr = htonl(INADDR_ANY);
    else if (length && strcmp(host, "localhost") != 0 &&
             inet_pton(AF_INET, host, &v4.sin_addr) != 1)
        return false;
    memcpy(&place_out->address, &v4, sizeof(v4));
    place_out->length = sizeof(v4);
    return parse_port(port,
                      &((struct sockaddr_in *)&place_out->address)->sin_port);
}

int metrics_address_check(const char *address, struct error *err)
{
    struct place place;

    if (parse_address(address, &place))
        return 0;
    return error_set(err, -EINVAL,
                     "metrics wants ADDRESS:PORT such as 127.0.0.1:9160 or "
                     "[::1]:9160, not '%s'",
                     address);
}

/* Our own socket: the library would not say why it could not have one. */
static int listen_at(const char *address, int *fd_out, struct error *err)
{
    struct place place;
    int on = 1;
    int rc = metrics_address_check(address, err);
    int fd;

    if (rc)
        return rc;
    (void)parse_address(address, &place);
    fd = socket(place.address.ss_family,
                SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, -errno, "metrics: %s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&place.address, place.length) ||
        listen(fd, CONNECTIONS_MAX)) {
        rc = error_set(err, -errno, "metrics: cannot listen on %s: %s", address,
                       strerror(errno));
        (void)close(fd);
        return rc;
    }
    *fd_out = fd;
    return 0;
}

/* ------------------------------------------------------------- answers */

static uint64_t resident_bytes(const struct metrics_server *server)
{
    char line[128] = "";
    uint64_t pages = 0;
    struct span rest;

    if (server->statm < 0 ||
        pread(server->statm, line, sizeof(line) - 1, 0) <= 0)
        return 0;
    /* Its second number: pages in memory. */
    rest = span_of_string(line);
    rest = span_from(rest, span_find_byte(rest, ' ') + 1);
    (void)span_to_u64(span_part(rest, 0, span_find_byte(rest, ' ')),
                      UINT64_MAX / 65536, &pages);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t cpu_ns(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_SELF, &u))
        return 0;
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000 +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

/* @return The page's age; -1 before the first */
static int64_t take_page(struct metrics_server *server, struct metrics *page)
{
    int64_t age_ns = -1;

    (void)pthread_mutex_lock(&server->lock);
    *page = server->page;
    if (server->published_ns)
        age_ns = clock_now_ns() - server->published_ns;
    (void)pthread_mutex_unlock(&server->lock);
    return age_ns;
}

static enum MHD_Result answer(struct MHD_Connection *connection,
                              unsigned status, const char *type,
                              struct text *text)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    if (text->failed) {
        text_fini(text);
        return MHD_NO;
    }
    response = MHD_create_response_from_buffer(text->length, text->data,
                                               MHD_RESPMEM_MUST_FREE);
    if (!response) {
        text_fini(text);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
                                      "GET, HEAD");
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_page(struct metrics_server *server,
                                   struct MHD_Connection *connection)
{
    struct metrics *page = malloc(sizeof(*page));
    struct text text;
    int64_t age_ns;

    text_init(&text);
    if (!page)
        return MHD_NO;
    age_ns = take_page(server, page);
    page->age_ns = age_ns < 0 ? 0 : age_ns;
    page->resident_bytes = resident_bytes(server);
    page->cpu_ns = cpu_ns();
    report_metrics(page, &text);
    free(page);
    return answer(connection, MHD_HTTP_OK, METRICS_CONTENT_TYPE, &text);
}

static enum MHD_Result answer_health(struct metrics_server *server,
                                     struct MHD_Connection *connection)
{
    struct metrics *page = malloc(sizeof(*page));
    struct text text;
    bool healthy = true;
    int64_t age_ns;

    text_init(&text);
    if (!page)
        return MHD_NO;
    age_ns = take_page(server, page);
    if (age_ns < 0) {
        text_add_string(&text, "starting: no packet was waited for yet\n");
        healthy = false;
    } else if (age_ns > METRICS_STALE_NS) {
        text_add_format(&text, "stalled: no word of the reader for %d s\n",
                        (int)(age_ns / 1000000000));
        healthy = false;
    }
    if (age_ns >= 0 && page->lag_ns > METRICS_STALE_NS) {
        text_add_format(&text, "stalled: correlation is %d s behind\n",
                        (int)(page->lag_ns / 1000000000));
        healthy = false;
    }
    if (healthy)
        text_add_string(&text, "ok\n");
    /* With the spool that is borne for a while: worth a word, no failure. */
    if (page->stores && !page->database_up)
        text_add_string(&text, "note: the database is away\n");
    free(page);
    return answer(connection,
                  healthy ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                  "text/plain; charset=utf-8", &text);
}

static enum MHD_Result
handle(void *arg, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *upload,
       size_t *upload_size, // NOLINT(readability-non-const-parameter)
       void **state)
{
    struct metrics_server *server = arg;
    struct text text;

    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    text_init(&text);
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
        strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        text_add_string(&text, "GET or HEAD\n");
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                      "text/plain; charset=utf-8", &text);
    }
    if (strcmp(url, "/metrics") == 0)
        return answer_page(server, connection);
    if (strcmp(url, "/healthz") == 0)
        return answer_health(server, connection);
    text_add_string(&text, "siptrail: /metrics, /healthz\n");
    return answer(connection,
                  strcmp(url, "/") == 0 ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND,
                  "text/plain; charset=utf-8", &text);
}

int metrics_server_new(const char *address, struct metrics_server **server_out,
                       struct error *err)
{
    struct metrics_server *server = calloc(1, sizeof(*server));
    int rc;

    if (!server)
        return error_set(err, -ENOMEM, "out of memory");
    rc = listen_at(address, &server->listening, err);
    if (rc) {
        free(server);
        return rc;
    }
    server->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    (void)pthread_mutex_init(&server->lock, NULL);
    server->page.version = "";
    *server_out = server;
    return 0;
}

int metrics_server_start(struct metrics_server *server, struct error *err)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, server,
        MHD_OPTION_LISTEN_SOCKET, server->listening,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_SECONDS,
        MHD_OPTION_END);
    if (server->daemon)
        return 0;
    return error_set(err, -EIO, "metrics: the HTTP server does not start");
}

void metrics_server_publish(struct metrics_server *server,
                            const struct metrics *m)
{
    if (!server || pthread_mutex_trylock(&server->lock))
        return;
    server->page = *m;
    server->published_ns = clock_now_ns();
    (void)pthread_mutex_unlock(&server->lock);
}

void metrics_server_free(struct metrics_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon); /* closes what listens, too */
    else
        (void)close(server->listening);
    if (server->statm >= 0)
        (void)close(server->statm);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}
