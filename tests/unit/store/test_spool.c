#include "../test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "store/spool.h"
#include "store/spool_dir.h"

static char dir[64];

static struct spool_options plain_options(void)
{
    return (struct spool_options){.dir = dir,
                                  .writer = {.identity = 7, .version = "1.0"}};
}

static struct spool *open_spool(const struct spool_options *options)
{
    struct error err;
    struct spool *sp;
    int rc = spool_open(options, &sp, &err);

    if (rc)
        print_message("%s\n", err.text);
    assert_int_equal(rc, 0);
    return sp;
}

static struct spool *open_plain(void)
{
    struct spool_options options = plain_options();

    return open_spool(&options);
}

/* Record n: n in its number, its clock and its payload; one call, 3 messages */
static void append(struct spool *sp, uint64_t n, size_t length)
{
    char *payload = test_malloc(length + 1);
    struct segment_record r = {.number = n,
                               .length = length,
                               .clock_ns = (int64_t)n,
                               .counts.of[SPOOL_CALLS] = 1,
                               .counts.of[SPOOL_MESSAGES] = 3};

    memset(payload, (int)('a' + n % 26), length);
    assert_int_equal(spool_append(sp, &r, payload), 0);
    test_free(payload);
}

static void expect(struct spool *sp, uint64_t n, size_t length)
{
    struct spool_item item;

    assert_true(spool_next(sp, &item));
    assert_int_equal(item.record.number, n);
    assert_int_equal(item.record.length, length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(item.payload[i], 'a' + n % 26);
    spool_done(sp, &item);
}

static struct spool_counters counters_of(struct spool *sp)
{
    struct spool_counters c;

    spool_counters_read(sp, &c);
    return c;
}

static void remove_all(void)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
    (void)state;
    log_level_set(LOG_ERROR);
    (void)snprintf(dir, sizeof(dir), "/tmp/siptrail-spool-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    remove_all();
    return 0;
}

static void path_of(uint64_t number, char *path, size_t room)
{
    (void)snprintf(path, room, "%s/%s", dir, spool_name_of(number).text);
}

static size_t read_file(uint64_t number, char *data, size_t room)
{
    char path[128];
    int fd;
    ssize_t n;

    path_of(number, path, sizeof(path));
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    n = read(fd, data, room);
    (void)close(fd);
    assert_true(n > 0 && (size_t)n < room);
    return (size_t)n;
}

static void write_file(uint64_t number, const char *data, size_t length)
{
    char path[128];
    int fd;

    path_of(number, path, sizeof(path));
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, length), (ssize_t)length);
    (void)close(fd);
}

static void test_in_order_and_gone(void **state)
{
    struct spool *sp = open_plain();
    char path[128];

    (void)state;
    for (uint64_t n = 1; n <= 5; n++)
        append(sp, n, (size_t)(n * 13));
    assert_int_equal(counters_of(sp).records_waiting, 5);
    assert_int_equal(counters_of(sp).waiting.of[SPOOL_MESSAGES], 15);
    for (uint64_t n = 1; n <= 5; n++)
        expect(sp, n, (size_t)(n * 13));
    assert_int_equal(counters_of(sp).records_waiting, 0);
    assert_int_equal(counters_of(sp).waiting.of[SPOOL_CALLS], 0);
    spool_close(sp);
    path_of(0, path, sizeof(path));
    assert_int_equal(access(path, F_OK), -1);
}

/* Taken and not done is there again, as is what was never taken. */
static void test_next_process(void **state)
{
    struct spool *sp = open_plain();
    struct spool_item item;

    (void)state;
    for (uint64_t n = 1; n <= 3; n++)
        append(sp, n, 100);
    expect(sp, 1, 100);
    assert_true(spool_next(sp, &item));
    spool_leave(sp, &item);
    spool_close(sp);
    sp = open_plain();
    append(sp, 9, 10);
    /* The first as well: a segment goes as a whole. */
    for (uint64_t n = 1; n <= 3; n++)
        expect(sp, n, 100);
    expect(sp, 9, 10);
    spool_close(sp);
}

static void test_stopped(void **state)
{
    struct spool *sp = open_plain();
    struct spool_item item;

    (void)state;
    append(sp, 1, 1);
    spool_stop(sp);
    assert_false(spool_next(sp, &item));
    spool_close(sp);
}

static void test_two_processes(void **state)
{
    struct spool_options options = plain_options();
    struct spool *sp = open_plain();
    struct spool *other;
    struct error err;

    (void)state;
    assert_int_equal(spool_open(&options, &other, &err), -EBUSY);
    assert_non_null(strstr(err.text, "in use by process"));
    spool_close(sp);
    sp = open_plain();
    spool_close(sp);
}

static void test_other_version(void **state)
{
    struct spool_options options = plain_options();
    struct spool *sp = open_plain();
    char path[128];

    (void)state;
    append(sp, 1, 50);
    spool_close(sp);
    options.writer.identity = 8;
    sp = open_spool(&options);
    assert_int_equal(counters_of(sp).segments_foreign, 1);
    append(sp, 2, 50);
    expect(sp, 2, 50);
    spool_close(sp);
    path_of(0, path, sizeof(path));
    assert_int_equal(access(path, F_OK), 0);
    sp = open_plain();
    expect(sp, 1, 50);
    spool_close(sp);
}

#define RECORDS 3
#define PAYLOAD 43

static size_t make_segment(char *data, size_t room)
{
    struct spool *sp = open_plain();

    for (uint64_t n = 1; n <= RECORDS; n++)
        append(sp, n, PAYLOAD);
    spool_close(sp);
    return read_file(0, data, room);
}

/* Cut anywhere: whole records come, the torn one is counted once. */
static void test_torn_at_every_byte(void **state)
{
    char data[4096];
    size_t size = make_segment(data, sizeof(data));
    size_t each = segment_record_size(PAYLOAD);

    (void)state;
    assert_int_equal(size, SEGMENT_HEADER_BYTES + RECORDS * each);
    for (size_t cut = 0; cut < size; cut++) {
        struct spool *sp;
        size_t whole = cut < SEGMENT_HEADER_BYTES
                           ? 0
                           : (cut - SEGMENT_HEADER_BYTES) / each;
        bool torn =
            cut < SEGMENT_HEADER_BYTES || (cut - SEGMENT_HEADER_BYTES) % each;

        remove_all();
        assert_int_equal(mkdir(dir, 0700), 0);
        write_file(0, data, cut);
        sp = open_plain();
        assert_int_equal(counters_of(sp).records_waiting, whole);
        assert_int_equal(counters_of(sp).tails_torn, torn);
        append(sp, 9, 5);
        for (uint64_t n = 1; n <= whole; n++)
            expect(sp, n, PAYLOAD);
        expect(sp, 9, 5);
        spool_close(sp);
    }
}

/* As a file system leaves it that had the length and not the bytes. */
static void test_zeros_behind(void **state)
{
    char data[4096];
    size_t size = make_segment(data, sizeof(data));
    size_t each = segment_record_size(PAYLOAD);

    (void)state;
    for (size_t from = SEGMENT_HEADER_BYTES; from < size; from++) {
        size_t whole = (from - SEGMENT_HEADER_BYTES) / each;
        /* The last bytes only fill up. */
        size_t behind = (from - SEGMENT_HEADER_BYTES) % each;
        bool torn = behind < each - 5;
        struct spool *sp;
        char copy[4096];

        if (!torn)
            whole++;
        memcpy(copy, data, from);
        memset(copy + from, 0, size - from);
        remove_all();
        assert_int_equal(mkdir(dir, 0700), 0);
        write_file(0, copy, size);
        sp = open_plain();
        assert_int_equal(counters_of(sp).records_waiting, whole);
        for (uint64_t n = 1; n <= whole; n++)
            expect(sp, n, PAYLOAD);
        spool_close(sp);
    }
}

/* All there is: a record of ours behind it says where it ends. */
static uint64_t take_all(struct spool *sp)
{
    uint64_t taken = 0;
    uint64_t before = 0;
    struct spool_item item;

    append(sp, 1000, 1);
    while (spool_next(sp, &item)) {
        uint64_t number = item.record.number;

        assert_true(number > before);
        before = number;
        for (size_t i = 0; i < item.record.length; i++)
            assert_int_equal(item.payload[i], 'a' + number % 26);
        spool_done(sp, &item);
        if (number == 1000)
            break;
        taken++;
    }
    return taken;
}

/* One byte wrong: all others come, nothing wrong comes, and it is counted. */
static void test_each_byte_flipped(void **state)
{
    char data[4096];
    size_t size = make_segment(data, sizeof(data));
    size_t each = segment_record_size(PAYLOAD);

    (void)state;
    for (size_t at = SEGMENT_HEADER_BYTES; at < size; at++) {
        struct spool_counters c;
        struct spool *sp;
        uint64_t taken;
        bool filling = (at - SEGMENT_HEADER_BYTES) % each >= each - 5;

        data[at] ^= 0x55;
        remove_all();
        assert_int_equal(mkdir(dir, 0700), 0);
        write_file(0, data, size);
        data[at] ^= 0x55;
        sp = open_plain();
        taken = take_all(sp);
        c = counters_of(sp);
        assert_int_equal(taken, filling ? RECORDS : RECORDS - 1);
        assert_int_equal(
            filling, !(c.records_damaged || c.bytes_damaged || c.tails_torn));
        assert_int_equal(c.waiting.of[SPOOL_MESSAGES], 0);
        spool_close(sp);
    }
}

/* A damaged segment is kept aside. */
static void test_damaged_is_kept(void **state)
{
    char data[4096];
    size_t size = make_segment(data, sizeof(data));
    struct spool *sp;
    char path[128];

    (void)state;
    data[SEGMENT_HEADER_BYTES + SEGMENT_RECORD_BYTES] ^= 1;
    write_file(0, data, size);
    sp = open_plain();
    expect(sp, 2, PAYLOAD);
    expect(sp, 3, PAYLOAD);
    assert_int_equal(counters_of(sp).records_damaged, 1);
    assert_int_equal(counters_of(sp).damaged.of[SPOOL_CALLS], 1);
    spool_close(sp);
    (void)snprintf(path, sizeof(path), "%s/" SPOOL_DAMAGED, dir);
    assert_int_equal(access(path, F_OK), 0);
}

struct dropped {
    uint64_t records;
    uint64_t last;
    struct spool_counts counts;
};

static void count_dropped(void *arg, const struct segment_record *r,
                          const void *payload)
{
    struct dropped *d = arg;

    assert_non_null(payload);
    assert_int_equal(*(const char *)payload, 'a' + r->number % 26);
    assert_true(r->number > d->last);
    d->last = r->number;
    d->records++;
    spool_counts_add(&d->counts, &r->counts);
}

/* What was appended is waiting, taken or dropped, and told of. */
static void test_full(void **state)
{
    struct dropped dropped = {0};
    struct spool_options options = plain_options();
    struct spool_counters c;
    struct spool_item item;
    struct spool *sp;

    (void)state;
    options.size_bytes = 64 * 1024;
    options.drop_fn = count_dropped;
    options.arg = &dropped;
    sp = open_spool(&options);
    append(sp, 1, 1000);
    assert_true(spool_next(sp, &item)); /* in hand: not dropped */
    for (uint64_t n = 2; n <= 500; n++) {
        append(sp, n, 1000);
        assert_true(counters_of(sp).bytes <= options.size_bytes);
    }
    c = counters_of(sp);
    assert_true(c.records_dropped > 400);
    assert_int_equal(c.records_dropped, dropped.records);
    assert_int_equal(c.dropped.of[SPOOL_MESSAGES],
                     dropped.counts.of[SPOOL_MESSAGES]);
    assert_int_equal(c.records_dropped + c.records_waiting, 500);
    assert_int_equal(
        c.waiting.of[SPOOL_MESSAGES] + c.dropped.of[SPOOL_MESSAGES], 1500);
    spool_done(sp, &item);
    for (uint64_t n = dropped.last + 1; n <= 500; n++)
        expect(sp, n, 1000);
    assert_int_equal(counters_of(sp).records_waiting, 0);
    spool_close(sp);
}

static void test_too_old(void **state)
{
    struct dropped dropped = {0};
    struct spool_options options = plain_options();
    struct spool *sp;

    (void)state;
    options.age_ns = 100;
    options.drop_fn = count_dropped;
    options.arg = &dropped;
    sp = open_spool(&options);
    append(sp, 1, 10);
    append(sp, 101, 10);
    assert_int_equal(dropped.records, 0);
    append(sp, 202, 10); /* the newest of the segment is too old */
    assert_int_equal(dropped.records, 2);
    expect(sp, 202, 10);
    spool_close(sp);
}

/* A disk that takes no more: memory, in order; then the oldest goes. */
static void test_disk_takes_nothing(void **state)
{
    struct rlimit before;
    struct rlimit small;
    struct dropped dropped = {0};
    struct spool_options options = plain_options();
    struct spool_counters c;
    struct spool *sp;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    options.memory_bytes = 10000;
    options.drop_fn = count_dropped;
    options.arg = &dropped;
    sp = open_spool(&options);
    append(sp, 1, 1000);
    append(sp, 2, 1000);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 10; /* stands for ENOSPC */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (uint64_t n = 3; n <= 20; n++)
        append(sp, n, 1000);
    c = counters_of(sp);
    assert_true(c.bytes_memory <= options.memory_bytes);
    assert_int_equal(c.write_errors, 18);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    append(sp, 21, 1000);
    assert_int_equal(counters_of(sp).write_errors, 18);
    assert_int_equal(dropped.records, c.records_dropped);
    assert_int_equal(c.records_dropped + c.records_waiting, 20);
    assert_true(dropped.records > 2);
    for (uint64_t n = dropped.last + 1; n <= 21; n++)
        expect(sp, n, 1000);
    assert_int_equal(counters_of(sp).bytes_memory, 0);
    spool_close(sp);
}

static void test_memory_saved_on_closing(void **state)
{
    struct rlimit before;
    struct rlimit small;
    struct spool *sp = open_plain();
    struct spool_item item;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    append(sp, 1, 100);
    append(sp, 2, 100);
    assert_true(spool_next(sp, &item));
    spool_leave(sp, &item);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    spool_close(sp);
    sp = open_plain();
    expect(sp, 1, 100);
    expect(sp, 2, 100);
    spool_close(sp);
}

static void test_default_dir(void **state)
{
    struct error err;
    char path[200];

    (void)state;
    assert_int_equal(setenv("XDG_DATA_HOME", "/data", 1), 0);
    assert_int_equal(spool_default_dir("../a b", path, sizeof(path), &err), 0);
    assert_string_equal(path, "/data/siptrail/spool/_._a_b");
    assert_int_equal(spool_default_dir("", path, sizeof(path), &err), 0);
    assert_string_equal(path, "/data/siptrail/spool/default");
    assert_int_equal(spool_default_dir("x", path, 10, &err), -ENAMETOOLONG);
}

#define SPOOL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(test_in_order_and_gone),
        SPOOL_TEST(test_next_process),
        SPOOL_TEST(test_stopped),
        SPOOL_TEST(test_two_processes),
        SPOOL_TEST(test_other_version),
        SPOOL_TEST(test_torn_at_every_byte),
        SPOOL_TEST(test_zeros_behind),
        SPOOL_TEST(test_each_byte_flipped),
        SPOOL_TEST(test_damaged_is_kept),
        SPOOL_TEST(test_full),
        SPOOL_TEST(test_too_old),
        SPOOL_TEST(test_disk_takes_nothing),
        SPOOL_TEST(test_memory_saved_on_closing),
        SPOOL_TEST(test_default_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
