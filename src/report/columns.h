/**
 * The columns of a call, by their SQL names: one table for every format.
 */
#ifndef SIPTRAIL_REPORT_COLUMNS_H
#define SIPTRAIL_REPORT_COLUMNS_H

#include "call/record.h"
#include "report/row.h"

/** A call and what its row knows from elsewhere. Borrowed. */
struct report_call {
    const struct call_record *record;
    const struct key *capture_key; /* NULL where not known */
    struct span sensor;            /* where the record names none; empty where
                                      not known */
};

struct report_column;

extern const size_t report_column_count;
/** The column at @p index, in the order in which rows are written. */
const struct report_column *report_column_at(size_t index);
/** The column of this name, or NULL. */
const struct report_column *report_column_find(struct span name);
const char *report_column_name(const struct report_column *column);

/**
 * The value of a column: times as ISO 8601 with microseconds and +00:00,
 * durations in milliseconds, words as in SQL.
 */
void report_column_value(const struct report_column *column,
                         const struct report_call *call,
                         struct report_value *value_out);

/** Item @p index of a value of kind REPORT_LIST. */
void report_column_item(const struct report_column *column,
                        const struct report_call *call, size_t index,
                        struct report_value *value_out);

/**
 * A call as one row of every column.
 *
 * @param format  Not REPORT_TABLE
 */
void report_call_row(const struct report_call *call, enum report_format format,
                     struct text *text);
/** The names of all columns as the heading line of CSV or TSV. */
void report_call_heading(enum report_format format, struct text *text);

#endif
