#include "ladder/measure.h"

#include "ladder/font.h"

/* Room and places as Graphviz has them with Pango: widths rounded up, heights
 * by the size of the font alone. */
static boolean measure(textspan_t *span, char **path)
{
    double size = span->font->size;
    bool bold = span->font->flags & HTML_BF;

    if (path)
        *path = NULL;
    span->layout = NULL;
    span->free_layout = NULL;
    span->size.x = (int)(font_width(span_of_string(span->str), size, bold) + 1);
    span->size.y = (int)(size * 1.1);
    span->yoffset_layout = size;
    span->yoffset_centerline = 0.2 * size;
    return TRUE;
}

gvtextlayout_engine_t measure_engine = {measure};
