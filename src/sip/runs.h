/**
 * Where runs of bytes of one class end, sixteen bytes a step where the machine
 * can; the portable form is what the other one is tested against.
 */
#ifndef SIPTRAIL_SIP_RUNS_H
#define SIPTRAIL_SIP_RUNS_H

#include "base/span.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The class is known where they are called: each use becomes a loop of its
 * own. */
#define SIP_RUN_INLINE static inline __attribute__((always_inline))

enum sip_run {
    SIP_RUN_NAME,   /* A-Z a-z 0-9 "-" "." "_": hosts, most user parts */
    SIP_RUN_PARAMS, /* and ";" "=": parameters of a URI */
    SIP_RUN_VALUE,  /* and / : @ [ \ ] ^ ` { | } ~, without ";" "=": what can
                       neither end a parameter's value nor begin a quote */
    SIP_RUN_QUOTED, /* all but the quote and the backslash */
    SIP_RUN_NAMED,  /* all but the equals sign and the comma */
    SIP_RUN_LISTED, /* all but the comma */
    SIP_RUN_WORD    /* all but SP and HTAB */
};

SIP_RUN_INLINE bool sip_run_has(enum sip_run run, char c)
{
    bool name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';

    if (run == SIP_RUN_QUOTED)
        return c != '"' && c != '\\';
    if (run == SIP_RUN_NAMED)
        return c != '=' && c != ',';
    if (run == SIP_RUN_LISTED)
        return c != ',';
    if (run == SIP_RUN_WORD)
        return c != ' ' && c != '\t';
    if (run == SIP_RUN_PARAMS)
        return name || c == ';' || c == '=';
    if (run == SIP_RUN_VALUE)
        return (c >= '-' && c <= ':') || (c >= '@' && c <= '~');
    return name;
}

SIP_RUN_INLINE const char *sip_run_end_portable(enum sip_run run,
                                                const char *at, const char *end)
{
    while (at < end && sip_run_has(run, *at))
        at++;
    return at;
}

#if defined(__SSE2__)
/* 0xff for each byte of @low to @high, unsigned */
SIP_RUN_INLINE __m128i sip_run_between(__m128i bytes, char low, char high)
{
    __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(low));

    return _mm_cmpeq_epi8(
        _mm_min_epu8(above, _mm_set1_epi8((char)(high - low))), above);
}

SIP_RUN_INLINE __m128i sip_run_is(__m128i bytes, char c)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

/* A bit for each of the sixteen bytes at @p that are not of the class. */
SIP_RUN_INLINE unsigned sip_run_breaks(enum sip_run run, const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i in = sip_run_between(bytes, '-', run == SIP_RUN_VALUE ? ':' : '9');

    if (run == SIP_RUN_QUOTED)
        return (unsigned)_mm_movemask_epi8(
            _mm_or_si128(sip_run_is(bytes, '"'), sip_run_is(bytes, '\\')));
    if (run == SIP_RUN_NAMED)
        return (unsigned)_mm_movemask_epi8(
            _mm_or_si128(sip_run_is(bytes, '='), sip_run_is(bytes, ',')));
    if (run == SIP_RUN_LISTED)
        return (unsigned)_mm_movemask_epi8(sip_run_is(bytes, ','));
    if (run == SIP_RUN_WORD)
        return (unsigned)_mm_movemask_epi8(
            _mm_or_si128(sip_run_is(bytes, ' '), sip_run_is(bytes, '\t')));
    if (run == SIP_RUN_VALUE) {
        in = _mm_or_si128(in, sip_run_between(bytes, '@', '~'));
    } else {
        __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));

        in = _mm_andnot_si128(sip_run_is(bytes, '/'), in);
        in = _mm_or_si128(in, sip_run_between(lower, 'a', 'z'));
        in = _mm_or_si128(in, sip_run_is(bytes, '_'));
    }
    if (run == SIP_RUN_PARAMS)
        in = _mm_or_si128(
            in, _mm_or_si128(sip_run_is(bytes, ';'), sip_run_is(bytes, '=')));
    return ~(unsigned)_mm_movemask_epi8(in) & 0xffffU;
}
#endif

/**
 * The first byte from @p at on that is not of the class, or @p end.
 *
 * @param from  At or before @p at: bytes from here on may be read, so that the
 *              last few need no walk of their own
 */
SIP_RUN_INLINE const char *sip_run_end(enum sip_run run, const char *from,
                                       const char *at, const char *end)
{
#if defined(__SSE2__)
    unsigned breaks;

    for (; end - at >= 16; at += 16) {
        breaks = sip_run_breaks(run, at);
        if (breaks)
            return at + __builtin_ctz(breaks);
    }
    if (at == end)
        return at;
    if (end - from >= 16) {
        breaks = sip_run_breaks(run, end - 16) >> (16 - (end - at));
        return breaks ? at + __builtin_ctz(breaks) : end;
    }
#else
    (void)from;
#endif
    return sip_run_end_portable(run, at, end);
}

#endif
