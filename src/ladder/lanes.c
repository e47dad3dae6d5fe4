#include "ladder/lanes.h"

#include "ladder/font.h"

#define GAP_LEAST 150.0
#define GAP_BETWEEN_HEADS 18.0
#define LABEL_MOST 300.0
#define LABEL_MOST_LEAST 190.0
#define LANES_WIDE 1300.0 /* a picture wider than that is hard to print */
#define NOTE_MOST 280.0
#define LABEL_MARGIN 30.0
#define NOTE_MARGIN 20.0
#define LOOP_MARGIN 14.0
#define RIGHT_MARGIN 24.0
#define EVEN_WITHIN 1.5 /* lanes that differ less are made alike */

struct needs {
    double between[LADDER_LIFELINES_MAX][LADDER_LIFELINES_MAX]; /* from < to */
    double behind[LADDER_LIFELINES_MAX]; /* right of a loop */
};

static double at_most(double value, double most)
{
    return value < most ? value : most;
}

static void grow(double *value, double least)
{
    if (*value < least)
        *value = least;
}

/* Many lanes have to make do with less. */
static double label_most(size_t lanes)
{
    double most = LANES_WIDE / (double)lanes;

    most = most < LABEL_MOST_LEAST ? LABEL_MOST_LEAST : most;
    return at_most(most, most);
}

static double wanted(const struct ladder_event *e, double most)
{
    double width =
        LABEL_MARGIN +
        at_most(font_width(e->label, LAYOUT_LABEL_SIZE, false), most);

    for (uint16_t i = 0; i < e->note_count; i++)
        grow(&width, NOTE_MARGIN + at_most(font_width(e->notes[i],
                                                      LAYOUT_NOTE_SIZE, false),
                                           NOTE_MOST));
    return width;
}

static void collect(const struct ladder_model *m, struct needs *needs)
{
    double most = label_most(m->lifeline_count);

    for (size_t i = 0; i < m->event_count; i++) {
        const struct ladder_event *e = &m->events[i];
        uint16_t left = e->from < e->to ? e->from : e->to;
        uint16_t right = e->from < e->to ? e->to : e->from;

        if (e->kind != LADDER_MESSAGE)
            continue;
        if (left == right)
            grow(&needs->behind[left],
                 wanted(e, most) + LAYOUT_LOOP_WIDTH + LOOP_MARGIN);
        else
            grow(&needs->between[left][right], wanted(e, most));
    }
}

static void widen(const struct needs *needs, size_t count, double *gaps)
{
    for (size_t span = 2; span < count; span++)
        for (size_t i = 0; i + span < count; i++) {
            double sum = 0;
            double missing;

            for (size_t k = i; k < i + span; k++)
                sum += gaps[k];
            missing = needs->between[i][i + span] - sum;
            for (size_t k = i; k < i + span && missing > 0; k++)
                gaps[k] += missing / (double)span;
        }
}

static void even_out(double *gaps, size_t count)
{
    double least = count ? gaps[0] : 0;
    double most = least;

    for (size_t i = 1; i < count; i++) {
        least = at_most(least, gaps[i]);
        grow(&most, gaps[i]);
    }
    for (size_t i = 0; i < count && most <= least * EVEN_WITHIN; i++)
        gaps[i] = most;
}

/* A ladder of two lanes still has a title to carry. */
static void fill(double *gaps, size_t count, double missing)
{
    for (size_t i = 0; i < count && missing > 0; i++)
        gaps[i] += missing / (double)count;
}

void lanes_place(struct ladder_layout *l, double least)
{
    struct needs needs = {0};
    double gaps[LADDER_LIFELINES_MAX];
    size_t lanes = l->model->lifeline_count;
    size_t last = lanes - 1;
    double left = l->time_right + RIGHT_MARGIN + l->head_width / 2;
    double right = l->head_width / 2;
    double width;

    collect(l->model, &needs);
    for (size_t i = 0; i < last; i++) {
        gaps[i] = l->head_width + GAP_BETWEEN_HEADS;
        grow(&gaps[i], GAP_LEAST);
        grow(&gaps[i], needs.between[i][i + 1]);
        grow(&gaps[i], needs.behind[i]);
    }
    widen(&needs, lanes, gaps);
    even_out(gaps, last);
    grow(&right, needs.behind[last]);
    width = left + right + RIGHT_MARGIN;
    for (size_t i = 0; i < last; i++)
        width += gaps[i];
    fill(gaps, last, least - width);
    grow(&width, least);
    if (!last)
        left = (left + width - right - RIGHT_MARGIN) / 2;
    l->heads[0].x = left;
    for (size_t i = 0; i < last; i++)
        l->heads[i + 1].x = l->heads[i].x + gaps[i];
    l->width = width;
}

double lanes_room(const struct ladder_layout *l, const struct ladder_event *e)
{
    double from = l->heads[e->from].x;
    double to = l->heads[e->to].x;

    if (e->from != e->to)
        return (from < to ? to - from : from - to) - NOTE_MARGIN;
    to = (size_t)e->from + 1 < l->model->lifeline_count
             ? l->heads[e->from + 1].x
             : l->width;
    return to - from - LAYOUT_LOOP_WIDTH - LOOP_MARGIN;
}
