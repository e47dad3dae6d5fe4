/**
 * A hash table of intrusive nodes: chained, doubling, with a cap.
 *
 * The table knows hashes only; the caller compares keys:
 *
 *     for (n = table_first(t, hash); n; n = table_next(n))
 *         if (key_matches(CONTAINER_OF(n, struct thing, node)))
 *             return ...;
 *
 * Use hash_bytes() for keys that strangers choose.
 */
#ifndef SIPTRAIL_BASE_TABLE_H
#define SIPTRAIL_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct table_node {
    struct table_node *next; /* in the bucket */
    uint64_t hash;
};

struct table {
    struct table_node **buckets; /* owned; the nodes are not */
    size_t bucket_count;         /* a power of two */
    size_t count;
    size_t cap; /* most nodes allowed */
};

/** How full something bounded is, to be told of. */
struct table_fill {
    const char *name; /* static storage */
    uint64_t count;
    uint64_t limit;
    uint64_t dropped; /* pushed out, or never made, by the limit */
};

/** @return 0 or -ENOMEM */
WARN_UNUSED int table_init(struct table *t, size_t cap);
/** Frees the buckets; the nodes are the caller's. */
void table_fini(struct table *t);

static inline bool table_full(const struct table *t)
{
    return t->count >= t->cap;
}

/** Where the chain of this hash begins: to have it fetched. */
static inline struct table_node *const *table_place(const struct table *t,
                                                    uint64_t hash)
{
    return &t->buckets[hash & (t->bucket_count - 1)];
}

/** The first node of that chain, whatever its hash, or NULL: likewise. */
static inline struct table_node *table_bucket(const struct table *t,
                                              uint64_t hash)
{
    return *table_place(t, hash);
}

static inline struct table_node *table_match(struct table_node *n,
                                             uint64_t hash)
{
    while (n && n->hash != hash)
        n = n->next;
    return n;
}

/** First node with this very hash, or NULL. */
static inline struct table_node *table_first(const struct table *t,
                                             uint64_t hash)
{
    return table_match(*table_place(t, hash), hash);
}

static inline struct table_node *table_next(const struct table_node *n)
{
    return table_match(n->next, n->hash);
}

/**
 * Add @p node; it must not move until it is removed. Never fails: where
 * growing finds no memory the chains grow longer instead. The caller makes
 * room first where table_full().
 */
void table_add(struct table *t, struct table_node *node, uint64_t hash);
void table_remove(struct table *t, struct table_node *node);

#endif
