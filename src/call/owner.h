/**
 * Several correlators of one run, and the one owner behind them of what joins
 * Call-IDs: registrations, transfers, groups of calls, endpoints, rows of
 * gaps.
 *
 * Each correlator has the messages of its Call-IDs, and may be fed by a thread
 * of its own. What may concern others waits in it until the owner's turn; then
 * the owner takes it in the order of the packets. So the records are the same
 * however many correlators there are. Keys do not depend on them.
 */
#ifndef SIPTRAIL_CALL_OWNER_H
#define SIPTRAIL_CALL_OWNER_H

#include "call/correlator.h"

/** Most correlators of one owner. */
#define OWNER_CORRELATORS_MAX 16

struct owner;

struct owner_options {
    const struct correlator_limits *limits; /* of all of them together */
    const struct record_sink *sink;         /* called by one thread at a time */
    size_t correlators;                     /* 1 to OWNER_CORRELATORS_MAX */
};

/**
 * The correlators' timers fire in owner_advance() only, at the same place
 * between messages however many they are.
 *
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int owner_new(const struct owner_options *options,
                          struct owner **owner_out);
/** With its correlators; what they hold is not handed on. NULL is allowed. */
void owner_free(struct owner *o);

/** Lives as long as the owner. */
struct correlator *owner_correlator(const struct owner *o, size_t i);
/** Which of @p count correlators has the Call-ID with this hash. Pure. */
size_t owner_choose(uint64_t call_id_hash, size_t count);

/**
 * As correlator_advance(), correlator_tell() and correlator_end(), for all
 * correlators. While they run nobody feeds one.
 */
WARN_UNUSED int owner_advance(struct owner *o, int64_t now_ns);
WARN_UNUSED int owner_tell(struct owner *o, int64_t now_ns);
WARN_UNUSED int owner_end(struct owner *o, int64_t now_ns);

/** Sums over all correlators; likewise. */
void owner_counters(const struct owner *o,
                    struct correlator_counters *counters_out);
void owner_fills(const struct owner *o,
                 struct table_fill fills_out[CORRELATOR_FILLS]);
size_t owner_calls_open(const struct owner *o);

#endif
