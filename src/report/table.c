#include "report/table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/grow.h"

#define GAP 2 /* columns between two of the table */

struct table_cell {
    size_t at; /* in the table's text */
    size_t length;
    size_t columns;
    enum table_colour colour;
};

void report_table_init(struct report_table *t,
                       const struct table_column *columns, size_t column_count)
{
    assert(column_count <= TABLE_COLUMNS_MAX);
    *t =
        (struct report_table){.columns = columns, .column_count = column_count};
    text_init(&t->text);
}

void report_table_fini(struct report_table *t)
{
    text_fini(&t->text);
    free(t->cells);
    t->cells = NULL;
    t->cell_count = t->cell_room = 0;
}

void report_table_add(struct report_table *t, struct span cell,
                      enum table_colour colour)
{
    size_t at = t->text.length;
    size_t columns;
    struct table_cell *cells =
        grow_for_one(t->cells, &t->cell_room, t->cell_count, sizeof(*cells));

    if (!cells) {
        t->failed = true;
        return;
    }
    t->cells = cells;
    columns = text_add_visible(&t->text, cell, SIZE_MAX);
    t->cells[t->cell_count++] =
        (struct table_cell){at, t->text.length - at, columns, colour};
}

struct layout {
    size_t width[TABLE_COLUMNS_MAX];
    bool shown[TABLE_COLUMNS_MAX];
};

static size_t layout_total(const struct report_table *t, const struct layout *l)
{
    size_t total = 0;

    for (size_t c = 0; c < t->column_count; c++)
        if (l->shown[c])
            total += l->width[c] + (total ? GAP : 0);
    return total;
}

static void layout_natural(const struct report_table *t, struct layout *l)
{
    for (size_t c = 0; c < t->column_count; c++) {
        l->width[c] = strlen(t->columns[c].heading);
        l->shown[c] = true;
    }
    for (size_t i = 0; i < t->cell_count; i++) {
        size_t *width = &l->width[i % t->column_count];
        size_t most = t->columns[i % t->column_count].most;
        size_t wanted = t->cells[i].columns;

        if (most && wanted > most)
            wanted = most;
        if (wanted > *width)
            *width = wanted;
    }
}

/* The widest column that may still be cut, or column_count. */
static size_t widest_cuttable(const struct report_table *t,
                              const struct layout *l)
{
    size_t best = t->column_count;

    for (size_t c = 0; c < t->column_count; c++)
        if (l->shown[c] && t->columns[c].least &&
            l->width[c] > t->columns[c].least &&
            (best == t->column_count || l->width[c] > l->width[best]))
            best = c;
    return best;
}

static size_t least_important(const struct report_table *t,
                              const struct layout *l)
{
    size_t best = t->column_count;

    for (size_t c = 0; c < t->column_count; c++)
        if (l->shown[c] && t->columns[c].importance &&
            (best == t->column_count ||
             t->columns[c].importance < t->columns[best].importance))
            best = c;
    return best;
}

static void layout_fit(const struct report_table *t, size_t width,
                       struct layout *l)
{
    layout_natural(t, l);
    while (layout_total(t, l) > width) {
        size_t c = widest_cuttable(t, l);

        if (c == t->column_count)
            break;
        l->width[c]--;
    }
    while (layout_total(t, l) > width) {
        size_t c = least_important(t, l);

        if (c == t->column_count)
            break;
        l->shown[c] = false;
    }
    /* Leaving out may have made more room than was needed. */
    for (size_t c = 0; c < t->column_count; c++) {
        struct layout natural;

        if (!l->shown[c] || !t->columns[c].least || width == SIZE_MAX)
            continue;
        layout_natural(t, &natural);
        while (l->width[c] < natural.width[c] && layout_total(t, l) < width)
            l->width[c]++;
    }
}

static const char *colour_code(enum table_colour colour)
{
    static const char *const codes[] = {"",         "\033[32m", "\033[33m",
                                        "\033[31m", "\033[34m", "\033[35m",
                                        "\033[2m"};

    return codes[colour];
}

struct place {
    size_t width;
    bool right;
    bool last; /* nothing follows: no spaces behind it */
};

static void write_cell(struct text *out, struct span s, size_t columns,
                       const struct place *place, const char *code)
{
    size_t shown = columns < place->width ? columns : place->width;

    if (place->right)
        text_add_spaces(out, place->width - shown);
    text_add_string(out, code);
    shown = text_add_visible(out, s, place->width);
    if (*code)
        text_add_string(out, "\033[0m");
    if (!place->right && !place->last)
        text_add_spaces(out, place->width - shown);
    if (!place->last)
        text_add_spaces(out, GAP);
}

static void write_row(const struct report_table *t,
                      const struct table_cell *cells,
                      const struct table_style *style, const struct layout *l,
                      struct text *out)
{
    size_t last = 0;

    for (size_t c = 0; c < t->column_count; c++)
        if (l->shown[c])
            last = c;
    for (size_t c = 0; c < t->column_count; c++) {
        const struct table_column *column = &t->columns[c];
        struct place place = {l->width[c], column->right, c == last};

        if (!l->shown[c])
            continue;
        if (cells)
            write_cell(out,
                       span_of(t->text.data + cells[c].at, cells[c].length),
                       cells[c].columns, &place,
                       style->colour ? colour_code(cells[c].colour) : "");
        else
            write_cell(out, span_of_string(column->heading),
                       strlen(column->heading), &place,
                       style->colour ? "\033[1m" : "");
    }
    text_add_byte(out, '\n');
}

void report_table_write(const struct report_table *t,
                        const struct table_style *style, struct text *out)
{
    struct layout l;

    if (t->failed || t->text.failed) {
        out->failed = true;
        return;
    }
    if (!t->column_count)
        return;
    layout_fit(t, style->width, &l);
    write_row(t, NULL, style, &l, out);
    for (size_t i = 0; i + t->column_count <= t->cell_count;
         i += t->column_count)
        write_row(t, &t->cells[i], style, &l, out);
}

void table_add_coloured(struct text *out, const struct table_style *style,
                        enum table_colour colour, const char *s)
{
    const char *code = style->colour ? colour_code(colour) : "";

    text_add_string(out, code);
    text_add_string(out, s);
    if (*code)
        text_add_string(out, "\033[0m");
}
