/* HEP as a datagram and as a stream: spans lie inside the packet, whole
   equals split, nothing grows. */
#include <stdlib.h>

#include "base/hash.h"
#include "flow/hep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held)
        abort();
}

static bool inside(struct span part, struct span whole)
{
    return !part.length ||
           (part.data >= whole.data &&
            part.data + part.length <= whole.data + whole.length);
}

static void decode(struct span bytes)
{
    struct hep h;

    if (!hep_decode(bytes, 0, &h))
        return;
    must(inside(h.payload, bytes) && inside(h.node, bytes));
    must(h.transport < TRANSPORT_COUNT);
    if (h.compressed) {
        size_t length;
        char *inflated = hep_inflate(h.payload, &length);

        must(length <= HEP_PAYLOAD_MAX);
        free(inflated);
    }
}

static uint64_t digest(struct span bytes, size_t step)
{
    struct hep_stream s = {0};
    struct span packet;
    uint64_t taken = 0;
    uint64_t h = 0;

    for (size_t at = 0; at < bytes.length; at += step) {
        hep_stream_push(&s, span_part(bytes, at, step));
        while (hep_stream_next(&s, &packet)) {
            must(packet.length >= 6 && hep_length(packet) == packet.length);
            h = hash_mix(h, hash_stable(packet.data, packet.length, 1));
            taken += packet.length;
        }
    }
    hep_stream_break(&s);
    must(taken + s.skipped_bytes == bytes.length);
    hep_stream_fini(&s);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);

    decode(bytes);
    must(digest(bytes, size ? size : 1) == digest(bytes, 3));
    return 0;
}
