#include "txn/copy.h"

#include <errno.h>
#include <stdlib.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/fetch.h"
#include "base/hash.h"
#include "base/time.h"

#define SETS 1024
#define WAYS 8
#define PLACES 2
#define IDS 2

_Static_assert(WAYS == 8, "two vectors of hashes");

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

/* What shows which entry of a set is meant, or which one is free: a cache
 * line, all of whose hashes are compared at once. */
struct tags {
    _Alignas(FETCH_LINE_BYTES) uint32_t hashes[WAYS]; /* 0 for none */
    uint32_t lasts[WAYS]; /* coarse times; see tick_of() */
};

struct copy_window {
    struct tags tags[SETS];
    struct entry entries[WAYS][SETS]; /* first ways first: they are in use */
    int64_t window_ns;
    int32_t window_ticks; /* at least */
    uint64_t dropped;
};

/* About a millisecond; ages are told apart up to 26 days. */
static uint32_t tick_of(int64_t time_ns)
{
    return (uint32_t)((uint64_t)time_ns >> 20);
}

int copy_window_new(int64_t window_ns, struct copy_window **window_out)
{
    struct copy_window *w = aligned_alloc(FETCH_LINE_BYTES, sizeof(*w));

    if (!w)
        return -ENOMEM;
    memset(w, 0, sizeof(*w));
    w->window_ns = window_ns;
    w->window_ticks = (int32_t)tick_of(window_ns) + 1;
    *window_out = w;
    return 0;
}

void copy_window_free(struct copy_window *w)
{
    free(w);
}

/* Apart, and likewise what is seen again: so is the usual short. */
__attribute__((noinline)) static uint64_t
addresses_hash_long(const struct arrival *a, uint64_t h)
{
    uint64_t words[4];

    memcpy(words, a->src.address.bytes, 16);
    memcpy(words + 2, a->dst.address.bytes, 16);
    for (unsigned i = 0; i < 4; i++)
        h = hash_mix(h, words[i]);
    return h;
}

static uint64_t addresses_hash(const struct arrival *a)
{
    uint64_t h = (uint64_t)a->src.port << 16 | a->dst.port;
    uint32_t src, dst;

    if (a->src.address.family != 4 || a->dst.address.family != 4)
        return addresses_hash_long(a, h);
    memcpy(&src, a->src.address.bytes, 4);
    memcpy(&dst, a->dst.address.bytes, 4);
    return hash_mix(h, (uint64_t)src << 32 | dst);
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

/* Where bytes have their entry: which set, and the tag there. */
struct slot {
    uint64_t text_hash;
    size_t set;
    uint32_t tag;
};

static struct slot slot_of(uint64_t text_hash, const struct arrival *a)
{
    if (a->sensor) /* what others saw is theirs */
        text_hash = hash_mix(text_hash, a->sensor);
    return (struct slot){text_hash, text_hash % SETS,
                         (uint32_t)(text_hash >> 32) | 1};
}

void copy_window_fetch(const struct copy_window *w, uint64_t text_hash,
                       const struct arrival *arrival)
{
    struct slot slot = slot_of(text_hash, arrival);

    __builtin_prefetch(&w->tags[slot.set]);
    __builtin_prefetch(&w->entries[0][slot.set], 1);
}

/* What a set is asked for: bits of its ways. */
struct ways {
    unsigned with; /* this hash, and */
    unsigned free; /* those without one, or whose time has passed */
};

#if defined(__SSE2__)
static unsigned bits_of(__m128i low, __m128i high)
{
    __m128i words = _mm_packs_epi32(low, high);

    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(words, words)) & 0xff;
}
#endif

/* Without a branch that depends on them: which ones are free is as good as
 * random. */
static struct ways ways_of(const struct tags *tags, uint32_t hash, uint32_t now,
                           int32_t window)
{
    struct ways w;

#if defined(__SSE2__)
    const __m128i *hashes = (const __m128i *)(const void *)tags->hashes;
    const __m128i *lasts = (const __m128i *)(const void *)tags->lasts;
    const __m128i wanted = _mm_set1_epi32((int)hash);
    const __m128i none = _mm_setzero_si128();
    const __m128i at = _mm_set1_epi32((int)now);
    const __m128i most = _mm_set1_epi32(window);
    __m128i low = _mm_load_si128(hashes), high = _mm_load_si128(hashes + 1);
    __m128i low_age = _mm_sub_epi32(at, _mm_load_si128(lasts));
    __m128i high_age = _mm_sub_epi32(at, _mm_load_si128(lasts + 1));

    w.with =
        bits_of(_mm_cmpeq_epi32(low, wanted), _mm_cmpeq_epi32(high, wanted));
    w.free = bits_of(_mm_or_si128(_mm_cmpeq_epi32(low, none),
                                  _mm_cmpgt_epi32(low_age, most)),
                     _mm_or_si128(_mm_cmpeq_epi32(high, none),
                                  _mm_cmpgt_epi32(high_age, most)));
#else
    w = (struct ways){0};
    for (unsigned i = 0; i < WAYS; i++) {
        int32_t age = (int32_t)(now - tags->lasts[i]);

        w.with |= (unsigned)(tags->hashes[i] == hash) << i;
        w.free |= (unsigned)(!tags->hashes[i] || age > window) << i;
    }
#endif
    return w;
}

/* The way to put other bytes into, where none is free: the one longest
 * unseen. */
__attribute__((noinline)) static unsigned
oldest_way(struct copy_window *w, const struct tags *tags, uint32_t now)
{
    unsigned oldest = 0;

    for (unsigned i = 1; i < WAYS; i++)
        if ((int32_t)(now - tags->lasts[i]) >
            (int32_t)(now - tags->lasts[oldest]))
            oldest = i;
    w->dropped++;
    return oldest;
}

/* The entry of these bytes among some ways; NULL where there is none that is
 * young enough. */
static struct entry *find_entry(struct copy_window *w, const struct slot *slot,
                                int64_t time_ns, struct ways *ways)
{
    struct tags *tags = &w->tags[slot->set];

    for (; ways->with; ways->with &= ways->with - 1) {
        unsigned way = (unsigned)__builtin_ctz(ways->with);
        struct entry *e = &w->entries[way][slot->set];

        if (e->text_hash != slot->text_hash)
            continue;
        if (time_ns_between(e->last_ns, time_ns) > w->window_ns) {
            tags->hashes[way] = 0;
            ways->free |= 1U << way;
            return NULL;
        }
        tags->lasts[way] = tick_of(time_ns);
        e->last_ns = time_ns;
        return e;
    }
    return NULL;
}

/* Most bytes are seen once: what is taken for them is not read, only written,
 * so that nothing waits for it. */
static void add_entry(struct copy_window *w, const struct slot *slot,
                      const struct arrival *a, struct ways ways)
{
    struct tags *tags = &w->tags[slot->set];
    uint32_t now = tick_of(a->time_ns);
    unsigned way = ways.free ? (unsigned)__builtin_ctz(ways.free)
                             : oldest_way(w, tags, now);
    struct entry *e = &w->entries[way][slot->set];
    struct place *p = &e->places[0];

    tags->hashes[way] = slot->tag;
    tags->lasts[way] = now;
    e->text_hash = slot->text_hash;
    e->last_ns = a->time_ns;
    e->places[1].count = 0;
    p->addresses = addresses_hash(a);
    p->link_view = view_hash(a);
    p->count = 1;
    /* TCP's own copies are gone before SIP is seen (R2 e). */
    p->ids[0] = is_reliable(a->transport) ? 0 : a->ip_id;
    for (unsigned i = 1; i < IDS; i++)
        p->ids[i] = 0;
    p->half_pair = false;
}

static struct place *get_place(struct entry *e, const struct place *seen)
{
    struct place *p = &e->places[0];

    for (unsigned i = 0; i < PLACES; i++)
        if (e->places[i].count && e->places[i].addresses == seen->addresses &&
            e->places[i].link_view == seen->link_view)
            return &e->places[i];
    if (p->count)
        p = &e->places[1];
    *p = *seen;
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

__attribute__((noinline)) static enum copy_verdict
judge_again(struct entry *e, const struct arrival *a)
{
    const struct place seen = {.addresses = addresses_hash(a),
                               .link_view = view_hash(a)};
    struct place *p = get_place(e, &seen);
    enum copy_verdict verdict;

    if (!is_reliable(a->transport) && same_packet(p, a))
        return COPY_SAME_PACKET;
    verdict = judge_places(e, p);
    if (p->count < UINT16_MAX)
        p->count++;
    return verdict;
}

enum copy_verdict copy_window_observe(struct copy_window *w, uint64_t text_hash,
                                      const struct arrival *arrival)
{
    struct slot slot = slot_of(text_hash, arrival);
    struct ways ways = ways_of(&w->tags[slot.set], slot.tag,
                               tick_of(arrival->time_ns), w->window_ticks);
    struct entry *e =
        ways.with ? find_entry(w, &slot, arrival->time_ns, &ways) : NULL;

    if (e)
        return judge_again(e, arrival);
    add_entry(w, &slot, arrival, ways);
    return COPY_NONE;
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
