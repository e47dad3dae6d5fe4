/**
 * Ladder diagrams of calls: as a picture in a file, or as text.
 *
 * Several calls go into one diagram, merged by time. The same input gives the
 * same bytes. Nothing that came from the wire can leave its place: labels are
 * valid UTF-8 without control bytes, escaped for each format.
 */
#ifndef SIPTRAIL_LADDER_LADDER_H
#define SIPTRAIL_LADDER_LADDER_H

#include <stdio.h>

#include "call/view.h"

/** Of one diagram; all zero is a good choice for a picture. */
struct ladder_options {
    bool
        duplicates; /* draw copies of messages too, pale; else leave them out */
    /* Of text only: */
    unsigned columns; /* width to aim at; 0: as wide as the labels want */
    bool colour;      /* with ANSI colours */
    bool utf8;        /* box characters; else ASCII */
    /** Told of each file written, in order, with its path. May be NULL. */
    void (*file_fn)(void *arg, const char *path);
    void *arg;
};

/** The suffixes ladder_draw() knows: ".svg .png .pdf .dot .txt". */
extern const char ladder_suffixes[];

/**
 * Draw calls into a file; its suffix chooses the format.
 *
 * Written to a file beside it and renamed, so a failure leaves no half
 * picture. What is too tall for one PNG (cairo's 32,767 pixels) or one page of
 * PDF (14,400 points) becomes pages: x-1.png, x-2.png, ... instead of x.png.
 * Uses Graphviz, which is not safe to use from two threads at a time.
 *
 * @param views  At least one; borrowed for the call
 * @return 0; -EINVAL for a suffix not known or no message to draw; -EIO where
 *         Graphviz fails; another negative errno
 */
WARN_UNUSED int ladder_draw(const struct call_view *const *views, size_t count,
                            const struct ladder_options *options,
                            const char *path, struct error *err);

/**
 * Write the ladder as text, for a terminal or a mail.
 *
 * @return 0, -EINVAL where there is no message, -ENOMEM, or the negative errno
 *         of writing
 */
WARN_UNUSED int ladder_write_text(const struct call_view *const *views,
                                  size_t count,
                                  const struct ladder_options *options,
                                  FILE *out);

#endif
