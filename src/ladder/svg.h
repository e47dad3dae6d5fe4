/**
 * The last step to an SVG: Graphviz walks the picture and says what is to be
 * drawn, here it is written.
 *
 * Byte for byte what Graphviz 2.42's own renderer makes of a ladder. That one
 * prints each number through printf() and escapes a message twice, for its
 * arrow and for its label, which took more than half of the time of a picture.
 */
#ifndef SIPTRAIL_LADDER_SVG_H
#define SIPTRAIL_LADDER_SVG_H

#include <graphviz/gvc.h>

#include "ladder/text_buffer.h"

/** One picture: the context of gvRenderContext(). */
struct svg_page {
    struct text_buffer out;
    /**
     * Add the clean text of the tooltip of edge @p number, from 1 in the order
     * in which they were made. In the graph it says only that there is one, so
     * that Graphviz does not carry the texts about.
     */
    void (*tooltip_fn)(void *arg, size_t number, struct text_buffer *clean);
    void *arg;
    struct text_buffer clean; /* of the last tooltip */
    size_t tooltip;           /* its number, and where it stands in out */
    size_t tooltip_from;
    size_t tooltip_end;
};

void svg_page_fini(struct svg_page *page);

/**
 * A context that draws "svg" so, and measures text by measure.h. To be had
 * once.
 *
 * @param colours  Those used most, as they shall stand in the picture; in
 *                 strcmp()'s order, black, transparent and white among them.
 *                 Kept. Graphviz takes others apart, with scanf().
 * @return NULL where there is no memory
 */
GVC_t *svg_context(char **colours, size_t count);

#endif
