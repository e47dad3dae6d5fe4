#include "flow/pair.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/list.h"

/* Enough of a SIP message to hold the branch of its top Via. */
#define SIP_PRINT_BYTES 192
/* Of RTP: its sequence number, time and the first of its payload. */
#define PRINT_BYTES 32

int pair_table_init(struct pair_table *t)
{
    return table_init(&t->table, SIZE_MAX);
}

void pair_table_fini(struct pair_table *t)
{
    table_fini(&t->table);
}

struct pair *pair_take(struct pair_table *t, const struct layers *layers)
{
    const struct address *low = &layers->src.address;
    const struct address *high = &layers->dst.address;
    struct address key[2];
    struct table_node *n;
    struct pair *p;
    uint64_t hash;

    if (memcmp(low, high, sizeof(*low)) > 0) {
        low = &layers->dst.address;
        high = &layers->src.address;
    }
    key[0] = *low;
    key[1] = *high;
    hash = hash_bytes(key, sizeof(key));
    for (n = table_first(&t->table, hash); n; n = table_next(n)) {
        p = CONTAINER_OF(n, struct pair, node);
        if (address_equal(&p->low, low) && address_equal(&p->high, high)) {
            p->users++;
            return p;
        }
    }
    p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->low = *low;
    p->high = *high;
    p->users = 1;
    table_add(&t->table, &p->node, hash);
    return p;
}

void pair_give_back(struct pair_table *t, struct pair *p)
{
    if (!p || --p->users)
        return;
    table_remove(&t->table, &p->node);
    free(p);
}

static inline uint64_t word(const char *bytes)
{
    uint64_t w;

    memcpy(&w, bytes, sizeof(w));
    return w;
}

static inline uint64_t print_words(const char *bytes)
{
    uint64_t h =
        (word(bytes) ^ word(bytes + 8) << 1) * UINT64_C(0x9e3779b97f4a7c15);

    h ^= h >> 29;
    return h + (word(bytes + 16) ^ word(bytes + 24) << 1) *
                   UINT64_C(0xff51afd7ed558ccd);
}

uint32_t pair_print(const struct layers *layers, bool sip)
{
    struct span bytes = layers->payload;
    uint64_t h = (uint64_t)layers->ip_id << 32 | layers->payload_wire;
    uint32_t print;

    if (sip && !layers->ip_id)
        h ^= hash_span(span_part(bytes, 0, SIP_PRINT_BYTES));
    else if (bytes.length >= PRINT_BYTES)
        h ^= print_words(bytes.data);
    else
        h ^= hash_span(bytes);
    h *= UINT64_C(0xc2b2ae3d27d4eb4f);
    print = (uint32_t)(h >> 32);
    return print ? print : 1;
}
