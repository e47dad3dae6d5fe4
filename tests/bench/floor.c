/* floor FILE: only pcap_loop, the floor under every reader of captures. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

struct totals {
    unsigned long long packets;
    unsigned long long bytes;
};

static void totals_add(u_char *arg, const struct pcap_pkthdr *header,
                       const u_char *bytes)
{
    struct totals *totals = (struct totals *)(void *)arg;

    (void)bytes;
    totals->packets++;
    totals->bytes += header->caplen;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct totals totals = {0, 0};
    pcap_t *pcap;

    if (argc != 2) {
        fprintf(stderr, "usage: floor FILE\n");
        return 2;
    }
    pcap = pcap_open_offline(argv[1], error);
    if (!pcap) {
        fprintf(stderr, "floor: %s\n", error);
        return 1;
    }
    if (pcap_loop(pcap, -1, totals_add, (u_char *)&totals) < 0) {
        fprintf(stderr, "floor: %s: %s\n", argv[1], pcap_geterr(pcap));
        pcap_close(pcap);
        return 1;
    }
    pcap_close(pcap);
    printf("%llu packets, %llu bytes\n", totals.packets, totals.bytes);
    return 0;
}
