/**
 * Hashes: a fast seeded one for tables keyed by what strangers send, and a
 * strong one for keys that are stored.
 */
#ifndef SIPTRAIL_BASE_HASH_H
#define SIPTRAIL_BASE_HASH_H

#include "base/span.h"

/**
 * Choose this run's seed from the kernel's random source. Call once, before
 * any table is made; without it the seed is 0 (as unit tests have it).
 */
void hash_seed_init(void);

/** 64-bit hash with this run's seed: differs from run to run. */
uint64_t hash_bytes(const void *data, size_t length);
static inline uint64_t hash_span(struct span s)
{
    return hash_bytes(s.data, s.length);
}
/** Join a hash with another value, order-dependent. */
static inline uint64_t hash_mix(uint64_t h, uint64_t value)
{
    h ^= value + UINT64_C(0x9e3779b97f4a7c15) + (h << 6) + (h >> 2);
    h *= UINT64_C(0xff51afd7ed558ccd);
    return h ^ h >> 32;
}

/** 64-bit hash without seed: the same in every run, for message keys. */
uint64_t hash_stable(const void *data, size_t length, uint64_t seed);

#endif
