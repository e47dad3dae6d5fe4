/**
 * A table for a person: columns as wide as they need, fitted to a terminal by
 * leaving out the least important ones and cutting the long ones.
 */
#ifndef SIPTRAIL_REPORT_TABLE_H
#define SIPTRAIL_REPORT_TABLE_H

#include "report/text.h"

enum table_colour {
    TABLE_PLAIN,
    TABLE_GREEN,
    TABLE_YELLOW,
    TABLE_RED,
    TABLE_BLUE,
    TABLE_PURPLE,
    TABLE_DIM
};

struct table_column {
    const char *heading;
    bool right;          /* numbers stand at the right */
    unsigned importance; /* the lowest goes first; 0 is never left out */
    size_t least;        /* may be cut to so many columns; 0: never cut */
    size_t most;         /* is cut to so many even where there is room; 0: no */
};

#define TABLE_COLUMNS_MAX 16

struct table_style {
    size_t width; /* of the terminal; SIZE_MAX where there is none */
    bool colour;
};

struct table_cell;

struct report_table {
    const struct table_column *columns; /* borrowed */
    size_t column_count;
    struct text text; /* of all cells, made visible */
    struct table_cell *cells;
    size_t cell_count;
    size_t cell_room;
    bool failed;
};

void report_table_init(struct report_table *t,
                       const struct table_column *columns, size_t column_count);
void report_table_fini(struct report_table *t);

/** Cells come row by row, one for each column; any bytes. */
void report_table_add(struct report_table *t, struct span cell,
                      enum table_colour colour);

/** Heading and rows to @p out; a failure is noted in it. */
void report_table_write(const struct report_table *t,
                        const struct table_style *style, struct text *out);

/** @p s in a colour where @p style has colours. */
void table_add_coloured(struct text *out, const struct table_style *style,
                        enum table_colour colour, const char *s);

#endif
