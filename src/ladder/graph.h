/**
 * The layout as a graph of cgraph, drawn by gvc (picture.h) with what is
 * plugged into it (measure.h, svg.h). Nobody else knows them.
 *
 * Positions of nodes, edges and labels are ours; nop2 leaves them alone.
 */
#ifndef SIPTRAIL_LADDER_GRAPH_H
#define SIPTRAIL_LADDER_GRAPH_H

#include "ladder/layout.h"

struct graph_options {
    const char *format; /* "svg", "png", "pdf" or "dot" */
    unsigned dpi;       /* of a bitmap; 0: as the format likes it */
    bool tooltips;      /* each arrow carries its message */
};

/** Bytes of a picture; released by graph_picture_fini(). */
struct graph_picture {
    char *data;
    size_t length;
};

/**
 * Draw one page.
 *
 * @param err  Graphviz's own words where it fails
 * @return 0, -ENOMEM or -EIO
 */
WARN_UNUSED int graph_draw(const struct ladder_layout *l,
                           const struct layout_page *page,
                           const struct graph_options *options,
                           struct graph_picture *picture_out,
                           struct error *err);
void graph_picture_fini(struct graph_picture *p);

#endif
