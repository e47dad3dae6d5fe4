/**
 * Where the lines of a text may end, found sixty-four bytes at a time.
 *
 * A bit is set for each CR, and for each byte that makes a line odd: one below
 * CR (LF, HTAB, NUL, ...) with no CR before it, or another one behind a CR. So
 * a text of whole lines that all end in CRLF has one bit a line.
 */
#ifndef SIPTRAIL_SIP_MARKS_H
#define SIPTRAIL_SIP_MARKS_H

#include "base/span.h"

/* Marked at once; whoever has more begins again behind. */
#define SIP_MARKS_BYTES 2048
#define SIP_MARKS_WORDS (SIP_MARKS_BYTES / 64)

struct sip_marks {
    const char *from; /* of the text that is marked; borrowed */
    const char *to;
    uint64_t words[SIP_MARKS_WORDS + 1]; /* behind those of the text: all set */
};

/** Mark the beginning of @p text, as much as there is room for. Pure. */
void sip_marks_make(struct span text, struct sip_marks *marks_out);

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
