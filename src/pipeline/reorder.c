#include "pipeline/reorder.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fetch.h"
#include "base/grow.h"

/* Messages that are fetched before they are asked for. */
#define AHEAD 12

#define FIRST_ROOM 64

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
    free(r->ring);
    reorder_init(r);
}

static bool before(const struct reorder_entry *a, const struct reorder_entry *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    return a->seen->ordinal < b->seen->ordinal;
}

static struct reorder_entry *place_of(const struct reorder *r, size_t count)
{
    return &r->ring[count & (r->ring_room - 1)];
}

static int push_late(struct reorder *r, const struct reorder_entry *e)
{
    struct reorder_entry *late =
        grow_for_one(r->late, &r->late_room, r->late_count, sizeof(*late));
    size_t at;

    if (!late)
        return -ENOMEM;
    r->late = late;
    at = r->late_count++;
    while (at && before(e, &r->late[(at - 1) / 2])) {
        r->late[at] = r->late[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    r->late[at] = *e;
    return 0;
}

static struct observation *take_late(struct reorder *r)
{
    struct observation *top = r->late[0].seen;
    struct reorder_entry moved = r->late[--r->late_count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= r->late_count)
            break;
        if (child + 1 < r->late_count &&
            before(&r->late[child + 1], &r->late[child]))
            child++;
        if (!before(&r->late[child], &moved))
            break;
        r->late[at] = r->late[child];
        at = child;
    }
    r->late[at] = moved;
    return top;
}

static int grow_ring(struct reorder *r)
{
    size_t room = r->ring_room ? r->ring_room * 2 : FIRST_ROOM;
    struct reorder_entry *grown = malloc(room * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    for (size_t i = r->first; i < r->end; i++)
        grown[i & (room - 1)] = *place_of(r, i);
    free(r->ring);
    r->ring = grown;
    r->ring_room = room;
    return 0;
}

int reorder_push(struct reorder *r, struct observation *o, int64_t time_ns)
{
    struct reorder_entry e = {time_ns, o};
    int rc;

    if (time_ns < r->released_ns)
        r->too_late++;
    if (r->end > r->first && before(&e, place_of(r, r->end - 1)))
        return push_late(r, &e);
    if (r->end - r->first == r->ring_room) {
        rc = grow_ring(r);
        if (rc)
            return rc;
    }
    *place_of(r, r->end++) = e;
    return 0;
}

/* One step or two, until there are enough between the first one and it: a
 * message was written half a second of packets ago, by another processor. */
static void look_ahead(struct reorder *r)
{
    for (unsigned i = 0; i < 2; i++) {
        if (r->ahead == r->end || r->ahead - r->first == AHEAD)
            return;
        fetch_lines(place_of(r, r->ahead++)->seen, OBSERVATION_HOT_BYTES);
    }
}

static struct observation *take_first(struct reorder *r)
{
    look_ahead(r);
    return place_of(r, r->first++)->seen;
}

struct observation *reorder_take(struct reorder *r, int64_t until_ns)
{
    const struct reorder_entry *first =
        r->first == r->end ? NULL : place_of(r, r->first);
    bool late = r->late_count && (!first || before(&r->late[0], first));
    const struct reorder_entry *e = late ? &r->late[0] : first;

    if (until_ns > r->released_ns)
        r->released_ns = until_ns;
    if (!e || e->time_ns > until_ns)
        return NULL;
    return late ? take_late(r) : take_first(r);
}

size_t reorder_take_some(struct reorder *r, int64_t until_ns,
                         struct observation **taken_out, size_t most)
{
    struct observation *o = NULL;
    size_t count = 0;

    do {
        if (r->late_count || r->first == r->end ||
            place_of(r, r->first)->time_ns > until_ns)
            o = reorder_take(r, until_ns);
        else
            o = take_first(r);
        if (o)
            taken_out[count++] = o;
    } while (o && count < most);
    if (until_ns > r->released_ns)
        r->released_ns = until_ns;
    return count;
}
