#include "test.h"

#include "sip/framer.h"
#include "sip/lines.h"
#include "sip/message.h"

#define MESSAGES_MAX 32

/* What came out of one feeding, with copies of the texts. */
struct output {
    char *texts[MESSAGES_MAX];
    size_t lengths[MESSAGES_MAX];
    struct anomaly_set anomalies[MESSAGES_MAX];
    size_t count;
    struct sip_framer_counters counters;
};

static void drain(struct sip_framer *fr, struct output *out)
{
    struct sip_frame frame;

    while (sip_framer_next(fr, &frame) == SIP_FRAME_DONE) {
        assert_true(out->count < MESSAGES_MAX);
        out->texts[out->count] = malloc(frame.text.length + 1);
        memcpy(out->texts[out->count], frame.text.data, frame.text.length);
        out->texts[out->count][frame.text.length] = '\0';
        out->lengths[out->count] = frame.text.length;
        out->anomalies[out->count++] = frame.anomalies;
    }
}

/* Each piece is pushed from a block of its own that is gone afterwards. */
static void feed(struct sip_framer *fr, const char *data, size_t length,
                 struct output *out)
{
    char *piece = malloc(length ? length : 1);

    memcpy(piece, data, length);
    sip_framer_push(fr, span_of(piece, length));
    drain(fr, out);
    memset(piece, '#', length);
    free(piece);
}

static void run(const char *data, size_t length, const size_t *cuts,
                size_t cut_count, const struct sip_framer_limits *limits,
                struct output *out)
{
    struct sip_framer fr;
    size_t at = 0;

    memset(out, 0, sizeof(*out));
    sip_framer_init(&fr, limits);
    for (size_t i = 0; i < cut_count; i++) {
        feed(&fr, data + at, cuts[i] - at, out);
        at = cuts[i];
    }
    feed(&fr, data + at, length - at, out);
    sip_framer_break(&fr);
    drain(&fr, out);
    out->counters = fr.counters;
    sip_framer_fini(&fr);
}

static void output_fini(struct output *out)
{
    for (size_t i = 0; i < out->count; i++)
        free(out->texts[i]);
}

static void assert_same(const struct output *a, const struct output *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->lengths[i], b->lengths[i]);
        assert_memory_equal(a->texts[i], b->texts[i], a->lengths[i]);
        assert_memory_equal(&a->anomalies[i], &b->anomalies[i],
                            sizeof(a->anomalies[i]));
    }
    assert_memory_equal(&a->counters, &b->counters, sizeof(a->counters));
}

#define HEAD "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n"
#define EMPTY HEAD "Content-Length: 0\r\n\r\n"
#define WITH_BODY "SIP/2.0 200 OK\r\nl : 5\r\n\r\nhello"
#define FOLDED HEAD "CONTENT-LENGTH:\r\n  3\r\nX: y\r\n\r\nabc"
#define NO_LENGTH HEAD "\r\n"

struct row {
    const char *name;
    const char *input;
    const char *expected[4]; /* texts, NULL behind the last */
    uint64_t keep_alive;
    uint64_t junk;
    uint64_t truncated;
};

static const struct row rows[] = {
    {"one", EMPTY, {EMPTY}, 0, 0, 0},
    {"three", EMPTY WITH_BODY FOLDED, {EMPTY, WITH_BODY, FOLDED}, 0, 0, 0},
    {"keep-alives",
     "\r\n\r\n" EMPTY "\r\n\r\n" WITH_BODY "\r\n",
     {EMPTY, WITH_BODY},
     10,
     0,
     0},
    {"junk before", "in mid-message\r\na=b\r\n\r\n" EMPTY, {EMPTY}, 2, 21, 0},
    {"junk that looks like a line",
     "INVITE is a method\r\n" EMPTY,
     {EMPTY},
     0,
     20,
     0},
    {"a body without line end before",
     "<presence/>" WITH_BODY,
     {WITH_BODY},
     0,
     11,
     0},
    {"a request within a line", "<a>" EMPTY, {EMPTY}, 0, 3, 0},
    {"no length", NO_LENGTH EMPTY, {NO_LENGTH, EMPTY}, 0, 0, 0},
    {"no length, yet a body",
     NO_LENGTH "some text" EMPTY,
     {NO_LENGTH, EMPTY},
     0,
     9,
     0},
    {"no length, and a body of sipfrag",
     NO_LENGTH "SIP/2.0 100 Trying\r\n" EMPTY,
     {NO_LENGTH, EMPTY},
     0,
     20,
     0},
    {"joined in a body of sipfrag",
     "SIP/2.0 200 OK\r\n" EMPTY,
     {EMPTY},
     0,
     16,
     0},
    {"a length that is none",
     HEAD "l: -3\r\n\r\n<a>" EMPTY,
     {HEAD "l: -3\r\n\r\n", EMPTY},
     0,
     3,
     0},
    {"a length that no message has",
     HEAD "l: 2147483648\r\n\r\n" EMPTY,
     {HEAD "l: 2147483648\r\n\r\n", EMPTY},
     0,
     0,
     0},
    {"a length behind blanks",
     HEAD "Content-Length:   5\r\n\r\nhello" EMPTY,
     {HEAD "Content-Length:   5\r\n\r\nhello", EMPTY},
     0,
     0,
     0},
    {"a length without a blank",
     HEAD "Content-Length:5\r\n\r\nhello" EMPTY,
     {HEAD "Content-Length:5\r\n\r\nhello", EMPTY},
     0,
     0,
     0},
    {"a length with a blank behind it",
     HEAD "Content-Length: 5 \r\n\r\nhello" EMPTY,
     {HEAD "Content-Length: 5 \r\n\r\nhello", EMPTY},
     0,
     0,
     0},
    {"a length of ten digits",
     HEAD "Content-Length: 0000000005\r\n\r\nhello" EMPTY,
     {HEAD "Content-Length: 0000000005\r\n\r\nhello", EMPTY},
     0,
     0,
     0},
    {"a length in a fold",
     HEAD "Content-Length:\r\n 5\r\n\r\nhello" EMPTY,
     {HEAD "Content-Length:\r\n 5\r\n\r\nhello", EMPTY},
     0,
     0,
     0},
    {"a fold behind the length",
     HEAD "Content-Length: 5\r\n \r\n\r\nhello" EMPTY,
     {HEAD "Content-Length: 5\r\n \r\n\r\nhello", EMPTY},
     0,
     0,
     0},
    {"a length in small letters",
     HEAD "content-length : 5\r\n\r\nhello" EMPTY,
     {HEAD "content-length : 5\r\n\r\nhello", EMPTY},
     0,
     0,
     0},
    {"a length behind lines like it",
     HEAD "Content-Lengt: 1\r\nc: 2\r\nlength: 3\r\nContent-Length: "
          "5\r\n\r\nhello" EMPTY,
     {HEAD
      "Content-Lengt: 1\r\nc: 2\r\nlength: 3\r\nContent-Length: 5\r\n\r\nhello",
      EMPTY},
     0,
     0,
     0},
    {"a length with letters behind it",
     HEAD "Content-Length: 5x\r\n\r\n<a>" EMPTY,
     {HEAD "Content-Length: 5x\r\n\r\n", EMPTY},
     0,
     3,
     0},
    {"two lengths: the first",
     HEAD "l: 1\r\nl: 2\r\n\r\nx" EMPTY,
     {HEAD "l: 1\r\nl: 2\r\n\r\nx", EMPTY},
     0,
     0,
     0},
    {"cut in the body",
     "SIP/2.0 200 OK\r\nl: 9\r\n\r\nhello",
     {"SIP/2.0 200 OK\r\nl: 9\r\n\r\nhello"},
     0,
     0,
     1},
    {"cut in the headers", EMPTY HEAD "X", {EMPTY, HEAD "X"}, 0, 0, 1},
    {"cut in the start line", EMPTY "INVITE sip", {EMPTY}, 0, 10, 0},
    {"line ends of LF",
     "SIP/2.0 200 OK\nl: 2\n\nab" EMPTY,
     {"SIP/2.0 200 OK\nl: 2\n\nab", EMPTY},
     0,
     0,
     0},
    {"only junk", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", {NULL}, 2, 25, 0},
    {"nothing", "", {NULL}, 0, 0, 0},
};

static void check_row(const struct row *row, const struct output *out)
{
    size_t count = 0;

    while (count < 4 && row->expected[count])
        count++;
    if (out->count != count)
        fail_msg("%s: %zu messages", row->name, out->count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(out->texts[i], row->expected[i]);
    if (out->counters.keep_alive_bytes != row->keep_alive ||
        out->counters.junk_bytes != row->junk ||
        out->counters.truncated != row->truncated)
        fail_msg("%s: keep-alive %d junk %d truncated %d", row->name,
                 (int)out->counters.keep_alive_bytes,
                 (int)out->counters.junk_bytes, (int)out->counters.truncated);
    assert_int_equal(out->counters.messages, count);
    assert_int_equal(out->counters.message_bytes +
                         out->counters.keep_alive_bytes +
                         out->counters.junk_bytes,
                     strlen(row->input));
}

static void streams_are_framed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct output out;

        run(rows[i].input, strlen(rows[i].input), NULL, 0, NULL, &out);
        check_row(&rows[i], &out);
        output_fini(&out);
    }
}

static void segment_borders_mean_nothing(void **state)
{
    size_t every[1024];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(every); i++)
        every[i] = i + 1;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t length = strlen(rows[i].input);
        struct output whole, pieces;

        run(rows[i].input, length, NULL, 0, NULL, &whole);
        run(rows[i].input, length, every, length ? length - 1 : 0, NULL,
            &pieces);
        assert_same(&whole, &pieces);
        output_fini(&pieces);
        for (size_t cut = 0; cut <= length; cut++) {
            run(rows[i].input, length, &cut, 1, NULL, &pieces);
            assert_same(&whole, &pieces);
            output_fini(&pieces);
        }
        output_fini(&whole);
    }
}

static void a_whole_message_is_not_copied(void **state)
{
    static const char input[] = EMPTY WITH_BODY;
    struct sip_framer fr;
    struct sip_frame frame;

    (void)state;
    sip_framer_init(&fr, NULL);
    sip_framer_push(&fr, span_of(input, sizeof(input) - 1));
    assert_int_equal(sip_framer_next(&fr, &frame), SIP_FRAME_DONE);
    assert_ptr_equal(frame.text.data, input);
    assert_int_equal(sip_framer_next(&fr, &frame), SIP_FRAME_DONE);
    assert_ptr_equal(frame.text.data, input + sizeof(EMPTY) - 1);
    assert_int_equal(sip_framer_next(&fr, &frame), SIP_FRAME_MORE);
    assert_null(fr.held);
    sip_framer_fini(&fr);
}

static void a_break_ends_the_message(void **state)
{
    static const char begin[] = "SIP/2.0 200 OK\r\nl: 99\r\n\r\nhel";
    static const char after[] = "rest of it\r\n" EMPTY;
    struct output out = {0};
    struct sip_framer fr;

    (void)state;
    sip_framer_init(&fr, NULL);
    feed(&fr, begin, sizeof(begin) - 1, &out);
    assert_int_equal(out.count, 0);
    sip_framer_break(&fr);
    drain(&fr, &out);
    feed(&fr, after, sizeof(after) - 1, &out);
    assert_int_equal(out.count, 2);
    assert_string_equal(out.texts[0], begin);
    assert_true(anomaly_set_has(&out.anomalies[0], ANOMALY_MESSAGE_TRUNCATED));
    assert_string_equal(out.texts[1], EMPTY);
    assert_true(anomaly_set_empty(&out.anomalies[1]));
    assert_int_equal(fr.counters.junk_bytes, 12);
    output_fini(&out);
    sip_framer_fini(&fr);
}

/* NAT helpers send them to keep a path open. */
static void nuls_between_messages_are_no_part_of_them(void **state)
{
    static const char input[] = "\0\0\0\0" EMPTY "\0\r\n" WITH_BODY;
    size_t every[sizeof(input)];
    struct output whole, pieces;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(every); i++)
        every[i] = i + 1;
    run(input, sizeof(input) - 1, NULL, 0, NULL, &whole);
    assert_int_equal(whole.count, 2);
    assert_string_equal(whole.texts[0], EMPTY);
    assert_string_equal(whole.texts[1], WITH_BODY);
    assert_int_equal(whole.counters.keep_alive_bytes, 7);
    run(input, sizeof(input) - 1, every, sizeof(input) - 2, NULL, &pieces);
    assert_same(&whole, &pieces);
    output_fini(&whole);
    output_fini(&pieces);
}

static void a_message_beyond_the_limit_is_cut(void **state)
{
    static const struct sip_framer_limits limits = {.message_bytes = 100};
    static const char *const inputs[] = {
        HEAD "l: 500\r\n\r\n0123456789012345678901234567890123456789"
             "012345678901234567890123456789012345678901234567890123456789\r"
             "\n" WITH_BODY,
        HEAD "X: 0123456789012345678901234567890123456789012345678901234567890"
             "123456789012345678901234567890123456789\r\n\r\n" WITH_BODY,
    };
    size_t every[512];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(every); i++)
        every[i] = i + 1;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        struct output whole, pieces;
        size_t length = strlen(inputs[i]);

        run(inputs[i], length, NULL, 0, &limits, &whole);
        assert_int_equal(whole.count, 2);
        assert_int_equal(whole.lengths[0], 100);
        assert_int_equal(whole.counters.truncated, 1);
        assert_string_equal(whole.texts[1], WITH_BODY);
        run(inputs[i], length, every, length - 1, &limits, &pieces);
        assert_same(&whole, &pieces);
        output_fini(&whole);
        output_fini(&pieces);
    }
}

/* Byte by byte through long lines: seconds if each byte looked back. */
static void time_is_linear(void **state)
{
    size_t length = 900000;
    char *text = malloc(length);
    struct sip_framer fr;
    struct output out = {0};

    (void)state;
    memset(text, 'x', length);
    memcpy(text, HEAD "X: ", sizeof(HEAD) + 2);
    sip_framer_init(&fr, NULL);
    for (size_t i = 0; i < length; i++) {
        sip_framer_push(&fr, span_of(text + i, 1));
        drain(&fr, &out);
    }
    assert_int_equal(out.count, 0);
    sip_framer_break(&fr);
    drain(&fr, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.lengths[0], length);
    output_fini(&out);
    sip_framer_fini(&fr);
    free(text);
}

/* Found in steps, and byte by byte as it is said: the same. */
static void lines_that_tell_are_found(void **state)
{
    static const char kinds[] = "\n\n\rcCLlent-: x";
    static const struct {
        const char *line;
        bool tells;
    } lines[] = {
        {"", true},
        {"\r\n", true},
        {"\n", true},
        {"Content-Length: 1", true},
        {"cOnTenT-lENGTH : 1", true},
        {"l:1", true},
        {"L", true},
        {"c: a/b", true}, /* too short to say */
        {"Content-Type: a", false},
        {"Call-ID: a@b", false},
        {"Via: b", false},
    };
    char text[80];
    uint32_t seed = 1;

    (void)state;
    for (size_t round = 0; round < 20000; round++) {
        size_t length = round % sizeof(text), at = 0;
        char *piece;

        for (size_t i = 0; i < length; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = kinds[(seed >> 10) % (sizeof(kinds) - 1)];
        }
        piece = malloc(length ? length : 1); /* nothing behind it is read */
        memcpy(piece, text, length);
        while (at < length && (text[at] != '\n' ||
                               !sip_line_tells(text + at + 1, text + length)))
            at++;
        assert_ptr_equal(sip_telling_line_find(piece, piece + length),
                         piece + at);
        free(piece);
    }
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        assert_int_equal(sip_line_tells(lines[i].line,
                                        lines[i].line + strlen(lines[i].line)),
                         lines[i].tells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_framed),
        cmocka_unit_test(segment_borders_mean_nothing),
        cmocka_unit_test(a_whole_message_is_not_copied),
        cmocka_unit_test(a_break_ends_the_message),
        cmocka_unit_test(nuls_between_messages_are_no_part_of_them),
        cmocka_unit_test(a_message_beyond_the_limit_is_cut),
        cmocka_unit_test(time_is_linear),
        cmocka_unit_test(lines_that_tell_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
