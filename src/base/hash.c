#include "base/hash.h"

#include <sys/random.h>
#include <xxhash.h>

/*
 * hash_bytes() multiplies two words of input into 128 bits and folds these, as
 * wyhash does: half the instructions of XXH3 on tags and addresses. What
 * strangers send must not be able to reach a factor of zero, so that every
 * factor is masked with a key of this run.
 */
enum { KEYS = 8 };

static uint64_t keys[KEYS] = {
    UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db),
    UINT64_C(0x8ebc6af09c88c6e3), UINT64_C(0x589965cc75374cc3),
    UINT64_C(0x1d8e4e27c47d124f), UINT64_C(0xeb44accab455d165),
    UINT64_C(0x9c6e6877736c46e3), UINT64_C(0xd1342543de82ef95),
};

void hash_seed_init(void)
{
    uint64_t seed[KEYS];

    if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        return;
    for (unsigned i = 0; i < KEYS; i++)
        keys[i] ^= seed[i];
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t low_a = (uint32_t)a, high_a = a >> 32;
    uint64_t low_b = (uint32_t)b, high_b = b >> 32;
    uint64_t cross = high_a * low_b + (low_a * low_b >> 32);
    uint64_t middle = low_a * high_b + (uint32_t)cross;
    uint64_t high = high_a * high_b + (cross >> 32) + (middle >> 32);

    return a * b ^ high;
#endif
}

static inline uint64_t word(const char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return w;
}

static inline uint64_t half(const char *p)
{
    uint32_t w;

    memcpy(&w, p, sizeof(w));
    return w;
}

static inline uint64_t step(const char *p, uint64_t key, uint64_t h)
{
    return fold(word(p) ^ key, word(p + 8) ^ h);
}

/* The text from @p to @end; more than sixteen bytes of it. */
static inline uint64_t hash_rest(const char *p, const char *end, size_t length,
                                 uint64_t h)
{
    const char *last = end - 16;

    for (; p < last; p += 16)
        h = step(p, keys[5], h);
    return fold(keys[7] ^ length,
                fold(word(last) ^ keys[6], word(last + 8) ^ h));
}

static inline uint64_t hash_short(const char *p, size_t length)
{
    uint64_t a = 0, b = 0;

    if (length >= 8) {
        a = word(p);
        b = word(p + length - 8);
    } else if (length >= 4) {
        a = half(p);
        b = half(p + length - 4);
    } else if (length) {
        a = (uint64_t)(unsigned char)p[0] << 16 |
            (uint64_t)(unsigned char)p[length / 2] << 8 |
            (unsigned char)p[length - 1];
    }
    return fold(keys[7] ^ length, fold(a ^ keys[6], b ^ keys[4]));
}

/* All but the last 1 to 64 bytes in four lanes that do not wait for each
 * other. Apart, so that short texts need no frame. */
__attribute__((noinline)) static uint64_t hash_long(const char *p,
                                                    size_t length)
{
    uint64_t h0 = keys[4], h1 = keys[5], h2 = keys[6], h3 = keys[7];
    const char *end = p + (length - 1) / 64 * 64, *all = p + length;

    for (; p < end; p += 64) {
        h0 = step(p, keys[0], h0);
        h1 = step(p + 16, keys[1], h1);
        h2 = step(p + 32, keys[2], h2);
        h3 = step(p + 48, keys[3], h3);
    }
    return hash_rest(p, all, length, h0 ^ h1 ^ h2 ^ h3);
}

uint64_t hash_bytes(const void *data, size_t length)
{
    const char *p = data;

    if (length <= 16)
        return hash_short(p, length);
    return length > 64 ? hash_long(p, length)
                       : hash_rest(p, p + length, length, keys[4]);
}

uint64_t hash_stable(const void *data, size_t length, uint64_t seed)
{
    return XXH3_64bits_withSeed(data ? data : "", length, seed);
}
