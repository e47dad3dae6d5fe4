/**
 * Where everything of a picture stands, in points from the top left. Pure
 * arithmetic over the model and the metrics of font.h.
 */
#ifndef SIPTRAIL_LADDER_LAYOUT_H
#define SIPTRAIL_LADDER_LAYOUT_H

#include "ladder/model.h"

#define LAYOUT_LINES_MAX 3

#define LAYOUT_TITLE_SIZE 13.0
#define LAYOUT_DETAIL_SIZE 10.0
#define LAYOUT_LABEL_SIZE 11.0
#define LAYOUT_NOTE_SIZE 8.5
#define LAYOUT_TIME_SIZE 10.0
#define LAYOUT_ELAPSED_SIZE 8.5
#define LAYOUT_ROLE_SIZE 9.0
#define LAYOUT_FOOT_SIZE 11.0

#define LAYOUT_BAND_HEIGHT 20.0
#define LAYOUT_LOOP_WIDTH 30.0
#define LAYOUT_LOOP_HEIGHT 14.0

/** A line of the title: a bold part and a plain one behind it. */
struct layout_title {
    struct span bold;
    struct span plain;
    double size;
    double y; /* of its middle, as all y */
    enum ladder_tone tone;
};

struct layout_head {
    double x;
    struct span address;
    double address_size;
    struct span lines[2]; /* role and product */
    size_t line_count;
};

/** One event. Its top is where the row before it ends. */
struct layout_row {
    double height;
    double arrow; /* down from the row's top */
    double x;     /* middle of label and small print */
    struct span label;
    bool masked; /* the text lies across a lifeline */
    struct span lines[LAYOUT_LINES_MAX];
    size_t line_count;
};

struct layout_foot {
    struct span text;
    enum ladder_tone tone;
};

struct ladder_layout {
    struct arena arena; /* owns all below */
    const struct ladder_model *model;
    double width;
    double time_right; /* right edge of the times */
    double head_width;
    double head_height;
    double head_top;
    double rows_top; /* where the first row begins */
    double foot_height;
    struct layout_title *titles;
    size_t title_count;
    struct layout_head heads[LADDER_LIFELINES_MAX];
    struct layout_row *rows; /* one an event */
    struct layout_foot *feet;
    size_t foot_count;
};

/** Events of one page. */
struct layout_page {
    size_t first;
    size_t count;
    size_t number; /* from 1 */
    size_t of;
    double height;
};

/** @return 0 or -ENOMEM; fini is not needed then */
WARN_UNUSED int ladder_layout_make(const struct ladder_model *model,
                                   struct ladder_layout *layout_out);
void ladder_layout_fini(struct ladder_layout *l);

/** Height of one page that holds all. */
double ladder_layout_height(const struct ladder_layout *l);

/**
 * Spread the events evenly over as few pages as hold @p max_height each.
 *
 * @param pages_out  malloc()ed; the caller's
 * @return 0 or -ENOMEM
 */
WARN_UNUSED int ladder_layout_pages(const struct ladder_layout *l,
                                    double max_height,
                                    struct layout_page **pages_out,
                                    size_t *count_out);

#endif
