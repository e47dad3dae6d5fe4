/* The spool's readers. First byte 0: the rest as a frozen batch, which is
   refused or can be walked and frozen again to the same bytes. 1: the rest as
   a segment. Else: damage done to a good segment; what still comes is right
   and in order, and all is accounted for. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/freeze.h"
#include "store/note.h"
#include "store/spool.h"
#include "store/spool_dir.h"
#include "store/spooled.h"

#define RECORDS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64];

static void must(bool held)
{
    if (!held)
        abort();
}

static void thaw(const uint8_t *data, size_t size)
{
    static int16_t ids[ANOMALY_COUNT];
    struct batch *b = batch_new();
    struct copy again = {0};

    must(b != NULL);
    if (freeze_thaw(data, size, b) == 0) {
        must(freeze_batch(b, &again) == 0);
        must(again.used == size && memcmp(again.data, data, size) == 0);
        (void)freeze_counts(b);
        for (size_t i = 0; i < b->notes.row_count; i++)
            must(note_kind_of(&b->notes, i) != NOTE_KIND_COUNT);
        spooled_translate(b, ids);
    }
    copy_fini(&again);
    batch_free(b);
}

static const char *path_of(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void make_dir(void)
{
    if (!*dir) {
        (void)snprintf(dir, sizeof(dir), "%s/siptrail-fuzz-XXXXXX",
                       access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
        must(mkdtemp(dir) != NULL);
        log_level_set(LOG_ERROR);
    }
    (void)unlink(path_of(SPOOL_DAMAGED));
    for (uint64_t n = 0; n < 4; n++)
        (void)unlink(path_of(spool_name_of(n).text));
}

static void remove_dir(void)
{
    make_dir();
    (void)unlink(path_of("lock"));
    (void)rmdir(dir);
    *dir = 0;
}

static struct spool *open_spool(void)
{
    const struct spool_options options = {
        .dir = dir, .writer = {.identity = 7, .version = "1"}};
    struct spool *sp;

    must(spool_open(&options, &sp, NULL) == 0);
    return sp;
}

static size_t length_of(uint64_t n)
{
    return (size_t)n * 37 % 90;
}

static void append(struct spool *sp, uint64_t n)
{
    char payload[90];
    const struct segment_record r = {.number = n,
                                     .length = length_of(n),
                                     .clock_ns = 1,
                                     .counts.of[SPOOL_MESSAGES] = 1};

    memset(payload, (int)n, sizeof(payload));
    must(spool_append(sp, &r, payload) == 0);
}

/* Everything that can be read; a last record says where that ends. */
static void take_all(void)
{
    struct spool *sp = open_spool();
    struct spool_counters c;
    struct spool_item item;
    uint64_t before = 0;

    append(sp, RECORDS + 1);
    while (before <= RECORDS) {
        must(spool_next(sp, &item));
        must(item.record.number > before);
        before = item.record.number;
        must(item.record.length == length_of(before));
        for (size_t i = 0; i < item.record.length; i++)
            must(item.payload[i] == (char)before);
        spool_done(sp, &item);
    }
    spool_counters_read(sp, &c);
    must(!c.records_waiting && !c.waiting.of[SPOOL_MESSAGES]);
    spool_close(sp);
}

static void read_raw(const uint8_t *data, size_t size)
{
    int fd = open(path_of(spool_name_of(0).text), O_WRONLY | O_CREAT, 0600);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)close(fd);
    take_all();
}

static void damage(const uint8_t *data, size_t size)
{
    struct spool *sp = open_spool();
    struct stat st;
    int fd;

    for (uint64_t n = 1; n <= RECORDS; n++)
        append(sp, n);
    spool_close(sp);
    fd = open(path_of(spool_name_of(0).text), O_RDWR);
    must(fd >= 0 && fstat(fd, &st) == 0);
    for (; size >= 3; data += 3, size -= 3) {
        off_t at = (data[0] << 8 | data[1]) % st.st_size;
        char byte = 0;

        must(pread(fd, &byte, 1, at) == 1);
        byte = (char)(byte ^ data[2]);
        must(pwrite(fd, &byte, 1, at) == 1);
    }
    if (size == 2)
        must(ftruncate(fd, (data[0] << 8 | data[1]) % st.st_size) == 0);
    (void)close(fd);
    take_all();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (*data == 0) {
        thaw(data + 1, size - 1);
        return 0;
    }
    make_dir();
    if (*data == 1)
        read_raw(data + 1, size - 1);
    else
        damage(data + 1, size - 1);
    remove_dir();
    return 0;
}
