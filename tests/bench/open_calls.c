/*
 * open_calls CALLS OPEN: calls of six messages over UDP as a capture file on
 * stdout, made while it is read, so that its size does not matter. At each step
 * one call begins and the one that began OPEN steps before ends: so many are
 * open at a time, each for ten minutes.
 *
 * open_calls -f CALLS: INVITEs that nobody answers, 10,000 a second.
 * open_calls -l MESSAGES: one call of so many messages.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_S 1700000000
#define HOLD_US INT64_C(600000000)
#define FLOOD_STEP_US 100
#define LONG_STEP_US 20000

enum { HEAD_BYTES = 16 + 14 + 20 + 8, TEXT_BYTES = 2048 };

enum kind { INVITE, RINGING, ANSWERED, ACK, BYE, BYE_ANSWERED, INFO, INFO_OK };

static const struct {
    const char *request; /* NULL: a response */
    const char *response;
    const char *cseq;
    int has_to_tag;
    int has_sdp;
} kinds[] = {
    [INVITE] = {"INVITE", NULL, "1 INVITE", 0, 1},
    [RINGING] = {NULL, "180 Ringing", "1 INVITE", 1, 0},
    [ANSWERED] = {NULL, "200 OK", "1 INVITE", 1, 1},
    [ACK] = {"ACK", NULL, "1 ACK", 1, 0},
    [BYE] = {"BYE", NULL, "900000 BYE", 1, 0},
    [BYE_ANSWERED] = {NULL, "200 OK", "900000 BYE", 1, 0},
    [INFO] = {"INFO", NULL, NULL, 1, 0},
    [INFO_OK] = {NULL, "200 OK", NULL, 1, 0},
};

static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\n"
                          "c=IN IP4 192.0.2.10\r\nt=0 0\r\n"
                          "m=audio 30000 RTP/AVP 8 0 101\r\n"
                          "a=rtpmap:101 telephone-event/8000\r\n";

/* Call numbers are spread over their digits, as names of calls are. */
static unsigned long long name_of(uint64_t call)
{
    return (call + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void put_be16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void packet_write(const char *text, size_t len, int64_t at_us, int back)
{
    static const uint8_t hosts[2][4] = {{192, 0, 2, 10}, {198, 51, 100, 1}};
    const size_t frame = HEAD_BYTES - 16 + len;
    const uint32_t record[4] = {(uint32_t)(BEGIN_S + at_us / 1000000),
                                (uint32_t)(at_us % 1000000), (uint32_t)frame,
                                (uint32_t)frame};
    uint8_t head[HEAD_BYTES] = {0};
    uint8_t *ip = head + 16 + 14;

    memcpy(head, record, sizeof(record));
    head[16 + 12] = 8;
    ip[0] = 0x45;
    put_be16(ip + 2, 28 + len);
    ip[8] = 64;
    ip[9] = 17;
    memcpy(ip + 12, hosts[back], 4);
    memcpy(ip + 16, hosts[!back], 4);
    put_be16(ip + 20, 5060);
    put_be16(ip + 22, 5060);
    put_be16(ip + 24, 8 + len);
    fwrite(head, 1, sizeof(head), stdout);
    fwrite(text, 1, len, stdout);
}

/* A message of a call; @p cseq names a transaction of kinds without one. */
static void message_write(enum kind kind, uint64_t call, unsigned cseq,
                          int64_t at_us)
{
    char text[TEXT_BYTES], start[64], number[32];
    const char *request = kinds[kind].request;
    unsigned long long name = name_of(call);
    const char *body = kinds[kind].has_sdp ? sdp : "";
    int n;

    if (request)
        snprintf(start, sizeof(start),
                 "%s sip:49891%07llu@198.51.100.1 SIP/2.0", request,
                 name % 10000000);
    else
        snprintf(start, sizeof(start), "SIP/2.0 %s", kinds[kind].response);
    snprintf(number, sizeof(number), "%u INFO", cseq);
    n = snprintf(
        text, sizeof(text),
        "%s\r\n"
        "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%016llx%u%c\r\n"
        "From: <sip:49301%07llu@192.0.2.10>;tag=%016llxf\r\n"
        "To: <sip:49891%07llu@198.51.100.1>%s%.0llx\r\n"
        "Call-ID: %016llx@192.0.2.10\r\n"
        "CSeq: %s\r\n"
        "Contact: <sip:192.0.2.10:5060>\r\n"
        "%s"
        "User-Agent: PBX 7.4\r\n"
        "%s"
        "Content-Length: %zu\r\n\r\n%s",
        start, name, cseq,
        kind == ACK                           ? 'a'
        : kind == BYE || kind == BYE_ANSWERED ? 'b'
                                              : 'i',
        name % 9999991, name, name % 10000000,
        kinds[kind].has_to_tag ? ";tag=callee" : "",
        kinds[kind].has_to_tag ? name : 0, name,
        kinds[kind].cseq ? kinds[kind].cseq : number,
        request ? "Max-Forwards: 70\r\n" : "",
        *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    packet_write(text, (size_t)n, at_us, request == NULL);
}

static void calls_write(uint64_t calls, uint64_t open)
{
    const int64_t step = HOLD_US / (int64_t)open;
    const int64_t part = step / 8;

    for (uint64_t i = 0; i < calls + open; i++) {
        int64_t at = (int64_t)i * step;

        if (i < calls)
            for (enum kind k = INVITE; k <= ACK; k++)
                message_write(k, i, 1, at + part * (int64_t)k);
        if (i < open)
            continue;
        message_write(BYE, i - open, 1, at + part * BYE);
        message_write(BYE_ANSWERED, i - open, 1, at + part * BYE_ANSWERED);
    }
}

static void long_write(uint64_t messages)
{
    unsigned cseq = 1;

    for (uint64_t i = 0; i < messages; i++) {
        enum kind k = i < 4 ? (enum kind)i : i % 2 ? INFO_OK : INFO;

        cseq += k == INFO;
        message_write(i + 2 == messages   ? BYE
                      : i + 1 == messages ? BYE_ANSWERED
                                          : k,
                      0, cseq, (int64_t)i * LONG_STEP_US);
    }
}

int main(int argc, char **argv)
{
    static const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
    uint64_t first = argc == 3 ? strtoull(argv[argc - 2], NULL, 10) : 0;
    uint64_t second = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

    if (second == 0 || (first == 0 && argv[1][0] != '-')) {
        fprintf(stderr, "usage: open_calls CALLS OPEN | -f CALLS | -l MESSAGES"
                        " > FILE\n");
        return 2;
    }
    fwrite(head, 1, sizeof(head), stdout);
    if (strcmp(argv[1], "-f") == 0)
        for (uint64_t i = 0; i < second; i++)
            message_write(INVITE, i, 1, (int64_t)i * FLOOD_STEP_US);
    else if (strcmp(argv[1], "-l") == 0)
        long_write(second);
    else
        calls_write(first, second);
    return fflush(stdout) || ferror(stdout);
}
