/**
 * SQL being put together, with its parameters as text; the filters of calls
 * as conditions.
 */
#ifndef SIPTRAIL_STORE_QUERY_H
#define SIPTRAIL_STORE_QUERY_H

#include "base/arena.h"
#include "store/find.h"

#define QUERY_PARAMS_MAX 48

struct query {
    char sql[16384];
    size_t used;
    const char *values[QUERY_PARAMS_MAX];
    int count;
    struct arena arena;
    bool failed; /* it did not fit, or memory ran out */
};

void query_init(struct query *q);
void query_fini(struct query *q);

void query_add(struct query *q, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** A parameter, copied. @return Its number */
int query_param(struct query *q, struct span text);
/** Likewise, UTC with microseconds. */
int query_time(struct query *q, int64_t time_us);

/**
 * " WHERE ..." with all that must hold of a row of calls, the limit apart.
 * Columns stand without a table's name.
 */
void query_add_filter(struct query *q, const struct call_filter *filter);

#endif
