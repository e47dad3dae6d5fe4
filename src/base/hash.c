#include "base/hash.h"

#include <sys/random.h>
#include <xxhash.h>

static uint64_t run_seed;

void hash_seed_init(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
        run_seed = seed;
}

uint64_t hash_bytes(const void *data, size_t length)
{
    return XXH3_64bits_withSeed(data ? data : "", length, run_seed);
}

uint64_t hash_stable(const void *data, size_t length, uint64_t seed)
{
    return XXH3_64bits_withSeed(data ? data : "", length, seed);
}
