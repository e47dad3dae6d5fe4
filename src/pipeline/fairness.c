#include "pipeline/fairness.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

/* Counts are halved then: what was sent longer ago weighs less. */
#define COUNTED_MAX 65536
#define ANSWERED 1u /* the lowest bit of a known call's tag */
#define NS_PER_S INT64_C(1000000000)

/** A call, in eight bytes. */
struct known {
    uint32_t tag; /* of its Call-ID's hash, and ANSWERED */
    uint32_t at_s;
};

struct fairness {
    struct known calls[FAIRNESS_CALLS];
    uint32_t counts[2][FAIRNESS_SOURCES]; /* the lower of both is believed */
    uint32_t counted;                     /* in all */
};

int fairness_new(struct fairness **fairness_out)
{
    *fairness_out = calloc(1, sizeof(**fairness_out));
    return *fairness_out ? 0 : -ENOMEM;
}

void fairness_free(struct fairness *f)
{
    free(f);
}

static uint32_t second_of(const struct observation *o)
{
    return (uint32_t)(o->arrival.time_ns / NS_PER_S);
}

static struct known *place_of(struct fairness *f, uint64_t hash)
{
    return &f->calls[hash & (FAIRNESS_CALLS - 1)];
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) | ANSWERED;
}

static bool has_expired(const struct known *k, uint32_t now_s)
{
    uint32_t limit_s = k->tag & ANSWERED ? FAIRNESS_CALL_S : FAIRNESS_QUIET_S;

    return !k->tag || now_s - k->at_s > limit_s;
}

/* No flood of quiet ones pushes out a call that rings or is answered. */
static void remember(struct fairness *f, const struct observation *o,
                     uint64_t hash, bool answered)
{
    struct known *k = place_of(f, hash);
    uint32_t now_s = second_of(o);

    if (!answered && (k->tag & ANSWERED) && !has_expired(k, now_s))
        return;
    k->tag = answered ? tag_of(hash) : tag_of(hash) & ~ANSWERED;
    k->at_s = now_s;
}

static bool is_known(struct fairness *f, const struct observation *o,
                     uint64_t hash)
{
    const struct known *k = place_of(f, hash);

    return (k->tag | ANSWERED) == tag_of(hash) && !has_expired(k, second_of(o));
}

/* 100 is no sign of a call: a proxy says it to everybody. */
static bool shows_call(const struct sip_message *m)
{
    return m->status_code > 100 && m->status_code < 300 &&
           m->cseq_method == SIP_INVITE && m->call_id.length;
}

static void halve(struct fairness *f)
{
    for (size_t i = 0; i < FAIRNESS_SOURCES; i++) {
        f->counts[0][i] /= 2;
        f->counts[1][i] /= 2;
    }
    f->counted /= 2;
}

/* How many of the messages counted came from where this one does. */
static uint32_t count_source(struct fairness *f, const struct address *src)
{
    uint64_t hash = hash_bytes(src, sizeof(*src));
    uint32_t *a = &f->counts[0][hash % FAIRNESS_SOURCES];
    uint32_t *b = &f->counts[1][(hash >> 32) % FAIRNESS_SOURCES];

    if (f->counted == COUNTED_MAX)
        halve(f);
    f->counted++;
    ++*a;
    ++*b;
    return *a < *b ? *a : *b;
}

/* The fuller, the smaller the share of a source that is still heard: a
   thirty-second, then a quarter of that for each further part. */
static uint32_t share(const struct fairness *f, unsigned taken)
{
    unsigned over = taken > FAIRNESS_HELD_FROM ? taken - FAIRNESS_HELD_FROM : 0;
    uint32_t most = f->counted >> (5 + 2 * over);

    return most > FAIRNESS_LEAST ? most : FAIRNESS_LEAST;
}

bool fairness_admit(struct fairness *f, const struct observation *o,
                    unsigned taken)
{
    const struct sip_message *m = &o->message;
    uint64_t hash;
    bool quiet;

    if (taken < FAIRNESS_COUNT_FROM) {
        if (shows_call(m))
            remember(f, o, m->call_id_hash, true);
        return true;
    }
    quiet = count_source(f, &o->arrival.src.address) <= share(f, taken);
    if (!m->call_id.length)
        return quiet || taken < FAIRNESS_HELD_FROM;
    hash = m->call_id_hash;
    if (taken >= FAIRNESS_HELD_FROM && !is_known(f, o, hash) &&
        (!quiet || taken + 1 >= FAIRNESS_PARTS))
        return false;
    if (shows_call(m))
        remember(f, o, hash, true);
    else if (quiet && !is_known(f, o, hash))
        remember(f, o, hash, false);
    return true;
}
