/*
 * Floods: what a stranger can send at will must neither take memory without
 * end nor time out of proportion, and every packet is counted.
 *
 * FLOOD=1000000 sends so many packets of each kind, with the limits of the
 * program; without it they are fewer, and the limits smaller likewise.
 */
#include "test.h"

#include <malloc.h>
#include <time.h>

#include "pipeline/intake.h"

#define MS INT64_C(1000000)

/* nDPI with its tables, the slab in use, and what malloc() itself takes. */
#define FIXED_BYTES ((size_t)48 << 20)
/* A flow, with its stream where it has one. */
#define FLOW_BYTES 1024

struct flood {
    struct intake in;
    struct flow_table *table;
    struct flow_limits limits;
    uint64_t packets;
    uint64_t messages;
    int64_t now_ns;
    size_t base_bytes;
    size_t peak_bytes;
};

static size_t heap_bytes(void)
{
    struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

static int take_message(void *arg, struct observation *o)
{
    struct flood *f = arg;

    f->messages++;
    observation_release(o);
    return 0;
}

static size_t bound(const struct flood *f)
{
    return f->limits.flows * FLOW_BYTES + f->limits.reassembly_bytes +
           f->limits.fragment_bytes + INTAKE_STREAM_BYTES + FIXED_BYTES;
}

static void flood_open(struct flood *f, uint64_t count)
{
    struct flow_sink sink;

    memset(f, 0, sizeof(*f));
    f->base_bytes = heap_bytes();
    f->limits = flow_limits_default;
    if (count < 1000000)
        f->limits.flows = count / 4;
    f->now_ns = INT64_C(1700000000000) * MS;
    assert_int_equal(intake_init(&f->in), 0);
    f->in.take_fn = take_message;
    f->in.take_arg = f;
    sink = intake_sink(&f->in);
    assert_int_equal(flow_table_new(&f->limits, &sink, &f->table), 0);
}

static uint64_t all_packets(const struct flow_counters *c)
{
    return c->datagrams + c->segments + c->fragments + c->not_sip_packets +
           c->not_ip + c->other_ip + c->icmp + c->malformed;
}

static void flood_close(struct flood *f)
{
    flow_flush(f->table);
    assert_int_equal(all_packets(flow_counters_of(f->table)), f->packets);
    flow_table_free(f->table);
    assert_int_equal(f->in.stream_bytes, 0);
    assert_true(list_empty(&f->in.streams));
    assert_int_equal(f->in.failure, 0);
    intake_fini(&f->in);
}

static void push(struct flood *f, struct layers *l)
{
    struct packet p = {.time_ns = f->now_ns, .frame = ++f->packets};

    l->payload_wire = (uint32_t)l->payload.length;
    assert_int_equal(flow_push(f->table, &p, l), 0);
}

/* A source of its own for each number, in no order. */
static struct layers layers_of(enum decode_outcome outcome, uint64_t number)
{
    uint32_t mixed = (uint32_t)number * 2654435761u;
    const uint8_t src[4] = {(uint8_t)(mixed >> 24), (uint8_t)(mixed >> 16),
                            (uint8_t)(mixed >> 8), (uint8_t)mixed};
    const uint8_t dst[4] = {192, 0, 2, 1};

    return (struct layers){.outcome = outcome,
                           .src = {address_v4(src), (uint16_t)(mixed >> 3)},
                           .dst = {address_v4(dst), 5060},
                           .ip_protocol = outcome == DECODE_TCP ? 6 : 17,
                           .tcp = {.seq = (uint32_t)number}};
}

static void push_tcp(struct flood *f, uint64_t number, uint8_t flags,
                     uint32_t ahead, struct span payload)
{
    struct layers l = layers_of(DECODE_TCP, number);

    l.tcp.flags = flags;
    l.tcp.seq += ahead;
    l.payload = payload;
    push(f, &l);
}

#define BEGINNING                                                              \
    "INVITE sip:bob@example.com SIP/2.0\r\n"                                   \
    "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n"

static void syn(struct flood *f, uint64_t number)
{
    push_tcp(f, number, TCP_SYN, 0, SPAN_NONE);
}

static void syn_and_answer(struct flood *f, uint64_t number)
{
    struct layers l = layers_of(DECODE_TCP, number);
    struct endpoint src = l.src;

    push_tcp(f, number, TCP_SYN, 0, SPAN_NONE);
    l.src = l.dst;
    l.dst = src;
    l.tcp.flags = TCP_SYN | TCP_ACK;
    push(f, &l);
}

static void half_a_message(struct flood *f, uint64_t number)
{
    push_tcp(f, number, TCP_SYN, 0, SPAN_NONE);
    push_tcp(f, number, TCP_ACK, 1, SPAN_LITERAL(BEGINNING));
}

/* Each holds a message of which the body never ends. */
static void half_a_body(struct flood *f, uint64_t number)
{
    static char body[9000];

    push_tcp(f, number, TCP_ACK, 1,
             SPAN_LITERAL(BEGINNING "Content-Length: 900000\r\n\r\n"));
    push_tcp(f, number, TCP_ACK,
             1 + sizeof(BEGINNING "Content-Length: 900000\r\n\r\n") - 1,
             span_of(body, sizeof(body)));
}

static void holes(struct flood *f, uint64_t number)
{
    push_tcp(f, number, TCP_ACK, 1, SPAN_LITERAL(BEGINNING));
    push_tcp(f, number, TCP_ACK, 4000, SPAN_LITERAL(BEGINNING));
    push_tcp(f, number, TCP_ACK | TCP_FIN, 9000, SPAN_NONE);
}

/* One stream, every second byte of it missing. */
static void holes_in_one(struct flood *f, uint64_t number)
{
    struct layers l = layers_of(DECODE_TCP, 1);

    l.tcp.seq = (uint32_t)number * 2;
    l.payload = SPAN_LITERAL("x");
    if (number < 2)
        l.payload = SPAN_LITERAL(BEGINNING);
    push(f, &l);
}

static void first_bytes(struct flood *f, uint64_t number)
{
    push_tcp(f, number, TCP_ACK, 0, SPAN_LITERAL("REG"));
}

static void sip_datagrams(struct flood *f, uint64_t number)
{
    struct layers l = layers_of(DECODE_UDP, number);

    l.payload = SPAN_LITERAL(BEGINNING "\r\n");
    push(f, &l);
}

static void other_datagrams(struct flood *f, uint64_t number)
{
    struct layers l = layers_of(DECODE_UDP, number);

    l.payload = SPAN_LITERAL("\x80\x08\0\1\0\0\0\1\0\0\0\1xxxxxxxxxxxxxxxx");
    push(f, &l);
}

static void first_fragments(struct flood *f, uint64_t number)
{
    static char bytes[1480];
    struct layers l = layers_of(DECODE_FRAGMENT, number);

    l.fragment.id = (uint32_t)number;
    l.fragment.more = true;
    l.payload = span_of(bytes, number % 2 ? 8 : sizeof(bytes));
    push(f, &l);
}

/* Each of one datagram, none of them fitting another. */
static void fragments_of_one(struct flood *f, uint64_t number)
{
    static char bytes[64];
    struct layers l = layers_of(DECODE_FRAGMENT, 1);

    l.fragment.id = 7;
    l.fragment.more = true;
    l.fragment.offset = (uint32_t)(number * 64 % 65472);
    l.payload = span_of(bytes, 56);
    push(f, &l);
}

static const struct kind {
    const char *name;
    void (*send_fn)(struct flood *f, uint64_t number);
} kinds[] = {
    {"SYN", syn},
    {"SYN and its answer", syn_and_answer},
    {"half a message", half_a_message},
    {"half a body", half_a_body},
    {"holes", holes},
    {"holes in one stream", holes_in_one},
    {"first bytes", first_bytes},
    {"SIP from anywhere", sip_datagrams},
    {"no SIP from anywhere", other_datagrams},
    {"first fragments", first_fragments},
    {"fragments of one datagram", fragments_of_one},
};

static double send(struct flood *f, const struct kind *kind, uint64_t from,
                   uint64_t to)
{
    clock_t begun = clock();

    for (uint64_t i = from; i < to; i++) {
        f->now_ns += MS / 20; /* 20,000 a second */
        kind->send_fn(f, i);
        if (i % 16384 == 0 && heap_bytes() > f->peak_bytes)
            f->peak_bytes = heap_bytes();
    }
    return (double)(clock() - begun) / CLOCKS_PER_SEC;
}

static void test_floods(void **state)
{
    const char *wish = getenv("FLOOD");
    uint64_t count = wish ? strtoull(wish, NULL, 10) : 60000;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct flood f;
        double first;
        double last;
        size_t used;

        flood_open(&f, count);
        (void)send(&f, &kinds[i], 0, count / 4);
        first = send(&f, &kinds[i], count / 4, count / 2);
        (void)send(&f, &kinds[i], count / 2, count / 4 * 3);
        last = send(&f, &kinds[i], count / 4 * 3, count);
        used = f.peak_bytes - f.base_bytes;
        print_message("%-26s %8llu packets, %4zu of %zu MiB, %.2f s, then "
                      "%.2f s\n",
                      kinds[i].name, (unsigned long long)f.packets, used >> 20,
                      bound(&f) >> 20, first, last);
        if (f.peak_bytes && used > bound(&f))
            fail_msg("%s: %zu bytes, %zu allowed", kinds[i].name, used,
                     bound(&f));
        if (last > first * 4 + 0.5)
            fail_msg("%s: %.2f s for a quarter, %.2f s for the last",
                     kinds[i].name, first, last);
        flood_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
