#include "files.h"

#include <errno.h>
#include <zlib.h>
#include <zstd.h>

static int clean_up(void **state)
{
    static const char *const names[] = {"0", "1", "2", "3", "a", "b", "c"};
    char name[16];

    (void)state;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof(name), "m%d", i);
        (void)unlink(temp_path(name));
    }
    temp_remove(names, COUNT_OF(names));
    return 0;
}

/* Packets "NAME0", "NAME1", ... one every step_s seconds. */
static struct build make_pcap(const char *name, uint32_t from_s,
                              uint32_t step_s, size_t count)
{
    struct build b = build_new(false);

    put_pcap_header(&b, 0xa1b2c3d4, 1);
    for (size_t i = 0; i < count; i++) {
        char data[32];

        (void)snprintf(data, sizeof(data), "%s%zu", name, i);
        put_pcap_packet(&b, from_s + (uint32_t)i * step_s, 0, data,
                        (uint32_t)strlen(data));
    }
    return b;
}

static struct capture *open_several(const char *const *paths, size_t count)
{
    struct capture *c = NULL;
    struct error err = {0};

    if (capture_open_files(paths, count, NULL, &c, &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

static void test_merge(void **state)
{
    static const char expected[] = "a0 b0 a1 c0 b1 a2 b2 ";
    struct build a = make_pcap("a", 10, 2, 3);
    struct build b = make_pcap("b", 10, 3, 3);
    struct build other = make_pcap("c", 12, 1, 1);
    const char *paths[] = {write_file("a", a.bytes, a.length),
                           write_file("b", b.bytes, b.length),
                           write_file("c", other.bytes, other.length)};
    struct capture *c = open_several(paths, 3);
    char order[64] = "";
    struct packet p;

    (void)state;
    while (capture_read(c, &p, NULL) == CAPTURE_PACKET) {
        size_t n = strlen(order);

        (void)snprintf(order + n, sizeof(order) - n, "%.*s ", (int)p.length,
                       (const char *)p.data);
        assert_int_equal(p.source, p.data[0] - 'a');
        assert_int_equal(p.frame, p.data[1] - '0' + 1);
    }
    assert_string_equal(order, expected);
    assert_int_equal(capture_source_count(c), 3);
    assert_int_equal(capture_source_at(c, 1)->packets, 3);
    assert_true(capture_source_at(c, 1)->first_time_ns == 10000000000);
    assert_true(capture_source_at(c, 1)->last_time_ns == 16000000000);
    assert_string_equal(capture_source_at(c, 1)->name, paths[1]);
    assert_int_equal(capture_source_at(c, 1)->size_bytes, b.length);
    assert_int_equal(capture_source_at(c, 1)->position_bytes, b.length);
    capture_free(c);
    build_free(&a);
    build_free(&b);
    build_free(&other);
}

/* A file's own order is kept, be its times as they may. */
static void test_backwards(void **state)
{
    struct build b = build_new(false);
    struct capture *c;
    struct packet p;

    (void)state;
    put_pcap_header(&b, 0xa1b2c3d4, 1);
    put_pcap_packet(&b, 9, 0, "0", 1);
    put_pcap_packet(&b, 1, 0, "1", 1);
    put_pcap_packet(&b, 5, 0, "2", 1);
    c = open_one(write_file("a", b.bytes, b.length), NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(capture_read(c, &p, NULL), CAPTURE_PACKET);
        assert_int_equal(p.data[0], '0' + i);
    }
    assert_true(capture_source_at(c, 0)->first_time_ns == 9000000000);
    assert_true(capture_source_at(c, 0)->last_time_ns == 9000000000);
    capture_free(c);
    build_free(&b);
}

static void test_one_damaged(void **state)
{
    struct build a = make_pcap("a", 10, 2, 3);
    struct build b = make_pcap("b", 11, 2, 3);
    const char *paths[] = {write_file("a", a.bytes, a.length - 1),
                           write_file("b", b.bytes, b.length)};
    struct capture *c = open_several(paths, 2);
    struct error err = {0};
    struct packet p;
    enum capture_result r;
    size_t packets = 0;
    size_t damages = 0;

    (void)state;
    while ((r = capture_read(c, &p, &err)) != CAPTURE_END) {
        packets += r == CAPTURE_PACKET;
        damages += r == CAPTURE_DAMAGED;
    }
    assert_int_equal(packets, 5);
    assert_int_equal(damages, 1);
    assert_non_null(strstr(err.text, paths[0]));
    assert_true(capture_source_at(c, 0)->damaged);
    assert_false(capture_source_at(c, 1)->damaged);
    capture_free(c);
    build_free(&a);
    build_free(&b);
}

/* More files than are kept open: those whose time has not come wait closed. */
static void test_many(void **state)
{
    const char *paths[20];
    char kept[20][128];
    struct capture *c;
    struct packet p;
    int64_t last = 0;
    size_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        char name[16];
        struct build b = make_pcap("x", 1000 - i * 10, 1, 12);

        (void)snprintf(name, sizeof(name), "m%u", i);
        (void)snprintf(kept[i], sizeof(kept[i]), "%s",
                       write_file(name, b.bytes, b.length));
        paths[i] = kept[i];
        build_free(&b);
    }
    c = open_several(paths, 20);
    while (capture_read(c, &p, NULL) == CAPTURE_PACKET) {
        assert_true(p.time_ns >= last);
        last = p.time_ns;
        count++;
    }
    assert_int_equal(count, 240);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(capture_source_at(c, i)->packets, 12);
        assert_false(capture_source_at(c, i)->damaged);
        assert_true(capture_source_at(c, i)->fingerprint != 0);
    }
    capture_free(c);

    c = open_several(paths, 20); /* one goes before its time has come */
    assert_int_equal(unlink(paths[8]), 0);
    count = 0;
    for (;;) {
        enum capture_result r = capture_read(c, &p, NULL);

        if (r == CAPTURE_END)
            break;
        count += r == CAPTURE_PACKET;
    }
    assert_int_equal(count, 228);
    assert_true(capture_source_at(c, 8)->damaged);
    capture_free(c);
}

static size_t gzip(const void *data, size_t length, uint8_t *out, size_t room)
{
    z_stream z = {0};
    uint8_t *copy = malloc(length + 1);

    assert_non_null(copy);
    memcpy(copy, data, length);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
    z.next_in = copy;
    z.avail_in = (uInt)length;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    free(copy);
    return room - z.avail_out;
}

static size_t read_all(struct capture *c, size_t *damages_out)
{
    struct packet p;
    size_t packets = 0;

    *damages_out = 0;
    for (;;) {
        enum capture_result r = capture_read(c, &p, NULL);

        if (r == CAPTURE_END)
            return packets;
        packets += r == CAPTURE_PACKET;
        *damages_out += r == CAPTURE_DAMAGED;
    }
}

/* Nobody asks for it: the same packets all the same, over many blocks. */
static void test_no_fingerprint(void **state)
{
    struct build b = make_pcap("packet", 1, 1, 100000);
    const char *path = write_file("a", b.bytes, b.length);
    const struct capture_options options = {.no_fingerprint = true};
    struct error err;
    struct capture *c;
    size_t damages;

    (void)state;
    assert_int_equal(capture_open_files(&path, 1, &options, &c, &err), 0);
    assert_int_equal(read_all(c, &damages), 100000);
    assert_int_equal(damages, 0);
    assert_true(capture_source_at(c, 0)->fingerprint == 0);
    capture_free(c);
    build_free(&b);
}

/* Packed or not, in one piece or several: the same packets, and the same
 * fingerprint, which a copy under another name has too. */
static void test_packed(void **state)
{
    struct build b = make_pcap("packet", 1, 1, 100000);
    uint8_t *packed = malloc(FILE_MAX);
    size_t n[3];
    size_t half = b.length / 2;
    size_t damages;
    uint64_t fingerprint;
    struct capture *c = open_one(write_file("a", b.bytes, b.length), NULL);

    (void)state;
    assert_non_null(packed);
    assert_int_equal(read_all(c, &damages), 100000);
    fingerprint = capture_source_at(c, 0)->fingerprint;
    capture_free(c);
    n[0] = gzip(b.bytes, b.length, packed, FILE_MAX);
    (void)write_file("0", packed, n[0]);
    n[1] = gzip(b.bytes, half, packed, FILE_MAX);
    n[1] +=
        gzip(b.bytes + half, b.length - half, packed + n[1], FILE_MAX - n[1]);
    memset(packed + n[1], 0, 700); /* padding, as on tape */
    (void)write_file("1", packed, n[1] + 700);
    n[2] = ZSTD_compress(packed, FILE_MAX, b.bytes, half, 3);
    n[2] += ZSTD_compress(packed + n[2], FILE_MAX - n[2], b.bytes + half,
                          b.length - half, 3);
    (void)write_file("2", packed, n[2]);
    for (int i = 0; i < 3; i++) {
        const char name[2] = {(char)('0' + i), 0};

        c = open_one(temp_path(name), NULL);
        assert_int_equal(read_all(c, &damages), 100000);
        assert_int_equal(damages, 0);
        assert_true(capture_source_at(c, 0)->fingerprint == fingerprint);
        assert_int_equal(capture_source_at(c, 0)->position_bytes,
                         capture_source_at(c, 0)->size_bytes);
        capture_free(c);
    }
    b.bytes[b.length - 1] ^= 1;
    c = open_one(write_file("a", b.bytes, b.length), NULL);
    (void)read_all(c, &damages);
    assert_true(capture_source_at(c, 0)->fingerprint != fingerprint);
    capture_free(c);
    free(packed);
    build_free(&b);
}

/* Cut anywhere, all that can be unpacked is given out, and then damage. */
static void test_packed_cut(void **state)
{
    struct build b = make_pcap("packet", 1, 1, 3);
    uint8_t packed[2][512];
    size_t n[2];

    (void)state;
    n[0] = gzip(b.bytes, b.length, packed[0], sizeof(packed[0]));
    n[1] = ZSTD_compress(packed[1], sizeof(packed[1]), b.bytes, b.length, 3);
    for (int kind = 0; kind < 2; kind++)
        for (size_t cut = 0; cut <= n[kind]; cut++) {
            const char *path = write_file("a", packed[kind], cut);
            struct capture *c = NULL;
            struct error err = {0};
            size_t damages;
            size_t packets;

            if (capture_open_files(&path, 1, NULL, &c, &err) < 0) {
                assert_true(cut < n[kind]);
                assert_non_null(strstr(err.text, path));
                continue;
            }
            packets = read_all(c, &damages);
            assert_int_equal(damages, cut < n[kind]);
            assert_true(packets <= 3 && (cut < n[kind] || packets == 3));
            capture_free(c);
        }
    packed[0][n[0] - 6] ^= 1; /* its check sum */
    {
        const char *path = write_file("a", packed[0], n[0]);
        struct capture *c = open_several(&path, 1);
        size_t damages;

        assert_int_equal(read_all(c, &damages), 3);
        assert_int_equal(damages, 1);
        assert_non_null(
            strstr(capture_source_at(c, 0)->damage, "gzip data are corrupt"));
        capture_free(c);
    }
    build_free(&b);
}

static void test_stdin(void **state)
{
    struct build b = make_pcap("packet", 1, 1, 1000);
    uint8_t packed[32768];
    size_t n = gzip(b.bytes, b.length, packed, sizeof(packed));
    int saved = dup(STDIN_FILENO);

    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        const uint8_t *bytes = kind ? packed : b.bytes;
        size_t length = kind ? n : b.length;
        int ends[2];
        struct capture *c;
        struct packet p;
        size_t count = 0;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) { /* dribbles: short reads everywhere */
            for (size_t at = 0; at < length;) {
                size_t piece = length - at < 97 ? length - at : 97;

                if (write(ends[1], bytes + at, piece) != (ssize_t)piece)
                    _exit(1);
                at += piece;
            }
            _exit(0);
        }
        (void)close(ends[1]);
        assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
        (void)close(ends[0]);
        c = open_one("-", NULL);
        while (capture_read(c, &p, NULL) == CAPTURE_PACKET) {
            char expected[16];

            (void)snprintf(expected, sizeof(expected), "packet%zu", count++);
            assert_int_equal(p.length, strlen(expected));
            assert_memory_equal(p.data, expected, p.length);
        }
        assert_int_equal(count, 1000);
        capture_free(c);
    }
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    (void)close(saved);
    build_free(&b);
}

static void check_open_error(const char *path, const char *words)
{
    struct capture *c = NULL;
    struct error err = {0};

    assert_true(capture_open_files(&path, 1, NULL, &c, &err) < 0);
    assert_null(c);
    if (!strstr(err.text, words) || !strstr(err.text, path))
        fail_msg("'%s' not in '%s'", words, err.text);
    assert_null(strchr(err.text, '\n'));
}

static void test_open_errors(void **state)
{
    static const struct {
        const char *content;
        size_t length;
        const char *words;
    } rows[] = {
        {"", 0, "is empty"},
        {"\xd4", 1, "it has 1 bytes only"},
        {"INVITE sip:bob@example.com SIP/2.0\r\n", 36, "looks like text"},
        {"\xff\xd8\xff\xe0\0\0\0\0", 8, "is no pcap or pcapng file: name"},
        {"\xd4\xc3\xb2\xa1\2\0\4\0\0\0", 10, "10 of 24 bytes"},
        {"\xd4\xc3\xb2\xa1\3\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24,
         "pcap of version 3.4"},
        {"\n\r\r\n\x1c\0\0\0", 8, "pcapng header is damaged"},
        {"\x1f\x8b\x08\0\0\0\0\0\0\x03", 10, "gzip data are cut off"},
        {"\x1f\x8b\x09\0\0\0\0\0\0\x03", 10, "gzip data are corrupt"},
        {"\x28\xb5\x2f\xfd", 4, "zstd data are cut off"},
        {"\xfd\x37zXZ\0\0\0", 8, "unpack it first (xz -d)"},
        {"BZh91AY&", 8, "unpack it first (bzip2 -d)"},
        {"PK\3\4\0\0\0\0", 8, "unpack it first (unzip)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_open_error(write_file("a", rows[i].content, rows[i].length),
                         rows[i].words);
    check_open_error("/no/such/file.pcap", "no such file");
    check_open_error("/tmp", "is a directory");
    if (geteuid() != 0) {
        assert_int_equal(chmod(temp_path("a"), 0), 0);
        check_open_error(temp_path("a"), "permission denied");
    }
}

/* 02:..:02 < 02:..:01, 192.0.2.1 to 192.0.2.2: 5060, 9, and fragments. */
static void put_frame(struct build *b, const char *link, const char *flags,
                      const char *ports)
{
    uint8_t data[64];
    size_t n = 0;
    char hex[256];
    unsigned byte;

    (void)snprintf(hex, sizeof(hex),
                   "%s4500001cabcd%s40110000c0000201c0000202%s00080000", link,
                   flags, ports);
    for (; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
        data[n] = (uint8_t)byte;
    put_number(b, 0, 8);
    put32(b, n);
    put32(b, n);
    put_bytes(b, data, n);
}

#define ETHER "0200000000020200000000010800"
#define TAGGED "0200000000020200000000018100000a0800"

static void test_filter(void **state)
{
    static const struct {
        const char *filter;
        uint64_t packets;
    } rows[] = {
        /* 5060; the later fragments, tagged or not */
        {"port 5060", 3},
        {"udp port 5060 or port 9", 4},
        {"vlan and port 5060", 3}, /* the tagged one, and the fragments */
        {"host 192.0.2.9", 2},
        {"tcp", 2},
        {"", 5},
    };
    struct build b = build_new(false);
    struct capture *c;
    struct error err = {0};
    const char *path;

    (void)state;
    put_pcap_header(&b, 0xa1b2c3d4, 1);
    put_frame(&b, ETHER, "2000", "13c40009");
    put_frame(&b, ETHER, "00b9", "abcdabcd");
    put_frame(&b, ETHER, "0000", "00090009");
    put_frame(&b, TAGGED, "00b9", "abcdabcd");
    put_frame(&b, TAGGED, "0000", "13c40009");
    path = write_file("a", b.bytes, b.length);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t damages;

        c = open_one(path, rows[i].filter);
        ROW_ASSERT(rows[i].filter, read_all(c, &damages) == rows[i].packets);
        ROW_ASSERT(rows[i].filter, capture_source_at(c, 0)->packets +
                                           capture_source_at(c, 0)->filtered ==
                                       5);
        capture_free(c);
    }
    assert_int_equal(
        capture_open_files(&path, 1,
                           &(struct capture_options){.filter = "prot 5060"}, &c,
                           &err),
        -EINVAL);
    assert_non_null(strstr(err.text, "filter 'prot 5060': "));
    assert_non_null(strstr(err.text, "syntax error"));
    build_free(&b);
}

static void test_filter_ipv6(void **state)
{
    static const uint8_t header[40] = {0x60, 0, 0, 0, 0, 8, 44, 64};
    static const uint8_t plain[48] = {0x60, 0,  0,  0,        0,
                                      8,    17, 64, [43] = 9, [45] = 8};
    struct build b = build_new(false);
    struct capture *c;
    size_t damages;

    (void)state;
    put_pcap_header(&b, 0xa1b2c3d4, 101);
    put_number(&b, 0, 8);
    put32(&b, 48);
    put32(&b, 48);
    put_bytes(&b, header, sizeof(header));
    put_bytes(&b, "\x11\0\5\xa8\0\0\0\1", 8);
    put_number(&b, 0, 8);
    put32(&b, 48);
    put32(&b, 48);
    put_bytes(&b, plain, sizeof(plain));
    c = open_one(write_file("a", b.bytes, b.length), "port 5060");
    assert_int_equal(read_all(c, &damages), 1);
    capture_free(c);
    build_free(&b);
}

/* Every packet of the shared captures, as many as tshark counts. */
static void test_real_captures(void **state)
{
    static const char folder[] = "../shared/captures/";
    FILE *index = fopen("../shared/captures/INDEX.md", "r");
    char line[4096];
    size_t files = 0;

    (void)state;
    if (!index)
        skip();
    while (fgets(line, sizeof(line), index)) {
        char name[128];
        char path[256];
        unsigned long packets;
        struct capture *c;
        size_t damages;

        if (sscanf(line, "| %127s | %*[^|]| %*[^|]| %lu |", name, &packets) !=
            2)
            continue;
        (void)snprintf(path, sizeof(path), "%s%s", folder, name);
        c = open_one(path, NULL);
        if (read_all(c, &damages) != packets || damages > 0)
            fail_msg("%s: %lu packets expected", name, packets);
        assert_int_equal(capture_source_at(c, 0)->size_bytes,
                         capture_source_at(c, 0)->position_bytes);
        capture_free(c);
        files++;
    }
    (void)fclose(index);
    assert_true(files > 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_backwards),
        cmocka_unit_test(test_one_damaged),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_no_fingerprint),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_packed_cut),
        cmocka_unit_test(test_stdin),
        cmocka_unit_test(test_open_errors),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_filter_ipv6),
        cmocka_unit_test(test_real_captures),
    };

    return cmocka_run_group_tests(tests, NULL, clean_up);
}
