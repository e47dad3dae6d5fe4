#include "base/anomaly.h"

#include <assert.h>

struct entry {
    const char *name;
    const char *layer;
    const char *clause;
    const char *text;
};

static const struct entry entries[ANOMALY_COUNT] = {
#define ANOMALY(NAME, name, layer, clause, text) {#name, #layer, clause, text},
#include "base/anomaly.def"
#undef ANOMALY
};

static const struct entry *entry_of(enum anomaly a)
{
    assert((unsigned)a < ANOMALY_COUNT);
    return &entries[a];
}

const char *anomaly_name(enum anomaly a)
{
    return entry_of(a)->name;
}

const char *anomaly_layer(enum anomaly a)
{
    return entry_of(a)->layer;
}

const char *anomaly_clause(enum anomaly a)
{
    return entry_of(a)->clause;
}

const char *anomaly_text(enum anomaly a)
{
    return entry_of(a)->text;
}
