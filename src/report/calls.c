#include "report/calls.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

enum {
    CELL_TIME,
    CELL_CALLER,
    CELL_CALLEE,
    CELL_DISPOSITION,
    CELL_CODE,
    CELL_PDD,
    CELL_RING,
    CELL_SETUP,
    CELL_TALK,
    CELL_ENDED_BY,
    CELL_CAUSE,
    CELL_KEY,
    CELL_COUNT
};

static const struct table_column headings[CELL_COUNT] = {
    [CELL_TIME] = {"start (UTC)", false, 0, 0, 0},
    [CELL_CALLER] = {"caller", false, 0, 9, 32},
    [CELL_CALLEE] = {"callee", false, 0, 9, 32},
    [CELL_DISPOSITION] = {"disposition", false, 0, 0, 0},
    [CELL_CODE] = {"code", true, 9, 0, 0},
    [CELL_PDD] = {"pdd s", true, 6, 0, 0},
    [CELL_RING] = {"ring s", true, 2, 0, 0},
    [CELL_SETUP] = {"setup s", true, 3, 0, 0},
    [CELL_TALK] = {"talk s", true, 8, 0, 0},
    [CELL_ENDED_BY] = {"ended by", false, 4, 0, 0},
    [CELL_CAUSE] = {"cause", false, 1, 0, 0},
    [CELL_KEY] = {"call", false, 0, 0, 0},
};

/* Shortest prefix of a key that is shown: its time to the millisecond. */
#define KEY_LEAST 13

struct call_table_row {
    struct key key;
    int64_t first_at;
    enum call_disposition disposition;
    struct text text; /* the cells from caller to cause, one after another */
    size_t end[CELL_COUNT];
};

void call_table_init(struct call_table *t, size_t limit)
{
    *t = (struct call_table){.limit = limit ? limit : 1};
}

void call_table_fini(struct call_table *t)
{
    for (size_t i = 0; i < t->count; i++)
        text_fini(&t->rows[i].text);
    free(t->rows);
    *t = (struct call_table){.limit = t->limit};
}

static int compare_time(int64_t a, const struct key *a_key, int64_t b,
                        const struct key *b_key)
{
    if (a != b)
        return a < b ? -1 : 1;
    return memcmp(a_key->bytes, b_key->bytes, sizeof(a_key->bytes));
}

static int compare_rows(const void *a, const void *b)
{
    const struct call_table_row *x = a;
    const struct call_table_row *y = b;

    return compare_time(x->first_at, &x->key, y->first_at, &y->key);
}

static void swap_rows(struct call_table_row *a, struct call_table_row *b)
{
    struct call_table_row held = *a;

    *a = *b;
    *b = held;
}

static void heap_raise(struct call_table_row *rows, size_t at)
{
    while (at && compare_rows(&rows[at], &rows[(at - 1) / 2]) > 0) {
        swap_rows(&rows[at], &rows[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void heap_lower(struct call_table_row *rows, size_t count)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < count &&
            compare_rows(&rows[child + 1], &rows[child]) > 0)
            child++;
        if (child >= count || compare_rows(&rows[child], &rows[at]) <= 0)
            return;
        swap_rows(&rows[at], &rows[child]);
        at = child;
    }
}

void report_add_seconds(struct text *text, int64_t ms)
{
    uint64_t size = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;

    if (ms == TIME_NONE) {
        text_add_byte(text, '-');
        return;
    }
    if (ms < 0)
        text_add_byte(text, '-');
    text_add_padded(text, size / 1000, 1);
    text_add_byte(text, '.');
    text_add_padded(text, size % 1000, 3);
}

static void add_party(struct text *text, struct span user, struct span host)
{
    if (user.length)
        text_add_bytes(text, user);
    else if (host.length)
        text_add_bytes(text, host);
    else
        text_add_byte(text, '-');
}

static void add_word(struct text *text, const char *word)
{
    text_add_string(text, *word ? word : "-");
}

static void add_code(struct text *text, uint16_t code)
{
    if (code)
        text_add_number(text, code);
    else
        text_add_byte(text, '-');
}

/* Of a call in progress that has none yet: how far it is. */
static const char *outcome_of(const struct call_record *r)
{
    return r->live && r->disposition == CALL_UNKNOWN
               ? call_state_name(r->state)
               : call_disposition_name(r->disposition);
}

static void fill_row(struct call_table_row *row, const struct call_record *r)
{
    const struct call_parties *p = &r->parties;
    struct text *text = &row->text;

    text_clear(text);
    row->key = r->call_key;
    row->first_at = r->first_at;
    row->disposition = r->disposition;
    row->end[CELL_TIME] = 0;
    add_party(text, p->caller_user, p->caller_host);
    row->end[CELL_CALLER] = text->length;
    add_party(text, p->callee_user, p->callee_host);
    row->end[CELL_CALLEE] = text->length;
    add_word(text, outcome_of(r));
    row->end[CELL_DISPOSITION] = text->length;
    add_code(text, r->status_code);
    row->end[CELL_CODE] = text->length;
    report_add_seconds(text, r->durations.pdd_ms);
    row->end[CELL_PDD] = text->length;
    report_add_seconds(text, r->durations.ring_ms);
    row->end[CELL_RING] = text->length;
    report_add_seconds(text, r->durations.setup_ms);
    row->end[CELL_SETUP] = text->length;
    report_add_seconds(text, r->durations.talk_ms);
    row->end[CELL_TALK] = text->length;
    add_word(text, call_ended_by_name(r->ended_by));
    row->end[CELL_ENDED_BY] = text->length;
    add_word(text, call_end_cause_name(r->end_cause));
    row->end[CELL_CAUSE] = text->length;
}

int call_table_add(struct call_table *t, const struct call_record *record)
{
    struct call_table_row *row = t->rows;

    t->added++;
    if (t->count < t->limit) {
        row = grow_for_one(t->rows, &t->room, t->count, sizeof(*row));
        if (!row)
            return -ENOMEM;
        t->rows = row;
        row = &t->rows[t->count++];
        text_init(&row->text);
    } else if (compare_time(record->first_at, &record->call_key, row->first_at,
                            &row->key) >= 0) {
        return 0;
    }
    fill_row(row, record);
    if (row == t->rows)
        heap_lower(t->rows, t->count);
    else
        heap_raise(t->rows, t->count - 1);
    t->latest_at = t->rows[0].first_at;
    return row->text.failed ? -ENOMEM : 0;
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct key));
}

static size_t same_prefix(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* How much of a key tells it from all others of the table. */
static size_t key_length(const struct call_table *t, struct text *out)
{
    struct key *keys = calloc(t->count, sizeof(*keys));
    char text[2][KEY_TEXT_BYTES];
    size_t length = KEY_LEAST;

    if (!keys) {
        out->failed = true;
        return 0;
    }
    for (size_t i = 0; i < t->count; i++)
        keys[i] = t->rows[i].key;
    qsort(keys, t->count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < t->count; i++) {
        size_t same;

        key_write(&keys[i - 1], text[0]);
        key_write(&keys[i], text[1]);
        same = same_prefix(text[0], text[1]) + 1;
        if (same > length && same < KEY_TEXT_BYTES)
            length = same;
    }
    free(keys);
    return length;
}

static enum table_colour colour_of(enum call_disposition d)
{
    if (d == CALL_ANSWERED || d == CALL_ANSWERED_ELSEWHERE)
        return TABLE_GREEN;
    if (d == CALL_UNKNOWN)
        return TABLE_DIM;
    if (d == CALL_CANCELLED || d == CALL_BUSY || d == CALL_NO_ANSWER ||
        d == CALL_DECLINED || d == CALL_REDIRECTED)
        return TABLE_YELLOW;
    return TABLE_RED;
}

/* One day for all rows? Then it stands in the heading, not in each row. */
static bool same_day(const struct call_table *t, char day[TIME_TEXT_BYTES])
{
    char other[TIME_TEXT_BYTES];

    (void)time_write(t->rows[0].first_at, day);
    (void)time_write(t->rows[t->count - 1].first_at, other);
    day[strcspn(day, " ")] = 0;
    other[strcspn(other, " ")] = 0;
    return strcmp(day, other) == 0;
}

static void add_start(struct report_table *table, int64_t at, bool clock_only)
{
    char text[TIME_TEXT_BYTES];
    size_t n = time_write(at, text);
    size_t from = clock_only ? strcspn(text, " ") + 1 : 0;

    /* Milliseconds are enough here, and the zone stands in the heading. */
    if (n > 6)
        n -= 6;
    report_table_add(table, span_of(text + from, n - from), TABLE_PLAIN);
}

static void add_row(struct report_table *table,
                    const struct call_table_row *row, bool clock_only,
                    size_t key_columns)
{
    char key[KEY_TEXT_BYTES];

    add_start(table, row->first_at, clock_only);
    for (size_t c = CELL_CALLER; c < CELL_KEY; c++)
        report_table_add(table,
                         span_part(text_span(&row->text), row->end[c - 1],
                                   row->end[c] - row->end[c - 1]),
                         c == CELL_DISPOSITION ? colour_of(row->disposition)
                                               : TABLE_PLAIN);
    key_write(&row->key, key);
    report_table_add(table, span_of(key, key_columns), TABLE_DIM);
}

void call_table_write(struct call_table *t, const struct table_style *style,
                      struct text *out)
{
    struct table_column columns[CELL_COUNT];
    char day[TIME_TEXT_BYTES];
    struct report_table table;
    size_t key_columns;
    bool clock_only;

    if (!t->count)
        return;
    qsort(t->rows, t->count, sizeof(*t->rows), compare_rows);
    key_columns = key_length(t, out);
    memcpy(columns, headings, sizeof(columns));
    clock_only = same_day(t, day);
    if (clock_only)
        columns[CELL_TIME].heading = day;
    report_table_init(&table, columns, CELL_COUNT);
    for (size_t i = 0; i < t->count; i++)
        add_row(&table, &t->rows[i], clock_only, key_columns);
    report_table_write(&table, style, out);
    report_table_fini(&table);
}

void report_call_line(const struct call_record *record,
                      const struct table_style *style, struct text *out)
{
    static const char *const before[CELL_KEY] = {
        [CELL_CALLER] = "  ",       [CELL_CALLEE] = " > ",
        [CELL_DISPOSITION] = "  ",  [CELL_CODE] = " ",
        [CELL_PDD] = "  pdd ",      [CELL_RING] = "  ring ",
        [CELL_SETUP] = "  setup ",  [CELL_TALK] = "  talk ",
        [CELL_ENDED_BY] = "  end ", [CELL_CAUSE] = " ",
    };
    char text[KEY_TEXT_BYTES > TIME_TEXT_BYTES ? KEY_TEXT_BYTES
                                               : TIME_TEXT_BYTES];
    struct call_table_row row = {0};

    text_init(&row.text);
    fill_row(&row, record);
    text_add_bytes(out, span_of(text, time_write(record->first_at, text)));
    for (size_t c = CELL_CALLER; c < CELL_KEY; c++) {
        struct span cell = span_part(text_span(&row.text), row.end[c - 1],
                                     row.end[c] - row.end[c - 1]);

        text_add_string(out, before[c]);
        if (c == CELL_DISPOSITION)
            table_add_coloured(out, style, colour_of(row.disposition),
                               outcome_of(record));
        else
            (void)text_add_visible(out, cell, SIZE_MAX);
    }
    key_write(&record->call_key, text);
    text_add_string(out, "  ");
    text_add_string(out, text);
    text_add_byte(out, '\n');
    out->failed |= row.text.failed;
    text_fini(&row.text);
}
