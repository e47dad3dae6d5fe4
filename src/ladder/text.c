#include <errno.h>
#include <stdlib.h>

#include "ladder/font.h"
#include "ladder/ladder.h"
#include "ladder/model.h"
#include "ladder/text_buffer.h"
#include "ladder/wrap.h"

#define TIME_COLUMNS 24 /* "14:03:07.120 +38.2 s    " */
#define LANE_LEAST 18
#define LANE_MOST 50
#define ARROW_COLUMNS 8 /* what a label leaves of the arrow at least */
#define NOTE_LINES_MAX 6

/* What a terminal draws with. */
struct glyphs {
    const char *lifeline;
    const char *line;
    const char *dash;
    const char *left;
    const char *right;
    const char *loop_top;
    const char *loop_bottom;
    const char *rule;
    const char *ellipsis;
};

static const struct glyphs utf8_glyphs = {
    "\xe2\x94\x82", /* vertical */
    "\xe2\x94\x80", /* horizontal */
    "\xe2\x95\x8c", /* dashed */
    "<",
    ">",
    "\xe2\x94\x80\xe2\x94\x80\xe2\x95\xae",
    "\xe2\x94\x80\xe2\x95\xaf",
    "\xe2\x94\x84",
    "\xe2\x80\xa6",
};

static const struct glyphs ascii_glyphs = {"|",   "-",  ".", "<", ">",
                                           "--.", "-'", ".", "~"};

/* One line under way: cells are written from left to right. */
struct printer {
    const struct ladder_model *model;
    const struct ladder_options *options;
    const struct glyphs *glyphs;
    struct arena arena;
    struct text_buffer line;
    size_t column; /* of the line, where the next cell goes */
    size_t lane;   /* columns between two lifelines */
    FILE *out;
    int rc;
};

static const char *tone_colour(enum ladder_tone tone, bool pale)
{
    static const char *const strong[TONE_COUNT] = {
        [TONE_REQUEST] = "\033[34m",      [TONE_PROVISIONAL] = "\033[37m",
        [TONE_SUCCESS] = "\033[32m",      [TONE_REDIRECT] = "\033[35m",
        [TONE_CLIENT_ERROR] = "\033[33m", [TONE_FAILURE] = "\033[31m"};

    return pale ? "\033[90m" : strong[tone];
}

static void begin_colour(struct printer *p, const char *colour)
{
    if (p->options->colour)
        text_put_string(&p->line, colour);
}

static void end_colour(struct printer *p)
{
    if (p->options->colour)
        text_put_string(&p->line, "\033[0m");
}

/* U+2026 and the middle dot are ours; wire text in UTF-8 is told byte by
 * byte where the terminal has no UTF-8. */
static void put_text(struct printer *p, struct span clean)
{
    p->column += font_columns(clean);
    if (p->options->utf8) {
        text_put(&p->line, clean);
        return;
    }
    for (size_t i = 0; i < clean.length; i++) {
        unsigned char c = (unsigned char)clean.data[i];

        if (c < 0x80)
            text_put(&p->line, span_part(clean, i, 1));
        else if (c == 0xc2 && span_starts_nocase(span_from(clean, i),
                                                 SPAN_LITERAL("\xc2\xb7")))
            text_put_string(&p->line, "-");
        else if (c >= 0xc0)
            text_put_string(&p->line, "?");
    }
}

static void put_glyph(struct printer *p, const char *glyph)
{
    text_put_string(&p->line, glyph);
    p->column += font_columns(span_of_string(glyph));
}

static void put_spaces_to(struct printer *p, size_t column)
{
    while (p->column < column) {
        text_put_string(&p->line, " ");
        p->column++;
    }
}

static size_t column_of(const struct printer *p, size_t lifeline)
{
    return TIME_COLUMNS + lifeline * p->lane;
}

static void put_lifelines_to(struct printer *p, size_t column)
{
    for (size_t i = 0; i < p->model->lifeline_count; i++) {
        size_t at = column_of(p, i);

        if (at < p->column)
            continue;
        if (at >= column)
            break;
        put_spaces_to(p, at);
        begin_colour(p, "\033[90m");
        put_glyph(p, p->glyphs->lifeline);
        end_colour(p);
    }
    put_spaces_to(p, column);
}

static void end_line(struct printer *p)
{
    while (p->line.length && p->line.data[p->line.length - 1] == ' ')
        p->line.length--;
    text_put_string(&p->line, "\n");
    if (p->line.failed)
        p->rc = -ENOMEM;
    else if (!p->rc &&
             fwrite(p->line.data, 1, p->line.length, p->out) != p->line.length)
        p->rc = errno ? -errno : -EIO;
    text_buffer_reset(&p->line);
    p->column = 0;
}

static struct span fit(struct printer *p, struct span text, size_t columns)
{
    size_t ellipsis = strlen(p->glyphs->ellipsis);
    size_t bytes;
    char *copy;

    if (font_columns(text) <= columns)
        return text;
    bytes = font_columns_fit(text, columns ? columns - 1 : 0);
    copy = arena_take(&p->arena, bytes + ellipsis);
    if (!copy) {
        p->rc = -ENOMEM;
        return SPAN_NONE;
    }
    if (bytes)
        memcpy(copy, text.data, bytes);
    memcpy(copy + bytes, p->glyphs->ellipsis, ellipsis);
    return span_of(copy, bytes + ellipsis);
}

/* --- titles and heads ---------------------------------------------------- */

static void print_titles(struct printer *p)
{
    for (size_t i = 0; i < p->model->title_count; i++) {
        const struct ladder_title *t = &p->model->titles[i];

        put_text(p, t->mark);
        text_put_string(&p->line, t->mark.length ? "  " : "");
        begin_colour(p, "\033[1m");
        put_text(p, t->parties);
        end_colour(p);
        text_put_string(&p->line, "   ");
        begin_colour(p, tone_colour(t->tone, false));
        put_text(p, t->outcome);
        end_colour(p);
        end_line(p);
        for (size_t k = 0; k < t->detail_count; k++) {
            text_put_string(&p->line, k ? "   " : "");
            put_text(p, t->details[k]);
        }
        if (t->detail_count)
            end_line(p);
    }
    end_line(p);
}

/* Centred on its lifeline, as wide as the lane at most. */
static void put_centred(struct printer *p, struct span text, size_t lifeline)
{
    struct span cut = fit(p, text, p->lane - 2);
    size_t half = font_columns(cut) / 2;
    size_t at = column_of(p, lifeline);

    put_spaces_to(p, at > half ? at - half : 0);
    put_text(p, cut);
}

static void print_heads(struct printer *p)
{
    const struct ladder_model *m = p->model;
    bool any = false;

    begin_colour(p, "\033[1m");
    for (size_t i = 0; i < m->lifeline_count; i++)
        put_centred(p, m->lifelines[i].address, i);
    end_colour(p);
    end_line(p);
    for (size_t i = 0; i < m->lifeline_count; i++)
        put_centred(p, m->lifelines[i].role, i);
    end_line(p);
    for (size_t i = 0; i < m->lifeline_count; i++) {
        any |= m->lifelines[i].product.length > 0;
        put_centred(p, m->lifelines[i].product, i);
    }
    if (any)
        end_line(p);
    else
        p->column = p->line.length = 0;
    put_lifelines_to(p, column_of(p, m->lifeline_count));
    end_line(p);
}

/* --- events -------------------------------------------------------------- */

static void put_time(struct printer *p, const struct ladder_event *e)
{
    put_text(p, e->time);
    text_put_string(&p->line, " ");
    p->column++;
    begin_colour(p, "\033[90m");
    put_text(p, e->elapsed);
    end_colour(p);
}

/* On an arrow of @p room columns. */
static bool label_fits(const struct ladder_event *e, size_t room)
{
    return font_columns(e->label) + ARROW_COLUMNS <= room;
}

/* ---- INVITE ---->, as long as the way; the label in its middle. */
static void put_arrow(struct printer *p, const struct ladder_event *e,
                      size_t room)
{
    bool rightwards = e->from < e->to;
    const char *line = e->pale ? p->glyphs->dash : p->glyphs->line;
    struct span label = label_fits(e, room) ? e->label : e->label_short;
    size_t rest;

    label = fit(p, label, room - 6);
    rest = room - font_columns(label) - 3;
    begin_colour(p, tone_colour(e->tone, e->pale));
    if (!rightwards)
        put_glyph(p, p->glyphs->left);
    for (size_t i = 0; i < rest / 2; i++)
        put_glyph(p, line);
    put_glyph(p, " ");
    put_text(p, label);
    put_glyph(p, " ");
    for (size_t i = rest / 2; i < rest; i++)
        put_glyph(p, line);
    if (rightwards)
        put_glyph(p, p->glyphs->right);
    end_colour(p);
}

static void print_note(struct printer *p, struct span text, size_t from,
                       size_t room)
{
    struct span cut = fit(p, text, room);

    put_lifelines_to(p, from + (room - font_columns(cut)) / 2);
    begin_colour(p, "\033[90m");
    put_text(p, cut);
    end_colour(p);
    put_lifelines_to(p, column_of(p, p->model->lifeline_count));
    end_line(p);
}

/* The URI goes under the arrow where it does not fit on it. */
static void print_notes(struct printer *p, const struct ladder_event *e,
                        size_t from, size_t room)
{
    if (e->from != e->to && !label_fits(e, room - 1) &&
        e->label.length > e->label_short.length + 1 &&
        span_starts_nocase(e->label, e->label_short))
        print_note(p, span_from(e->label, e->label_short.length + 1), from + 1,
                   room - 2);
    for (uint16_t i = 0; i < e->note_count && i < NOTE_LINES_MAX; i++)
        print_note(p, e->notes[i], from + 1, room - 2);
}

static void print_loop(struct printer *p, const struct ladder_event *e)
{
    size_t end = column_of(p, p->model->lifeline_count);
    size_t from = column_of(p, e->from) + 1;

    put_time(p, e);
    put_lifelines_to(p, from);
    begin_colour(p, tone_colour(e->tone, e->pale));
    put_glyph(p, p->glyphs->loop_top);
    put_glyph(p, " ");
    put_text(p, fit(p, e->label, p->lane - 6));
    end_colour(p);
    put_lifelines_to(p, end);
    end_line(p);
    put_lifelines_to(p, from);
    begin_colour(p, tone_colour(e->tone, e->pale));
    put_glyph(p, p->glyphs->left);
    put_glyph(p, p->glyphs->loop_bottom);
    end_colour(p);
    put_lifelines_to(p, end);
    end_line(p);
    print_notes(p, e, from + 4, p->lane - 6);
}

static void print_message(struct printer *p, const struct ladder_event *e)
{
    size_t left = column_of(p, e->from < e->to ? e->from : e->to);
    size_t right = column_of(p, e->from < e->to ? e->to : e->from);

    if (left == right) {
        print_loop(p, e);
        return;
    }
    put_time(p, e);
    put_lifelines_to(p, left + 1);
    put_arrow(p, e, right - left - 1);
    put_lifelines_to(p, column_of(p, p->model->lifeline_count));
    end_line(p);
    print_notes(p, e, left, right - left);
}

static void print_pause(struct printer *p, const struct ladder_event *e)
{
    size_t left = column_of(p, e->from);
    size_t right = column_of(p, e->to);
    size_t room = right > left + LANE_LEAST ? right - left - 1 : LANE_MOST;
    struct span label = fit(p, e->label, room - 6);
    size_t rest = room - font_columns(label) - 2;

    put_lifelines_to(p, left + 1);
    begin_colour(p, e->kind == LADDER_TALK ? "\033[36m" : "\033[90m");
    for (size_t i = 0; i < rest / 2; i++)
        put_glyph(p, p->glyphs->rule);
    put_glyph(p, " ");
    put_text(p, label);
    put_glyph(p, " ");
    for (size_t i = rest / 2; i < rest; i++)
        put_glyph(p, p->glyphs->rule);
    end_colour(p);
    put_lifelines_to(p, column_of(p, p->model->lifeline_count));
    end_line(p);
}

static void print_feet(struct printer *p)
{
    put_lifelines_to(p, column_of(p, p->model->lifeline_count));
    end_line(p);
    for (size_t i = 0; i < p->model->title_count; i++) {
        const struct ladder_title *t = &p->model->titles[i];

        if (!t->verdict.length)
            continue;
        put_text(p, t->mark);
        text_put_string(&p->line, t->mark.length ? "  " : "");
        begin_colour(p, tone_colour(t->tone, false));
        put_text(p, t->verdict);
        end_colour(p);
        end_line(p);
    }
}

/* --- the whole ----------------------------------------------------------- */

/* As wide as the labels want, within what the terminal has. */
static size_t choose_lane(const struct ladder_model *m, unsigned columns)
{
    size_t lanes = m->lifeline_count > 1 ? m->lifeline_count - 1 : 1;
    size_t lane = LANE_LEAST;
    size_t most = LANE_MOST;
    size_t edges =
        TIME_COLUMNS + 1 +
        font_columns(m->lifelines[m->lifeline_count - 1].address) / 2;

    for (size_t i = 0; i < m->event_count; i++) {
        size_t wanted = font_columns(m->events[i].label) + ARROW_COLUMNS + 1;

        for (uint16_t k = 0; k < m->events[i].note_count; k++) {
            size_t note = font_columns(m->events[i].notes[k]) + 3;

            wanted = note > wanted ? note : wanted;
        }
        lane = wanted > lane ? wanted : lane;
    }
    for (size_t i = 0; i < m->lifeline_count; i++) {
        size_t wanted = font_columns(m->lifelines[i].address) + 2;

        lane = wanted > lane ? wanted : lane;
    }
    if (columns)
        most = columns > edges ? (columns - edges) / lanes : LANE_LEAST;
    most = most > LANE_MOST ? LANE_MOST : most;
    lane = lane > most ? most : lane;
    return lane < LANE_LEAST ? LANE_LEAST : lane;
}

int ladder_write_text(const struct call_view *const *views, size_t count,
                      const struct ladder_options *options, FILE *out)
{
    struct ladder_model model;
    struct printer p = {
        .model = &model,
        .options = options,
        .glyphs = options->utf8 ? &utf8_glyphs : &ascii_glyphs,
        .out = out,
    };
    int rc = ladder_model_build(views, count, options->duplicates, &model);

    if (rc)
        return rc;
    arena_init(&p.arena, 4096);
    p.lane = choose_lane(&model, options->columns);
    print_titles(&p);
    print_heads(&p);
    for (size_t i = 0; i < model.event_count && !p.rc; i++) {
        arena_reset(&p.arena);
        if (model.events[i].kind == LADDER_MESSAGE)
            print_message(&p, &model.events[i]);
        else
            print_pause(&p, &model.events[i]);
    }
    if (!p.rc)
        print_feet(&p);
    text_buffer_fini(&p.line);
    arena_fini(&p.arena);
    ladder_model_fini(&model);
    return p.rc;
}
