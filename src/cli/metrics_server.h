/**
 * Serves the page of metrics over HTTP: /metrics, and /healthz for a probe.
 *
 * A thread of its own answers, from a copy: whoever publishes never waits.
 */
#ifndef SIPTRAIL_CLI_METRICS_SERVER_H
#define SIPTRAIL_CLI_METRICS_SERVER_H

#include "base/error.h"
#include "report/metrics.h"

struct metrics_server;

/* What was told so long ago is no sign of life. */
#define METRICS_STALE_NS INT64_C(10000000000)

/**
 * Listen, and open all that answers need: before privileges are dropped.
 *
 * @param address  "PORT" and ":PORT" mean 127.0.0.1; "192.0.2.1:9160",
 *                 "[::1]:9160", "*:9160" for everyone
 * @return 0 or a negative errno
 */
WARN_UNUSED int metrics_server_new(const char *address,
                                   struct metrics_server **server_out,
                                   struct error *err);

/** Answer from now on, in a thread. */
WARN_UNUSED int metrics_server_start(struct metrics_server *server,
                                     struct error *err);

/**
 * Let @p m be what is served from now on; left out where the server is just
 * copying the last one.
 */
void metrics_server_publish(struct metrics_server *server,
                            const struct metrics *m);

/** NULL is allowed. */
void metrics_server_free(struct metrics_server *server);

/** Is this an address to listen on? @return 0 or -EINVAL */
WARN_UNUSED int metrics_address_check(const char *address, struct error *err);

#endif
