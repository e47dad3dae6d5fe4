#include "sip/marks.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* @low: the bytes up to CR; @carry: the byte before these was one */
static inline uint64_t word_of(uint64_t low, uint64_t *carry)
{
    uint64_t behind = low << 1 | *carry;

    *carry = low >> 63;
    return low & ~behind;
}

void sip_marks_words_portable(const char *bytes, size_t count, uint64_t *words)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < count; i++, bytes += 64) {
        uint64_t low = 0;

        for (unsigned bit = 0; bit < 64; bit++)
            low |= (uint64_t)((unsigned char)bytes[bit] <= '\r') << bit;
        words[i] = word_of(low, &carry);
    }
}

#if defined(__SSE2__)

static inline uint64_t low_of_16(const char *bytes)
{
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i least = _mm_min_epu8(b, _mm_set1_epi8('\r'));

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(least, b));
}

void sip_marks_words_sse2(const char *bytes, size_t count, uint64_t *words)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < count; i++, bytes += 64) {
        uint64_t low = 0;

        for (unsigned at = 0; at < 64; at += 16)
            low |= low_of_16(bytes + at) << at;
        words[i] = word_of(low, &carry);
    }
}

#else

void sip_marks_words_sse2(const char *bytes, size_t count, uint64_t *words)
{
    sip_marks_words_portable(bytes, count, words);
}

#endif

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline uint64_t low_of_32(const char *bytes)
{
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    __m256i least = _mm256_min_epu8(b, _mm256_set1_epi8('\r'));

    return (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(least, b));
}

AVX2 void sip_marks_words_avx2(const char *bytes, size_t count, uint64_t *words)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < count; i++, bytes += 64)
        words[i] =
            word_of(low_of_32(bytes) | low_of_32(bytes + 32) << 32, &carry);
}

bool sip_marks_has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

#else

void sip_marks_words_avx2(const char *bytes, size_t count, uint64_t *words)
{
    sip_marks_words_sse2(bytes, count, words);
}

bool sip_marks_has_avx2(void)
{
    return false;
}

#endif

static void mark(const char *bytes, size_t count, uint64_t *words)
{
    if (sip_marks_has_avx2())
        sip_marks_words_avx2(bytes, count, words);
    else
        sip_marks_words_sse2(bytes, count, words);
}

/* Less than a word, all of a text. */
static void mark_short(struct span text, uint64_t *word)
{
    char padded[64] = {0};

    memcpy(padded, text.data, text.length);
    mark(padded, 1, word);
}

void sip_marks_make(struct span text, struct sip_marks *marks_out)
{
    uint64_t *words = marks_out->words;
    size_t whole, tail;

    text = span_part(text, 0, SIP_MARKS_BYTES);
    whole = text.length / 64;
    tail = text.length % 64;
    marks_out->from = text.data;
    marks_out->to = span_end(text);
    mark(text.data, whole, words);
    if (tail && !whole) {
        mark_short(text, &words[whole++]);
    } else if (tail) { /* with bytes that stand before it */
        mark(marks_out->to - 64, 1, &words[whole]);
        words[whole++] >>= 64 - tail;
    }
    words[whole] = UINT64_MAX;
}
