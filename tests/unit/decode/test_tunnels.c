#include "test.h"

#include "decode/layers.h"

#define PACKET_MAX 256
#define A4 "c0000201"
#define B4 "c0000202"
#define MACS "020000000002 020000000001 "
#define UDP_HI "13c4 13c6 000a 0000 6869 "
#define IP4_UDP "4500 001e abcd 0000 4011 0000 " A4 B4 UDP_HI
#define OUTER4(length, protocol)                                               \
    "4500 " length " 0001 0000 3f" protocol " 0000 0a000001 0a000002 "

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    unsigned byte;

    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        assert_true(n < PACKET_MAX);
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        out[n++] = (uint8_t)byte;
        hex++;
    }
    return n;
}

static struct layers decode(const char *hex)
{
    uint8_t bytes[PACKET_MAX];
    struct packet p = {.data = bytes, .link_type = 101};
    struct layers l;

    p.length = p.wire_length = (uint32_t)from_hex(hex, bytes);
    layers_decode(&p, &l);
    return l;
}

/* What was undone is told, outermost first, with the ends of the outermost. */
static void test_told(void **state)
{
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {OUTER4("0032", "04") IP4_UDP, "ip 10.0.0.1 > 10.0.0.2"},
        {OUTER4("003a", "2f") "2000 0800 00000007" IP4_UDP,
         "gre:7 10.0.0.1 > 10.0.0.2"},
        {OUTER4("0042", "2f") "3001 880b 00220001 00000002 ff03 0021" IP4_UDP,
         "pptp:1 10.0.0.1 > 10.0.0.2"},
        {OUTER4("0052", "2f") "1000 88be 00000001 10640007 00000001 " MACS
                              "0800 " IP4_UDP,
         "erspan:7 10.0.0.1 > 10.0.0.2"},
        {OUTER4("0042", "11") "0868 0868 002e 0000 30ff 001e 00000009" IP4_UDP,
         "gtpu:9 10.0.0.1 > 10.0.0.2"},
        {OUTER4("0078", "11") "0868 0868 0064 0000 30ff 0054 00000001"
                              "4500 0050 0001 0000 3f11 0000 0a000003 0a000004"
                              "c000 12b5 003c 0000 08000000 00000100" MACS
                              "0800" IP4_UDP,
         "gtpu:1/vxlan:1 10.0.0.1 > 10.0.0.2"},
    };
    char text[TUNNELS_TEXT_BYTES];
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct layers l = decode(rows[i].hex);

        assert_int_equal(l.outcome, DECODE_UDP);
        assert_int_equal(l.tunnels, l.around.count);
        n = tunnels_write(&l.around, text);
        assert_int_equal(n, strlen(text));
        assert_string_equal(text, rows[i].text);
    }
}

/* The longest there can be; no more than fit are kept. */
static void test_longest(void **state)
{
    struct tunnels t = {.count = 0};
    struct tunnels back = {.count = 0};
    char text[TUNNELS_TEXT_BYTES];
    size_t n;

    (void)state;
    for (size_t i = 0; i <= TUNNELS_MAX; i++)
        tunnels_add(&t, (struct tunnel){TUNNEL_ETHERIP, true, UINT32_MAX});
    assert_int_equal(t.count, TUNNELS_MAX);
    t.src.family = t.dst.family = 6;
    memset(t.src.bytes, 0xee, 16);
    memset(t.dst.bytes, 0xee, 16);
    n = tunnels_write(&t, text);
    assert_int_equal(n, strlen(text));
    assert_true(strstr(text, "etherip:4294967295/etherip") == text);
    assert_string_equal(strchr(text, '>'),
                        "> eeee:eeee:eeee:eeee:eeee:eeee:eeee:eeee");
    n = tunnels_write_kinds(&t, text);
    assert_true(tunnels_parse_kinds(span_of(text, n), &back));
    back.src = t.src;
    back.dst = t.dst;
    assert_true(tunnels_equal(&t, &back));
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"ip", true},
        {"gre:0/vxlan:16777215/hep", true},
        {"", false},
        {"gre:", false},
        {"gre:4294967296", false},
        {"wire", false},
        {"ip//ip", false},
        {"ip/ip/ip/ip/ip/ip/ip/ip", true},
        {"ip/ip/ip/ip/ip/ip/ip/ip/ip", false},
    };
    char text[TUNNELS_KINDS_BYTES];
    struct tunnels t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool ok = tunnels_parse_kinds(span_of_string(rows[i].text), &t);

        assert_int_equal(ok, rows[i].ok);
        if (!ok)
            continue;
        (void)tunnels_write_kinds(&t, text);
        assert_string_equal(text, rows[i].text);
    }
    for (int k = 0; k < TUNNEL_KIND_COUNT; k++) {
        assert_true(tunnels_parse_kinds(
            span_of_string(tunnel_name((enum tunnel_kind)k)), &t));
        assert_int_equal(t.each[0].kind, k);
    }
}

static void test_equal(void **state)
{
    struct tunnels a = {1, {{TUNNEL_GRE, true, 7}}, {4, {10}}, {4, {11}}};
    struct tunnels b = a;

    (void)state;
    assert_true(tunnels_equal(&a, &b));
    b.each[0].id = 8;
    assert_false(tunnels_equal(&a, &b));
    b = a;
    b.each[0].has_id = false;
    assert_false(tunnels_equal(&a, &b));
    b = a;
    b.dst.bytes[0]++;
    assert_false(tunnels_equal(&a, &b));
    b = a;
    tunnels_add(&b, (struct tunnel){TUNNEL_IP, false, 0});
    assert_false(tunnels_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
