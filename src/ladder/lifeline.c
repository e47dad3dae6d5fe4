#include "ladder/lifeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/hash.h"
#include "ladder/actor.h"
#include "ladder/map.h"

/* One address and port met. */
struct place {
    struct endpoint endpoint;
    uint32_t uses;
    uint32_t alias; /* the place it belongs to, itself mostly */
    uint16_t lifeline;
};

struct finder {
    struct map by_endpoint; /* to the place's ordinal + 1 */
    struct map by_element;  /* to the lifeline + 1 */
    struct map split;       /* addresses whose ports are elements */
    struct place *places;
    size_t place_count;
    size_t place_room;
    uint32_t lifeline_count;
};

bool ladder_request_opens(const struct sip_message *m)
{
    return m->is_request && !m->to_tag.length && m->method != SIP_ACK &&
           m->method != SIP_CANCEL;
}

static uint64_t address_hash(const struct address *a)
{
    return hash_bytes(a, sizeof(*a));
}

static uint64_t endpoint_hash(const struct endpoint *e)
{
    return hash_mix(address_hash(&e->address), e->port + UINT64_C(1));
}

static struct place *add_place(struct finder *f, const struct endpoint *e)
{
    uint32_t *ordinal = map_add(&f->by_endpoint, endpoint_hash(e));
    struct place *places;

    if (!ordinal)
        return NULL;
    if (*ordinal)
        return &f->places[*ordinal - 1];
    places = grow_for_one(f->places, &f->place_room, f->place_count,
                          sizeof(*places));
    if (!places)
        return NULL;
    f->places = places;
    f->places[f->place_count] =
        (struct place){.endpoint = *e, .alias = (uint32_t)f->place_count};
    *ordinal = (uint32_t)++f->place_count;
    return &f->places[*ordinal - 1];
}

static bool is_split(const struct finder *f, const struct address *a)
{
    return map_find(&f->split, address_hash(a)) != NULL;
}

/* host[:port] of a sent-by, where the host is an address. */
static bool sent_by_endpoint(struct span sent_by, struct endpoint *out)
{
    struct span host = sent_by;
    uint64_t port = 5060;
    size_t colon = sent_by.length;

    while (colon && sent_by.data[colon - 1] != ':' &&
           sent_by.data[colon - 1] != ']')
        colon--;
    if (colon && sent_by.data[colon - 1] == ':') {
        host = span_part(sent_by, 0, colon - 1);
        if (!span_to_u64(span_trim(span_from(sent_by, colon)), 65535, &port))
            return false;
    }
    out->port = (uint16_t)port;
    return address_parse(span_trim(host), &out->address);
}

/* Who sends from a port of the moment says in its Via where it listens. */
static bool follow_via(struct finder *f, const struct observation *seen)
{
    const struct arrival *a = &seen->arrival;
    struct endpoint listens;
    struct place *from;
    struct place *to;

    if (!seen->message.is_request || !is_split(f, &a->src.address) ||
        !sent_by_endpoint(seen->message.via_sent_by, &listens) ||
        !address_equal(&listens.address, &a->src.address) ||
        listens.port == a->src.port || endpoint_equal(&listens, &a->dst))
        return true;
    to = add_place(f, &listens);
    from = to ? add_place(f, &a->src) : NULL;
    if (!from)
        return false;
    to = &f->places[*map_find(&f->by_endpoint, endpoint_hash(&listens)) - 1];
    if (to->alias == (uint32_t)(to - f->places))
        from->alias = to->alias;
    return true;
}

static bool collect_places(struct finder *f, const struct ladder_item *items,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct arrival *a = &items[i].record->seen->arrival;
        struct place *src = add_place(f, &a->src);

        if (!src)
            return false;
        src->uses++;
        src = add_place(f, &a->dst);
        if (!src)
            return false;
        src->uses++;
        if (address_equal(&a->src.address, &a->dst.address) &&
            a->src.port != a->dst.port &&
            !map_add(&f->split, address_hash(&a->src.address)))
            return false;
    }
    for (size_t i = 0; i < count && f->split.count; i++)
        if (!follow_via(f, items[i].record->seen))
            return false;
    return true;
}

static bool find_lifeline(struct finder *f, struct place *p)
{
    const struct place *main = &f->places[p->alias];
    uint32_t *lifeline;

    while (&f->places[main->alias] != main)
        main = &f->places[main->alias];
    lifeline =
        map_add(&f->by_element, is_split(f, &p->endpoint.address)
                                    ? endpoint_hash(&main->endpoint)
                                    : address_hash(&p->endpoint.address));
    if (!lifeline)
        return false;
    if (!*lifeline && f->lifeline_count < LADDER_LIFELINES_MAX)
        f->lifeline_count++;
    if (!*lifeline)
        *lifeline = f->lifeline_count;
    p->lifeline = (uint16_t)(*lifeline - 1);
    return true;
}

static uint16_t lifeline_at(const struct finder *f, const struct endpoint *e)
{
    return f->places[*map_find(&f->by_endpoint, endpoint_hash(e)) - 1].lifeline;
}

/* --- order --------------------------------------------------------------- */

#define NOBODY UINT16_MAX

/* Who first sent to whom: a forest, read from left to right. */
struct forest {
    uint16_t parent[LADDER_LIFELINES_MAX];
    bool placed[LADDER_LIFELINES_MAX];
    uint16_t order[LADDER_LIFELINES_MAX]; /* of being placed */
    uint16_t placed_count;
    bool invited; /* an INVITE made the first pass */
};

static void place_one(struct forest *t, uint16_t who, uint16_t parent)
{
    t->placed[who] = true;
    t->parent[who] = parent;
    t->order[t->placed_count++] = who;
}

static bool is_ancestor(const struct forest *t, uint16_t who, uint16_t of)
{
    while (of != NOBODY && of != who)
        of = t->parent[of];
    return of == who;
}

static void link_invited(struct forest *t, uint16_t from, uint16_t to)
{
    t->invited = true;
    if (!t->placed[from])
        place_one(t, from, NOBODY);
    if (!t->placed[to])
        place_one(t, to, from);
    else if (t->parent[to] == NOBODY && !is_ancestor(t, to, from))
        t->parent[to] = from;
}

static void link_other(struct forest *t, uint16_t asks, uint16_t answers)
{
    if (!t->placed[asks] && !t->placed[answers]) {
        place_one(t, asks, NOBODY);
        if (asks != answers)
            place_one(t, answers, asks);
    } else if (!t->placed[answers]) {
        place_one(t, answers, asks);
    } else if (!t->placed[asks] && !t->invited &&
               t->parent[answers] == NOBODY) {
        place_one(t, asks, NOBODY);
        t->parent[answers] = asks;
    } else if (!t->placed[asks]) {
        place_one(t, asks, answers);
    }
}

static uint16_t walk(const struct forest *t, uint16_t parent, uint16_t next,
                     uint16_t *position)
{
    for (uint16_t i = 0; i < t->placed_count; i++) {
        uint16_t who = t->order[i];

        if (t->parent[who] != parent)
            continue;
        position[who] = next++;
        next = walk(t, who, next, position);
    }
    return next;
}

static void order_lifelines(struct ladder_item *items, size_t count,
                            uint16_t *position)
{
    struct forest t = {0};

    for (size_t i = 0; i < count; i++) {
        const struct sip_message *m = &items[i].record->seen->message;

        if (ladder_request_opens(m) && m->method == SIP_INVITE)
            link_invited(&t, items[i].from, items[i].to);
    }
    for (size_t i = 0; i < count; i++) {
        bool request = items[i].record->seen->message.is_request;

        link_other(&t, request ? items[i].from : items[i].to,
                   request ? items[i].to : items[i].from);
    }
    (void)walk(&t, NOBODY, 0, position);
    for (size_t i = 0; i < count; i++) {
        items[i].from = position[items[i].from];
        items[i].to = position[items[i].to];
    }
}

/* --- heads --------------------------------------------------------------- */

static bool write_address(struct arena *arena, const struct place *p,
                          unsigned more_ports, unsigned more_addresses,
                          struct span *out)
{
    char text[ENDPOINT_TEXT_BYTES + 48];
    char endpoint[ENDPOINT_TEXT_BYTES];
    int n;

    (void)endpoint_write(&p->endpoint, endpoint);
    if (more_addresses)
        n = snprintf(text, sizeof(text), "%s and %u more", endpoint,
                     more_addresses);
    else if (more_ports)
        n = snprintf(text, sizeof(text), "%s +%u port%s", endpoint, more_ports,
                     more_ports > 1 ? "s" : "");
    else
        n = snprintf(text, sizeof(text), "%s", endpoint);
    return arena_copy(arena, span_of(text, n < 0 ? 0 : (size_t)n), out);
}

/* The most used port speaks for an element. */
static bool write_heads(struct finder *f, const uint16_t *position,
                        struct ladder_model *model)
{
    const struct place *best[LADDER_LIFELINES_MAX] = {0};
    unsigned ports[LADDER_LIFELINES_MAX] = {0};
    unsigned others[LADDER_LIFELINES_MAX] = {0};

    for (size_t i = 0; i < f->place_count; i++) {
        const struct place *p = &f->places[i];
        uint16_t l = position[p->lifeline];

        if (!p->uses)
            continue;
        ports[l]++;
        if (best[l] &&
            !address_equal(&best[l]->endpoint.address, &p->endpoint.address))
            others[l]++;
        if (!best[l] || p->uses > best[l]->uses)
            best[l] = p;
    }
    for (size_t l = 0; l < model->lifeline_count; l++) {
        model->lifelines[l].element = best[l]->endpoint.address;
        if (!write_address(&model->arena, best[l], ports[l] - 1, others[l],
                           &model->lifelines[l].address))
            return false;
    }
    return true;
}

static int find(struct finder *f, struct ladder_item *items, size_t count,
                struct ladder_model *model)
{
    uint16_t position[LADDER_LIFELINES_MAX] = {0};
    size_t bytes;

    if (!collect_places(f, items, count))
        return -ENOMEM;
    for (size_t i = 0; i < f->place_count; i++)
        if (f->places[i].uses && !find_lifeline(f, &f->places[i]))
            return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct arrival *a = &items[i].record->seen->arrival;

        items[i].from = lifeline_at(f, &a->src);
        items[i].to = lifeline_at(f, &a->dst);
    }
    order_lifelines(items, count, position);
    bytes = f->lifeline_count * sizeof(*model->lifelines);
    model->lifelines = arena_take(&model->arena, bytes);
    if (!model->lifelines)
        return -ENOMEM;
    memset(model->lifelines, 0, bytes);
    model->lifeline_count = f->lifeline_count;
    return write_heads(f, position, model)
               ? ladder_actors_name(items, count, model)
               : -ENOMEM;
}

int ladder_lifelines_find(struct ladder_item *items, size_t count,
                          struct ladder_model *model)
{
    struct finder f = {0};
    int rc = find(&f, items, count, model);

    map_fini(&f.by_endpoint);
    map_fini(&f.by_element);
    map_fini(&f.split);
    free(f.places);
    return rc;
}
