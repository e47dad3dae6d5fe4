/**
 * Records on their way to the database, on disk: segments in a directory,
 * written behind, read in front, and deleted when all of one is done with.
 *
 * One thread appends, one takes, any says what is done. It is bounded: where
 * it is full, or the oldest is too old, the oldest segment goes and is
 * counted by kind. Where the disk takes nothing more, records wait in memory
 * instead, bounded too. An earlier process's segments are taken first. What
 * is damaged is passed over and counted, and its segment kept aside as
 * NAME.damaged, one at most.
 *
 * Each record is in the page cache when spool_append() returns and on the
 * disk too (fdatasync): only power failure while it runs loses it.
 */
#ifndef SIPTRAIL_STORE_SPOOL_H
#define SIPTRAIL_STORE_SPOOL_H

#include "store/segment.h"

#define SPOOL_SIZE_DEFAULT ((uint64_t)1 << 30)
#define SPOOL_AGE_DEFAULT_NS (INT64_C(7) * 86400 * 1000000000)
#define SPOOL_SIZE_MIN ((uint64_t)1 << 20)

struct spool;
struct spool_segment;

struct spool_options {
    const char *dir;       /* made where it is not there */
    uint64_t size_bytes;   /* 0: the default */
    int64_t age_ns;        /* 0: the default; of packet time */
    uint64_t memory_bytes; /* where the disk takes nothing; 0: 64 MiB */
    struct segment_writer writer;
    /**
     * A record was dropped, because the spool was full or it was too old;
     * @p payload is NULL where it cannot be read. On the appending thread.
     */
    void (*drop_fn)(void *arg, const struct segment_record *record,
                    const void *payload);
    void *arg;
};

struct spool_counters {
    struct spool_counts waiting; /* appended, and neither done nor dropped */
    struct spool_counts dropped; /* full, or too old */
    struct spool_counts damaged; /* as far as headers told */
    uint64_t damaged_here;       /* messages of these: of this process */
    uint64_t records_waiting;
    uint64_t earlier_waiting; /* of these: of earlier processes */
    uint64_t records_dropped;
    uint64_t records_damaged;  /* whose payload was not right */
    uint64_t bytes_damaged;    /* passed over to the next header */
    uint64_t tails_torn;       /* last records that were not whole: cut off */
    uint64_t segments;         /* files now */
    uint64_t segments_foreign; /* of other versions: left alone */
    uint64_t bytes;            /* of files now */
    uint64_t bytes_memory;
    uint64_t bytes_appended;
    uint64_t write_errors;
    int64_t oldest_ns; /* clock of the oldest that waits; 0: nothing does */
};

/** One record, taken. */
struct spool_item {
    struct segment_record record;
    char *payload; /* owned: spool_done() frees it, or the taker earlier */
    struct spool_segment *segment;
    bool earlier; /* of an earlier process */
};

/**
 * Where a spool of this sensor stands when nobody says: under
 * $XDG_DATA_HOME/siptrail/spool, ~/.local/share without the variable, or
 * /var/lib/siptrail/spool for root.
 *
 * @return 0; -ENAMETOOLONG; -ENOENT where there is no home folder
 */
WARN_UNUSED int spool_default_dir(const char *sensor, char *path_out,
                                  size_t room, struct error *err);

/** The folders above it, where they are not there. */
WARN_UNUSED int spool_make_parents(const char *path, struct error *err);

/**
 * Make or open it. Torn tails are cut off.
 *
 * @return 0; -EBUSY where another process has it; another negative errno
 */
WARN_UNUSED int spool_open(const struct spool_options *options,
                           struct spool **spool_out, struct error *err);
/** What waits stays for the next process. NULL is allowed. */
void spool_close(struct spool *sp);

/**
 * Drop what has to go before a record of this length is appended.
 * spool_append() does, too, where it was not done.
 */
void spool_make_room(struct spool *sp, uint64_t length, int64_t clock_ns);

/**
 * Append a record and make it durable. Never fails for want of room: then
 * the oldest is dropped.
 *
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int spool_append(struct spool *sp,
                             const struct segment_record *record,
                             const void *payload);

/** The oldest not yet taken; waits for one. False once stopped. */
bool spool_next(struct spool *sp, struct spool_item *item_out);
/** It is committed: let it go. In the order of taking, from any thread. */
void spool_done(struct spool *sp, struct spool_item *item);
/** It is not: it stays for the next process. */
void spool_leave(struct spool *sp, struct spool_item *item);
/** spool_next() returns false from now on. */
void spool_stop(struct spool *sp);

/** Is nothing left of earlier processes? */
bool spool_is_drained(struct spool *sp);

void spool_counters_read(struct spool *sp, struct spool_counters *counters_out);

#endif
