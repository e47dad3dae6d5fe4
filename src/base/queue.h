/**
 * A bounded queue between two threads: one pushes, one pops.
 *
 * Meant for batches: each push and pop takes a lock.
 */
#ifndef SIPTRAIL_BASE_QUEUE_H
#define SIPTRAIL_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct queue;

/** @return 0 or -ENOMEM */
WARN_UNUSED int queue_new(size_t capacity, struct queue **queue_out);
/** Items left in it are the caller's loss. NULL is allowed. */
void queue_free(struct queue *q);

/**
 * Add an item; waits while the queue is full.
 *
 * @param item  Not NULL
 * @return false where the queue was closed: the item stays the caller's
 */
bool queue_push(struct queue *q, void *item);
/** As queue_push(), but false at once where the queue is full. */
bool queue_try_push(struct queue *q, void *item);

/** The oldest item; waits for one. NULL once closed and empty. */
void *queue_pop(struct queue *q);
/** The oldest item, or NULL at once. */
void *queue_try_pop(struct queue *q);

/** No more pushes; what is in it can still be popped. Either thread. */
void queue_close(struct queue *q);

/** Items in it now. */
size_t queue_depth(struct queue *q);

#endif
