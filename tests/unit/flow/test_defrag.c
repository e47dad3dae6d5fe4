#include "test.h"

#include "flow/defrag.h"

#define SECOND INT64_C(1000000000)
#define LIVE (30 * SECOND)

/* 24 bytes in three blocks. */
#define TEXT "AAAAAAAABBBBBBBBCCCCCCCC"

struct fragment {
    uint32_t offset;
    const char *bytes;
    bool more;
    uint32_t missing; /* bytes of it that were not captured */
};

struct row {
    const char *name;
    struct fragment fragments[8];
    const char *whole; /* NULL: never whole */
    bool overlap;
    uint64_t bad;
    bool truncated;
};

#define A "AAAAAAAA"
#define B "BBBBBBBB"
#define C "CCCCCCCC"

static const struct row rows[] = {
    {"in order",
     {{0, A, true, 0}, {8, B, true, 0}, {16, C, false, 0}},
     TEXT,
     false,
     0,
     false},
    {"last first",
     {{16, C, false, 0}, {8, B, true, 0}, {0, A, true, 0}},
     TEXT,
     false,
     0,
     false},
    {"middle last",
     {{16, C, false, 0}, {0, A, true, 0}, {8, B, true, 0}},
     TEXT,
     false,
     0,
     false},
    {"odd length at the end",
     {{0, A B, true, 0}, {16, "CCC", false, 0}},
     A B "CCC",
     false,
     0,
     false},
    {"one byte at the end",
     {{16, "C", false, 0}, {0, A B, true, 0}},
     A B "C",
     false,
     0,
     false},
    {"a single one", {{0, "AAA", false, 0}}, "AAA", false, 0, false},
    {"twice",
     {{0, A, true, 0}, {0, A, true, 0}, {8, B C, false, 0}},
     TEXT,
     false,
     0,
     false},
    {"twice, other bytes",
     {{0, A, true, 0}, {0, "XXXXXXXX", true, 0}, {8, B C, false, 0}},
     TEXT,
     true,
     0,
     false},
    {"overlapping",
     {{0, A B, true, 0}, {8, B C, false, 0}},
     TEXT,
     true,
     0,
     false},
    {"overlapping, first bytes win",
     {{0, A B, true, 0}, {8, "XXXXXXXX" C, false, 0}},
     TEXT,
     true,
     0,
     false},
    {"overlapping from below",
     {{8, B C, false, 0}, {0, A "XXXXXXXX", true, 0}},
     TEXT,
     true,
     0,
     false},
    {"a hole", {{0, A, true, 0}, {16, C, false, 0}}, NULL, false, 0, false},
    {"no end", {{0, A, true, 0}, {8, B, true, 0}}, NULL, false, 0, false},
    {"length not of eights", {{0, "AAAA", true, 0}}, NULL, false, 1, false},
    {"empty", {{8, "", true, 0}}, NULL, false, 1, false},
    {"beyond the largest datagram",
     {{65528, A, true, 0}},
     NULL,
     false,
     1,
     false},
    {"beyond the end",
     {{8, B, false, 0}, {16, C, true, 0}},
     NULL,
     false,
     1,
     false},
    {"two ends",
     {{8, B, false, 0}, {16, C, false, 0}, {0, A, true, 0}},
     A B,
     false,
     1,
     false},
    {"an end before what is there",
     {{16, C, true, 0}, {8, B, false, 0}},
     NULL,
     false,
     1,
     false},
    {"cut in the middle",
     {{0, "AAAA", true, 4}, {8, B C, false, 0}},
     "AAAA",
     false,
     0,
     true},
    {"cut at the end",
     {{8, B "CC", false, 6}, {0, A, true, 0}},
     A B "CC",
     false,
     0,
     true},
};

static struct packet packet_of(uint64_t frame)
{
    return (struct packet){.frame = frame};
}

static struct layers layers_of(const struct fragment *f, const char *bytes)
{
    struct layers l = {.outcome = DECODE_FRAGMENT, .ip_protocol = 17};

    l.src.address = address_v4((const uint8_t *)"\xc0\0\2\1");
    l.dst.address = address_v4((const uint8_t *)"\xc0\0\2\2");
    l.payload = span_of(bytes, strlen(f->bytes));
    l.payload_wire = (uint32_t)(l.payload.length + f->missing);
    l.fragment.id = 7;
    l.fragment.offset = f->offset;
    l.fragment.more = f->more;
    return l;
}

/* From memory of its own size, so that a sanitizer sees a read beyond it. */
static enum defrag_result push(struct defrag *d, const struct fragment *f,
                               struct defrag_datagram *out)
{
    size_t length = strlen(f->bytes);
    char *copy = malloc(length ? length : 1);
    struct packet packet = packet_of(1);
    enum defrag_result result;
    struct layers l;

    assert_non_null(copy);
    memcpy(copy, f->bytes, length);
    l = layers_of(f, copy);
    result = defrag_push(d, &packet, &l, 0, out);
    free(copy);
    return result;
}

static void check_whole(const struct row *row, const struct defrag_datagram *g)
{
    ROW_ASSERT(row->name, row->whole);
    ROW_ASSERT(row->name,
               span_equal(g->layers.payload, span_of_string(row->whole)));
    ROW_ASSERT(row->name, g->truncated == row->truncated);
    ROW_ASSERT(row->name,
               anomaly_set_has(&g->layers.anomalies,
                               ANOMALY_FRAGMENT_OVERLAP) == row->overlap);
}

static void run_row(const struct row *row)
{
    struct defrag_datagram g;
    struct defrag *d;
    bool whole = false;

    assert_int_equal(defrag_new(1 << 20, LIVE, &d), 0);
    for (size_t i = 0; i < COUNT_OF(row->fragments); i++) {
        if (!row->fragments[i].bytes)
            break;
        if (push(d, &row->fragments[i], &g) != DEFRAG_DONE)
            continue;
        ROW_ASSERT(row->name, !whole);
        whole = true;
        check_whole(row, &g);
    }
    ROW_ASSERT(row->name, whole == (row->whole != NULL));
    ROW_ASSERT(row->name, defrag_counters_of(d)->bad == row->bad);
    while (defrag_expire(d, INT64_MAX, &g))
        ;
    ROW_ASSERT(row->name, defrag_bytes(d) == 0);
    defrag_free(d);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        run_row(&rows[i]);
}

/* 100 blocks and a bit, in any order, some twice: the same bytes. */
static void test_shuffled(void **state)
{
    char text[805];
    uint32_t seed = 3;

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 23);
    for (unsigned round = 0; round < 300; round++) {
        uint32_t order[101];
        struct defrag_datagram g;
        struct defrag *d;
        bool whole = false;

        for (uint32_t i = 0; i < COUNT_OF(order); i++)
            order[i] = i;
        for (uint32_t i = COUNT_OF(order) - 1; i > 0; i--) {
            uint32_t keep = order[i];
            uint32_t j;

            seed = seed * 1664525u + 1013904223u;
            j = (seed >> 8) % (i + 1);
            order[i] = order[j];
            order[j] = keep;
        }
        assert_int_equal(defrag_new(1 << 20, LIVE, &d), 0);
        for (uint32_t i = 0; i < COUNT_OF(order); i++) {
            struct fragment f = {order[i] * 8, "", order[i] != 100, 0};
            struct packet packet = packet_of(i);
            struct layers l = layers_of(&f, NULL);

            l.payload = span_part(span_of(text, sizeof(text)), f.offset, 8);
            l.payload_wire = (uint32_t)l.payload.length;
            assert_false(whole);
            whole = defrag_push(d, &packet, &l, 0, &g) == DEFRAG_DONE;
        }
        assert_true(whole);
        assert_true(span_equal(g.layers.payload, span_of(text, sizeof(text))));
        assert_int_equal(g.packet.frame, 100);
        assert_int_equal(g.fragments, 101);
        defrag_free(d);
    }
}

/* Other addresses, protocol, identification, VLAN: another datagram. */
static void test_keys(void **state)
{
    static const struct fragment first = {0, A, true, 0};
    static const struct fragment rest = {8, B, false, 0};
    struct packet packet = packet_of(1);

    (void)state;
    for (unsigned change = 0; change < 6; change++) {
        struct layers l = layers_of(&rest, rest.bytes);
        struct defrag_datagram g;
        struct defrag *d;

        assert_int_equal(defrag_new(1 << 20, LIVE, &d), 0);
        assert_int_equal(push(d, &first, &g), DEFRAG_MORE);
        l.src.address.bytes[3] ^= change == 1;
        l.dst.address.bytes[3] ^= change == 2;
        l.ip_protocol = change == 3 ? 6 : 17;
        l.fragment.id += change == 4;
        l.vlan = change == 5;
        assert_int_equal(defrag_push(d, &packet, &l, 0, &g),
                         change ? DEFRAG_MORE : DEFRAG_DONE);
        defrag_free(d);
    }
}

/* A mirror that shows each fragment twice makes one datagram, not one and a
   half; a copy of the whole row of fragments makes two. */
static void test_copies(void **state)
{
    static const struct fragment f[] = {
        {0, A, true, 0}, {8, B, true, 0}, {16, C, false, 0}};
    struct defrag_datagram g;
    struct defrag *d;
    unsigned whole = 0;

    (void)state;
    assert_int_equal(defrag_new(1 << 20, LIVE, &d), 0);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 6; i++)
            whole += push(d, &f[i / 2], &g) == DEFRAG_DONE;
    assert_int_equal(whole, 2);
    for (unsigned i = 0; i < 6; i++)
        whole += push(d, &f[i % 3], &g) == DEFRAG_DONE;
    assert_int_equal(whole, 4);
    assert_false(defrag_expire(d, INT64_MAX, &g));
    assert_int_equal(defrag_bytes(d), 0);
    defrag_free(d);
}

static void test_expire(void **state)
{
    static const struct fragment f[] = {
        {0, A, true, 0}, {8, B, true, 0}, {24, A, true, 0}};
    struct defrag_datagram g;
    struct defrag *d;

    (void)state;
    assert_int_equal(defrag_new(1 << 20, LIVE, &d), 0);
    for (size_t i = 0; i < COUNT_OF(f); i++)
        assert_int_equal(push(d, &f[i], &g), DEFRAG_MORE);
    assert_false(defrag_expire(d, LIVE - 1, &g));
    assert_true(defrag_expire(d, LIVE, &g));
    assert_true(span_equal(g.layers.payload, SPAN_LITERAL(A B)));
    assert_true(g.truncated);
    assert_int_equal(g.fragments, 3);
    assert_true(
        anomaly_set_has(&g.layers.anomalies, ANOMALY_FRAGMENTS_EXPIRED));
    assert_false(defrag_expire(d, LIVE, &g));
    assert_int_equal(defrag_counters_of(d)->fragments_expired, 3);
    assert_int_equal(defrag_counters_of(d)->datagrams_expired, 1);
    defrag_free(d);
}

static void test_cap(void **state)
{
    struct packet packet = packet_of(1);
    struct defrag_datagram g;
    struct defrag *d;
    unsigned given_up = 0;

    (void)state;
    assert_int_equal(defrag_new(10000, LIVE, &d), 0);
    for (uint32_t id = 0; id < 1000; id++) {
        struct fragment f = {id % 7 ? 0 : 65000, A, true, 0};
        struct layers l = layers_of(&f, f.bytes);

        l.fragment.id = id;
        assert_int_equal(defrag_push(d, &packet, &l, 0, &g), DEFRAG_MORE);
        while (defrag_expire(d, 0, &g))
            given_up++;
        assert_true(defrag_bytes(d) <= 10000);
    }
    assert_true(given_up > 900);
    assert_int_equal(defrag_counters_of(d)->dropped, given_up);
    defrag_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),   cmocka_unit_test(test_shuffled),
        cmocka_unit_test(test_keys),   cmocka_unit_test(test_copies),
        cmocka_unit_test(test_expire), cmocka_unit_test(test_cap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
