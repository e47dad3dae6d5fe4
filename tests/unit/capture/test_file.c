#include "files.h"

#include "capture/file.h"

static int clean_up(void **state)
{
    static const char *const names[] = {"a"};

    (void)state;
    temp_remove(names, COUNT_OF(names));
    return 0;
}

static enum capture_result next(struct capture *c, struct packet *p)
{
    struct error err;

    return capture_read(c, p, &err);
}

static void check_packet(struct capture *c, const char *data,
                         uint32_t wire_length, int64_t time_ns)
{
    struct packet p;

    assert_int_equal(next(c, &p), CAPTURE_PACKET);
    assert_int_equal(p.length, strlen(data));
    assert_memory_equal(p.data, data, strlen(data));
    assert_int_equal(p.wire_length, wire_length);
    assert_true(p.time_ns == time_ns);
}

static void check_end(struct capture *c)
{
    struct packet p;

    assert_int_equal(next(c, &p), CAPTURE_END);
    assert_int_equal(next(c, &p), CAPTURE_END);
    assert_false(capture_source_at(c, 0)->damaged);
    capture_free(c);
}

static void test_pcap(void **state)
{
    static const struct {
        uint32_t magic;
        int64_t ns;
        int more_header;
    } kinds[] = {
        {0xa1b2c3d4, 1000, 0}, {0xa1b23c4d, 1, 0}, {0xa1b2cd34, 1000, 8}};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(kinds); i++) {
        struct build b = build_new(i % 2);
        int64_t ns = kinds[i / 2].ns;
        struct capture *c;
        struct packet p;

        put_pcap_header(&b, kinds[i / 2].magic, 0x50000071);
        put_pcap_packet(&b, 1, 999999, "", 0);
        put_number(&b, 0, kinds[i / 2].more_header);
        put32(&b, 0xffffffff);
        put32(&b, 0xffffffff);
        put32(&b, 3);
        put32(&b, 2);
        put_number(&b, 0, kinds[i / 2].more_header);
        put_bytes(&b, "abc", 3);
        c = open_one(write_file("a", b.bytes, b.length), NULL);
        assert_int_equal(next(c, &p), CAPTURE_PACKET);
        assert_int_equal(p.length, 0);
        assert_int_equal(p.link_type, 113);
        assert_int_equal(p.frame, 1);
        assert_true(p.time_ns == 1000000000 + 999999 * ns);
        check_packet(c, "abc", 3,
                     INT64_C(4294967295) * 1000000000 +
                         INT64_C(4294967295) * ns);
        check_end(c);
        build_free(&b);
    }
}

static void put_old_packets(struct build *b)
{
    size_t at = begin_block(b, 3); /* simple */

    put32(b, 5);
    put_bytes(b, "three", 5);
    end_block(b, at);
    at = begin_block(b, 2); /* obsolete */
    put16(b, 1);
    put16(b, 0);
    put32(b, 0);
    put32(b, 7);
    put32(b, 4);
    put32(b, 4);
    put_bytes(b, "four", 4);
    end_block(b, at);
}

static void check_pcapng(struct capture *c)
{
    struct packet p;

    check_packet(c, "one", 9, 1500000000);
    assert_int_equal(next(c, &p), CAPTURE_PACKET);
    assert_int_equal(p.interface_number, 1);
    assert_int_equal(p.link_type, 113);
    assert_true(p.time_ns == 1500000001);
    check_packet(c, "three", 5, 1500000001);
    check_packet(c, "four", 4, 7);
    assert_int_equal(next(c, &p), CAPTURE_PACKET);
    assert_int_equal(p.link_type, 101);
    assert_int_equal(p.interface_number, 0);
    assert_int_equal(p.frame, 5);
    assert_true(p.time_ns == 2000000000);
    assert_int_equal(next(c, &p), CAPTURE_PACKET);
    assert_int_equal(p.link_type, -1);
    check_end(c);
}

static void test_pcapng(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct build b = build_new(big);
        size_t at;

        put_section(&b);
        put_interface(&b, 1, -1, 0);
        put_interface(&b, 113, 9, 0);
        put_enhanced(&b, 0, 1500000, "one", 9);
        at = begin_block(&b, 4); /* names: of no use here */
        put_bytes(&b, "whatever", 8);
        end_block(&b, at);
        put_enhanced(&b, 1, 1500000001, "two!", 4);
        put_old_packets(&b);
        b.big_endian = !b.big_endian;
        put_section(&b); /* another section, in the other byte order */
        put_interface(&b, 101, 6, 0);
        put_enhanced(&b, 0, 2000000, "five", 4);
        put_enhanced(&b, 9, 2000000, "stray", 5);
        check_pcapng(open_one(write_file("a", b.bytes, b.length), NULL));
        build_free(&b);
    }
}

static void test_resolutions(void **state)
{
    static const struct {
        const char *name;
        int resolution;
        int64_t offset_s;
        uint64_t ticks;
        int64_t time_ns;
    } rows[] = {
        {"default", -1, 0, 1, 1000},
        {"seconds", 0, 0, 1700000000, INT64_C(1700000000000000000)},
        {"milliseconds", 3, 0, 5, 5000000},
        {"nanoseconds", 9, 0, 5, 5},
        {"picoseconds", 12, 0, 123456, 123},
        {"beyond all measure", 127, 0, UINT64_MAX, 0},
        {"half seconds", 0x81, 0, 3, 1500000000},
        {"2^-32 s", 0xa0, 0, UINT64_C(0x180000000), 1500000000},
        {"2^-127 s", 0xff, 0, UINT64_MAX, 0},
        {"offset", 9, 10, 5, INT64_C(10000000005)},
        {"negative offset", 9, -10, 5, INT64_C(-9999999995)},
        {"too late", 0, 0, UINT64_MAX, INT64_MAX},
        {"too late by microseconds", 6, 0, UINT64_MAX, INT64_MAX},
        {"too late in 2^-1 s", 0x81, 0, UINT64_MAX, INT64_MAX},
        {"too late by its offset", 6, INT64_MAX, 1, INT64_MAX},
        {"too early by its offset", 6, INT64_MIN, 0, INT64_MIN},
        {"2106 and on", 6, 0, UINT64_C(4294967296000000),
         INT64_C(4294967296000000000)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct build b = build_new(false);
        struct capture *c;
        struct packet p;

        put_section(&b);
        put_interface(&b, 1, rows[i].resolution, rows[i].offset_s);
        put_enhanced(&b, 0, rows[i].ticks, "x", 1);
        c = open_one(write_file("a", b.bytes, b.length), NULL);
        assert_int_equal(next(c, &p), CAPTURE_PACKET);
        ROW_ASSERT(rows[i].name, p.time_ns == rows[i].time_ns);
        check_end(c);
        build_free(&b);
    }
}

/* The rest of a cut file; every packet is what the whole one holds there. */
static void check_rest(struct capture *c, const char *path, bool whole)
{
    struct error err = {0};
    struct packet p;
    enum capture_result r;
    size_t count = 0;
    bool damaged = false;

    while ((r = capture_read(c, &p, &err)) != CAPTURE_END) {
        char expected[16];

        assert_false(damaged);
        if (r == CAPTURE_DAMAGED) {
            damaged = true;
            assert_non_null(strstr(err.text, path));
            assert_non_null(strstr(err.text, "damaged at byte "));
            continue;
        }
        assert_int_equal(r, CAPTURE_PACKET);
        (void)snprintf(expected, sizeof(expected), "packet%zu", count++);
        assert_int_equal(p.length, strlen(expected));
        assert_memory_equal(p.data, expected, strlen(expected));
        assert_int_equal(p.frame, count);
    }
    assert_int_equal(capture_source_at(c, 0)->packets, count);
    assert_int_equal(damaged, capture_source_at(c, 0)->damaged);
    assert_true(!whole || (!damaged && count == 3));
}

static void check_every_cut(const struct build *b, size_t header_bytes)
{
    for (size_t cut = 0; cut <= b->length; cut++) {
        const char *path = write_file("a", b->bytes, cut);
        struct capture *c = NULL;
        struct error err = {0};

        if (capture_open_files(&path, 1, NULL, &c, &err) < 0) {
            assert_true(cut < header_bytes);
            assert_non_null(strstr(err.text, path));
            continue;
        }
        assert_true(cut >= header_bytes);
        check_rest(c, path, cut == b->length);
        capture_free(c);
    }
}

static void test_cut_pcap(void **state)
{
    struct build b = build_new(false);

    (void)state;
    put_pcap_header(&b, 0xa1b2c3d4, 1);
    put_pcap_packet(&b, 1, 0, "packet0", 7);
    put_pcap_packet(&b, 2, 0, "packet1", 7);
    put_pcap_packet(&b, 3, 0, "packet2", 7);
    check_every_cut(&b, 24);
    build_free(&b);
}

static void test_cut_pcapng(void **state)
{
    struct build b = build_new(true);
    size_t at;

    (void)state;
    put_section(&b);
    put_interface(&b, 1, 9, 5);
    put_enhanced(&b, 0, 1, "packet0", 7);
    at = begin_block(&b, 0x80000001);
    put_bytes(&b, "unknown block", 13);
    end_block(&b, at);
    put_enhanced(&b, 0, 2, "packet1", 7);
    put_enhanced(&b, 0, 3, "packet2", 7);
    check_every_cut(&b, 28);
    build_free(&b);
}

static void check_damage(const struct build *b, size_t packets,
                         const char *words)
{
    struct capture *c = open_one(write_file("a", b->bytes, b->length), NULL);
    struct error err = {0};
    struct packet p;

    for (size_t i = 0; i < packets; i++)
        assert_int_equal(capture_read(c, &p, &err), CAPTURE_PACKET);
    assert_int_equal(capture_read(c, &p, &err), CAPTURE_DAMAGED);
    if (!strstr(err.text, words))
        fail_msg("'%s' not in '%s'", words, err.text);
    assert_non_null(strstr(err.text, capture_source_at(c, 0)->damage));
    assert_int_equal(capture_read(c, &p, &err), CAPTURE_END);
    capture_free(c);
}

static void test_corrupt(void **state)
{
    struct build b = build_new(false);
    size_t at;

    (void)state;
    put_pcap_header(&b, 0xa1b2c3d4, 1);
    put_pcap_packet(&b, 1, 0, "fine", 4);
    put32(&b, 0);
    put32(&b, 0);
    put32(&b, FILE_PACKET_MAX + 1);
    put32(&b, FILE_PACKET_MAX + 1);
    check_damage(&b, 1,
                 "damaged at byte 44, after packet 1: the next packet claims "
                 "to hold 262145 bytes");

    b.length = 0;
    put_section(&b);
    put_interface(&b, 1, -1, 0);
    put_enhanced(&b, 0, 0, "fine", 4);
    at = b.length;
    put_enhanced(&b, 0, 0, "lies", 4);
    b.bytes[at + 20] = 5; /* captured bytes: more than the block has */
    check_damage(&b, 1, "claims to hold 5 bytes in a block of 36");
    b.bytes[at + 20] = 4;
    b.bytes[b.length - 4] ^= 4;
    check_damage(&b, 1, "two lengths differ: 36 and 32");
    b.bytes[at + 4] = 13;
    check_damage(&b, 1, "of type 6, claims to be 13 bytes long");
    b.length = at;
    put_section(&b);
    b.bytes[at + 8] = 0;
    check_damage(&b, 1, "without its byte order mark");
    b.bytes[at + 8] = 0x4d;
    b.bytes[at + 12] = 7;
    check_damage(&b, 1, "pcapng of version 7");
    build_free(&b);
}

/* Blocks longer than what is ever held in one piece. */
static void test_long_blocks(void **state)
{
    static char filler[3 << 20];
    struct build b = build_new(false);
    struct capture *c;
    size_t at;

    (void)state;
    put_section(&b);
    put_interface(&b, 1, 9, 0);
    at = begin_block(&b, 0x0bad);
    put_bytes(&b, filler, sizeof(filler));
    end_block(&b, at);
    put_enhanced(&b, 0, 1, "first", 5);
    at = begin_block(&b, 6);
    put_number(&b, 0, 8);
    put32(&b, 2);
    put32(&b, 8);
    put32(&b, 8);
    put_bytes(&b, "a packet", 8);
    put_bytes(&b, filler, sizeof(filler)); /* as options go */
    end_block(&b, at);
    put_enhanced(&b, 0, 3, "last", 4);
    c = open_one(write_file("a", b.bytes, b.length), NULL);
    check_packet(c, "first", 5, 1);
    check_packet(c, "a packet", 8, 2);
    check_packet(c, "last", 4, 3);
    check_end(c);
    b.length -= 1040;
    check_damage(&b, 2, "cut off");
    build_free(&b);
}

/* Packets of many lengths straddle the blocks at every point. */
static void test_blocks(void **state)
{
    static const size_t sizes[] = {64, 100, 4096, 65536, 1 << 20};
    static uint8_t data[FILE_PACKET_MAX];
    struct build b = build_new(false);
    const char *path;
    uint64_t fingerprint = 0;
    uint32_t length = 0;
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i % 251);
    put_pcap_header(&b, 0xa1b2c3d4, 1);
    for (; length <= FILE_PACKET_MAX; length += length / 3 + 7, count++) {
        put_number(&b, 0, 8);
        put32(&b, length);
        put32(&b, length);
        put_bytes(&b, data, length);
    }
    path = write_file("a", b.bytes, b.length);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct file f;
        struct packet p;
        struct error err;

        assert_int_equal(file_open(&f, path, sizes[i], &err), 0);
        while (file_next(&f, &p) == FILE_PACKET)
            assert_memory_equal(p.data, data, p.length);
        assert_string_equal(f.damage, "");
        assert_int_equal(f.frames, count);
        if (i == 0)
            fingerprint = bytes_fingerprint(&f.bytes);
        assert_true(bytes_fingerprint(&f.bytes) == fingerprint);
        file_close(&f);
    }
    build_free(&b);
}

/* --- files that change while they are read -------------------------------- */

#define LONG_PACKETS 3000
#define LONG_BYTES 1000
#define LONG_BLOCK 65536

/* Each packet tells its number, and is full of it. */
static void put_numbered(struct build *b, uint32_t number)
{
    uint32_t words[LONG_BYTES / 4];

    for (size_t i = 0; i < COUNT_OF(words); i++)
        words[i] = number;
    put32(b, number);
    put32(b, 0);
    put32(b, LONG_BYTES);
    put32(b, LONG_BYTES);
    put_bytes(b, words, sizeof(words));
}

static const char *write_numbered(struct build *b)
{
    put_pcap_header(b, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < LONG_PACKETS; i++)
        put_numbered(b, i);
    return write_file("a", b->bytes, b->length);
}

/* @return Packets up to @count that are whole */
static uint32_t read_numbered(struct file *f, uint32_t from, uint32_t count)
{
    uint32_t words[LONG_BYTES / 4];
    struct packet p;

    for (uint32_t i = from; i < count; i++) {
        if (file_next(f, &p) != FILE_PACKET)
            return i;
        if (p.length != LONG_BYTES)
            return i;
        memcpy(words, p.data, sizeof(words));
        for (size_t k = 0; k < COUNT_OF(words); k++)
            if (words[k] != i)
                return i;
    }
    return count;
}

static void test_cut_while_read(void **state)
{
    static const uint32_t cuts[] = {1, 200, 201, 500, 1500, 2999};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        size_t kept = 24 + cuts[i] * (size_t)(LONG_BYTES + 16);
        struct build b = build_new(false);
        const char *path = write_numbered(&b);
        struct file f;
        struct packet p;
        struct error err;
        uint32_t whole;

        assert_int_equal(file_open(&f, path, LONG_BLOCK, &err), 0);
        assert_int_equal(read_numbered(&f, 0, 200), 200);
        assert_int_equal(truncate(path, (off_t)kept), 0);
        whole = read_numbered(&f, 200, LONG_PACKETS);
        assert_true(whole >= 200 && whole < LONG_PACKETS);
        assert_true(whole >= cuts[i] || whole == 200);
        for (size_t more = 0; more < 300 && !f.damage[0]; more++)
            (void)file_next(&f, &p); /* zeros, up to the end of a page */
        assert_true(f.damage[0] || f.bytes.ended);
        assert_int_not_equal(file_next(&f, &p), FILE_PACKET);
        file_close(&f);
        build_free(&b);
    }
}

static void test_grown_while_read(void **state)
{
    struct build b = build_new(false), more = build_new(false);
    const char *path = write_numbered(&b);
    struct file f;
    struct packet p;
    struct error err;
    int fd;

    (void)state;
    assert_int_equal(file_open(&f, path, LONG_BLOCK, &err), 0);
    assert_int_equal(read_numbered(&f, 0, 1000), 1000);
    put_numbered(&more, LONG_PACKETS);
    fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, more.bytes, more.length), more.length);
    (void)close(fd);
    assert_int_equal(read_numbered(&f, 1000, LONG_PACKETS + 1),
                     LONG_PACKETS + 1);
    assert_int_equal(file_next(&f, &p), FILE_END);
    assert_string_equal(f.damage, "");
    assert_int_equal(f.bytes.read_bytes, b.length + more.length);
    file_close(&f);
    build_free(&more);
    build_free(&b);
}

/* More than are mapped: the rest is read, with the same outcome. */
static void test_many_at_once(void **state)
{
    struct build b = build_new(false);
    const char *path = write_numbered(&b);
    static struct file files[70];
    struct packet p;
    struct error err;
    size_t mapped = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        assert_int_equal(file_open(&files[i], path, LONG_BLOCK, &err), 0);
        assert_int_equal(read_numbered(&files[i], 0, 100), 100);
    }
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        mapped += files[i].bytes.mapping.from != NULL;
        assert_int_equal(read_numbered(&files[i], 100, LONG_PACKETS),
                         LONG_PACKETS);
        assert_int_equal(file_next(&files[i], &p), FILE_END);
    }
    assert_true(mapped > 0 && mapped < COUNT_OF(files));
    for (size_t i = 0; i < COUNT_OF(files); i++)
        file_close(&files[i]);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcap),
        cmocka_unit_test(test_pcapng),
        cmocka_unit_test(test_resolutions),
        cmocka_unit_test(test_cut_pcap),
        cmocka_unit_test(test_cut_pcapng),
        cmocka_unit_test(test_corrupt),
        cmocka_unit_test(test_long_blocks),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_cut_while_read),
        cmocka_unit_test(test_grown_while_read),
        cmocka_unit_test(test_many_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, clean_up);
}
