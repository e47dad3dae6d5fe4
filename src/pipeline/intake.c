#include "pipeline/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "flow/hep.h"
#include "flow/websocket.h"
#include "sip/framer.h"
#include "sip/via.h"

#define SLAB_BYTES (256 * 1024)

/* Longest beginning of a stream held until it shows what it is. */
#define OPENING_BYTES 4096
/* A HEP packet's own time is believed up to this far ahead of the packet's
   around it: clocks are set wrongly, by the offsets of time zones too. */
#define AHEAD_NS (INT64_C(86400) * 1000000000)
/* Enough of a payload to recognise a start line by. */
#define PEEK_BYTES 256

enum stream_kind { STREAM_OPENING, STREAM_SIP, STREAM_WEBSOCKET, STREAM_HEP };

/* What zlib takes for one direction (its zlib.h says some 40 KB). */
#define INFLATER_BYTES ((size_t)44 << 10)

/** One direction of a stream that may be SIP. */
struct stream {
    struct list age; /* in the intake's streams */
    void **state;    /* of the flow: points here */
    size_t counted;  /* of the intake's stream_bytes */
    enum stream_kind kind;
    struct span opening; /* owned: held while the kind is not known */
    struct sip_framer framer;
    struct websocket websocket;
    struct hep_stream hep;
    struct arrival arrival; /* of the newest bytes */
    bool gap;               /* bytes are missing at the end of what it has */
    uint64_t junk_told;     /* of the framer's counters, already counted */
    uint64_t keepalives_told;
    uint64_t unreadable_told;
};

int intake_init(struct intake *in)
{
    *in = (struct intake){.pool = slab_pool_new(SLAB_BYTES),
                          .hep_clock_ns = HEP_TIME_NONE};
    list_init(&in->streams);
    return in->pool ? 0 : -ENOMEM;
}

void intake_fini(struct intake *in)
{
    slab_pool_free(in->pool);
    in->pool = NULL;
}

/* What the cut alone makes of a message is no fault of its sender's. */
static void mark_truncated(struct sip_message *m)
{
    static const enum anomaly missing[] = {
        ANOMALY_CALL_ID_MISSING, ANOMALY_CSEQ_MISSING,
        ANOMALY_FROM_MISSING,    ANOMALY_TO_MISSING,
        ANOMALY_VIA_MISSING,     ANOMALY_MAX_FORWARDS_MISSING,
    };
    struct anomaly_set *set = &m->anomalies;

    anomaly_set_remove(set, ANOMALY_CONTENT_LENGTH_LONG);
    if (anomaly_set_has(set, ANOMALY_HEADERS_UNTERMINATED))
        for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++)
            anomaly_set_remove(set, missing[i]);
    anomaly_set_remove(set, ANOMALY_HEADERS_UNTERMINATED);
    anomaly_set_add(&m->anomalies, ANOMALY_MESSAGE_TRUNCATED);
    if (m->status == SIP_PARSE_OK)
        m->status = SIP_PARSE_PARTIAL;
}

/* Agents have one word for all streams, or the wrong one for some: the top Via
   says what the message went over (RFC 3261, 18.2.1; 7118). */
static void refine_transport(struct observation *o)
{
    static const enum transport streams[] = {TRANSPORT_TLS, TRANSPORT_WS,
                                             TRANSPORT_WSS};
    struct arrival *a = &o->arrival;
    struct sip_via via;

    if (a->transport == TRANSPORT_UDP || a->transport == TRANSPORT_SCTP ||
        !o->message.via_top.length)
        return;
    (void)sip_via_head_parse(o->message.via_top, &via);
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
        if (span_equal_nocase(via.transport,
                              span_of_string(transport_name(streams[i]))))
            a->transport = streams[i];
}

static void hand_on(struct intake *in, struct observation *o,
                    const struct arrival *arrival, bool truncated)
{
    const struct tunnels *around = o->arrival.around;
    int rc;

    o->arrival = *arrival;
    o->arrival.around = around;
    o->arrival.truncated |= truncated;
    o->ordinal = in->ordinal++;
    o->duplicate = false;
    if (in->in_hep)
        refine_transport(o);
    in->counters.messages++;
    if (o->message.status != SIP_PARSE_OK)
        in->counters.messages_partial++;
    rc = in->take_fn(in->take_arg, o);
    if (rc && !in->failure)
        in->failure = rc;
}

/* What there is to say of a message is said where it lies; then it is copied.
 * @return Bytes of @text the message took, 0 where there is none */
static size_t take_message(struct intake *in, struct span text,
                           enum sip_source source,
                           const struct arrival *arrival,
                           const struct anomaly_set *anomalies)
{
    bool truncated = anomaly_set_has(anomalies, ANOMALY_MESSAGE_TRUNCATED) ||
                     anomaly_set_has(anomalies, ANOMALY_PACKET_TRUNCATED);
    struct sip_message *m = &in->parsed;
    struct observation *o;
    size_t used =
        sip_message_parse(text, source, in->headers, SIP_HEADERS_MAX, m);

    if (!used)
        return 0;
    anomaly_set_merge(&m->anomalies, anomalies);
    sip_message_check(m, &in->checked, &m->anomalies);
    if (truncated) /* after the check, which asks whether headers were cut */
        mark_truncated(m);
    o = observation_new(in->pool, m, arrival->around);
    if (o)
        hand_on(in, o, arrival, truncated);
    else
        in->counters.messages_lost++;
    return used;
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
                          const struct anomaly_set *anomalies);

/* Who saw it: the agent's name, else its number. */
static uint16_t sensor_of(struct intake *in, const struct hep *h)
{
    char digits[16];
    int n;

    if (!in->sensors)
        return 0;
    if (h->node.length)
        return sensors_number(in->sensors, h->node);
    if (!h->has_capture_id)
        return 0;
    n = snprintf(digits, sizeof(digits), "%" PRIu32, h->capture_id);
    return sensors_number(in->sensors, span_of(digits, (size_t)n));
}

static void add_hep(const struct arrival *outer, const struct hep *h,
                    struct tunnels *around_out)
{
    around_out->count = 0;
    around_out->src = outer->src.address;
    around_out->dst = outer->dst.address;
    if (outer->around)
        *around_out = *outer->around;
    tunnels_add(around_out,
                (struct tunnel){TUNNEL_HEP, h->has_capture_id, h->capture_id});
}

static bool may_be_sip(const struct hep *h)
{
    return (h->kind == HEP_PAYLOAD_SIP || h->kind == 0) && h->payload.length;
}

static void take_hep_payload(struct intake *in, const struct arrival *outer,
                             const struct hep *h,
                             const struct anomaly_set *anomalies)
{
    struct arrival a = *outer;
    struct tunnels around;
    struct span payload = h->payload;
    char *inflated = NULL;

    if (h->compressed) {
        size_t length;

        inflated = hep_inflate(h->payload, &length);
        if (!inflated) {
            in->counters.hep_bad++;
            return;
        }
        payload = span_of(inflated, length);
    }
    if (h->time_ns != HEP_TIME_NONE)
        a.time_ns = h->time_ns;
    a.src = h->src;
    a.dst = h->dst;
    a.transport = h->transport;
    a.vlan = h->vlan;
    a.truncated |= h->cut;
    a.paired = false;
    a.sensor = sensor_of(in, h);
    add_hep(outer, h, &around);
    a.around = &around;
    if (sip_sniff(payload) == 0) {
        in->counters.hep_other++;
    } else {
        in->in_hep = true;
        take_datagram(in, &a, payload, anomalies);
        in->in_hep = false;
    }
    free(inflated);
}

/* An agent may send again what it saw long ago. What nobody can have seen yet
   would end every call that runs. */
static bool is_credible(int64_t time_ns, int64_t around_ns)
{
    return time_ns > 0 && time_ns_between(around_ns, time_ns) <= AHEAD_NS;
}

/* @return false where this is no packet of HEP */
static bool take_hep(struct intake *in, const struct arrival *arrival,
                     struct span packet, const struct anomaly_set *anomalies)
{
    bool sure = hep_length(packet) != 0;
    struct hep h;

    if (in->in_hep)
        return false;
    if (!hep_decode(packet, arrival->time_ns, &h)) {
        in->counters.hep_packets += sure;
        in->counters.hep_bad += sure;
        return sure;
    }
    if (!sure && sip_sniff(h.payload) != 1)
        return false;
    in->counters.hep_packets++;
    if (!is_credible(h.time_ns, arrival->time_ns))
        h.time_ns = HEP_TIME_NONE;
    if (h.time_ns > in->hep_clock_ns)
        in->hep_clock_ns = h.time_ns;
    if (may_be_sip(&h))
        take_hep_payload(in, arrival, &h, anomalies);
    else
        in->counters.hep_other++;
    return true;
}

static void take_datagram(void *arg, const struct arrival *arrival,
                          struct span payload,
                          const struct anomaly_set *anomalies)
{
    struct intake *in = arg;
    struct anomaly_set own = *anomalies;
    struct span rest = payload;

    if (hep_glance(payload) && take_hep(in, arrival, payload, anomalies))
        return;
    if (arrival->truncated)
        anomaly_set_add(&own, ANOMALY_PACKET_TRUNCATED);
    do {
        size_t used = take_message(in, rest, SIP_FROM_DATAGRAM, arrival, &own);

        if (!used)
            break;
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
    websocket_init(&s->websocket, false);
    s->state = state;
    list_add_last(&in->streams, &s->age);
    *state = s;
    return s;
}

static void count_skipped(struct intake *in, struct stream *s)
{
    const struct sip_framer_counters *c = &s->framer.counters;
    uint64_t junk = c->junk_bytes + c->dropped_bytes +
                    s->websocket.dropped_bytes + s->hep.skipped_bytes;
    uint64_t keepalives = c->keep_alive_bytes + s->websocket.control_frames;

    in->counters.junk_bytes += junk - s->junk_told;
    s->junk_told = junk;
    in->counters.unreadable += s->websocket.unreadable - s->unreadable_told;
    s->unreadable_told = s->websocket.unreadable;
    if (keepalives > s->keepalives_told)
        in->counters.keepalives++;
    s->keepalives_told = keepalives;
}

static void take_frames(struct intake *in, struct stream *s)
{
    struct sip_frame frame;

    while (sip_framer_next(&s->framer, &frame) == SIP_FRAME_DONE) {
        if (s->gap)
            anomaly_set_add(&frame.anomalies, ANOMALY_TCP_GAP);
        if (!take_message(in, frame.text, SIP_FROM_STREAM, &s->arrival,
                          &frame.anomalies))
            in->counters.junk_bytes += frame.text.length;
    }
    count_skipped(in, s);
}

/* RFC 7118, 5: a WebSocket message is one SIP message. */
static void take_websocket_messages(struct intake *in, struct stream *s)
{
    struct anomaly_set none = {0};
    struct span message;

    while (websocket_next(&s->websocket, &message) == WEBSOCKET_DONE)
        take_datagram(in, &s->arrival, message, &none);
    count_skipped(in, s);
}

static void take_hep_packets(struct intake *in, struct stream *s)
{
    struct anomaly_set none = {0};
    struct span packet;

    s->arrival.ip_id = 0; /* of a segment: says nothing of the packets in it */
    while (hep_stream_next(&s->hep, &packet))
        (void)take_hep(in, &s->arrival, packet, &none);
    count_skipped(in, s);
}

static bool frame_holds_sip(struct span bytes, int *sniffed_out)
{
    char start[PEEK_BYTES];
    size_t count = websocket_peek(bytes, start, sizeof(start));

    if (count)
        *sniffed_out = sip_sniff(span_of(start, count));
    else
        *sniffed_out = websocket_may_begin(bytes) ? -1 : 0;
    return *sniffed_out == 1;
}

/* An HTTP header of which the end was not yet seen. */
static bool may_become_upgrade(struct span bytes)
{
    struct span get = SPAN_LITERAL("GET ");
    struct span switching = SPAN_LITERAL("HTTP/1.1 101");

    if (bytes.length >= OPENING_BYTES ||
        (bytes.length > 4 && memmem(bytes.data, bytes.length, "\r\n\r\n", 4)))
        return false;
    if (bytes.length < get.length)
        get.length = bytes.length;
    if (bytes.length < switching.length)
        switching.length = bytes.length;
    return span_starts_nocase(bytes, get) ||
           span_starts_nocase(bytes, switching);
}

static void decide(struct stream *s, struct span bytes)
{
    int sniffed;

    if (hep_begins(bytes)) {
        if (hep_length(bytes))
            s->kind = STREAM_HEP;
    } else if (websocket_is_upgrade(bytes)) {
        websocket_init(&s->websocket, true);
        s->kind = STREAM_WEBSOCKET;
    } else if (frame_holds_sip(bytes, &sniffed)) {
        s->kind = STREAM_WEBSOCKET;
    } else if (!may_become_upgrade(bytes) && sniffed >= 0) {
        s->kind = STREAM_SIP;
    }
}

/* Hold the beginning of a stream until it shows what it is. */
static bool extend_opening(struct intake *in, struct stream *s,
                           struct span bytes)
{
    size_t length = s->opening.length + bytes.length;
    char *grown = malloc(length ? length : 1);

    if (!grown) {
        if (!in->failure)
            in->failure = -ENOMEM;
        return false;
    }
    if (s->opening.length)
        memcpy(grown, s->opening.data, s->opening.length);
    if (bytes.length)
        memcpy(grown + s->opening.length, bytes.data, bytes.length);
    free((void *)(uintptr_t)s->opening.data);
    s->opening = span_of(grown, length);
    return true;
}

static void drop_opening(struct stream *s)
{
    free((void *)(uintptr_t)s->opening.data);
    s->opening = SPAN_NONE;
}

/* May a frame of SIP begin here? 1 yes, 0 no, -1 too short to say. Inflating
   is tried where bytes came from the beginning only: it takes its time. */
static int sniff_frame(struct span bytes, bool first)
{
    int sniffed;

    if (!first && bytes.data[0] & 0x40)
        return 0;
    if (frame_holds_sip(bytes, &sniffed) ||
        (first && websocket_is_aligned(bytes)))
        return 1;
    return sniffed < 0 && bytes.length < OPENING_BYTES ? -1 : 0;
}

/* Framing is lost. What may begin a frame is held until it shows whether it
   does. */
static void find_frames(struct intake *in, struct stream *s, struct span bytes)
{
    struct span held;
    size_t at = 0;
    int sniffed = 0;

    if (!extend_opening(in, s, bytes))
        return;
    held = s->opening;
    s->opening = SPAN_NONE;
    while (at < held.length) {
        sniffed = sniff_frame(span_from(held, at), at == 0);
        if (sniffed)
            break;
        at++;
    }
    s->websocket.dropped_bytes += at;
    if (sniffed > 0) {
        websocket_resume(&s->websocket);
        websocket_push(&s->websocket, span_from(held, at));
        take_websocket_messages(in, s);
    } else if (sniffed < 0) {
        (void)extend_opening(in, s, span_from(held, at));
    }
    free((void *)(uintptr_t)held.data);
    count_skipped(in, s);
}

static void push_bytes(struct intake *in, struct stream *s, struct span bytes)
{
    if (s->kind == STREAM_SIP) {
        sip_framer_push(&s->framer, bytes);
        take_frames(in, s);
        return;
    }
    if (s->kind == STREAM_HEP) {
        hep_stream_push(&s->hep, bytes);
        take_hep_packets(in, s);
        return;
    }
    s->arrival.transport = TRANSPORT_WS;
    if (s->websocket.state == WEBSOCKET_LOST) {
        find_frames(in, s, bytes);
        return;
    }
    websocket_push(&s->websocket, bytes);
    take_websocket_messages(in, s);
}

static void close_opening(struct intake *in, struct stream *s)
{
    struct span held = s->opening;

    s->opening = SPAN_NONE;
    if (s->kind == STREAM_OPENING)
        s->kind = STREAM_SIP;
    if (held.length)
        push_bytes(in, s, held);
    free((void *)(uintptr_t)held.data);
}

static void feed_stream(struct intake *in, struct stream *s, struct span bytes)
{
    if (s->kind == STREAM_OPENING) {
        if (s->opening.length && !extend_opening(in, s, bytes))
            return;
        decide(s, s->opening.length ? s->opening : bytes);
        if (s->kind == STREAM_OPENING) {
            if (!s->opening.length)
                (void)extend_opening(in, s, bytes);
            return;
        }
        if (s->opening.length) {
            close_opening(in, s);
            return;
        }
    }
    push_bytes(in, s, bytes);
}

static void break_stream(struct intake *in, struct stream *s)
{
    if (s->kind == STREAM_OPENING)
        close_opening(in, s);
    if (s->kind == STREAM_SIP) {
        sip_framer_break(&s->framer);
        take_frames(in, s);
    } else if (s->kind == STREAM_HEP) {
        hep_stream_break(&s->hep);
        count_skipped(in, s);
    } else {
        s->websocket.dropped_bytes += s->opening.length;
        drop_opening(s);
        websocket_break(&s->websocket);
        count_skipped(in, s);
    }
}

static void end_stream(void *arg, void **state)
{
    struct intake *in = arg;
    struct stream *s = *state;

    if (!s)
        return;
    break_stream(in, s);
    in->stream_bytes -= s->counted;
    list_remove(&s->age);
    sip_framer_fini(&s->framer);
    websocket_fini(&s->websocket);
    hep_stream_fini(&s->hep);
    free(s);
    *state = NULL;
}

static size_t bytes_of(const struct stream *s)
{
    return sizeof(*s) + s->opening.length + s->framer.held_cap +
           s->websocket.room + (s->websocket.inflater ? INFLATER_BYTES : 0) +
           s->hep.room;
}

/* Should more of it come, it is met as a stream joined in the middle. */
static void bound_streams(struct intake *in, struct stream *fed)
{
    size_t bytes = bytes_of(fed);

    in->stream_bytes += bytes - fed->counted;
    fed->counted = bytes;
    while (in->stream_bytes > INTAKE_STREAM_BYTES &&
           in->streams.next != &fed->age) {
        in->counters.streams_dropped++;
        end_stream(in,
                   CONTAINER_OF(in->streams.next, struct stream, age)->state);
    }
}

static void take_stream(void *arg, const struct arrival *arrival,
                        struct span bytes, void **state)
{
    struct intake *in = arg;
    struct stream *s = stream_of(in, state);

    if (!s || !bytes.length)
        return;
    s->arrival = *arrival;
    list_remove(&s->age);
    list_add_last(&in->streams, &s->age);
    feed_stream(in, s, bytes);
    bound_streams(in, s);
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
    s->gap = true;
    break_stream(in, s);
    s->gap = false;
}

static void take_lost(void *arg, const struct capture_gap *gap)
{
    struct intake *in = arg;
    int rc = in->lost_fn ? in->lost_fn(in->take_arg, gap) : 0;

    if (rc && !in->failure)
        in->failure = rc;
}

static bool is_wanted(void *arg, const struct layers *layers)
{
    struct intake *in = arg;

    return !in->wanted_fn || in->wanted_fn(in->take_arg, layers);
}

/* Version 3 has a magic; of 1 and 2 the payload must be SIP. */
static bool is_hep(struct span payload)
{
    struct hep h;

    if (!hep_glance(payload))
        return false;
    return hep_length(payload) ||
           (hep_decode(payload, 0, &h) && sip_sniff(h.payload) == 1);
}

static enum flow_probe probe(void *arg, struct span payload)
{
    int sniffed;

    (void)arg;
    while (payload.length && !payload.data[0]) /* NULs of NAT helpers */
        payload = span_from(payload, 1);
    sniffed = sip_sniff(payload);
    if (is_hep(payload))
        return FLOW_PROBE_YES;
    if (hep_begins(payload) && payload.length < HEP_HEADER_BYTES)
        return FLOW_PROBE_MAYBE;
    if (sniffed == 0) {
        if (websocket_is_upgrade(payload) || frame_holds_sip(payload, &sniffed))
            return FLOW_PROBE_YES;
        if (may_become_upgrade(payload))
            return FLOW_PROBE_MAYBE;
    }
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
        .lost_fn = take_lost,
        .wanted_fn = is_wanted,
    };
}
