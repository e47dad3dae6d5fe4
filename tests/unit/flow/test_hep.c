#include "test.h"

#include <zlib.h>

#include "flow/hep.h"
#include "guard.h"

#define NS_PER_S INT64_C(1000000000)
#define NEAR (1700000000 * NS_PER_S)
#define V4 "\xc0\0\2\1"
#define W4 "\xc0\0\2\2"
#define V6 " \1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define W6 " \1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
/* 1700000000 = 0x6553f100 and 123456 = 0x1e240 */
#define SECONDS "\0\0\0\x9\0\xa\x65\x53\xf1\0"
#define MICROSECONDS "\0\0\0\xa\0\xa\0\1\xe2\x40"
#define ADDRESSES "\0\0\0\3\0\xa" V4 "\0\0\0\4\0\xa" W4
#define PORTS "\0\0\0\7\0\x8\x13\xc4\0\0\0\x8\0\x8\x13\xc6"
#define UDP "\0\0\0\2\0\7\x11"
#define SIP "\0\0\0\xb\0\7\1"
#define AGENT "\0\0\0\xc\0\xa\0\0\7\xd1"
#define PAYLOAD "\0\0\0\xf\0\x9SIP"

/* "HEP3", its length, the chunks. */
static size_t packet(char *out, const char *chunks, size_t length)
{
    memcpy(out, "HEP3", 4);
    out[4] = (char)((length + 6) >> 8);
    out[5] = (char)(length + 6);
    memcpy(out + 6, chunks, length);
    return length + 6;
}

struct row {
    const char *name;
    const char *bytes;
    size_t length;
    bool chunks; /* of version 3: its header is to be put before */
    bool ok;
    const char *src;
    const char *dst;
    enum transport transport;
    const char *payload;
    int64_t us; /* of the second, -1 for no time */
    uint32_t capture_id;
    uint16_t vlan;
};

#define CHUNKS(text) text, sizeof(text) - 1, true
#define BYTES(text) text, sizeof(text) - 1, false
#define NOTHING false, "-:0", "-:0", TRANSPORT_UDP, "", -1, 0, 0
#define FROM_TO "192.0.2.1:5060", "192.0.2.2:5062"
#define OLD4 "\x13\xc4\x13\xc6" V4 W4
#define LITTLE "\0\xf1\x53\x65\x40\xe2\1\0"
#define BIG "\x65\x53\xf1\0\0\1\xe2\x40"

static const struct row rows[] = {
    {"all there is",
     CHUNKS("\0\0\0\1\0\7\2" UDP ADDRESSES PORTS SECONDS MICROSECONDS SIP AGENT
            "\0\0\0\x12\0\x8\0\7" PAYLOAD),
     true, FROM_TO, TRANSPORT_UDP, "SIP", 123456, 2001, 7},
    {"IPv6",
     CHUNKS("\0\0\0\2\0\7\6\0\0\0\5\0\x16" V6
            "\0\0\0\6\0\x16" W6 PORTS PAYLOAD),
     true, "[2001:db8::1]:5060", "[2001:db8::2]:5062", TRANSPORT_TCP, "SIP", -1,
     0, 0},
    {"TLS", CHUNKS(ADDRESSES PORTS "\0\0\0\2\0\7\x16" PAYLOAD), true, FROM_TO,
     TRANSPORT_TLS, "SIP", -1, 0, 0},
    {"WebSocket", CHUNKS(ADDRESSES PORTS "\0\0\0\2\0\7\x32" PAYLOAD), true,
     FROM_TO, TRANSPORT_WS, "SIP", -1, 0, 0},
    {"SCTP", CHUNKS(ADDRESSES PORTS "\0\0\0\2\0\7\x84" PAYLOAD), true, FROM_TO,
     TRANSPORT_SCTP, "SIP", -1, 0, 0},
    {"a vendor's chunk is passed over",
     CHUNKS(UDP ADDRESSES PORTS "\0\x3c\0\xf\0\x8no" PAYLOAD), true, FROM_TO,
     TRANSPORT_UDP, "SIP", -1, 0, 0},
    {"a chunk shorter than its value", CHUNKS("\0\0\0\3\0\x8\1\2" PAYLOAD),
     true, "-:0", "-:0", TRANSPORT_UDP, "SIP", -1, 0, 0},
    {"no payload: a keep-alive", CHUNKS(UDP AGENT), true, "-:0", "-:0",
     TRANSPORT_UDP, "", -1, 2001, 0},
    {"chunk of length 0", CHUNKS("\0\0\0\xf\0\0SIP"), NOTHING},
    {"chunk of length 5", CHUNKS("\0\0\0\xf\0\5SIP"), NOTHING},
    {"chunk beyond the packet", CHUNKS("\0\0\0\xf\0\xaSIP"), NOTHING},
    {"version 1", BYTES("\1\x10\2\x11" OLD4 "SIP"), true, FROM_TO,
     TRANSPORT_UDP, "SIP", -1, 0, 0},
    {"version 1, IPv6", BYTES("\1\x28\xa\6\x13\xc4\x13\xc6" V6 W6 "SIP"), true,
     "[2001:db8::1]:5060", "[2001:db8::2]:5062", TRANSPORT_TCP, "SIP", -1, 0,
     0},
    {"version 1 of another length", BYTES("\1\x11\2\x11" OLD4 "SIP"), NOTHING},
    {"version 1 of another family", BYTES("\1\x10\3\x11" OLD4 "SIP"), NOTHING},
    {"version 1 of no transport", BYTES("\1\x10\2\1" OLD4 "SIP"), NOTHING},
    {"version 2", BYTES("\2\x10\2\x11" OLD4 LITTLE "\x4d\0\0\0SIP"), true,
     FROM_TO, TRANSPORT_UDP, "SIP", 123456, 77, 0},
    {"version 2, the time counted in",
     BYTES("\2\x1c\2\x11" OLD4 BIG "\0\x4d\0\0SIP"), true, FROM_TO,
     TRANSPORT_UDP, "SIP", 123456, 77, 0},
    {"version 2 without its time", BYTES("\2\x10\2\x11" OLD4 "SIP"), NOTHING},
    {"version 4", BYTES("\4\x10\2\x11" OLD4 "SIP"), NOTHING},
    {"HTTP", BYTES("HTTP/1.1 200 OK\r\n\r\n"), NOTHING},
};

static size_t bytes_of(const struct row *row, char *out)
{
    if (row->chunks)
        return packet(out, row->bytes, row->length);
    memcpy(out, row->bytes, row->length);
    return row->length;
}

static void test_rows(void **state)
{
    char bytes[512];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct row *row = &rows[i];
        size_t n = bytes_of(row, bytes);
        char src[ENDPOINT_TEXT_BYTES];
        char dst[ENDPOINT_TEXT_BYTES];
        struct hep h;

        ROW_ASSERT(row->name,
                   hep_decode(span_of(bytes, n), NEAR, &h) == row->ok);
        if (!row->ok)
            continue;
        (void)endpoint_write(&h.src, src);
        (void)endpoint_write(&h.dst, dst);
        ROW_ASSERT(row->name, !strcmp(src, row->src));
        ROW_ASSERT(row->name, !strcmp(dst, row->dst));
        ROW_ASSERT(row->name, h.transport == row->transport);
        ROW_ASSERT(row->name,
                   span_equal(h.payload, span_of_string(row->payload)));
        ROW_ASSERT(row->name,
                   h.time_ns ==
                       (row->us < 0 ? HEP_TIME_NONE : NEAR + row->us * 1000));
        ROW_ASSERT(row->name, h.capture_id == row->capture_id);
        ROW_ASSERT(row->name, h.has_capture_id == (row->capture_id != 0));
        ROW_ASSERT(row->name, h.vlan == row->vlan);
        ROW_ASSERT(row->name, !h.cut);
    }
}

/* Cut by the snap length anywhere: nothing beyond is read, and what is cut
   says so. */
static void test_every_cut(void **state)
{
    struct guard g = guard_new(512);
    char bytes[512];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t n = bytes_of(&rows[i], bytes);

        for (size_t cut = 0; cut < n; cut++) {
            struct span s = span_of(guard_copy(&g, bytes, cut), cut);
            struct hep h;

            if (!hep_decode(s, NEAR, &h) || !rows[i].chunks ||
                !h.payload.length)
                continue;
            ROW_ASSERT(rows[i].name,
                       h.cut || h.payload.length == strlen(rows[i].payload));
        }
    }
    guard_free(&g);
}

static void test_node(void **state)
{
    char bytes[128];
    size_t n = packet(bytes,
                      AGENT "\0\0\0\x13\0\xb"
                            "edge1" PAYLOAD,
                      30);
    struct hep h;

    (void)state;
    assert_true(hep_decode(span_of(bytes, n), NEAR, &h));
    assert_true(span_equal(h.node, SPAN_LITERAL("edge1")));
}

/* --- compressed payloads ---------------------------------------------------
 */

static size_t pack(char *out, size_t room, const char *text, size_t length,
                   int window)
{
    z_stream z = {0};

    assert_int_equal(
        deflateInit2(&z, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)length;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&z);
    return room - z.avail_out;
}

static void test_inflate(void **state)
{
    static const int windows[] = {15, 15 + 16, -15}; /* zlib, gzip, bare */
    static char text[20000];
    char packed[30000];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i * i % 23);
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        size_t n = pack(packed, sizeof(packed), text, sizeof(text), windows[i]);
        size_t length;
        char *whole = hep_inflate(span_of(packed, n), &length);

        assert_non_null(whole);
        assert_int_equal(length, sizeof(text));
        assert_memory_equal(whole, text, length);
        free(whole);
        for (size_t cut = 0; cut < n; cut++) { /* a beginning, or nothing */
            char *part = hep_inflate(span_of(packed, cut), &length);

            assert_true(!part || length <= sizeof(text));
            if (part && windows[i] > 0)
                assert_memory_equal(part, text, length);
            free(part);
        }
    }
    assert_null(hep_inflate(SPAN_LITERAL("\xff\xff\xff\xff"), &(size_t){0}));
}

static void test_bomb(void **state)
{
    static char zeros[4 * HEP_PAYLOAD_MAX];
    char packed[65536];
    size_t n = pack(packed, sizeof(packed), zeros, sizeof(zeros), 15);
    size_t length;

    (void)state;
    assert_null(hep_inflate(span_of(packed, n), &length));
}

/* --- streams ----------------------------------------------------------------
 */

/* Junk, three packets, junk that looks like a beginning, a fourth. */
static size_t stream_text(char *out)
{
    size_t n = 0;

    memcpy(out, "junkHEjunk", 10);
    n = 10;
    n += packet(out + n, PAYLOAD, 9);
    n += packet(out + n, UDP PAYLOAD, 16);
    n += packet(out + n, "", 0);
    memcpy(out + n, "HEP3\0\0HHEP", 10);
    n += 10;
    return n + packet(out + n, AGENT, 10);
}

static void check_stream(const char *bytes, size_t n, size_t first, size_t step)
{
    static const size_t lengths[] = {15, 22, 6, 16};
    struct hep_stream s = {0};
    struct span p;
    size_t count = 0;
    size_t to = first;

    for (size_t at = 0; at < n; at = to, to = at + step) {
        hep_stream_push(&s, span_part(span_of(bytes, n), at, to - at));
        while (hep_stream_next(&s, &p)) {
            assert_true(count < COUNT_OF(lengths));
            assert_int_equal(p.length, lengths[count++]);
            assert_int_equal(hep_length(p), p.length);
        }
    }
    assert_int_equal(count, COUNT_OF(lengths));
    assert_int_equal(s.skipped_bytes, 20);
    hep_stream_fini(&s);
}

static void test_stream(void **state)
{
    char bytes[256];
    size_t n = stream_text(bytes);

    (void)state;
    for (size_t cut = 1; cut <= n; cut++)
        check_stream(bytes, n, cut, n);
    for (size_t step = 1; step < 20; step++)
        check_stream(bytes, n, step, step);
}

static void test_stream_gap(void **state)
{
    char bytes[256];
    size_t n = packet(bytes, PAYLOAD, 9);
    struct hep_stream s = {0};
    struct span p;

    (void)state;
    hep_stream_push(&s, span_of(bytes, n - 3));
    assert_false(hep_stream_next(&s, &p));
    hep_stream_break(&s);
    assert_int_equal(s.skipped_bytes, n - 3);
    hep_stream_push(&s, span_of(bytes, n));
    assert_true(hep_stream_next(&s, &p));
    assert_int_equal(p.length, n);
    assert_false(hep_stream_next(&s, &p));
    hep_stream_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),       cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_node),       cmocka_unit_test(test_inflate),
        cmocka_unit_test(test_bomb),       cmocka_unit_test(test_stream),
        cmocka_unit_test(test_stream_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
