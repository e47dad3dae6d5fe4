/*
 * One direction of TCP from a list of segments. Each byte of the stream is
 * known from its sequence number, so whatever is handed on must be the right
 * bytes in the right place, each once, holes told exactly.
 *
 * Ten bytes a segment: flags, sequence number (2, signed, from the last end),
 * length (2), bytes not captured, time in 20 ms, acknowledgement (2, from the
 * last end), spare.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "decode/layers.h"
#include "flow/tcp.h"

#define OP_BYTES 10
#define FLAGS 0x17 /* FIN, SYN, RST, ACK */
#define FAR 0x20   /* jump out of any window */
#define CUT 0x40
#define TIME_NS INT64_C(20000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
    bool open;
    uint32_t at; /* sequence number of the next byte */
    uint64_t gaps;
};

static char byte_at(uint32_t seq)
{
    return (char)(seq * 2654435761u >> 24);
}

static void must(bool held)
{
    if (!held)
        abort();
}

static void open_model(struct model *m, const struct tcp_direction *d)
{
    if (m->open)
        return;
    m->open = true;
    m->at = d->start;
}

static void bytes_fn(struct tcp_direction *d, const struct arrival *arrival,
                     struct span bytes, void *arg)
{
    struct model *m = arg;

    must(arrival && bytes.length);
    open_model(m, d);
    for (size_t i = 0; i < bytes.length; i++)
        must(bytes.data[i] == byte_at(m->at++));
}

static void gap_fn(struct tcp_direction *d, const struct tcp_gap *gap,
                   void *arg)
{
    struct model *m = arg;

    must(gap->arrival && gap->missing_bytes && gap->missing_bytes < 1u << 30);
    open_model(m, d);
    m->at += (uint32_t)gap->missing_bytes;
    m->gaps++;
}

static void end_fn(struct tcp_direction *d, void *arg)
{
    struct model *m = arg;

    must(d->ended);
    m->open = false;
}

/* Two's complement in 16 bits, widened to the 32 of sequence numbers. */
static uint32_t distance(struct reader *r)
{
    uint32_t value = reader_be16(r);

    return value & 0x8000 ? value | 0xffff0000u : value;
}

static uint32_t take_op(struct tcp_pool *p, struct tcp_direction *d,
                        struct reader *r, uint32_t end, int64_t *now_ns)
{
    struct arrival arrival = {.frame = 1};
    uint8_t flags = reader_u8(r);
    uint32_t seq = end + distance(r);
    uint32_t length = reader_be16(r) % 3000;
    uint32_t cut = reader_u8(r);
    uint32_t first;
    char *bytes;
    struct tcp_segment s = {.flags = flags & FLAGS, .arrival = &arrival};

    *now_ns += reader_u8(r) * TIME_NS;
    if (flags & FAR)
        seq ^= 0x5a000000;
    s.seq = seq;
    s.wire_length = length;
    if (flags & CUT)
        length -= cut < length ? cut : length;
    first = seq + !!(flags & TCP_SYN);
    bytes = malloc(length ? length : 1);
    must(bytes);
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = byte_at(first + i);
    s.payload = span_of(bytes, length);
    must(tcp_direction_push(p, d, &s, *now_ns) == 0);
    free(bytes);
    seq = first + s.wire_length;
    tcp_direction_acknowledge(p, d, seq + distance(r), *now_ns);
    reader_skip(r, 1);
    while (tcp_pool_expire(p, *now_ns) || tcp_pool_shrink(p, *now_ns))
        ;
    return seq;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tcp_events events = {bytes_fn, gap_fn, end_fn, NULL};
    struct reader r = reader_of(data, size);
    struct tcp_direction d = {0};
    struct model m = {0};
    struct tcp_pool p;
    int64_t now_ns = 0;
    uint32_t end = 0xffff0000;

    tcp_pool_init(&p, &events, &m);
    p.bytes_cap = 65536;
    p.stream_cap = 65536;
    p.gap_ns = 50 * TIME_NS;
    while (reader_left(&r) >= OP_BYTES) {
        end = take_op(&p, &d, &r, end, &now_ns);
        must(p.bytes <= p.bytes_cap && p.bytes == d.held_bytes);
        must(!d.first == !d.last && !d.first == !d.held_count);
        must(!d.open || d.ended || !m.open || m.at == d.next);
    }
    tcp_direction_end(&p, &d);
    must(p.bytes == 0 && !d.first && list_empty(&p.waiting));
    must(p.differing == 0 && p.gaps >= m.gaps);
    return 0;
}
