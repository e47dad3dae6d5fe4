/**
 * Where the capture is known to have holes, or what cannot be read, for calls
 * to look back on.
 * Internal to src/call.
 *
 * A gap between two addresses touches calls that ran between them, one
 * without addresses every call. What is remembered is bounded: of many gaps
 * in one place neighbours are joined, and the place quiet for longest goes.
 */
#ifndef SIPTRAIL_CALL_GAP_MEMORY_H
#define SIPTRAIL_CALL_GAP_MEMORY_H

#include "base/list.h"
#include "base/table.h"
#include "flow/gap.h"

/**
 * A gap this long before a call's first or after its last message may have
 * taken a message of it: T2, the longest pause between retransmissions of a
 * request that is no INVITE (RFC 3261, 17.1.2.2).
 */
#define GAP_MARGIN_NS INT64_C(4000000000)
#define GAP_SPANS 8

struct gap_span {
    int64_t from_ns;
    int64_t to_ns;
};

/** Gaps of one place, by the time they were told of. */
struct gap_spans {
    struct gap_span items[GAP_SPANS];
    uint32_t count;
};

struct gap_memory {
    struct gap_spans all; /* those without addresses */
    struct table pairs;   /* the others, by address pair */
    struct list ages;     /* of pairs, the one quiet for longest first */
    uint64_t forgotten;   /* pairs that had to go */
};

WARN_UNUSED int gap_memory_init(struct gap_memory *m);
void gap_memory_fini(struct gap_memory *m);

/** Of two addresses in whatever order; never 0. */
uint64_t gap_pair_hash(const struct address *a, const struct address *b);

/** Note a gap. @return 0 or -ENOMEM */
WARN_UNUSED int gap_memory_add(struct gap_memory *m,
                               const struct capture_gap *gap);

static inline bool gap_memory_is_empty(const struct gap_memory *m)
{
    return !m->all.count && !m->pairs.count;
}

/**
 * Was there a gap that a call may have lost messages in?
 *
 * @param pairs  gap_pair_hash() of what it ran between
 * @param span   From its first message to its last; the margin is added here
 */
bool gap_memory_touches(const struct gap_memory *m, const uint64_t *pairs,
                        size_t pair_count, const struct gap_span *span);

#endif
