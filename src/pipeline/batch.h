/**
 * What goes from the reader to a correlating thread at once.
 */
#ifndef SIPTRAIL_PIPELINE_BATCH_H
#define SIPTRAIL_PIPELINE_BATCH_H

#include "flow/gap.h"
#include "sip/observation.h"

#define BATCH_MESSAGES 128
#define BATCH_GAPS 32
#define BATCH_MARKS 64

/**
 * A place between messages, set by the reader at the same place of its order
 * for each thread: what is old enough is observed there, and nowhere else, so
 * that it does not matter how messages came into batches. At some of them all
 * threads meet, and the owner has its turn (call/owner.h).
 */
struct mark {
    int64_t until_ns;  /* what is older has been observed by then */
    int64_t clock_ns;  /* highest packet time so far */
    uint32_t messages; /* of the batch before it, and */
    uint32_t gaps;
    bool turn; /* they meet */
    bool tell; /* live: what has changed */
    bool tick; /* say where correlation stands */
    bool last; /* end of input */
};

struct batch {
    struct observation *messages[BATCH_MESSAGES];
    int64_t times_ns[BATCH_MESSAGES]; /* of them */
    struct capture_gap gaps[BATCH_GAPS];
    struct mark marks[BATCH_MARKS];
    uint32_t count;
    uint32_t gap_count;
    uint32_t mark_count;
    size_t bytes; /* of its messages */
};

#endif
