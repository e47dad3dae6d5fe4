/**
 * The folder of kept packets: names of files, their order, and room.
 *
 * A file is called STEM-20261126T213700Z-000017.pcapng (or .pcap, and .zst
 * behind either): the UTC time of its first packet and a number that only
 * grows, also over restarts. Nothing but such files is ever removed.
 */
#ifndef SIPTRAIL_CAPTURE_KEPT_FOLDER_H
#define SIPTRAIL_CAPTURE_KEPT_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct kept_folder {
    int fd;              /* owned */
    char path[PATH_MAX]; /* of the folder, for people */
    char stem[128];
    uint64_t next_number;
    uint64_t closed_bytes; /* of our files but the current, as last seen */
};

/** What room files may take. */
struct kept_room {
    uint64_t total_bytes; /* all of ours together; 0: no bound */
    uint64_t free_bytes;  /* left on the file system at least; 0: no bound */
};

/** What was removed to make room. */
struct kept_removed {
    uint64_t files;
    uint64_t bytes;
};

/**
 * Take the folder and stem of @p path: "DIR/NAME.pcapng", "DIR/NAME.pcap" or
 * a folder, whose files are then called siptrail-...; see that this process
 * can write there, and find the next number.
 *
 * @param pcap_out  Whether the path asks for pcap
 */
WARN_UNUSED int kept_folder_init(struct kept_folder *f, const char *path,
                                 bool *pcap_out, struct error *err);
/** The folder that such a path means. */
WARN_UNUSED int kept_folder_path(const char *path, char folder_out[PATH_MAX],
                                 struct error *err);
void kept_folder_fini(struct kept_folder *f);

/**
 * Make a new file, readable by owner and group, open to be written.
 *
 * @return The descriptor, or a negative errno
 */
int kept_folder_create(struct kept_folder *f, int64_t time_ns,
                       const char *suffix, char name_out[NAME_MAX + 1]);

/**
 * Remove the oldest until @p more bytes fit.
 *
 * @param current  The file being written, never removed: its name, or ""
 * @param bytes    Its size
 * @return Whether they fit
 */
bool kept_folder_make_room(struct kept_folder *f, const struct kept_room *room,
                           const char *current, uint64_t bytes, uint64_t more,
                           struct kept_removed *removed);

#endif
