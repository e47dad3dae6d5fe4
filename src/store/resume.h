/**
 * What a live capture left open when it stopped, or was stopped, read back
 * and given to the correlator before the first packet.
 *
 * Of the same sensor and the same interfaces: calls that are `live`,
 * subscriptions and bindings that run. A call whose texts are gone cannot be
 * taken up; it is closed where it stands (calls_give_up() in SQL), as are
 * live calls of nobody, silent for 25 hours, and of ours those that were
 * silent so long when the last run ended, which could not end them.
 */
#ifndef SIPTRAIL_STORE_RESUME_H
#define SIPTRAIL_STORE_RESUME_H

#include "base/error.h"
#include "call/take_up.h"

struct store;

struct resume_options {
    const char *const *sources; /* names of the interfaces, by ordinal */
    size_t source_count;
    const char *sensor;
    int64_t now_us; /* packets are captured from here on; wall time */
    /**
     * A capture of an earlier run, and the ordinal that its messages and
     * records have from now on. @return 0 or a negative errno
     */
    int (*source_fn)(void *arg, uint32_t ordinal, const struct key *capture);
    void *arg;
};

struct resume_counters {
    uint64_t calls;
    uint64_t subscriptions; /* exchanges with some that run */
    uint64_t bindings;
    uint64_t messages;
    uint64_t strayed;   /* messages that belong elsewhere now */
    uint64_t given_up;  /* calls closed instead */
    int64_t stopped_at; /* microseconds: the end of what was captured before;
                           TIME_NONE where nothing was */
};

/**
 * Take all of it up; the time in between becomes a gap of kind restart.
 *
 * @return 0 or a negative errno; the correlator may then hold a part of it
 */
WARN_UNUSED int resume_run(struct store *store,
                           const struct resume_options *options,
                           struct correlator *c,
                           struct resume_counters *counters_out,
                           struct error *err);

#endif
