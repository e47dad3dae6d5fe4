/**
 * A hash table of intrusive nodes: open addressing by lines, doubling, with a
 * cap.
 *
 * A place lies in a cache line with six others and their tags, a byte of each
 * hash, so that looking, adding and removing mostly touch that line alone, and
 * no node but the one that is meant. Nodes of one hash share a place. The
 * table knows hashes only; the caller compares keys:
 *
 *     for (n = table_first(t, hash); n; n = table_next(n))
 *         if (key_matches(CONTAINER_OF(n, struct thing, node)))
 *             return ...;
 *
 * Use hash_bytes() for keys that strangers choose.
 */
#ifndef SIPTRAIL_BASE_TABLE_H
#define SIPTRAIL_BASE_TABLE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

#define TABLE_WAYS 7

struct table_node {
    struct table_node *next; /* of the same hash, or in the overflow */
    uint64_t hash;
};

struct table_line {
    uint8_t tags[TABLE_WAYS]; /* 0 for a free place */
    uint8_t passed;           /* places further on whose hashes belong here, or
                                 before; 255 and more stay 255 */
    struct table_node *nodes[TABLE_WAYS]; /* the newest of their hash */
};

struct table {
    struct table_line *lines;    /* owned; the nodes are not */
    size_t line_count;           /* a power of two */
    size_t taken;                /* places, and */
    size_t count;                /* nodes */
    size_t cap;                  /* most nodes allowed */
    struct table_node *overflow; /* those without a place, for want of memory */
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
/** Frees the lines; the nodes are the caller's. */
void table_fini(struct table *t);

static inline bool table_full(const struct table *t)
{
    return t->count >= t->cap;
}

/** Where looking for this hash begins: to have it fetched. */
static inline const struct table_line *table_place(const struct table *t,
                                                   uint64_t hash)
{
    return &t->lines[hash & (t->line_count - 1)];
}

static inline uint8_t table_tag(uint64_t hash)
{
    uint8_t tag = (uint8_t)(hash >> 56);

    return tag ? tag : 1;
}

/* The places of a line with this tag: bit 7 of byte i for place i. */
static inline uint64_t table_matches(const struct table_line *l, uint8_t tag)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t word;

    memcpy(&word, l, sizeof(word));
    word = le64toh(word) ^ tag * UINT64_C(0x0101010101010101);
    return ~(((word & low) + low) | word | low) & (UINT64_MAX >> 8);
}

static inline unsigned table_way(uint64_t matches)
{
    return (unsigned)__builtin_ctzll(matches) / 8;
}

/** Most likely the first node of this hash, or NULL; it is not looked at: to
 * have it fetched. Where looking goes on in the next line that is fetched. */
static inline struct table_node *table_likely(const struct table *t,
                                              uint64_t hash)
{
    const struct table_line *l = table_place(t, hash);
    uint64_t matches = table_matches(l, table_tag(hash));

    if (matches)
        return l->nodes[table_way(matches)];
    if (l->passed)
        __builtin_prefetch(table_place(t, hash + 1));
    return NULL;
}

static inline struct table_node *table_match(struct table_node *n,
                                             uint64_t hash)
{
    while (n && n->hash != hash)
        n = n->next;
    return n;
}

/** First node with this very hash, the newest, or NULL. */
struct table_node *table_first(const struct table *t, uint64_t hash);

static inline struct table_node *table_next(const struct table_node *n)
{
    return table_match(n->next, n->hash);
}

/**
 * Add @p node; it must not move until it is removed. Never fails: where
 * growing finds no memory looking takes longer instead. The caller makes
 * room first where table_full().
 */
void table_add(struct table *t, struct table_node *node, uint64_t hash);
/** A node that is not in the table is left alone. */
void table_remove(struct table *t, struct table_node *node);
/** Remove any node, NULL where none is left. @param at  0 before the first */
struct table_node *table_take_any(struct table *t, size_t *at);

#endif
