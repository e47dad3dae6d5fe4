#include "ladder/layout.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "ladder/font.h"
#include "ladder/lanes.h"
#include "ladder/wrap.h"

#define MARGIN 20.0
#define TIME_WIDTH 78.0
#define ROW_HEIGHT 40.0
#define ROW_ARROW 20.0
#define NOTE_HEIGHT 10.5
#define TITLE_HEIGHT 22.0
#define DETAIL_HEIGHT 15.0
#define TITLE_BETWEEN 5.0
#define TITLE_GAP 24.0 /* between parties and outcome */
#define WIDTH_LEAST 580.0
#define WIDTH_FOR_TITLE 820.0 /* no picture is widened beyond for its sake */
#define HEAD_LEAST 120.0
#define HEAD_PADDING 26.0
#define HEAD_GAP 8.0
#define ADDRESS_SIZE 11.0
#define ADDRESS_SIZE_SMALL 9.0
#define ADDRESS_WIDE 220.0
#define ROLE_WIDE 190.0
#define ROLE_HEIGHT 12.0
#define FOOT_LINE 16.0
#define TITLES_MAX 8
#define DETAIL_LINES_MAX 2
#define FOOT_LINES_MAX 3

#define DOT SPAN_LITERAL(" \xc2\xb7 ")
#define GAP SPAN_LITERAL("    ")

/* --- heads --------------------------------------------------------------- */

static bool make_head(struct ladder_layout *l, size_t i)
{
    const struct ladder_lifeline *from = &l->model->lifelines[i];
    const struct span both[] = {from->role, from->product};
    struct layout_head *h = &l->heads[i];
    struct wrap wrap = {&l->arena, DOT, LAYOUT_ROLE_SIZE, ROLE_WIDE, 2};
    double width;

    h->address = from->address;
    h->address_size = ADDRESS_SIZE;
    width = font_width(h->address, ADDRESS_SIZE, true);
    if (width > ADDRESS_WIDE) {
        h->address_size = ADDRESS_SIZE_SMALL;
        width = font_width(h->address, ADDRESS_SIZE_SMALL, true);
    }
    if (!wrap_items(&wrap, both, 2, h->lines, &h->line_count))
        return false;
    for (size_t k = 0; k < h->line_count; k++) {
        double w = font_width(h->lines[k], LAYOUT_ROLE_SIZE, false);

        width = w > width ? w : width;
    }
    if (l->head_width < width + HEAD_PADDING)
        l->head_width = width + HEAD_PADDING;
    width = 29.0 + (double)h->line_count * ROLE_HEIGHT;
    if (l->head_height < width)
        l->head_height = width;
    return true;
}

/* --- titles -------------------------------------------------------------- */

static void add_title(struct ladder_layout *l, const struct layout_title *t,
                      double height)
{
    struct layout_title *added = &l->titles[l->title_count++];

    *added = *t;
    added->y = l->head_top + height / 2;
    l->head_top += height;
}

/* "A  alice to bob" */
static bool marked(struct ladder_layout *l, const struct ladder_title *t,
                   struct span *out)
{
    const struct span parts[] = {t->mark, t->parties};
    struct wrap wrap = {&l->arena, GAP, LAYOUT_TITLE_SIZE, 1e9, 1};
    size_t lines;

    return wrap_items(&wrap, parts, 2, out, &lines);
}

static bool add_call_title(struct ladder_layout *l,
                           const struct ladder_title *t)
{
    double room = l->width - 2 * MARGIN;
    struct layout_title line = {.size = LAYOUT_TITLE_SIZE, .tone = t->tone};
    struct layout_title detail = {.size = LAYOUT_DETAIL_SIZE, .tone = t->tone};
    struct wrap wrap = {&l->arena, GAP, LAYOUT_DETAIL_SIZE, room,
                        DETAIL_LINES_MAX};
    struct span lines[DETAIL_LINES_MAX];
    struct span outcome = t->outcome;
    size_t count;
    double bold;

    if (!marked(l, t, &line.bold))
        return false;
    bold = font_width(line.bold, LAYOUT_TITLE_SIZE, true);
    if (bold > room)
        line.bold =
            font_fit(&l->arena, line.bold, LAYOUT_TITLE_SIZE * 1.13, room);
    if (bold + font_width(outcome, LAYOUT_TITLE_SIZE, false) + TITLE_GAP <=
        room) {
        line.plain = outcome;
        outcome = SPAN_NONE;
    }
    add_title(l, &line, TITLE_HEIGHT);
    if (outcome.length) {
        line.bold = SPAN_NONE;
        line.plain = font_fit(&l->arena, outcome, LAYOUT_TITLE_SIZE, room);
        add_title(l, &line, TITLE_HEIGHT);
    }
    if (!wrap_items(&wrap, t->details, t->detail_count, lines, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        detail.plain = lines[i];
        add_title(l, &detail, DETAIL_HEIGHT);
    }
    l->head_top += TITLE_BETWEEN;
    return true;
}

/* Parties and outcome on one line where that is possible. */
static double titles_width(const struct ladder_layout *l)
{
    const struct ladder_model *m = l->model;
    double width = WIDTH_LEAST;

    for (size_t i = 0; i < m->title_count && i < TITLES_MAX; i++) {
        const struct ladder_title *t = &m->titles[i];
        double w = font_width(t->parties, LAYOUT_TITLE_SIZE, true) +
                   font_width(t->outcome, LAYOUT_TITLE_SIZE, false) +
                   TITLE_GAP + 2 * MARGIN + (t->mark.length ? 40 : 0);

        if (w > width && w <= WIDTH_FOR_TITLE)
            width = w;
    }
    return width;
}

static bool make_titles(struct ladder_layout *l)
{
    const struct ladder_model *m = l->model;
    size_t shown = m->title_count < TITLES_MAX ? m->title_count : TITLES_MAX;

    l->head_top = MARGIN;
    l->titles = arena_take(&l->arena, (shown * (2 + DETAIL_LINES_MAX) + 1) *
                                          sizeof(*l->titles));
    if (!l->titles)
        return false;
    for (size_t i = 0; i < shown; i++)
        if (!add_call_title(l, &m->titles[i]))
            return false;
    if (m->title_count > shown) {
        struct layout_title more = {.plain = SPAN_LITERAL("and more calls"),
                                    .size = LAYOUT_DETAIL_SIZE};

        add_title(l, &more, DETAIL_HEIGHT);
    }
    l->head_top += HEAD_GAP;
    return true;
}

/* --- feet ---------------------------------------------------------------- */

static bool make_feet(struct ladder_layout *l)
{
    const struct ladder_model *m = l->model;
    size_t shown = m->title_count < TITLES_MAX ? m->title_count : TITLES_MAX;
    struct wrap wrap = {&l->arena, SPAN_LITERAL(" "), LAYOUT_FOOT_SIZE,
                        l->width - 4 * MARGIN, FOOT_LINES_MAX};

    l->feet =
        arena_take(&l->arena, shown * FOOT_LINES_MAX * sizeof(*l->feet) + 1);
    if (!l->feet)
        return false;
    for (size_t i = 0; i < shown; i++) {
        struct span lines[FOOT_LINES_MAX];
        size_t count;

        if (!wrap_text(&wrap, m->titles[i].mark, m->titles[i].verdict, lines,
                       &count))
            return false;
        for (size_t k = 0; k < count; k++)
            l->feet[l->foot_count++] =
                (struct layout_foot){lines[k], m->titles[i].tone};
    }
    l->foot_height = (double)l->foot_count * FOOT_LINE + 12;
    return true;
}

/* --- rows ---------------------------------------------------------------- */

static bool crosses(const struct ladder_layout *l, const struct ladder_event *e,
                    const struct layout_row *r)
{
    uint16_t left = e->from < e->to ? e->from : e->to;
    uint16_t right = e->from < e->to ? e->to : e->from;
    double half = font_width(r->label, LAYOUT_LABEL_SIZE, false) / 2;

    for (size_t i = 0; i < r->line_count; i++) {
        double w = font_width(r->lines[i], LAYOUT_NOTE_SIZE, false) / 2;

        half = w > half ? w : half;
    }
    for (uint16_t i = (uint16_t)(left + 1); i < right; i++)
        if (l->heads[i].x > r->x - half - 3 && l->heads[i].x < r->x + half + 3)
            return true;
    return false;
}

static bool make_message(struct ladder_layout *l, const struct ladder_event *e,
                         struct layout_row *r)
{
    double room = lanes_room(l, e);
    struct wrap wrap = {&l->arena, DOT, LAYOUT_NOTE_SIZE, room,
                        LAYOUT_LINES_MAX};

    r->label = font_fit(&l->arena, e->label, LAYOUT_LABEL_SIZE, room);
    if (!r->label.length && e->label.length)
        return false;
    if (!wrap_items(&wrap, e->notes, e->note_count, r->lines, &r->line_count))
        return false;
    r->x = (l->heads[e->from].x + l->heads[e->to].x) / 2;
    if (r->line_count > 1)
        r->height += (double)(r->line_count - 1) * NOTE_HEIGHT;
    r->masked = e->from != e->to && crosses(l, e, r);
    return true;
}

static bool make_rows(struct ladder_layout *l)
{
    const struct ladder_model *m = l->model;

    l->rows = arena_take(&l->arena, m->event_count * sizeof(*l->rows));
    if (!l->rows)
        return false;
    for (size_t i = 0; i < m->event_count; i++) {
        const struct ladder_event *e = &m->events[i];
        struct layout_row *r = &l->rows[i];

        *r = (struct layout_row){.height = ROW_HEIGHT, .arrow = ROW_ARROW};
        if (e->kind == LADDER_MESSAGE) {
            if (!make_message(l, e, r))
                return false;
            continue;
        }
        r->x = (l->heads[e->from].x + l->heads[e->to].x) / 2;
        r->label = font_fit(&l->arena, e->label, LAYOUT_LABEL_SIZE,
                            l->heads[e->to].x - l->heads[e->from].x +
                                l->head_width - 20);
    }
    return true;
}

int ladder_layout_make(const struct ladder_model *model,
                       struct ladder_layout *layout_out)
{
    struct ladder_layout *l = layout_out;
    bool ok = true;

    *l = (struct ladder_layout){.model = model,
                                .time_right = MARGIN + TIME_WIDTH,
                                .head_width = HEAD_LEAST};
    arena_init(&l->arena, 65536);
    for (size_t i = 0; i < model->lifeline_count && ok; i++)
        ok = make_head(l, i);
    if (ok)
        lanes_place(l, titles_width(l));
    ok = ok && make_titles(l) && make_feet(l) && make_rows(l);
    l->rows_top = l->head_top + l->head_height + 8;
    if (!ok)
        ladder_layout_fini(l);
    return ok ? 0 : -ENOMEM;
}

void ladder_layout_fini(struct ladder_layout *l)
{
    arena_fini(&l->arena);
    *l = (struct ladder_layout){0};
}

/* --- pages --------------------------------------------------------------- */

static double bottom(const struct ladder_layout *l)
{
    return HEAD_GAP + l->foot_height + MARGIN;
}

static double rows_height(const struct ladder_layout *l)
{
    double sum = 0;

    for (size_t i = 0; i < l->model->event_count; i++)
        sum += l->rows[i].height;
    return sum;
}

double ladder_layout_height(const struct ladder_layout *l)
{
    return l->rows_top + rows_height(l) + bottom(l);
}

/* Rows until a page of @p room is full. Returns how many pages that makes;
 * a row is never cut, and a page holds one at least. */
static size_t spread(const struct ladder_layout *l, double room,
                     struct layout_page *pages)
{
    double used = 0;
    size_t count = 0;

    for (size_t i = 0; i < l->model->event_count; i++) {
        double height = l->rows[i].height;

        if (!count || used + height > room) {
            if (pages)
                pages[count] =
                    (struct layout_page){.first = i, .number = count + 1};
            count++;
            used = 0;
        }
        used += height;
        if (pages) {
            pages[count - 1].count++;
            pages[count - 1].height = l->rows_top + used + bottom(l);
        }
    }
    return count;
}

int ladder_layout_pages(const struct ladder_layout *l, double max_height,
                        struct layout_page **pages_out, size_t *count_out)
{
    double room = max_height - l->rows_top - bottom(l);
    double even;
    size_t count;

    if (room < ROW_HEIGHT)
        room = ROW_HEIGHT;
    count = spread(l, room, NULL);
    assert(count > 0); /* a model has an event at least */
    even = rows_height(l) / (double)count + ROW_HEIGHT;
    if (even < room && spread(l, even, NULL) == count)
        room = even;
    *pages_out = calloc(count, sizeof(**pages_out));
    if (!*pages_out)
        return -ENOMEM;
    *count_out = spread(l, room, *pages_out);
    for (size_t i = 0; i < count; i++)
        (*pages_out)[i].of = count;
    return 0;
}
