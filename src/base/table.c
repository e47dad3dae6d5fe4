#include "base/table.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_BUCKETS 64

int table_init(struct table *t, size_t cap)
{
    *t = (struct table){.bucket_count = FIRST_BUCKETS, .cap = cap};
    t->buckets = calloc(FIRST_BUCKETS, sizeof(struct table_node *));
    return t->buckets ? 0 : -ENOMEM;
}

void table_fini(struct table *t)
{
    free(t->buckets);
    *t = (struct table){0};
}

static void grow(struct table *t)
{
    size_t count = t->bucket_count * 2;
    struct table_node **buckets = calloc(count, sizeof(struct table_node *));

    if (!buckets)
        return;
    for (size_t i = 0; i < t->bucket_count; i++) {
        struct table_node *n = t->buckets[i];

        while (n) {
            struct table_node *next = n->next;
            struct table_node **head = &buckets[n->hash & (count - 1)];

            n->next = *head;
            *head = n;
            n = next;
        }
    }
    free(t->buckets);
    t->buckets = buckets;
    t->bucket_count = count;
}

void table_add(struct table *t, struct table_node *node, uint64_t hash)
{
    struct table_node **head;

    if (t->count >= t->bucket_count)
        grow(t);
    head = &t->buckets[hash & (t->bucket_count - 1)];
    node->hash = hash;
    node->next = *head;
    *head = node;
    t->count++;
}

void table_remove(struct table *t, struct table_node *node)
{
    struct table_node **at = &t->buckets[node->hash & (t->bucket_count - 1)];

    while (*at && *at != node)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = node->next;
    node->next = NULL;
    t->count--;
}
