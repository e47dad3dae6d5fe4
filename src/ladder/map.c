#include "ladder/map.h"

#include <stdlib.h>

#define MAP_ROOM_FIRST 64

void map_fini(struct map *m)
{
    free(m->slots);
    *m = (struct map){0};
}

static struct map_slot *slot_of(struct map_slot *slots, size_t room,
                                uint64_t hash)
{
    size_t at = hash & (room - 1);

    while (slots[at].hash && slots[at].hash != hash)
        at = (at + 1) & (room - 1);
    return &slots[at];
}

uint32_t *map_find(const struct map *m, uint64_t hash)
{
    struct map_slot *slot;

    hash += hash == 0;
    if (!m->room)
        return NULL;
    slot = slot_of(m->slots, m->room, hash);
    return slot->hash ? &slot->value : NULL;
}

static bool grow(struct map *m)
{
    size_t room = m->room ? m->room * 2 : MAP_ROOM_FIRST;
    struct map_slot *slots = calloc(room, sizeof(*slots));

    if (!slots)
        return false;
    for (size_t i = 0; i < m->room; i++)
        if (m->slots[i].hash)
            *slot_of(slots, room, m->slots[i].hash) = m->slots[i];
    free(m->slots);
    m->slots = slots;
    m->room = room;
    return true;
}

uint32_t *map_add(struct map *m, uint64_t hash)
{
    struct map_slot *slot;

    hash += hash == 0;
    if ((m->count + 1) * 2 > m->room && !grow(m))
        return NULL;
    slot = slot_of(m->slots, m->room, hash);
    if (!slot->hash) {
        slot->hash = hash;
        m->count++;
    }
    return &slot->value;
}
