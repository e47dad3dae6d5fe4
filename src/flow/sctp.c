#include "flow/sctp.h"

#include <errno.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/reader.h"
#include "flow/association.h"

/*
 * A chunk: type 1 | flags 1 | length 2, itself included | value | padding.
 * DATA: TSN 4 | stream 2 | SSN 2 | payload protocol 4 | user data
 * I-DATA: TSN 4 | stream 2 | reserved 2 | MID 4 | protocol or FSN 4 | data
 * INIT, INIT ACK: tag 4 | window 4 | streams 2, 2 | TSN 4 | ...
 */
enum {
    CHUNK_DATA = 0,
    CHUNK_INIT_ACK = 2,
    CHUNK_ABORT = 6,
    CHUNK_SHUTDOWN_COMPLETE = 14,
    CHUNK_I_DATA = 64
};
enum { FLAG_END = 1, FLAG_BEGIN = 2, FLAG_UNORDERED = 4 };
#define CHUNK_HEADER_BYTES 4

/* Messages of one direction put together at a time: a look through them is
   what a fragment costs. */
#define RUNS_MAX 64

/** User data of one chunk. */
struct fragment {
    struct sctp_place place;
    uint32_t number; /* TSN, or FSN within the message */
    bool begins;
    bool ends;
    bool cut; /* not all of it was captured */
    struct span bytes;
};

struct piece {
    struct piece *next;
    size_t length;
    bool cut;
    char bytes[];
};

/** Fragments that follow each other. */
struct sctp_run {
    struct list node; /* of its direction, oldest first */
    struct list age;  /* of all, oldest first */
    struct sctp_direction *direction;
    struct sctp_place place;
    uint32_t first; /* number of its first fragment */
    uint32_t last;
    bool begins; /* its first fragment begins the message */
    bool ends;
    struct piece *pieces; /* owned */
    struct piece *tail;
    size_t bytes; /* of user data */
    size_t held;  /* with structures */
    int64_t since_ns;
    int64_t first_ns;       /* packet time of the first fragment */
    struct arrival arrival; /* of the newest fragment */
    struct tunnels around;  /* what arrival borrows */
    struct anomaly_set anomalies;
};

struct sctp {
    struct sctp_limits limits;
    struct sctp_sink sink;
    struct sctp_counters counters;
    struct associations known;
    struct list ages; /* of all runs, oldest first */
    size_t bytes;
    char *message; /* put together last; owned */
};

int sctp_new(const struct sctp_limits *limits, const struct sctp_sink *sink,
             struct sctp **sctp_out)
{
    struct sctp *s = calloc(1, sizeof(*s));

    if (!s)
        return -ENOMEM;
    s->limits = *limits;
    s->sink = *sink;
    list_init(&s->ages);
    if (associations_init(&s->known)) {
        free(s);
        return -ENOMEM;
    }
    *sctp_out = s;
    return 0;
}

static void run_free(struct sctp *s, struct sctp_run *run)
{
    while (run->pieces) {
        struct piece *piece = run->pieces;

        run->pieces = piece->next;
        free(piece);
    }
    s->bytes -= run->held;
    run->direction->run_count--;
    list_remove(&run->node);
    list_remove(&run->age);
    free(run);
}

static void direction_free(struct sctp *s, struct sctp_direction *d)
{
    while (!list_empty(&d->runs))
        run_free(s, CONTAINER_OF(d->runs.next, struct sctp_run, node));
    associations_remove(&s->known, d);
}

void sctp_free(struct sctp *s)
{
    if (!s)
        return;
    while (s->known.count)
        direction_free(s, associations_oldest(&s->known));
    associations_fini(&s->known);
    free(s->message);
    free(s);
}

/* Bytes up to the first that was not captured, in one piece. */
static bool gather(struct sctp *s, const struct sctp_run *run,
                   struct span *bytes_out, bool *cut_out)
{
    size_t length = 0;

    free(s->message);
    *cut_out = false;
    s->message = malloc(run->bytes ? run->bytes : 1);
    if (!s->message)
        return false;
    for (const struct piece *p = run->pieces; p && !*cut_out; p = p->next) {
        memcpy(s->message + length, p->bytes, p->length);
        length += p->length;
        *cut_out = p->cut;
    }
    *bytes_out = span_of(s->message, length);
    return true;
}

static void hand_on(struct sctp *s, struct sctp_direction *d,
                    const struct arrival *arrival, struct span bytes,
                    const struct anomaly_set *anomalies, bool cut)
{
    struct anomaly_set own = *anomalies;
    struct arrival a = *arrival;

    if (cut) {
        a.truncated = true;
        anomaly_set_add(&own, ANOMALY_MESSAGE_TRUNCATED);
    }
    if (!s->sink.message_fn(s->sink.arg, &a, bytes, &own, d->sip))
        return;
    d->sip = true;
    s->counters.turned += d->packets;
    d->packets = 0;
}

/* A fragment never came: what stands before it is worth handing on. */
static void give_up(struct sctp *s, struct sctp_run *run)
{
    struct span bytes;
    bool cut;

    s->counters.gaps++;
    if (!run->begins || !gather(s, run, &bytes, &cut)) {
        s->counters.dropped_bytes += run->bytes;
    } else {
        anomaly_set_add(&run->anomalies, ANOMALY_SCTP_GAP);
        hand_on(s, run->direction, &run->arrival, bytes, &run->anomalies, true);
    }
    s->sink.gap_fn(s->sink.arg, &run->arrival, run->first_ns,
                   run->direction->sip);
    run_free(s, run);
}

static struct sctp_run *oldest_of(struct sctp_direction *d)
{
    return CONTAINER_OF(d->runs.next, struct sctp_run, node);
}

static void end_direction(struct sctp *s, struct sctp_direction *d)
{
    while (!list_empty(&d->runs))
        give_up(s, oldest_of(d));
    associations_remove(&s->known, d);
}

static struct piece *piece_new(const struct fragment *f)
{
    struct piece *p = malloc(sizeof(*p) + f->bytes.length);

    if (!p)
        return NULL;
    p->next = NULL;
    p->length = f->bytes.length;
    p->cut = f->cut;
    memcpy(p->bytes, f->bytes.data, f->bytes.length);
    return p;
}

static bool same_place(const struct sctp_place *a, const struct sctp_place *b)
{
    return a->message == b->message && a->stream == b->stream &&
           a->unordered == b->unordered && a->interleaved == b->interleaved;
}

/* The runs that this fragment goes on, and that go on behind it. */
static void find_neighbours(const struct sctp_direction *d,
                            const struct fragment *f, struct sctp_run **before,
                            struct sctp_run **behind)
{
    *before = *behind = NULL;
    for (struct list *n = d->runs.next; n != &d->runs; n = n->next) {
        struct sctp_run *r = CONTAINER_OF(n, struct sctp_run, node);

        if (!same_place(&r->place, &f->place))
            continue;
        if (!f->begins && !r->ends && r->last + 1 == f->number)
            *before = r;
        if (!f->ends && !r->begins && f->number + 1 == r->first)
            *behind = r;
    }
}

static struct sctp_run *run_new(struct sctp *s, struct sctp_direction *d,
                                const struct fragment *f, int64_t time_ns,
                                int64_t now_ns)
{
    struct sctp_run *run = calloc(1, sizeof(*run));

    if (!run)
        return NULL;
    run->direction = d;
    run->place = f->place;
    run->first = f->number;
    run->last = f->number - 1;
    run->begins = f->begins;
    run->since_ns = now_ns;
    run->first_ns = time_ns;
    run->held = sizeof(*run);
    s->bytes += run->held;
    d->run_count++;
    list_add_last(&d->runs, &run->node);
    list_add_last(&s->ages, &run->age);
    return run;
}

static void append(struct sctp *s, struct sctp_run *run, struct piece *piece,
                   const struct fragment *f)
{
    size_t held = sizeof(*piece) + piece->length;

    if (run->tail)
        run->tail->next = piece;
    else
        run->pieces = piece;
    run->tail = piece;
    run->last++;
    run->ends = f->ends;
    run->bytes += piece->length;
    run->held += held;
    s->bytes += held;
}

/* What stands in @p behind goes to the end of @p run. */
static void join(struct sctp *s, struct sctp_run *run, struct sctp_run *behind)
{
    size_t moved = behind->held - sizeof(*behind);

    run->tail->next = behind->pieces;
    run->tail = behind->tail;
    run->last = behind->last;
    run->ends = behind->ends;
    run->bytes += behind->bytes;
    run->held += moved;
    behind->held -= moved;
    behind->pieces = NULL;
    if (behind->since_ns < run->since_ns)
        run->since_ns = behind->since_ns;
    if (behind->first_ns < run->first_ns)
        run->first_ns = behind->first_ns;
    anomaly_set_merge(&run->anomalies, &behind->anomalies);
    run_free(s, behind);
}

static void finish(struct sctp *s, struct sctp_run *run)
{
    struct span bytes;
    bool cut;

    if (gather(s, run, &bytes, &cut)) {
        s->counters.messages++;
        s->counters.reassembled++;
        hand_on(s, run->direction, &run->arrival, bytes, &run->anomalies, cut);
    }
    run_free(s, run);
}

static int take_fragment(struct sctp *s, struct sctp_direction *d,
                         const struct sctp_packet *packet,
                         const struct fragment *f, int64_t now_ns)
{
    struct piece *piece = piece_new(f);
    struct sctp_run *run;
    struct sctp_run *behind;

    if (!piece)
        return -ENOMEM;
    find_neighbours(d, f, &run, &behind);
    if (!run && d->run_count >= RUNS_MAX) {
        if (oldest_of(d) == behind)
            behind = NULL;
        give_up(s, oldest_of(d));
    }
    if (!run)
        run = run_new(s, d, f, packet->arrival->time_ns, now_ns);
    if (!run) {
        free(piece);
        return -ENOMEM;
    }
    append(s, run, piece, f);
    run->arrival = *packet->arrival;
    if (run->arrival.around) {
        run->around = *run->arrival.around;
        run->arrival.around = &run->around;
    }
    anomaly_set_merge(&run->anomalies, packet->anomalies);
    if (behind)
        join(s, run, behind);
    if (run->begins && run->ends)
        finish(s, run);
    else if (run->bytes > s->limits.message_bytes)
        give_up(s, run);
    while (s->bytes > s->limits.bytes && !list_empty(&s->ages))
        give_up(s, CONTAINER_OF(s->ages.next, struct sctp_run, age));
    return 0;
}

/* Read the rest of a DATA or I-DATA chunk. */
static bool read_fragment(struct reader *r, uint8_t type, uint8_t flags,
                          struct fragment *f_out, uint32_t *tsn_out)
{
    struct fragment *f = f_out;

    *f = (struct fragment){.begins = flags & FLAG_BEGIN,
                           .ends = flags & FLAG_END};
    f->place.unordered = flags & FLAG_UNORDERED;
    f->place.interleaved = type == CHUNK_I_DATA;
    *tsn_out = reader_be32(r);
    f->place.stream = reader_be16(r);
    f->place.message = reader_be16(r); /* reserved in I-DATA */
    f->number = *tsn_out;
    if (f->place.interleaved) {
        f->place.message = reader_be32(r);
        f->number = reader_be32(r);
        if (f->begins)
            f->number = 0; /* the payload protocol stands in its place */
    } else {
        (void)reader_be32(r);
        if (f->place.unordered)
            f->place.message = 0; /* of no meaning there */
    }
    f->bytes = span_of(r->at, reader_left(r));
    return reader_ok(r);
}

/* The direction at hand is the newest: it stays. */
static void make_room(struct sctp *s)
{
    while (s->known.count > 1 && s->known.count > s->limits.directions) {
        s->counters.dropped++;
        end_direction(s, associations_oldest(&s->known));
    }
}

static int take_data(struct sctp *s, struct sctp_direction **d,
                     const struct sctp_packet *packet, struct fragment *f,
                     uint32_t tsn, int64_t now_ns)
{
    struct sctp_chunk_print print = {tsn, (uint32_t)hash_span(f->bytes) ^
                                              (uint32_t)f->bytes.length};

    if (!*d) {
        *d = associations_find(&s->known, packet->arrival, packet->tag, &print,
                               now_ns);
        if (!*d)
            return -ENOMEM;
        s->counters.directions += !(*d)->begun;
        make_room(s);
    }
    if (association_is_seen(*d, &print)) {
        s->counters.duplicates++;
        return 0;
    }
    if (!f->begins || !f->ends)
        return take_fragment(s, *d, packet, f, now_ns);
    s->counters.messages++;
    hand_on(s, *d, packet->arrival, f->bytes, packet->anomalies, f->cut);
    return 0;
}

/* The association is over, or begins anew with the same tag. */
static void forget(struct sctp *s, struct sctp_direction **d,
                   const struct sctp_packet *packet)
{
    struct sctp_direction *known =
        *d ? *d : associations_look_up(&s->known, packet->arrival, packet->tag);

    *d = NULL;
    if (known)
        end_direction(s, known);
}

int sctp_push(struct sctp *s, const struct sctp_packet *packet, int64_t now_ns,
              bool *bad_out)
{
    struct reader r = reader_of(packet->chunks.data, packet->chunks.length);
    uint32_t wire = packet->wire;
    struct sctp_direction *d = NULL;
    int rc = 0;

    *bad_out = false;
    while (reader_left(&r) >= CHUNK_HEADER_BYTES && rc >= 0) {
        uint8_t type = reader_u8(&r);
        uint8_t flags = reader_u8(&r);
        uint32_t length = reader_be16(&r);
        uint32_t padded = (length + 3) & ~3u;
        size_t captured = length - CHUNK_HEADER_BYTES;
        struct fragment f;
        struct reader value;
        uint32_t tsn;

        if (length < CHUNK_HEADER_BYTES || length > wire) {
            *bad_out = true;
            break;
        }
        if (captured > reader_left(&r))
            captured = reader_left(&r);
        value = reader_of(r.at, captured);
        if (type == CHUNK_DATA || type == CHUNK_I_DATA) {
            bool whole = captured == length - CHUNK_HEADER_BYTES;

            if (read_fragment(&value, type, flags, &f, &tsn) &&
                f.bytes.length > 0) {
                f.cut = !whole;
                rc = take_data(s, &d, packet, &f, tsn, now_ns);
            } else if (whole) {
                s->counters.bad_chunks++; /* no user data: 3.3.1 forbids it */
                *bad_out = true;
            }
        } else if (type == CHUNK_INIT_ACK || type == CHUNK_ABORT ||
                   type == CHUNK_SHUTDOWN_COMPLETE) {
            forget(s, &d, packet);
        }
        padded -= CHUNK_HEADER_BYTES;
        reader_skip(&r, padded < reader_left(&r) ? padded : reader_left(&r));
        wire -= padded + CHUNK_HEADER_BYTES < wire ? padded + CHUNK_HEADER_BYTES
                                                   : wire;
    }
    if (rc < 0)
        return rc;
    if (!d)
        d = associations_look_up(&s->known, packet->arrival, packet->tag);
    if (d && !d->sip)
        d->packets += packet->counted;
    return d && d->sip;
}

void sctp_expire(struct sctp *s, int64_t now_ns)
{
    bool all = now_ns == INT64_MAX;

    while (!list_empty(&s->ages)) {
        struct sctp_run *run = CONTAINER_OF(s->ages.next, struct sctp_run, age);

        if (!all && now_ns - run->since_ns < s->limits.gap_ns)
            break;
        give_up(s, run);
    }
    while (s->known.count) {
        struct sctp_direction *d = associations_oldest(&s->known);

        if (!all && now_ns - d->seen_ns < s->limits.idle_ns)
            break;
        s->counters.expired += !all;
        end_direction(s, d);
    }
}

const struct sctp_counters *sctp_counters_of(const struct sctp *s)
{
    return &s->counters;
}

size_t sctp_bytes(const struct sctp *s)
{
    return s->bytes;
}
