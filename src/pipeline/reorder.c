#include "pipeline/reorder.h"

#include <errno.h>
#include <stdlib.h>

/* Messages and bytes of each: what a message of the usual size takes. */
#define AHEAD 12
#define AHEAD_BYTES 1216

void reorder_init(struct reorder *r)
{
    *r = (struct reorder){.released_ns = INT64_MIN};
}

void reorder_fini(struct reorder *r)
{
    struct observation *o;

    while ((o = reorder_take(r, INT64_MAX)))
        observation_release(o);
    free(r->late);
    reorder_init(r);
}

static bool before(const struct observation *a, const struct observation *b)
{
    if (a->arrival.time_ns != b->arrival.time_ns)
        return a->arrival.time_ns < b->arrival.time_ns;
    return a->ordinal < b->ordinal;
}

static int push_late(struct reorder *r, struct observation *o)
{
    size_t at;

    if (r->late_count == r->late_room) {
        size_t room = r->late_room ? r->late_room * 2 : 64;
        struct observation **grown =
            realloc(r->late, room * sizeof(struct observation *));

        if (!grown)
            return -ENOMEM;
        r->late = grown;
        r->late_room = room;
    }
    at = r->late_count++;
    while (at && before(o, r->late[(at - 1) / 2])) {
        r->late[at] = r->late[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    r->late[at] = o;
    return 0;
}

static struct observation *take_late(struct reorder *r)
{
    struct observation *top = r->late[0];
    struct observation *moved = r->late[--r->late_count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= r->late_count)
            break;
        if (child + 1 < r->late_count &&
            before(r->late[child + 1], r->late[child]))
            child++;
        if (!before(r->late[child], moved))
            break;
        r->late[at] = r->late[child];
        at = child;
    }
    r->late[at] = moved;
    return top;
}

int reorder_push(struct reorder *r, struct observation *o)
{
    if (o->arrival.time_ns < r->released_ns)
        r->too_late++;
    o->next = NULL;
    if (r->last && before(o, r->last))
        return push_late(r, o);
    if (r->last)
        r->last->next = o;
    else
        r->first = o;
    r->last = o;
    return 0;
}

/* Have a message fetched: it was written half a second of packets ago, by
 * another processor. */
static inline void fetch(const struct observation *o)
{
    const char *p = (const char *)o;

    for (size_t i = 0; i < AHEAD_BYTES; i += 64)
        __builtin_prefetch(p + i);
}

/* One step or two, until there are enough between the first one and it. */
static void look_ahead(struct reorder *r)
{
    for (unsigned i = 0; i < 2 && r->ahead_count < AHEAD; i++) {
        struct observation *o = r->ahead ? r->ahead->next : r->first;

        if (!o)
            return;
        fetch(o);
        r->ahead = o;
        r->ahead_count++;
    }
}

static struct observation *take_first(struct reorder *r)
{
    struct observation *o = r->first;

    look_ahead(r);
    r->first = o->next;
    r->ahead_count--;
    if (r->ahead == o)
        r->ahead = NULL;
    if (!r->first)
        r->last = NULL;
    o->next = NULL;
    return o;
}

struct observation *reorder_take(struct reorder *r, int64_t until_ns)
{
    bool late = r->late_count && (!r->first || before(r->late[0], r->first));
    struct observation *o = late ? r->late[0] : r->first;

    if (!o || o->arrival.time_ns > until_ns)
        return NULL;
    o = late ? take_late(r) : take_first(r);
    if (o->arrival.time_ns > r->released_ns)
        r->released_ns = o->arrival.time_ns;
    return o;
}
