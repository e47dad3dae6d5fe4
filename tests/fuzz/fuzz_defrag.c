/*
 * A list of fragments, each byte known from its datagram and place: what is
 * handed out must be the right bytes, in bounded memory.
 *
 * Eight bytes a fragment: kind, identification, offset in blocks (2), length
 * (2), bytes not captured, time in seconds.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "flow/defrag.h"

#define OP_BYTES 8
#define MORE 1
#define CUT 2
#define V6 4
#define ODD 8
#define CAP_BYTES 200000
#define SECOND INT64_C(1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held)
        abort();
}

static char byte_at(uint32_t id, uint32_t at)
{
    return (char)((at + id * 977) * 2654435761u >> 24);
}

static void check(const struct defrag_datagram *g)
{
    struct span s = g->layers.payload;

    must(s.length <= 65535 && s.length == g->layers.payload_wire);
    must(g->fragments > 0);
    for (uint32_t i = 0; i < s.length; i++)
        must(s.data[i] == byte_at(g->layers.fragment.id, i));
}

static void take_op(struct defrag *d, struct reader *r, int64_t *now_ns)
{
    struct layers l = {.outcome = DECODE_FRAGMENT, .ip_protocol = 17};
    struct packet packet = {.frame = 1};
    struct defrag_datagram g;
    uint8_t kind = reader_u8(r);
    uint32_t length;
    uint32_t cut;
    char *bytes;

    l.src.address.family = l.dst.address.family = kind & V6 ? 6 : 4;
    l.fragment.id = reader_u8(r) % 16;
    l.fragment.offset = (reader_be16(r) & 0x1fff) * 8;
    l.fragment.more = kind & MORE;
    length = reader_be16(r) % 2000;
    if (l.fragment.more && !(kind & ODD))
        length &= ~7u;
    cut = reader_u8(r);
    *now_ns += reader_u8(r) % 16 * SECOND;
    l.payload_wire = length;
    if (kind & CUT)
        length -= cut < length ? cut : length;
    bytes = malloc(length ? length : 1);
    must(bytes);
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = byte_at(l.fragment.id, l.fragment.offset + i);
    l.payload = span_of(bytes, length);
    switch (defrag_push(d, &packet, &l, *now_ns, &g)) {
    case DEFRAG_DONE:
        check(&g);
        break;
    case DEFRAG_MORE:
        break;
    case DEFRAG_NO_MEMORY:
        abort();
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(data, size);
    struct defrag_datagram g;
    struct defrag *d;
    int64_t now_ns = 0;

    must(defrag_new(CAP_BYTES, 30 * SECOND, &d) == 0);
    while (reader_left(&r) >= OP_BYTES) {
        take_op(d, &r, &now_ns);
        while (defrag_expire(d, now_ns, &g))
            check(&g);
        must(defrag_bytes(d) <= CAP_BYTES);
    }
    while (defrag_expire(d, INT64_MAX, &g))
        check(&g);
    must(defrag_bytes(d) == 0);
    defrag_free(d);
    return 0;
}
