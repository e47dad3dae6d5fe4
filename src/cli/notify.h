/**
 * Words to the service manager (sd_notify(3)): up, what is going on, alive.
 *
 * Without NOTIFY_SOCKET all of this does nothing.
 */
#ifndef SIPTRAIL_CLI_NOTIFY_H
#define SIPTRAIL_CLI_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
    int fd;              /* -1: nobody listens */
    int64_t watchdog_ns; /* longest silence allowed; 0: none is watched */
    int64_t pinged_ns;
};

/**
 * Connect to the manager's socket and forget its variables; before
 * privileges are dropped.
 */
void notify_init(struct notify *n);
void notify_fini(struct notify *n);

void notify_ready(struct notify *n);
void notify_stopping(struct notify *n);
/** @param now_ns  CLOCK_MONOTONIC: systemd 253 and later want to know it */
void notify_reloading(struct notify *n, int64_t now_ns);
/** One line that systemctl status shows. */
void notify_status(struct notify *n, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Sign of life, sent where half the allowed silence is over.
 *
 * @return Was it sent?
 */
bool notify_alive(struct notify *n, int64_t now_ns);

#endif
