/**
 * Named anomalies: what was wrong with the input, never a reason to lose it.
 */
#ifndef SIPTRAIL_BASE_ANOMALY_H
#define SIPTRAIL_BASE_ANOMALY_H

#include <stdbool.h>
#include <stdint.h>

enum anomaly {
#define ANOMALY(NAME, name, layer, clause, text) ANOMALY_##NAME,
#include "base/anomaly.def"
#undef ANOMALY
    ANOMALY_COUNT
};

#define ANOMALY_WORDS ((ANOMALY_COUNT + 63) / 64)

/** A set of anomalies; all zero is empty. */
struct anomaly_set {
    uint64_t bits[ANOMALY_WORDS];
};

static inline void anomaly_set_add(struct anomaly_set *set, enum anomaly a)
{
    set->bits[(unsigned)a / 64] |= UINT64_C(1) << ((unsigned)a % 64);
}

static inline void anomaly_set_remove(struct anomaly_set *set, enum anomaly a)
{
    set->bits[(unsigned)a / 64] &= ~(UINT64_C(1) << ((unsigned)a % 64));
}

static inline bool anomaly_set_has(const struct anomaly_set *set,
                                   enum anomaly a)
{
    return set->bits[(unsigned)a / 64] >> ((unsigned)a % 64) & 1;
}

static inline bool anomaly_set_empty(const struct anomaly_set *set)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < ANOMALY_WORDS; i++)
        any |= set->bits[i];
    return any == 0;
}

static inline void anomaly_set_merge(struct anomaly_set *set,
                                     const struct anomaly_set *more)
{
    for (unsigned i = 0; i < ANOMALY_WORDS; i++)
        set->bits[i] |= more->bits[i];
}

/** The public name, e.g. "leading_crlf". Static storage. */
const char *anomaly_name(enum anomaly a);
/** The layer that names it, e.g. "sip". Static storage. */
const char *anomaly_layer(enum anomaly a);
/** The clause broken, e.g. "RFC 3261 7.5", or "". Static storage. */
const char *anomaly_clause(enum anomaly a);
/** One line for a person. Static storage. */
const char *anomaly_text(enum anomaly a);

#endif
