#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/decide.h"

/* Held of each direction while a flow is undecided. */
#define HOLD_BYTES 8192
/* Looks at the beginning of a stream that comes in small pieces. */
#define PROBES 256
/* Below this a beginning is looked at with every byte. */
#define SHORT_BYTES 64
/* While undecided a segment is looked at in pieces: all fit what is held. */
#define LOOK_BYTES 4096
/* Of what is held this much stays where more comes: a start line may have
   begun in it. */
#define KEEP_BYTES 1024
/* So much of a stream joined in the middle is looked through at least, in
   however many segments it comes: the message it was in may be long. */
#define JOINED_BYTES 8192

struct hold {
    struct arrival arrival; /* of its newest bytes */
    size_t length;
    char bytes[HOLD_BYTES];
};

struct side {
    struct tcp_direction direction;
    struct stream *stream;
    void *state;       /* the sink's */
    struct hold *hold; /* owned, NULL while empty */
    size_t probed;     /* bytes of the hold looked at as a beginning */
    size_t searched;   /* and searched for a message that begins inside */
    unsigned probes;
    bool handed; /* the sink knows of this direction */
    bool judged; /* its beginning is no SIP */
    bool joined; /* its beginning was not seen */
};

struct stream {
    struct flow *flow;
    const struct passage *passage; /* during stream_take() */
    struct tunnels *around;        /* of each side; owned, NULL for none */
    struct side side[2];
};

static struct side *side_of(struct tcp_direction *d)
{
    return CONTAINER_OF(d, struct side, direction);
}

static struct span hold_span(const struct side *s)
{
    return s->hold ? span_of(s->hold->bytes, s->hold->length) : SPAN_NONE;
}

static void hold_free(struct flow_table *t, struct side *s)
{
    if (s->hold)
        t->tcp.bytes -= sizeof(*s->hold);
    free(s->hold);
    s->hold = NULL;
    s->probed = s->searched = 0;
}

/* What does not fit drives out what was there: only the newest bytes can
   belong to a message that begins soon. */
static void hold_make_room(struct side *s, size_t length)
{
    struct hold *h = s->hold;
    size_t gone;

    if (h->length + length <= HOLD_BYTES)
        return;
    gone = h->length > KEEP_BYTES ? h->length - KEEP_BYTES : 0;
    memmove(h->bytes, h->bytes + gone, h->length - gone);
    h->length -= gone;
    s->searched -= gone < s->searched ? gone : s->searched;
}

/* At most LOOK_BYTES at once. */
static void hold_add(struct flow_table *t, struct side *s,
                     const struct arrival *arrival, struct span bytes)
{
    if (!s->hold) {
        if (t->tcp.bytes + sizeof(*s->hold) > t->tcp.bytes_cap)
            return;
        s->hold = malloc(sizeof(*s->hold));
        if (!s->hold) {
            t->error = -ENOMEM;
            return;
        }
        s->hold->length = 0;
        t->tcp.bytes += sizeof(*s->hold);
    }
    hold_make_room(s, bytes.length);
    memcpy(s->hold->bytes + s->hold->length, bytes.data, bytes.length);
    s->hold->length += bytes.length;
    s->hold->arrival = *arrival;
}

static void give(struct flow_table *t, struct side *s,
                 const struct arrival *arrival, struct span bytes)
{
    s->handed = true;
    t->sink.stream_fn(t->sink.arg, arrival, bytes, &s->state);
}

static void give_hold(struct flow_table *t, struct side *s)
{
    if (s->hold)
        give(t, s, &s->hold->arrival, hold_span(s));
    hold_free(t, s);
}

/* It is SIP: hand on what was held back. */
static void begin_sip(struct flow_table *t, struct side *s)
{
    struct stream *stream = s->stream;

    decide_sip(t, stream->flow);
    give_hold(t, &stream->side[s == &stream->side[0]]);
    give_hold(t, s);
}

/* Is it worth looking again at a beginning that was too short to say? */
static bool worth_probing(const struct side *s, struct span fresh)
{
    size_t length = hold_span(s).length;

    return length <= SHORT_BYTES || length >= 2 * s->probed ||
           memchr(fresh.data, '\n', fresh.length);
}

/* NULs that keep a NAT's binding alive say nothing of what will follow. */
static enum flow_probe probe_beginning(struct flow_table *t, struct span bytes)
{
    while (bytes.length && bytes.data[0] == 0)
        bytes = span_from(bytes, 1);
    return bytes.length ? decide_probe(t, bytes, false) : FLOW_PROBE_MAYBE;
}

static enum flow_probe probe_start(struct flow_table *t, struct side *s,
                                   const struct arrival *arrival,
                                   struct span bytes)
{
    if (!s->hold) {
        enum flow_probe probe = probe_beginning(t, bytes);

        if (probe != FLOW_PROBE_YES)
            hold_add(t, s, arrival, bytes);
        s->probed = bytes.length;
        return probe;
    }
    hold_add(t, s, arrival, bytes);
    if (!worth_probing(s, bytes))
        return FLOW_PROBE_MAYBE;
    if (++s->probes > PROBES)
        return FLOW_PROBE_NO;
    s->probed = hold_span(s).length;
    return probe_beginning(t, hold_span(s));
}

/* The line in which @p at lies, where it is seen to begin. */
static struct span line_at(struct span bytes, size_t at)
{
    while (at > 0 && bytes.data[at - 1] != '\n')
        at--;
    return at ? span_from(bytes, at) : SPAN_NONE;
}

/* Does a line in the middle begin a message? Only where the stream was joined
   in mid-message; else a quoted message would do. What was searched is not
   searched again, but for a line of which the end was not there. */
static bool begins_inside(struct flow_table *t, struct side *s)
{
    static const char version[] = "SIP/2.0";
    struct span held = hold_span(s);
    size_t last = held.length < 6 ? 0 : held.length - 6;

    while (s->searched < held.length) {
        const char *hit = memmem(held.data + s->searched,
                                 held.length - s->searched, version, 7);
        struct span line;

        if (!hit) {
            s->searched = last;
            return false;
        }
        s->searched = (size_t)(hit - held.data);
        line = line_at(held, s->searched);
        if (line.length) {
            enum flow_probe probe = decide_probe(t, line, false);

            if (probe != FLOW_PROBE_NO)
                return probe == FLOW_PROBE_YES;
        }
        s->searched += sizeof(version) - 1;
    }
    return false;
}

static enum flow_probe judge(struct flow_table *t, struct side *s,
                             const struct arrival *arrival, struct span bytes)
{
    enum flow_probe probe;

    if (!s->judged) {
        probe = probe_start(t, s, arrival, bytes);
        if (probe == FLOW_PROBE_YES && s->hold)
            return FLOW_PROBE_YES; /* the hold has these bytes */
    } else {
        probe = decide_probe(t, bytes, false);
        if (probe != FLOW_PROBE_YES)
            hold_add(t, s, arrival, bytes);
        if (probe == FLOW_PROBE_MAYBE)
            probe = FLOW_PROBE_NO;
    }
    if (probe == FLOW_PROBE_YES) {
        begin_sip(t, s);
        give(t, s, arrival, bytes);
    }
    return probe;
}

static void take_undecided(struct flow_table *t, struct side *s,
                           const struct arrival *arrival, struct span bytes)
{
    struct flow *f = s->stream->flow;
    enum flow_probe probe = judge(t, s, arrival, bytes);

    if (probe == FLOW_PROBE_YES) {
        if (f->kind != FLOW_SIP)
            begin_sip(t, s);
        return;
    }
    if (decide_is_tls(hold_span(s)) || (s->joined && decide_is_tls(bytes))) {
        decide_note_client(f, s == &s->stream->side[1], hold_span(s));
        decide_other(t, f, (struct dpi_answer){DPI_TLS, true});
        return;
    }
    if (probe == FLOW_PROBE_MAYBE)
        return;
    s->judged = true;
    if (s->joined && begins_inside(t, s))
        begin_sip(t, s);
    else if (s->stream->passage)
        decide_ask(t, f, s->stream->passage, bytes,
                   s->joined ? JOINED_BYTES : 0);
}

static void take_bytes(struct tcp_direction *d, const struct arrival *arrival,
                       struct span bytes, void *arg)
{
    struct flow_table *t = arg;
    struct side *s = side_of(d);
    struct flow *f = s->stream->flow;

    s->joined |= d->joined;
    while (bytes.length && f->kind == FLOW_UNDECIDED) {
        take_undecided(t, s, arrival, span_part(bytes, 0, LOOK_BYTES));
        bytes = span_from(bytes, bytes.length < LOOK_BYTES ? bytes.length
                                                           : LOOK_BYTES);
    }
    if (bytes.length && f->kind == FLOW_SIP)
        give(t, s, arrival, bytes);
}

static void tell_lost(struct flow_table *t, const struct tcp_gap *gap)
{
    struct capture_gap lost = {.kind = gap->cut ? GAP_TRUNCATION : GAP_TCP,
                               .from_ns = gap->from_ns,
                               .packets = gap->cut,
                               .bytes = gap->missing_bytes};

    if (gap->cut)
        lost.from_ns = gap->arrival->time_ns;
    flow_tell_lost(t, gap->arrival, &lost);
}

static void take_gap(struct tcp_direction *d, const struct tcp_gap *gap,
                     void *arg)
{
    struct flow_table *t = arg;
    struct side *s = side_of(d);
    struct flow *f = s->stream->flow;

    if (f->kind == FLOW_UNDECIDED && s->hold && !s->judged &&
        decide_probe(t, hold_span(s), true) == FLOW_PROBE_YES)
        begin_sip(t, s);
    if (f->kind == FLOW_SIP) {
        s->handed = true;
        t->sink.gap_fn(t->sink.arg, gap->arrival, gap->missing_bytes,
                       &s->state);
        tell_lost(t, gap);
        return;
    }
    hold_free(t, s);
    s->judged = false;
    s->joined = true;
}

static void side_end(struct flow_table *t, struct side *s)
{
    if (s->handed)
        t->sink.end_fn(t->sink.arg, &s->state);
    hold_free(t, s);
    s->state = NULL;
    s->probes = 0;
    s->handed = s->judged = s->joined = false;
}

static void take_end(struct tcp_direction *d, void *arg)
{
    side_end(arg, side_of(d));
}

/* There is a place for them while all that came so far is held. */
static bool take_before(struct tcp_direction *d, const struct arrival *arrival,
                        struct span bytes, void *arg)
{
    struct flow_table *t = arg;
    struct side *s = side_of(d);
    struct hold *h = s->hold;

    if (s->stream->flow->kind != FLOW_UNDECIDED || !h || s->handed ||
        h->length != d->next - d->start ||
        bytes.length > sizeof(h->bytes) - h->length)
        return false;
    memmove(h->bytes + bytes.length, h->bytes, h->length);
    memcpy(h->bytes, bytes.data, bytes.length);
    h->length += bytes.length;
    h->arrival = *arrival;
    s->probed = h->length;
    s->searched = 0;
    switch (probe_beginning(t, hold_span(s))) {
    case FLOW_PROBE_YES:
        begin_sip(t, s);
        break;
    case FLOW_PROBE_MAYBE:
        s->judged = false;
        break;
    case FLOW_PROBE_NO:
        s->judged = true;
        if (begins_inside(t, s))
            begin_sip(t, s);
        break;
    }
    return true;
}

const struct tcp_events stream_events = {take_bytes, take_gap, take_end,
                                         take_before};

void stream_free(struct flow_table *t, struct flow *f)
{
    struct stream *stream = flow_is_udp(f) ? NULL : f->stream;

    if (!stream)
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct side *s = &stream->side[i];

        if (f->kind == FLOW_SIP)
            tcp_direction_end(&t->tcp, &s->direction);
        tcp_direction_fini(&t->tcp, &s->direction);
        side_end(t, s);
    }
    f->stream = NULL;
    free(stream->around);
    free(stream);
}

static struct stream *stream_new(struct flow_table *t, struct flow *f)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (!stream) {
        t->error = -ENOMEM;
        return NULL;
    }
    stream->flow = f;
    for (unsigned i = 0; i < 2; i++) {
        stream->side[i].stream = stream;
        if (f->isn_known >> i & 1)
            tcp_direction_start(&stream->side[i].direction, f->isn[i] + 1);
    }
    f->stream = stream;
    if (f->kind == FLOW_UNDECIDED && !decide_watch(t, f)) {
        stream_free(t, f);
        return NULL;
    }
    return stream;
}

/* Nothing is left in it that could go on. */
static bool is_closed(const struct stream *stream)
{
    const struct tcp_direction *a = &stream->side[0].direction;
    const struct tcp_direction *b = &stream->side[1].direction;

    return (a->ended || !a->open) && (b->ended || !b->open);
}

/* A SYN with another number: the ports are used again. */
static void take_syn(struct flow_table *t, struct flow *f,
                     const struct passage *p)
{
    uint8_t bit = (uint8_t)(1u << p->back);
    uint32_t isn = p->layers->tcp.seq;
    bool known = f->isn_known & bit;
    bool renewed =
        known ? f->isn[p->back] != isn
        : f->stream
            ? tcp_direction_is_new(&f->stream->side[p->back].direction, isn)
            : f->kind != FLOW_UNDECIDED;

    if (renewed) {
        stream_free(t, f);
        decide_forget(t, f);
        f->kind = FLOW_UNDECIDED;
        f->protocol = DPI_UNKNOWN;
        f->tls = false;
        f->packets = 0;
        f->isn_known = 0;
        flow_set_age(t, f, FLOW_AGE_TCP_BARE);
    }
    f->client =
        (uint8_t)(1 + (p->layers->tcp.flags & TCP_ACK ? !p->back : p->back));
    f->isn[p->back] = isn;
    f->isn_known |= bit;
}

/* Held for as long as any of its segments or bytes are. */
static const struct tunnels *keep_around(struct flow_table *t,
                                         struct stream *stream,
                                         const struct passage *p)
{
    if (!p->layers->tunnels)
        return NULL;
    if (!stream->around)
        stream->around = calloc(2, sizeof(*stream->around));
    if (!stream->around) {
        t->error = -ENOMEM;
        return NULL;
    }
    stream->around[p->back] = p->layers->around;
    return &stream->around[p->back];
}

static void push(struct flow_table *t, struct flow *f, struct passage *p)
{
    const struct layers *l = p->layers;
    struct stream *stream = f->stream;
    struct tcp_direction *own = &stream->side[p->back].direction;
    struct tcp_direction *other = &stream->side[!p->back].direction;
    struct arrival arrival;
    struct tcp_segment segment = {.seq = l->tcp.seq,
                                  .flags = l->tcp.flags,
                                  .payload = l->payload,
                                  .wire_length = l->payload_wire,
                                  .arrival = &arrival};
    int rc;

    arrival_of(p, TRANSPORT_TCP, &arrival);
    arrival.around = keep_around(t, stream, p);
    stream->passage = p;
    rc = tcp_direction_push(&t->tcp, own, &segment, t->now_ns);
    if (rc)
        t->error = rc;
    if (l->tcp.flags & TCP_ACK)
        tcp_direction_acknowledge(&t->tcp, other, l->tcp.ack, t->now_ns);
    if (l->tcp.flags & TCP_RST && (own->ended || !own->open))
        tcp_direction_end(&t->tcp, other);
    stream->passage = NULL;
}

/* A stream that turned out to be something else is not followed on. */
static void settle(struct flow_table *t, struct flow *f)
{
    if (!f->stream)
        return;
    if (f->kind == FLOW_OTHER)
        stream_free(t, f);
    flow_set_age(t, f,
                 f->stream && is_closed(f->stream) ? FLOW_AGE_TCP_BARE
                                                   : FLOW_AGE_TCP);
}

/* TLS that may hold SIP is told of now and then. */
static void note_tls(struct flow_table *t, struct flow *f,
                     const struct passage *p)
{
    t->counters->tls_packets++;
    if (t->tick - f->told_tick < OPAQUE_TICKS)
        return;
    f->told_tick = t->tick;
    if (opaque_may_be_sip(t->opaque, &p->layers->src, &p->layers->dst))
        flow_tell_opaque(t, p);
}

static uint64_t *count(struct flow_table *t, struct flow *f,
                       const struct passage *p)
{
    if (f->kind == FLOW_SIP)
        return &t->counters->segments;
    if (f->kind == FLOW_UNDECIDED) {
        f->packets += !p->reassembled;
    } else {
        t->protocol_packets[f->protocol]++;
        if (f->tls)
            note_tls(t, f, p);
    }
    return &t->counters->not_sip_packets;
}

/*
 * May SIP begin in a stream that was taken for something else? Not where nDPI
 * saw its beginning: what such a stream quotes is no message. Of a stream
 * joined in the middle nDPI may be wrong.
 */
static bool may_turn(struct flow_table *t, const struct flow *f,
                     struct span payload)
{
    if (f->protocol != DPI_UNKNOWN &&
        (f->isn_known || f->tls || f->protocol == DPI_HTTP))
        return false;
    return decide_glance(payload) &&
           decide_probe(t, payload, false) == FLOW_PROBE_YES;
}

uint64_t *stream_take(struct flow_table *t, struct passage *p)
{
    struct flow *f = flow_find(t, p, TUPLE_TCP);
    const struct layers *l = p->layers;

    if (!f) {
        t->error = -ENOMEM;
        return &t->counters->not_sip_packets;
    }
    if (l->tcp.flags & TCP_SYN)
        take_syn(t, f, p);
    if (f->kind == FLOW_OTHER) {
        if (!may_turn(t, f, l->payload))
            return count(t, f, p);
        f->isn_known = 0;
        decide_sip(t, f);
    }
    if (!f->stream && (!l->payload_wire || !stream_new(t, f)))
        return count(t, f, p);
    push(t, f, p);
    settle(t, f);
    stream_expire(t);
    return count(t, f, p);
}

void stream_expire(struct flow_table *t)
{
    struct tcp_direction *d;

    while ((d = tcp_pool_expire(&t->tcp, t->now_ns)) ||
           (d = tcp_pool_shrink(&t->tcp, t->now_ns)))
        settle(t, side_of(d)->stream->flow);
}
