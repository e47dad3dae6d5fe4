/**
 * Keep the packets of a live capture in files, beside what is made of them.
 *
 * A thread of its own writes, behind a bounded queue: a slow or full disk
 * never holds up the capture. Packets that cannot be kept are counted, and
 * said once a trouble. Files are rotated by size and by time, and the oldest
 * are removed to keep within bounds; see kept_folder.h for their names. They
 * are not synced: a crash of the program loses a second, of the machine what
 * its kernel had not written yet.
 */
#ifndef SIPTRAIL_CAPTURE_KEPT_H
#define SIPTRAIL_CAPTURE_KEPT_H

#include "capture/kept_folder.h"
#include "capture/packet.h"

/** Longer packets are not kept. */
#define KEPT_PACKET_MAX ((size_t)256 << 10)

struct kept;

struct kept_options {
    const char *path;         /* see kept_folder_init(); borrowed */
    uint64_t rotate_bytes;    /* a file's size; 0: 256 MiB, or less where
                                 total_bytes is little */
    int64_t rotate_ns;        /* begin one at each multiple of UTC; 0: not */
    uint64_t total_bytes;     /* of all files; 0: no bound */
    uint64_t free_bytes;      /* left to others on the file system */
    bool free_default;        /* instead: a tenth of it, 1 GiB at most */
    bool compress;            /* by zstd */
    size_t queue_bytes;       /* between capture and disk; 0: 16 MiB */
    const char *const *names; /* of the packets' sources, or NULL; borrowed */
    size_t name_count;
};

struct kept_counters {
    uint64_t packets;       /* written */
    uint64_t bytes;         /* written, compressed where they are */
    uint64_t files;         /* begun */
    uint64_t lost_to_queue; /* packets: the disk was too slow */
    uint64_t lost_to_disk;  /* packets: the disk was full, or failed */
    uint64_t files_removed; /* to make room */
    uint64_t bytes_removed;
    uint64_t queued_bytes; /* now */
    bool failing;          /* now */
};

/** @return 0 or a negative errno; the first file comes with the first packet */
WARN_UNUSED int kept_new(const struct kept_options *options,
                         struct kept **kept_out, struct error *err);

/** Keep @p packet, or count it as lost. Of the capture's thread; no waiting. */
void kept_push(struct kept *k, const struct packet *packet);

/** Hand on what waits. Of the capture's thread, once a second or so. */
void kept_tick(struct kept *k);

/** Begin a new file with the next packet. Any thread. */
void kept_reopen(struct kept *k);

/** Any thread. */
void kept_counters_read(struct kept *k, struct kept_counters *counters_out);

/**
 * Write what is left, end the file and free all.
 *
 * @param counters_out  The last ones, or NULL
 */
void kept_free(struct kept *k, struct kept_counters *counters_out);

#endif
