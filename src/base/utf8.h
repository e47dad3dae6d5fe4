/**
 * UTF-8 (RFC 3629).
 */
#ifndef SIPTRAIL_BASE_UTF8_H
#define SIPTRAIL_BASE_UTF8_H

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

#endif
