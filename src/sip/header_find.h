/**
 * The name at the beginning of a header line, for the walk over a message:
 * sip_header_parse() without a call, for names as nearly all write them.
 */
#ifndef SIPTRAIL_SIP_HEADER_FIND_H
#define SIPTRAIL_SIP_HEADER_FIND_H

#include "sip/header.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define SIP_HEADER_NAME_MAX 21

/** What stands before the colon. */
struct sip_header_label {
    enum sip_header_id id;
    uint32_t length;
};

/** The header with this length and first letter, of which the last five bits
 * stand for both its cases; 0 where there is none. */
extern const uint8_t sip_header_candidates[SIP_HEADER_NAME_MAX + 1][32];
/** The other one where two share length and first letter. */
extern const uint8_t sip_header_siblings[];
/** How a line of this header begins: the name, colon, blank; to be compared
 * many bytes at once. */
struct sip_header_opening {
    char text[24];
    uint32_t mask;   /* of the bytes that tell, sixteen at most */
    uint32_t length; /* of the name */
};

/** A mask for what would be longer. */
#define SIP_HEADER_OPENS_NONE (UINT32_C(1) << 16)

extern const struct sip_header_opening sip_header_openings[];

/** Any name of a line, in any case. @return false as sip_header_find() */
bool sip_header_find_slow(const char *at, const char *end,
                          struct sip_header_label *label_out);

#if defined(__SSE2__)
/* Names of up to fifteen bytes, in the RFC's own letters. @p at: sixteen bytes
 * can be read. @return false where it may be another */
static inline bool sip_header_find_fast(const char *at,
                                        struct sip_header_label *label_out)
{
    __m128i line = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i colon = _mm_cmpeq_epi8(line, _mm_set1_epi8(':'));
    unsigned colons = (unsigned)_mm_movemask_epi8(colon);
    unsigned wanted = (colons - 1) & ~colons; /* what stands before it */
    unsigned length, id, other;

    if (!colons)
        return false;
    length = (unsigned)__builtin_ctz(colons);
    for (id = sip_header_candidates[length][at[0] & 31]; id;
         id = sip_header_siblings[id]) {
        other = ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
            line,
            _mm_loadu_si128(
                (const __m128i *)(const void *)sip_header_openings[id].text)));
        if (!(wanted & other)) {
            *label_out =
                (struct sip_header_label){(enum sip_header_id)id, length};
            return true;
        }
    }
    return false;
}
#endif

/** Does the line at @p at, of which sixteen bytes can be read, begin so? */
static inline bool sip_header_opens(const char *at,
                                    const struct sip_header_opening *opening)
{
#if defined(__SSE2__)
    __m128i line = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i wanted =
        _mm_loadu_si128((const __m128i *)(const void *)opening->text);
    unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(line, wanted));

    return !(opening->mask & ~same);
#else
    return opening->mask != SIP_HEADER_OPENS_NONE &&
           memcmp(at, opening->text, opening->length + 2U) == 0;
#endif
}

/**
 * @param line_end  Of the line that begins at @p at
 * @param end       At or behind it: bytes up to here may be read
 * @return false where there is no name, or one with a blank before or behind it
 */
static inline bool sip_header_find(const char *at, const char *line_end,
                                   const char *end,
                                   struct sip_header_label *label_out)
{
#if defined(__SSE2__)
    if (end - at >= 16 && sip_header_find_fast(at, label_out))
        return at + label_out->length < line_end;
#else
    (void)end;
#endif
    return sip_header_find_slow(at, line_end, label_out);
}

#endif
