/**
 * The end of a line, sixteen bytes a step where the machine can.
 */
#ifndef SIPTRAIL_SIP_LINES_H
#define SIPTRAIL_SIP_LINES_H

#include "base/anomaly.h"
#include "base/span.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/** The first byte that is @p most or below (unsigned), or @p end. */
static inline const char *sip_low_find(const char *at, const char *end,
                                       char most)
{
#if defined(__SSE2__)
    const __m128i limit = _mm_set1_epi8(most);

    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, limit), bytes);
        unsigned mask = (unsigned)_mm_movemask_epi8(low);

        if (mask)
            return at + __builtin_ctz(mask);
        at += 16;
    }
#endif
    while (at < end && (unsigned char)*at > (unsigned char)most)
        at++;
    return at;
}

/** The first @p byte, or @p end. For short runs, where a call would tell. */
static inline const char *sip_byte_find(const char *at, const char *end,
                                        char byte)
{
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi8(byte);

    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        unsigned mask =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted));

        if (mask)
            return at + __builtin_ctz(mask);
        at += 16;
    }
#endif
    while (at < end && *at != byte)
        at++;
    return at;
}

/* May the line at @p at be the empty one, or "Content-Length:" or "l:"? None
 * but these has an "l" there. */
static inline bool sip_line_tells(const char *at, const char *end)
{
    if (at == end || (unsigned char)*at <= '\r')
        return true;
    if ((*at | 0x20) == 'c')
        return end - at < 9 || (at[8] | 0x20) == 'l';
    return (*at | 0x20) == 'l';
}

/**
 * The first LF with a line behind it that may be the empty one or a
 * Content-Length, or with nothing behind it; @p end where there is none. Other
 * lines are passed without a look at where they end.
 */
static inline const char *sip_telling_line_find(const char *at, const char *end)
{
#if defined(__SSE2__)
    const __m128i lf = _mm_set1_epi8('\n');

    for (; end - at >= 32; at += 32) {
        const __m128i *bytes = (const __m128i *)(const void *)at;
        __m128i low = _mm_cmpeq_epi8(_mm_loadu_si128(bytes), lf);
        __m128i high = _mm_cmpeq_epi8(_mm_loadu_si128(bytes + 1), lf);
        unsigned mask = (unsigned)_mm_movemask_epi8(low) |
                        (unsigned)_mm_movemask_epi8(high) << 16;

        for (; mask; mask &= mask - 1)
            if (sip_line_tells(at + __builtin_ctz(mask) + 1, end))
                return at + __builtin_ctz(mask);
    }
#endif
    while (at < end && (*at != '\n' || !sip_line_tells(at + 1, end)))
        at++;
    return at;
}

/** One line; a line end is CRLF, or LF alone. */
struct sip_line {
    const char *end;  /* of the text in it */
    const char *next; /* line; equal to end where no line end was found */
};

/** Find the line end from @p at on, and name what is odd up to there. */
static inline struct sip_line sip_line_find(const char *at, const char *end,
                                            struct anomaly_set *anomalies)
{
    for (;;) {
        /* NUL, HTAB, LF, CR, ... */
        at = sip_low_find(at, end, '\r');
        if (at == end)
            return (struct sip_line){end, end};
        if (*at == '\r' && end - at > 1) {
            if (at[1] == '\n')
                return (struct sip_line){at, at + 2};
            anomaly_set_add(anomalies, ANOMALY_CR_BARE);
        } else if (*at == '\n') {
            anomaly_set_add(anomalies, ANOMALY_LF_LINE_END);
            return (struct sip_line){at, at + 1};
        } else if (*at == '\0') {
            anomaly_set_add(anomalies, ANOMALY_NUL_IN_HEADER);
        }
        at++;
    }
}

#endif
