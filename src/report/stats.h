/**
 * Figures of stored calls for a person, or as rows.
 */
#ifndef SIPTRAIL_REPORT_STATS_H
#define SIPTRAIL_REPORT_STATS_H

#include "report/row.h"
#include "report/table.h"
#include "store/stats.h"

/** The names of the columns as the heading line of CSV or TSV. */
void report_stats_heading(enum stats_by by, enum report_format format,
                          struct text *out);
/** @param values  As stats_read() gives them */
void report_stats_row(enum stats_by by, enum report_format format,
                      const struct span *values, struct text *out);

/** How many calls, from when to when, and how many at a time. */
void report_stats_span(const struct stats_span *span, struct text *out);

/** The figures of all calls, each with what it means. */
void report_stats_total(const struct span *values,
                        const struct table_style *style, struct text *out);

/** A line on registrations, by enum stats_registration; nothing for none. */
void report_stats_registrations(const struct span *values, struct text *out);

/** The figures of groups, a row each; must not move. */
struct stats_table {
    struct report_table table;
    struct table_column headings[TABLE_COLUMNS_MAX];
    enum stats_by by;
};

void stats_table_init(struct stats_table *t, enum stats_by by);
void stats_table_fini(struct stats_table *t);
void stats_table_add(struct stats_table *t, const struct span *values);
void stats_table_write(const struct stats_table *t,
                       const struct table_style *style, struct text *out);

/** Why calls failed; rows as stats_causes() gives them. */
void stats_causes_init(struct report_table *t);
void stats_causes_add(struct report_table *t, const struct span *values);

#endif
