#include "base/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fetch.h"
#include "base/lines.h"

#define FIRST_LINES 16

/* Grows when so many places of a line are taken, on average: few lines have
 * more to hold than they can. */
#define FULL_WAYS 4

#define PASSED_MAX UINT8_MAX

#define GROW_AHEAD_LINES 4

static struct table_line *new_lines(size_t count)
{
    size_t bytes = count * sizeof(struct table_line);
    struct table_line *lines = lines_alloc(bytes);

    if (lines)
        memset(lines, 0, bytes);
    return lines;
}

int table_init(struct table *t, size_t cap)
{
    *t = (struct table){.line_count = FIRST_LINES, .cap = cap};
    t->lines = new_lines(FIRST_LINES);
    return t->lines ? 0 : -ENOMEM;
}

void table_fini(struct table *t)
{
    free(t->lines);
    *t = (struct table){0};
}

static size_t next_line(const struct table *t, size_t at)
{
    return (at + 1) & (t->line_count - 1);
}

struct place {
    struct table_line *line; /* NULL for none */
    unsigned way;
};

static struct place find_place(const struct table *t, uint64_t hash)
{
    size_t at = hash & (t->line_count - 1);
    uint8_t tag = table_tag(hash);

    for (size_t left = t->line_count; left; left--, at = next_line(t, at)) {
        struct table_line *l = &t->lines[at];
        uint64_t matches = table_matches(l, tag);

        for (; matches; matches &= matches - 1)
            if (l->nodes[table_way(matches)]->hash == hash)
                return (struct place){l, table_way(matches)};
        if (!l->passed)
            break;
    }
    return (struct place){0};
}

/* The walk, where the first match of the first line does not decide. */
static __attribute__((noinline)) struct table_node *
find_further(const struct table *t, uint64_t hash)
{
    struct place p = find_place(t, hash);

    return p.line ? p.line->nodes[p.way] : table_match(t->overflow, hash);
}

struct table_node *table_first(const struct table *t, uint64_t hash)
{
    const struct table_line *l = table_place(t, hash);
    uint64_t matches = table_matches(l, table_tag(hash));

    if (matches) {
        struct table_node *n = l->nodes[table_way(matches)];

        if (n->hash == hash)
            return n;
    } else if (!l->passed && !t->overflow) {
        return NULL;
    }
    return find_further(t, hash);
}

/* Nodes of a hash that has no place yet. There is a free one. */
static void take_place(struct table *t, struct table_node *nodes)
{
    size_t at = nodes->hash & (t->line_count - 1);
    uint64_t free_ways;

    while (!(free_ways = table_matches(&t->lines[at], 0))) {
        if (t->lines[at].passed < PASSED_MAX)
            t->lines[at].passed++;
        at = next_line(t, at);
    }
    t->lines[at].tags[table_way(free_ways)] = table_tag(nodes->hash);
    t->lines[at].nodes[table_way(free_ways)] = nodes;
    t->taken++;
}

/* Mostly the first line has a free place, and neither it nor another can hold
 * nodes of this hash. @return false where that is not so */
static bool put_at_once(struct table *t, struct table_node *node)
{
    struct table_line *l = &t->lines[node->hash & (t->line_count - 1)];
    uint8_t tag = table_tag(node->hash);
    uint64_t free_ways = table_matches(l, 0);

    if (table_matches(l, tag) || l->passed || !free_ways || t->overflow)
        return false;
    node->next = NULL;
    l->tags[table_way(free_ways)] = tag;
    l->nodes[table_way(free_ways)] = node;
    t->taken++;
    return true;
}

static void put(struct table *t, struct table_node *node)
{
    struct place p = find_place(t, node->hash);

    if (p.line) {
        node->next = p.line->nodes[p.way];
        p.line->nodes[p.way] = node;
    } else if (t->overflow || t->taken == t->line_count * TABLE_WAYS) {
        /* A hash that is in the overflow must not have a place as well. */
        node->next = t->overflow;
        t->overflow = node;
    } else {
        node->next = NULL;
        take_place(t, node);
    }
}

/* Their hashes have long left the cache. */
static void fetch_nodes(const struct table *t, size_t at)
{
    for (unsigned way = 0; at < t->line_count && way < TABLE_WAYS; way++)
        __builtin_prefetch(t->lines[at].nodes[way]);
}

static void grow(struct table *t)
{
    struct table old = *t;
    struct table_line *lines = new_lines(old.line_count * 2);

    if (!lines)
        return;
    t->lines = lines;
    t->line_count = old.line_count * 2;
    t->taken = 0;
    t->overflow = NULL;
    for (size_t i = 0; i < GROW_AHEAD_LINES; i++)
        fetch_nodes(&old, i);
    for (size_t i = 0; i < old.line_count; i++) {
        fetch_nodes(&old, i + GROW_AHEAD_LINES);
        for (unsigned way = 0; way < TABLE_WAYS; way++)
            if (old.lines[i].tags[way])
                take_place(t, old.lines[i].nodes[way]);
    }
    free(old.lines);
    while (old.overflow) {
        struct table_node *n = old.overflow;

        old.overflow = n->next;
        put(t, n);
    }
}

void table_add(struct table *t, struct table_node *node, uint64_t hash)
{
    if (t->taken >= t->line_count * FULL_WAYS || t->overflow)
        grow(t);
    node->hash = hash;
    if (!put_at_once(t, node))
        put(t, node);
    t->count++;
}

static bool unlink_node(struct table_node **at, struct table_node *node)
{
    while (*at && *at != node)
        at = &(*at)->next;
    if (!*at)
        return false;
    *at = node->next;
    node->next = NULL;
    return true;
}

static void free_place(struct table *t, const struct place *p, uint64_t hash)
{
    size_t at = hash & (t->line_count - 1);

    p->line->tags[p->way] = 0;
    t->taken--;
    for (; &t->lines[at] != p->line; at = next_line(t, at))
        if (t->lines[at].passed < PASSED_MAX)
            t->lines[at].passed--;
}

/* One alone of its hash, in the first line. @return false where it is not */
static bool remove_at_once(struct table *t, const struct table_node *node)
{
    struct table_line *l = &t->lines[node->hash & (t->line_count - 1)];
    uint64_t matches = table_matches(l, table_tag(node->hash));
    unsigned way;

    if (!matches)
        return false;
    way = table_way(matches);
    if (l->nodes[way] != node || node->next)
        return false;
    l->tags[way] = 0;
    l->nodes[way] = NULL;
    t->taken--;
    t->count--;
    return true;
}

void table_remove(struct table *t, struct table_node *node)
{
    struct place p;

    if (remove_at_once(t, node))
        return;
    p = find_place(t, node->hash);
    if (p.line && unlink_node(&p.line->nodes[p.way], node)) {
        if (!p.line->nodes[p.way])
            free_place(t, &p, node->hash);
    } else if (!unlink_node(&t->overflow, node)) {
        return;
    }
    t->count--;
}

struct table_node *table_take_any(struct table *t, size_t *at)
{
    struct table_node *n = t->overflow;

    for (; !n && *at < t->line_count; *at += !n)
        for (unsigned way = 0; !n && way < TABLE_WAYS; way++)
            n = t->lines[*at].nodes[way];
    if (n)
        table_remove(t, n);
    return n;
}
