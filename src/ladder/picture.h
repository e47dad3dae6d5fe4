/**
 * A graph whose positions are set, as a picture.
 */
#ifndef SIPTRAIL_LADDER_PICTURE_H
#define SIPTRAIL_LADDER_PICTURE_H

#include "ladder/svg.h"

struct picture_source {
    Agraph_t *graph;
    const char *format; /* "svg", "png", "pdf" or "dot" */
    int64_t time_us;    /* a PDF says that it was drawn then */
    /* Of an SVG: see svg.h */
    char **colours;
    size_t colour_count;
    void (*tooltip_fn)(void *arg, size_t number, struct text_buffer *clean);
    void *arg;
};

/**
 * Draw it, where the graph says.
 *
 * @param data_out  malloc()ed; the caller's, also where the result is not 0
 * @return 0, -ENOMEM, or -EIO where Graphviz fails
 */
WARN_UNUSED int picture_write(const struct picture_source *source,
                              char **data_out, size_t *length_out);

#endif
