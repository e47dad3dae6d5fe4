/**
 * Text in the making, and the ways bytes from the wire are made harmless in
 * it.
 *
 * Appending never fails at the call: where memory runs out the text is marked
 * failed and stays as it was; the writer asks once at the end.
 */
#ifndef SIPTRAIL_REPORT_TEXT_H
#define SIPTRAIL_REPORT_TEXT_H

#include <stdio.h>

#include "base/span.h"

struct text {
    char *data; /* owned; no NUL at the end */
    size_t length;
    size_t room;
    bool failed;
};

void text_init(struct text *t);
void text_fini(struct text *t);
/** Forget the content, keep the memory and a failure. */
void text_clear(struct text *t);

static inline struct span text_span(const struct text *t)
{
    return span_of(t->data, t->length);
}

/**
 * Write the content to @p stream and clear it.
 *
 * @return 0, -ENOMEM where the text had failed, or the stream's -errno
 */
int text_flush(struct text *t, FILE *stream);

void text_add_byte(struct text *t, char byte);
void text_add_bytes(struct text *t, struct span s); /* as they are */
void text_add_string(struct text *t, const char *s);
void text_add_spaces(struct text *t, size_t count);
void text_add_number(struct text *t, int64_t n);
/** At least @p digits digits, zeros in front. */
void text_add_padded(struct text *t, uint64_t n, unsigned digits);
/** @p n with its thousands set apart: 1,234,567. */
void text_add_grouped(struct text *t, uint64_t n);
void text_add_format(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Between quotes, as JSON (RFC 8259, 7). Bytes that are no UTF-8 become the
 * characters \xHH, so that the result is always valid.
 */
void text_add_json(struct text *t, struct span s);

/**
 * One field of CSV (RFC 4180), quoted where it must be. A field that a
 * spreadsheet would take for a formula (=, +, -, @, TAB, CR in front) gets a
 * ' before it, except + or - with digits only, which stay numbers. Control
 * bytes other than line ends and TAB, and bad UTF-8, become \xHH.
 */
void text_add_csv(struct text *t, struct span s);

/**
 * One field without tabs and line ends, as PostgreSQL's COPY escapes them
 * (\t \n \r \b \f \v \\); other control bytes and bad UTF-8 become \xHH.
 */
void text_add_tsv(struct text *t, struct span s);

/**
 * For a terminal: control characters of any kind (C0, C1, those that turn
 * the direction of writing or take no room) and bad UTF-8 are escaped.
 *
 * @param columns_max  Cut with an ellipsis where it would take more columns;
 *                     SIZE_MAX for no limit
 * @return Columns it takes
 */
size_t text_add_visible(struct text *t, struct span s, size_t columns_max);

/** Columns text_add_visible() would take without a limit. */
size_t text_columns(struct span s);

#endif
