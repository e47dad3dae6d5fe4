/*
 * The kernel must let through whatever the filter matches, and whatever may
 * hold a match once it is undone; and not the rest, or it is for nothing.
 */
#include "test.h"

#include <errno.h>
#include <stdbool.h>

#include "capture/prefilter.h"

struct frame {
    uint8_t bytes[96];
    uint32_t length;
};

static void put16(struct frame *f, unsigned value)
{
    f->bytes[f->length++] = (uint8_t)(value >> 8);
    f->bytes[f->length++] = (uint8_t)value;
}

static struct frame ethernet(unsigned type)
{
    struct frame f = {.length = 12};

    put16(&f, type);
    return f;
}

static struct frame ipv4(unsigned protocol, unsigned fragment, unsigned port)
{
    struct frame f = ethernet(0x0800);
    uint8_t *ip = f.bytes + f.length;

    ip[0] = 0x45;
    ip[6] = (uint8_t)(fragment >> 8);
    ip[7] = (uint8_t)fragment;
    ip[9] = (uint8_t)protocol;
    f.length += 20;
    put16(&f, port);
    put16(&f, 40000);
    f.length += 24;
    return f;
}

static struct frame ipv6(unsigned protocol, unsigned port)
{
    struct frame f = ethernet(0x86dd);

    f.bytes[f.length] = 0x60;
    f.bytes[f.length + 6] = (uint8_t)protocol;
    f.length += 40;
    put16(&f, port);
    put16(&f, 40000);
    f.length += 24;
    return f;
}

static bool passes(const struct bpf_program *program, const struct frame *f)
{
    const struct pcap_pkthdr header = {.caplen = f->length, .len = f->length};

    return pcap_offline_filter(program, &header, f->bytes) != 0;
}

static void what_may_hold_a_match_passes(void **state)
{
    const struct {
        const char *name;
        struct frame frame;
        bool passes;
    } rows[] = {
        {"SIP", ipv4(17, 0, 5060), true},
        {"SIP over IPv6", ipv6(17, 5060), true},
        {"RTP", ipv4(17, 0, 20000), false},
        {"RTP over IPv6", ipv6(17, 20000), false},
        {"other TCP", ipv4(6, 0, 443), false},
        {"ICMP", ipv4(1, 0, 0), false},
        {"ARP", ethernet(0x0806), false},
        {"a later fragment", ipv4(17, 0x0010, 0), true},
        {"the first fragment of other", ipv4(17, 0x2000, 20000), false},
        {"a fragment of IPv6", ipv6(44, 0), true},
        {"hop-by-hop options", ipv6(0, 0), true},
        {"GRE", ipv4(47, 0, 0), true},
        {"IP in IP", ipv4(4, 0, 0), true},
        {"SCTP", ipv4(132, 0, 0), true},
        {"a tag", ethernet(0x8100), true},
        {"a provider's tag", ethernet(0x88a8), true},
        {"MPLS", ethernet(0x8847), true},
        {"PPPoE", ethernet(0x8864), true},
    };
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);
    struct bpf_program program;
    struct error err = {0};

    (void)state;
    assert_int_equal(prefilter_compile(pcap, "udp port 5060", &program, &err),
                     0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ROW_ASSERT(rows[i].name,
                   passes(&program, &rows[i].frame) == rows[i].passes);
    pcap_freecode(&program);
    pcap_close(pcap);
}

/* Every port on which a tunnel is looked for. */
static void ports_of_tunnels_pass(void **state)
{
    static const unsigned ports[] = {
#define PORT(NAME, number, step) number,
#include "decode/ports.def"
#undef PORT
    };
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);
    struct bpf_program program;

    (void)state;
    assert_int_equal(prefilter_compile(pcap, "host 192.0.2.1", &program, NULL),
                     0);
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        struct frame f = ipv4(17, 0, ports[i]);
        struct frame six = ipv6(17, ports[i]);

        assert_true(passes(&program, &f));
        assert_true(passes(&program, &six));
    }
    pcap_freecode(&program);
    pcap_close(pcap);
}

static void every_link_has_one(void **state)
{
    static const int links[] = {DLT_EN10MB, DLT_RAW, DLT_LINUX_SLL,
                                DLT_LINUX_SLL2, DLT_IEEE802_11};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        pcap_t *pcap = pcap_open_dead(links[i], 262144);
        struct bpf_program program;
        struct error err = {0};

        assert_int_equal(prefilter_compile(pcap, "port 5060", &program, &err),
                         0);
        pcap_freecode(&program);
        pcap_close(pcap);
    }
}

static void wrong_ones_are_refused(void **state)
{
    static const char *const texts[] = {"port port", "port 5060) or (udp", "("};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);
        struct bpf_program program;
        struct error err = {0};

        assert_int_equal(prefilter_compile(pcap, texts[i], &program, &err),
                         -EINVAL);
        assert_non_null(strstr(err.text, texts[i]));
        pcap_close(pcap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_hold_a_match_passes),
        cmocka_unit_test(ports_of_tunnels_pass),
        cmocka_unit_test(every_link_has_one),
        cmocka_unit_test(wrong_ones_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
