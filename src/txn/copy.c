#include "txn/copy.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

#define SETS 4096
#define WAYS 4
#define PLACES 4
#define IDS 4

/* Where these bytes were seen, and how often. */
struct place {
    uint64_t addresses; /* hash of addresses and ports */
    uint64_t link_view;
    uint32_t count;    /* messages, not counting R2 d's copies */
    uint16_t ids[IDS]; /* newest first; 0 for none */
    bool half_pair;    /* the next one is the second of a pair */
};

struct entry {
    uint64_t text_hash;
    int64_t last_ns;
    uint32_t place_count; /* 0: never used */
    struct place places[PLACES];
};

struct copy_window {
    int64_t window_ns;
    uint64_t seed;
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

    memcpy(words, a->src.address.bytes, 16);
    memcpy(words + 2, a->dst.address.bytes, 16);
    for (unsigned i = 0; i < 4; i++)
        h = hash_mix(h, words[i]);
    return h;
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

        if (e->place_count && e->text_hash == text_hash) {
            if (time_ns - e->last_ns > w->window_ns)
                e->place_count = 0;
            return e;
        }
        if (!e->place_count || e->last_ns < oldest->last_ns)
            oldest = oldest->place_count ? e : oldest;
    }
    oldest->place_count = 0;
    return oldest;
}

static struct place *find_place(struct entry *e, uint64_t addresses,
                                uint64_t link_view)
{
    for (uint32_t i = 0; i < e->place_count; i++)
        if (e->places[i].addresses == addresses &&
            e->places[i].link_view == link_view)
            return &e->places[i];
    return NULL;
}

static struct place *add_place(struct entry *e, uint64_t addresses,
                               uint64_t link_view)
{
    struct place *p = &e->places[PLACES - 1];

    if (e->place_count < PLACES)
        p = &e->places[e->place_count++];
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

/* Did another place show more of these than this one? */
static enum copy_verdict judge_places(const struct entry *e,
                                      const struct place *here)
{
    enum copy_verdict verdict = COPY_NONE;

    for (uint32_t i = 0; i < e->place_count; i++) {
        const struct place *p = &e->places[i];

        if (p == here || p->count <= here->count)
            continue;
        if (p->addresses == here->addresses)
            return COPY_OTHER_VIEW;
        verdict = COPY_OTHER_ADDRESS;
    }
    return verdict;
}

enum copy_verdict copy_window_observe(struct copy_window *w, uint64_t text_hash,
                                      const struct arrival *arrival)
{
    struct entry *e = find_entry(w, text_hash, arrival->time_ns);
    uint64_t addresses = addresses_hash(arrival);
    enum copy_verdict verdict;
    struct place *p;

    e->text_hash = text_hash;
    e->last_ns = arrival->time_ns;
    p = find_place(e, addresses, arrival->link_view);
    if (!p)
        p = add_place(e, addresses, arrival->link_view);
    /* TCP's own copies are gone before SIP is seen (R2 e). */
    if (!is_reliable(arrival->transport) && same_packet(p, arrival))
        return COPY_SAME_PACKET;
    verdict = judge_places(e, p);
    p->count++;
    return verdict;
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
