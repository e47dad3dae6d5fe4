/*
 * multiply [-a] COPIES IN OUT: put copies of a capture one behind the other, as
 * if the traffic had gone on, each made of other calls. OUT may be '-', stdout:
 * what is read from there may be longer than the disk is large.
 *
 * In copy K the mark m000, which the scenarios put into Call-IDs, tags and
 * branches, becomes mKKK; Kamailio's branches are turned by K. -a also gives
 * each copy addresses of its own, 10.100.x.y becoming 10.(100+K).x.y in IP
 * headers and in the text of SIP and SDP; after 156 copies they come again. All
 * in place, byte for byte, so that lengths and TCP sequence numbers stay true;
 * checksums do not.
 */
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ETHERNET = 14, COPIES_MAX = 1000, NETWORKS = 156 };

struct capture {
    struct pcap_pkthdr *headers;
    uint8_t **bytes;
    size_t count;
    size_t room;
};

struct copy {
    unsigned number;
    int addresses;
};

static void *grow(void *old, size_t count, size_t size)
{
    void *grown = reallocarray(old, count, size);

    if (!grown) {
        fprintf(stderr, "multiply: out of memory\n");
        exit(1);
    }
    return grown;
}

static void capture_read(struct capture *capture, pcap_t *pcap)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;

    while (pcap_next_ex(pcap, &header, &bytes) == 1) {
        if (capture->count == capture->room) {
            capture->room = capture->room ? capture->room * 2 : 4096;
            capture->headers = grow(capture->headers, capture->room,
                                    sizeof(*capture->headers));
            capture->bytes =
                grow(capture->bytes, capture->room, sizeof(*capture->bytes));
        }
        capture->headers[capture->count] = *header;
        capture->bytes[capture->count] = grow(NULL, header->caplen, 1);
        memcpy(capture->bytes[capture->count], bytes, header->caplen);
        capture->count++;
    }
}

static void digits_write(uint8_t *at, unsigned number)
{
    at[0] = (uint8_t)('0' + number / 100 % 10);
    at[1] = (uint8_t)('0' + number / 10 % 10);
    at[2] = (uint8_t)('0' + number % 10);
}

static unsigned network_of(const struct copy *copy)
{
    return 100 + copy->number % NETWORKS;
}

/* Every m000 and, with -a, every 10.100. of the text. */
static void marks_write(uint8_t *text, size_t len, const struct copy *copy)
{
    uint8_t *end = text + len;
    uint8_t *at;

    for (at = text; (at = memmem(at, (size_t)(end - at), "m000", 4)); at += 4)
        digits_write(at + 1, copy->number);
    if (!copy->addresses)
        return;
    for (at = text; (at = memmem(at, (size_t)(end - at), "10.100.", 7));
         at += 7)
        digits_write(at + 3, network_of(copy));
}

/* z9hG4bK<hex>.<hex>.<n>: the last of the hexadecimal digits turned by K. */
static void branches_write(uint8_t *text, size_t len, const struct copy *copy)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *end = text + len;
    uint8_t *at = text;

    while ((at = memmem(at, (size_t)(end - at), "z9hG4bK", 7))) {
        unsigned turn = copy->number;
        size_t n = 0;

        at += 7;
        while (at + n < end && n < 64 && at[n] > ' ' && at[n] != ';')
            n++;
        if (n < 8 || at[0] == '-')
            continue;
        for (n -= 3; n > 4 && turn; n--) {
            const char *d = memchr(digits, at[n], 16);

            if (!d)
                break;
            at[n] = (uint8_t)digits[((unsigned)(d - digits) + turn) % 16];
            turn /= 16;
        }
    }
}

static void packet_change(uint8_t *packet, size_t len, const struct copy *copy)
{
    uint8_t *ip = packet + ETHERNET;
    size_t head;

    if (len < ETHERNET + 20 || ip[0] >> 4 != 4)
        return;
    if (copy->addresses) {
        if (ip[12] == 10 && ip[13] == 100)
            ip[13] = (uint8_t)network_of(copy);
        if (ip[16] == 10 && ip[17] == 100)
            ip[17] = (uint8_t)network_of(copy);
    }
    head = ETHERNET + (size_t)(ip[0] & 15) * 4 + 8;
    if (len <= head || (ip[9] == 17 && packet[head] >> 6 == 2))
        return; /* nothing in it, or RTP */
    marks_write(packet + head, len - head, copy);
    branches_write(packet + head, len - head, copy);
}

static int64_t time_us(const struct pcap_pkthdr *header)
{
    return (int64_t)header->ts.tv_sec * 1000000 + header->ts.tv_usec;
}

static void copy_write(const struct capture *capture, const struct copy *copy,
                       int64_t shift_us, pcap_dumper_t *out)
{
    static uint8_t packet[262144];
    size_t i;

    for (i = 0; i < capture->count; i++) {
        struct pcap_pkthdr header = capture->headers[i];
        int64_t at = time_us(&header) + shift_us;

        if (header.caplen > sizeof(packet))
            continue;
        memcpy(packet, capture->bytes[i], header.caplen);
        packet_change(packet, header.caplen, copy);
        header.ts.tv_sec = at / 1000000;
        header.ts.tv_usec = at % 1000000;
        pcap_dump((u_char *)out, &header, packet);
    }
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct capture capture = {0};
    struct copy copy = {0, 0};
    unsigned copies;
    pcap_t *in;
    pcap_dumper_t *out;
    int64_t span_us;

    if (argc > 1 && strcmp(argv[1], "-a") == 0) {
        copy.addresses = 1;
        argv++;
        argc--;
    }
    copies = argc == 4 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    if (copies < 1 || copies > COPIES_MAX) {
        fprintf(stderr, "usage: multiply [-a] 1..%d IN OUT\n", COPIES_MAX);
        return 2;
    }
    in = pcap_open_offline(argv[2], error);
    if (!in) {
        fprintf(stderr, "multiply: %s\n", error);
        return 1;
    }
    capture_read(&capture, in);
    out = pcap_dump_open(in, argv[3]);
    if (!out || capture.count == 0) {
        fprintf(stderr, "multiply: %s: %s\n", argv[3],
                out ? "nothing to copy" : pcap_geterr(in));
        return 1;
    }
    span_us = time_us(&capture.headers[capture.count - 1]) -
              time_us(&capture.headers[0]) + 20000;
    for (copy.number = 0; copy.number < copies; copy.number++)
        copy_write(&capture, &copy, span_us * copy.number, out);
    if (pcap_dump_flush(out) < 0) {
        fprintf(stderr, "multiply: %s: cannot write\n", argv[3]);
        return 1;
    }
    pcap_dump_close(out);
    pcap_close(in);
    fprintf(stderr, "%zu packets\n", capture.count * copies);
    return 0;
}
