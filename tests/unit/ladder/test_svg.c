#include "test.h"

#include <graphviz/gvc.h>
#include <stdio.h>
#include <stdlib.h>

#include "ladder/measure.h"
#include "ladder/svg.h"

/* Graphviz keeps some memory to the end. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libgvc\nleak:libcgraph\nleak:libcdt\n";
}

static const char *const tooltips[] = {
    "INVITE sip:b@x SIP/2.0&#10;From: <a>;tag=\\\"q'\\\"&#10;&#10;v=0  s=-",
    "a &amp;amp; b    c \\\\ d \xc3\xa4 \xe2\x80\xa6",
};
static const char *const clean[] = {
    "INVITE sip:b@x SIP/2.0\nFrom: <a>;tag=\"q'\"\n\nv=0  s=-",
    "a &amp; b    c \\ d \xc3\xa4 \xe2\x80\xa6",
};

/* All that a ladder is made of, and text that would like to be more. */
static const char picture[] =
    "digraph \"ladder\" {"
    " graph [layout=nop2, outputorder=nodesfirst, pad=0, bgcolor=white,"
    "  fontname=\"DejaVu Sans,Verdana\", notranslate=true, charset=\"UTF-8\","
    "  bb=\"0,0,400.125,300.005\","
    "  _background=\"c 7 -#ffffff C 7 -#ffffff P 4 0 0 0 300 400 300 400 0"
    " c 7 -#c3c9d1 S 6 -dashed L 2 100.33 200 100.33 9.995"
    " F 10.0 11 -DejaVu Sans c 7 -#1f2328 T 98 150.5 1 0 12 -14:03:07.120\"];"
    " node [label=\"\", shape=plaintext, fontname=\"DejaVu Sans,Verdana\","
    "  margin=0, width=0, height=0, color=white, fillcolor=white,"
    "  fontsize=8.5, fontcolor=\"#59636e\"];"
    " edge [fontname=\"DejaVu Sans\", fontsize=11.0, arrowsize=0.8,"
    "  penwidth=1.4];"
    " \"lifeline 1\" [pos=\"100.33,280\", shape=box, width=1.5, height=0.5,"
    "  style=\"rounded,filled\", color=\"#c3c9d1\", fillcolor=\"#f6f8fa\","
    "  penwidth=1.2, label=<<B><FONT POINT-SIZE=\"11\" COLOR=\"#1f2328\">"
    "10.0.0.1 &lt;&amp;&gt;</FONT></B><BR/><FONT POINT-SIZE=\"3\">&#160;"
    "</FONT><BR/>UAC \xc2\xb7 a-b>];"
    " \"lifeline 2\" [pos=\"300.66,280\", shape=box, width=1.5, height=0.5];"
    " \"note 1.1\" [pos=\"200.5,180.245\", fontcolor=black,"
    "  label=\"S   DP: a&amp;lt; \\\\N 'x' \\\"y\\\" -\"];"
    " \"note 1.2\" [pos=\"200.5,170\", style=filled, label=\"masked\"];"
    " \"pause\" [pos=\"200,100\", shape=box, width=2, height=0.3,"
    "  style=filled, color=\"#b6d9f2\", fillcolor=\"#e3f1fb\","
    "  label=\"talk 32 s\", fontsize=10];"
    " \"lifeline 1\" -> \"lifeline 2\" [pos=\"e,299.46,200 100.33,200"
    " 166,200 220,200 291.46,200\", lp=\"200,208\", label=\"INVITE\","
    "  color=\"#1f4f8f\", fontcolor=\"#1f4f8f\", tooltip=\"%s\","
    "  labeltooltip=\"%s\"];"
    " \"lifeline 2\" -> \"lifeline 1\" [pos=\"e,101.53,150 300.66,150"
    " 234,150 180,150 109.53,150\", lp=\"200,158\", color=\"#86b893\","
    "  fontcolor=\"#86b893\", style=dashed, label=<<TABLE BORDER=\"0\""
    "  CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\""
    "  BGCOLOR=\"white\"><TR><TD>200 OK</TD></TR></TABLE>>,"
    "  tooltip=\"%s\", labeltooltip=\"%s\"];"
    " \"lifeline 2\" -> \"lifeline 2\" [pos=\"e,301.86,63 300.66,77 339.66,77"
    " 339.66,63 309.86,63\", lp=\"360,70\", label=\"OPTIONS\"];"
    "}";

static Agraph_t *read_picture(const char *first, const char *second)
{
    static char text[sizeof(picture) + 1000];

    (void)snprintf(text, sizeof(text), picture, first, first, second, second);
    return agmemread(text);
}

static void put_clean(void *arg, size_t number, struct text_buffer *b)
{
    (void)arg;
    assert_true(number >= 1 && number <= COUNT_OF(clean));
    text_put_string(b, clean[number - 1]);
}

/* Graphviz's own writer of SVG, with our measure of texts. */
static GVC_t *own_context(void)
{
    static gvplugin_installed_t types[] = {
        {0, "textlayout", 100, &measure_engine, NULL},
        {0, NULL, 0, NULL, NULL},
    };
    static gvplugin_api_t apis[] = {
        {API_textlayout, types},
        {(api_t)0, NULL},
    };
    static char package[] = "own";
    static gvplugin_library_t library = {package, apis};
    static const lt_symlist_t builtins[] = {
        {"gvplugin_own_LTX_library", &library},
        {NULL, NULL},
    };

    return gvContextPlugins(builtins, 1);
}

static char *expected_svg(void)
{
    GVC_t *gvc = own_context();
    Agraph_t *g = read_picture(tooltips[0], tooltips[1]);
    char *data = NULL;
    size_t length;
    FILE *out = open_memstream(&data, &length);

    assert_int_equal(gvLayout(gvc, g, "nop2"), 0);
    assert_int_equal(gvRender(gvc, g, "svg", out), 0);
    assert_int_equal(fclose(out), 0);
    gvFreeLayout(gvc, g);
    agclose(g);
    return data;
}

/* The version whose bytes these are, as Debian 12 has it. */
static void bytes_are_those_of_graphviz(void **state)
{
    static char black[] = "black", white[] = "white", blue[] = "#1f4f8f";
    static char transparent[] = "transparent";
    static char *colours[] = {blue, black, transparent, white};
    struct svg_page page = {.tooltip_fn = put_clean};
    GVC_t *gvc = svg_context(colours, COUNT_OF(colours));
    Agraph_t *g = read_picture(".", ".");
    char *expected;

    (void)state;
    assert_non_null(gvc);
    assert_non_null(g);
    if (strncmp(gvcVersion(gvc), "2.4", 3) != 0)
        skip();
    assert_int_equal(gvLayout(gvc, g, "nop2"), 0);
    assert_int_equal(gvRenderContext(gvc, g, "svg", &page), 0);
    text_put(&page.out, span_of("", 1));
    gvFreeLayout(gvc, g);
    agclose(g);
    expected = expected_svg();
    assert_string_equal(page.out.data, expected);
    assert_non_null(strstr(page.out.data, "talk 32 s</text>"));
    free(expected);
    svg_page_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_graphviz),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
