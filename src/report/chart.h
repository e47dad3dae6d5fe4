/**
 * A small chart of counts over time, for a terminal.
 */
#ifndef SIPTRAIL_REPORT_CHART_H
#define SIPTRAIL_REPORT_CHART_H

#include "report/table.h"

/** One bar: what stands below, and what stands on it. */
struct chart_bar {
    uint64_t low;
    uint64_t high;
};

struct chart {
    const struct chart_bar *bars; /* borrowed */
    size_t count;
    int64_t first_us; /* begin of the first bar */
    uint32_t step_s;  /* of each */
    const char *low_name;
    const char *high_name;
    bool utf8; /* block characters; else ASCII */
};

/**
 * The step at which the time from @p first_us to @p last_us takes at most
 * @p bars_max bars: a round one, of at least a second.
 *
 * @param begin_us_out  The begin of the first bar: a multiple of the step
 * @param count_out     How many bars; at least 1, at most @p bars_max
 */
uint32_t chart_step(int64_t first_us, int64_t last_us, size_t bars_max,
                    int64_t *begin_us_out, size_t *count_out);

/** The most bars that a terminal of this style has room for. */
size_t chart_bars_max(const struct table_style *style);

/** Bars, scale, times, and a line that says what is shown. */
void chart_write(const struct chart *c, const struct table_style *style,
                 struct text *out);

/** A step as a person says it: "30 s", "5 min", "6 h", "1 d". */
void chart_add_step(struct text *out, uint32_t step_s);

#endif
