/**
 * The threads that correlate: messages in, records out.
 *
 * Each has the messages of its Call-IDs. At marks between messages, four times
 * a second of packet time, they meet, and one of them takes the owner's turn
 * (call/owner.h): so records are the same however many threads there are.
 */
#ifndef SIPTRAIL_PIPELINE_SHARDS_H
#define SIPTRAIL_PIPELINE_SHARDS_H

#include "call/owner.h"

#define SHARDS_MAX OWNER_CORRELATORS_MAX

struct shards;

struct shards_options {
    const struct correlator_limits *limits; /* of all of them together */
    const struct record_sink *sink;         /* called by one at a time */
    size_t count;                           /* 1 to SHARDS_MAX */
    int64_t reorder_ns;
    /**
     * The reader never waits: where the threads are behind by 65,536 messages
     * or 128 MiB of them, more are dropped, counted, and a gap is told of.
     * While the last quarter of that is taken, whom that hits is not left to
     * chance: see fairness.h.
     */
    bool never_wait;
    /** The first thing done, by one of the threads, or NULL; as that of
     * pipeline.h. */
    int (*begin_fn)(void *arg, struct correlator *c);
    void *begin_arg;
    size_t source_count; /* ordinals that messages come with */
};

/** Starts the threads. @return 0 or a negative errno */
WARN_UNUSED int shards_start(const struct shards_options *options,
                             struct shards **shards_out);

/**
 * Hand a message over; it becomes the shards'. May wait for the threads, or
 * drop it, as the options say.
 *
 * @param clock_ns  Highest packet time seen so far
 * @return 0, or the error that stopped the shards
 */
WARN_UNUSED int shards_push(struct shards *s, struct observation *o,
                            int64_t clock_ns);

/** Hand over a gap in the capture, which is copied. As shards_push(). */
WARN_UNUSED int shards_gap(struct shards *s, const struct capture_gap *gap);

/**
 * Tell the time where no message came for a while. As shards_push(). Live: the
 * sink is told what has changed up to then; at least each 500 ms.
 */
WARN_UNUSED int shards_tick(struct shards *s, int64_t clock_ns);

/** Where correlation stands. */
struct shards_state {
    struct correlator_counters counters;
    struct table_fill fills[CORRELATOR_FILLS];
    size_t calls_open;
    int64_t clock_ns; /* all up to here is correlated */
};

/** As of the last tick that the threads have come to, of never_wait; any
 * thread. */
void shards_state_read(struct shards *s, struct shards_state *state_out);

/** Messages of a source dropped so far, for whoever pushes. */
uint64_t shards_dropped(const struct shards *s, uint32_t source);

/** Of the queue to the thread that is furthest behind, how much is taken; any
 * thread. */
size_t shards_depth(struct shards *s);
/** Of how much. */
size_t shards_depth_max(const struct shards *s);

/**
 * End of input: waits until all is handed on, stops the threads, frees.
 *
 * @param counters_out  May be NULL
 * @param too_late_out  Messages behind the reorder window
 * @return 0, or the error that stopped the shards
 */
WARN_UNUSED int shards_stop(struct shards *s, int64_t clock_ns,
                            struct correlator_counters *counters_out,
                            uint64_t *too_late_out);

#endif
