#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "capture/kept.h"

#define SECOND INT64_C(1000000000)
#define NOON (INT64_C(1764158400) * SECOND) /* 2025-11-26 12:00 UTC */
#define FILES_MAX 256

/* What a folder holds, in order of names. */
struct listing {
    char names[FILES_MAX][128];
    const char *paths[FILES_MAX];
    char path_bytes[FILES_MAX][256];
    size_t count;
    uint64_t bytes;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static struct listing list_folder(void)
{
    static struct listing l;
    DIR *dir = opendir(temp_path(""));
    struct dirent *e;

    assert_non_null(dir);
    l = (struct listing){0};
    while ((e = readdir(dir)))
        if (e->d_name[0] != '.') {
            assert_true(l.count < FILES_MAX);
            (void)snprintf(l.names[l.count++], sizeof(l.names[0]), "%.127s",
                           e->d_name);
        }
    (void)closedir(dir);
    qsort(l.names, l.count, sizeof(l.names[0]), by_name);
    for (size_t i = 0; i < l.count; i++) {
        struct stat st;

        (void)snprintf(l.path_bytes[i], sizeof(l.path_bytes[0]), "%s%s",
                       temp_path(""), l.names[i]);
        l.paths[i] = l.path_bytes[i];
        assert_int_equal(stat(l.paths[i], &st), 0);
        l.bytes += (uint64_t)st.st_size;
    }
    return l;
}

static int empty_folder(void **state)
{
    struct listing l;

    (void)state;
    (void)mkdir(temp_path(""), 0700);
    l = list_folder();
    for (size_t i = 0; i < l.count; i++)
        (void)unlink(l.paths[i]);
    return 0;
}

static int remove_folder(void **state)
{
    (void)empty_folder(state);
    return rmdir(temp_path(""));
}

static struct kept *begin(struct kept_options options)
{
    struct kept *k = NULL;
    struct error err = {0};

    if (kept_new(&options, &k, &err))
        fail_msg("%s", err.text);
    return k;
}

/* A packet of @p length bytes that say their number; it never fits well. */
static void push(struct kept *k, uint32_t number, uint32_t length,
                 struct packet like)
{
    static uint8_t data[1 << 20];
    uint32_t value = number;

    assert_true(length >= 4 && length <= sizeof(data));
    memcpy(data, &number, 4);
    for (uint32_t i = 4; i < length; i++) {
        value = value * 1664525 + 1013904223;
        data[i] = (uint8_t)(value >> 24);
    }
    like.data = data;
    like.length = length;
    like.wire_length = length + number % 2;
    like.link_type = like.link_type ? like.link_type : 1;
    like.time_ns = like.time_ns ? like.time_ns : NOON + number;
    kept_push(k, &like);
}

/* As push(), but never too fast for the writing thread. */
static void push_slowly(struct kept *k, uint32_t number, uint32_t length)
{
    struct kept_counters now;
    const struct timespec t = {0, 1000000};

    push(k, number, length, (struct packet){0});
    if (number % 64)
        return;
    kept_tick(k);
    for (int i = 0; i < 10000; i++) {
        kept_counters_read(k, &now);
        if (now.packets + now.lost_to_disk > number)
            return;
        (void)nanosleep(&t, NULL);
    }
    fail_msg("the writing thread stands still");
}

static struct kept_counters end(struct kept *k)
{
    struct kept_counters last;

    kept_free(k, &last);
    return last;
}

/* The numbers of all packets in the folder's files, as the reader sees. */
static size_t read_all(uint32_t *numbers, size_t room)
{
    struct listing l = list_folder();
    struct capture_options options = {0};
    struct capture *c = NULL;
    struct error err = {0};
    struct packet p;
    size_t n = 0;

    if (!l.count)
        return 0;
    if (capture_open_files(l.paths, l.count, &options, &c, &err))
        fail_msg("%s", err.text);
    for (;;) {
        enum capture_result r = capture_read(c, &p, &err);

        if (r != CAPTURE_PACKET) {
            assert_int_equal(r, CAPTURE_END);
            break;
        }
        assert_true(n < room && p.length >= 4);
        memcpy(&numbers[n], p.data, 4);
        assert_int_equal(p.wire_length, p.length + numbers[n] % 2);
        n++;
    }
    capture_free(c);
    return n;
}

static uint32_t numbers[100000];

static void check_all(uint32_t first, size_t count)
{
    assert_int_equal(read_all(numbers, COUNT_OF(numbers)), count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(numbers[i], first + i);
}

/* --- what is pushed can be read ------------------------------------------ */

static void test_round_trip(void **state)
{
    static const struct {
        const char *name;
        const char *first;
        bool compress;
    } rows[] = {
        {"a.pcapng", "a-20251126T120000Z-000001.pcapng", false},
        {"a.pcap", "a-20251126T120000Z-000001.pcap", false},
        {"a.pcapng", "a-20251126T120000Z-000001.pcapng.zst", true},
        {"a.pcap.zst", "a-20251126T120000Z-000001.pcap.zst", true},
        {"a", "a-20251126T120000Z-000001.pcapng", false},
        {"", "siptrail-20251126T120000Z-000001.pcapng", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct kept *k =
            begin((struct kept_options){.path = temp_path(rows[i].name),
                                        .rotate_bytes = 100000,
                                        .compress = rows[i].compress});
        struct kept_counters last;
        struct listing l;

        for (uint32_t n = 0; n < 2000; n++)
            push_slowly(k, n, 4 + n % 1400);
        last = end(k);
        l = list_folder();
        ROW_ASSERT(rows[i].first, strcmp(l.names[0], rows[i].first) == 0);
        ROW_ASSERT(rows[i].first, l.count == last.files && l.count > 3);
        ROW_ASSERT(rows[i].first, last.packets == 2000);
        ROW_ASSERT(rows[i].first, last.bytes == l.bytes);
        ROW_ASSERT(rows[i].first, last.lost_to_queue + last.lost_to_disk == 0);
        check_all(0, 2000);
        (void)empty_folder(NULL);
    }
}

static void test_size(void **state)
{
    struct kept *k = begin((struct kept_options){.path = temp_path("a.pcapng"),
                                                 .rotate_bytes = 70000});
    struct listing l;

    (void)state;
    for (uint32_t n = 0; n < 1000; n++)
        push_slowly(k, n, 1000);
    (void)end(k);
    l = list_folder();
    for (size_t i = 0; i < l.count; i++) {
        struct stat st;

        assert_int_equal(stat(l.paths[i], &st), 0);
        assert_true(st.st_size <= 70000);
        assert_true(i + 1 == l.count || st.st_size > 68000);
        assert_int_equal(st.st_mode & 07777 & ~0640u, 0);
    }
    check_all(0, 1000);
}

static void push_at(struct kept *k, uint32_t number, int64_t seconds)
{
    push(k, number, 100, (struct packet){.time_ns = NOON + seconds * SECOND});
}

static void test_time(void **state)
{
    static const char *const names[] = {
        "a-20251126T120000Z-000001.pcapng", "a-20251126T130000Z-000002.pcapng",
        "a-20251126T150001Z-000003.pcapng", "a-20251126T120100Z-000004.pcapng"};
    struct kept *k = begin((struct kept_options){.path = temp_path("a.pcapng"),
                                                 .rotate_ns = 3600 * SECOND});
    struct listing l;

    (void)state;
    push_at(k, 0, 0);
    push_at(k, 1, 3599);
    push_at(k, 2, 3600);
    push_at(k, 3, 3599); /* late: stays */
    push_at(k, 4, 3 * 3600 + 1);
    push_at(k, 5, 60); /* the clock was set back */
    assert_int_equal(end(k).packets, 6);
    l = list_folder();
    assert_int_equal(l.count, 4);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat st;
        char path[256];

        (void)snprintf(path, sizeof(path), "%s%s", temp_path(""), names[i]);
        assert_int_equal(stat(path, &st), 0);
    }
}

/* Each source its interface; what pcap cannot hold becomes pcapng. */
static void test_interfaces(void **state)
{
    static const char *const sources[] = {"eth1", "any"};
    static const char *const names[] = {"a-20251126T120000Z-000001.pcap",
                                        "a-20251126T120000Z-000002.pcapng"};
    static const uint32_t interfaces[] = {0, 0, 1, 0, 1};
    struct kept *k = begin((struct kept_options){
        .path = temp_path("a.pcap"), .names = sources, .name_count = 2});
    struct capture *c;
    struct listing l;
    struct packet p;

    (void)state;
    push(k, 0, 50, (struct packet){.link_type = 1});
    push(k, 1, 50, (struct packet){.link_type = 1});
    push(k, 2, 50, (struct packet){.link_type = 276, .source = 1});
    push(k, 3, 50, (struct packet){.link_type = 1, .source = 0});
    push(k, 4, 50, (struct packet){.link_type = 276, .source = 1});
    (void)end(k);
    l = list_folder();
    assert_int_equal(l.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(l.names[i], names[i]);
    c = open_one(l.paths[1], NULL);
    for (uint32_t i = 2; i < 5; i++) {
        assert_int_equal(capture_read(c, &p, NULL), CAPTURE_PACKET);
        assert_int_equal(p.link_type, i == 3 ? 1 : 276);
        assert_int_equal(p.interface_number, !interfaces[i]);
    }
    capture_free(c);
}

/* Numbers go on after a restart, and a file asked for anew is one. */
static void test_reopen(void **state)
{
    struct kept *k = begin((struct kept_options){.path = temp_path("a")});
    struct listing l;

    (void)state;
    push_slowly(k, 0, 100);
    kept_reopen(k);
    push(k, 1, 100, (struct packet){0});
    (void)end(k);
    k = begin((struct kept_options){.path = temp_path("a")});
    push(k, 2, 100, (struct packet){0});
    (void)end(k);
    l = list_folder();
    assert_int_equal(l.count, 3);
    assert_non_null(strstr(l.names[1], "-000002."));
    assert_non_null(strstr(l.names[2], "-000003."));
    check_all(0, 3);
}

/* A file that was cut anywhere is read as far as its last whole write. */
static void test_cut(void **state)
{
    struct kept *k =
        begin((struct kept_options){.path = temp_path("a"), .compress = true});
    struct listing l;
    size_t length;
    size_t most = 0;
    uint8_t *bytes;

    (void)state;
    for (uint32_t n = 0; n < 640; n++)
        push_slowly(k, n, 40);
    (void)end(k);
    l = list_folder();
    assert_int_equal(l.count, 1);
    length = l.bytes;
    bytes = malloc(length);
    assert_non_null(bytes);
    {
        int fd = open(l.paths[0], O_RDONLY);

        assert_int_equal(read(fd, bytes, length), (ssize_t)length);
        (void)close(fd);
    }
    for (size_t cut = 2000; cut <= length; cut += 501) {
        struct capture *c = open_one(write_file("cut", bytes, cut), NULL);
        struct packet p;
        size_t n = 0;

        while (capture_read(c, &p, NULL) == CAPTURE_PACKET) {
            uint32_t number;

            memcpy(&number, p.data, 4);
            assert_int_equal(number, n);
            n++;
        }
        capture_free(c);
        assert_true(n >= most);
        most = n;
    }
    assert_true(most > 500);
    free(bytes);
}

/* --- bounds --------------------------------------------------------------- */

static void test_total(void **state)
{
    static const char *const others[] = {
        "a-20251126T120000Z-000001.txt", "b-20251126T120000Z-000001.pcapng",
        "a-20251126T120000Z-1.pcapng", "a.pcapng", "a-20251126-000001.pcapng"};
    struct kept_counters last;
    struct kept *k;
    struct listing l;
    uint64_t others_bytes = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        (void)write_file(others[i], "x", 1);
    others_bytes = list_folder().bytes;
    k = begin((struct kept_options){
        .path = temp_path("a"), .rotate_bytes = 70000, .total_bytes = 300000});
    for (uint32_t n = 0; n < 2000; n++) {
        push_slowly(k, n, 1000);
        if (n % 64 == 0) {
            l = list_folder();
            assert_true(l.bytes - others_bytes <= 300000);
        }
    }
    last = end(k);
    l = list_folder();
    assert_true(l.bytes - others_bytes <= 300000);
    assert_true(l.bytes - others_bytes > 200000);
    assert_int_equal(last.files - last.files_removed + COUNT_OF(others),
                     l.count);
    assert_int_equal(last.bytes - last.bytes_removed, l.bytes - others_bytes);
    assert_int_equal(last.packets, 2000);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(access(temp_path(others[i]), F_OK), 0);
        (void)unlink(temp_path(others[i]));
    }
    /* the newest are those that stayed */
    l.count = read_all(numbers, COUNT_OF(numbers));
    assert_true(l.count > 200);
    assert_int_equal(numbers[l.count - 1], 1999);
    assert_int_equal(numbers[0], 2000 - l.count);
}

/* What is left to others is more than there is: nothing is kept, all said. */
static void test_floor(void **state)
{
    struct kept *k = begin((struct kept_options){.path = temp_path("a"),
                                                 .free_bytes = UINT64_MAX / 4});
    struct kept_counters last;

    (void)state;
    for (uint32_t n = 0; n < 1000; n++)
        push_slowly(k, n, 1000);
    kept_counters_read(k, &last);
    assert_true(last.failing);
    last = end(k);
    assert_int_equal(last.packets, 0);
    assert_int_equal(last.lost_to_disk, 1000);
    assert_int_equal(list_folder().count, 0);
}

/* Writes that fail halfway are taken back; later the keeping goes on. */
static void test_write_error(void **state)
{
    struct rlimit saved;
    struct rlimit small;
    struct kept *k = begin((struct kept_options){.path = temp_path("a")});
    struct kept_counters last;
    const struct timespec pause = {1, 100000000};

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    small = saved;
    small.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (uint32_t n = 0; n <= 192; n++)
        push_slowly(k, n, 1000);
    kept_counters_read(k, &last);
    assert_true(last.failing);
    assert_int_equal(last.packets, 65);
    assert_int_equal(last.lost_to_disk, 128);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
    check_all(0, 65); /* whole as far as it goes */
    (void)nanosleep(&pause, NULL);
    for (uint32_t n = 193; n < 300; n++)
        push_slowly(k, n, 1000);
    last = end(k);
    assert_false(last.failing);
    assert_int_equal(last.packets + last.lost_to_disk, 300);
    assert_int_equal(read_all(numbers, COUNT_OF(numbers)), last.packets);
    assert_int_equal(numbers[65], 193);
}

/* A disk slower than the wire: packets are lost, and all are counted. */
static void test_slow(void **state)
{
    struct kept *k = begin((struct kept_options){
        .path = temp_path("a"), .queue_bytes = 1, .compress = true});
    static uint8_t data[KEPT_PACKET_MAX + 1];
    struct packet p = {.data = data,
                       .length = 200000,
                       .wire_length = 200000,
                       .time_ns = NOON,
                       .link_type = 1};
    struct kept_counters last;

    (void)state;
    for (int n = 0; n < 5000; n++)
        kept_push(k, &p);
    p.length = p.wire_length = KEPT_PACKET_MAX + 1;
    kept_push(k, &p);
    last = end(k);
    assert_true(last.lost_to_queue > 1);
    assert_int_equal(last.packets + last.lost_to_queue, 5001);
    assert_int_equal(last.lost_to_disk, 0);
    assert_int_equal(read_all(numbers, COUNT_OF(numbers)), last.packets);
}

/* pcapng says before which packet how many are missing (epb_dropcount). */
static void test_told(void **state)
{
    static const uint16_t option[] = {4, 8, 3, 0, 0, 0, 0, 0};
    struct kept *k = begin((struct kept_options){.path = temp_path("a")});
    uint8_t bytes[1024];
    ssize_t length;
    int fd;

    (void)state;
    for (uint32_t n = 0; n < 3; n++)
        push(k, n, KEPT_PACKET_MAX + 1, (struct packet){0});
    push(k, 3, 100, (struct packet){0});
    push(k, 4, 100, (struct packet){0});
    assert_int_equal(end(k).lost_to_queue, 3);
    fd = open(list_folder().paths[0], O_RDONLY);
    length = read(fd, bytes, sizeof(bytes));
    (void)close(fd);
    assert_true(length > 200);
    /* section, interface, head and packet; the second one has none */
    assert_memory_equal(bytes + 28 + 32 + 28 + 100, option, sizeof(option));
    assert_int_equal(length, 28 + 32 + 2 * (32 + 100) + 16);
    check_all(3, 2);
}

/* A packet of the greatest length, alone and in company. */
static void test_long_packets(void **state)
{
    struct kept *k = begin((struct kept_options){.path = temp_path("a")});

    (void)state;
    for (uint32_t n = 0; n < 6; n++) {
        push_slowly(k, n * 64, KEPT_PACKET_MAX - n);
        for (uint32_t i = 1; i < 64; i++)
            push_slowly(k, n * 64 + i, 4 + i);
    }
    assert_int_equal(end(k).packets, 6 * 64);
    check_all(0, 6 * 64);
}

static void test_refused(void **state)
{
    static const struct {
        const char *path;
        int code;
        const char *says;
    } rows[] = {
        {"-", -EINVAL, "name a folder or a file"},
        {"", -EINVAL, "name a folder or a file"},
        {"/no/such/folder/a", -ENOENT, "/no/such/folder: packets cannot be"},
        {"/dev/null/a", -ENOTDIR, "/dev/null: packets cannot be kept"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct kept_options o = {.path = rows[i].path};
        struct error err = {0};
        struct kept *k = NULL;

        ROW_ASSERT(rows[i].path, kept_new(&o, &k, &err) == rows[i].code);
        ROW_ASSERT(rows[i].path, strstr(err.text, rows[i].says));
    }
    kept_free(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_round_trip, empty_folder),
        cmocka_unit_test_teardown(test_size, empty_folder),
        cmocka_unit_test_teardown(test_time, empty_folder),
        cmocka_unit_test_teardown(test_interfaces, empty_folder),
        cmocka_unit_test_teardown(test_reopen, empty_folder),
        cmocka_unit_test_teardown(test_cut, empty_folder),
        cmocka_unit_test_teardown(test_total, empty_folder),
        cmocka_unit_test_teardown(test_floor, empty_folder),
        cmocka_unit_test_teardown(test_write_error, empty_folder),
        cmocka_unit_test_teardown(test_slow, empty_folder),
        cmocka_unit_test_teardown(test_told, empty_folder),
        cmocka_unit_test_teardown(test_long_packets, empty_folder),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, empty_folder, remove_folder);
}
