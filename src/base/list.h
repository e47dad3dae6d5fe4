/**
 * Intrusive doubly linked lists: the node lies in the element.
 */
#ifndef SIPTRAIL_BASE_LIST_H
#define SIPTRAIL_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *prev; /* of a head: the last element */
    struct list *next; /* of a head: the first element */
};

/** The element of type @p type whose member @p member is @p node. */
#define CONTAINER_OF(node, type, member)                                       \
    ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *head)
{
    head->prev = head->next = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_add_last(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/** Take @p node out of its list; it may be added again. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->prev = node->next = node;
}

#endif
