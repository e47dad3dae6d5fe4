/**
 * Rows of named values, written as JSON, CSV or TSV.
 */
#ifndef SIPTRAIL_REPORT_ROW_H
#define SIPTRAIL_REPORT_ROW_H

#include "base/key.h"
#include "base/inet.h"
#include "base/time.h"
#include "report/text.h"

enum report_format {
    REPORT_TABLE, /* for a person: see table.h */
    REPORT_JSON,  /* one object a line, null for not seen */
    REPORT_CSV,   /* RFC 4180, not seen is empty, lists as {a,b} */
    REPORT_TSV,   /* the same with tabs, escaped as by COPY */
    REPORT_FORMAT_COUNT
};

/** "table", "json", "csv", "tsv". */
bool report_format_parse(struct span name, enum report_format *format_out);

enum report_kind {
    REPORT_NULL,
    REPORT_TEXT,    /* text: from the wire, or ours */
    REPORT_OBJECT,  /* text: JSON, without a control byte */
    REPORT_NUMBER,  /* number */
    REPORT_DECIMAL, /* text: a number in digits, as it is */
    REPORT_BOOL,    /* number 0 or 1 */
    REPORT_LIST     /* number of items: report_column_item() */
};

struct report_value {
    enum report_kind kind;
    struct span text; /* borrowed, or in buffer */
    int64_t number;
    char buffer[64];
};

/** An empty text is null. Borrowed. */
void report_value_text(struct report_value *v, struct span text);
void report_value_number(struct report_value *v, int64_t number, bool known);
void report_value_bool(struct report_value *v, bool value);
/** ISO 8601 with microseconds and +00:00; null for TIME_NONE. */
void report_value_time(struct report_value *v, int64_t time_us);
/** Null for NULL. */
void report_value_key(struct report_value *v, const struct key *key);
/** Null for none. */
void report_value_address(struct report_value *v, const struct address *a);

/** A row being written; begin, add each value or list, end. */
struct row {
    struct text *text;
    enum report_format format; /* not REPORT_TABLE */
    bool more;                 /* a value stands before */
    bool in_list;
    struct text list; /* of CSV and TSV: the list so far */
};

void row_begin(struct row *row, struct text *text, enum report_format format);
void row_end(struct row *row);
void row_add(struct row *row, const char *name, const struct report_value *v);
/** Items follow by row_add_item(), then row_list_end(). */
void row_list_begin(struct row *row, const char *name);
void row_add_item(struct row *row, const struct report_value *v);
void row_list_end(struct row *row);
/** A name in the heading line of CSV and TSV. */
void row_add_name(struct row *row, const char *name);

#endif
