/**
 * How far apart lifelines stand: wide enough for heads and labels, even
 * where that costs little.
 */
#ifndef SIPTRAIL_LADDER_LANES_H
#define SIPTRAIL_LADDER_LANES_H

#include "ladder/layout.h"

/**
 * Set x of the heads and the picture's width.
 *
 * @param l      With model, head_width and time_right
 * @param least  Width that the titles ask for
 */
void lanes_place(struct ladder_layout *l, double least);

/** Room for text between two lifelines, or behind a loop. */
double lanes_room(const struct ladder_layout *l, const struct ladder_event *e);

#endif
