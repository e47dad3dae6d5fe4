/**
 * Calls as a table for a person, sorted by their first message.
 */
#ifndef SIPTRAIL_REPORT_CALLS_H
#define SIPTRAIL_REPORT_CALLS_H

#include "report/columns.h"
#include "report/table.h"

struct call_table_row;

/** Keeps the first @p limit calls by time, however many are added. */
struct call_table {
    struct call_table_row *rows; /* a heap, the latest call on top */
    size_t count;
    size_t room;
    size_t limit;
    uint64_t added;    /* calls offered, kept or not */
    int64_t latest_at; /* of those kept, where there is no more room */
};

/** @param limit  Most rows, at least 1 */
void call_table_init(struct call_table *t, size_t limit);
void call_table_fini(struct call_table *t);

/** May a call that began then still be among the first? */
static inline bool call_table_wants(const struct call_table *t,
                                    int64_t first_at)
{
    return t->count < t->limit || first_at <= t->latest_at;
}
/** @return 0 or -ENOMEM */
int call_table_add(struct call_table *t, const struct call_record *record);

/**
 * Write heading and rows, earliest first; nothing where there are none. Call
 * keys are cut to a length at which they still differ.
 */
void call_table_write(struct call_table *t, const struct table_style *style,
                      struct text *out);

/** One call in a line of its own, with its whole key. */
void report_call_line(const struct call_record *record,
                      const struct table_style *style, struct text *out);

/** A duration in seconds as a table shows it: "0.122", "61.5"; "-". */
void report_add_seconds(struct text *text, int64_t ms);

#endif
