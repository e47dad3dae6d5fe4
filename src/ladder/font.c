#include "ladder/font.h"

#include "ladder/escape.h"

#define ELLIPSIS SPAN_LITERAL("\xe2\x80\xa6")

/* Advance widths of U+0020 to U+007E, thousandths of an em. */
static const uint16_t regular[95] = {
    318, 401, 460, 838, 636,  950, 780, 275, 390, 390, 500, 838, 318, 361,
    318, 337, 636, 636, 636,  636, 636, 636, 636, 636, 636, 636, 337, 337,
    838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295,
    295, 656, 557, 863, 748,  787, 603, 787, 695, 635, 611, 732, 684, 989,
    685, 611, 685, 390, 337,  390, 838, 500, 500, 613, 635, 550, 635, 615,
    352, 635, 634, 278, 278,  579, 278, 974, 634, 612, 635, 635, 411, 521,
    392, 634, 592, 818, 592,  592, 525, 636, 337, 636, 838};

static const uint16_t heavy[95] = {
    348, 456, 521, 838, 696,  1002, 872, 306,  457, 457, 523, 838, 380, 415,
    380, 365, 696, 696, 696,  696,  696, 696,  696, 696, 696, 696, 400, 400,
    838, 838, 838, 580, 1000, 774,  762, 734,  830, 683, 683, 821, 837, 372,
    372, 775, 637, 995, 837,  850,  733, 850,  770, 720, 682, 812, 774, 1103,
    771, 724, 725, 457, 365,  457,  838, 500,  500, 675, 716, 593, 716, 678,
    435, 716, 712, 343, 343,  665,  343, 1042, 712, 687, 716, 716, 493, 595,
    478, 712, 652, 924, 645,  652,  582, 712,  365, 712, 838};

/* Letters of alphabets mostly, then what fills an em or more. */
static unsigned width_of(uint32_t code, bool bold)
{
    if (code >= 0x20 && code < 0x7f)
        return bold ? heavy[code - 0x20] : regular[code - 0x20];
    if (code == 0x2026)
        return 1000;
    if (code == 0xb7)
        return bold ? 380 : 318;
    if (code == 0xa0) /* a space that does not break */
        return bold ? heavy[0] : regular[0];
    if (code < 0x590)
        return bold ? 860 : 760;
    return code < 0x10000 ? 1030 : 1250;
}

double font_width(struct span text, double size, bool bold)
{
    uint64_t sum = 0;

    for (size_t at = 0; at < text.length;)
        sum += width_of(escape_next_code(text, &at), bold);
    return (double)sum * size / 1000.0;
}

static size_t fit_bytes(struct span text, double size, double width)
{
    double room = (width - size) * 1000.0 / size; /* an ellipsis is one em */
    double sum = 0;
    size_t fits = 0;

    for (size_t at = 0; at < text.length; fits = at) {
        sum += width_of(escape_next_code(text, &at), false);
        if (sum > room)
            break;
    }
    return fits;
}

struct span font_fit(struct arena *arena, struct span text, double size,
                     double width)
{
    size_t fits;
    char *copy;

    if (font_width(text, size, false) <= width)
        return text;
    fits = fit_bytes(text, size, width);
    copy = arena_take(arena, fits + ELLIPSIS.length);
    if (!copy)
        return SPAN_NONE;
    if (fits)
        memcpy(copy, text.data, fits);
    memcpy(copy + fits, ELLIPSIS.data, ELLIPSIS.length);
    return span_of(copy, fits + ELLIPSIS.length);
}

/* East Asian Wide and Fullwidth in the main, and pictographs; combining
 * marks of the Latin kind take none. */
static size_t columns_of(uint32_t code)
{
    if (code >= 0x300 && code <= 0x36f)
        return 0;
    if ((code >= 0x1100 && code <= 0x115f) ||
        (code >= 0x2e80 && code <= 0xa4cf) ||
        (code >= 0xac00 && code <= 0xd7a3) ||
        (code >= 0xf900 && code <= 0xfaff) ||
        (code >= 0xfe30 && code <= 0xfe6f) ||
        (code >= 0xff00 && code <= 0xff60) ||
        (code >= 0xffe0 && code <= 0xffe6) ||
        (code >= 0x1f300 && code <= 0x1faff) ||
        (code >= 0x20000 && code <= 0x3fffd))
        return 2;
    return 1;
}

size_t font_columns(struct span text)
{
    size_t columns = 0;

    for (size_t at = 0; at < text.length;)
        columns += columns_of(escape_next_code(text, &at));
    return columns;
}

size_t font_columns_fit(struct span text, size_t columns)
{
    size_t used = 0;
    size_t fits = 0;

    for (size_t at = 0; at < text.length; fits = at) {
        used += columns_of(escape_next_code(text, &at));
        if (used > columns)
            break;
    }
    return fits;
}
