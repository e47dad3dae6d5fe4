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
