#include "ladder/picture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

/* "20261120140307Z", or a date of old for times beyond the calendar. */
static void write_pdf_date(int64_t time_us, char text_out[16])
{
    char time[TIME_TEXT_BYTES];
    size_t n = 0;

    memcpy(text_out, "19700101000000Z", 16);
    if (time_write(time_us, time) != strlen("2026-11-20 14:03:07.120456+00"))
        return;
    for (size_t i = 0; i < 19; i++)
        if (time[i] >= '0' && time[i] <= '9')
            text_out[n++] = time[i];
}

/* Cairo notes the time of drawing; the same call shall give the same bytes,
 * so the call's own time goes there. */
static void settle_pdf_date(char *pdf, size_t length, int64_t time_us)
{
    static const char key[] = "/CreationDate (D:";
    size_t before = sizeof(key) - 1;
    char date[16];

    write_pdf_date(time_us, date);
    for (size_t at = length > 4096 ? length - 4096 : 0;
         at + before + sizeof(date) <= length; at++)
        if (!memcmp(pdf + at, key, before)) {
            memcpy(pdf + at + before, date, sizeof(date) - 1);
            return;
        }
}

/* Two for the process, and never freed: Graphviz 2.42's text layout keeps a
 * pointer into the last context it saw, and reads it in the next one. */
static GVC_t *context(const struct picture_source *s, bool svg)
{
    static GVC_t *writing;
    static GVC_t *drawing;

    if (svg) {
        if (!writing)
            writing = svg_context(s->colours, s->colour_count);
        return writing;
    }
    if (!drawing)
        drawing = gvContext();
    return drawing;
}

static int write_svg(const struct picture_source *s, GVC_t *gvc,
                     char **data_out, size_t *length_out)
{
    struct svg_page page = {.tooltip_fn = s->tooltip_fn, .arg = s->arg};
    int rc = gvRenderContext(gvc, s->graph, "svg", &page) ? -EIO : 0;

    if (!rc && page.out.failed)
        rc = -ENOMEM;
    if (!rc) {
        *data_out = page.out.data;
        *length_out = page.out.length;
        page.out = (struct text_buffer){0};
    }
    svg_page_fini(&page);
    return rc;
}

/* Into memory: Graphviz ends the process where it cannot write to a file. */
static int write_stream(const struct picture_source *s, GVC_t *gvc,
                        char **data_out, size_t *length_out)
{
    FILE *out = open_memstream(data_out, length_out);
    int rc;

    if (!out)
        return -ENOMEM;
    rc = gvc ? gvRender(gvc, s->graph, s->format, out) : agwrite(s->graph, out);
    if (fclose(out))
        return -ENOMEM;
    return rc ? -EIO : 0;
}

static int draw(const struct picture_source *s, char **data_out,
                size_t *length_out)
{
    bool svg = !strcmp(s->format, "svg");
    GVC_t *gvc = context(s, svg);
    int rc;

    if (!gvc)
        return -ENOMEM;
    if (gvLayout(gvc, s->graph, "nop2"))
        return -EIO;
    rc = svg ? write_svg(s, gvc, data_out, length_out)
             : write_stream(s, gvc, data_out, length_out);
    gvFreeLayout(gvc, s->graph);
    return rc;
}

int picture_write(const struct picture_source *s, char **data_out,
                  size_t *length_out)
{
    int rc = strcmp(s->format, "dot") == 0
                 ? write_stream(s, NULL, data_out, length_out)
                 : draw(s, data_out, length_out);

    if (!rc && !*length_out)
        rc = -EIO;
    if (!rc && strcmp(s->format, "pdf") == 0)
        settle_pdf_date(*data_out, *length_out, s->time_us);
    return rc;
}
