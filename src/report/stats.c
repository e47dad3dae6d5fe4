#include "report/stats.h"

#include "report/calls.h"

static bool is_number(enum stats_kind kind)
{
    return kind != STATS_TEXT && kind != STATS_TIME;
}

void report_stats_heading(enum stats_by by, enum report_format format,
                          struct text *out)
{
    struct stats_column columns[STATS_COLUMNS_MAX];
    struct row row;
    size_t groups;
    size_t count = stats_columns(by, columns, &groups);

    row_begin(&row, out, format);
    for (size_t i = 0; i < count; i++)
        row_add_name(&row, columns[i].name);
    row_end(&row);
}

void report_stats_row(enum stats_by by, enum report_format format,
                      const struct span *values, struct text *out)
{
    struct stats_column columns[STATS_COLUMNS_MAX];
    struct report_value value;
    struct row row;
    size_t groups;
    size_t count = stats_columns(by, columns, &groups);

    row_begin(&row, out, format);
    for (size_t i = 0; i < count; i++) {
        report_value_text(&value, values[i]);
        if (value.kind == REPORT_TEXT && is_number(columns[i].kind))
            value.kind = REPORT_DECIMAL;
        row_add(&row, columns[i].name, &value);
    }
    row_end(&row);
}

static int64_t number_of(struct span s)
{
    uint64_t n = 0;

    return span_to_u64(s, INT64_MAX, &n) ? (int64_t)n : TIME_NONE;
}

/* A value as a person reads it; "-" for none. */
static void add_value(struct text *out, struct span value, enum stats_kind kind)
{
    if (!value.length) {
        text_add_byte(out, '-');
    } else if (kind == STATS_MS) {
        report_add_seconds(out, number_of(value));
    } else if (kind == STATS_COUNT && number_of(value) != TIME_NONE) {
        text_add_grouped(out, (uint64_t)number_of(value));
    } else if (kind == STATS_TIME && value.length >= 16) {
        text_add_bytes(out, span_part(value, 0, 10));
        text_add_byte(out, ' ');
        text_add_bytes(out, span_part(value, 11, 5));
    } else {
        text_add_bytes(out, value);
        if (kind == STATS_PERCENT)
            text_add_string(out, " %");
    }
}

/* A time; its day only where it is not that of @p day. */
static void add_time(struct text *out, int64_t us, struct span day)
{
    char buffer[TIME_TEXT_BYTES];
    struct span whole = span_of(buffer, time_write(us, buffer));

    if (whole.length < 19)
        text_add_bytes(out, whole);
    else if (span_equal(day, span_part(whole, 0, 10)))
        text_add_bytes(out, span_part(whole, 11, 8));
    else
        text_add_bytes(out, span_part(whole, 0, 19));
}

void report_stats_span(const struct stats_span *span, struct text *out)
{
    char first[TIME_TEXT_BYTES];
    struct span day = SPAN_NONE;

    if (span->calls) {
        day =
            span_part(span_of(first, time_write(span->first_us, first)), 0, 10);
        text_add_grouped(out, span->calls);
        text_add_string(out, span->calls == 1 ? " call, " : " calls, ");
        add_time(out, span->first_us, SPAN_NONE);
        text_add_string(out, " to ");
        add_time(out, span->last_us, day);
        text_add_string(out, " UTC\n");
    }
    if (span->peak) {
        text_add_string(out, "at most ");
        text_add_grouped(out, span->peak);
        text_add_string(out, " at a time, at ");
        add_time(out, span->peak_us, day);
        if (span->per_second) {
            text_add_string(out, "; ");
            text_add_grouped(out, span->per_second);
            text_add_string(out, " begun in a second");
        }
        text_add_byte(out, '\n');
    }
}

/* One line of the first table. */
struct ratio {
    const char *name;
    enum stats_figure figure;
    const char *said;
};

static const struct ratio ratios[] = {
    {"attempts", STATS_ATTEMPTS,
     "ended, and known how; rounds of authentication are none"},
    {"answered", STATS_ANSWERED, "of these"},
    {"redirected", STATS_REDIRECTED, "of these"},
    {"timeouts", STATS_TIMEOUTS, "of these: no final response came"},
    {"running", STATS_RUNNING, "when the capture ended; no attempts"},
    {"ASR", STATS_ASR, "answered / attempts (E.411)"},
    {"NER", STATS_NER,
     "served: answered, busy, rang, declined / attempts (E.425)"},
    {"SER", STATS_SER, "answered / attempts not redirected (RFC 6076, 4.6)"},
    {"SEER", STATS_SEER, "answered, 480, 486, 600, 603 / not redirected (4.7)"},
    {"ISA", STATS_ISA, "408, 500, 503, 504 / attempts (4.8)"},
    {"SCR", STATS_SCR, "answered, and the BYE answered / attempts (4.9)"},
    {"ACD s", STATS_ACD, "mean talk time of acknowledged calls"},
};

struct delay {
    const char *name;
    enum stats_figure figures[3];
    const char *said;
};

#define NO_FIGURE STATS_FIGURE_COUNT

static const struct delay delays[] = {
    {"PDD",
     {STATS_PDD_P50, STATS_PDD_P95, STATS_PDD_P99},
     "post-dial delay of attempts"},
    {"SRD answered",
     {STATS_SRD_P50, STATS_SRD_P95, NO_FIGURE},
     "request delay (RFC 6076, 4.3)"},
    {"SRD failed",
     {STATS_SRD_FAILED_P50, STATS_SRD_FAILED_P95, NO_FIGURE},
     "the same of those that failed"},
    {"SDD", {STATS_SDD_P50, STATS_SDD_P95, NO_FIGURE}, "BYE to its 2xx (4.4)"},
    {"SDT", {STATS_SDT_P50, STATS_SDT_P95, NO_FIGURE}, "talk time (4.5)"},
};

static void add_text_cell(struct report_table *t, const char *s)
{
    report_table_add(t, span_of_string(s), TABLE_PLAIN);
}

static void add_cell(struct report_table *t, struct span value,
                     enum stats_kind kind)
{
    struct text cell;

    text_init(&cell);
    add_value(&cell, value, kind);
    report_table_add(t, text_span(&cell), TABLE_PLAIN);
    t->failed |= cell.failed;
    text_fini(&cell);
}

static void add_ratios(const struct span *values,
                       const struct stats_column *columns,
                       const struct table_style *style, struct text *out)
{
    static const struct table_column headings[] = {
        {"figure", false, 0, 0, 0},
        {"value", true, 0, 0, 0},
        {"what it is", false, 1, 0, 0}};
    struct report_table t;

    report_table_init(&t, headings, 3);
    for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
        enum stats_figure figure = ratios[i].figure;

        add_text_cell(&t, ratios[i].name);
        add_cell(&t, values[figure], columns[figure].kind);
        add_text_cell(&t, ratios[i].said);
    }
    report_table_write(&t, style, out);
    report_table_fini(&t);
}

static void add_delays(const struct span *values,
                       const struct table_style *style, struct text *out)
{
    static const struct table_column headings[] = {
        {"seconds", false, 0, 0, 0},
        {"p50", true, 0, 0, 0},
        {"p95", true, 0, 0, 0},
        {"p99", true, 2, 0, 0},
        {"what it is", false, 1, 0, 0}};
    struct report_table t;

    report_table_init(&t, headings, 5);
    for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
        add_text_cell(&t, delays[i].name);
        for (size_t p = 0; p < 3; p++) {
            enum stats_figure figure = delays[i].figures[p];

            add_cell(&t, figure == NO_FIGURE ? SPAN_NONE : values[figure],
                     STATS_MS);
        }
        add_text_cell(&t, delays[i].said);
    }
    report_table_write(&t, style, out);
    report_table_fini(&t);
}

void report_stats_total(const struct span *values,
                        const struct table_style *style, struct text *out)
{
    struct stats_column columns[STATS_COLUMNS_MAX];
    size_t groups;

    (void)stats_columns(STATS_TOTAL, columns, &groups);
    add_ratios(values + groups, columns + groups, style, out);
    text_add_byte(out, '\n');
    add_delays(values + groups, style, out);
}

void report_stats_registrations(const struct span *values, struct text *out)
{
    if (!values[STATS_REG_ATTEMPTS].length)
        return;
    text_add_string(out, "\nregistrations: ");
    add_value(out, values[STATS_REG_ATTEMPTS], STATS_COUNT);
    text_add_string(out, " attempts, ");
    add_value(out, values[STATS_REG_FAILURES], STATS_COUNT);
    text_add_string(out, " failed; IRA ");
    add_value(out, values[STATS_REG_IRA], STATS_PERCENT);
    text_add_string(out, " (4.2)\nRRD p50 ");
    add_value(out, values[STATS_REG_RRD_P50], STATS_MS);
    text_add_string(out, " s, p95 ");
    add_value(out, values[STATS_REG_RRD_P95], STATS_MS);
    text_add_string(out, " s (RFC 6076, 4.1)\n");
}

/* What a row of a group shows; its keys stand before. */
static const struct {
    enum stats_figure figure;
    struct table_column heading;
} group_figures[] = {
    {STATS_CALLS, {"calls", true, 0, 0, 0}},
    {STATS_ATTEMPTS, {"attempts", true, 9, 0, 0}},
    {STATS_ANSWERED, {"answered", true, 8, 0, 0}},
    {STATS_ASR, {"ASR", true, 10, 0, 0}},
    {STATS_NER, {"NER", true, 7, 0, 0}},
    {STATS_SER, {"SER", true, 3, 0, 0}},
    {STATS_SEER, {"SEER", true, 2, 0, 0}},
    {STATS_ISA, {"ISA", true, 4, 0, 0}},
    {STATS_SCR, {"SCR", true, 1, 0, 0}},
    {STATS_ACD, {"ACD s", true, 6, 0, 0}},
    {STATS_PDD_P50, {"PDD p50", true, 5, 0, 0}},
    {STATS_PDD_P95, {"p95", true, 5, 0, 0}},
};

#define GROUP_FIGURES (sizeof(group_figures) / sizeof(group_figures[0]))
_Static_assert(GROUP_FIGURES + STATS_GROUP_MAX <= TABLE_COLUMNS_MAX,
               "a table has room for its columns");

static size_t write_headings(enum stats_by by,
                             struct table_column headings[TABLE_COLUMNS_MAX])
{
    static const char *const names[][2] = {[STATS_TOTAL] = {NULL, NULL},
                                           [STATS_HOUR] = {"hour (UTC)", NULL},
                                           [STATS_TRUNK] = {"from", "to"},
                                           [STATS_AGENT] = {"side", "agent"}};
    size_t n = 0;

    for (; n < 2 && names[by][n]; n++)
        headings[n] =
            (struct table_column){.heading = names[by][n],
                                  .least = by == STATS_AGENT && n == 1 ? 12 : 0,
                                  .most = by == STATS_AGENT && n == 1 ? 40 : 0};
    for (size_t i = 0; i < GROUP_FIGURES; i++)
        headings[n + i] = group_figures[i].heading;
    return n + GROUP_FIGURES;
}

void stats_table_init(struct stats_table *t, enum stats_by by)
{
    t->by = by;
    report_table_init(&t->table, t->headings, write_headings(by, t->headings));
}

void stats_table_fini(struct stats_table *t)
{
    report_table_fini(&t->table);
}

/* An address, and its name behind it. */
static void add_peer_cell(struct report_table *t, struct span address,
                          struct span name)
{
    struct text cell;

    text_init(&cell);
    add_value(&cell, address, STATS_TEXT);
    if (name.length) {
        text_add_byte(&cell, ' ');
        text_add_bytes(&cell, name);
    }
    report_table_add(t, text_span(&cell), TABLE_PLAIN);
    t->failed |= cell.failed;
    text_fini(&cell);
}

void stats_table_add(struct stats_table *t, const struct span *values)
{
    struct stats_column columns[STATS_COLUMNS_MAX];
    size_t groups;

    (void)stats_columns(t->by, columns, &groups);
    if (t->by == STATS_TRUNK) {
        add_peer_cell(&t->table, values[0], values[2]);
        add_peer_cell(&t->table, values[1], values[3]);
    } else {
        for (size_t i = 0; i < groups; i++)
            add_cell(&t->table, values[i], columns[i].kind);
    }
    for (size_t i = 0; i < GROUP_FIGURES; i++) {
        size_t at = groups + group_figures[i].figure;

        add_cell(&t->table, values[at], columns[at].kind);
    }
}

void stats_table_write(const struct stats_table *t,
                       const struct table_style *style, struct text *out)
{
    report_table_write(&t->table, style, out);
}

void stats_causes_init(struct report_table *t)
{
    static const struct table_column headings[STATS_CAUSE_COUNT] = {
        {"failed", true, 0, 0, 0},
        {"disposition", false, 0, 0, 0},
        {"status", true, 3, 0, 0},
        {"reason phrase", false, 2, 8, 40},
        {"Q.850", true, 1, 0, 0}};

    report_table_init(t, headings, STATS_CAUSE_COUNT);
}

void stats_causes_add(struct report_table *t, const struct span *values)
{
    add_cell(t, values[STATS_CAUSE_CALLS], STATS_COUNT);
    for (size_t i = STATS_CAUSE_DISPOSITION; i < STATS_CAUSE_COUNT; i++)
        add_cell(t, values[i], STATS_TEXT);
}
