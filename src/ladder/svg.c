#include "ladder/svg.h"

#include <graphviz/gvplugin_device.h>
#include <graphviz/gvplugin_render.h>

#include "ladder/measure.h"

/* Above any of the installed ones. */
#define QUALITY 100
#define PAD 4.0
#define DPI 72.0

static struct svg_page *page_of(const GVJ_t *job)
{
    return job->context;
}

static void put(GVJ_t *job, const char *text)
{
    text_put_string(&page_of(job)->out, text);
}

/* Two places at most: 12.34, 12.3, 12. */
static void put_number(GVJ_t *job, double value)
{
    struct text_buffer *out = &page_of(job)->out;

    if (value > -0.005 && value < 0.005) {
        text_put_string(out, "0");
        return;
    }
    text_put_fixed(out, value, 2);
    if (out->failed)
        return;
    while (out->data[out->length - 1] == '0')
        out->length--;
    if (out->data[out->length - 1] == '.')
        out->length--;
}

static void put_point(GVJ_t *job, pointf p)
{
    put_number(job, p.x);
    put(job, ",");
    put_number(job, -p.y);
}

/* Of spaces in a row, all but the first would be taken away. */
static void put_escaped(struct text_buffer *out, struct span text)
{
    static const char *const entities[256] = {
        ['&'] = "&amp;",  ['<'] = "&lt;",   ['>'] = "&gt;",
        ['-'] = "&#45;",  ['"'] = "&quot;", ['\''] = "&#39;",
        ['\n'] = "&#10;", ['\r'] = "&#13;", [' '] = "&#160;",
    };
    size_t from = 0;

    for (size_t i = 0; i < text.length; i++) {
        const char *entity = entities[(unsigned char)text.data[i]];

        if (!entity || (text.data[i] == ' ' && (!i || text.data[i - 1] != ' ')))
            continue;
        text_put(out, span_part(text, from, i - from));
        text_put_string(out, entity);
        from = i + 1;
    }
    text_put(out, span_from(text, from));
}

static void put_text(GVJ_t *job, const char *text)
{
    put_escaped(&page_of(job)->out, span_of_string(text));
}

/* --- colours and pens ---------------------------------------------------- */

static void put_colour(GVJ_t *job, const gvcolor_t *colour)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *c = colour->u.rgba;
    char text[7] = "#";

    if (colour->type == COLOR_STRING) {
        put(job, colour->u.string);
        return;
    }
    if (!c[3]) {
        put(job, "transparent");
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        text[2 * i + 1] = digits[c[i] >> 4];
        text[2 * i + 2] = digits[c[i] & 15];
    }
    text_put(&page_of(job)->out, span_of(text, sizeof(text)));
}

static void put_style(GVJ_t *job, int filled)
{
    const obj_state_t *obj = job->obj;

    put(job, " fill=\"");
    if (filled)
        put_colour(job, &obj->fillcolor);
    else
        put(job, "none");
    put(job, "\" stroke=\"");
    put_colour(job, &obj->pencolor);
    if (obj->penwidth < PENWIDTH_NORMAL || obj->penwidth > PENWIDTH_NORMAL) {
        put(job, "\" stroke-width=\"");
        put_number(job, obj->penwidth);
    }
    if (obj->pen == PEN_DASHED)
        put(job, "\" stroke-dasharray=\"5,2");
    put(job, "\"");
}

/* --- shapes -------------------------------------------------------------- */

static void draw_polygon(GVJ_t *job, pointf *points, int count, int filled)
{
    put(job, "<polygon");
    put_style(job, filled);
    put(job, " points=\"");
    for (int i = 0; i < count; i++) {
        put_point(job, points[i]);
        put(job, " ");
    }
    put_point(job, points[0]);
    put(job, "\"/>\n");
}

static void draw_polyline(GVJ_t *job, pointf *points, int count)
{
    put(job, "<polyline");
    put_style(job, 0);
    put(job, " points=\"");
    for (int i = 0; i < count; i++) {
        put_point(job, points[i]);
        put(job, " ");
    }
    put(job, "\"/>\n");
}

static void draw_curve(GVJ_t *job, pointf *points, int count, int at_start,
                       int at_end, int filled)
{
    (void)at_start;
    (void)at_end;
    put(job, "<path");
    put_style(job, filled);
    put(job, " d=\"");
    for (int i = 0; i < count; i++) {
        put(job, i == 0 ? "M" : i == 1 ? "C" : " ");
        put_point(job, points[i]);
    }
    put(job, "\"/>\n");
}

static const char *anchor_of(const textspan_t *span)
{
    return span->just == 'l' ? "start" : span->just == 'r' ? "end" : "middle";
}

static void draw_text(GVJ_t *job, pointf p, textspan_t *span)
{
    struct text_buffer *out = &page_of(job)->out;
    const gvcolor_t *colour = &job->obj->pencolor;

    put(job, "<text text-anchor=\"");
    put(job, anchor_of(span));
    put(job, "\" x=\"");
    put_number(job, p.x);
    put(job, "\" y=\"");
    put_number(job, -(p.y + span->yoffset_centerline));
    put(job, "\" font-family=\"");
    put(job, span->font->name);
    put(job, span->font->flags & HTML_BF ? "\" font-weight=\"bold" : "");
    put(job, "\" font-size=\"");
    text_put_fixed(out, span->font->size, 2);
    put(job, "\"");
    if (colour->type != COLOR_STRING ||
        strcmp(colour->u.string, "black") != 0) {
        put(job, " fill=\"");
        put_colour(job, colour);
        put(job, "\"");
    }
    put(job, ">");
    put_text(job, span->str);
    put(job, "</text>\n");
}

/* --- what they belong to ------------------------------------------------- */

static void begin_job(GVJ_t *job)
{
    put(job, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
             "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\"\n"
             " \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n"
             "<!-- Generated by ");
    put_text(job, job->common->info[0]);
    put(job, " version ");
    put_text(job, job->common->info[1]);
    put(job, " (");
    put_text(job, job->common->info[2]);
    put(job, ")\n -->\n");
}

static void put_title(GVJ_t *job, const char *from, const char *to)
{
    put(job, "<title>");
    put_text(job, from);
    put(job, to ? "&#45;&gt;" : "");
    put_text(job, to);
    put(job, "</title>\n");
}

static void open_group(GVJ_t *job, const char *kind)
{
    put(job, "<g id=\"");
    put_text(job, job->obj->id);
    put(job, "\" class=\"");
    put(job, kind);
    put(job, "\"");
}

static void close_group(GVJ_t *job)
{
    put(job, "</g>\n");
}

static void begin_graph(GVJ_t *job)
{
    struct text_buffer *out = &page_of(job)->out;

    put(job, "<!-- Title: ");
    put_text(job, agnameof(job->obj->u.g));
    text_put_format(out, " Pages: 1 -->\n<svg width=\"%upt\" height=\"%upt\"\n",
                    job->width, job->height);
    text_put_format(out, " viewBox=\"%.2f %.2f %.2f %.2f\"",
                    job->canvasBox.LL.x, job->canvasBox.LL.y,
                    job->canvasBox.UR.x, job->canvasBox.UR.y);
    put(job, " xmlns=\"http://www.w3.org/2000/svg\""
             " xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n");
}

static void end_graph(GVJ_t *job)
{
    put(job, "</svg>\n");
}

static void begin_page(GVJ_t *job)
{
    open_group(job, "graph");
    text_put_format(&page_of(job)->out,
                    " transform=\"scale(%g %g) rotate(%d) translate(",
                    job->scale.x, job->scale.y, -job->rotation);
    put_number(job, job->translation.x);
    put(job, " ");
    put_number(job, -job->translation.y);
    put(job, ")\">\n");
    put_title(job, agnameof(job->obj->u.g), NULL);
}

static void begin_node(GVJ_t *job)
{
    open_group(job, "node");
    put(job, ">\n");
    put_title(job, agnameof(job->obj->u.n), NULL);
}

static void begin_edge(GVJ_t *job)
{
    edge_t *e = job->obj->u.e;

    open_group(job, "edge");
    put(job, ">\n");
    put_title(job, agnameof(agtail(e)), agnameof(aghead(e)));
}

static void put_comment(GVJ_t *job, char *text)
{
    put(job, "<!-- ");
    put_text(job, text);
    put(job, " -->\n");
}

/* --- tooltips ------------------------------------------------------------ */

/* The arrow's own is repeated on its label. */
static void put_tooltip(struct svg_page *p, size_t number)
{
    size_t from = p->out.length;

    if (number == p->tooltip) {
        text_put_again(&p->out, p->tooltip_from, p->tooltip_end);
        return;
    }
    text_buffer_reset(&p->clean);
    p->tooltip_fn(p->arg, number, &p->clean);
    put_escaped(&p->out, text_buffer_span(&p->clean));
    p->out.failed |= p->clean.failed;
    p->tooltip = number;
    p->tooltip_from = from;
    p->tooltip_end = p->out.length;
}

static void begin_anchor(GVJ_t *job, char *href, char *tooltip, char *target,
                         char *id)
{
    (void)href;
    (void)tooltip;
    (void)target;
    put(job, "<g id=\"a_");
    put_text(job, id);
    put(job, "\"><a xlink:title=\"");
    put_tooltip(page_of(job), AGSEQ(job->obj->u.e));
    put(job, "\">\n");
}

static void end_anchor(GVJ_t *job)
{
    put(job, "</a>\n</g>\n");
}

/* --- as Graphviz knows it ------------------------------------------------ */

static gvrender_engine_t engine = {
    .begin_job = begin_job,
    .begin_graph = begin_graph,
    .end_graph = end_graph,
    .begin_page = begin_page,
    .end_page = close_group,
    .begin_node = begin_node,
    .end_node = close_group,
    .begin_edge = begin_edge,
    .end_edge = close_group,
    .begin_anchor = begin_anchor,
    .end_anchor = end_anchor,
    .textspan = draw_text,
    .polygon = draw_polygon,
    .beziercurve = draw_curve,
    .polyline = draw_polyline,
    .comment = put_comment,
};

static gvrender_features_t features = {
    .flags = GVRENDER_Y_GOES_DOWN | GVRENDER_DOES_TRANSFORM |
             GVRENDER_DOES_LABELS | GVRENDER_DOES_MAPS | GVRENDER_DOES_TARGETS |
             GVRENDER_DOES_TOOLTIPS,
    .default_pad = PAD,
    .color_type = RGBA_BYTE,
};

/* Nothing is opened and nothing closed: all goes into the page. */
static void leave(GVJ_t *job)
{
    (void)job;
}

static gvdevice_engine_t device = {leave, NULL, leave};

static gvdevice_features_t device_features = {
    .flags = GVDEVICE_DOES_TRUECOLOR,
    .default_dpi = {DPI, DPI},
};

static gvplugin_installed_t renders[] = {
    {0, "svg", QUALITY, &engine, &features},
    {0, NULL, 0, NULL, NULL},
};

static gvplugin_installed_t devices[] = {
    {0, "svg:svg", QUALITY, &device, &device_features},
    {0, NULL, 0, NULL, NULL},
};

static gvplugin_installed_t measures[] = {
    {0, "textlayout", QUALITY, &measure_engine, NULL},
    {0, NULL, 0, NULL, NULL},
};

static gvplugin_api_t apis[] = {
    {API_render, renders},
    {API_device, devices},
    {API_textlayout, measures},
    {(api_t)0, NULL},
};

static char package[] = "siptrail";
static gvplugin_library_t library = {package, apis};

GVC_t *svg_context(char **colours, size_t count)
{
    static const lt_symlist_t builtins[] = {
        {"gvplugin_siptrail_LTX_library", &library},
        {NULL, NULL},
    };

    features.knowncolors = colours;
    features.sz_knowncolors = (int)count;
    return gvContextPlugins(builtins, 1);
}

void svg_page_fini(struct svg_page *page)
{
    text_buffer_fini(&page->out);
    text_buffer_fini(&page->clean);
}
