#include "ladder/graph.h"

#include <errno.h>
#include <graphviz/gvc.h>
#include <stdio.h>
#include <stdlib.h>

#include "ladder/escape.h"
#include "ladder/font.h"
#include "ladder/picture.h"
#include "ladder/tooltip.h"

/* Verdana has nearly the metrics of DejaVu Sans where that is missing. */
#define FONT "DejaVu Sans,Verdana,sans-serif"
#define INCH 72.0
#define ARROW 8.0 /* length of a head: 10 points at arrowsize 1 */
#define ARROW_SIZE "0.8"
#define ARROW_TIP 1.2 /* its point is as thick as the line */
#define LINE_COLOUR "#c3c9d1"
#define TEXT_COLOUR "#1f2328"
#define QUIET_COLOUR "#59636e"

struct tone_colours {
    const char *strong;
    const char *pale;
    const char *ground;
};

static const struct tone_colours colours[TONE_COUNT] = {
    [TONE_REQUEST] = {"#1f4f8f", "#8aa2c2", "#eaf1fa"},
    [TONE_PROVISIONAL] = {"#57606a", "#a4abb3", "#f3f4f6"},
    [TONE_SUCCESS] = {"#1a7f37", "#86b893", "#e9f6ec"},
    [TONE_REDIRECT] = {"#7a3e9d", "#b596c6", "#f5ecfa"},
    [TONE_CLIENT_ERROR] = {"#b45309", "#d3a47c", "#fdf1e3"},
    [TONE_FAILURE] = {"#c0262d", "#d99093", "#fcebec"},
};

struct arrow {
    const struct sip_message *message;
};

struct canvas {
    const struct ladder_layout *layout;
    const struct layout_page *page;
    const struct graph_options *options;
    Agraph_t *graph;
    Agnode_t *lanes[LADDER_LIFELINES_MAX];
    Agsym_t *pos, *label, *fontsize, *fontcolor, *width, *height, *shape,
        *style, *color, *fillcolor, *penwidth;
    Agsym_t *edge_pos, *edge_lp, *edge_label, *edge_color, *edge_fontcolor,
        *edge_style, *edge_tooltip, *edge_labeltooltip;
    struct arrow *arrows; /* of an SVG, in the order of edges */
    struct text_buffer text;
    bool svg;
    bool failed;
};

/* Graphviz has one error handler for the process. */
static struct text_buffer graphviz_said;

static int note_error(char *text)
{
    if (graphviz_said.length < 300)
        escape_put_clean(&graphviz_said, span_of_string(text), ESCAPE_ONE_LINE,
                         200);
    return 0;
}

/* cgraph's interface is not const; it copies what it is given. */
static char *loose(const char *text)
{
    union {
        const char *given;
        char *taken;
    } u = {text};

    return u.taken;
}

static const char *held_text(struct canvas *c)
{
    text_put(&c->text, span_of("", 1));
    c->failed |= c->text.failed;
    return c->text.failed ? "" : c->text.data;
}

static void set(struct canvas *c, void *object, Agsym_t *sym, const char *value)
{
    if (agxset(object, sym, loose(value)))
        c->failed = true;
}

/* What the buffer holds, which is empty then. */
static void set_held(struct canvas *c, void *object, Agsym_t *sym)
{
    set(c, object, sym, held_text(c));
    text_buffer_reset(&c->text);
}

/* The buffer's text as an HTML-like label. */
static void set_html(struct canvas *c, void *object, Agsym_t *sym)
{
    char *html = agstrdup_html(c->graph, loose(held_text(c)));

    if (!html || agxset(object, sym, html))
        c->failed = true;
    if (html)
        agstrfree(c->graph, html);
    text_buffer_reset(&c->text);
}

static void set_label(struct canvas *c, void *object, Agsym_t *sym,
                      struct span clean)
{
    escape_put_label(&c->text, clean);
    set_held(c, object, sym);
}

/* Graphviz counts y upwards. */
static double flip(const struct canvas *c, double y)
{
    return c->page->height - y;
}

/* "12.34,56.78" where @between is a comma. */
static void put_point(struct canvas *c, double x, const char *between, double y)
{
    text_put_fixed(&c->text, x, 2);
    text_put_string(&c->text, between);
    text_put_fixed(&c->text, y, 2);
}

static Agnode_t *add_node(struct canvas *c, const char *name, double x,
                          double y)
{
    Agnode_t *n = agnode(c->graph, loose(name), 1);

    if (!n) {
        c->failed = true;
        return NULL;
    }
    put_point(c, x, ",", flip(c, y));
    set_held(c, n, c->pos);
    return n;
}

static Agnode_t *add_box(struct canvas *c, const char *name, double x, double y,
                         double width, double height)
{
    Agnode_t *n = add_node(c, name, x, y);

    if (!n)
        return NULL;
    set(c, n, c->shape, "box");
    text_put_fixed(&c->text, width / INCH, 4);
    set_held(c, n, c->width);
    text_put_fixed(&c->text, height / INCH, 4);
    set_held(c, n, c->height);
    return n;
}

/* --- background ---------------------------------------------------------- */

/* What lies behind all else, as shapes and texts of xdot: these cost a fraction
 * of what a node of its own costs. */

/* The sheet itself: Graphviz takes the picture's size from here. */
static void put_sheet(struct canvas *c)
{
    double width = c->layout->width, height = c->page->height;

    text_put_format(
        &c->text, "c 7 -#ffffff C 7 -#ffffff P 4 0 0 0 %.2f %.2f %.2f %.2f 0 ",
        height, width, height, width);
}

static void put_lifelines(struct canvas *c)
{
    const struct ladder_layout *l = c->layout;
    double top = flip(c, l->head_top + l->head_height);
    double end = flip(c, c->page->height - l->foot_height - 24);

    text_put_format(&c->text, "c 7 -%s S 6 -dashed", LINE_COLOUR);
    for (size_t i = 0; i < l->model->lifeline_count; i++)
        text_put_format(&c->text, " L 2 %.2f %.2f %.2f %.2f", l->heads[i].x,
                        top, l->heads[i].x, end);
}

/* A column of texts, each @down below its arrow. */
struct column {
    double size;
    const char *colour;
    double down;
    struct span (*text_fn)(const struct ladder_event *e);
};

static struct span time_of(const struct ladder_event *e)
{
    return e->time;
}

static struct span elapsed_of(const struct ladder_event *e)
{
    return e->elapsed;
}

static void put_column(struct canvas *c, const struct column *column)
{
    const struct ladder_layout *l = c->layout;
    double top = l->rows_top;

    text_put_format(&c->text, " F %.1f %zu -%s c 7 -%s", column->size,
                    strlen(FONT), FONT, column->colour);
    for (size_t i = c->page->first; i < c->page->first + c->page->count; i++) {
        const struct ladder_event *e = &l->model->events[i];
        struct span text = column->text_fn(e);

        if (e->kind == LADDER_MESSAGE) {
            text_put_string(&c->text, " T ");
            put_point(c, l->time_right, " ",
                      flip(c, top + l->rows[i].arrow + column->down));
            text_put_format(&c->text, " 1 0 %zu -", text.length);
            text_put(&c->text, text);
        }
        top += l->rows[i].height;
    }
}

static void put_background(struct canvas *c)
{
    const struct column columns[] = {
        {LAYOUT_TIME_SIZE, TEXT_COLOUR, -0.5, time_of},
        {LAYOUT_ELAPSED_SIZE, QUIET_COLOUR, 11, elapsed_of},
    };

    put_sheet(c);
    put_lifelines(c);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        put_column(c, &columns[i]);
    (void)agattr(c->graph, AGRAPH, loose("_background"), loose(held_text(c)));
    text_buffer_reset(&c->text);
}

/* --- graph --------------------------------------------------------------- */

static void set_graph(struct canvas *c)
{
    struct {
        const char *name;
        const char *value;
    } const attributes[] = {
        {"layout", "nop2"},   {"outputorder", "nodesfirst"},
        {"pad", "0"},         {"bgcolor", "white"},
        {"fontname", FONT},   {"notranslate", "true"},
        {"charset", "UTF-8"},
    };
    char text[64];

    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        (void)agattr(c->graph, AGRAPH, loose(attributes[i].name),
                     loose(attributes[i].value));
    (void)snprintf(text, sizeof(text), "0,0,%.2f,%.2f", c->layout->width,
                   c->page->height);
    (void)agattr(c->graph, AGRAPH, loose("bb"), text);
    if (c->options->dpi) {
        (void)snprintf(text, sizeof(text), "%u", c->options->dpi);
        (void)agattr(c->graph, AGRAPH, loose("dpi"), text);
    }
    put_background(c);
}

static Agsym_t *declare(struct canvas *c, int kind, const char *name,
                        const char *value)
{
    Agsym_t *sym = agattr(c->graph, kind, loose(name), loose(value));

    c->failed |= !sym;
    return sym;
}

static void declare_nodes(struct canvas *c)
{
    (void)declare(c, AGNODE, "fontname", FONT);
    (void)declare(c, AGNODE, "margin", "0");
    c->pos = declare(c, AGNODE, "pos", "");
    c->label = declare(c, AGNODE, "label", "");
    c->shape = declare(c, AGNODE, "shape", "plaintext");
    c->width = declare(c, AGNODE, "width", "0");
    c->height = declare(c, AGNODE, "height", "0");
    c->style = declare(c, AGNODE, "style", "");
    c->color = declare(c, AGNODE, "color", "white");
    c->fillcolor = declare(c, AGNODE, "fillcolor", "white");
    c->penwidth = declare(c, AGNODE, "penwidth", "1");
    c->fontsize = declare(c, AGNODE, "fontsize", "8.5");
    c->fontcolor = declare(c, AGNODE, "fontcolor", QUIET_COLOUR);
}

static void declare_edges(struct canvas *c)
{
    char size[32];

    (void)snprintf(size, sizeof(size), "%.1f", LAYOUT_LABEL_SIZE);
    (void)declare(c, AGEDGE, "fontname", FONT);
    (void)declare(c, AGEDGE, "fontsize", size);
    (void)declare(c, AGEDGE, "arrowsize", ARROW_SIZE);
    (void)declare(c, AGEDGE, "penwidth", "1.4");
    c->edge_pos = declare(c, AGEDGE, "pos", "");
    c->edge_lp = declare(c, AGEDGE, "lp", "");
    c->edge_label = declare(c, AGEDGE, "label", "");
    c->edge_color = declare(c, AGEDGE, "color", "black");
    c->edge_fontcolor = declare(c, AGEDGE, "fontcolor", "black");
    c->edge_style = declare(c, AGEDGE, "style", "");
    if (c->options->tooltips) {
        const char *usual = c->svg ? "message" : "";

        c->edge_tooltip = declare(c, AGEDGE, "tooltip", usual);
        c->edge_labeltooltip = declare(c, AGEDGE, "labeltooltip", usual);
    }
}

/* --- heads and titles ---------------------------------------------------- */

static void put_font(struct canvas *c, double size, const char *colour,
                     struct span text)
{
    text_put_format(&c->text, "<FONT POINT-SIZE=\"%.1f\" COLOR=\"%s\">", size,
                    colour);
    escape_put_html(&c->text, text);
    text_put_string(&c->text, "</FONT>");
}

static void draw_head(struct canvas *c, size_t i)
{
    const struct ladder_layout *l = c->layout;
    const struct layout_head *h = &l->heads[i];
    char name[32];
    Agnode_t *n;

    (void)snprintf(name, sizeof(name), "lifeline %zu", i + 1);
    n = add_box(c, name, h->x, l->head_top + l->head_height / 2, l->head_width,
                l->head_height);
    if (!n)
        return;
    text_put_string(&c->text, "<B>");
    put_font(c, h->address_size, TEXT_COLOUR, h->address);
    text_put_string(&c->text, "</B>");
    if (h->line_count)
        text_put_string(&c->text, "<BR/><FONT POINT-SIZE=\"3\">&#160;</FONT>");
    for (size_t k = 0; k < h->line_count; k++) {
        text_put_string(&c->text, "<BR/>");
        put_font(c, LAYOUT_ROLE_SIZE, QUIET_COLOUR, h->lines[k]);
    }
    set_html(c, n, c->label);
    set(c, n, c->style, "rounded,filled");
    set(c, n, c->color, LINE_COLOUR);
    set(c, n, c->fillcolor, "#f6f8fa");
    set(c, n, c->penwidth, "1.2");
    c->lanes[i] = n;
}

static void draw_title(struct canvas *c, size_t i)
{
    const struct layout_title *t = &c->layout->titles[i];
    bool large = t->size > LAYOUT_DETAIL_SIZE;
    char name[32];
    Agnode_t *n;

    (void)snprintf(name, sizeof(name), "title %zu", i + 1);
    n = add_node(c, name, c->layout->width / 2, t->y);
    if (!n)
        return;
    if (t->bold.length) {
        text_put_string(&c->text, "<B>");
        put_font(c, t->size, TEXT_COLOUR, t->bold);
        text_put_string(&c->text, "</B>");
    }
    if (t->bold.length && t->plain.length)
        text_put_string(&c->text, "<FONT>&#160;&#160;&#160;</FONT>");
    if (t->plain.length)
        put_font(c, t->size, large ? colours[t->tone].strong : QUIET_COLOUR,
                 t->plain);
    set_html(c, n, c->label);
}

static void draw_page_number(struct canvas *c)
{
    Agnode_t *n;
    char text[64];

    if (c->page->of < 2)
        return;
    n = add_node(c, "page", c->layout->width / 2, 10);
    (void)snprintf(text, sizeof(text), "page %zu of %zu", c->page->number,
                   c->page->of);
    if (n)
        set_label(c, n, c->label, span_of_string(text));
}

static void draw_foot(struct canvas *c)
{
    const struct ladder_layout *l = c->layout;
    double height = l->foot_height;
    enum ladder_tone tone = l->model->title_count == 1
                                ? l->model->titles[0].tone
                                : TONE_PROVISIONAL;
    Agnode_t *n;

    if (c->page->number != c->page->of || !l->foot_count)
        return;
    n = add_box(c, "outcome", l->width / 2, c->page->height - 20 - height / 2,
                l->width - 40, height);
    if (!n)
        return;
    for (size_t i = 0; i < l->foot_count; i++) {
        text_put_string(&c->text, i ? "<BR/>" : "");
        put_font(c, LAYOUT_FOOT_SIZE, colours[l->feet[i].tone].strong,
                 l->feet[i].text);
    }
    set_html(c, n, c->label);
    set(c, n, c->style, "rounded,filled");
    set(c, n, c->color, colours[tone].pale);
    set(c, n, c->fillcolor, colours[tone].ground);
}

/* --- events -------------------------------------------------------------- */

static void draw_notes(struct canvas *c, size_t i, double y)
{
    const struct layout_row *r = &c->layout->rows[i];
    const struct ladder_event *e = &c->layout->model->events[i];
    bool loop = e->from == e->to;

    for (size_t k = 0; k < r->line_count; k++) {
        double x = r->x;
        char name[48];
        Agnode_t *n;

        if (loop)
            x += LAYOUT_LOOP_WIDTH + 6 +
                 font_width(r->lines[k], LAYOUT_NOTE_SIZE, false) / 2;
        (void)snprintf(name, sizeof(name), "note %zu.%zu", i + 1, k + 1);
        n = add_node(c, name, x, y + 9 + 10.5 * (double)k);
        if (!n)
            return;
        set_label(c, n, c->label, r->lines[k]);
        if (r->masked)
            set(c, n, c->style, "filled");
    }
}

/* The tip, and a curve to its base. */
static void set_arrow(struct canvas *c, Agedge_t *edge, size_t i, double y)
{
    const struct ladder_event *e = &c->layout->model->events[i];
    double from = c->layout->heads[e->from].x;
    double sign = e->from < e->to ? 1 : -1;
    double to = c->layout->heads[e->to].x - sign * ARROW_TIP;
    double base = to - sign * ARROW;
    double up = flip(c, y);
    double out = from + LAYOUT_LOOP_WIDTH * 1.3;
    double high = up + LAYOUT_LOOP_HEIGHT / 2,
           low = up - LAYOUT_LOOP_HEIGHT / 2;
    const double straight[][2] = {{to, up},
                                  {from, up},
                                  {from + (base - from) / 3, up},
                                  {base - (base - from) / 3, up},
                                  {base, up}};
    const double loop[][2] = {{from + ARROW_TIP, low},
                              {from, high},
                              {out, high},
                              {out, low},
                              {from + ARROW_TIP + ARROW, low}};
    const double(*points)[2] = e->from != e->to ? straight : loop;

    text_put_string(&c->text, "e,");
    for (size_t k = 0; k < sizeof(loop) / sizeof(loop[0]); k++) {
        text_put_string(&c->text, k ? " " : "");
        put_point(c, points[k][0], ",", points[k][1]);
    }
    set_held(c, edge, c->edge_pos);
}

static void set_arrow_label(struct canvas *c, Agedge_t *edge, size_t i,
                            double y)
{
    const struct layout_row *r = &c->layout->rows[i];
    const struct ladder_event *e = &c->layout->model->events[i];
    double x = r->x;

    if (e->from == e->to)
        x += LAYOUT_LOOP_WIDTH + 6 +
             font_width(r->label, LAYOUT_LABEL_SIZE, false) / 2;
    put_point(c, x, ",", flip(c, y - 8));
    set_held(c, edge, c->edge_lp);
    if (!r->masked) {
        set_label(c, edge, c->edge_label, r->label);
        return;
    }
    text_put_string(&c->text,
                    "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
                    "CELLPADDING=\"0\" BGCOLOR=\"white\"><TR><TD>");
    escape_put_html(&c->text, r->label);
    text_put_string(&c->text, "</TD></TR></TABLE>");
    set_html(c, edge, c->edge_label);
}

static void set_tooltips(struct canvas *c, Agedge_t *edge, const char *text)
{
    set(c, edge, c->edge_tooltip, text);
    set(c, edge, c->edge_labeltooltip, text);
}

/* An SVG asks for the text when it is written. Of a call whose texts are not
 * kept there is none. */
static void add_tooltip(struct canvas *c, Agedge_t *edge,
                        const struct sip_message *m)
{
    struct text_buffer clean = {0};

    if (c->svg) {
        c->arrows[AGSEQ(edge) - 1].message = m;
        if (!m->text.length)
            set_tooltips(c, edge, "");
        return;
    }
    tooltip_write(m, &clean);
    c->failed |= clean.failed;
    text_buffer_reset(&c->text);
    escape_put_label(&c->text, text_buffer_span(&clean));
    set_tooltips(c, edge, held_text(c));
    text_buffer_reset(&c->text);
    text_buffer_fini(&clean);
}

static void draw_message(struct canvas *c, size_t i, double y)
{
    const struct ladder_event *e = &c->layout->model->events[i];
    const char *colour =
        e->pale ? colours[e->tone].pale : colours[e->tone].strong;
    Agedge_t *edge =
        agedge(c->graph, c->lanes[e->from], c->lanes[e->to], NULL, 1);

    if (!edge) {
        c->failed = true;
        return;
    }
    set_arrow(c, edge, i, y);
    set_arrow_label(c, edge, i, y);
    set(c, edge, c->edge_color, colour);
    set(c, edge, c->edge_fontcolor, colour);
    if (e->pale)
        set(c, edge, c->edge_style, "dashed");
    if (c->options->tooltips)
        add_tooltip(c, edge, e->message);
    draw_notes(c, i, y);
}

static void draw_pause(struct canvas *c, size_t i, double y)
{
    const struct ladder_layout *l = c->layout;
    const struct layout_row *r = &l->rows[i];
    const struct ladder_event *e = &l->model->events[i];
    bool talk = e->kind == LADDER_TALK;
    double span = l->heads[e->to].x - l->heads[e->from].x;
    char name[32];
    Agnode_t *n;

    if (span < l->head_width)
        span = l->head_width;
    (void)snprintf(name, sizeof(name), "pause %zu", i + 1);
    n = add_box(c, name, r->x, y, span - 10, LAYOUT_BAND_HEIGHT);
    if (!n)
        return;
    set_label(c, n, c->label, r->label);
    set(c, n, c->style, "filled");
    set(c, n, c->color, talk ? "#b6d9f2" : "#e5e7ea");
    set(c, n, c->fillcolor, talk ? "#e3f1fb" : "#f6f7f8");
    set(c, n, c->fontcolor, talk ? "#1f4f8f" : QUIET_COLOUR);
    set(c, n, c->fontsize, "10");
}

static void build(struct canvas *c)
{
    const struct ladder_layout *l = c->layout;
    double top = l->rows_top;

    set_graph(c);
    declare_nodes(c);
    declare_edges(c);
    for (size_t i = 0; i < l->model->lifeline_count && !c->failed; i++)
        draw_head(c, i);
    for (size_t i = 0; i < l->title_count && !c->failed; i++)
        draw_title(c, i);
    draw_page_number(c);
    for (size_t i = c->page->first;
         i < c->page->first + c->page->count && !c->failed; i++) {
        double y = top + l->rows[i].arrow;

        if (l->model->events[i].kind == LADDER_MESSAGE)
            draw_message(c, i, y);
        else
            draw_pause(c, i, y);
        top += l->rows[i].height;
    }
    draw_foot(c);
}

/* --- drawing ------------------------------------------------------------- */

static void write_tooltip(void *arg, size_t number, struct text_buffer *clean)
{
    const struct canvas *c = arg;

    tooltip_write(c->arrows[number - 1].message, clean);
}

static int compare_colours(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The colours of arrows and their labels stay text. */
static char **known_colours(size_t *count_out)
{
    static const char *const others[] = {"black", "transparent", "white"};
    static char *known[3 + 2 * TONE_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        known[count++] = loose(others[i]);
    for (size_t i = 0; i < TONE_COUNT; i++) {
        known[count++] = loose(colours[i].strong);
        known[count++] = loose(colours[i].pale);
    }
    qsort(known, count, sizeof(known[0]), compare_colours);
    *count_out = count;
    return known;
}

static int write_picture(struct canvas *c, struct graph_picture *picture_out)
{
    struct picture_source source = {
        .graph = c->graph,
        .format = c->options->format,
        .time_us = c->layout->model->first_us,
        .tooltip_fn = write_tooltip,
        .arg = c,
    };

    source.colours = known_colours(&source.colour_count);
    return picture_write(&source, &picture_out->data, &picture_out->length);
}

int graph_draw(const struct ladder_layout *l, const struct layout_page *page,
               const struct graph_options *options,
               struct graph_picture *picture_out, struct error *err)
{
    struct canvas c = {.layout = l,
                       .page = page,
                       .options = options,
                       .svg = !strcmp(options->format, "svg")};
    agusererrf before = agseterrf(note_error);
    int rc = -ENOMEM;

    *picture_out = (struct graph_picture){0};
    text_buffer_reset(&graphviz_said);
    c.arrows = calloc(page->count, sizeof(*c.arrows));
    c.graph = c.arrows ? agopen(loose("ladder"), Agdirected, NULL) : NULL;
    if (c.graph)
        build(&c);
    if (c.graph && !c.failed)
        rc = write_picture(&c, picture_out);
    if (c.graph)
        agclose(c.graph);
    (void)agseterrf(before);
    text_buffer_fini(&c.text);
    free(c.arrows);
    if (rc == -EIO)
        (void)error_set(err, rc, "graphviz cannot draw %s: %.*s",
                        options->format,
                        SPAN_ARG(text_buffer_span(&graphviz_said)));
    else if (rc)
        (void)error_set(err, rc, "no memory to draw a ladder");
    if (rc)
        graph_picture_fini(picture_out);
    text_buffer_fini(&graphviz_said);
    return rc;
}

void graph_picture_fini(struct graph_picture *p)
{
    free(p->data);
    *p = (struct graph_picture){0};
}
