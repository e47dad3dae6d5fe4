/**
 * How wide text will be: metrics of DejaVu Sans, so that a layout can be
 * computed without any font library.
 */
#ifndef SIPTRAIL_LADDER_FONT_H
#define SIPTRAIL_LADDER_FONT_H

#include "base/arena.h"

/**
 * Width of clean UTF-8 in points. Exact for ASCII but for kerning, a guess on
 * the wide side for all else.
 */
double font_width(struct span text, double size, bool bold);

/**
 * @p text where it is not wider than @p width, else its beginning with "…",
 * made in @p arena.
 *
 * @return An empty span where there is no memory
 */
struct span font_fit(struct arena *arena, struct span text, double size,
                     double width);

/** Columns that text takes on a terminal. */
size_t font_columns(struct span text);

/** Bytes of the longest beginning of @p text of at most @p columns. */
size_t font_columns_fit(struct span text, size_t columns);

#endif
