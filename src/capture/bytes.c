#include "capture/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/fingerprint.h"

/* So many are mapped at once: more, and they leave the caches before they are
 * read; fewer, and the kernel is asked more often. */
#define MAPPED_BLOCKS 8

/* Enough to know a compression or a capture by. */
#define FIRST_BYTES 8

static ssize_t read_some(struct bytes *b, uint8_t *to, size_t room)
{
    ssize_t got;

    do
        got = read(b->fd, to, room);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        b->read_bytes += (uint64_t)got;
    if (got < 0)
        (void)snprintf(b->fault, sizeof(b->fault), "reading failed: %s",
                       strerror(errno));
    return got;
}

static size_t read_unpacked(struct bytes *b, uint8_t *to, size_t room)
{
    size_t made;

    for (;;) {
        ssize_t got;

        made = unpacker_push(b->unpacker, &b->packed_left, to, room);
        if (made > 0 || unpacker_fault(b->unpacker))
            break;
        got = read_some(b, b->packed, b->block_bytes);
        b->packed_left = span_of(b->packed, got > 0 ? (size_t)got : 0);
        if (got < 0)
            return 0;
        if (got == 0)
            break;
    }
    if (made > 0)
        return made;
    if (unpacker_fault(b->unpacker))
        (void)snprintf(b->fault, sizeof(b->fault),
                       "its %s data are corrupt near byte %llu (%s)",
                       unpacker_name(b->unpacker),
                       (unsigned long long)b->read_bytes -
                           b->packed_left.length,
                       unpacker_fault(b->unpacker));
    else if (!unpacker_whole(b->unpacker))
        (void)snprintf(b->fault, sizeof(b->fault),
                       "its %s data are cut off after %llu bytes",
                       unpacker_name(b->unpacker),
                       (unsigned long long)b->read_bytes);
    return 0;
}

/** 0 once and for all where the content ends; then b->ended is set. */
static size_t read_content(struct bytes *b, uint8_t *to, size_t room)
{
    size_t got = 0;

    if (!b->ended && b->unpacker) {
        got = read_unpacked(b, to, room);
    } else if (!b->ended) {
        ssize_t some = read_some(b, to, room);

        got = some > 0 ? (size_t)some : 0;
    }
    if (got == 0)
        b->ended = true;
    return got;
}

static void hash_taken(struct bytes *b)
{
    size_t taken = (size_t)(b->at - b->unhashed);

    if (b->fingerprint)
        fingerprint_push(b->fingerprint, b->unhashed, taken);
    b->unhashed = b->at;
    b->unhashed_at += taken;
}

static const uint8_t *end_where_lost(struct bytes *b)
{
    (void)snprintf(b->fault, sizeof(b->fault),
                   "it was cut off, or its disk failed, while it was read");
    b->end = b->at;
    b->ended = true;
    return NULL;
}

/* From where the reader is on. @return false: it has to be read */
static bool map_next(struct bytes *b)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t offset = bytes_offset(b), from = offset / page * page;
    uint64_t room = MAPPED_BLOCKS * b->block_bytes + BYTES_NEED_MAX;
    struct stat st;

    if (fstat(b->fd, &st) < 0)
        return false;
    if ((uint64_t)st.st_size <= offset + bytes_left(b)) {
        b->ended = true;
        return true;
    }
    if (room > (uint64_t)st.st_size - from)
        room = (uint64_t)st.st_size - from;
    if (!mapping_make(&b->mapping, b->fd, from, room))
        return false;
    b->at = b->unhashed = b->mapping.from + (offset - from);
    b->end = b->mapping.from + room;
    b->read_bytes = from + room;
    return true;
}

/* What is left has been moved out of the mapping. */
static void read_from_here_on(struct bytes *b, uint64_t offset)
{
    b->maps = false;
    mapping_drop(&b->mapping);
    if (lseek(b->fd, (off_t)offset, SEEK_SET) < 0)
        b->ended = true;
    b->read_bytes = offset;
}

const uint8_t *bytes_fill(struct bytes *b, size_t length)
{
    size_t left = bytes_left(b);
    uint8_t *block, *limit, *at, *to;

    if (length > BYTES_NEED_MAX || !b->buffer)
        return NULL;
    hash_taken(b);
    if (b->mapping.lost)
        return end_where_lost(b);
    if (b->maps && (b->ended || map_next(b)))
        return bytes_left(b) < length ? NULL : b->at;
    block = b->buffer + BYTES_NEED_MAX;
    limit = block + b->block_bytes;
    at = block - left;
    if (length > left + b->block_bytes) /* more than one block is needed */
        at = limit - length;
    if (left > 0)
        memmove(at, b->at, left);
    b->at = b->unhashed = at;
    to = at + left;
    if (b->maps)
        read_from_here_on(b, bytes_offset(b) + left);
    while ((size_t)(to - at) < length) {
        size_t got = read_content(b, to, (size_t)(limit - to));

        if (got == 0)
            break;
        to += got;
    }
    b->end = to;
    return bytes_left(b) < length ? NULL : b->at;
}

bool bytes_discard(struct bytes *b, uint64_t length)
{
    while (length > bytes_left(b)) {
        length -= bytes_left(b);
        b->at = b->end;
        if (!bytes_need(b, 1))
            return false;
    }
    b->at += length;
    return true;
}

void bytes_forgo_fingerprint(struct bytes *b)
{
    fingerprint_free(b->fingerprint);
    b->fingerprint = NULL;
}

uint64_t bytes_fingerprint(struct bytes *b)
{
    if (!b->fingerprint)
        return 0;
    hash_taken(b);
    return fingerprint_value(b->fingerprint);
}

static int open_error(const char *path, int code, struct error *err)
{
    static const struct {
        int code;
        const char *text;
    } hints[] = {
        {ENOENT, "no such file: check the name"},
        {EACCES, "permission denied: make it readable for this user"},
        {EMFILE, "too many open files: raise `ulimit -n`"},
        {ENFILE, "too many open files on this machine"},
    };

    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (hints[i].code == code)
            return error_set(err, -code, "%s: %s", path, hints[i].text);
    return error_set(err, -code, "%s: cannot be opened: %s", path,
                     strerror(code));
}

static int open_fd(struct bytes *b, const char *path, struct error *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        if (isatty(STDIN_FILENO))
            return error_set(err, -EINVAL,
                             "stdin is a terminal: pipe a capture into it "
                             "or name a file");
        b->fd = dup(STDIN_FILENO);
    } else {
        b->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (b->fd < 0 || fstat(b->fd, &st) < 0)
        return open_error(path, errno, err);
    if (S_ISDIR(st.st_mode))
        return error_set(err, -EISDIR,
                         "%s: is a directory: name the files in it", path);
    b->regular = S_ISREG(st.st_mode) && strcmp(path, "-") != 0;
    b->size_bytes = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    (void)posix_fadvise(b->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

/* The first bytes stand in the block as they are stored: if they turn out to
 * be packed, they are the unpacker's first input. */
static int unpack_from_start(struct bytes *b, const char *path,
                             struct error *err)
{
    const char *tool;
    struct span start = span_of(b->at, bytes_left(b));
    enum unpack_kind kind = unpack_kind_of(start, &tool);

    b->maps = kind == UNPACK_PLAIN && b->regular;
    if (kind == UNPACK_PLAIN)
        return 0;
    if (kind == UNPACK_FOREIGN)
        return error_set(err, -EINVAL,
                         "%s: is packed by a program not known here: "
                         "unpack it first (%s)",
                         path, tool);
    b->unpacker = unpacker_new(kind);
    b->packed = malloc(b->block_bytes);
    if (!b->unpacker || !b->packed)
        return error_set(err, -ENOMEM, "%s: out of memory", path);
    memcpy(b->packed, start.data, start.length);
    b->packed_left = span_of(b->packed, start.length);
    b->end = b->at;
    b->ended = false;
    return 0;
}

int bytes_open(struct bytes *b, const char *path, size_t block_bytes,
               struct error *err)
{
    int result;

    *b = (struct bytes){.fd = -1, .block_bytes = block_bytes};
    result = open_fd(b, path, err);
    if (result < 0)
        goto out;
    b->buffer = malloc(BYTES_NEED_MAX + block_bytes);
    b->fingerprint = fingerprint_new();
    if (!b->buffer || !b->fingerprint) {
        result = error_set(err, -ENOMEM, "%s: out of memory", path);
        goto out;
    }
    b->at = b->end = b->unhashed = b->buffer + BYTES_NEED_MAX;
    (void)bytes_need(b, FIRST_BYTES);
    if (b->fault[0])
        result = error_set(err, -EIO, "%s: %s", path, b->fault);
    else
        result = unpack_from_start(b, path, err);
out:
    if (result < 0)
        bytes_close(b);
    return result;
}

void bytes_close(struct bytes *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    mapping_drop(&b->mapping);
    unpacker_free(b->unpacker);
    free(b->packed);
    free(b->buffer);
    fingerprint_free(b->fingerprint);
    b->fd = -1;
    b->unpacker = NULL;
    b->packed = b->buffer = NULL;
    b->fingerprint = NULL;
    b->at = b->end = b->unhashed = NULL;
    b->ended = true;
}
