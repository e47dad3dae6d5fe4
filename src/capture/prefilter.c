#include "capture/prefilter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Beside the filter: every Ethertype but IP's and ARP's (tags, MPLS, PPPoE),
 * later fragments, every protocol but TCP, UDP and ICMP, and the UDP ports on
 * which decode/ports.def looks for tunnels. Where a link has no Ethertypes the
 * second one compiles. A `vlan` shifts what stands behind it by a tag, so the
 * filter comes first.
 */
#define INSIDE_IP                                                              \
    " or (ip and not (ip[9] = 1 or ip[9] = 6 or ip[9] = 17))"                  \
    " or (ip and ip[6:2] & 0x1fff != 0)"                                       \
    " or (ip6 and not (ip6[6] = 6 or ip6[6] = 17 or ip6[6] = 58))"             \
    " or udp port 1701 or udp port 2152 or udp port 4341 or udp port 4500"     \
    " or udp port 4754 or udp port 4789 or udp port 4790 or udp port 5247"     \
    " or udp port 6081 or udp port 6635 or udp port 8472 or udp port 37008"

static const char *const widenings[] = {
    " or not (ip or ip6 or arp)" INSIDE_IP,
    INSIDE_IP,
    "",
};

static int compile(pcap_t *pcap, const char *text, const char *more,
                   struct bpf_program *program_out)
{
    size_t room = strlen(text) + strlen(more) + sizeof("()");
    char *whole = malloc(room);
    int rc = -ENOMEM;

    if (whole) {
        (void)snprintf(whole, room, "(%s)%s", text, more);
        rc = pcap_compile(pcap, program_out, whole, 1, PCAP_NETMASK_UNKNOWN)
                 ? -EINVAL
                 : 0;
    }
    free(whole);
    return rc;
}

int prefilter_compile(pcap_t *pcap, const char *text,
                      struct bpf_program *program_out, struct error *err)
{
    int rc = -EINVAL;

    /* By itself first: it must not close a bracket that is not its own. */
    if (pcap_compile(pcap, program_out, text, 1, PCAP_NETMASK_UNKNOWN))
        return error_set(err, -EINVAL, "filter '%s': %s", text,
                         pcap_geterr(pcap));
    for (size_t i = 0; i < sizeof(widenings) / sizeof(widenings[0]); i++) {
        struct bpf_program wide;

        rc = compile(pcap, text, widenings[i], &wide);
        if (rc == -ENOMEM)
            break;
        if (rc)
            continue;
        pcap_freecode(program_out);
        *program_out = wide;
        return 0;
    }
    pcap_freecode(program_out);
    return rc == -ENOMEM
               ? error_set(err, rc, "out of memory")
               : error_set(err, rc, "filter '%s': %s", text, pcap_geterr(pcap));
}
