#include "base/sensors.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"

struct sensor {
    struct table_node node;
    uint16_t number;
    uint8_t length;
    char name[SENSOR_TEXT_BYTES];
};

struct sensors {
    struct table table;
    struct sensor *items[SENSORS_MAX]; /* by number; owned. 0 stays empty */
    uint16_t count;
    uint64_t refused;
};

struct sensors *sensors_new(void)
{
    struct sensors *s = calloc(1, sizeof(*s));

    if (s && table_init(&s->table, SENSORS_MAX)) {
        free(s);
        return NULL;
    }
    return s;
}

void sensors_free(struct sensors *s)
{
    if (!s)
        return;
    for (size_t i = 1; i <= s->count; i++)
        free(s->items[i]);
    table_fini(&s->table);
    free(s);
}

/* Printable and no longer than is kept; what was left out is told apart by
   its hash, so that two long names stay two. */
static struct span make_plain(struct span name, char text[SENSOR_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t room = SENSOR_TEXT_BYTES - 1;
    bool changed = name.length > room;
    size_t length = changed ? room : name.length;

    for (size_t i = 0; i < length; i++) {
        bool plain = name.data[i] >= ' ' && name.data[i] <= '~';

        text[i] = plain ? name.data[i] : '?';
        changed |= !plain;
    }
    if (changed) {
        uint64_t h = hash_stable(name.data, name.length, 0);

        if (length > room - 9)
            length = room - 9;
        text[length++] = '~';
        for (unsigned i = 0; i < 8; i++, h >>= 4)
            text[length++] = digits[h & 15];
    }
    return span_of(text, length);
}

static struct sensor *add(struct sensors *s, struct span name, uint64_t hash)
{
    struct sensor *x = NULL;

    if (s->count + 1 < SENSORS_MAX)
        x = calloc(1, sizeof(*x));
    if (!x) {
        s->refused++;
        return NULL;
    }
    x->number = ++s->count;
    x->length = (uint8_t)name.length;
    memcpy(x->name, name.data, name.length);
    s->items[x->number] = x;
    table_add(&s->table, &x->node, hash);
    return x;
}

uint16_t sensors_number(struct sensors *s, struct span name)
{
    char text[SENSOR_TEXT_BYTES];
    struct sensor *x;
    uint64_t hash;

    if (!name.length)
        return 0;
    name = make_plain(name, text);
    hash = hash_span(name);
    for (struct table_node *n = table_first(&s->table, hash); n;
         n = table_next(n)) {
        x = CONTAINER_OF(n, struct sensor, node);
        if (span_equal(span_of(x->name, x->length), name))
            return x->number;
    }
    x = add(s, name, hash);
    return x ? x->number : 0;
}

struct span sensors_name(const struct sensors *s, uint16_t number)
{
    if (!s || !number || number >= SENSORS_MAX || !s->items[number])
        return SPAN_NONE;
    return span_of(s->items[number]->name, s->items[number]->length);
}

uint64_t sensors_refused(const struct sensors *s)
{
    return s->refused;
}
