#include "sip/marks.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* @low: the bytes up to CR; @carry: the byte before these was a CR */
static inline uint64_t word_of(uint64_t cr, uint64_t low, uint64_t *carry)
{
    uint64_t behind = cr << 1 | *carry;

    *carry = cr >> 63;
    return cr | (low ^ behind); /* those that are CR are marked in any case */
}

void sip_marks_words_portable(const char *bytes, size_t count, uint64_t *words)
{
    bool behind_cr = false;

    for (size_t i = 0; i < count; i++, bytes += 64) {
        words[i] = 0;
        for (unsigned bit = 0; bit < 64; bit++) {
            unsigned char c = (unsigned char)bytes[bit];
            bool marked = c == '\r' || (c < '\r') != behind_cr;

            words[i] |= (uint64_t)marked << bit;
            behind_cr = c == '\r';
        }
    }
}

#if defined(__SSE2__)

static inline void masks_of_16(const char *bytes, unsigned at, uint64_t *cr,
                               uint64_t *up_to_cr)
{
    const __m128i most = _mm_set1_epi8('\r');
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(b, most), b);

    *cr |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, most)) << at;
    *up_to_cr |= (uint64_t)(unsigned)_mm_movemask_epi8(low) << at;
}

void sip_marks_words_sse2(const char *bytes, size_t count, uint64_t *words)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < count; i++, bytes += 64) {
        uint64_t cr = 0, low = 0;

        for (unsigned at = 0; at < 64; at += 16)
            masks_of_16(bytes + at, at, &cr, &low);
        words[i] = word_of(cr, low, &carry);
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

AVX2 static inline __m256i load_32(const char *bytes)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

AVX2 static inline uint64_t bits_of(__m256i first, __m256i second)
{
    return (uint64_t)(unsigned)_mm256_movemask_epi8(second) << 32 |
           (unsigned)_mm256_movemask_epi8(first);
}

AVX2 void sip_marks_words_avx2(const char *bytes, size_t count, uint64_t *words)
{
    const __m256i most = _mm256_set1_epi8('\r');
    uint64_t carry = 0;

    for (size_t i = 0; i < count; i++, bytes += 64) {
        __m256i a = load_32(bytes), b = load_32(bytes + 32);
        uint64_t cr =
            bits_of(_mm256_cmpeq_epi8(a, most), _mm256_cmpeq_epi8(b, most));
        uint64_t low = bits_of(_mm256_cmpeq_epi8(_mm256_min_epu8(a, most), a),
                               _mm256_cmpeq_epi8(_mm256_min_epu8(b, most), b));

        words[i] = word_of(cr, low, &carry);
    }
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
    marks_out->to = text.data + text.length;
    mark(text.data, whole, words);
    if (tail && !whole) {
        mark_short(text, &words[whole++]);
    } else if (tail) { /* with bytes that stand before it */
        mark(marks_out->to - 64, 1, &words[whole]);
        words[whole++] >>= 64 - tail;
    }
    words[whole] = UINT64_MAX;
}
