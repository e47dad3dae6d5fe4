/**
 * One file of kept packets while it is written.
 *
 * Whole packets are gathered and written together, packed as one zstd frame
 * where the file is compressed: whatever cuts it off, all before the last
 * write can be read. A write that fails is taken back.
 */
#ifndef SIPTRAIL_CAPTURE_KEPT_FILE_H
#define SIPTRAIL_CAPTURE_KEPT_FILE_H

#include "capture/kept_folder.h"
#include "capture/packet.h"

/** Gathered at most before it must be written. */
#define KEPT_GATHER_BYTES ((size_t)256 << 10)
#define KEPT_INTERFACES_MAX 64

struct kept_file {
    struct kept_folder *folder; /* borrowed */
    const char *const *names;   /* of the packets' sources, borrowed */
    size_t name_count;
    bool pcap; /* wanted: until a second link type comes */
    bool compress;

    int fd; /* -1: none is open */
    char name[NAME_MAX + 1];
    uint64_t bytes; /* written */
    bool begun;     /* a file is open, or will be with the next write */
    int64_t first_time_ns;
    struct {
        uint32_t source;
        int link_type;
    } interfaces[KEPT_INTERFACES_MAX];
    uint32_t interface_count;

    uint8_t *gathered; /* owned */
    size_t gathered_bytes;
    uint64_t gathered_packets;
    uint8_t *packed; /* owned; where compress */
    size_t packed_room;
    void *zstd;
};

/** @p f zeroed but for folder, names, pcap, compress. @return 0 or -ENOMEM */
WARN_UNUSED int kept_file_init(struct kept_file *f);
void kept_file_fini(struct kept_file *f);

/** Does @p packet need another file than the one begun, for its link type? */
bool kept_file_refuses(const struct kept_file *f, const struct packet *packet);

/**
 * Gather one packet; a file is begun where there is none. Its length is at
 * most what the gathering has room for (see kept_file_full()).
 *
 * @param lost  Packets that are missing before it
 */
void kept_file_add(struct kept_file *f, const struct packet *packet,
                   uint64_t lost);
/** Must what was gathered be written before @p packet is added? */
bool kept_file_full(const struct kept_file *f, const struct packet *packet);

/**
 * Write what was gathered, after making room for it.
 *
 * @return 0, -ENOSPC where there is no room, or another negative errno: then
 *         the packets are lost, the file closed and whole as far as it goes
 */
WARN_UNUSED int kept_file_write(struct kept_file *f,
                                const struct kept_room *room,
                                struct kept_removed *removed);

/** Let go of the file: what was gathered was written before. */
void kept_file_close(struct kept_file *f);

#endif
