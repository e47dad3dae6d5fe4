#include "report/chart.h"

#include "base/time.h"

#define ROWS 8u
#define EIGHTHS 8u
#define UNITS ((uint64_t)ROWS * EIGHTHS)
#define WIDTH_UNKNOWN 80
#define WIDTH_MOST 160
#define MARGIN 12 /* the scale, the axis, a column at the right */
#define BARS_LEAST 8
#define BAR_WIDTH_MOST 4
#define SECOND_US INT64_C(1000000)
#define DAY_S 86400u

static const uint32_t steps[] = {
    1,     2,     5,         10,        15,         30,         60,    120,
    300,   600,   900,       1800,      3600,       7200,       10800, 21600,
    43200, DAY_S, 2 * DAY_S, 7 * DAY_S, 14 * DAY_S, 28 * DAY_S,
};

static int64_t floor_to(int64_t us, int64_t step_us)
{
    int64_t rest = us % step_us;

    return us - (rest < 0 ? rest + step_us : rest);
}

uint32_t chart_step(int64_t first_us, int64_t last_us, size_t bars_max,
                    int64_t *begin_us_out, size_t *count_out)
{
    size_t i = 0;
    uint64_t step = steps[0];
    uint64_t bars;

    for (;;) {
        int64_t step_us = (int64_t)step * SECOND_US;

        *begin_us_out = floor_to(first_us, step_us);
        bars =
            ((uint64_t)last_us - (uint64_t)*begin_us_out) / (uint64_t)step_us +
            1;
        if (bars <= bars_max || step > UINT32_MAX / 2)
            break;
        i++;
        step = i < sizeof(steps) / sizeof(steps[0]) ? steps[i] : step * 2;
    }
    *count_out = bars < bars_max ? (size_t)bars : bars_max;
    return (uint32_t)step;
}

static size_t width_of(const struct table_style *style)
{
    size_t width = style->width == SIZE_MAX ? WIDTH_UNKNOWN : style->width;

    return width < WIDTH_MOST ? width : WIDTH_MOST;
}

size_t chart_bars_max(const struct table_style *style)
{
    size_t width = width_of(style);

    return width > MARGIN + BARS_LEAST ? width - MARGIN : BARS_LEAST;
}

static uint64_t most(const struct chart *c)
{
    uint64_t max = 1;

    for (size_t i = 0; i < c->count; i++)
        if (c->bars[i].low + c->bars[i].high > max)
            max = c->bars[i].low + c->bars[i].high;
    return max;
}

/* Eighths of a row that @p value takes; at least one where it is not 0. */
static uint64_t units(uint64_t value, uint64_t max)
{
    double share = (double)value / (double)max * (double)UNITS;
    uint64_t n = (uint64_t)(share + 0.5);

    return value && !n ? 1 : n;
}

/* How much of the row above @p below is filled: 0 to EIGHTHS. */
static unsigned part_of(uint64_t filled, uint64_t below)
{
    uint64_t n = filled > below ? filled - below : 0;

    return n < EIGHTHS ? (unsigned)n : EIGHTHS;
}

enum cell { CELL_EMPTY, CELL_LOW, CELL_HIGH };

/* One place of a bar: what it shows, and of the lower part how much. */
static enum cell cell_of(const struct chart_bar *bar, uint64_t max,
                         unsigned row, unsigned *eighths_out)
{
    uint64_t below = (uint64_t)row * EIGHTHS;
    unsigned low = part_of(units(bar->low, max), below);
    unsigned all = part_of(units(bar->low + bar->high, max), below);

    *eighths_out = EIGHTHS;
    if (all == 0)
        return CELL_EMPTY;
    if (all <= low)
        *eighths_out = low;
    else if (low < EIGHTHS / 2)
        return CELL_HIGH;
    return CELL_LOW;
}

static const char *glyph(const struct chart *c, enum cell cell,
                         unsigned eighths)
{
    static const char *const blocks[EIGHTHS + 1] = {
        " ",      "\u2581", "\u2582", "\u2583", "\u2584",
        "\u2585", "\u2586", "\u2587", "\u2588"};

    if (cell == CELL_EMPTY)
        return " ";
    if (!c->utf8)
        return cell == CELL_LOW ? "#" : "o";
    return cell == CELL_LOW ? blocks[eighths] : "\u2591";
}

static void add_bar(const struct chart *c, const struct table_style *style,
                    const char *what, enum cell cell, size_t width,
                    struct text *out)
{
    enum table_colour colour = cell == CELL_LOW ? TABLE_GREEN : TABLE_RED;
    size_t drawn = width > 2 ? width - 1 : width;

    for (size_t i = 0; i < drawn; i++) {
        if (cell == CELL_EMPTY || !c->utf8)
            text_add_string(out, what);
        else
            table_add_coloured(out, style, colour, what);
    }
    text_add_spaces(out, width - drawn);
}

/* Spaces at the end of a line say nothing. */
static void end_line(struct text *out)
{
    while (out->length && out->data[out->length - 1] == ' ')
        out->length--;
    text_add_byte(out, '\n');
}

static size_t digits_of(uint64_t n)
{
    size_t digits = 1;

    while (n >= 10)
        n /= 10, digits++;
    return digits;
}

static void add_rows(const struct chart *c, const struct table_style *style,
                     size_t scale, size_t width, struct text *out)
{
    uint64_t max = most(c);

    for (unsigned row = ROWS; row-- > 0;) {
        if (row == ROWS - 1)
            text_add_format(out, "%*llu", (int)scale, (unsigned long long)max);
        else
            text_add_spaces(out, scale);
        text_add_string(out, c->utf8 ? " \u2502" : " |");
        for (size_t i = 0; i < c->count; i++) {
            unsigned eighths;
            enum cell cell = cell_of(&c->bars[i], max, row, &eighths);

            add_bar(c, style, glyph(c, cell, eighths), cell, width, out);
        }
        end_line(out);
    }
    text_add_format(out, "%*d", (int)scale, 0);
    text_add_string(out, c->utf8 ? " \u2514" : " +");
    for (size_t i = 0; i < c->count * width; i++)
        text_add_string(out, c->utf8 ? "\u2500" : "-");
    text_add_byte(out, '\n');
}

/* A time as far as it differs between bars: "14:03:05", "11-20 14:03". */
static struct span time_label(const struct chart *c, int64_t us,
                              char buffer[TIME_TEXT_BYTES])
{
    uint64_t span_s = (uint64_t)c->step_s * c->count;
    size_t length = time_write(us, buffer);
    struct span whole = span_of(buffer, length);

    if (span_s > 300 * (uint64_t)DAY_S || length < 19)
        return span_part(whole, 0, 10);
    if (span_s > DAY_S)
        return c->step_s >= DAY_S ? span_part(whole, 5, 5)
                                  : span_part(whole, 5, 11);
    return c->step_s >= 60 ? span_part(whole, 11, 5) : span_part(whole, 11, 8);
}

static void add_times(const struct chart *c, size_t scale, size_t width,
                      struct text *out)
{
    char first[TIME_TEXT_BYTES];
    char last[TIME_TEXT_BYTES];
    int64_t step_us = (int64_t)c->step_s * SECOND_US;
    struct span from = time_label(c, c->first_us, first);
    struct span to =
        time_label(c, c->first_us + (int64_t)(c->count - 1) * step_us, last);
    size_t room = c->count * width;

    text_add_spaces(out, scale + 2);
    text_add_bytes(out, from);
    if (c->count > 1 && room >= from.length + to.length + 2) {
        text_add_spaces(out, room - from.length - to.length);
        text_add_bytes(out, to);
    }
    text_add_byte(out, '\n');
}

void chart_add_step(struct text *out, uint32_t step_s)
{
    if (step_s % DAY_S == 0)
        text_add_format(out, "%u d", step_s / DAY_S);
    else if (step_s % 3600 == 0)
        text_add_format(out, "%u h", step_s / 3600);
    else if (step_s % 60 == 0)
        text_add_format(out, "%u min", step_s / 60);
    else
        text_add_format(out, "%u s", step_s);
}

void chart_write(const struct chart *c, const struct table_style *style,
                 struct text *out)
{
    size_t scale = digits_of(most(c));
    size_t total = width_of(style);
    size_t room = total > scale + 3 ? total - scale - 3 : 1;
    size_t width = c->count ? room / c->count : 1;

    width = width < 1 ? 1 : width > BAR_WIDTH_MOST ? BAR_WIDTH_MOST : width;
    add_rows(c, style, scale, width, out);
    add_times(c, scale, width, out);
    text_add_spaces(out, scale + 2);
    text_add_string(out, "in ");
    chart_add_step(out, c->step_s);
    text_add_format(out, ": %s %s, %s %s\n", glyph(c, CELL_LOW, EIGHTHS),
                    c->low_name, glyph(c, CELL_HIGH, EIGHTHS), c->high_name);
}
