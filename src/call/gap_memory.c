#include "call/gap_memory.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/time.h"

/* 16,384 pairs of addresses hold 4 MB. */
#define PAIRS_MAX 16384

struct gap_pair {
    struct table_node node;
    struct list age;
    struct gap_spans spans;
};

int gap_memory_init(struct gap_memory *m)
{
    *m = (struct gap_memory){0};
    list_init(&m->ages);
    return table_init(&m->pairs, PAIRS_MAX);
}

static void drop(struct gap_memory *m, struct gap_pair *p)
{
    table_remove(&m->pairs, &p->node);
    list_remove(&p->age);
    free(p);
}

void gap_memory_fini(struct gap_memory *m)
{
    if (!m->pairs.lines)
        return;
    while (!list_empty(&m->ages))
        drop(m, CONTAINER_OF(m->ages.next, struct gap_pair, age));
    table_fini(&m->pairs);
}

/* Most are IPv4: both in one word, the smaller first. */
static uint64_t hash_of_v4(const struct address *a, const struct address *b)
{
    uint32_t one, other;
    uint64_t both;

    memcpy(&one, a->bytes, sizeof(one));
    memcpy(&other, b->bytes, sizeof(other));
    both =
        one < other ? (uint64_t)one << 32 | other : (uint64_t)other << 32 | one;
    return hash_bytes(&both, sizeof(both)) | 1;
}

/* The sum is the same in either order. */
uint64_t gap_pair_hash(const struct address *a, const struct address *b)
{
    if (a->family == 4 && b->family == 4)
        return hash_of_v4(a, b);
    return hash_mix(hash_bytes(a, sizeof(*a)) + hash_bytes(b, sizeof(*b)), 0) |
           1;
}

static bool is_near(const struct gap_span *a, const struct gap_span *b)
{
    return time_ns_between(a->to_ns, b->from_ns) <= GAP_MARGIN_NS &&
           time_ns_between(b->to_ns, a->from_ns) <= GAP_MARGIN_NS;
}

static void join(struct gap_span *to, const struct gap_span *with)
{
    if (with->from_ns < to->from_ns)
        to->from_ns = with->from_ns;
    if (with->to_ns > to->to_ns)
        to->to_ns = with->to_ns;
}

/* Where there is no room the two oldest become one, the time between them
   with it: a call of long ago is rather named once too often. */
static void spans_add(struct gap_spans *s, const struct gap_span *span)
{
    if (s->count && is_near(&s->items[s->count - 1], span)) {
        join(&s->items[s->count - 1], span);
        return;
    }
    if (s->count == GAP_SPANS) {
        join(&s->items[1], &s->items[0]);
        memmove(&s->items[0], &s->items[1],
                (GAP_SPANS - 1) * sizeof(s->items[0]));
        s->count--;
    }
    s->items[s->count++] = *span;
}

static bool spans_touch(const struct gap_spans *s, const struct gap_span *span)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (is_near(&s->items[i], span))
            return true;
    return false;
}

static struct gap_pair *find(const struct gap_memory *m, uint64_t hash)
{
    struct table_node *n = table_first(&m->pairs, hash);

    return n ? CONTAINER_OF(n, struct gap_pair, node) : NULL;
}

static struct gap_pair *add_pair(struct gap_memory *m, uint64_t hash)
{
    struct gap_pair *p;

    if (table_full(&m->pairs)) {
        drop(m, CONTAINER_OF(m->ages.next, struct gap_pair, age));
        m->forgotten++;
    }
    p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    table_add(&m->pairs, &p->node, hash);
    list_add_last(&m->ages, &p->age);
    return p;
}

int gap_memory_add(struct gap_memory *m, const struct capture_gap *gap)
{
    const struct gap_span span = {gap->from_ns, gap->to_ns};
    struct gap_pair *p;
    uint64_t hash;

    if (!gap->src.family || !gap->dst.family) {
        spans_add(&m->all, &span);
        return 0;
    }
    hash = gap_pair_hash(&gap->src, &gap->dst);
    p = find(m, hash);
    if (p) {
        list_remove(&p->age);
        list_add_last(&m->ages, &p->age);
    } else {
        p = add_pair(m, hash);
    }
    if (!p)
        return -ENOMEM;
    spans_add(&p->spans, &span);
    return 0;
}

bool gap_memory_touches(const struct gap_memory *m, const uint64_t *pairs,
                        size_t pair_count, const struct gap_span *span)
{
    if (spans_touch(&m->all, span))
        return true;
    for (size_t i = 0; i < pair_count; i++) {
        const struct gap_pair *p = find(m, pairs[i]);

        if (p && spans_touch(&p->spans, span))
            return true;
    }
    return false;
}
