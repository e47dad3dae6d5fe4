/**
 * Text as the database takes it: UTF-8 without NUL. The raw bytes of the
 * messages keep the truth.
 */
#ifndef SIPTRAIL_STORE_CLEAN_H
#define SIPTRAIL_STORE_CLEAN_H

#include "base/span.h"

/** Longest text of a column, in bytes: fits an entry of any index. */
#define CLEAN_TEXT_MAX 1000

/** Is it valid UTF-8 (RFC 3629) without NUL? */
bool clean_is_text(struct span text);

/**
 * Write @p text with each NUL and each byte that is no UTF-8 as \xHH, cut to
 * @p cap bytes before a character that does not fit.
 *
 * @return Bytes written
 */
size_t clean_write(struct span text, char *buffer, size_t cap);

/** Of the text as a column holds it; never 0, the same in every run. */
uint64_t clean_hash(struct span text);

#endif
