#include "test.h"

#include "cli/frame.h"
#include "decode/layers.h"

static struct endpoint endpoint(const char *text, uint16_t port)
{
    struct endpoint e = {.port = port};

    assert_true(address_parse(span_of_string(text), &e.address));
    return e;
}

/* One's complement sum over what a receiver checks: 0 where it is right. */
static unsigned residue(const uint8_t *bytes, size_t length, unsigned sum)
{
    for (size_t i = 0; i < length; i++)
        sum += (unsigned)bytes[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum ^ 0xffff;
}

static const struct {
    const char *name;
    const char *src;
    const char *dst;
    bool tcp;
    uint16_t vlan;
    const char *payload;
} rows[] = {
    {"udp", "192.0.2.1", "198.51.100.7", false, 0, "OPTIONS x"},
    {"udp, odd length", "192.0.2.1", "198.51.100.7", false, 0, "OPTION"},
    {"tcp", "192.0.2.1", "198.51.100.7", true, 0, "INVITE sip:x"},
    {"udp over v6", "2001:db8::1", "2001:db8::2", false, 0, "BYE"},
    {"tcp over v6, vlan", "2001:db8::1", "2001:db8::2", true, 100, "BYE y"},
    {"nothing in it", "192.0.2.1", "198.51.100.7", false, 7, ""},
};

/* What we write our own decoder reads, and the sums are right. */
static void frames_decode(void **state)
{
    uint8_t buffer[FRAME_HEADERS_MAX + 64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct frame f = {.src = endpoint(rows[i].src, 5060),
                          .dst = endpoint(rows[i].dst, 5080),
                          .vlan = rows[i].vlan,
                          .tcp = rows[i].tcp,
                          .seq = 4711,
                          .ack = 42,
                          .push = true,
                          .payload = span_of_string(rows[i].payload)};
        size_t n = frame_write(&f, buffer);
        struct packet p = {.data = buffer,
                           .length = (uint32_t)n,
                           .wire_length = (uint32_t)n,
                           .link_type = 1};
        size_t ip = rows[i].vlan ? 18 : 14;
        size_t addresses = f.src.address.family == 4 ? 8 : 32;
        size_t header = f.src.address.family == 4 ? 20 : 40;
        struct layers l;

        layers_decode(&p, &l);
        ROW_ASSERT(rows[i].name,
                   l.outcome == (rows[i].tcp ? DECODE_TCP : DECODE_UDP));
        ROW_ASSERT(rows[i].name, endpoint_equal(&l.src, &f.src));
        ROW_ASSERT(rows[i].name, endpoint_equal(&l.dst, &f.dst));
        ROW_ASSERT(rows[i].name, span_equal(l.payload, f.payload));
        ROW_ASSERT(rows[i].name, l.vlan == rows[i].vlan);
        ROW_ASSERT(rows[i].name, !rows[i].tcp || l.tcp.seq == 4711);
        ROW_ASSERT(rows[i].name, anomaly_set_empty(&l.anomalies));
        if (f.src.address.family == 4)
            ROW_ASSERT(rows[i].name, residue(buffer + ip, 20, 0) == 0);
        ROW_ASSERT(rows[i].name, residue(buffer + ip + header - addresses,
                                         n - ip - header + addresses,
                                         (rows[i].tcp ? 6 : 17) +
                                             (unsigned)(n - ip - header)) == 0);
    }
}

static void no_address_no_frame(void **state)
{
    uint8_t buffer[FRAME_HEADERS_MAX];
    struct frame f = {.src = endpoint("192.0.2.1", 1),
                      .dst = endpoint("2001:db8::1", 1)};

    (void)state;
    assert_int_equal(frame_write(&f, buffer), 0);
    f.dst = (struct endpoint){0};
    assert_int_equal(frame_write(&f, buffer), 0);
}

static void long_payload_is_cut(void **state)
{
    static char payload[70000];
    static uint8_t buffer[FRAME_HEADERS_MAX + FRAME_PAYLOAD_MAX];
    struct frame f = {.src = endpoint("192.0.2.1", 1),
                      .dst = endpoint("192.0.2.2", 1),
                      .tcp = true,
                      .payload = span_of(payload, sizeof(payload))};

    (void)state;
    assert_int_equal(frame_write(&f, buffer), 14 + 20 + 20 + FRAME_PAYLOAD_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_decode),
        cmocka_unit_test(no_address_no_frame),
        cmocka_unit_test(long_payload_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
