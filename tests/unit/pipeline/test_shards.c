/*
 * A reader that never waits: while the thread is held up, what is more than
 * the queue holds is dropped, counted, and told of as a gap.
 */
#include "test.h"

#include <semaphore.h>

#include "pipeline/intake.h"
#include "pipeline/shards.h"

#define SECOND INT64_C(1000000000)
#define START (INT64_C(1790000000) * SECOND)
#define SENT 70000
#define KNOWN 7 /* a call that comes again and again: all of it is taken */

enum { FLOODER = 1, QUIET = 2 }; /* hosts */

struct held {
    sem_t reached; /* the thread stands in the sink */
    sem_t go;      /* it may go on */
    struct shards *shard;
    struct intake in;
    uint64_t dropped_told;
    uint64_t gap_rows;
    int64_t told_ns; /* the clock at the last tick */
    struct capture_gap gap;
};

static int on_tick(void *arg, int64_t clock_ns)
{
    struct held *h = arg;

    h->told_ns = clock_ns;
    (void)sem_post(&h->reached);
    (void)sem_wait(&h->go);
    return 0;
}

static int on_gap(void *arg, const struct capture_gap *gap)
{
    struct held *h = arg;

    h->gap_rows++;
    h->dropped_told += gap->packets;
    h->gap = *gap;
    return 0;
}

static int on_part(void *arg, const struct exchange_part *part)
{
    (void)arg;
    (void)part;
    return 0;
}

static int on_message(void *arg, struct observation *o)
{
    struct held *h = arg;

    return shards_push(h->shard, o, o->arrival.time_ns);
}

/* From a host that is the last byte of its address, the first line a request's
   or a response's. */
static void send_line(struct held *h, int64_t time_ns, unsigned number,
                      uint8_t host, const char *line)
{
    const uint8_t bytes[] = {192, 0, 2, host};
    struct arrival arrival = {.time_ns = time_ns,
                              .frame = number,
                              .source = 1,
                              .src = {.address = address_v4(bytes)},
                              .transport = TRANSPORT_UDP};
    struct flow_sink sink = intake_sink(&h->in);
    char text[512];
    struct anomaly_set none = {0};
    int length = snprintf(
        text, sizeof(text),
        "%s\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%u\r\n"
        "From: <sip:a@example.com>;tag=%u\r\nTo: <sip:bob@example.com>\r\n"
        "Call-ID: %u\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\r\n",
        line, number, number, number);

    sink.datagram_fn(sink.arg, &arrival, span_of(text, (size_t)length), &none);
}

static void send_one(struct held *h, int64_t time_ns, unsigned number)
{
    send_line(h, time_ns, number, FLOODER,
              "INVITE sip:bob@example.com SIP/2.0");
}

static void start(struct held *h, bool never_wait)
{
    struct correlator_limits limits = correlator_limits_default;
    const struct record_sink sink = {.arg = h,
                                     .wants_messages = true,
                                     .part_fn = on_part,
                                     .gap_fn = on_gap,
                                     .tick_fn = on_tick};
    const struct shards_options options = {.limits = &limits,
                                           .sink = &sink,
                                           .count = 1,
                                           .reorder_ns = SECOND / 2,
                                           .never_wait = never_wait,
                                           .source_count = 2};

    limits.live = true;
    *h = (struct held){0};
    assert_int_equal(sem_init(&h->reached, 0, 0), 0);
    assert_int_equal(sem_init(&h->go, 0, 0), 0);
    assert_int_equal(intake_init(&h->in), 0);
    h->in.take_fn = on_message;
    h->in.take_arg = h;
    assert_int_equal(shards_start(&options, &h->shard), 0);
}

static struct correlator_counters end(struct held *h, int64_t clock_ns)
{
    struct correlator_counters counters;
    uint64_t too_late;

    (void)sem_post(&h->go);
    (void)sem_post(&h->go);
    (void)sem_post(&h->go);
    assert_int_equal(shards_stop(h->shard, clock_ns, &counters, &too_late), 0);
    assert_int_equal(too_late, 0);
    intake_fini(&h->in);
    (void)sem_destroy(&h->reached);
    (void)sem_destroy(&h->go);
    return counters;
}

static void a_full_queue_drops_and_says_so(void **state)
{
    struct held h;
    struct correlator_counters counters;
    uint64_t dropped;

    (void)state;
    start(&h, true);
    assert_int_equal(shards_tick(h.shard, START), 0);
    (void)sem_wait(&h.reached);
    for (unsigned i = 0; i < SENT; i++)
        send_one(&h, START + SECOND + i * INT64_C(1000), KNOWN);
    assert_int_equal(h.in.failure, 0);
    dropped = shards_dropped(h.shard, 1);
    assert_int_equal(shards_dropped(h.shard, 0), 0);
    /* one batch is the thread's, the others were filled */
    assert_int_equal(SENT - dropped, 511 * 128);
    assert_int_equal(shards_depth(h.shard), 511);
    /* a tick finds no batch: nothing happens, nobody waits */
    assert_int_equal(shards_tick(h.shard, START + 2 * SECOND), 0);
    counters = end(&h, START + 30 * SECOND);
    assert_int_equal(counters.messages + dropped, SENT);
    assert_int_equal(h.gap_rows, 1);
    assert_int_equal(h.dropped_told, dropped);
    assert_int_equal(h.gap.kind, GAP_QUEUE);
    assert_int_equal(h.gap.source, 1);
    assert_int_equal(h.gap.src.family, 0);
    assert_true(h.gap.from_ns == START + SECOND + 511 * 128 * INT64_C(1000));
    assert_true(h.gap.to_ns == START + SECOND + (SENT - 1) * INT64_C(1000));
}

static void a_gap_waits_for_a_batch(void **state)
{
    struct held h;
    struct capture_gap gap = {.kind = GAP_KERNEL, .source = 0, .packets = 7};

    (void)state;
    start(&h, true);
    assert_int_equal(shards_tick(h.shard, START), 0);
    (void)sem_wait(&h.reached);
    for (unsigned i = 0; i < 511 * 128; i++)
        send_one(&h, START + SECOND, KNOWN);
    assert_int_equal(shards_dropped(h.shard, 1), 0);
    for (int i = 0; i < 3; i++) {
        gap.from_ns = START + (i + 1) * SECOND;
        gap.to_ns = gap.from_ns + SECOND;
        assert_int_equal(shards_gap(h.shard, &gap), 0);
    }
    (void)end(&h, START + 30 * SECOND);
    assert_int_equal(h.gap_rows, 1);
    assert_int_equal(h.gap.kind, GAP_KERNEL);
    assert_int_equal(h.gap.packets, 21);
    assert_true(h.gap.from_ns == START + SECOND);
    assert_true(h.gap.to_ns == START + 4 * SECOND);
}

/* The thread stands still, so the flood fills all that it may. */
static void of_a_flood_the_calls_among_it_come_in(void **state)
{
    struct held h;
    struct correlator_counters counters;
    uint64_t dropped;

    (void)state;
    start(&h, true);
    send_line(&h, START, KNOWN, FLOODER, "SIP/2.0 180 Ringing");
    assert_int_equal(shards_tick(h.shard, START), 0);
    (void)sem_wait(&h.reached);
    for (unsigned i = 1; i <= 300000; i++) {
        send_line(&h, START + SECOND + i, 1000 + i, FLOODER,
                  "INVITE sip:bob@example.com SIP/2.0");
        if (i % 15000)
            continue;
        dropped = shards_dropped(h.shard, 1);
        /* a new call from elsewhere, on this hop and on the next */
        send_line(&h, START + SECOND + i, 500 + i / 15000, QUIET,
                  "INVITE sip:bob@example.com SIP/2.0");
        send_line(&h, START + SECOND + i, 500 + i / 15000, FLOODER,
                  "SIP/2.0 200 OK");
        /* and one that was there before, by way of the flood */
        send_line(&h, START + SECOND + i, KNOWN, FLOODER,
                  "BYE sip:bob@example.com SIP/2.0");
        assert_int_equal(shards_dropped(h.shard, 1), dropped);
    }
    dropped = shards_dropped(h.shard, 1);
    assert_in_range(dropped, 300000 - 400 * 128, 300000 - 384 * 128 + 100);
    counters = end(&h, START + 30 * SECOND);
    assert_int_equal(counters.messages + dropped, 300000 + 3 * 20 + 1);
    assert_int_equal(h.dropped_told, dropped);
}

static void where_correlation_stands(void **state)
{
    struct shards_state at;
    struct held h;

    (void)state;
    start(&h, true);
    for (unsigned i = 0; i < 3; i++)
        send_one(&h, START, i);
    assert_int_equal(shards_tick(h.shard, START + SECOND), 0);
    (void)sem_wait(&h.reached);
    /* The thread still stands in that tick. */
    shards_state_read(h.shard, &at);
    assert_true(at.clock_ns < START);
    (void)sem_post(&h.go);
    assert_int_equal(shards_tick(h.shard, START + 2 * SECOND), 0);
    (void)sem_wait(&h.reached);
    shards_state_read(h.shard, &at);
    assert_true(at.clock_ns == START + SECOND);
    assert_int_equal(at.counters.messages, 3);
    assert_int_equal(at.calls_open, 3);
    assert_string_equal(at.fills[1].name, "exchanges");
    assert_int_equal(at.fills[1].count, 3);
    assert_int_equal(at.fills[1].limit, correlator_limits_default.exchanges);
    assert_int_equal(shards_depth_max(h.shard), 512);
    (void)end(&h, START + 30 * SECOND);
    /* The end is at the clock of the run, not at the last message. */
    assert_true(h.told_ns == START + 30 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_drops_and_says_so),
        cmocka_unit_test(a_gap_waits_for_a_batch),
        cmocka_unit_test(of_a_flood_the_calls_among_it_come_in),
        cmocka_unit_test(where_correlation_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
