#include "test.h"

#include "decode/layers.h"
#include "flow/tcp.h"

#define TEXT "INVITE sip:bob@example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n"
#define TEXT_BYTES (sizeof(TEXT) - 1)
#define MS INT64_C(1000000)

/* What was told, as text: bytes, "[n]" for a gap, "$" for an end. */
struct told {
    char text[4096];
    size_t length;
    uint64_t frame;      /* of the newest bytes */
    int64_t gap_from_ns; /* of the newest gap */
    int64_t gap_to_ns;
    bool silent; /* for floods: nothing is kept */
};

static void tell(struct told *t, const char *bytes, size_t length)
{
    if (t->silent)
        return;
    assert_true(t->length + length < sizeof(t->text));
    memcpy(t->text + t->length, bytes, length);
    t->length += length;
    t->text[t->length] = 0;
}

static void bytes_fn(struct tcp_direction *d, const struct arrival *arrival,
                     struct span bytes, void *arg)
{
    struct told *t = arg;

    (void)d;
    tell(t, bytes.data, bytes.length);
    t->frame = arrival->frame;
}

/* "[n]", with ! where the bytes were on the wire but not captured. */
static void gap_fn(struct tcp_direction *d, const struct tcp_gap *gap,
                   void *arg)
{
    char text[32];
    int n =
        snprintf(text, sizeof(text), "[%llu%s]",
                 (unsigned long long)gap->missing_bytes, gap->cut ? "!" : "");
    struct told *t = arg;

    (void)d;
    assert_non_null(gap->arrival);
    t->gap_from_ns = gap->from_ns;
    t->gap_to_ns = gap->arrival->time_ns;
    tell(arg, text, (size_t)n);
}

static void end_fn(struct tcp_direction *d, void *arg)
{
    (void)d;
    tell(arg, "$", 1);
}

struct rig {
    struct tcp_pool pool;
    struct tcp_direction direction;
    struct told told;
    int64_t now_ns;
    uint64_t frame;
};

static void rig_init(struct rig *r)
{
    static const struct tcp_events events = {bytes_fn, gap_fn, end_fn, NULL};

    memset(r, 0, sizeof(*r));
    tcp_pool_init(&r->pool, &events, &r->told);
    r->pool.bytes_cap = 1 << 20;
    r->pool.stream_cap = 1 << 18;
    r->pool.gap_ns = 1000 * MS;
}

/* The payload is copied into memory of its own size, so that a sanitizer
   sees a read beyond it. */
static int push_wire(struct rig *r, uint32_t seq, uint8_t flags,
                     const char *bytes, size_t length, uint32_t wire_length)
{
    struct arrival arrival = {.frame = ++r->frame, .time_ns = r->now_ns};
    char *copy = length ? malloc(length) : NULL;
    struct tcp_segment s = {.seq = seq,
                            .flags = flags,
                            .payload = span_of(copy, length),
                            .wire_length = wire_length,
                            .arrival = &arrival};
    int rc;

    if (length)
        memcpy(copy, bytes, length);
    rc = tcp_direction_push(&r->pool, &r->direction, &s, r->now_ns);
    free(copy);
    return rc;
}

static void push(struct rig *r, uint32_t seq, uint8_t flags, const char *bytes,
                 size_t length)
{
    assert_int_equal(push_wire(r, seq, flags, bytes, length, (uint32_t)length),
                     0);
}

static void rig_check(struct rig *r, const char *name, const char *expected)
{
    if (strcmp(r->told.text, expected) != 0)
        fail_msg("%s: told \"%s\", expected \"%s\"", name, r->told.text,
                 expected);
}

static void rig_fini(struct rig *r)
{
    tcp_direction_end(&r->pool, &r->direction);
    assert_int_equal(r->pool.bytes, 0);
    assert_true(list_empty(&r->pool.waiting));
}

/* --- tables --------------------------------------------------------------- */

struct step {
    uint32_t seq;
    uint8_t flags;
    const char *bytes;
    uint32_t wire; /* 0: as many as there are bytes */
    int64_t wait_ms;
    uint32_t ack; /* by the other side, after it; 0 for none */
};

struct row {
    const char *name;
    struct step steps[10];
    const char *expected;
    uint64_t gaps;
    uint64_t duplicates;
    uint64_t differing;
};

#define S TCP_SYN
#define F TCP_FIN
#define R TCP_RST

static const struct row rows[] = {
    {"in order",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {13, 0, "def", 0, 0, 0},
      {16, F, "", 0, 0, 0}},
     "abcdef$",
     0,
     0,
     0},
    {"FIN with the last bytes",
     {{9, S, "", 0, 0, 0}, {10, F, "abc", 0, 0, 0}},
     "abc$",
     0,
     0,
     0},
    {"swapped",
     {{9, S, "", 0, 0, 0}, {13, 0, "def", 0, 0, 0}, {10, 0, "abc", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"FIN before the bytes",
     {{9, S, "", 0, 0, 0}, {13, F, "def", 0, 0, 0}, {10, 0, "abc", 0, 0, 0}},
     "abcdef$",
     0,
     0,
     0},
    {"wrap-around",
     {{0xfffffffd, S, "", 0, 0, 0},
      {1, 0, "def", 0, 0, 0},
      {0xfffffffe, 0, "abc", 0, 0, 0},
      {4, F, "", 0, 0, 0}},
     "abcdef$",
     0,
     0,
     0},
    {"joined without SYN",
     {{1000, 0, "abc", 0, 0, 0}, {1003, 0, "def", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"retransmitted",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {13, 0, "def", 0, 0, 0}},
     "abcdef",
     0,
     1,
     0},
    {"retransmitted with more",
     {{9, S, "", 0, 0, 0}, {10, 0, "abc", 0, 0, 0}, {10, 0, "abcdef", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"held twice",
     {{9, S, "", 0, 0, 0},
      {13, 0, "def", 0, 0, 0},
      {13, 0, "def", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0}},
     "abcdef",
     0,
     1,
     0},
    {"held twice, first wins",
     {{9, S, "", 0, 0, 0},
      {13, 0, "def", 0, 0, 0},
      {13, 0, "XYZ", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0}},
     "abcdef",
     0,
     1,
     1},
    {"held is first against what fills",
     {{9, S, "", 0, 0, 0}, {12, 0, "cd", 0, 0, 0}, {10, 0, "abXYef", 0, 0, 0}},
     "abcdef",
     0,
     0,
     1},
    {"one over several held",
     {{9, S, "", 0, 0, 0},
      {12, 0, "c", 0, 0, 0},
      {14, 0, "e", 0, 0, 0},
      {11, 0, "bcdef", 0, 0, 0},
      {10, 0, "a", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"overlaps held on both sides",
     {{9, S, "", 0, 0, 0},
      {11, 0, "bc", 0, 0, 0},
      {14, 0, "ef", 0, 0, 0},
      {12, 0, "cde", 0, 0, 0},
      {10, 0, "a", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"a hole waits for its time",
     {{9, S, "", 0, 0, 0}, {13, 0, "def", 0, 900, 0}, {16, 0, "ghi", 0, 0, 0}},
     "",
     0,
     0,
     0},
    {"a hole too old",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {15, 0, "fgh", 0, 1100, 0},
      {18, 0, "ijk", 0, 0, 0}},
     "abc[2]fghijk",
     1,
     0,
     0},
    {"two holes, one by one",
     {{9, S, "", 0, 0, 0},
      {11, 0, "b", 0, 0, 0},
      {13, 0, "d", 0, 1100, 0},
      {15, 0, "f", 0, 1100, 0}},
     "[1]b[1]d",
     2,
     0,
     0},
    {"acknowledged, so never to come",
     {{9, S, "", 0, 0, 0},
      {13, 0, "def", 0, 0, 16},
      {16, 0, "ghi", 0, 200, 19},
      {19, 0, "j", 0, 0, 0}},
     "[3]defghij",
     1,
     0,
     0},
    {"acknowledged a moment ago",
     {{9, S, "", 0, 0, 0}, {13, 0, "def", 0, 10, 16}, {10, 0, "abc", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"not acknowledged",
     {{9, S, "", 0, 0, 0},
      {13, 0, "def", 0, 200, 10},
      {16, 0, "g", 0, 0, 10},
      {10, 0, "abc", 0, 0, 0}},
     "abcdefg",
     0,
     0,
     0},
    {"keep-alive",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {12, 0, "?", 0, 0, 0},
      {13, 0, "def", 0, 0, 0}},
     "abcdef",
     0,
     1,
     0},
    {"empty segments",
     {{9, S, "", 0, 0, 0},
      {10, 0, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {13, 0, "", 0, 0, 0}},
     "abc",
     0,
     0,
     0},
    {"empty segments begin nothing",
     {{77, 0, "", 0, 0, 0}, {10, 0, "abc", 0, 0, 0}},
     "abc",
     0,
     0,
     0},
    {"cut by the snap length",
     {{9, S, "", 0, 0, 0}, {10, 0, "abc", 5, 0, 0}, {15, 0, "fgh", 0, 0, 0}},
     "abc[2!]fgh",
     1,
     0,
     0},
    {"held and cut",
     {{9, S, "", 0, 0, 0},
      {13, 0, "d", 3, 0, 0},
      {16, 0, "gh", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0}},
     "abcd[2!]gh",
     1,
     0,
     0},
    {"nothing of it captured",
     {{9, S, "", 0, 0, 0}, {10, 0, "", 4, 0, 0}, {14, 0, "ef", 0, 0, 0}},
     "[4!]ef",
     1,
     0,
     0},
    {"data with the SYN",
     {{9, S, "abc", 0, 0, 0}, {13, 0, "def", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"SYN again",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {9, S, "", 0, 0, 0},
      {13, 0, "def", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"SYN after the first bytes",
     {{10, 0, "abc", 0, 0, 0}, {9, S, "", 0, 0, 0}, {13, 0, "def", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"ports used again",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {5009, S, "", 0, 0, 0},
      {5010, 0, "xyz", 0, 0, 0}},
     "abc$xyz",
     0,
     0,
     0},
    {"ports used again with a hole open",
     {{9, S, "", 0, 0, 0},
      {11, 0, "bc", 0, 0, 0},
      {5009, S, "", 0, 0, 0},
      {5010, 0, "xyz", 0, 0, 0}},
     "[1]bc$xyz",
     1,
     0,
     0},
    {"ports used again after FIN",
     {{9, S, "", 0, 0, 0},
      {10, F, "abc", 0, 0, 0},
      {99, S, "", 0, 0, 0},
      {100, F, "xyz", 0, 0, 0}},
     "abc$xyz$",
     0,
     0,
     0},
    {"retransmitted after FIN",
     {{9, S, "", 0, 0, 0}, {10, F, "abc", 0, 0, 0}, {10, F, "abc", 0, 0, 0}},
     "abc$",
     0,
     1,
     0},
    {"reset",
     {{9, S, "", 0, 0, 0}, {10, 0, "abc", 0, 0, 0}, {13, R, "", 0, 0, 0}},
     "abc$",
     0,
     0,
     0},
    {"reset with a hole open",
     {{9, S, "", 0, 0, 0}, {11, 0, "bc", 0, 0, 0}, {13, R, "", 0, 0, 0}},
     "[1]bc$",
     1,
     0,
     0},
    {"reset of something else",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {900000000, R, "", 0, 0, 0},
      {13, 0, "def", 0, 0, 0}},
     "abcdef",
     0,
     0,
     0},
    {"far away is another connection",
     {{9, S, "", 0, 0, 0},
      {10, 0, "abc", 0, 0, 0},
      {900000000, 0, "xyz", 0, 0, 0}},
     "abc$xyz",
     0,
     0,
     0},
    {"far behind likewise",
     {{900000000, 0, "xyz", 0, 0, 0}, {10, 0, "abc", 0, 0, 0}},
     "xyz$abc",
     0,
     0,
     0},
    {"FIN whose last bytes never came",
     {{9, S, "", 0, 0, 0}, {10, 0, "abc", 0, 0, 0}, {15, F, "", 0, 1100, 0}},
     "abc[2]$",
     1,
     0,
     0},
    {"a byte of zero is no beginning",
     {{999, 0, "\0", 1, 0, 0}, {1000, 0, "abc", 0, 0, 0}},
     "abc",
     0,
     1,
     0},
};

static void run_row(const struct row *row)
{
    struct rig r;

    rig_init(&r);
    for (size_t i = 0; i < COUNT_OF(row->steps); i++) {
        const struct step *s = &row->steps[i];
        size_t length = s->bytes ? strlen(s->bytes) : 0;

        if (!s->bytes)
            break;
        if (s->wire == 1 && !length)
            length = 1; /* the NUL itself */
        assert_int_equal(push_wire(&r, s->seq, s->flags, s->bytes, length,
                                   s->wire ? s->wire : (uint32_t)length),
                         0);
        r.now_ns += s->wait_ms * MS;
        if (s->ack)
            tcp_direction_acknowledge(&r.pool, &r.direction, s->ack, r.now_ns);
        if (s->wait_ms)
            while (tcp_pool_expire(&r.pool, r.now_ns))
                ;
    }
    rig_check(&r, row->name, row->expected);
    ROW_ASSERT(row->name, r.pool.gaps == row->gaps);
    ROW_ASSERT(row->name, r.pool.duplicates == row->duplicates);
    ROW_ASSERT(row->name, r.pool.differing == row->differing);
    rig_fini(&r);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        run_row(&rows[i]);
}

/* --- the same bytes, however they are cut and shuffled ---------------------
 */

static void test_every_split(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= TEXT_BYTES; cut++)
        for (int swap = 0; swap < 2; swap++) {
            uint32_t isn = (uint32_t)(0 - cut); /* wraps somewhere inside */
            struct rig r;

            rig_init(&r);
            push(&r, isn, TCP_SYN, "", 0);
            if (swap)
                push(&r, isn + 1 + (uint32_t)cut, TCP_FIN, &TEXT[cut],
                     TEXT_BYTES - cut);
            push(&r, isn + 1, 0, TEXT, cut);
            if (!swap)
                push(&r, isn + 1 + (uint32_t)cut, TCP_FIN, &TEXT[cut],
                     TEXT_BYTES - cut);
            rig_check(&r, "split", TEXT "$");
            assert_int_equal(r.pool.gaps, 0);
            rig_fini(&r);
        }
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Cut anywhere, in any order, some twice, some overlapping. */
static void test_shuffled(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        uint32_t isn = next_random(&seed) * 257;
        uint32_t from[200];
        uint32_t to[200];
        size_t count = 0;
        struct rig r;

        rig_init(&r);
        for (uint32_t at = 0; at < TEXT_BYTES;) {
            uint32_t length = round % 2 ? 1 : 1 + next_random(&seed) % 20;
            uint32_t back = next_random(&seed) % 4 ? 0 : at / 2;

            if (length > TEXT_BYTES - at)
                length = (uint32_t)TEXT_BYTES - at;
            from[count] = at - back;
            to[count++] = at + length;
            at += length;
        }
        for (size_t i = count - 1; i > 0; i--) {
            size_t j = next_random(&seed) % (i + 1);
            uint32_t f = from[i];
            uint32_t t = to[i];

            from[i] = from[j];
            to[i] = to[j];
            from[j] = f;
            to[j] = t;
        }
        push(&r, isn, TCP_SYN, "", 0);
        for (size_t i = 0; i < count; i++) {
            push(&r, isn + 1 + from[i], 0, &TEXT[from[i]], to[i] - from[i]);
            if (next_random(&seed) % 5 == 0)
                push(&r, isn + 1 + from[i], 0, &TEXT[from[i]], to[i] - from[i]);
        }
        rig_check(&r, "shuffled", TEXT);
        assert_int_equal(r.pool.differing, 0);
        assert_int_equal(r.pool.gaps, 0);
        assert_int_equal(r.pool.bytes, 0);
        rig_fini(&r);
    }
}

/* What filled a hole is what completed the bytes behind it. */
static void test_arrival(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push(&r, 9, TCP_SYN, "", 0); /* frame 1 */
    push(&r, 13, 0, "def", 3);   /* 2 */
    push(&r, 10, 0, "abc", 3);   /* 3 */
    assert_int_equal(r.told.frame, 3);
    push(&r, 17, 0, "hij", 3); /* 4 */
    push(&r, 13, 0, "", 0);    /* 5 */
    r.now_ns += 2000 * MS;
    assert_ptr_equal(tcp_pool_expire(&r.pool, r.now_ns), &r.direction);
    assert_null(tcp_pool_expire(&r.pool, r.now_ns));
    assert_int_equal(r.told.frame, 4);
    rig_check(&r, "arrival", "abcdef[1]hij");
    rig_fini(&r);
}

/* --- bounds ----------------------------------------------------------------
 */

/* Every other byte, backwards: the worst order for a sorted list. */
static void test_disorder_is_bounded(void **state)
{
    struct rig r;
    uint32_t count = 100000;

    (void)state;
    rig_init(&r);
    r.told.silent = true;
    push(&r, 9, TCP_SYN, "", 0);
    for (uint32_t i = count; i > 0; i--) {
        push(&r, 10 + 2 * i, 0, "x", 1);
        assert_true(r.pool.bytes <= r.pool.stream_cap);
    }
    assert_true(r.pool.steps < (uint64_t)count * 600);
    rig_fini(&r);
}

static void test_stream_cap(void **state)
{
    static char block[1024];
    struct rig r;

    (void)state;
    memset(block, 'x', sizeof(block));
    rig_init(&r);
    r.told.silent = true;
    r.pool.stream_cap = 8 * sizeof(block);
    push(&r, 9, TCP_SYN, "", 0);
    for (uint32_t i = 0; i < 100; i++) {
        push(&r, 11 + i * 1024, 0, block, sizeof(block));
        assert_true(r.pool.bytes <= r.pool.stream_cap);
    }
    assert_int_equal(r.pool.gaps, 1);
    assert_int_equal(r.pool.gap_bytes, 1);
    rig_fini(&r);
}

static void test_pool_cap(void **state)
{
    static struct tcp_direction many[1000];
    struct rig r;

    (void)state;
    rig_init(&r);
    r.told.silent = true;
    r.pool.bytes_cap = 20000;
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        struct arrival arrival = {.frame = i};
        struct tcp_segment s = {.seq = 11,
                                .payload = SPAN_LITERAL("x"),
                                .wire_length = 1,
                                .arrival = &arrival};

        tcp_direction_start(&many[i], 10);
        assert_int_equal(tcp_direction_push(&r.pool, &many[i], &s, 0), 0);
        while (tcp_pool_shrink(&r.pool, 0))
            ;
        assert_true(r.pool.bytes <= r.pool.bytes_cap);
    }
    assert_null(many[0].first); /* the oldest gave way */
    assert_non_null(many[999].first);
    for (size_t i = 0; i < COUNT_OF(many); i++)
        tcp_direction_end(&r.pool, &many[i]);
    assert_int_equal(r.pool.gaps, COUNT_OF(many));
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_shuffled),
        cmocka_unit_test(test_arrival),
        cmocka_unit_test(test_disorder_is_bounded),
        cmocka_unit_test(test_stream_cap),
        cmocka_unit_test(test_pool_cap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
