#include "store/segment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/hash.h"

#define MAGIC "SIPSPOOL"
#define FORMAT 1
#define ORDER_MARK UINT32_C(0x01020304)
#define RECORD_MAGIC UINT32_C(0x44524353)
#define ALIGN 8
#define SCAN_BYTES 65536

struct file_header {
    char magic[8];
    uint32_t format;
    uint32_t order;
    uint64_t identity;
    uint64_t salt;
    char version[24];
    uint64_t sum; /* of all before */
};

struct record_header {
    uint32_t magic;
    uint32_t header_bytes;
    uint64_t number;
    uint64_t length;
    uint64_t payload_sum;
    int64_t clock_ns;
    struct key run_key;
    struct spool_counts counts;
    uint64_t sum; /* of all before */
};

static_assert(sizeof(struct file_header) == SEGMENT_HEADER_BYTES, "padding");
static_assert(sizeof(struct record_header) == SEGMENT_RECORD_BYTES, "padding");

void spool_counts_add(struct spool_counts *to, const struct spool_counts *more)
{
    for (int i = 0; i < SPOOL_KIND_COUNT; i++)
        to->of[i] += more->of[i];
}

void spool_counts_take(struct spool_counts *from,
                       const struct spool_counts *less)
{
    for (int i = 0; i < SPOOL_KIND_COUNT; i++)
        from->of[i] -= less->of[i];
}

const char *spool_kind_name(enum spool_kind k)
{
    static const char *const names[SPOOL_KIND_COUNT] = {
        "messages",  "duplicates",    "calls",         "live calls", "dialogs",
        "exchanges", "registrations", "subscriptions", "gaps"};

    assert((unsigned)k < SPOOL_KIND_COUNT);
    return names[k];
}

/* All of it or a negative errno. */
static int write_all(int fd, struct iovec *parts, int count, uint64_t at)
{
    while (count) {
        ssize_t n = pwritev(fd, parts, count, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -EIO;
        at += (uint64_t)n;
        while (count && (size_t)n >= parts->iov_len) {
            n -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count) {
            parts->iov_base = (char *)parts->iov_base + n;
            parts->iov_len -= (size_t)n;
        }
    }
    return 0;
}

/* -ENODATA where the file is shorter. */
static int read_all(int fd, void *data, size_t length, uint64_t at)
{
    char *to = data;

    while (length) {
        ssize_t n = pread(fd, to, length, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -ENODATA;
        to += n;
        at += (uint64_t)n;
        length -= (size_t)n;
    }
    return 0;
}

static uint64_t new_salt(void)
{
    struct key random;

    key_of_random(0, &random);
    return hash_stable(random.bytes, sizeof(random.bytes), 0);
}

int segment_create(int dir_fd, const char *name,
                   const struct segment_writer *writer,
                   struct segment *segment_out)
{
    struct file_header h = {.format = FORMAT,
                            .order = ORDER_MARK,
                            .identity = writer->identity,
                            .salt = new_salt()};
    struct iovec part = {&h, sizeof(h)};
    size_t length = strnlen(writer->version, sizeof(h.version) - 1);
    int rc;

    memcpy(h.magic, MAGIC, sizeof(h.magic));
    memcpy(h.version, writer->version, length);
    h.sum = hash_stable(&h, offsetof(struct file_header, sum), 0);
    *segment_out = (struct segment){
        .fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
        .salt = h.salt,
        .end = sizeof(h)};
    if (segment_out->fd < 0)
        return -errno;
    rc = write_all(segment_out->fd, &part, 1, 0);
    if (rc) {
        segment_close(segment_out);
        (void)unlinkat(dir_fd, name, 0);
    }
    return rc;
}

static int check_header(const struct file_header *h,
                        const struct segment_writer *writer, char *version_out)
{
    if (memcmp(h->magic, MAGIC, sizeof(h->magic)) != 0 ||
        h->sum != hash_stable(h, offsetof(struct file_header, sum), 0))
        return -EILSEQ;
    memcpy(version_out, h->version, sizeof(h->version));
    version_out[sizeof(h->version) - 1] = 0;
    if (h->format != FORMAT || h->order != ORDER_MARK ||
        h->identity != writer->identity)
        return -ESTALE;
    return 0;
}

int segment_open(int dir_fd, const char *name,
                 const struct segment_writer *writer, char *version_out,
                 struct segment *segment_out)
{
    struct file_header h = {.format = 0};
    struct stat st;
    int rc;

    *version_out = 0;
    *segment_out = (struct segment){
        .fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (segment_out->fd < 0)
        return -errno;
    rc = fstat(segment_out->fd, &st) ? -errno : 0;
    if (rc == 0 && !S_ISREG(st.st_mode))
        rc = -EILSEQ;
    if (rc == 0)
        rc = read_all(segment_out->fd, &h, sizeof(h), 0);
    if (rc == 0 || rc == -ENODATA)
        rc = rc ? -EILSEQ : check_header(&h, writer, version_out);
    if (rc) {
        segment_close(segment_out);
        return rc;
    }
    segment_out->salt = h.salt;
    segment_out->end = (uint64_t)st.st_size;
    return 0;
}

void segment_close(struct segment *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    s->fd = -1;
}

uint64_t segment_record_size(uint64_t length)
{
    return SEGMENT_RECORD_BYTES + (length + ALIGN - 1) / ALIGN * ALIGN;
}

int segment_append(struct segment *s, const struct segment_record *record,
                   const void *payload)
{
    static char zeros[ALIGN];
    struct record_header h = {.magic = RECORD_MAGIC,
                              .header_bytes = SEGMENT_RECORD_BYTES,
                              .number = record->number,
                              .length = record->length,
                              .payload_sum =
                                  hash_stable(payload, record->length, s->salt),
                              .clock_ns = record->clock_ns,
                              .run_key = record->run_key,
                              .counts = record->counts};
    uint64_t size = segment_record_size(record->length);
    union {
        const void *from;
        void *to;
    } borrowed = {payload};
    struct iovec parts[] = {{&h, sizeof(h)},
                            {borrowed.to, record->length},
                            {zeros, size - sizeof(h) - record->length}};
    int rc;

    h.sum = hash_stable(&h, offsetof(struct record_header, sum), s->salt);
    rc = write_all(s->fd, parts, 3, s->end);
    if (rc == 0)
        s->end += size;
    else if (ftruncate(s->fd, (off_t)s->end))
        return -EIO; /* what stands there has no right checksum */
    return rc;
}

/* Is this the header of a record that lies before the segment's end? */
static bool take_header(const struct segment *s, const char *bytes, uint64_t at,
                        struct segment_record *record_out)
{
    struct record_header h;

    memcpy(&h, bytes, sizeof(h));
    if (h.magic != RECORD_MAGIC || h.header_bytes != SEGMENT_RECORD_BYTES ||
        h.sum != hash_stable(&h, offsetof(struct record_header, sum), s->salt))
        return false;
    if (h.length > SEGMENT_PAYLOAD_MAX ||
        segment_record_size(h.length) > s->end - at)
        return false;
    *record_out = (struct segment_record){h.run_key, h.number, h.length,
                                          h.clock_ns, h.counts};
    return true;
}

/* Headers begin at multiples of 8 only. */
int segment_find(const struct segment *s, uint64_t at,
                 struct segment_record *record_out, uint64_t *at_out)
{
    char window[SCAN_BYTES];
    size_t wanted = SEGMENT_RECORD_BYTES;

    at = (at + ALIGN - 1) / ALIGN * ALIGN;
    while (at < s->end && s->end - at >= SEGMENT_RECORD_BYTES) {
        size_t n = s->end - at < wanted ? (size_t)(s->end - at) : wanted;
        int rc = read_all(s->fd, window, n, at);
        size_t i = 0;

        if (rc)
            return rc == -ENODATA ? -ENOENT : rc;
        for (; i + SEGMENT_RECORD_BYTES <= n; i += ALIGN) {
            if (take_header(s, window + i, at + i, record_out)) {
                *at_out = at + i;
                return 0;
            }
        }
        at += i;
        wanted = sizeof(window);
    }
    return -ENOENT;
}

int segment_read(const struct segment *s, uint64_t at,
                 const struct segment_record *record, void *payload_out)
{
    struct record_header h;
    int rc = read_all(s->fd, &h, sizeof(h), at);

    if (rc == 0)
        rc = read_all(s->fd, payload_out, record->length,
                      at + SEGMENT_RECORD_BYTES);
    if (rc)
        return rc == -ENODATA ? -EILSEQ : rc;
    return h.length == record->length &&
                   h.payload_sum ==
                       hash_stable(payload_out, record->length, s->salt)
               ? 0
               : -EILSEQ;
}

int segment_cut(struct segment *s, uint64_t end)
{
    if (ftruncate(s->fd, (off_t)end))
        return -errno;
    s->end = end;
    return 0;
}
