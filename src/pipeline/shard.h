/**
 * The thread that correlates: batches of messages in, records out.
 */
#ifndef SIPTRAIL_PIPELINE_SHARD_H
#define SIPTRAIL_PIPELINE_SHARD_H

#include "call/correlator.h"

struct shard;

struct shard_options {
    const struct correlator_limits *limits;
    const struct record_sink *sink;
    int64_t reorder_ns;
    /**
     * The reader never waits: where the thread is behind by 65,536 messages
     * or 128 MiB of them, more are dropped, counted, and a gap is told of.
     * While the last quarter of that is taken, whom that hits is not left to
     * chance: see fairness.h.
     */
    bool never_wait;
    /** The first thing its thread does, or NULL; as that of pipeline.h. */
    int (*begin_fn)(void *arg, struct correlator *c);
    void *begin_arg;
    size_t source_count; /* ordinals that messages come with */
};

/** Starts its thread. @return 0 or a negative errno */
WARN_UNUSED int shard_start(const struct shard_options *options,
                            struct shard **shard_out);

/**
 * Hand a message over; it becomes the shard's. May wait for the thread, or
 * drop it, as the options say.
 *
 * @param clock_ns  Highest packet time seen so far
 * @return 0, or the error that stopped the shard
 */
WARN_UNUSED int shard_push(struct shard *s, struct observation *o,
                           int64_t clock_ns);

/** Hand over a gap in the capture, which is copied. As shard_push(). */
WARN_UNUSED int shard_gap(struct shard *s, const struct capture_gap *gap,
                          int64_t clock_ns);

/**
 * Tell the time where no message came for a while. As shard_push(). Live: the
 * sink is told what has changed up to then; at least each 500 ms.
 */
WARN_UNUSED int shard_tick(struct shard *s, int64_t clock_ns);

/** Where correlation stands. */
struct shard_state {
    struct correlator_counters counters;
    struct table_fill fills[CORRELATOR_FILLS];
    size_t calls_open;
    int64_t clock_ns; /* all up to here is correlated */
};

/** As of the last tick that the thread has come to, of never_wait; any thread.
 */
void shard_state_read(struct shard *s, struct shard_state *state_out);

/** Messages of a source dropped so far, for whoever pushes. */
uint64_t shard_dropped(const struct shard *s, uint32_t source);

/** Of the queue to the thread, how much is taken; any thread. */
size_t shard_depth(struct shard *s);
/** Of how much. */
size_t shard_depth_max(const struct shard *s);

/**
 * End of input: waits until all is handed on, stops the thread, frees.
 *
 * @param counters_out  May be NULL
 * @param too_late_out  Messages behind the reorder window
 * @return 0, or the error that stopped the shard
 */
WARN_UNUSED int shard_stop(struct shard *s, int64_t clock_ns,
                           struct correlator_counters *counters_out,
                           uint64_t *too_late_out);

#endif
