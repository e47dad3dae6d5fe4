/* Every byte of a capture goes through here. The library as Debian builds it
 * hashes 6 GB/s; its own loops, unrolled, more than 12; with AVX2, as
 * fingerprint_avx2.c has them, half the instructions again. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "capture/fingerprint_avx2.h"

#include <stdlib.h>

struct fingerprint {
    XXH3_state_t *state;
    bool wide;
};

struct fingerprint *fingerprint_new(void)
{
    struct fingerprint *f = malloc(sizeof(*f));

    if (!f)
        return NULL;
    f->state = XXH3_createState();
    f->wide = fingerprint_has_avx2();
    if (f->state && XXH3_64bits_reset(f->state) == XXH_OK)
        return f;
    fingerprint_free(f);
    return NULL;
}

void fingerprint_free(struct fingerprint *f)
{
    if (f)
        (void)XXH3_freeState(f->state);
    free(f);
}

void fingerprint_push(struct fingerprint *f, const void *data, size_t length)
{
    if (!length)
        return;
    if (f->wide)
        fingerprint_update_avx2(f->state, data, length);
    else
        (void)XXH3_64bits_update(f->state, data, length);
}

uint64_t fingerprint_value(const struct fingerprint *f)
{
    return XXH3_64bits_digest(f->state);
}
