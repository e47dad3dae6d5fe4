/*
 * Opening, reading and writing again and again, memory failing at the first
 * allocation, then at the second, and so on: an error in words, no leak, no
 * crash. Linked with malloc and its like wrapped.
 */
#include "files.h"

#include "refusal.h"

#include <errno.h>

#include "capture/file.h"
#include "capture/kept.h"
#include "capture/writer.h"

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
    return refuse() ? NULL : __real_realloc(old, size);
}

static int clean_up(void **state)
{
    static const char *const names[] = {"a", "b.pcap"};

    (void)state;
    temp_remove(names, COUNT_OF(names));
    return 0;
}

/* Open, read to the end, and count the packets; or a negative errno. */
static long count_packets(const char *path, struct error *err)
{
    const struct capture_options options = {.filter = "udp or not udp"};
    struct capture *c = NULL;
    struct packet p;
    enum capture_result r = CAPTURE_PACKET;
    long packets = 0;
    int rc = capture_open_files(&path, 1, &options, &c, err);

    while (rc == 0 && r == CAPTURE_PACKET) {
        r = capture_read(c, &p, err);
        packets += r == CAPTURE_PACKET;
    }
    capture_free(c);
    return rc == 0 && r == CAPTURE_FAILED ? -ENOMEM : rc < 0 ? rc : packets;
}

static void test_open(void **state)
{
    struct build b = build_new(false);
    const char *path;
    long packets = -1;
    long round = 0;

    (void)state;
    put_section(&b);
    for (int i = 0; i < 9; i++) /* the list of them grows */
        put_interface(&b, 1, -1, 0);
    put_enhanced(&b, 8, 1, "packet", 6);
    path = write_file("a", b.bytes, b.length);
    for (; packets < 0; round++) {
        struct error err = {0};

        assert_true(round < 100);
        allowed = round;
        packets = count_packets(path, &err);
        allowed = -1;
        if (packets < 0) {
            assert_int_equal(packets, -ENOMEM);
            assert_non_null(strstr(err.text, "memory"));
        }
    }
    assert_int_equal(packets, 1);
    assert_true(round > 5);
    build_free(&b);
}

static int write_two(const char *path, struct error *err)
{
    struct packet p = {.data = (const uint8_t *)"x",
                       .length = 1,
                       .wire_length = 1,
                       .link_type = 1};
    struct capture_writer *w = NULL;
    int rc = capture_writer_new(path, &w, err);

    if (rc < 0)
        return rc;
    rc = capture_writer_push(w, &p, err);
    p.link_type = 113; /* pcap has to become pcapng */
    if (rc == 0)
        rc = capture_writer_push(w, &p, err);
    if (rc == 0)
        return capture_writer_finish(w, err);
    capture_writer_free(w);
    return rc;
}

static void test_writer(void **state)
{
    const char *path = temp_path("b.pcap");
    int rc = -1;
    long round = 0;

    (void)state;
    for (; rc < 0; round++) {
        struct error err = {0};

        assert_true(round < 100);
        allowed = round;
        rc = write_two(path, &err);
        allowed = -1;
        assert_int_equal(rc == 0, access(path, F_OK) == 0);
        if (rc < 0)
            assert_int_equal(rc, -ENOMEM);
    }
    assert_true(round > 2);
}

static int keep_one(const char *path, struct error *err)
{
    const struct kept_options options = {.path = path, .compress = true};
    const struct packet p = {.data = (const uint8_t *)"x",
                             .length = 1,
                             .wire_length = 1,
                             .link_type = 1};
    struct kept_counters last;
    struct kept *k = NULL;
    int rc = kept_new(&options, &k, err);

    if (rc < 0)
        return rc;
    kept_push(k, &p);
    kept_free(k, &last);
    return last.packets == 1 ? 0 : last.lost_to_disk == 1 ? -ENOMEM : -EIO;
}

static void test_kept(void **state)
{
    const char *path = temp_path("c.pcap");
    int rc = -1;
    long round = 0;

    (void)state;
    for (; rc < 0; round++) {
        struct error err = {0};

        assert_true(round < 100);
        allowed = round;
        rc = keep_one(path, &err);
        allowed = -1;
        if (rc < 0)
            assert_int_equal(rc, -ENOMEM);
    }
    assert_true(round > 5);
    (void)unlink(temp_path("c-19700101T000000Z-000001.pcap.zst"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, clean_up);
}
