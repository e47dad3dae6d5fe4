#include "ladder/measure.h"

#include <graphviz/gvplugin_textlayout.h>

#include "ladder/font.h"

/* Above any of the installed ones. */
#define QUALITY 100

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

static gvtextlayout_engine_t engine = {measure};

static gvplugin_installed_t types[] = {
    {0, "textlayout", QUALITY, &engine, NULL},
    {0, NULL, 0, NULL, NULL},
};

static gvplugin_api_t apis[] = {
    {API_textlayout, types},
    {(api_t)0, NULL},
};

static char package[] = "siptrail";
static gvplugin_library_t library = {package, apis};

GVC_t *measure_context(void)
{
    static const lt_symlist_t builtins[] = {
        {"gvplugin_siptrail_LTX_library", &library},
        {NULL, NULL},
    };

    return gvContextPlugins(builtins, 1);
}
