/*
 * Packets of a few associations. Whatever they hold, what is kept stays
 * within the limits, nothing is left over, and no byte is handed on twice.
 *
 * Six bytes a packet, then its chunks: hosts, tag, time in 100 ms, bytes not
 * captured, length (2).
 */
#include <stdlib.h>

#include "base/reader.h"
#include "flow/sctp.h"

#define OP_BYTES 6
#define TIME_NS INT64_C(100000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    uint64_t messages;
    uint64_t bytes;
};

static void must(bool held)
{
    if (!held)
        abort();
}

static bool message_fn(void *arg, const struct arrival *arrival,
                       struct span bytes, const struct anomaly_set *anomalies,
                       bool sip)
{
    struct told *t = arg;
    uint8_t sum = 0;

    for (size_t i = 0; i < bytes.length; i++)
        sum = (uint8_t)(sum + bytes.data[i]); /* each can be read */
    must(anomalies && arrival->transport == TRANSPORT_SCTP);
    t->messages++;
    t->bytes += bytes.length;
    return sip || sum & 1;
}

static void gap_fn(void *arg, const struct arrival *arrival, int64_t since_ns,
                   bool sip)
{
    (void)arg;
    (void)sip;
    must(since_ns <= arrival->time_ns || arrival->time_ns == 0);
}

static void take_op(struct sctp *s, struct reader *r, int64_t *now_ns,
                    uint64_t *pushed)
{
    uint8_t hosts = reader_u8(r);
    uint8_t src[4] = {192, 0, 2, hosts & 3};
    uint8_t dst[4] = {192, 0, 2, hosts >> 2 & 3};
    struct anomaly_set none = {0};
    struct arrival arrival = {.transport = TRANSPORT_SCTP,
                              .src = {address_v4(src), 5060},
                              .dst = {address_v4(dst), 5060}};
    struct sctp_packet p = {
        .tag = reader_u8(r), .arrival = &arrival, .anomalies = &none};
    uint32_t cut;
    size_t length;
    bool bad;

    *now_ns += reader_u8(r) * TIME_NS;
    cut = reader_u8(r);
    length = reader_be16(r) % 4096;
    if (length > reader_left(r))
        length = reader_left(r);
    p.chunks = span_of(reader_take(r, length), length);
    p.wire = (uint32_t)length + cut;
    *pushed += length;
    must(sctp_push(s, &p, *now_ns, &bad) >= 0);
    sctp_expire(s, *now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sctp_limits limits = {.directions = 4,
                                              .bytes = 8192,
                                              .message_bytes = 4096,
                                              .gap_ns = 50 * TIME_NS,
                                              .idle_ns = 600 * TIME_NS};
    struct reader r = reader_of(data, size);
    struct told told = {0};
    const struct sctp_sink sink = {&told, message_fn, gap_fn};
    const struct sctp_counters *c;
    struct sctp *s;
    int64_t now_ns = 0;
    uint64_t pushed = 0;

    must(sctp_new(&limits, &sink, &s) == 0);
    while (reader_left(&r) >= OP_BYTES) {
        take_op(s, &r, &now_ns, &pushed);
        must(sctp_bytes(s) <= limits.bytes);
    }
    sctp_expire(s, INT64_MAX);
    c = sctp_counters_of(s);
    must(sctp_bytes(s) == 0);
    must(told.bytes + c->dropped_bytes <= pushed);
    must(told.messages >= c->messages &&
         told.messages <= c->messages + c->gaps);
    sctp_free(s);
    return 0;
}
