/**
 * The content of a file as a run of bytes, unpacked on the way.
 *
 * Compression is known by the first bytes, never by the name. A file is mapped
 * some blocks at a time and its bytes are lent from there; what is packed, or
 * is no plain file, is read in blocks, lent straight out of the buffer, and
 * only what straddles two of them is moved.
 */
#ifndef SIPTRAIL_CAPTURE_BYTES_H
#define SIPTRAIL_CAPTURE_BYTES_H

#include <stdbool.h>

#include "base/error.h"
#include "capture/mapping.h"
#include "capture/unpack.h"

/** Most bytes that bytes_need() gives in one piece. */
#define BYTES_NEED_MAX ((size_t)272 << 10)

struct fingerprint;

struct bytes {
    const uint8_t *at;       /* next byte not yet taken */
    const uint8_t *end;      /* one past the last byte in the buffer */
    const uint8_t *unhashed; /* where the fingerprint stands in the buffer */
    uint64_t unhashed_at;    /* the same as an offset in the content */
    uint64_t size_bytes;     /* of the file as stored; 0 where not known */
    uint64_t read_bytes;     /* of the file as stored, so far */
    bool regular;            /* a plain file, which can be opened again */
    bool ended;              /* nothing follows what is in the buffer */
    char fault[160];         /* why the content breaks off, or "" */
    struct mapping mapping;
    /* the rest is bytes.c's own */
    int fd;
    uint8_t *buffer; /* BYTES_NEED_MAX, then a block */
    size_t block_bytes;
    bool maps;                 /* what comes next is mapped */
    struct unpacker *unpacker; /* NULL for plain content */
    uint8_t *packed;           /* buffer of block_bytes for packed content */
    struct span packed_left;   /* unused part of it */
    struct fingerprint *fingerprint;
};

/**
 * Open a file, or stdin as "-", and read its first bytes.
 *
 * @param block_bytes  Size of a block to read, at least 64
 * @return 0, or a negative errno with words in @p err
 */
WARN_UNUSED int bytes_open(struct bytes *b, const char *path,
                           size_t block_bytes, struct error *err);
/** Close and free. Sizes, offsets and the fault stay. */
void bytes_close(struct bytes *b);

/** The slow way of bytes_need(). */
const uint8_t *bytes_fill(struct bytes *b, size_t length);

/**
 * The next @p length bytes in one piece, not yet taken; NULL where the
 * content ends before. Borrowed until the next call that needs or discards.
 */
static inline const uint8_t *bytes_need(struct bytes *b, size_t length)
{
    if ((size_t)(b->end - b->at) >= length && !b->mapping.lost)
        return b->at;
    return bytes_fill(b, length);
}

/** Take @p length bytes that bytes_need() has given. */
static inline void bytes_take(struct bytes *b, size_t length)
{
    b->at += length;
}

/** Ask for what comes next, while the packet before it is looked at; and for
 * what is farther off, which may be in no cache at all. */
static inline void bytes_prefetch(const struct bytes *b)
{
    __builtin_prefetch(b->at);
    __builtin_prefetch(b->at + 64);
    __builtin_prefetch(b->at + 512);
    __builtin_prefetch(b->at + 576);
}

/** Take and forget any number of bytes; false where the content ends. */
bool bytes_discard(struct bytes *b, uint64_t length);

/** Bytes that are there, when bytes_need() gave NULL. */
static inline size_t bytes_left(const struct bytes *b)
{
    return (size_t)(b->end - b->at);
}

/** Offset in the content, unpacked, of the next byte. */
static inline uint64_t bytes_offset(const struct bytes *b)
{
    return b->unhashed_at + (uint64_t)(b->at - b->unhashed);
}

/** Nobody will ask for the fingerprint: make none. Right after bytes_open(). */
void bytes_forgo_fingerprint(struct bytes *b);
/**
 * Hash of the content taken so far; does not depend on block sizes. 0 where
 * none is made.
 */
uint64_t bytes_fingerprint(struct bytes *b);

#endif
