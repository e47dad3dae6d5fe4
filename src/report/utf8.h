/**
 * UTF-8 (RFC 3629), as far as a report needs it.
 */
#ifndef SIPTRAIL_REPORT_UTF8_H
#define SIPTRAIL_REPORT_UTF8_H

#include "base/span.h"

/**
 * Read the character at the front of @p s.
 *
 * @param s         Not empty
 * @param code_out  Set where the result is above 0
 * @return Bytes it takes; 0 where they are no UTF-8 (overlong forms,
 *         surrogates and what lies beyond U+10FFFF included)
 */
size_t utf8_next(struct span s, uint32_t *code_out);

/**
 * Columns a character takes on a terminal: 0, 1 or 2; -1 for one that must
 * not reach it (control characters, changes of direction, invisible ones).
 */
int utf8_columns(uint32_t code);

#endif
