#include "sip/observation.h"

#include "base/hash.h"

static size_t round_up(size_t length)
{
    return (length + 7) & ~(size_t)7;
}

/* What the arrival only borrows, into the same piece. */
static const struct tunnels *copy_around(const struct tunnels *around,
                                         char *room)
{
    return around ? memcpy(room, around, sizeof(*around)) : NULL;
}

/* Memory that another thread had last: written at once and not read. */
struct observation *observation_new(struct slab_pool *pool,
                                    struct sip_message *m,
                                    const struct tunnels *around)
{
    size_t index_bytes = m->header_count * sizeof(*m->headers);
    size_t around_room = around ? round_up(sizeof(*around)) : 0;
    size_t text_room = round_up(m->text.length) + around_room;
    struct observation *o;
    struct slab *slab;
    char *text, *index;

    o = slab_take(pool, round_up(sizeof(*o)) + text_room + index_bytes, &slab);
    if (!o)
        return NULL;
    text = (char *)o + round_up(sizeof(*o));
    index = text + text_room;
    o->text_hash = hash_span(m->text);
    memcpy(text, m->text.data, m->text.length);
    memcpy(index, m->headers, index_bytes);
    sip_message_move(m, text, (void *)index);
    o->message = *m;
    o->arrival.around = copy_around(around, index - around_room);
    o->slab = slab;
    return o;
}

struct observation *observation_copy(struct slab_pool *pool,
                                     const struct observation *seen)
{
    struct sip_message m = seen->message;
    struct observation *o = observation_new(pool, &m, seen->arrival.around);
    const struct tunnels *around;

    if (!o)
        return NULL;
    around = o->arrival.around;
    o->arrival = seen->arrival;
    o->arrival.around = around;
    o->ordinal = seen->ordinal;
    o->duplicate = seen->duplicate;
    return o;
}
