/*
 * A stream in one piece, in two, and byte by byte must give the same
 * messages. The first two bytes choose where it is cut, and the limit.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "sip/framer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* All that came out, in one number, and the account. */
struct result {
    uint64_t digest;
    struct sip_framer_counters counters;
};

static void drain(struct sip_framer *fr, struct result *r)
{
    struct sip_frame frame;

    while (sip_framer_next(fr, &frame) == SIP_FRAME_DONE) {
        require(frame.text.length > 0);
        require(frame.text.length <= fr->limits.message_bytes);
        r->digest = hash_mix(
            r->digest, hash_stable(frame.text.data, frame.text.length, 0));
        r->digest = hash_mix(r->digest, frame.anomalies.bits[0]);
    }
}

/* In pieces of @step bytes, the first one of @first. */
static struct result run(struct span bytes, size_t first, size_t step,
                         const struct sip_framer_limits *limits)
{
    struct result r = {0};
    struct sip_framer fr;
    size_t length = first;

    sip_framer_init(&fr, limits);
    for (size_t at = 0; at < bytes.length; at += length, length = step) {
        struct span piece = span_part(bytes, at, length);
        char *copy = malloc(piece.length + 1);

        if (!copy)
            abort();
        memcpy(copy, piece.data, piece.length);
        length = piece.length;
        sip_framer_push(&fr, span_of(copy, length));
        drain(&fr, &r);
        free(copy);
        if (!length)
            length = step;
    }
    sip_framer_break(&fr);
    drain(&fr, &r);
    r.counters = fr.counters;
    sip_framer_fini(&fr);
    require(r.counters.message_bytes + r.counters.keep_alive_bytes +
                r.counters.junk_bytes ==
            bytes.length);
    return r;
}

static void require_same(const struct result *a, const struct result *b)
{
    require(a->digest == b->digest);
    require(memcmp(&a->counters, &b->counters, sizeof(a->counters)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sip_framer_limits limits = {0};
    struct result whole, other;
    struct span bytes;

    if (size < 2)
        return 0;
    bytes = span_of(data + 2, size - 2);
    limits.message_bytes = data[1] < 128 ? 1 << 20 : (size_t)data[1];
    whole = run(bytes, bytes.length, bytes.length, &limits);
    other = run(bytes, 1, 1, &limits);
    require_same(&whole, &other);
    other =
        run(bytes, 1 + bytes.length * data[0] / 256, bytes.length + 1, &limits);
    require_same(&whole, &other);
    return 0;
}
