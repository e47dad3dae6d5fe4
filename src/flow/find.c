#include <stdlib.h>

#include "flow/decide.h"
#include "flow/state.h"

#define BLOCK_FLOWS 128

/* Flows are made by the block: aligned to cache lines, and never given back
   before the end, for as many will be wanted again. */
struct flow_block {
    struct flow_block *next;
    struct flow *flows;
};

static bool add_block(struct flow_table *t)
{
    struct flow_block *b = malloc(sizeof(*b));
    size_t size = (sizeof(struct flow) + 63) / 64 * 64;

    if (!b)
        return false;
    b->flows = aligned_alloc(64, BLOCK_FLOWS * size);
    if (!b->flows) {
        free(b);
        return false;
    }
    b->next = t->blocks;
    t->blocks = b;
    for (size_t i = 0; i < BLOCK_FLOWS; i++) {
        struct flow *f = (void *)((char *)b->flows + i * size);

        list_add_last(&t->spare, &f->age);
    }
    return true;
}

void flow_free_blocks(struct flow_table *t)
{
    while (t->blocks) {
        struct flow_block *b = t->blocks;

        t->blocks = b->next;
        free(b->flows);
        free(b);
    }
}

static struct flow *take_spare(struct flow_table *t)
{
    struct flow *f;

    if (list_empty(&t->spare) && !add_block(t))
        return NULL;
    f = CONTAINER_OF(t->spare.next, struct flow, age);
    list_remove(&f->age);
    return f;
}

static void enlist(struct flow_table *t, struct flow *f, enum flow_age age)
{
    f->age_class = (uint8_t)age;
    f->listed_tick = t->tick;
    list_add_last(&t->ages[age].flows, &f->age);
    t->ages[age].count++;
}

static void delist(struct flow_table *t, struct flow *f)
{
    list_remove(&f->age);
    t->ages[f->age_class].count--;
}

void flow_set_age(struct flow_table *t, struct flow *f, enum flow_age age)
{
    if (f->age_class == age)
        return;
    delist(t, f);
    enlist(t, f, age);
}

void flow_remove(struct flow_table *t, struct flow *f)
{
    stream_free(t, f);
    decide_forget(t, f);
    if (flow_is_udp(f))
        pair_give_back(&t->pairs, f->pair);
    table_remove(&t->flows, &f->node);
    delist(t, f);
    list_add_last(&t->spare, &f->age);
}

/* A flood is of one class, and gives way to itself before it drives out the
   others. */
static void make_room(struct flow_table *t)
{
    struct age_list *longest = &t->ages[0];

    for (size_t i = 1; i < FLOW_AGES; i++)
        if (t->ages[i].count > longest->count)
            longest = &t->ages[i];
    t->counters->flows_dropped++;
    flow_remove(t, CONTAINER_OF(longest->flows.next, struct flow, age));
}

static struct flow *add(struct flow_table *t, const struct tuple *tuple,
                        uint64_t hash, const struct layers *l)
{
    bool udp = l->outcome == DECODE_UDP;
    struct flow *f;

    if (table_full(&t->flows) && t->flows.count)
        make_room(t);
    f = take_spare(t);
    if (!f)
        return NULL;
    *f = (struct flow){.tuple = *tuple, .last_tick = t->tick};
    if (udp)
        f->pair = pair_take(&t->pairs, l);
    table_add(&t->flows, &f->node, hash);
    enlist(t, f, udp ? FLOW_AGE_UDP : FLOW_AGE_TCP_BARE);
    t->counters->flows++;
    return f;
}

/* Moved to the end of its list at times only, so that the list is in order
   but for an eighth of the time after which flows go. */
static void touch(struct flow_table *t, struct flow *f)
{
    struct age_list *ages = &t->ages[f->age_class];

    if (f->last_tick == t->tick)
        return;
    f->last_tick = t->tick;
    if (t->tick - f->listed_tick <= ages->idle_ticks / 8)
        return;
    list_remove(&f->age);
    list_add_last(&ages->flows, &f->age);
    f->listed_tick = t->tick;
}

static struct flow *look_up(const struct flow_table *t,
                            const struct tuple *tuple, uint64_t hash)
{
    for (struct table_node *n = table_first(&t->flows, hash); n;
         n = table_next(n)) {
        struct flow *f = CONTAINER_OF(n, struct flow, node);

        if (tuple_equal(&f->tuple, tuple))
            return f;
    }
    return NULL;
}

static __attribute__((noinline)) struct flow *
find_further(struct flow_table *t, struct passage *p, uint8_t protocol)
{
    struct flow *f;
    struct tuple tuple;
    uint64_t hash;

    p->back = tuple_make(p->layers, protocol, &tuple);
    hash = tuple_hash(&tuple, &t->seed);
    f = look_up(t, &tuple, hash);
    if (!f)
        return add(t, &tuple, hash, p->layers);
    touch(t, f);
    return f;
}

static inline bool is_v4(const struct flow *f, struct tuple_v4 v4)
{
    return ((f->tuple.words[0] ^ v4.head) |
            (f->tuple.words[1] ^ v4.addresses)) == 0;
}

struct flow *flow_find(struct flow_table *t, struct passage *p,
                       uint8_t protocol)
{
    if (p->layers->src.address.family == 4) {
        struct tuple_v4 v4 = tuple_make_v4(p->layers, protocol, &p->back);
        struct table_node *n =
            table_likely(&t->flows, tuple_hash_v4(v4, &t->seed));
        struct flow *f = n ? CONTAINER_OF(n, struct flow, node) : NULL;

        if (f && is_v4(f, v4)) {
            touch(t, f);
            return f;
        }
    }
    return find_further(t, p, protocol);
}

const struct flow *flow_look_up(const struct flow_table *t,
                                const struct layers *l, uint8_t protocol)
{
    struct tuple tuple;

    (void)tuple_make(l, protocol, &tuple);
    return look_up(t, &tuple, tuple_hash(&tuple, &t->seed));
}

void flow_expire_idle(struct flow_table *t)
{
    for (size_t i = 0; i < FLOW_AGES; i++) {
        struct age_list *ages = &t->ages[i];

        while (!list_empty(&ages->flows)) {
            struct flow *f = CONTAINER_OF(ages->flows.next, struct flow, age);

            if (t->tick - f->listed_tick <= ages->idle_ticks)
                break;
            if (t->tick - f->last_tick <= ages->idle_ticks) {
                list_remove(&f->age);
                list_add_last(&ages->flows, &f->age);
                f->listed_tick = t->tick;
                continue;
            }
            t->counters->flows_expired++;
            flow_remove(t, f);
        }
    }
}

void flow_fills(const struct flow_table *t,
                struct table_fill fills_out[FLOW_FILLS])
{
    fills_out[0] = (struct table_fill){"flows", t->flows.count, t->limits.flows,
                                       t->counters->flows_dropped};
    fills_out[1] = (struct table_fill){"undecided_flows", t->undecided_count,
                                       t->limits.undecided, 0};
}
