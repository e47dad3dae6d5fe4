/**
 * Text broken into lines of a width.
 */
#ifndef SIPTRAIL_LADDER_WRAP_H
#define SIPTRAIL_LADDER_WRAP_H

#include "base/arena.h"

struct wrap {
    struct arena *arena; /* owns the lines */
    struct span between; /* put between two items of a line */
    double size;         /* of the font, points */
    double width;        /* of a line */
    size_t lines_max;
};

/**
 * Put items side by side on as few lines as hold them, of about one length.
 * Empty items are left out; what does not fit the last line ends in "…".
 *
 * @param lines_out  Room for lines_max
 * @return false where there is no memory
 */
bool wrap_items(const struct wrap *w, const struct span *items, size_t count,
                struct span *lines_out, size_t *count_out);

/** The same for the words of @p text behind those of @p mark. */
bool wrap_text(const struct wrap *w, struct span mark, struct span text,
               struct span *lines_out, size_t *count_out);

#endif
