/*
 * Segment borders mean nothing: however the bytes of a capture's TCP streams
 * are cut, joined, shuffled, repeated or laid across each other, the same
 * messages come out, in the same order in each direction.
 *
 * Taken are streams made here, the samples, crafted captures, and whatever
 * lies in ../shared/captures. SPLITS=all cuts every segment at every byte of
 * every capture, however long that takes.
 */
#include "test.h"

#include <glob.h>

#include "base/hash.h"
#include "capture/capture.h"
#include "decode/layers.h"
#include "pipeline/intake.h"

#define MS INT64_C(1000000)
#define SEGMENTS_MAX 20000
#define SEGMENT_BYTES_MAX 60000
/* Bytes pushed for one capture before splits get sparse. */
#define SPLIT_WORK (UINT64_C(1) << 18)

struct segment {
    struct layers layers; /* payload is borrowed from the trace's bytes */
    int64_t time_ns;
};

struct trace {
    const char *name;
    struct segment *items;
    size_t count;
    size_t room;
    char *bytes; /* owned, all payloads */
    size_t length;
    size_t bytes_room;
};

struct seen {
    struct endpoint src;
    struct endpoint dst;
    uint64_t hash; /* of its text and what was found out about it */
    size_t length;
};

struct result {
    struct seen *items;
    size_t count;
    size_t room;
    uint64_t gap_bytes; /* of streams of SIP */
};

/** How a trace is made into another. */
struct plan {
    const char *name;
    uint32_t pieces; /* bytes of each; 0: as they are */
    uint32_t at;     /* cut once, here; 0: not */
    bool join;       /* neighbours into one segment, first */
    bool random;     /* pieces of random lengths */
    bool overlap;
    bool twice;
    bool shuffle;
};

/** Captures for which a part of the property cannot hold. */
static const struct exception {
    const char *name; /* in the capture's path */
    bool no_disorder; /* where bytes differ the first win (tcp.h): which are
                         first must not change */
    bool no_cuts;     /* what was something else turns into SIP where a
                         segment begins with it (flow.h): borders matter */
} exceptions[] = {
    {"overlap-differs", true, false},
    {"zero-window-probe", true, false},
    {"not-sip-then-sip", true, true},
    /* Before the first segment of a stream joined in the middle one more is
       taken (tcp.h), if it reaches the first: pieces of it do not. */
    {"no-syn-swapped", true, true},
};

/* --- traces --------------------------------------------------------------- */

static void trace_add(struct trace *t, const struct segment *s)
{
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 256;
        t->items = realloc(t->items, t->room * sizeof(*t->items));
        assert_non_null(t->items);
    }
    t->items[t->count++] = *s;
}

static void trace_free(struct trace *t)
{
    free(t->items);
    free(t->bytes);
    *t = (struct trace){0};
}

/* Offsets while the buffer may move; pointers once all is there. */
static void trace_keep(struct trace *t, struct segment *s)
{
    size_t length = s->layers.payload.length;

    while (t->length + length > t->bytes_room) {
        t->bytes_room = t->bytes_room ? t->bytes_room * 2 : 65536;
        t->bytes = realloc(t->bytes, t->bytes_room);
        assert_non_null(t->bytes);
    }
    if (length)
        memcpy(t->bytes + t->length, s->layers.payload.data, length);
    s->layers.payload.data = NULL;
    t->length += length;
    trace_add(t, s);
}

static void trace_settle(struct trace *t)
{
    size_t at = 0;

    for (size_t i = 0; i < t->count; i++) {
        struct span *payload = &t->items[i].layers.payload;

        payload->data = t->bytes + at;
        at += payload->length;
    }
}

static bool trace_read(const char *path, struct trace *t)
{
    struct capture *c;
    struct packet packet;
    enum capture_result got;

    *t = (struct trace){.name = path};
    if (capture_open_files(&path, 1, NULL, &c, NULL))
        return false;
    while ((got = capture_read(c, &packet, NULL)) != CAPTURE_END &&
           t->count < SEGMENTS_MAX) {
        struct segment s = {.time_ns = packet.time_ns};

        if (got != CAPTURE_PACKET)
            continue;
        layers_decode(&packet, &s.layers);
        if (s.layers.outcome == DECODE_TCP)
            trace_keep(t, &s);
    }
    capture_free(c);
    trace_settle(t);
    return t->count > 0;
}

/* --- running one ------------------------------------------------------------
 */

static int take_message(void *arg, struct observation *o)
{
    const struct sip_message *m = &o->message;
    struct result *r = arg;
    struct seen *s;

    if (r->count == r->room) {
        r->room = r->room ? r->room * 2 : 256;
        r->items = realloc(r->items, r->room * sizeof(*r->items));
        assert_non_null(r->items);
    }
    s = &r->items[r->count++];
    memset(s, 0, sizeof(*s));
    s->src = o->arrival.src;
    s->dst = o->arrival.dst;
    s->length = m->text.length;
    s->hash = hash_mix(hash_span(m->text), (uint64_t)m->status << 8 |
                                               (uint64_t)o->arrival.transport);
    for (size_t i = 0; i < ANOMALY_WORDS; i++)
        s->hash = hash_mix(s->hash, m->anomalies.bits[i]);
    observation_release(o);
    return 0;
}

static int take_lost(void *arg, const struct capture_gap *gap)
{
    struct result *r = arg;

    r->gap_bytes += gap->bytes;
    return 0;
}

/* Directions together, the order within each as it was. */
static int compare(const void *a, const void *b)
{
    const struct seen *x = a;
    const struct seen *y = b;
    int by_src = memcmp(&x->src, &y->src, sizeof(x->src));

    return by_src ? by_src : memcmp(&x->dst, &y->dst, sizeof(x->dst));
}

static void sort_stable(struct result *r)
{
    for (size_t i = 1; i < r->count; i++)
        for (size_t k = i; k > 0 && compare(&r->items[k - 1], &r->items[k]) > 0;
             k--) {
            struct seen moved = r->items[k];

            r->items[k] = r->items[k - 1];
            r->items[k - 1] = moved;
        }
}

static void run(const struct trace *t, struct result *r)
{
    struct flow_limits limits = flow_limits_default;
    struct flow_table *table;
    struct flow_sink sink;
    struct intake in;

    *r = (struct result){0};
    assert_int_equal(intake_init(&in), 0);
    in.take_fn = take_message;
    in.take_arg = r;
    in.lost_fn = take_lost;
    sink = intake_sink(&in);
    assert_int_equal(flow_table_new(&limits, &sink, &table), 0);
    for (size_t i = 0; i < t->count; i++) {
        struct layers l = t->items[i].layers;
        struct packet p = {.time_ns = t->items[i].time_ns, .frame = i + 1};

        assert_int_equal(flow_push(table, &p, &l), 0);
    }
    flow_flush(table);
    flow_table_free(table);
    assert_int_equal(in.failure, 0);
    intake_fini(&in);
    sort_stable(r);
}

/* --- making another of it ---------------------------------------------------
 */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static bool follows(const struct segment *a, const struct segment *b)
{
    return endpoint_equal(&a->layers.src, &b->layers.src) &&
           endpoint_equal(&a->layers.dst, &b->layers.dst) &&
           !(a->layers.tcp.flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
           !(b->layers.tcp.flags & (TCP_SYN | TCP_RST)) &&
           a->layers.payload.length == a->layers.payload_wire &&
           a->layers.payload_wire + a->layers.tcp.seq == b->layers.tcp.seq &&
           a->layers.payload.data + a->layers.payload.length ==
               b->layers.payload.data &&
           b->time_ns - a->time_ns < 50 * MS &&
           a->layers.payload.length + b->layers.payload.length <
               SEGMENT_BYTES_MAX;
}

static void join(const struct trace *from, struct trace *to)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct segment *s = &from->items[i];
        struct segment *last = to->count ? &to->items[to->count - 1] : NULL;

        if (!last || !follows(last, s)) {
            trace_add(to, s);
            continue;
        }
        last->layers.payload.length += s->layers.payload.length;
        last->layers.payload_wire += s->layers.payload_wire;
        last->layers.tcp.flags |= s->layers.tcp.flags;
        last->layers.tcp.ack = s->layers.tcp.ack;
    }
}

/* Bytes @p from to @p to of a segment, the SYN with the first, the FIN and
   what was not captured with the last. */
static struct segment piece_of(const struct segment *s, uint32_t from,
                               uint32_t to)
{
    struct segment piece = *s;
    bool last = to >= s->layers.payload.length;
    bool syn = s->layers.tcp.flags & TCP_SYN;

    piece.layers.payload = span_part(s->layers.payload, from, to - from);
    piece.layers.payload_wire = (last ? s->layers.payload_wire : to) - from;
    if (from) {
        piece.layers.tcp.seq += from + syn;
        piece.layers.tcp.flags &= (uint8_t)~TCP_SYN;
    }
    if (!last)
        piece.layers.tcp.flags &= (uint8_t) ~(TCP_FIN | TCP_RST);
    return piece;
}

/* Of what came out of order no more than 512 segments are held. */
static bool is_disordered(const struct trace *t)
{
    for (size_t i = 1; i < t->count; i++)
        for (size_t k = i < 20 ? 0 : i - 20; k < i; k++) {
            const struct layers *a = &t->items[k].layers;
            const struct layers *b = &t->items[i].layers;

            if (endpoint_equal(&a->src, &b->src) && b->payload_wire &&
                (int32_t)(b->tcp.seq - a->tcp.seq) < 0)
                return true;
        }
    return false;
}

static uint32_t length_of_piece(const struct plan *plan, uint32_t from,
                                uint32_t *seed)
{
    if (plan->random)
        return 1 + next_random(seed) % (next_random(seed) % 3 ? 40 : 700);
    if (plan->at)
        return from ? UINT32_MAX / 2 : plan->at;
    return plan->pieces ? plan->pieces : UINT32_MAX / 2;
}

/* Nothing may come before the first bytes of a stream whose beginning was not
   seen: whoever joins knows of no earlier ones. A reset ends, a SYN begins. */
static bool is_barrier(const struct trace *from, size_t index, bool started)
{
    const struct segment *s = &from->items[index];

    return !started || (s->layers.tcp.flags & (TCP_SYN | TCP_RST));
}

static void shuffle(struct trace *t, size_t from, uint32_t *seed)
{
    for (size_t i = t->count; i > from + 1; i--) {
        size_t k = from + next_random(seed) % (i - from);
        struct segment moved = t->items[i - 1];

        t->items[i - 1] = t->items[k];
        t->items[k] = moved;
    }
}

/* Has this direction of its connection had bytes, or a SYN, before? */
static bool has_started(const struct trace *from, size_t index)
{
    const struct layers *l = &from->items[index].layers;

    for (size_t i = index; i-- > 0;) {
        const struct layers *o = &from->items[i].layers;

        if (endpoint_equal(&l->src, &o->src) &&
            endpoint_equal(&l->dst, &o->dst) &&
            (o->payload_wire || o->tcp.flags & (TCP_SYN | TCP_FIN | TCP_RST)))
            return !(o->tcp.flags & (TCP_FIN | TCP_RST)) &&
                   l->tcp.seq - o->tcp.seq + (1u << 20) < 1u << 21;
    }
    return false;
}

/* Pieces from here on may change places; others lie too far back. */
struct window {
    struct trace *to;
    size_t from;
    uint32_t *seed;
    bool shuffled;
};

static void close_window(struct window *w)
{
    if (w->shuffled)
        shuffle(w->to, w->from, w->seed);
    w->from = w->to->count;
}

static void put(struct window *w, const struct segment *piece)
{
    if (w->to->count - w->from >= 16 ||
        (w->from < w->to->count &&
         piece->time_ns - w->to->items[w->from].time_ns > 50 * MS))
        close_window(w);
    trace_add(w->to, piece);
}

static void cut(const struct trace *from, const struct plan *plan,
                uint32_t *seed, struct trace *to)
{
    struct window window = {to, 0, seed, plan->shuffle};
    uint32_t least = is_disordered(from) ? 8 : 1;

    for (size_t i = 0; i < from->count; i++) {
        const struct segment *s = &from->items[i];
        uint32_t length = (uint32_t)s->layers.payload.length;
        bool barrier =
            plan->shuffle && is_barrier(from, i, has_started(from, i));
        uint32_t at = 0;

        if (barrier)
            close_window(&window);
        do {
            uint32_t piece_length = length_of_piece(plan, at, seed);
            uint32_t end = at + (piece_length < least ? least : piece_length);
            uint32_t back = plan->overlap && at ? next_random(seed) % at : 0;
            struct segment piece;

            if (end > length)
                end = length;
            piece = piece_of(s, at - (back > 9 ? 9 : back), end);
            put(&window, &piece);
            if (plan->twice && next_random(seed) % 2)
                put(&window, &piece);
            if (barrier && !at)
                close_window(&window);
            at = end;
        } while (at < length);
    }
    close_window(&window);
}

static void remake(const struct trace *from, const struct plan *plan,
                   uint32_t seed, struct trace *to)
{
    struct trace joined = {0};

    *to = (struct trace){.name = from->name};
    if (plan->join)
        join(from, &joined);
    cut(plan->join ? &joined : from, plan, &seed, to);
    trace_free(&joined);
}

/* --- comparing ---------------------------------------------------------------
 */

static void expect_same(const struct trace *t, const struct plan *plan,
                        uint32_t seed, const struct result *whole)
{
    struct result other;
    struct trace made;

    remake(t, plan, seed, &made);
    run(&made, &other);
    if (other.count != whole->count)
        fail_msg("%s: %s (at %u, seed %u): %zu messages, not %zu", t->name,
                 plan->name, plan->at, seed, other.count, whole->count);
    if (other.gap_bytes != whole->gap_bytes)
        fail_msg("%s: %s (at %u, seed %u): %llu bytes missing, not %llu",
                 t->name, plan->name, plan->at, seed,
                 (unsigned long long)other.gap_bytes,
                 (unsigned long long)whole->gap_bytes);
    for (size_t i = 0; i < whole->count; i++)
        if (memcmp(&other.items[i], &whole->items[i], sizeof(struct seen)))
            fail_msg("%s: %s (at %u, seed %u): message %zu is another: %zu "
                     "bytes, not %zu",
                     t->name, plan->name, plan->at, seed, i,
                     other.items[i].length, whole->items[i].length);
    free(other.items);
    trace_free(&made);
}

static uint32_t longest(const struct trace *t)
{
    size_t most = 0;

    for (size_t i = 0; i < t->count; i++)
        if (t->items[i].layers.payload.length > most)
            most = t->items[i].layers.payload.length;
    return (uint32_t)most;
}

static const struct exception *exception_of(const struct trace *t)
{
    static const struct exception none = {0};

    for (size_t i = 0; i < COUNT_OF(exceptions); i++)
        if (strstr(t->name, exceptions[i].name))
            return &exceptions[i];
    return &none;
}

static bool holds_for(const struct plan *plan, const struct trace *t)
{
    const struct exception *e = exception_of(t);

    return !(e->no_disorder && plan->shuffle) &&
           !(e->no_cuts &&
             (plan->pieces || plan->at || plan->join || plan->random));
}

static void try_plans(const struct trace *t, const struct result *whole)
{
    static const struct plan plans[] = {
        {.name = "byte by byte", .pieces = 1},
        {.name = "two bytes each", .pieces = 2},
        {.name = "seven bytes each", .pieces = 7},
        {.name = "joined", .join = true},
        {.name = "joined, then 1000 bytes each", .join = true, .pieces = 1000},
        {.name = "joined, then at random", .join = true, .random = true},
        {.name = "repeated", .random = true, .twice = true},
        {.name = "overlapping", .random = true, .overlap = true},
        {.name = "whole, some twice", .twice = true},
        {.name = "shuffled", .random = true, .shuffle = true},
        {.name = "shuffled byte by byte", .pieces = 1, .shuffle = true},
        {.name = "all of it",
         .join = true,
         .random = true,
         .overlap = true,
         .twice = true,
         .shuffle = true},
    };
    uint32_t seeds = t->length < 20000 ? 3 : 1;

    for (size_t i = 0; i < COUNT_OF(plans); i++)
        for (uint32_t seed = 1; seed <= seeds; seed++) {
            bool drawn = plans[i].random || plans[i].shuffle || plans[i].twice;

            if (!holds_for(&plans[i], t))
                break;
            expect_same(t, &plans[i], seed * 7919, whole);
            if (!drawn)
                break;
        }
}

/* Each segment in two, at every byte; of long captures at some. */
static void try_splits(const struct trace *t, const struct result *whole)
{
    const char *all = getenv("SPLITS");
    uint32_t most = longest(t);
    uint64_t cost = t->length + t->count * 200;
    uint64_t tries = SPLIT_WORK / cost + 1;
    uint32_t step = all || tries >= most ? 1 : (uint32_t)(most / tries) + 1;

    for (uint32_t at = 1; at < most; at += step) {
        struct plan plan = {.name = "in two", .at = at};

        if (holds_for(&plan, t))
            expect_same(t, &plan, 1, whole);
    }
}

/* Where there is no SIP, cutting must not make any: that is soon tried. */
static size_t check(const struct trace *t)
{
    static const struct plan bytes = {.name = "byte by byte", .pieces = 1};
    struct result whole;
    size_t count;

    run(t, &whole);
    count = whole.count;
    if (count) {
        try_plans(t, &whole);
        try_splits(t, &whole);
    } else {
        expect_same(t, &bytes, 1, &whole);
    }
    free(whole.items);
    return count;
}

/* --- streams made here
 * -------------------------------------------------------- */

#define HEAD(method, id)                                                       \
    method " sip:bob@example.com SIP/2.0\r\n"                                  \
           "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK" id "\r\n"               \
           "From: <sip:a@example.com>;tag=1\r\n"                               \
           "To: <sip:bob@example.com>\r\n"                                     \
           "Call-ID: " id "\r\nCSeq: 1 " method "\r\nMax-Forwards: 70\r\n"
#define PLAIN(id) HEAD("OPTIONS", id) "Content-Length: 0\r\n\r\n"
#define BODY(id) HEAD("MESSAGE", id) "l: 12\r\n\r\nhello\r\nSIP/2"
#define ANSWER(id)                                                             \
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK" id "\r\n"    \
    "From: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>;tag=2\r\n"   \
    "Call-ID: " id "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

static const struct made {
    const char *name;
    const char *bytes; /* of one direction */
    bool handshake;
    size_t messages;
} made[] = {
    {"one", PLAIN("a"), true, 1},
    {"several", PLAIN("a") BODY("b") PLAIN("c") BODY("d"), true, 4},
    {"keep-alives between", "\r\n\r\n" PLAIN("a") "\r\n\r\n" BODY("b") "\r\n",
     true, 2},
    {"answers", ANSWER("a") ANSWER("b") ANSWER("c"), true, 3},
    {"no handshake", PLAIN("a") BODY("b"), false, 2},
    {"joined in mid-message",
     "ds: 70\r\nContent-Length: 0\r\n\r\n" PLAIN("a") ANSWER("b"), false, 2},
    {"joined in a body",
     "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n" ANSWER("a")
         ANSWER("b"),
     false, 2},
    {"no Content-Length",
     HEAD("OPTIONS", "a") "\r\n" HEAD("OPTIONS", "b") "\r\n" ANSWER("c"), true,
     3},
    {"Content-Length -5",
     HEAD("OPTIONS", "a") "Content-Length: -5\r\n\r\n" PLAIN("b"), true, 2},
    {"Content-Length 2147483648",
     HEAD("OPTIONS", "a") "Content-Length: 2147483648\r\n\r\nabc", true, 1},
    {"Content-Length 4294967296",
     HEAD("OPTIONS", "a") "Content-Length: 4294967296\r\n\r\nabc", true, 1},
    {"Content-Length of 300 digits",
     HEAD("OPTIONS", "a") "Content-Length: "
                          "9999999999999999999999999999999999999999999999999999"
                          "999999999999999999"
                          "9999999999999999999999999999999999999999999999999999"
                          "999999999999999999"
                          "9999999999999999999999999999999999999999999999999999"
                          "999999999999999999"
                          "9999999999999999999999999999999999999999999999999999"
                          "999999999999999999"
                          "99999999999999999999\r\n\r\n" PLAIN("b"),
     true, 2},
    {"junk between", PLAIN("a") "junk junk junk\r\n" PLAIN("b"), true, 2},
    {"junk without a line end", PLAIN("a") "?#*!" PLAIN("b"), true, 2},
    {"lines that end with LF",
     "OPTIONS sip:b@example.com SIP/2.0\nCall-ID: a\nCSeq: 1 OPTIONS\n"
     "Content-Length: 3\n\nabc" PLAIN("b"),
     true, 2},
    {"a folded Content-Length",
     HEAD("OPTIONS", "a") "Content-Length:\r\n 4\r\n\r\nbody" PLAIN("b"), true,
     2},
    {"WebSocket",
     "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
     "Connection: Upgrade\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
     "\x82\x1a"
     "OPTIONS sip:b@c SIP/2.0\r\n\x0d"
     "\x82\x1a"
     "OPTIONS sip:b@c SIP/2.0\r\n\x0d",
     true, 2},
    {"HTTP", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nINVITE si",
     true, 0},
};

/* One segment a line: what cuts it will cut it anew. */
static void make(const struct made *m, uint32_t isn, struct trace *t)
{
    const uint8_t src[4] = {192, 0, 2, 1};
    const uint8_t dst[4] = {192, 0, 2, 2};
    size_t length = strlen(m->bytes);
    struct segment s = {.time_ns = INT64_C(1700000000) * 1000 * MS,
                        .layers = {.outcome = DECODE_TCP,
                                   .src = {address_v4(src), 40000},
                                   .dst = {address_v4(dst), 5060},
                                   .ip_protocol = 6,
                                   .tcp = {.seq = isn, .flags = TCP_SYN}}};

    *t = (struct trace){.name = m->name};
    if (m->handshake)
        trace_keep(t, &s);
    s.layers.tcp.flags = TCP_ACK;
    s.layers.tcp.seq++;
    for (size_t at = 0; at < length;) {
        const char *end = memchr(m->bytes + at, '\n', length - at);
        size_t piece = end ? (size_t)(end - m->bytes) + 1 - at : length - at;

        s.time_ns += MS;
        s.layers.payload = span_of(m->bytes + at, piece);
        s.layers.payload_wire = (uint32_t)piece;
        if (at + piece == length)
            s.layers.tcp.flags = TCP_ACK | TCP_FIN;
        trace_keep(t, &s);
        s.layers.tcp.seq += (uint32_t)piece;
        at += piece;
    }
    trace_settle(t);
}

static void test_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        struct trace t;
        size_t count;

        make(&made[i], UINT32_MAX - 150, &t); /* wraps around within */
        count = check(&t);
        if (count != made[i].messages)
            fail_msg("%s: %zu messages, not %zu", made[i].name, count,
                     made[i].messages);
        trace_free(&t);
    }
}

static void test_captures(void **state)
{
    static const char *const patterns[] = {"samples/*.pcap*",
                                           "build/crafted/*/*.pcap*",
                                           "../shared/captures/*.pcap*"};
    glob_t found = {0};
    size_t captures = 0;
    size_t messages = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(patterns); i++)
        (void)glob(patterns[i], found.gl_pathc ? GLOB_APPEND : 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct trace t;

        if (trace_read(found.gl_pathv[i], &t)) {
            captures++;
            messages += check(&t);
        }
        trace_free(&t);
    }
    globfree(&found);
    print_message("%zu captures with TCP, %zu messages in them\n", captures,
                  messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_captures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
