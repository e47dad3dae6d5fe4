#include "pipeline/intake.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "sip/framer.h"

#define SLAB_BYTES (256 * 1024)
/* A header line is three bytes at least: "a:" and LF. */
#define LEAST_HEADER_BYTES 3

/** One direction of a stream that may be SIP. */
struct stream {
    struct sip_framer framer;
    struct arrival arrival; /* of the newest bytes */
    uint64_t junk_told;     /* of the framer's counters, already counted */
    uint64_t keepalives_told;
};

int intake_init(struct intake *in)
{
    *in = (struct intake){.pool = slab_pool_new(SLAB_BYTES)};
    return in->pool ? 0 : -ENOMEM;
}

void intake_fini(struct intake *in)
{
    slab_pool_free(in->pool);
    in->pool = NULL;
}

static uint32_t header_cap(size_t text_length)
{
    size_t cap = text_length / LEAST_HEADER_BYTES + 1;

    return (uint32_t)(cap < SIP_HEADERS_MAX ? cap : SIP_HEADERS_MAX);
}

static size_t round_up(size_t length)
{
    return (length + 7) & ~(size_t)7;
}

/* Observation, text and header index in one piece of a slab. */
static struct observation *parse_copy(struct intake *in, struct span text,
                                      enum sip_source source, size_t *used_out)
{
    uint32_t cap = header_cap(text.length);
    size_t text_room = round_up(text.length);
    size_t fixed = round_up(sizeof(struct observation)) + text_room;
    struct slab *slab;
    char *piece =
        slab_take(in->pool, fixed + cap * sizeof(struct sip_header), &slab);
    struct observation *o = (void *)piece;
    struct sip_header *headers;
    char *copy;

    if (!piece) {
        in->counters.messages_lost++;
        *used_out = text.length;
        return NULL;
    }
    copy = piece + round_up(sizeof(*o));
    headers = (void *)(copy + text_room);
    memcpy(copy, text.data, text.length);
    *used_out = sip_message_parse(span_of(copy, text.length), source, headers,
                                  cap, &o->message);
    if (!*used_out) {
        slab_trim(in->pool, piece, 0);
        slab_release(slab);
        return NULL;
    }
    slab_trim(in->pool, piece,
              fixed + o->message.header_count * sizeof(*headers));
    o->slab = slab;
    o->next = NULL;
    return o;
}

static void mark_truncated(struct sip_message *m)
{
    anomaly_set_add(&m->anomalies, ANOMALY_MESSAGE_TRUNCATED);
    if (m->status == SIP_PARSE_OK)
        m->status = SIP_PARSE_PARTIAL;
}

static void hand_on(struct intake *in, struct observation *o,
                    const struct arrival *arrival,
                    const struct anomaly_set *anomalies)
{
    int rc;

    o->arrival = *arrival;
    o->ordinal = in->ordinal++;
    o->text_hash = hash_stable(o->message.text.data, o->message.text.length, 0);
    anomaly_set_merge(&o->message.anomalies, anomalies);
    if (anomaly_set_has(anomalies, ANOMALY_MESSAGE_TRUNCATED) ||
        anomaly_set_has(anomalies, ANOMALY_PACKET_TRUNCATED)) {
        o->arrival.truncated = true;
        mark_truncated(&o->message);
    }
    in->counters.messages++;
    if (o->message.status != SIP_PARSE_OK)
        in->counters.messages_partial++;
    rc = in->take_fn(in->take_arg, o);
    if (rc && !in->failure)
        in->failure = rc;
}

static bool is_keepalive(struct span payload)
{
    if (payload.length <= 4)
        return true; /* CRLF (RFC 5626, 4.4.1), "jaK", NULs of NAT helpers */
    for (size_t i = 0; i < payload.length; i++)
        if (payload.data[i] != '\r' && payload.data[i] != '\n' &&
            payload.data[i] != 0 && payload.data[i] != ' ')
            return false;
    return true;
}

static void take_datagram(void *arg, const struct arrival *arrival,
                          struct span payload,
                          const struct anomaly_set *anomalies)
{
    struct intake *in = arg;
    struct anomaly_set own = *anomalies;
    struct span rest = payload;

    if (arrival->truncated)
        anomaly_set_add(&own, ANOMALY_PACKET_TRUNCATED);
    do {
        size_t used;
        struct observation *o = parse_copy(in, rest, SIP_FROM_DATAGRAM, &used);

        if (!used)
            break;
        if (o)
            hand_on(in, o, arrival, &own);
        rest = span_from(rest, used);
    } while (rest.length && sip_sniff(rest) == 1);
    if (rest.length < payload.length)
        return;
    if (is_keepalive(payload))
        in->counters.keepalives++;
    else
        in->counters.not_sip++;
}

static struct stream *stream_of(struct intake *in, void **state)
{
    struct stream *s = *state;

    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (!s) {
        if (!in->failure)
            in->failure = -ENOMEM;
        return NULL;
    }
    sip_framer_init(&s->framer, NULL);
    *state = s;
    return s;
}

static void count_skipped(struct intake *in, struct stream *s)
{
    const struct sip_framer_counters *c = &s->framer.counters;
    uint64_t junk = c->junk_bytes + c->dropped_bytes;

    in->counters.junk_bytes += junk - s->junk_told;
    s->junk_told = junk;
    if (c->keep_alive_bytes > s->keepalives_told)
        in->counters.keepalives++;
    s->keepalives_told = c->keep_alive_bytes;
}

static void take_frames(struct intake *in, struct stream *s)
{
    struct sip_frame frame;

    while (sip_framer_next(&s->framer, &frame) == SIP_FRAME_DONE) {
        size_t used;
        struct observation *o =
            parse_copy(in, frame.text, SIP_FROM_STREAM, &used);

        if (o)
            hand_on(in, o, &s->arrival, &frame.anomalies);
        else if (!used)
            in->counters.junk_bytes += frame.text.length;
    }
    count_skipped(in, s);
}

static void take_stream(void *arg, const struct arrival *arrival,
                        struct span bytes, void **state)
{
    struct intake *in = arg;
    struct stream *s = stream_of(in, state);

    if (!s)
        return;
    s->arrival = *arrival;
    sip_framer_push(&s->framer, bytes);
    take_frames(in, s);
}

static void take_gap(void *arg, const struct arrival *arrival,
                     uint64_t missing_bytes, void **state)
{
    struct intake *in = arg;
    struct stream *s = stream_of(in, state);

    (void)missing_bytes;
    if (!s)
        return;
    if (!s->arrival.time_ns)
        s->arrival = *arrival;
    sip_framer_break(&s->framer);
    take_frames(in, s);
}

static void end_stream(void *arg, void **state)
{
    struct intake *in = arg;
    struct stream *s = *state;

    if (!s)
        return;
    sip_framer_break(&s->framer);
    take_frames(in, s);
    sip_framer_fini(&s->framer);
    free(s);
    *state = NULL;
}

static enum flow_probe probe(void *arg, struct span payload)
{
    int sniffed = sip_sniff(payload);

    (void)arg;
    if (sniffed < 0)
        return FLOW_PROBE_MAYBE;
    return sniffed ? FLOW_PROBE_YES : FLOW_PROBE_NO;
}

struct flow_sink intake_sink(struct intake *in)
{
    return (struct flow_sink){
        .arg = in,
        .probe_fn = probe,
        .datagram_fn = take_datagram,
        .stream_fn = take_stream,
        .gap_fn = take_gap,
        .end_fn = end_stream,
    };
}
