/**
 * Where the lines of a text may end, found sixty-four bytes at a time.
 *
 * A bit is set for each byte up to CR (CR, LF, HTAB, NUL, ...) with none of
 * them before it. So a text of whole lines that all end in CRLF has one bit a
 * line, and none for an empty one.
 */
#ifndef SIPTRAIL_SIP_MARKS_H
#define SIPTRAIL_SIP_MARKS_H

#include "base/span.h"

/* Marked at once; whoever has more begins again behind. */
#define SIP_MARKS_BYTES 2048
/* Shorter texts, keep-alives and the like, are not worth it. */
#define SIP_MARKS_LEAST 16
#define SIP_MARKS_WORDS (SIP_MARKS_BYTES / 64)

struct sip_marks {
    const char *from; /* of the text that is marked; borrowed */
    const char *to;
    uint64_t words[SIP_MARKS_WORDS + 1]; /* behind those of the text: all set */
};

/** Mark the beginning of @p text, as much as there is room for. Pure. */
void sip_marks_make(struct span text, struct sip_marks *marks_out);

/** The way from mark to mark. */
struct sip_mark_steps {
    const char *base; /* of the word at hand */
    const uint64_t *next;
    uint64_t word;
};

/** Begin with the first mark from @p at on, in the text that is marked. */
static inline void sip_mark_steps_from(const struct sip_marks *marks,
                                       const char *at,
                                       struct sip_mark_steps *steps_out)
{
    size_t i = (size_t)(at - marks->from);

    steps_out->base = marks->from + i / 64 * 64;
    steps_out->next = &marks->words[i / 64] + 1;
    steps_out->word = steps_out->next[-1] & UINT64_MAX << i % 64;
}

/** The next mark; behind the text's, in the words that are all set. */
static inline const char *sip_mark_step(struct sip_mark_steps *s)
{
    const char *at;

    while (!s->word) {
        s->word = *s->next++;
        s->base += 64;
    }
    at = s->base + (unsigned)__builtin_ctzll(s->word);
    s->word &= s->word - 1;
    return at;
}

/**
 * Is the mark at @p end a CRLF without a fold behind it?
 *
 * @param last  Behind it are no three bytes
 */
static inline bool sip_mark_is_plain(const char *end, const char *last)
{
    return end <= last && memcmp(end, "\r\n", 2) == 0 &&
           (__builtin_expect((unsigned char)end[2] > ' ', true) ||
            (end[2] != ' ' && end[2] != '\t'));
}

/**
 * The words of @p count times sixty-four bytes. All ways agree; the portable
 * one is what the others are tested against.
 */
void sip_marks_words_portable(const char *bytes, size_t count, uint64_t *words);
/** Sixteen bytes a step; the portable one where the machine has no SSE2. */
void sip_marks_words_sse2(const char *bytes, size_t count, uint64_t *words);
/** Thirty-two; only where sip_marks_has_avx2(). */
void sip_marks_words_avx2(const char *bytes, size_t count, uint64_t *words);
bool sip_marks_has_avx2(void);

#endif
