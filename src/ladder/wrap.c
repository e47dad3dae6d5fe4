#include "ladder/wrap.h"

#include "ladder/font.h"

#define WORDS_MAX 512

/* Items a line takes from @p from on: one at least; all on the last line. */
static size_t items_of_line(const struct wrap *w, const struct span *items,
                            size_t from, size_t count)
{
    double between = font_width(w->between, w->size, false);
    double used = font_width(items[from], w->size, false);
    size_t to = from + 1;

    for (; to < count; to++) {
        if (!items[to].length)
            continue;
        used += between + font_width(items[to], w->size, false);
        if (used > w->width)
            break;
    }
    return to;
}

static bool join(const struct wrap *w, const struct span *items, size_t count,
                 struct span *line_out)
{
    size_t length = 0;
    char *text;

    for (size_t i = 0; i < count; i++)
        length += items[i].length + w->between.length;
    text = arena_take(w->arena, length + 1);
    if (!text)
        return false;
    length = 0;
    for (size_t i = 0; i < count; i++) {
        if (!items[i].length)
            continue;
        if (length) {
            memcpy(text + length, w->between.data, w->between.length);
            length += w->between.length;
        }
        memcpy(text + length, items[i].data, items[i].length);
        length += items[i].length;
    }
    *line_out = font_fit(w->arena, span_of(text, length), w->size, w->width);
    return !length || line_out->length;
}

static bool fill_lines(const struct wrap *w, const struct span *items,
                       size_t count, struct span *lines_out, size_t *count_out)
{
    size_t lines = 0;
    size_t from = 0;

    *count_out = 0;
    while (from < count && lines < w->lines_max) {
        size_t to;

        if (!items[from].length) {
            from++;
            continue;
        }
        to = lines + 1 == w->lines_max ? count
                                       : items_of_line(w, items, from, count);
        if (!join(w, items + from, to - from, &lines_out[lines++]))
            return false;
        from = to;
    }
    *count_out = lines;
    return true;
}

static size_t count_lines(const struct wrap *w, const struct span *items,
                          size_t count)
{
    size_t lines = 0;
    size_t from = 0;

    while (from < count) {
        if (!items[from].length) {
            from++;
            continue;
        }
        from = items_of_line(w, items, from, count);
        lines++;
    }
    return lines;
}

static double widest(const struct wrap *w, const struct span *items,
                     size_t count)
{
    double most = w->width / 2;

    for (size_t i = 0; i < count; i++) {
        double width = font_width(items[i], w->size, false);

        most = width > most ? width : most;
    }
    return most;
}

/* No last line of one lonely item: as narrow as the lines allow. */
bool wrap_items(const struct wrap *w, const struct span *items, size_t count,
                struct span *lines_out, size_t *count_out)
{
    size_t lines = count_lines(w, items, count);
    struct wrap narrow = *w;

    if (lines > 1 && lines <= w->lines_max)
        for (narrow.width = widest(w, items, count); narrow.width < w->width;
             narrow.width += w->width / 20)
            if (count_lines(&narrow, items, count) == lines)
                return fill_lines(&narrow, items, count, lines_out, count_out);
    return fill_lines(w, items, count, lines_out, count_out);
}

bool wrap_text(const struct wrap *w, struct span mark, struct span text,
               struct span *lines_out, size_t *count_out)
{
    struct span words[WORDS_MAX] = {mark};
    size_t count = 1;

    while (text.length && count < WORDS_MAX) {
        size_t end =
            count + 1 < WORDS_MAX ? span_find_byte(text, ' ') : text.length;

        words[count++] = span_part(text, 0, end);
        text = span_from(text, end + 1);
    }
    return wrap_items(w, words, count, lines_out, count_out);
}
