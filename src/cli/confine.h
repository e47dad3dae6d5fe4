/**
 * Keep the program from what it never does, whatever bytes make of it.
 *
 * seccomp: only the system calls that capture, libpq and the C library need;
 * any other fails with EPERM. No program can be started. Landlock, where the
 * kernel has it: nothing is made, changed or removed outside the folders named.
 * Reading is up to the file's mode.
 */
#ifndef SIPTRAIL_CLI_CONFINE_H
#define SIPTRAIL_CLI_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct confine_options {
    bool sockets; /* to databases, and those who ask for metrics */
    bool log;     /* calls refused, in the kernel's log: each thread started
                     is one, too */
    const char *const *folders; /* in which files may be made */
    size_t folder_count;
};

/** What came of it; zeros where the kernel does not have it. */
struct confined {
    size_t calls; /* that seccomp lets pass */
    int landlock; /* its version */
};

/**
 * Confine this process and all it starts from now on; for good. Landlock is
 * of this thread and those it starts. What the kernel does not have is left
 * out.
 *
 * @return 0, or a negative errno where a folder cannot be opened
 */
WARN_UNUSED int confine(const struct confine_options *options,
                        struct confined *confined_out, struct error *err);

#define CONFINE_TEXT_BYTES 256

/**
 * What the kernel says of this process now: "user postgres, capabilities:
 * none, no new privileges, seccomp on (120 calls), landlock on".
 */
void confine_describe(const struct confined *confined,
                      char text_out[CONFINE_TEXT_BYTES]);

#endif
