#include "flow/tcp.h"

#include <errno.h>
#include <stdlib.h>

#include "decode/layers.h"

/* A segment further away than this is of another connection. */
#define FAR_BYTES (4 * 1024 * 1024)
/* Most segments held behind a hole: bounds the walk for each new one. */
#define HELD_SEGMENTS 512
/* Mirrors may show an acknowledgement before what it acknowledges. */
#define ACKED_GRACE_NS INT64_C(100000000)

struct tcp_held {
    struct tcp_held *next;
    uint32_t seq;
    uint32_t end;    /* on the wire; bytes past `length` were not captured */
    uint32_t length; /* bytes captured */
    struct arrival arrival;
    char bytes[];
};

/* A stretch of one segment, as sequence numbers. */
struct stretch {
    uint32_t seq;
    uint32_t end;
};

/* Signed distance; sequence numbers wrap around. */
static int32_t ahead(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

void tcp_pool_init(struct tcp_pool *p, const struct tcp_events *events,
                   void *arg)
{
    *p = (struct tcp_pool){.events = *events, .arg = arg};
    list_init(&p->waiting);
}

static bool has_hole(const struct tcp_direction *d)
{
    return d->first || (d->fin && !d->ended);
}

static void unlist(struct tcp_direction *d)
{
    if (d->listed)
        list_remove(&d->waiting);
    d->listed = false;
}

static void relist(struct tcp_pool *p, struct tcp_direction *d, int64_t now_ns)
{
    unlist(d);
    if (!has_hole(d))
        return;
    d->hole_since_ns = now_ns;
    d->listed = true;
    list_add_last(&p->waiting, &d->waiting);
}

/* The captured bytes of a segment that lie in a stretch of it. */
static struct span stretch_bytes(const struct tcp_segment *s, struct stretch x)
{
    return span_part(s->payload, x.seq - s->seq, x.end - x.seq);
}

static void tell_gap(struct tcp_pool *p, struct tcp_direction *d,
                     const struct arrival *arrival, uint32_t missing, bool cut)
{
    struct tcp_gap gap = {.arrival = arrival,
                          .from_ns = d->timed ? d->last_ns : arrival->time_ns,
                          .missing_bytes = missing,
                          .cut = cut};

    p->gaps++;
    p->gap_bytes += missing;
    p->events.gap_fn(d, &gap, p->arg);
}

/* Hand on bytes and say what of them was not captured. */
static void hand_on(struct tcp_pool *p, struct tcp_direction *d,
                    const struct arrival *arrival, struct span bytes,
                    uint32_t end)
{
    uint32_t missing = end - d->next - (uint32_t)bytes.length;

    d->next = end;
    d->last_ns = arrival->time_ns;
    d->timed = true;
    if (bytes.length)
        p->events.bytes_fn(d, arrival, bytes, p->arg);
    if (missing)
        tell_gap(p, d, arrival, missing, true);
}

static size_t held_cost(const struct tcp_held *h)
{
    return sizeof(*h) + h->length;
}

static struct tcp_held *take_first(struct tcp_pool *p, struct tcp_direction *d)
{
    struct tcp_held *h = d->first;

    d->first = h->next;
    if (!d->first)
        d->last = NULL;
    d->held_count--;
    d->held_bytes -= held_cost(h);
    p->bytes -= held_cost(h);
    return h;
}

/*
 * Hand on what is held and now in order. Filled in by a segment, it became
 * whole with that segment's arrival; otherwise each has its own.
 */
static void drain(struct tcp_pool *p, struct tcp_direction *d,
                  const struct arrival *filled)
{
    while (d->first && d->first->seq == d->next) {
        struct tcp_held *h = take_first(p, d);

        hand_on(p, d, filled ? filled : &h->arrival,
                span_of(h->bytes, h->length), h->end);
        free(h);
    }
}

static void forget_fin(struct tcp_direction *d)
{
    free(d->fin_arrival);
    d->fin_arrival = NULL;
}

static void end_now(struct tcp_pool *p, struct tcp_direction *d)
{
    unlist(d);
    forget_fin(d);
    if (!d->open || d->ended)
        return;
    d->ended = true;
    p->events.end_fn(d, p->arg);
}

static void end_if_finished(struct tcp_pool *p, struct tcp_direction *d)
{
    if (d->fin && !d->first && ahead(d->next, d->fin_seq) >= 0)
        end_now(p, d);
}

/* Give up the first hole. */
static void skip_hole(struct tcp_pool *p, struct tcp_direction *d,
                      int64_t now_ns)
{
    if (d->first) {
        uint32_t missing = d->first->seq - d->next;

        d->next = d->first->seq;
        tell_gap(p, d, &d->first->arrival, missing, false);
        drain(p, d, NULL);
    } else if (d->fin && !d->ended && ahead(d->fin_seq, d->next) > 0) {
        uint32_t missing = d->fin_seq - d->next;

        d->next = d->fin_seq;
        if (d->fin_arrival)
            tell_gap(p, d, d->fin_arrival, missing, false);
    }
    relist(p, d, now_ns);
    end_if_finished(p, d);
}

static struct tcp_held *hold_stretch(struct tcp_pool *p,
                                     struct tcp_direction *d,
                                     const struct tcp_segment *s,
                                     struct stretch x)
{
    struct span bytes = stretch_bytes(s, x);
    struct tcp_held *h = malloc(sizeof(*h) + bytes.length);

    if (!h)
        return NULL;
    *h = (struct tcp_held){.seq = x.seq,
                           .end = x.end,
                           .length = (uint32_t)bytes.length,
                           .arrival = *s->arrival};
    if (bytes.length)
        memcpy(h->bytes, bytes.data, bytes.length);
    d->held_count++;
    d->held_bytes += held_cost(h);
    p->bytes += held_cost(h);
    return h;
}

/* Do a held segment and a new one contradict each other where both were
   captured? */
static bool differs(const struct tcp_held *h, const struct tcp_segment *s)
{
    uint32_t seq = ahead(s->seq, h->seq) > 0 ? s->seq : h->seq;
    uint32_t s_end = s->seq + (uint32_t)s->payload.length;
    uint32_t h_end = h->seq + h->length;
    uint32_t end = ahead(s_end, h_end) < 0 ? s_end : h_end;

    return ahead(end, seq) > 0 &&
           memcmp(h->bytes + (seq - h->seq), s->payload.data + (seq - s->seq),
                  end - seq) != 0;
}

static void link_after(struct tcp_direction *d, struct tcp_held *before,
                       struct tcp_held *h)
{
    struct tcp_held **at = before ? &before->next : &d->first;

    h->next = *at;
    *at = h;
    if (!h->next)
        d->last = h;
}

/*
 * Hold what is new of a segment that lies ahead of a hole:
 *
 *     held      |-----|     |---|
 *     segment      |===============|
 *     new             |-----|   |--|
 */
static int hold(struct tcp_pool *p, struct tcp_direction *d,
                const struct tcp_segment *s)
{
    struct stretch left = {s->seq, s->seq + s->wire_length};
    struct tcp_held *before = NULL;
    struct tcp_held *e = d->first;
    bool differing = false;
    bool grown = false;

    if (d->last && ahead(left.seq, d->last->end) >= 0) {
        before = d->last;
        e = NULL;
    }
    while (e && ahead(e->end, left.seq) <= 0) {
        p->steps++;
        before = e;
        e = e->next;
    }
    while (ahead(left.end, left.seq) > 0) {
        struct stretch piece = left;

        p->steps++;
        if (e && ahead(e->seq, left.end) < 0)
            piece.end = e->seq;
        if (ahead(piece.end, piece.seq) > 0) {
            struct tcp_held *h = hold_stretch(p, d, s, piece);

            if (!h)
                return -ENOMEM;
            link_after(d, before, h);
            grown = true;
        }
        if (!e || ahead(e->seq, left.end) >= 0)
            break;
        differing |= differs(e, s);
        left.seq = e->end;
        before = e;
        e = e->next;
    }
    p->differing += differing;
    p->duplicates += !grown;
    return 0;
}

/* A segment that begins at or before `next` and ends after it. */
static void pass(struct tcp_pool *p, struct tcp_direction *d,
                 const struct tcp_segment *s)
{
    uint32_t end = s->seq + s->wire_length;
    bool differing = false;

    while (ahead(end, d->next) > 0) {
        struct tcp_held *h = d->first;
        struct stretch piece = {d->next, end};

        if (h && ahead(h->seq, end) < 0) {
            piece.end = h->seq;
            differing |= differs(h, s);
        }
        hand_on(p, d, s->arrival, stretch_bytes(s, piece), piece.end);
        drain(p, d, s->arrival);
    }
    drain(p, d, s->arrival);
    p->differing += differing;
}

static void restart(struct tcp_pool *p, struct tcp_direction *d, uint32_t next,
                    bool joined)
{
    tcp_direction_end(p, d);
    *d = (struct tcp_direction){
        .start = next, .next = next, .open = true, .joined = joined};
}

void tcp_direction_start(struct tcp_direction *d, uint32_t first)
{
    *d = (struct tcp_direction){.start = first, .next = first, .open = true};
}

bool tcp_direction_is_new(const struct tcp_direction *d, uint32_t isn)
{
    return d->open && d->start != isn + 1;
}

/* Is this the single old byte by which a peer asks whether we live (RFC 9293,
   3.8.4)? Its value means nothing, so no stream begins with it. */
static bool is_keepalive(const struct tcp_segment *s)
{
    return s->wire_length == 1 && s->payload.length == 1 &&
           s->payload.data[0] == 0;
}

/* Make sure that `next` is known and that the segment is near it. */
static bool make_ready(struct tcp_pool *p, struct tcp_direction *d,
                       const struct tcp_segment *s)
{
    int32_t distance;

    if (!d->open) {
        if (!s->wire_length || is_keepalive(s))
            return false;
        restart(p, d, s->seq, true);
    }
    distance = ahead(s->seq, d->next);
    if (s->wire_length && (distance > FAR_BYTES || distance < -FAR_BYTES ||
                           (d->ended && distance >= 0)))
        restart(p, d, s->seq, true);
    return !d->ended;
}

static void skip_where_due(struct tcp_pool *p, struct tcp_direction *d,
                           int64_t now_ns)
{
    while (d->first &&
           (d->held_bytes > p->stream_cap || d->held_count > HELD_SEGMENTS))
        skip_hole(p, d, now_ns);
    while (d->first && d->acked_known && ahead(d->acked, d->first->seq) >= 0 &&
           now_ns - d->hole_since_ns > ACKED_GRACE_NS)
        skip_hole(p, d, now_ns);
}

/* Who joins in the middle takes the first segment for the beginning; where two
   had changed places, the other one comes now. */
static bool is_before_start(struct tcp_pool *p, struct tcp_direction *d,
                            const struct tcp_segment *s)
{
    uint32_t length = d->start - s->seq;

    if (!d->joined || !p->events.before_fn || ahead(d->start, s->seq) < 2 ||
        s->payload.length < length || length > s->wire_length ||
        !p->events.before_fn(d, s->arrival, span_part(s->payload, 0, length),
                             p->arg))
        return false;
    d->start = s->seq;
    return true;
}

static int take_payload(struct tcp_pool *p, struct tcp_direction *d,
                        const struct tcp_segment *s, int64_t now_ns)
{
    int rc = 0;

    if (ahead(s->seq + s->wire_length, d->next) <= 0) {
        p->duplicates += !is_before_start(p, d, s);
    } else if (ahead(s->seq, d->next) <= 0) {
        pass(p, d, s);
        relist(p, d, now_ns);
    } else {
        rc = hold(p, d, s);
        if (!d->listed)
            relist(p, d, now_ns);
    }
    return rc;
}

/* Where bytes before it are missing, its arrival is what ends the gap. */
static int note_fin(struct tcp_pool *p, struct tcp_direction *d,
                    const struct tcp_segment *s, int64_t now_ns)
{
    uint32_t fin_seq = s->seq + s->wire_length;

    if (ahead(fin_seq, d->next) > FAR_BYTES)
        return 0;
    if (!d->fin && ahead(fin_seq, d->next) > 0) {
        d->fin_arrival = malloc(sizeof(*d->fin_arrival));
        if (!d->fin_arrival)
            return -ENOMEM;
        *d->fin_arrival = *s->arrival;
    }
    if (!d->fin) {
        d->fin = true;
        d->fin_seq = fin_seq;
    }
    end_if_finished(p, d);
    if (!d->listed)
        relist(p, d, now_ns);
    return 0;
}

int tcp_direction_push(struct tcp_pool *p, struct tcp_direction *d,
                       const struct tcp_segment *segment, int64_t now_ns)
{
    struct tcp_segment s = *segment;
    int rc = 0;

    if (s.wire_length > FAR_BYTES)
        s.wire_length = FAR_BYTES;
    s.payload = span_part(s.payload, 0, s.wire_length);
    if (s.flags & TCP_SYN) {
        s.seq++; /* the SYN has a number of its own */
        if (!d->open || d->start != s.seq)
            restart(p, d, s.seq, false);
    }
    if (s.flags & TCP_RST) {
        int32_t distance = ahead(s.seq, d->next);

        if (d->open && distance >= -FAR_BYTES && distance <= FAR_BYTES)
            tcp_direction_end(p, d);
        return 0; /* what a reset carries is for people, not for the stream */
    }
    if (!make_ready(p, d, &s)) {
        p->duplicates += s.wire_length > 0;
        return 0;
    }
    if (s.wire_length)
        rc = take_payload(p, d, &s, now_ns);
    if (s.flags & TCP_FIN && !rc)
        rc = note_fin(p, d, &s, now_ns);
    else
        end_if_finished(p, d);
    skip_where_due(p, d, now_ns);
    return rc;
}

void tcp_direction_acknowledge(struct tcp_pool *p, struct tcp_direction *d,
                               uint32_t ack, int64_t now_ns)
{
    if (!d->open || d->ended)
        return;
    if (!d->acked_known || ahead(ack, d->acked) > 0) {
        d->acked = ack;
        d->acked_known = true;
    }
    skip_where_due(p, d, now_ns);
}

void tcp_direction_end(struct tcp_pool *p, struct tcp_direction *d)
{
    while (has_hole(d))
        skip_hole(p, d, d->hole_since_ns);
    end_now(p, d);
}

void tcp_direction_fini(struct tcp_pool *p, struct tcp_direction *d)
{
    while (d->first)
        free(take_first(p, d));
    unlist(d);
    forget_fin(d);
}

static struct tcp_direction *oldest(const struct tcp_pool *p)
{
    return list_empty(&p->waiting)
               ? NULL
               : CONTAINER_OF(p->waiting.next, struct tcp_direction, waiting);
}

struct tcp_direction *tcp_pool_expire(struct tcp_pool *p, int64_t now_ns)
{
    struct tcp_direction *d = oldest(p);

    if (!d || now_ns - d->hole_since_ns < p->gap_ns)
        return NULL;
    skip_hole(p, d, now_ns);
    return d;
}

struct tcp_direction *tcp_pool_shrink(struct tcp_pool *p, int64_t now_ns)
{
    struct tcp_direction *d = oldest(p);

    if (!d || p->bytes <= p->bytes_cap)
        return NULL;
    skip_hole(p, d, now_ns);
    return d;
}
