/**
 * Messages put in time order within a window of packet time (RECORDS.md, R1).
 *
 * Those that come in order wait in a ring, which costs nothing; a late one
 * goes to a heap. Equal times keep the order in which the reader met them.
 * Times lie beside the messages, which are not looked at before they leave.
 */
#ifndef SIPTRAIL_PIPELINE_REORDER_H
#define SIPTRAIL_PIPELINE_REORDER_H

#include "base/error.h"
#include "sip/observation.h"

struct reorder_entry {
    int64_t time_ns;
    struct observation *seen;
};

struct reorder {
    struct reorder_entry *ring; /* in order; its place is a count's remainder */
    size_t ring_room;           /* a power of two */
    size_t first;               /* counts, of all there ever were: taken, */
    size_t ahead;               /* asked to be fetched, */
    size_t end;                 /* and pushed */
    struct reorder_entry *late; /* a binary heap */
    size_t late_count;
    size_t late_room;
    int64_t released_ns; /* up to here all are taken */
    uint64_t too_late;   /* came behind one already taken */
};

void reorder_init(struct reorder *r);
/** Releases what is still in it. */
void reorder_fini(struct reorder *r);

/**
 * Add one; it becomes the reorder's.
 *
 * @param time_ns  That of its arrival
 * @return 0 or -ENOMEM (not taken)
 */
WARN_UNUSED int reorder_push(struct reorder *r, struct observation *o,
                             int64_t time_ns);

/**
 * Take the earliest message with a time of at most @p until_ns.
 *
 * @return NULL where there is none; else the caller owns it
 */
struct observation *reorder_take(struct reorder *r, int64_t until_ns);
/** The earliest ones likewise, @p most of them or fewer. @return How many */
size_t reorder_take_some(struct reorder *r, int64_t until_ns,
                         struct observation **taken_out, size_t most);

#endif
