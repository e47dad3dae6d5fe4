#include "txn/copy.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/time.h"

#define SETS 2048
#define WAYS 4
#define PLACES 2
#define IDS 2

/* Where these bytes were seen, and how often. Hashes are cut to what two
 * places of one message need to be told apart. */
struct place {
    uint64_t addresses; /* hash of addresses and ports */
    uint32_t link_view;
    uint16_t count;    /* messages, not counting R2 d's copies */
    uint16_t ids[IDS]; /* newest first; 0 for none */
    bool half_pair;    /* the next one is the second of a pair */
};

/* A cache line. A third place takes the room of the second: what it shows is
 * still judged by the first. */
struct entry {
    uint64_t text_hash;
    int64_t last_ns;
    struct place places[PLACES]; /* count 0: no place */
};

struct copy_window {
    int64_t window_ns;
    uint64_t seed;
    uint64_t dropped;
    struct entry entries[SETS][WAYS];
};

int copy_window_new(int64_t window_ns, struct copy_window **window_out)
{
    struct copy_window *w = calloc(1, sizeof(*w));

    if (!w)
        return -ENOMEM;
    w->window_ns = window_ns;
    w->seed = hash_bytes("copies", 6);
    *window_out = w;
    return 0;
}

void copy_window_free(struct copy_window *w)
{
    free(w);
}

static uint64_t addresses_hash(const struct arrival *a)
{
    uint64_t words[4];
    uint64_t h = (uint64_t)a->src.port << 16 | a->dst.port;
    uint32_t src, dst;

    if (a->src.address.family == 4 && a->dst.address.family == 4) {
        memcpy(&src, a->src.address.bytes, 4);
        memcpy(&dst, a->dst.address.bytes, 4);
        return hash_mix(h, (uint64_t)src << 32 | dst);
    }
    memcpy(words, a->src.address.bytes, 16);
    memcpy(words + 2, a->dst.address.bytes, 16);
    for (unsigned i = 0; i < 4; i++)
        h = hash_mix(h, words[i]);
    return h;
}

/* Files and interfaces are captured at places of their own. */
static uint32_t view_hash(const struct arrival *a)
{
    uint64_t view = hash_mix(a->link_view, a->source);

    return (uint32_t)(view ^ view >> 32);
}

static bool is_reliable(enum transport t)
{
    return t != TRANSPORT_UDP;
}

/* The entry of these bytes, emptied where what it holds is too old. */
static struct entry *find_entry(struct copy_window *w, uint64_t text_hash,
                                int64_t time_ns)
{
    struct entry *set = w->entries[hash_mix(w->seed, text_hash) % SETS];
    struct entry *oldest = &set[0];

    for (unsigned i = 0; i < WAYS; i++) {
        struct entry *e = &set[i];

        if (e->text_hash == text_hash && e->places[0].count) {
            if (time_ns_between(e->last_ns, time_ns) > w->window_ns)
                memset(e->places, 0, sizeof(e->places));
            return e;
        }
        if (e->last_ns < oldest->last_ns)
            oldest = e;
    }
    w->dropped += oldest->places[0].count &&
                  time_ns_between(oldest->last_ns, time_ns) <= w->window_ns;
    memset(oldest->places, 0, sizeof(oldest->places));
    return oldest;
}

static struct place *get_place(struct entry *e, uint64_t addresses,
                               uint32_t link_view)
{
    struct place *p = &e->places[0];

    for (unsigned i = 0; i < PLACES; i++)
        if (e->places[i].count && e->places[i].addresses == addresses &&
            e->places[i].link_view == link_view)
            return &e->places[i];
    if (p->count)
        p = &e->places[1];
    *p = (struct place){.addresses = addresses, .link_view = link_view};
    return p;
}

/* R2 d: the packet that was seen here before, by its IP identification. */
static bool same_packet(struct place *p, const struct arrival *a)
{
    if (a->ip_id) {
        for (unsigned i = 0; i < IDS; i++)
            if (p->ids[i] == a->ip_id)
                return true;
        for (unsigned i = IDS - 1; i > 0; i--)
            p->ids[i] = p->ids[i - 1];
        p->ids[0] = a->ip_id;
        return false;
    }
    if (!a->paired || !p->count)
        return false;
    p->half_pair = !p->half_pair;
    return p->half_pair;
}

/* Did the other place show more of these than this one? */
static enum copy_verdict judge_places(const struct entry *e,
                                      const struct place *here)
{
    const struct place *other = &e->places[here == &e->places[0]];

    if (other->count <= here->count)
        return COPY_NONE;
    return other->addresses == here->addresses ? COPY_OTHER_VIEW
                                               : COPY_OTHER_ADDRESS;
}

enum copy_verdict copy_window_observe(struct copy_window *w, uint64_t text_hash,
                                      const struct arrival *arrival)
{
    enum copy_verdict verdict;
    struct entry *e;
    struct place *p;

    if (arrival->sensor) /* what others saw is theirs */
        text_hash = hash_mix(text_hash, arrival->sensor);
    e = find_entry(w, text_hash, arrival->time_ns);
    e->text_hash = text_hash;
    e->last_ns = arrival->time_ns;
    p = get_place(e, addresses_hash(arrival), view_hash(arrival));
    /* TCP's own copies are gone before SIP is seen (R2 e). */
    if (!is_reliable(arrival->transport) && same_packet(p, arrival))
        return COPY_SAME_PACKET;
    verdict = judge_places(e, p);
    if (p->count < UINT16_MAX)
        p->count++;
    return verdict;
}

uint64_t copy_window_dropped(const struct copy_window *w)
{
    return w->dropped;
}

const char *copy_verdict_name(enum copy_verdict v)
{
    static const char *const names[COPY_VERDICT_COUNT] = {
        [COPY_NONE] = "none",
        [COPY_OTHER_ADDRESS] = "other_address",
        [COPY_OTHER_VIEW] = "other_view",
        [COPY_SAME_PACKET] = "same_packet",
    };

    return (unsigned)v < COPY_VERDICT_COUNT ? names[v] : "";
}
