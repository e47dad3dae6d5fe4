#include "test.h"

#include <zlib.h>

#include "flow/websocket.h"

#define GET                                                                    \
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"                    \
    "Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: x\r\n\r\n"

struct bytes {
    char data[200000];
    size_t length;
};

static void add(struct bytes *b, const void *data, size_t length)
{
    assert_true(b->length + length <= sizeof(b->data));
    memcpy(b->data + b->length, data, length);
    b->length += length;
}

struct frame {
    uint8_t first; /* FIN, RSV and opcode */
    bool masked;
    struct span payload;
};

static void add_frame(struct bytes *b, struct frame f)
{
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    uint8_t bit = f.masked ? 0x80 : 0;
    size_t n = f.payload.length;
    uint8_t head[10] = {f.first, (uint8_t)(bit | n)};
    size_t head_length = 2;

    if (n > 65535) {
        head[1] = bit | 127;
        for (int i = 0; i < 8; i++)
            head[2 + i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
        head_length = 10;
    } else if (n > 125) {
        head[1] = bit | 126;
        head[2] = (uint8_t)(n >> 8);
        head[3] = (uint8_t)n;
        head_length = 4;
    }
    add(b, head, head_length);
    if (f.masked)
        add(b, mask, 4);
    for (size_t i = 0; i < n; i++) {
        char c = f.payload.data[i];

        if (f.masked)
            c = (char)(c ^ mask[i % 4]);
        add(b, &c, 1);
    }
}

/* Feed in two pieces; joins messages with '|'. */
static void collect(struct span whole, size_t cut, bool upgrade,
                    struct bytes *out)
{
    struct websocket ws;
    struct span message;

    out->length = 0;
    websocket_init(&ws, upgrade);
    for (int piece = 0; piece < 2; piece++) {
        websocket_push(&ws, piece ? span_from(whole, cut)
                                  : span_part(whole, 0, cut));
        while (websocket_next(&ws, &message) == WEBSOCKET_DONE) {
            add(out, message.data, message.length);
            add(out, "|", 1);
        }
    }
    websocket_fini(&ws);
}

static void assert_at_every_split(const struct bytes *in, bool upgrade,
                                  struct span expected)
{
    static struct bytes out;
    struct span whole = span_of(in->data, in->length);

    for (size_t cut = 0; cut <= whole.length;
         cut += whole.length > 5000 && cut > 200 ? 997 : 1) {
        collect(whole, cut, upgrade, &out);
        assert_int_equal(out.length, expected.length);
        assert_memory_equal(out.data, expected.data, expected.length);
    }
}

static void frames_give_messages_at_every_split(void **state)
{
    static struct bytes in;

    (void)state;
    in.length = 0;
    add(&in, GET, strlen(GET));
    add_frame(&in, (struct frame){0x81, true, SPAN_LITERAL("hello")});
    add_frame(&in, (struct frame){0x01, true, SPAN_LITERAL("in ")});
    add_frame(&in, (struct frame){0x89, true, SPAN_LITERAL("ping")});
    add_frame(&in, (struct frame){0x00, true, SPAN_LITERAL("three ")});
    add_frame(&in, (struct frame){0x80, true, SPAN_LITERAL("parts")});
    add_frame(&in, (struct frame){0x82, false, SPAN_NONE});
    add_frame(&in, (struct frame){0x82, false, SPAN_LITERAL("plain")});
    assert_at_every_split(&in, true,
                          SPAN_LITERAL("hello|in three parts||plain|"));
}

static void all_three_lengths_are_read(void **state)
{
    static struct bytes in;
    static struct bytes expected;
    static char big[70000];
    static const size_t sizes[] = {125, 126, 300, 65535, 70000};

    (void)state;
    memset(big, 'x', sizeof(big));
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        in.length = expected.length = 0;
        add_frame(&in, (struct frame){0x82, i % 2, span_of(big, sizes[i])});
        add(&expected, big, sizes[i]);
        add(&expected, "|", 1);
        assert_at_every_split(&in, false,
                              span_of(expected.data, expected.length));
    }
}

/* RFC 7692, 7.2.1: sync flush, then without the last four bytes. */
static void deflated_messages_share_their_window(void **state)
{
    static struct bytes in;
    static char packed[1000];
    z_stream z = {0};
    struct span text = SPAN_LITERAL("REGISTER sip:example.com SIP/2.0");

    (void)state;
    in.length = 0;
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, 0), Z_OK);
    for (int i = 0; i < 2; i++) {
        z.next_in = (Bytef *)(uintptr_t)text.data;
        z.avail_in = (uInt)text.length;
        z.next_out = (Bytef *)packed;
        z.avail_out = sizeof(packed);
        assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
        add_frame(&in, (struct frame){
                           0xc1, true,
                           span_of(packed, sizeof(packed) - z.avail_out - 4)});
    }
    (void)deflateEnd(&z);
    assert_at_every_split(&in, false,
                          SPAN_LITERAL("REGISTER sip:example.com SIP/2.0|"
                                       "REGISTER sip:example.com SIP/2.0|"));
}

/* Messages deflated one after another, by one sender. */
struct deflater {
    z_stream z;
    char packed[4096];
};

static struct span deflated(struct deflater *d, struct span text, int flush,
                            bool anew)
{
    if (anew)
        assert_int_equal(deflateReset(&d->z), Z_OK);
    d->z.next_in = (Bytef *)(uintptr_t)text.data;
    d->z.avail_in = (uInt)text.length;
    d->z.next_out = (Bytef *)d->packed;
    d->z.avail_out = sizeof(d->packed);
    assert_in_range(deflate(&d->z, flush), Z_OK, Z_STREAM_END);
    return span_of(d->packed, sizeof(d->packed) - d->z.avail_out -
                                  (flush == Z_SYNC_FLUSH ? 4 : 0));
}

#define REQUEST "REGISTER sip:example.com SIP/2.0"

/* Every size of window, with and without takeover (RFC 7692, 7.1). */
static void every_window_is_inflated(void **state)
{
    (void)state;
    for (int bits = 9; bits <= 15; bits++)
        for (int anew = 0; anew < 2; anew++) {
            static struct bytes in;
            struct deflater d = {0};
            struct span message;

            in.length = 0;
            assert_int_equal(deflateInit2(&d.z, 9, Z_DEFLATED, -bits, 8, 0),
                             Z_OK);
            for (int i = 0; i < 3; i++) {
                message =
                    deflated(&d, SPAN_LITERAL(REQUEST), Z_SYNC_FLUSH, anew);
                /* in two frames, a ping between */
                add_frame(&in,
                          (struct frame){0x41, true, span_part(message, 0, 3)});
                add_frame(&in, (struct frame){0x89, true, SPAN_NONE});
                add_frame(&in,
                          (struct frame){0x80, true, span_from(message, 3)});
            }
            (void)deflateEnd(&d.z);
            assert_at_every_split(
                &in, false, SPAN_LITERAL(REQUEST "|" REQUEST "|" REQUEST "|"));
        }
}

/* RFC 7692, 7.2.3.4: a last block, and an empty one behind it or not. */
static void last_blocks_do_not_end_the_stream(void **state)
{
    (void)state;
    for (int zero = 0; zero < 2; zero++) {
        static struct bytes in;
        struct deflater d = {0};
        char message[256];

        in.length = 0;
        assert_int_equal(deflateInit2(&d.z, 9, Z_DEFLATED, -15, 8, 0), Z_OK);
        for (int i = 0; i < 3; i++) {
            struct span s = deflated(&d, SPAN_LITERAL(REQUEST), Z_FINISH, true);

            memcpy(message, s.data, s.length);
            message[s.length] = 0;
            add_frame(
                &in, (struct frame){0xc1, false,
                                    span_of(message, s.length + (size_t)zero)});
        }
        (void)deflateEnd(&d.z);
        assert_at_every_split(
            &in, false, SPAN_LITERAL(REQUEST "|" REQUEST "|" REQUEST "|"));
    }
}

/* The first message was not captured: what refers to it is counted, and what
   stands for itself is read again. */
static void what_was_not_seen_is_counted(void **state)
{
    static struct bytes in;
    struct deflater d = {0};
    struct websocket ws;
    struct span message;

    (void)state;
    in.length = 0;
    assert_int_equal(deflateInit2(&d.z, 9, Z_DEFLATED, -15, 8, 0), Z_OK);
    (void)deflated(&d, SPAN_LITERAL(REQUEST), Z_SYNC_FLUSH, false);
    for (int i = 0; i < 2; i++)
        add_frame(&in, (struct frame){0xc1, true,
                                      deflated(&d, SPAN_LITERAL(REQUEST),
                                               Z_SYNC_FLUSH, false)});
    add_frame(&in, (struct frame){0xc1, true,
                                  deflated(&d, SPAN_LITERAL("OPTIONS sip:b"),
                                           Z_SYNC_FLUSH, true)});
    (void)deflateEnd(&d.z);
    websocket_init(&ws, false);
    websocket_push(&ws, span_of(in.data, in.length));
    assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_DONE);
    assert_true(span_equal(message, SPAN_LITERAL("OPTIONS sip:b")));
    assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_MORE);
    assert_int_equal(ws.unreadable, 2);
    websocket_fini(&ws);
}

static void a_bomb_is_left(void **state)
{
    static char zeros[4 * WEBSOCKET_MESSAGE_MAX];
    static char packed[16384];
    static struct bytes in;
    z_stream z = {0};
    struct websocket ws;
    struct span message;

    (void)state;
    in.length = 0;
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, 0), Z_OK);
    z.next_in = (Bytef *)zeros;
    z.avail_in = sizeof(zeros);
    z.next_out = (Bytef *)packed;
    z.avail_out = sizeof(packed);
    assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
    add_frame(
        &in, (struct frame){0xc1, true,
                            span_of(packed, sizeof(packed) - z.avail_out - 4)});
    (void)deflateEnd(&z);
    add_frame(&in, (struct frame){0x81, true, SPAN_LITERAL("hello")});
    for (size_t i = 0; i < sizeof(packed); i += 2) /* last blocks, empty */
        memcpy(packed + i, "\3", 2);
    add_frame(&in, (struct frame){0xc1, true, span_of(packed, sizeof(packed))});
    websocket_init(&ws, false);
    websocket_push(&ws, span_of(in.data, in.length));
    assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_DONE);
    assert_true(span_equal(message, SPAN_LITERAL("hello")));
    assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_MORE);
    assert_int_equal(ws.unreadable, 2);
    assert_true(ws.room <= 2 * WEBSOCKET_MESSAGE_MAX);
    websocket_fini(&ws);
}

static void damage_is_counted_and_left(void **state)
{
    static const struct {
        const char *name;
        struct span bytes;
    } rows[] = {
        {"reserved bits", {"\xb1\x05hello", 7}},
        {"unknown opcode", {"\x83\x05hello", 7}},
        {"not deflate", {"\xc1\x05\xff\xff\xff\xff\xff", 7}},
        {"longer than is there",
         {"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffx", 11}},
    };
    static struct bytes out;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        collect(rows[i].bytes, 3, false, &out);
        ROW_ASSERT(rows[i].name, out.length == 0);
        for (size_t cut = 0; cut <= rows[i].bytes.length; cut++) {
            collect(rows[i].bytes, cut, false, &out);
            ROW_ASSERT(rows[i].name, out.length == 0);
        }
    }
}

static void endless_fragments_stay_bounded(void **state)
{
    static char part[60000];
    static struct bytes frame;
    struct websocket ws;
    struct span message;

    (void)state;
    frame.length = 0;
    add_frame(&frame, (struct frame){0x00, false, span_of(part, sizeof(part))});
    websocket_init(&ws, false);
    for (int i = 0; i < 100; i++) {
        websocket_push(&ws, span_of(frame.data, frame.length));
        assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_MORE);
    }
    assert_true(ws.room <= WEBSOCKET_MESSAGE_MAX * 2);
    assert_true(ws.dropped_bytes > 0);
    websocket_fini(&ws);
}

static void a_break_loses_framing_until_resumed(void **state)
{
    static struct bytes in;
    struct websocket ws;
    struct span message;

    (void)state;
    in.length = 0;
    add_frame(&in, (struct frame){0x81, true, SPAN_LITERAL("hello")});
    websocket_init(&ws, false);
    websocket_push(&ws, span_of(in.data, 4));
    assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_MORE);
    websocket_break(&ws);
    websocket_push(&ws, span_of(in.data, in.length));
    assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_MORE);
    websocket_resume(&ws);
    websocket_push(&ws, span_of(in.data, in.length));
    assert_int_equal(websocket_next(&ws, &message), WEBSOCKET_DONE);
    assert_true(span_equal(message, SPAN_LITERAL("hello")));
    websocket_fini(&ws);
}

static void the_start_of_a_payload_is_peeked_at(void **state)
{
    static struct bytes in;
    char start[8];

    (void)state;
    in.length = 0;
    add_frame(&in, (struct frame){0x81, true, SPAN_LITERAL("REGISTER sip:")});
    for (size_t n = 0; n <= 6; n++)
        assert_int_equal(websocket_peek(span_of(in.data, n), start, 8), 0);
    assert_int_equal(websocket_peek(span_of(in.data, 9), start, 8), 3);
    assert_memory_equal(start, "REG", 3);
    assert_int_equal(websocket_peek(span_of(in.data, in.length), start, 8), 8);
    assert_memory_equal(start, "REGISTER", 8);
    in.length = 0; /* behind pings */
    add_frame(&in, (struct frame){0x89, true, SPAN_LITERAL("ping")});
    add_frame(&in, (struct frame){0x8a, false, SPAN_NONE});
    add_frame(&in, (struct frame){0x81, true, SPAN_LITERAL("REGISTER sip:")});
    assert_int_equal(websocket_peek(span_of(in.data, in.length), start, 8), 8);
    assert_memory_equal(start, "REGISTER", 8);
    in.length = 0; /* deflated: "Hello" of RFC 7692, 7.2.3.1 */
    add_frame(&in,
              (struct frame){0xc1, true,
                             SPAN_LITERAL("\xf2\x48\xcd\xc9\xc9\x07\x00")});
    assert_int_equal(websocket_peek(span_of(in.data, in.length), start, 8), 5);
    assert_memory_equal(start, "Hello", 5);
    assert_true(websocket_is_upgrade(SPAN_LITERAL(GET)));
    assert_false(websocket_is_upgrade(
        SPAN_LITERAL("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
}

static void beginnings_and_whole_frames_are_told(void **state)
{
    static struct bytes in;
    struct span s;

    (void)state;
    in.length = 0;
    add_frame(&in,
              (struct frame){0x81, true, SPAN_LITERAL("REGISTER sip:a@b")});
    for (size_t n = 0; n <= in.length; n++)
        assert_int_equal(websocket_may_begin(span_of(in.data, n)),
                         n > 0 && n < in.length);
    assert_false(websocket_may_begin(SPAN_LITERAL("\x80\x08")));
    assert_false(websocket_may_begin(SPAN_LITERAL("\xb1\x08")));
    assert_false(websocket_may_begin(SPAN_LITERAL("\x8a\x08")));
    add_frame(&in, (struct frame){0x8a, false, SPAN_NONE});
    s = span_of(in.data, in.length);
    assert_true(websocket_is_aligned(s));
    assert_true(websocket_is_aligned(span_part(s, 0, s.length - 2)));
    for (size_t n = 0; n < s.length - 2; n++)
        assert_false(websocket_is_aligned(span_part(s, 0, n)));
    assert_false(websocket_is_aligned(span_from(s, s.length - 2)));
    assert_false(websocket_is_aligned(span_from(s, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_give_messages_at_every_split),
        cmocka_unit_test(all_three_lengths_are_read),
        cmocka_unit_test(deflated_messages_share_their_window),
        cmocka_unit_test(every_window_is_inflated),
        cmocka_unit_test(last_blocks_do_not_end_the_stream),
        cmocka_unit_test(what_was_not_seen_is_counted),
        cmocka_unit_test(a_bomb_is_left),
        cmocka_unit_test(damage_is_counted_and_left),
        cmocka_unit_test(endless_fragments_stay_bounded),
        cmocka_unit_test(a_break_loses_framing_until_resumed),
        cmocka_unit_test(beginnings_and_whole_frames_are_told),
        cmocka_unit_test(the_start_of_a_payload_is_peeked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
