/**
 * How characters show on a terminal.
 */
#ifndef SIPTRAIL_REPORT_UTF8_H
#define SIPTRAIL_REPORT_UTF8_H

#include "base/utf8.h"

/**
 * Columns a character takes on a terminal: 0, 1 or 2; -1 for one that must
 * not reach it (control characters, changes of direction, invisible ones).
 */
int utf8_columns(uint32_t code);

#endif
