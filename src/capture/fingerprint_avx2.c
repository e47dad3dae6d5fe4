#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define HAS_AVX2 1
#pragma GCC optimize("O3")
#pragma GCC target("avx2")
#define XXH_INLINE_ALL
#include <xxhash.h>
#else
#define HAS_AVX2 0
#endif

#include "capture/fingerprint_avx2.h"

#if HAS_AVX2

bool fingerprint_has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

void fingerprint_update_avx2(void *state, const void *data, size_t length)
{
    (void)XXH3_64bits_update(state, data, length);
}

#else

bool fingerprint_has_avx2(void)
{
    return false;
}

void fingerprint_update_avx2(void *state, const void *data, size_t length)
{
    (void)state;
    (void)data;
    (void)length;
}

#endif
