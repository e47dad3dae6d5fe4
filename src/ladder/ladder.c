#include "ladder/ladder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ladder/graph.h"

/* Cairo's bitmaps end at 32767 pixels, readers of PDF at 14400 points. */
#define BITMAP_PIXELS_MAX 32767.0
#define PDF_POINTS_MAX 14400.0
#define DPI_FINE 144u
#define DPI_COARSE 96u

const char ladder_suffixes[] = ".svg .png .pdf .dot .txt";

enum format { FORMAT_SVG, FORMAT_PNG, FORMAT_PDF, FORMAT_DOT, FORMAT_TXT };

static const char *const format_names[] = {"svg", "png", "pdf", "dot", "txt"};

struct drawing {
    const struct call_view *const *views;
    size_t count;
    const struct ladder_options *options;
    const char *path;
    struct error *err;
};

static int parse_format(const struct drawing *d, enum format *format_out)
{
    const char *name = strrchr(d->path, '/');
    const char *dot = strrchr(name ? name : d->path, '.');

    for (size_t i = 0; dot && i < sizeof(format_names) / sizeof(*format_names);
         i++)
        if (span_equal_nocase(span_of_string(dot + 1),
                              span_of_string(format_names[i]))) {
            *format_out = (enum format)i;
            return 0;
        }
    return error_set(d->err, -EINVAL,
                     "%s: cannot tell the format by this name: let it end in "
                     "one of %s",
                     d->path, ladder_suffixes);
}

/* --- files --------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t n = write(fd, data, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        length -= (size_t)n;
    }
    return 0;
}

/* mkstemp() is stricter than what the user's umask asks for. */
static int open_beside(const char *path, char **temporary_out)
{
    size_t size = strlen(path) + sizeof(".XXXXXX");
    mode_t mask = umask(0);
    int fd;

    (void)umask(mask);
    *temporary_out = malloc(size);
    if (!*temporary_out)
        return -ENOMEM;
    (void)snprintf(*temporary_out, size, "%s.XXXXXX", path);
    fd = mkstemp(*temporary_out);
    if (fd < 0)
        return -errno;
    (void)fchmod(fd, 0666 & ~mask);
    return fd;
}

static int replace_file(const char *path, struct span bytes)
{
    char *temporary = NULL;
    int fd = open_beside(path, &temporary);
    int rc = fd < 0 ? fd : write_all(fd, bytes.data, bytes.length);

    if (fd >= 0 && close(fd) && !rc)
        rc = -errno;
    if (!rc && rename(temporary, path))
        rc = -errno;
    if (rc && fd >= 0)
        (void)unlink(temporary);
    free(temporary);
    return rc;
}

/* A device or a pipe is written to, not replaced. */
static int write_through(const char *path, struct span bytes)
{
    FILE *out = fopen(path, "w");
    int rc = 0;

    if (!out)
        return -errno;
    if (fwrite(bytes.data, 1, bytes.length, out) != bytes.length)
        rc = errno ? -errno : -EIO;
    if (fclose(out) && !rc)
        rc = -errno;
    return rc;
}

static int save(const struct drawing *d, const char *path, struct span bytes)
{
    struct stat st;
    bool special = !stat(path, &st) && !S_ISREG(st.st_mode);
    int rc;

    if (special && S_ISDIR(st.st_mode))
        rc = -EISDIR;
    else
        rc = special ? write_through(path, bytes) : replace_file(path, bytes);
    if (rc)
        return error_set(d->err, rc, "cannot write %s: %s", path,
                         strerror(-rc));
    if (d->options->file_fn)
        d->options->file_fn(d->options->arg, path);
    return 0;
}

/* "x.png" to "x-2.png" */
static char *page_path(const char *path, const struct layout_page *page)
{
    const char *dot = strrchr(path, '.');
    size_t size = strlen(path) + 32;
    char *made = malloc(size);

    if (!made)
        return NULL;
    if (page->of < 2)
        (void)snprintf(made, size, "%s", path);
    else
        (void)snprintf(made, size, "%.*s-%zu%s", (int)(dot - path), path,
                       page->number, dot);
    return made;
}

/* --- pictures ------------------------------------------------------------ */

static int draw_page(const struct drawing *d, const struct ladder_layout *l,
                     const struct layout_page *page,
                     const struct graph_options *options)
{
    struct graph_picture picture;
    char *path;
    int rc = graph_draw(l, page, options, &picture, d->err);

    if (rc)
        return rc;
    path = page_path(d->path, page);
    rc = path ? save(d, path, span_of(picture.data, picture.length))
              : error_set(d->err, -ENOMEM, "no memory to draw a ladder");
    free(path);
    graph_picture_fini(&picture);
    return rc;
}

/* Fine where all fits one bitmap. Width counts too: many lifelines. */
static double choose_height(const struct ladder_layout *l, enum format format,
                            struct graph_options *options)
{
    double tallest = ladder_layout_height(l);
    double larger = tallest > l->width ? tallest : l->width;

    if (format == FORMAT_PDF)
        return PDF_POINTS_MAX;
    if (format != FORMAT_PNG)
        return tallest + 1;
    options->dpi = DPI_FINE;
    if (larger * DPI_FINE / 72 >= BITMAP_PIXELS_MAX)
        options->dpi = DPI_COARSE;
    if (l->width * options->dpi / 72 >= BITMAP_PIXELS_MAX)
        options->dpi = (unsigned)floor(BITMAP_PIXELS_MAX * 72 / l->width) - 1;
    return floor((BITMAP_PIXELS_MAX - 2) * 72 / options->dpi);
}

static int draw_pages(const struct drawing *d, enum format format,
                      const struct ladder_layout *l)
{
    struct graph_options options = {.format = format_names[format],
                                    .tooltips = format == FORMAT_SVG ||
                                                format == FORMAT_DOT};
    double height = choose_height(l, format, &options);
    struct layout_page *pages;
    size_t count;
    int rc = ladder_layout_pages(l, height, &pages, &count);

    if (rc)
        return error_set(d->err, rc, "no memory to draw a ladder");
    for (size_t i = 0; i < count && !rc; i++)
        rc = draw_page(d, l, &pages[i], &options);
    free(pages);
    return rc;
}

static int draw_picture(const struct drawing *d, enum format format)
{
    struct ladder_model model;
    struct ladder_layout layout;
    int rc =
        ladder_model_build(d->views, d->count, d->options->duplicates, &model);

    if (rc == -EINVAL)
        return error_set(d->err, rc,
                         "no message of this call is kept, so there is no "
                         "ladder to draw");
    if (rc)
        return error_set(d->err, rc, "no memory to draw a ladder");
    rc = ladder_layout_make(&model, &layout);
    if (rc) {
        (void)error_set(d->err, rc, "no memory to draw a ladder");
    } else {
        rc = draw_pages(d, format, &layout);
        ladder_layout_fini(&layout);
    }
    ladder_model_fini(&model);
    return rc;
}

static int draw_text(const struct drawing *d)
{
    struct ladder_options options = *d->options;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    int rc;

    if (!out)
        return error_set(d->err, -ENOMEM, "no memory to draw a ladder");
    options.columns = 0;
    options.colour = false;
    options.utf8 = true;
    rc = ladder_write_text(d->views, d->count, &options, out);
    if (fclose(out) && !rc)
        rc = -ENOMEM;
    if (rc)
        (void)error_set(d->err, rc,
                        rc == -EINVAL
                            ? "no message of this call is kept, so there is "
                              "no ladder to draw"
                            : "no memory to draw a ladder");
    else
        rc = save(d, d->path, span_of(text, length));
    free(text);
    return rc;
}

int ladder_draw(const struct call_view *const *views, size_t count,
                const struct ladder_options *options, const char *path,
                struct error *err)
{
    struct drawing d = {views, count, options, path, err};
    enum format format = FORMAT_SVG;
    int rc = parse_format(&d, &format);

    if (rc)
        return rc;
    return format == FORMAT_TXT ? draw_text(&d) : draw_picture(&d, format);
}
