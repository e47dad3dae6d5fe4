#include "files.h"

#include <errno.h>
#include <limits.h>

#include "capture/writer.h"

static int clean_up(void **state)
{
    static const char *const names[] = {"a.pcap", "a.pcapng", "a"};

    (void)state;
    temp_remove(names, COUNT_OF(names));
    return 0;
}

static const struct packet samples[] = {
    {.data = (const uint8_t *)"one",
     .length = 3,
     .wire_length = 3,
     .time_ns = INT64_C(1700000000123456789),
     .link_type = 1},
    {.data = (const uint8_t *)"",
     .length = 0,
     .wire_length = 60,
     .time_ns = 0,
     .link_type = 1},
    {.data = (const uint8_t *)"three",
     .length = 5,
     .wire_length = 1500,
     .time_ns = INT64_C(4294967295999999999),
     .link_type = 1},
    {.data = (const uint8_t *)"four",
     .length = 4,
     .wire_length = 4,
     .time_ns = INT64_MAX,
     .link_type = 113},
    {.data = (const uint8_t *)"fifth",
     .length = 5,
     .wire_length = 5,
     .time_ns = -1,
     .link_type = 1},
};

static void write_samples(const char *path, size_t count)
{
    struct capture_writer *w = NULL;
    struct error err = {0};

    if (capture_writer_new(path, &w, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(capture_writer_push(w, &samples[i], &err), 0);
    assert_int_equal(capture_writer_finish(w, &err), 0);
}

static void check_samples(const char *path, size_t count, bool pcapng)
{
    struct capture *c = open_one(path, NULL);
    struct error err = {0};
    struct packet p;
    uint8_t first = 0;
    int fd = open(path, O_RDONLY);

    assert_int_equal(read(fd, &first, 1), 1);
    assert_int_equal(first == 0x0a, pcapng);
    (void)close(fd);
    for (size_t i = 0; i < count; i++) {
        int64_t time_ns = samples[i].time_ns < 0 ? 0 : samples[i].time_ns;

        assert_int_equal(capture_read(c, &p, &err), CAPTURE_PACKET);
        assert_int_equal(p.length, samples[i].length);
        assert_memory_equal(p.data, samples[i].data, p.length);
        assert_int_equal(p.wire_length, samples[i].wire_length);
        assert_true(p.time_ns == time_ns);
        assert_int_equal(p.link_type, samples[i].link_type);
    }
    assert_int_equal(capture_read(c, &p, &err), CAPTURE_END);
    capture_free(c);
}

/* What is written is read as it was, whatever turned the format. */
static void test_round_trip(void **state)
{
    (void)state;
    for (size_t count = 1; count <= COUNT_OF(samples); count++) {
        write_samples(temp_path("a.pcap"), count);
        check_samples(temp_path("a.pcap"), count, count > 3);
        write_samples(temp_path("a.pcapng"), count);
        check_samples(temp_path("a.pcapng"), count, true);
    }
}

static void test_no_packet(void **state)
{
    static const char *const names[] = {"a.pcap", "a"};
    struct packet p;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct capture *c;

        write_samples(temp_path(names[i]), 0);
        c = open_one(temp_path(names[i]), NULL);
        assert_int_equal(capture_read(c, &p, NULL), CAPTURE_END);
        capture_free(c);
    }
}

static void test_time_clamped(void **state)
{
    struct packet late = samples[3];
    struct capture_writer *w = NULL;
    struct error err = {0};
    struct capture *c;

    (void)state;
    assert_int_equal(capture_writer_new(temp_path("a.pcap"), &w, &err), 0);
    assert_int_equal(capture_writer_push(w, &late, &err), 0);
    assert_int_equal(capture_writer_finish(w, &err), 0);
    c = open_one(temp_path("a.pcap"), NULL);
    assert_int_equal(capture_read(c, &late, &err), CAPTURE_PACKET);
    assert_true(late.time_ns == INT64_C(4294967295999999999));
    capture_free(c);
}

static void test_failures(void **state)
{
    struct capture_writer *w = NULL;
    struct error err = {0};
    int result = 0;

    (void)state;
    assert_int_equal(capture_writer_new("/no/such/folder/a.pcap", &w, &err),
                     -ENOENT);
    assert_non_null(strstr(err.text, "/no/such/folder/a.pcap: cannot be "));
    assert_int_equal(capture_writer_new("/tmp", &w, &err), -EISDIR);

    /* a full disk is told at the latest when the file is to be whole */
    assert_int_equal(capture_writer_new("/dev/full", &w, &err), 0);
    for (int i = 0; i < 10000 && result == 0; i++)
        result = capture_writer_push(w, &samples[2], &err);
    assert_int_equal(result, -ENOSPC);
    assert_int_equal(capture_writer_finish(w, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "make room"));
}

/* Until it is whole, the old file stays; given up, nothing is left behind. */
static void test_given_up(void **state)
{
    struct capture_writer *w = NULL;
    struct error err = {0};
    const char *path = temp_path("a.pcap");

    (void)state;
    write_samples(path, 1);
    assert_int_equal(capture_writer_new(path, &w, &err), 0);
    assert_int_equal(capture_writer_push(w, &samples[0], &err), 0);
    assert_int_equal(capture_writer_push(w, &samples[3], &err), 0);
    capture_writer_free(w);
    check_samples(path, 1, false);
    clean_up(NULL);
    assert_int_equal(access(temp_path(""), F_OK), -1);
    assert_int_equal(mkdir(temp_path(""), 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_no_packet),
        cmocka_unit_test(test_time_clamped), cmocka_unit_test(test_failures),
        cmocka_unit_test(test_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, clean_up);
}
