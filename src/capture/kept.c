#include "capture/kept.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/log.h"
#include "base/queue.h"
#include "base/time.h"
#include "capture/kept_file.h"

#define NS_PER_S INT64_C(1000000000)
#define ROTATE_DEFAULT ((uint64_t)256 << 20)
#define ROTATE_LEAST ((uint64_t)64 << 10)
#define QUEUE_DEFAULT ((size_t)16 << 20)
#define BATCH_BYTES ((size_t)512 << 10)
#define FREE_DEFAULT ((uint64_t)1 << 30)
/* After a failure: until the next try. Of a slow disk: between two lines. */
#define RETRY_NS NS_PER_S
#define SAY_AGAIN_NS (60 * NS_PER_S)

/* One packet on its way; its bytes follow, up to a multiple of eight. */
struct record {
    int64_t time_ns;
    uint32_t length;
    uint32_t wire_length;
    uint32_t source;
    int32_t link_type;
};

struct batch {
    uint64_t lost; /* packets for which there was no batch before it */
    size_t used;
    uint8_t bytes[BATCH_BYTES];
};

_Static_assert(sizeof(struct record) + KEPT_PACKET_MAX <= BATCH_BYTES,
               "any packet fits a batch");

struct kept {
    struct kept_room room;
    uint64_t rotate_bytes;
    int64_t rotate_ns;
    struct queue *idle;  /* empty batches */
    struct queue *ready; /* filled ones */
    atomic_bool reopen;
    atomic_uint_fast64_t lost_to_queue;
    pthread_t thread;
    pthread_mutex_t lock; /* of counters */
    struct kept_counters counters;

    /* Of the capture's thread. */
    struct batch *filling;
    uint64_t lost;

    /* Of the writing thread. */
    struct kept_folder folder;
    struct kept_file file;
    struct kept_removed removed;
    uint64_t missing; /* packets that the next one kept tells of */
    uint64_t told;    /* of those in the gathering */
    uint64_t pending; /* packets in the gathering */
    int64_t pending_from_ns;
    int64_t gap_from_ns; /* of the packets lost to a trouble: their times */
    int64_t gap_until_ns;
    uint64_t gap_packets;
    bool failing;
    int64_t retry_at_ns;   /* monotonic */
    int64_t slow_until_ns; /* monotonic: no line about the queue before */
    uint64_t slow_packets;
};

static int64_t clock_now_ns(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static size_t padded(size_t length)
{
    return (length + 7) & ~(size_t)7;
}

/* --- the capture's thread ------------------------------------------------ */

void kept_tick(struct kept *k)
{
    if (!k->filling || !k->filling->used)
        return;
    /* Both queues hold all batches there are: there is always room. */
    (void)queue_try_push(k->ready, k->filling);
    k->filling = NULL;
}

void kept_push(struct kept *k, const struct packet *packet)
{
    const struct record record = {packet->time_ns, packet->length,
                                  packet->wire_length, packet->source,
                                  packet->link_type};
    size_t size = sizeof(record) + padded(packet->length);
    struct batch *b = k->filling;

    if (b && b->used + size > BATCH_BYTES)
        kept_tick(k);
    if (!k->filling && packet->length <= KEPT_PACKET_MAX) {
        k->filling = queue_try_pop(k->idle);
        if (k->filling) {
            k->filling->used = 0;
            k->filling->lost = k->lost;
            k->lost = 0;
        }
    }
    b = k->filling;
    if (!b || packet->length > KEPT_PACKET_MAX) {
        k->lost++;
        (void)atomic_fetch_add_explicit(&k->lost_to_queue, 1,
                                        memory_order_relaxed);
        return;
    }
    memcpy(b->bytes + b->used, &record, sizeof(record));
    if (packet->length)
        memcpy(b->bytes + b->used + sizeof(record), packet->data,
               packet->length);
    b->used += size;
}

/* --- the writing thread -------------------------------------------------- */

static void note_lost(struct kept *k, uint64_t packets, int64_t from_ns,
                      int64_t until_ns)
{
    if (!packets)
        return;
    if (!k->gap_packets)
        k->gap_from_ns = from_ns;
    k->gap_until_ns = until_ns;
    k->gap_packets += packets;
    k->missing += packets;
    (void)pthread_mutex_lock(&k->lock);
    k->counters.lost_to_disk += packets;
    (void)pthread_mutex_unlock(&k->lock);
}

static void say_failure(struct kept *k, int rc)
{
    if (!k->failing)
        log_line(LOG_WARNING,
                 "%s: packets are not kept any more: %s; the capture goes on%s",
                 k->folder.path,
                 rc == -ENOSPC ? "too little room on the disk, and no older "
                                 "file of ours to remove"
                               : strerror(-rc),
                 rc == -ENOSPC ? "; make room (--keep-free)" : "");
    k->failing = true;
    k->retry_at_ns = clock_now_ns() + RETRY_NS;
}

static void say_gap(struct kept *k, const char *what)
{
    char from[TIME_TEXT_BYTES];
    char until[TIME_TEXT_BYTES];

    (void)time_write(time_us_of_ns(k->gap_from_ns), from);
    (void)time_write(time_us_of_ns(k->gap_until_ns), until);
    log_line(LOG_WARNING, "%s: %s: %" PRIu64 " were not, from %s until %s",
             k->folder.path, what, k->gap_packets, from, until);
    k->failing = false;
    k->gap_packets = 0;
}

static void say_slow(struct kept *k)
{
    int64_t now = clock_now_ns();

    if (!k->slow_packets || now < k->slow_until_ns)
        return;
    log_line(LOG_WARNING,
             "%s: %" PRIu64
             " packets were not kept: the disk is slower than the wire; "
             "the capture goes on",
             k->folder.path, k->slow_packets);
    k->slow_packets = 0;
    k->slow_until_ns = now + SAY_AGAIN_NS;
}

static void count_written(struct kept *k, uint64_t bytes, bool begun)
{
    (void)pthread_mutex_lock(&k->lock);
    k->counters.packets += k->pending;
    k->counters.bytes += bytes;
    k->counters.files += begun;
    k->counters.files_removed = k->removed.files;
    k->counters.bytes_removed = k->removed.bytes;
    (void)pthread_mutex_unlock(&k->lock);
}

/* @p until_ns  The time of the last packet gathered. */
static void write_gathered(struct kept *k, int64_t until_ns)
{
    uint64_t before = k->file.bytes;
    bool begun = k->file.fd < 0;
    int rc;

    if (!k->pending)
        return;
    rc = kept_file_write(&k->file, &k->room, &k->removed);
    if (rc) {
        k->missing += k->told;
        note_lost(k, k->pending, k->pending_from_ns, until_ns);
        say_failure(k, rc);
    } else {
        count_written(k, k->file.bytes - before, begun);
        if (k->failing)
            say_gap(k, "packets are kept again");
    }
    k->pending = 0;
    k->told = 0;
}

/* A late packet may belong to the file before: that is no reason to rotate,
 * but a clock that was set back is. */
static bool is_due(const struct kept *k, const struct packet *p)
{
    const struct kept_file *f = &k->file;
    size_t more = p->length + (f->pcap ? 16 : 64);
    int64_t periods;

    if (!f->begun)
        return false;
    if (f->bytes + (k->file.compress ? 0 : f->gathered_bytes + more) >
        k->rotate_bytes)
        return true;
    if (!k->rotate_ns)
        return false;
    periods = p->time_ns / k->rotate_ns - f->first_time_ns / k->rotate_ns;
    return periods > 0 || periods < -1;
}

static void take_packet(struct kept *k, const struct packet *packet)
{
    struct kept_file *f = &k->file;
    bool refused = kept_file_refuses(f, packet);

    if (refused || is_due(k, packet)) {
        write_gathered(k, packet->time_ns);
        kept_file_close(f);
        /* Several link types are what pcap cannot hold. */
        if (refused)
            f->pcap = false;
    } else if (kept_file_full(f, packet)) {
        write_gathered(k, packet->time_ns);
    }
    if (k->failing && clock_now_ns() < k->retry_at_ns) {
        note_lost(k, 1, packet->time_ns, packet->time_ns);
        return;
    }
    if (!k->pending)
        k->pending_from_ns = packet->time_ns;
    kept_file_add(f, packet, k->missing);
    k->told += k->missing;
    k->missing = 0;
    k->pending++;
}

static void take_batch(struct kept *k, const struct batch *b)
{
    struct packet p = {0};
    struct record record;

    k->missing += b->lost;
    k->slow_packets += b->lost;
    say_slow(k);
    if (atomic_exchange(&k->reopen, false))
        kept_file_close(&k->file);
    for (size_t at = 0; at < b->used;
         at += sizeof(record) + padded(record.length)) {
        memcpy(&record, b->bytes + at, sizeof(record));
        p = (struct packet){.data = b->bytes + at + sizeof(record),
                            .length = record.length,
                            .wire_length = record.wire_length,
                            .time_ns = record.time_ns,
                            .source = record.source,
                            .link_type = record.link_type};
        take_packet(k, &p);
    }
    write_gathered(k, p.time_ns);
    (void)pthread_mutex_lock(&k->lock);
    k->counters.failing = k->failing;
    (void)pthread_mutex_unlock(&k->lock);
}

static void *write_batches(void *arg)
{
    struct kept *k = arg;
    struct batch *b;

    while ((b = queue_pop(k->ready))) {
        take_batch(k, b);
        (void)queue_try_push(k->idle, b);
    }
    kept_file_close(&k->file);
    if (k->failing)
        say_gap(k, "the last packets could not be kept");
    return NULL;
}

/* --- both ---------------------------------------------------------------- */

void kept_reopen(struct kept *k)
{
    atomic_store(&k->reopen, true);
}

void kept_counters_read(struct kept *k, struct kept_counters *counters_out)
{
    (void)pthread_mutex_lock(&k->lock);
    *counters_out = k->counters;
    (void)pthread_mutex_unlock(&k->lock);
    counters_out->lost_to_queue =
        atomic_load_explicit(&k->lost_to_queue, memory_order_relaxed);
    counters_out->queued_bytes = queue_depth(k->ready) * BATCH_BYTES;
}

/* A tenth of the file system, as long as that is no more than 1 GiB. */
static uint64_t free_default(const struct kept_folder *f)
{
    struct statvfs fs;
    uint64_t tenth;

    if (fstatvfs(f->fd, &fs))
        return FREE_DEFAULT;
    tenth = (uint64_t)fs.f_blocks * fs.f_frsize / 10;
    return tenth < FREE_DEFAULT ? tenth : FREE_DEFAULT;
}

static void set_bounds(struct kept *k, const struct kept_options *o)
{
    k->room.total_bytes = o->total_bytes;
    k->room.free_bytes =
        o->free_default ? free_default(&k->folder) : o->free_bytes;
    k->rotate_ns = o->rotate_ns;
    k->rotate_bytes = o->rotate_bytes;
    if (!k->rotate_bytes) {
        k->rotate_bytes = ROTATE_DEFAULT;
        if (o->total_bytes && o->total_bytes / 8 < ROTATE_DEFAULT)
            k->rotate_bytes = o->total_bytes / 8;
    }
    if (k->rotate_bytes < ROTATE_LEAST)
        k->rotate_bytes = ROTATE_LEAST;
}

static void free_batches(struct queue *q)
{
    void *batch;

    while (q && (batch = queue_try_pop(q)))
        free(batch);
    queue_free(q);
}

static int make_queues(struct kept *k, size_t queue_bytes)
{
    size_t count = (queue_bytes ? queue_bytes : QUEUE_DEFAULT) / BATCH_BYTES;

    count = count < 2 ? 2 : count;
    if (queue_new(count, &k->idle) || queue_new(count, &k->ready))
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        struct batch *b = malloc(sizeof(*b));

        if (!b)
            return -ENOMEM;
        b->used = 0;
        (void)queue_try_push(k->idle, b);
    }
    return 0;
}

static void release(struct kept *k)
{
    kept_file_fini(&k->file);
    kept_folder_fini(&k->folder);
    free(k->filling);
    free_batches(k->idle);
    free_batches(k->ready);
    (void)pthread_mutex_destroy(&k->lock);
    free(k);
}

int kept_new(const struct kept_options *options, struct kept **kept_out,
             struct error *err)
{
    struct kept *k = calloc(1, sizeof(*k));
    int rc;

    if (!k)
        return error_set(err, -ENOMEM, "out of memory");
    (void)pthread_mutex_init(&k->lock, NULL);
    k->file = (struct kept_file){.folder = &k->folder,
                                 .names = options->names,
                                 .name_count = options->name_count,
                                 .compress = options->compress,
                                 .fd = -1};
    rc = kept_folder_init(&k->folder, options->path, &k->file.pcap, err);
    if (rc == 0) {
        set_bounds(k, options);
        rc = kept_file_init(&k->file);
        if (rc == 0)
            rc = make_queues(k, options->queue_bytes);
        if (rc == 0)
            rc = -pthread_create(&k->thread, NULL, write_batches, k);
        if (rc)
            (void)error_set(err, rc, "%s: packets cannot be kept: %s",
                            options->path, strerror(-rc));
    }
    if (rc) {
        release(k);
        return rc;
    }
    *kept_out = k;
    return 0;
}

void kept_free(struct kept *k, struct kept_counters *counters_out)
{
    if (!k)
        return;
    kept_tick(k);
    queue_close(k->ready);
    (void)pthread_join(k->thread, NULL);
    if (counters_out)
        kept_counters_read(k, counters_out);
    release(k);
}
