/**
 * One file of the spool: a header, then records, each with its checksums.
 *
 *   "SIPSPOOL" format order identity salt version[24] sum      (64 bytes)
 *   record header, 136 bytes, with a checksum of its own and one of what
 *   follows; then the payload, filled up to a multiple of 8; and so on
 *
 * Numbers stand as this machine has them: a segment is read where it was
 * written. Checksums are seeded by the segment's random salt, so that no SIP
 * message can hold a record that would be taken for one.
 */
#ifndef SIPTRAIL_STORE_SEGMENT_H
#define SIPTRAIL_STORE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/key.h"

#define SEGMENT_HEADER_BYTES 64
#define SEGMENT_RECORD_BYTES 136
#define SEGMENT_PAYLOAD_MAX ((uint64_t)256 << 20)

/** What a record of the spool holds, by kind. */
enum spool_kind {
    SPOOL_MESSAGES, /* duplicates apart */
    SPOOL_DUPLICATES,
    SPOOL_CALLS,
    SPOOL_LIVE_CALLS,
    SPOOL_DIALOGS,
    SPOOL_EXCHANGES,
    SPOOL_REGISTRATIONS,
    SPOOL_SUBSCRIPTIONS,
    SPOOL_GAPS,
    SPOOL_KIND_COUNT
};

struct spool_counts {
    uint64_t of[SPOOL_KIND_COUNT];
};

void spool_counts_add(struct spool_counts *to, const struct spool_counts *more);
void spool_counts_take(struct spool_counts *from,
                       const struct spool_counts *less);
/** "messages", "calls", ... Static storage. */
const char *spool_kind_name(enum spool_kind k);

/** Whose records these are: another identity's are not read. */
struct segment_writer {
    uint64_t identity;   /* of the form of payloads */
    const char *version; /* of the program, for people; 23 bytes are kept */
};

struct segment {
    int fd;
    uint64_t salt;
    uint64_t end; /* behind the last whole record */
};

struct segment_record {
    struct key run_key;
    uint64_t number;  /* in its run, from 1 */
    uint64_t length;  /* of the payload */
    int64_t clock_ns; /* packet time when it was handed on */
    struct spool_counts counts;
};

/** Make it in the directory; it must not be there. */
WARN_UNUSED int segment_create(int dir_fd, const char *name,
                               const struct segment_writer *writer,
                               struct segment *segment_out);

/**
 * Open it for reading and look at its header; end is the file's.
 *
 * @param version_out  24 bytes: of the program that wrote it, "" where unknown
 * @return 0; -ESTALE where another version wrote it; -EILSEQ where its header
 *         is damaged; another negative errno. Then *segment_out is not open
 */
WARN_UNUSED int segment_open(int dir_fd, const char *name,
                             const struct segment_writer *writer,
                             char *version_out, struct segment *segment_out);
void segment_close(struct segment *s);

/** Bytes in the file for a payload of this length. */
uint64_t segment_record_size(uint64_t length);

/**
 * Write a record behind the last one.
 *
 * @return 0, and end is moved; else a negative errno, and the file is as
 *         before
 */
WARN_UNUSED int segment_append(struct segment *s,
                               const struct segment_record *record,
                               const void *payload);

/**
 * Find the first whole record at @p at or behind it; its payload is not
 * looked at.
 *
 * @param at_out  Where it begins; behind @p at where bytes are damaged
 * @return 0; -ENOENT where there is none before end; another negative errno
 */
WARN_UNUSED int segment_find(const struct segment *s, uint64_t at,
                             struct segment_record *record_out,
                             uint64_t *at_out);

/**
 * Read the payload of the record at @p at.
 *
 * @return 0; -EILSEQ where its checksum is not right; another negative errno
 */
WARN_UNUSED int segment_read(const struct segment *s, uint64_t at,
                             const struct segment_record *record,
                             void *payload_out);

/** Cut off what stands behind @p end. */
WARN_UNUSED int segment_cut(struct segment *s, uint64_t end);

#endif
