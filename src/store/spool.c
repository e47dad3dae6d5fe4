#include "store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "store/spool_dir.h"

#define SEGMENT_BYTES ((uint64_t)16 << 20)
#define MEMORY_DEFAULT ((uint64_t)64 << 20)

struct spool_segment {
    struct list list;
    struct segment file;    /* fd -1: it is in memory */
    struct spool_name name; /* of the file */
    char *memory;           /* the one record's payload */
    struct segment_record record;
    uint64_t read_at; /* of the next record to be taken */
    uint64_t unread;  /* records; what they hold: */
    struct spool_counts unread_counts;
    int64_t first_ns; /* clocks of its records */
    int64_t last_ns;
    unsigned pins; /* taken and not done, or being dropped */
    bool sealed;   /* nothing more is appended */
    bool gone;     /* dropped: not in the list any more */
    bool kept;     /* a record of it was not done: it stays */
    bool damaged;
    bool earlier;
};

struct spool {
    struct spool_options options;
    char version[24];
    uint64_t segment_bytes;
    int dir_fd;
    int lock_fd;
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t more;
    struct list segments;         /* oldest first */
    struct spool_segment *active; /* appended to, or NULL */
    uint64_t next_name;
    struct spool_counters counters;
    bool stopped;
    struct log_event failing; /* the disk takes nothing */
    int64_t failed_ns;        /* when it last did not */
};

/* --- segments; the lock is held ------------------------------------------ */

static bool in_memory(const struct spool_segment *s)
{
    return s->file.fd < 0;
}

static void free_segment(struct spool_segment *s)
{
    segment_close(&s->file);
    free(s->memory);
    free(s);
}

/* Takes it off the disk, or out of the way where it is damaged. */
static void remove_file(struct spool *sp, const struct spool_segment *s)
{
    if (in_memory(s)) {
        sp->counters.bytes_memory -= s->record.length;
        return;
    }
    sp->counters.bytes -= s->file.end;
    sp->counters.segments--;
    if (s->damaged)
        (void)renameat(sp->dir_fd, s->name.text, sp->dir_fd, SPOOL_DAMAGED);
    else
        (void)unlinkat(sp->dir_fd, s->name.text, 0);
}

static void let_go_if_done(struct spool *sp, struct spool_segment *s)
{
    if (s->pins || s->unread || !s->sealed || (s->kept && in_memory(s)))
        return;
    if (!s->gone) {
        list_remove(&s->list);
        if (!s->kept)
            remove_file(sp, s);
    }
    free_segment(s);
}

static void seal(struct spool *sp)
{
    struct spool_segment *s = sp->active;

    sp->active = NULL;
    if (s) {
        s->sealed = true;
        let_go_if_done(sp, s);
    }
}

static void add_record(struct spool *sp, struct spool_segment *s,
                       const struct segment_record *r)
{
    if (!s->unread && !s->pins)
        s->first_ns = r->clock_ns;
    s->last_ns = r->clock_ns;
    s->unread++;
    spool_counts_add(&s->unread_counts, &r->counts);
    spool_counts_add(&sp->counters.waiting, &r->counts);
    sp->counters.records_waiting++;
    sp->counters.earlier_waiting += s->earlier;
}

/* Of what was appended: it is in other hands now. */
static void take_record(struct spool_segment *s, const struct segment_record *r)
{
    s->unread--;
    spool_counts_take(&s->unread_counts, &r->counts);
}

static void stop_waiting(struct spool *sp, const struct spool_segment *s,
                         const struct segment_record *r)
{
    spool_counts_take(&sp->counters.waiting, &r->counts);
    sp->counters.records_waiting--;
    sp->counters.earlier_waiting -= s->earlier;
}

/* All that was not taken: it will not be. */
static void forget_unread(struct spool *sp, struct spool_segment *s)
{
    spool_counts_take(&sp->counters.waiting, &s->unread_counts);
    sp->counters.records_waiting -= s->unread;
    if (s->earlier)
        sp->counters.earlier_waiting -= s->unread;
    s->unread = 0;
}

static struct spool_segment *first_unread(const struct spool *sp)
{
    for (struct list *l = sp->segments.next; l != &sp->segments; l = l->next) {
        struct spool_segment *s = CONTAINER_OF(l, struct spool_segment, list);

        if (s->unread)
            return s;
    }
    return NULL;
}

static void add_damaged(struct spool *sp, const struct spool_segment *s,
                        const struct spool_counts *counts)
{
    spool_counts_add(&sp->counters.damaged, counts);
    if (!s->earlier)
        sp->counters.damaged_here += counts->of[SPOOL_MESSAGES];
}

/* Records that were counted and cannot be found again. */
static void give_up_rest(struct spool *sp, struct spool_segment *s)
{
    add_damaged(sp, s, &s->unread_counts);
    sp->counters.records_damaged += s->unread;
    forget_unread(sp, s);
    s->unread_counts = (struct spool_counts){{0}};
    s->damaged = true;
}

/* The next record of a segment that has one. False: it has none after all. */
static bool find_record(struct spool *sp, struct spool_segment *s,
                        struct segment_record *record_out, uint64_t *at_out)
{
    if (in_memory(s)) {
        *record_out = s->record;
        *at_out = 0;
    } else if (segment_find(&s->file, s->read_at, record_out, at_out)) {
        give_up_rest(sp, s);
        return false;
    } else {
        if (*at_out > s->read_at) {
            sp->counters.bytes_damaged += *at_out - s->read_at;
            s->damaged = true;
        }
        s->read_at = *at_out + segment_record_size(record_out->length);
    }
    take_record(s, record_out);
    return true;
}

/* --- taking -------------------------------------------------------------- */

/* Without the lock; the segment is pinned. */
static int load(const struct spool_segment *s, const struct segment *file,
                uint64_t at, const struct segment_record *r, char **payload_out)
{
    int rc = 0;

    *payload_out = malloc(r->length + 1);
    if (!*payload_out)
        return -ENOMEM;
    if (in_memory(s))
        memcpy(*payload_out, s->memory, r->length);
    else
        rc = segment_read(file, at, r, *payload_out);
    if (rc) {
        free(*payload_out);
        *payload_out = NULL;
    }
    return rc;
}

static void count_damaged(struct spool *sp, struct spool_item *item)
{
    stop_waiting(sp, item->segment, &item->record);
    add_damaged(sp, item->segment, &item->record.counts);
    sp->counters.records_damaged++;
    item->segment->damaged = true;
    item->segment->pins--;
    let_go_if_done(sp, item->segment);
}

/* The lock is held; it is let go while the record is read. */
static bool take(struct spool *sp, struct spool_segment *s,
                 struct spool_item *item)
{
    struct segment file;
    uint64_t at;
    int rc;

    if (!find_record(sp, s, &item->record, &at)) {
        let_go_if_done(sp, s);
        return false;
    }
    s->pins++;
    file = s->file;
    item->segment = s;
    item->earlier = s->earlier;
    (void)pthread_mutex_unlock(&sp->lock);
    rc = load(s, &file, at, &item->record, &item->payload);
    (void)pthread_mutex_lock(&sp->lock);
    if (rc)
        count_damaged(sp, item);
    return rc == 0;
}

bool spool_next(struct spool *sp, struct spool_item *item_out)
{
    struct spool_segment *s;
    bool found = false;

    (void)pthread_mutex_lock(&sp->lock);
    while (!found && !sp->stopped) {
        s = first_unread(sp);
        if (s)
            found = take(sp, s, item_out);
        else
            (void)pthread_cond_wait(&sp->more, &sp->lock);
    }
    (void)pthread_mutex_unlock(&sp->lock);
    return found;
}

static void give_back(struct spool *sp, struct spool_item *item, bool done)
{
    struct spool_segment *s = item->segment;

    free(item->payload);
    item->payload = NULL;
    (void)pthread_mutex_lock(&sp->lock);
    if (done)
        stop_waiting(sp, s, &item->record);
    else
        s->kept = true;
    s->pins--;
    let_go_if_done(sp, s);
    (void)pthread_mutex_unlock(&sp->lock);
}

void spool_done(struct spool *sp, struct spool_item *item)
{
    give_back(sp, item, true);
}

void spool_leave(struct spool *sp, struct spool_item *item)
{
    give_back(sp, item, false);
}

void spool_stop(struct spool *sp)
{
    (void)pthread_mutex_lock(&sp->lock);
    sp->stopped = true;
    (void)pthread_cond_broadcast(&sp->more);
    (void)pthread_mutex_unlock(&sp->lock);
}

/* --- dropping: on the appending thread ----------------------------------- */

static void tell_dropped(struct spool *sp, const struct spool_segment *s,
                         uint64_t unread)
{
    struct segment_record r;
    uint64_t at = s->read_at;
    char *payload;

    for (; unread; unread--) {
        if (in_memory(s)) {
            r = s->record;
        } else if (segment_find(&s->file, at, &r, &at)) {
            break;
        }
        if (load(s, &s->file, at, &r, &payload))
            payload = NULL;
        if (sp->options.drop_fn)
            sp->options.drop_fn(sp->options.arg, &r, payload);
        free(payload);
        at += segment_record_size(r.length);
    }
}

/* The lock is held; it is let go while the segment is told of. */
static void drop(struct spool *sp, struct spool_segment *s)
{
    uint64_t unread = s->unread;

    if (s == sp->active)
        sp->active = NULL;
    spool_counts_add(&sp->counters.dropped, &s->unread_counts);
    sp->counters.records_dropped += s->unread;
    forget_unread(sp, s);
    s->sealed = true;
    s->gone = true;
    s->pins++;
    list_remove(&s->list);
    remove_file(sp, s);
    (void)pthread_mutex_unlock(&sp->lock);
    tell_dropped(sp, s, unread);
    (void)pthread_mutex_lock(&sp->lock);
    s->pins--;
    let_go_if_done(sp, s);
}

static struct spool_segment *oldest(const struct spool *sp)
{
    return list_empty(&sp->segments)
               ? NULL
               : CONTAINER_OF(sp->segments.next, struct spool_segment, list);
}

static void drop_old(struct spool *sp, int64_t clock_ns)
{
    struct spool_segment *s;

    while ((s = oldest(sp)) && s->unread && s->last_ns &&
           s->last_ns < clock_ns - sp->options.age_ns)
        drop(sp, s);
}

static void make_room(struct spool *sp, uint64_t size)
{
    struct spool_segment *s;

    while ((s = oldest(sp)) &&
           sp->counters.bytes + size + SEGMENT_HEADER_BYTES >
               sp->options.size_bytes)
        drop(sp, s);
}

/* --- appending ----------------------------------------------------------- */

static struct spool_segment *new_segment(void)
{
    struct spool_segment *s = calloc(1, sizeof(*s));

    if (s) {
        list_init(&s->list);
        s->file.fd = -1;
        s->read_at = SEGMENT_HEADER_BYTES;
    }
    return s;
}

/* @return 0; -ENOMEM; what the disk said */
static int ensure_active(struct spool *sp, uint64_t size)
{
    struct spool_segment *s = sp->active;
    int rc;

    if (s && s->file.end + size > sp->segment_bytes &&
        s->file.end > SEGMENT_HEADER_BYTES)
        seal(sp);
    if (sp->active)
        return 0;
    s = new_segment();
    if (!s)
        return -ENOMEM;
    s->name = spool_name_of(sp->next_name++);
    rc =
        segment_create(sp->dir_fd, s->name.text, &sp->options.writer, &s->file);
    if (rc) {
        free_segment(s);
        return rc;
    }
    (void)fsync(sp->dir_fd);
    sp->counters.bytes += s->file.end;
    sp->counters.segments++;
    list_add_last(&sp->segments, &s->list);
    sp->active = s;
    return 0;
}

/* Only this thread writes and seals: what it writes to stays while the lock
 * is let go. */
static int append_to_disk(struct spool *sp, const struct segment_record *r,
                          const void *payload)
{
    uint64_t size = segment_record_size(r->length);
    struct spool_segment *s;
    struct segment file;
    int rc = ensure_active(sp, size);

    if (rc)
        return rc;
    s = sp->active;
    file = s->file;
    (void)pthread_mutex_unlock(&sp->lock);
    rc = segment_append(&file, r, payload);
    if (rc == 0 && fdatasync(file.fd))
        rc = -errno;
    (void)pthread_mutex_lock(&sp->lock);
    if (rc) {
        if (file.end > s->file.end && segment_cut(&file, s->file.end))
            s->damaged = true;
        seal(sp);
        return rc;
    }
    s->file.end = file.end;
    sp->counters.bytes += size;
    sp->counters.bytes_appended += size;
    add_record(sp, s, r);
    return 0;
}

static int append_to_memory(struct spool *sp, const struct segment_record *r,
                            const void *payload)
{
    struct spool_segment *s = new_segment();
    struct spool_segment *old;

    if (s)
        s->memory = malloc(r->length + 1);
    if (!s || !s->memory) {
        free(s);
        return -ENOMEM;
    }
    memcpy(s->memory, payload, r->length);
    while ((old = oldest(sp)) &&
           sp->counters.bytes_memory + r->length > sp->options.memory_bytes)
        drop(sp, old);
    s->record = *r;
    s->sealed = true;
    sp->counters.bytes_memory += r->length;
    list_add_last(&sp->segments, &s->list);
    add_record(sp, s, r);
    return 0;
}

/* Once a minute at most, by the clock of what is appended. */
static void say_state(struct spool *sp, int rc, int64_t clock_ns)
{
    if (!rc) {
        if (sp->failing.said && clock_ns - sp->failed_ns > LOG_REPEAT_NS) {
            log_line(LOG_WARNING, "the spool %s can be written again",
                     sp->options.dir);
            sp->failing = (struct log_event){0};
        }
        return;
    }
    sp->failed_ns = clock_ns;
    sp->counters.write_errors++;
    (void)log_repeated(
        &sp->failing, clock_ns, LOG_WARNING,
        "cannot write to the spool %s: %s; records wait in memory",
        sp->options.dir, strerror(-rc));
}

void spool_make_room(struct spool *sp, uint64_t length, int64_t clock_ns)
{
    (void)pthread_mutex_lock(&sp->lock);
    drop_old(sp, clock_ns);
    make_room(sp, segment_record_size(length));
    (void)pthread_mutex_unlock(&sp->lock);
}

int spool_append(struct spool *sp, const struct segment_record *record,
                 const void *payload)
{
    int rc;

    (void)pthread_mutex_lock(&sp->lock);
    drop_old(sp, record->clock_ns);
    make_room(sp, segment_record_size(record->length));
    rc = append_to_disk(sp, record, payload);
    say_state(sp, rc, record->clock_ns);
    if (rc)
        rc = append_to_memory(sp, record, payload);
    (void)pthread_cond_signal(&sp->more);
    (void)pthread_mutex_unlock(&sp->lock);
    return rc;
}

/* --- opening and closing ------------------------------------------------- */

/* Torn: what stands behind the last whole record, and that record itself
 * where its payload is not right. */
static void cut_tail(struct spool *sp, struct spool_segment *s, uint64_t last,
                     const struct segment_record *r, uint64_t end)
{
    char *payload = NULL;
    bool whole = !s->unread || load(s, &s->file, last, r, &payload) == 0;

    free(payload);
    if (!whole) {
        take_record(s, r);
        stop_waiting(sp, s, r);
        add_damaged(sp, s, &r->counts);
        end = last;
    }
    if (end == s->file.end)
        return;
    sp->counters.tails_torn++;
    log_line(LOG_WARNING,
             "spool segment %s/%s: its last record is torn, %" PRIu64
             " bytes cut off",
             sp->options.dir, s->name.text, s->file.end - end);
    if (segment_cut(&s->file, end))
        s->file.end = end;
}

static void count_records(struct spool *sp, struct spool_segment *s)
{
    struct segment_record r;
    struct segment_record newest = {.length = 0};
    uint64_t last = SEGMENT_HEADER_BYTES;
    uint64_t end = SEGMENT_HEADER_BYTES;
    uint64_t at;

    s->earlier = true;
    while (segment_find(&s->file, end, &r, &at) == 0) {
        add_record(sp, s, &r);
        newest = r;
        last = at;
        end = at + segment_record_size(r.length);
    }
    cut_tail(sp, s, last, &newest, end);
    s->sealed = true;
    sp->counters.bytes += s->file.end;
    sp->counters.segments++;
    list_add_last(&sp->segments, &s->list);
    let_go_if_done(sp, s);
}

static int take_over(struct spool *sp, uint64_t number)
{
    struct spool_segment *s = new_segment();
    char version[24];
    int rc;

    if (!s)
        return -ENOMEM;
    s->name = spool_name_of(number);
    sp->next_name = number + 1;
    rc = segment_open(sp->dir_fd, s->name.text, &sp->options.writer, version,
                      &s->file);
    if (rc == 0) {
        count_records(sp, s);
        return 0;
    }
    if (rc == -ESTALE) {
        sp->counters.segments_foreign++;
        log_line(LOG_WARNING,
                 "spool segment %s/%s is of siptrail %s and not read by this "
                 "one; capture with that version to have it stored, or "
                 "delete it",
                 sp->options.dir, s->name.text, version);
    } else if (rc == -EILSEQ) {
        sp->counters.tails_torn++;
        log_line(LOG_WARNING,
                 "spool segment %s/%s has no readable header: kept as %s",
                 sp->options.dir, s->name.text, SPOOL_DAMAGED);
        (void)renameat(sp->dir_fd, s->name.text, sp->dir_fd, SPOOL_DAMAGED);
    }
    free_segment(s);
    return rc == -ESTALE || rc == -EILSEQ ? 0 : rc;
}

static int take_over_all(struct spool *sp, struct error *err)
{
    uint64_t *numbers;
    size_t count;
    int rc = spool_dir_list(sp->dir_fd, &numbers, &count);

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = take_over(sp, numbers[i]);
    free(numbers);
    return rc ? error_set(err, rc, "cannot read the spool %s: %s",
                          sp->options.dir, strerror(-rc))
              : 0;
}

static void set_options(struct spool *sp, const struct spool_options *options)
{
    sp->options = *options;
    (void)snprintf(sp->version, sizeof(sp->version), "%s",
                   options->writer.version);
    sp->options.writer.version = sp->version;
    if (!sp->options.size_bytes)
        sp->options.size_bytes = SPOOL_SIZE_DEFAULT;
    if (!sp->options.age_ns)
        sp->options.age_ns = SPOOL_AGE_DEFAULT_NS;
    if (!sp->options.memory_bytes)
        sp->options.memory_bytes = MEMORY_DEFAULT;
    sp->segment_bytes = sp->options.size_bytes / 8 < SEGMENT_BYTES
                            ? sp->options.size_bytes / 8
                            : SEGMENT_BYTES;
}

int spool_open(const struct spool_options *options, struct spool **spool_out,
               struct error *err)
{
    struct spool *sp = calloc(1, sizeof(*sp));
    int rc;

    *spool_out = NULL;
    if (!sp)
        return error_set(err, -ENOMEM, "out of memory");
    set_options(sp, options);
    sp->options.dir = strdup(options->dir);
    sp->dir_fd = sp->lock_fd = -1;
    list_init(&sp->segments);
    (void)pthread_mutex_init(&sp->lock, NULL);
    (void)pthread_cond_init(&sp->more, NULL);
    rc = sp->options.dir
             ? spool_dir_open(sp->options.dir, &sp->dir_fd, &sp->lock_fd, err)
             : error_set(err, -ENOMEM, "out of memory");
    if (rc == 0)
        rc = take_over_all(sp, err);
    if (rc)
        spool_close(sp);
    else
        *spool_out = sp;
    return rc;
}

/* What waited in memory would be lost with it: one more try. */
static void save_memory(struct spool *sp)
{
    struct list *l = sp->segments.next;

    while (l != &sp->segments) {
        struct spool_segment *s = CONTAINER_OF(l, struct spool_segment, list);

        l = l->next;
        if (in_memory(s) && (s->unread || s->kept) &&
            append_to_disk(sp, &s->record, s->memory))
            drop(sp, s);
    }
}

void spool_close(struct spool *sp)
{
    union {
        const char *from;
        char *to;
    } dir;

    if (!sp)
        return;
    (void)pthread_mutex_lock(&sp->lock);
    save_memory(sp);
    seal(sp);
    (void)pthread_mutex_unlock(&sp->lock);
    while (!list_empty(&sp->segments)) {
        struct spool_segment *s = oldest(sp);

        list_remove(&s->list);
        free_segment(s);
    }
    spool_dir_close(sp->dir_fd, sp->lock_fd);
    (void)pthread_cond_destroy(&sp->more);
    (void)pthread_mutex_destroy(&sp->lock);
    dir.from = sp->options.dir;
    free(dir.to);
    free(sp);
}

bool spool_is_drained(struct spool *sp)
{
    struct spool_counters c;

    spool_counters_read(sp, &c);
    return !c.earlier_waiting;
}

void spool_counters_read(struct spool *sp, struct spool_counters *counters_out)
{
    struct spool_segment *s;

    (void)pthread_mutex_lock(&sp->lock);
    s = oldest(sp);
    *counters_out = sp->counters;
    counters_out->oldest_ns =
        s && sp->counters.records_waiting ? s->first_ns : 0;
    (void)pthread_mutex_unlock(&sp->lock);
}
