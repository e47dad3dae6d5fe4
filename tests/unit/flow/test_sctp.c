#include "test.h"

#include "flow/sctp.h"
#include "guard.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define PACKET_BYTES 4096
#define B 2 /* flags of DATA */
#define E 1
#define U 4

/* --- packets, and a sink that writes down what it is told ------------------
 */

struct packet_bytes {
    uint8_t bytes[PACKET_BYTES];
    size_t length;
};

struct told {
    char text[65536];
    size_t length;
    unsigned messages;
    unsigned truncated;
    unsigned gaps;
    unsigned sip_gaps;
    struct arrival arrival; /* the newest */
    struct anomaly_set anomalies;
};

struct rig {
    struct sctp *sctp;
    struct told told;
    struct sctp_limits limits;
    int64_t now_ns;
    uint8_t src; /* host parts */
    uint8_t dst;
    uint32_t tag;
    bool bad;
};

static void put(struct packet_bytes *p, uint64_t value, unsigned bytes)
{
    assert_true(p->length + bytes <= PACKET_BYTES);
    while (bytes--)
        p->bytes[p->length++] = (uint8_t)(value >> 8 * bytes);
}

static void put_text(struct packet_bytes *p, struct span text)
{
    assert_true(p->length + text.length + 3 <= PACKET_BYTES);
    if (text.length)
        memcpy(p->bytes + p->length, text.data, text.length);
    p->length += text.length;
    while (p->length % 4)
        p->bytes[p->length++] = 0;
}

struct data {
    uint32_t tsn;
    uint16_t stream;
    uint32_t message; /* SSN; MID where interleaved */
    unsigned flags;
    uint32_t fsn;
    bool interleaved;
};

static void put_data(struct packet_bytes *p, struct data d, struct span text)
{
    put(p, d.interleaved ? 64 : 0, 1);
    put(p, d.flags, 1);
    put(p, (d.interleaved ? 20 : 16) + text.length, 2);
    put(p, d.tsn, 4);
    put(p, d.stream, 2);
    if (d.interleaved) {
        put(p, 0, 2);
        put(p, d.message, 4);
        put(p, d.flags & B ? 46 : d.fsn, 4);
    } else {
        put(p, d.message, 2);
        put(p, 46, 4);
    }
    put_text(p, text);
}

/* A control chunk without a value. */
static void put_chunk(struct packet_bytes *p, uint8_t type)
{
    put(p, type, 1);
    put(p, 0, 1);
    put(p, 4, 2);
}

static bool message_fn(void *arg, const struct arrival *arrival,
                       struct span bytes, const struct anomaly_set *anomalies,
                       bool sip)
{
    struct told *t = arg;

    (void)sip;
    assert_true(t->length + bytes.length + 1 < sizeof(t->text));
    if (bytes.length)
        memcpy(t->text + t->length, bytes.data, bytes.length);
    t->length += bytes.length;
    t->text[t->length++] = '|';
    t->text[t->length] = 0;
    t->messages++;
    t->truncated += arrival->truncated;
    t->arrival = *arrival;
    t->anomalies = *anomalies;
    return span_starts_nocase(bytes, SPAN_LITERAL("SIP/"));
}

static void gap_fn(void *arg, const struct arrival *arrival, int64_t since_ns,
                   bool sip)
{
    struct told *t = arg;

    assert_true(since_ns <= arrival->time_ns);
    t->gaps++;
    t->sip_gaps += sip;
}

static void rig_init(struct rig *r)
{
    const struct sctp_sink sink = {&r->told, message_fn, gap_fn};

    memset(r, 0, sizeof(*r));
    r->limits = (struct sctp_limits){.directions = 64,
                                     .bytes = 65536,
                                     .message_bytes = 16384,
                                     .gap_ns = 5 * SECOND,
                                     .idle_ns = 3600 * SECOND};
    r->now_ns = SECOND;
    r->src = 1;
    r->dst = 2;
    r->tag = 0x1234;
    assert_int_equal(sctp_new(&r->limits, &sink, &r->sctp), 0);
}

static void rig_fini(struct rig *r)
{
    sctp_expire(r->sctp, INT64_MAX);
    assert_int_equal(sctp_bytes(r->sctp), 0);
    sctp_free(r->sctp);
}

static int push_wire(struct rig *r, const void *bytes, size_t length,
                     size_t wire)
{
    uint8_t src[4] = {192, 0, 2, r->src};
    uint8_t dst[4] = {192, 0, 2, r->dst};
    const struct anomaly_set none = {0};
    const struct arrival arrival = {.time_ns = r->now_ns,
                                    .transport = TRANSPORT_SCTP,
                                    .src = {address_v4(src), 5060},
                                    .dst = {address_v4(dst), 5060}};
    const struct sctp_packet packet = {.tag = r->tag,
                                       .chunks = span_of(bytes, length),
                                       .wire = (uint32_t)wire,
                                       .arrival = &arrival,
                                       .anomalies = &none};
    int rc = sctp_push(r->sctp, &packet, r->now_ns, &r->bad);

    assert_true(rc >= 0);
    return rc;
}

static int push(struct rig *r, const struct packet_bytes *p)
{
    return push_wire(r, p->bytes, p->length, p->length);
}

static int push_data(struct rig *r, struct data d, const char *text)
{
    struct packet_bytes p = {.length = 0};

    put_data(&p, d, span_of_string(text));
    return push(r, &p);
}

static void check_told(const struct rig *r, const char *expected)
{
    if (strcmp(r->told.text, expected) != 0)
        fail_msg("told \"%s\", expected \"%s\"", r->told.text, expected);
}

/* --- whole messages ---------------------------------------------------------
 */

static void test_bundled(void **state)
{
    struct packet_bytes p = {.length = 0};
    struct rig r;

    (void)state;
    rig_init(&r);
    put_chunk(&p, 3); /* SACK, as far as anybody looks */
    put_data(&p, (struct data){.tsn = 7, .flags = B | E},
             SPAN_LITERAL("SIP/2.0 100"));
    put_data(&p, (struct data){.tsn = 8, .stream = 3, .flags = B | E | U},
             SPAN_LITERAL("two"));
    put_data(&p, (struct data){.tsn = 9, .flags = B | E, .interleaved = true},
             SPAN_LITERAL("three"));
    assert_int_equal(push(&r, &p), 1);
    check_told(&r, "SIP/2.0 100|two|three|");
    assert_int_equal(r.told.arrival.time_ns, SECOND);
    assert_int_equal(r.told.truncated, 0);
    assert_false(r.bad);
    assert_int_equal(sctp_counters_of(r.sctp)->messages, 3);
    /* What carries SIP goes on doing so, the way back for itself. */
    p.length = 0;
    put_chunk(&p, 3);
    assert_int_equal(push(&r, &p), 1);
    r.src = 2;
    r.dst = 1;
    assert_int_equal(push(&r, &p), 0);
    rig_fini(&r);
}

static void test_retransmitted(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push_data(&r, (struct data){.tsn = 5, .flags = B | E}, "five");
    push_data(&r, (struct data){.tsn = 6, .flags = B | E}, "six");
    push_data(&r, (struct data){.tsn = 5, .flags = B | E}, "five");
    push_data(&r, (struct data){.tsn = 4, .flags = B | E}, "four"); /* late */
    push_data(&r, (struct data){.tsn = 6, .flags = B | E}, "six");
    push_data(&r, (struct data){.tsn = 2000, .flags = B | E}, "later");
    push_data(&r, (struct data){.tsn = 6, .flags = B | E}, "six");
    check_told(&r, "five|six|four|later|");
    assert_int_equal(sctp_counters_of(r.sctp)->duplicates, 3);
    rig_fini(&r);
}

/* --- fragments --------------------------------------------------------------
 */

#define PARTS 5
static const char *const part_texts[PARTS] = {"SIP/2.0 ", "200 OK", "\r\n", "a",
                                              "bcde"};
#define PARTS_TOLD "SIP/2.0 200 OK\r\nabcde|"

static void push_part(struct rig *r, unsigned part, uint32_t first,
                      struct data d)
{
    d.tsn = first + part;
    d.fsn = part;
    d.flags |= part == 0 ? B : 0u;
    d.flags |= part == PARTS - 1 ? E : 0u;
    push_data(r, d, part_texts[part]);
}

/* Permutation number @p n. */
static void permute(unsigned n, unsigned order[PARTS])
{
    unsigned left[PARTS] = {0, 1, 2, 3, 4};

    for (unsigned i = PARTS; i > 0; i--) {
        unsigned at = n % i;

        n /= i;
        order[PARTS - i] = left[at];
        memmove(left + at, left + at + 1, (PARTS - at - 1) * sizeof(left[0]));
    }
}

static void test_every_order(void **state)
{
    static const struct data kinds[] = {
        {.stream = 1, .message = 9},
        {.stream = 1, .message = 9, .flags = U},
        {.stream = 2, .message = 0x10009, .interleaved = true},
        {.stream = 2, .message = 9, .flags = U, .interleaved = true},
    };
    static const uint32_t firsts[] = {1, 0xfffffffeu}; /* the TSN wraps */

    (void)state;
    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        for (size_t f = 0; f < COUNT_OF(firsts); f++)
            for (unsigned n = 0; n < 120; n++) {
                unsigned order[PARTS];
                struct rig r;

                rig_init(&r);
                permute(n, order);
                for (unsigned i = 0; i < PARTS; i++) {
                    r.now_ns += MS;
                    push_part(&r, order[i], firsts[f], kinds[k]);
                    push_part(&r, order[i], firsts[f], kinds[k]);
                }
                check_told(&r, PARTS_TOLD);
                assert_int_equal(r.told.arrival.time_ns, SECOND + PARTS * MS);
                assert_int_equal(sctp_counters_of(r.sctp)->duplicates, PARTS);
                assert_int_equal(sctp_counters_of(r.sctp)->reassembled, 1);
                assert_int_equal(sctp_bytes(r.sctp), 0);
                rig_fini(&r);
            }
}

/* Parts of two messages by turns, as I-DATA has them. */
static void test_interleaved(void **state)
{
    const struct data a = {.message = 1, .interleaved = true};
    struct rig r;

    (void)state;
    rig_init(&r);
    for (unsigned i = 0; i < PARTS; i++) {
        struct data b = {.message = 2,
                         .interleaved = true,
                         .tsn = 1 + 2 * i,
                         .fsn = i,
                         .flags = i == 0           ? B
                                  : i == PARTS - 1 ? E
                                                   : 0};
        struct data own = a;

        push_data(&r, b, "b");
        own.tsn = 2 + 2 * i;
        own.fsn = i;
        own.flags = b.flags;
        push_data(&r, own, part_texts[i]);
    }
    check_told(&r, "bbbbb|" PARTS_TOLD);
    rig_fini(&r);
}

/* Messages next to each other do not run into one. */
static void test_neighbours(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push_data(&r, (struct data){.tsn = 2, .flags = E}, "B");
    push_data(&r, (struct data){.tsn = 3, .message = 1, .flags = B}, "C");
    push_data(&r, (struct data){.tsn = 4, .message = 1, .flags = E}, "D");
    push_data(&r, (struct data){.tsn = 1, .flags = B}, "A");
    check_told(&r, "CD|AB|");
    rig_fini(&r);
}

static void test_gap(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push_data(&r, (struct data){.tsn = 1, .flags = B}, "SIP/2.0 ");
    push_data(&r, (struct data){.tsn = 2}, "200 OK");
    push_data(&r, (struct data){.tsn = 4, .flags = E}, "tail");
    sctp_expire(r.sctp, r.now_ns + 5 * SECOND - 1);
    check_told(&r, "");
    sctp_expire(r.sctp, r.now_ns + 5 * SECOND);
    check_told(&r, "SIP/2.0 200 OK|");
    assert_int_equal(r.told.truncated, 1);
    assert_true(anomaly_set_has(&r.told.anomalies, ANOMALY_SCTP_GAP));
    assert_true(anomaly_set_has(&r.told.anomalies, ANOMALY_MESSAGE_TRUNCATED));
    assert_int_equal(sctp_counters_of(r.sctp)->gaps, 2);
    assert_int_equal(r.told.gaps, 2);
    assert_int_equal(r.told.sip_gaps, 2); /* the first one showed what it is */
    assert_int_equal(sctp_counters_of(r.sctp)->dropped_bytes, 4);
    rig_fini(&r);
}

/* --- associations -----------------------------------------------------------
 */

/* The other path of a host with two addresses: what was lost on the first. */
static void test_second_path(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "one");
    push_data(&r, (struct data){.tsn = 2, .flags = B}, "t");
    r.src = 11;
    r.dst = 12;
    push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "one");
    push_data(&r, (struct data){.tsn = 3, .flags = E}, "wo");
    check_told(&r, "one|two|");
    assert_int_equal(r.told.arrival.src.address.bytes[3], 11);
    assert_int_equal(sctp_counters_of(r.sctp)->directions, 1);
    rig_fini(&r);
}

/* Two associations that chose one tag: other bytes for the same TSN. */
static void test_same_tag(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "one");
    r.src = 11;
    push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "uno");
    push_data(&r, (struct data){.tsn = 2, .flags = B | E}, "due");
    r.src = 1;
    push_data(&r, (struct data){.tsn = 2, .flags = B | E}, "two");
    check_told(&r, "one|uno|due|two|");
    assert_int_equal(sctp_counters_of(r.sctp)->directions, 2);
    rig_fini(&r);
}

static void test_ports_reused(void **state)
{
    static const uint8_t ends[] = {2, 6, 14}; /* INIT ACK, ABORT, COMPLETE */

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct packet_bytes p = {.length = 0};
        struct rig r;

        rig_init(&r);
        push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "old");
        push_data(&r, (struct data){.tsn = 2, .flags = B}, "half");
        r.tag++; /* another association on the same ports */
        push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "other");
        r.tag--;
        put_chunk(&p, ends[i]);
        push(&r, &p);
        push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "new");
        check_told(&r, "old|other|half|new|");
        rig_fini(&r);
    }
}

/* A sequence that begins anew far from the old one, without a word. */
static void test_begins_anew(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push_data(&r, (struct data){.tsn = 0x40000000, .flags = B | E}, "old");
    push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "new");
    push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "new");
    check_told(&r, "old|new|");
    rig_fini(&r);
}

static void test_idle(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    push_data(&r, (struct data){.tsn = 1, .flags = B | E}, "one");
    sctp_expire(r.sctp, r.now_ns + r.limits.idle_ns);
    assert_int_equal(sctp_counters_of(r.sctp)->expired, 1);
    rig_fini(&r);
}

/* --- bad input --------------------------------------------------------------
 */

static void test_bad_lengths(void **state)
{
    static const struct {
        const char *name;
        uint8_t length; /* the chunk's */
        uint8_t wire;   /* what there is */
    } rows[] = {
        {"0", 0, 20},
        {"1", 1, 20},
        {"2", 2, 20},
        {"3", 3, 20},
        {"beyond the packet", 24, 20},
        {"DATA without a whole header", 15, 20},
        {"DATA without user data", 16, 20},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t bytes[20] = {0, B | E, 0, rows[i].length, 0, 0, 0, 1};
        struct rig r;

        rig_init(&r);
        push_wire(&r, bytes, rows[i].wire, rows[i].wire);
        ROW_ASSERT(rows[i].name, r.bad);
        ROW_ASSERT(rows[i].name, r.told.messages == 0);
        rig_fini(&r);
    }
}

/* Cut by the snap length at every byte: whole chunks stay whole. */
static void test_every_cut(void **state)
{
    struct guard g = guard_new(PACKET_BYTES);
    struct packet_bytes p = {.length = 0};

    (void)state;
    put_chunk(&p, 3);
    put_data(&p, (struct data){.tsn = 1, .flags = B | E},
             SPAN_LITERAL("first"));
    put_data(&p, (struct data){.tsn = 2, .flags = B}, SPAN_LITERAL("sec"));
    put_data(&p, (struct data){.tsn = 3, .flags = E}, SPAN_LITERAL("ond"));
    put_data(&p, (struct data){.tsn = 4, .flags = B | E, .interleaved = true},
             SPAN_LITERAL("third"));
    for (size_t cut = 0; cut <= p.length; cut++) {
        struct rig r;

        rig_init(&r);
        push_wire(&r, guard_copy(&g, p.bytes, cut), cut, p.length);
        assert_false(r.bad);
        if (cut > 0)
            sctp_expire(r.sctp, INT64_MAX);
        assert_true(cut < 21 ||
                    !memcmp(r.told.text, "first", cut - 20 < 5 ? cut - 20 : 5));
        if (cut > 20 && cut < 25)
            assert_int_equal(r.told.truncated, 1);
        if (cut == 50) /* "sec", and "o" of the rest */
            check_told(&r, "first|sec|");
        if (cut == p.length)
            check_told(&r, "first|second|third|");
        rig_fini(&r);
    }
    guard_free(&g);
}

static void test_floods(void **state)
{
    struct rig r;

    (void)state;
    rig_init(&r);
    for (uint32_t i = 0; i < 20000; i++) { /* never a neighbour */
        push_data(&r, (struct data){.tsn = 2 * i}, "part");
        r.told.length = 0;
        assert_true(sctp_bytes(r.sctp) <= r.limits.bytes);
    }
    assert_true(sctp_bytes(r.sctp) < 64 * 1024);
    for (uint32_t i = 0; i < 20000; i++) { /* an association each */
        r.tag = i;
        push_data(&r, (struct data){.tsn = 1, .flags = B}, "first");
        r.told.length = 0;
        assert_true(sctp_bytes(r.sctp) <= r.limits.bytes);
    }
    assert_true(sctp_counters_of(r.sctp)->dropped > 19000);
    rig_fini(&r);
}

/* A message that never ends is handed on at its limit. */
static void test_endless(void **state)
{
    static char kilobyte[1025];
    struct rig r;

    (void)state;
    memset(kilobyte, 'x', 1024);
    rig_init(&r);
    for (uint32_t i = 0; i < 64; i++)
        push_data(&r, (struct data){.tsn = i, .flags = i ? 0 : B}, kilobyte);
    assert_int_equal(r.told.messages, 1);
    assert_int_equal(r.told.truncated, 1);
    assert_int_equal(r.told.length, 17 * 1024 + 1);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundled),
        cmocka_unit_test(test_retransmitted),
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_interleaved),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_second_path),
        cmocka_unit_test(test_same_tag),
        cmocka_unit_test(test_ports_reused),
        cmocka_unit_test(test_begins_anew),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_bad_lengths),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_endless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
