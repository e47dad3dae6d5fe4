#include "report/row.h"

bool report_format_parse(struct span name, enum report_format *format_out)
{
    static const char *const names[REPORT_FORMAT_COUNT] = {"table", "json",
                                                           "csv", "tsv"};

    for (unsigned i = 0; i < REPORT_FORMAT_COUNT; i++) {
        if (span_equal(name, span_of_string(names[i]))) {
            *format_out = (enum report_format)i;
            return true;
        }
    }
    return false;
}

void report_value_text(struct report_value *v, struct span text)
{
    v->kind = text.length ? REPORT_TEXT : REPORT_NULL;
    v->text = text;
}

void report_value_number(struct report_value *v, int64_t number, bool known)
{
    v->kind = known ? REPORT_NUMBER : REPORT_NULL;
    v->number = number;
}

void report_value_bool(struct report_value *v, bool value)
{
    v->kind = REPORT_BOOL;
    v->number = value;
}

void report_value_time(struct report_value *v, int64_t time_us)
{
    size_t n;

    v->kind = REPORT_NULL;
    if (time_us == TIME_NONE)
        return;
    n = time_write(time_us, v->buffer);
    for (size_t i = 0; i < n; i++)
        if (v->buffer[i] == ' ')
            v->buffer[i] = 'T';
    memcpy(v->buffer + n, ":00", 3);
    report_value_text(v, span_of(v->buffer, n + 3));
}

void report_value_key(struct report_value *v, const struct key *key)
{
    v->kind = REPORT_NULL;
    if (!key)
        return;
    key_write(key, v->buffer);
    report_value_text(v, span_of_string(v->buffer));
}

void report_value_address(struct report_value *v, const struct address *a)
{
    v->kind = REPORT_NULL;
    if (a->family)
        report_value_text(v, span_of(v->buffer, address_write(a, v->buffer)));
}

void row_begin(struct row *row, struct text *text, enum report_format format)
{
    *row = (struct row){.text = text, .format = format};
    text_init(&row->list);
    if (format == REPORT_JSON)
        text_add_byte(text, '{');
}

void row_end(struct row *row)
{
    if (row->format == REPORT_JSON)
        text_add_byte(row->text, '}');
    else if (row->format == REPORT_CSV)
        text_add_byte(row->text, '\r');
    text_add_byte(row->text, '\n');
    text_fini(&row->list);
}

static void add_separator(struct row *row, const char *name)
{
    if (row->more)
        text_add_byte(row->text, row->format == REPORT_TSV ? '\t' : ',');
    row->more = true;
    if (row->format != REPORT_JSON)
        return;
    text_add_byte(row->text, '"');
    text_add_string(row->text, name);
    text_add_string(row->text, "\":");
}

static void add_text(struct row *row, struct span s)
{
    if (row->format == REPORT_JSON)
        text_add_json(row->text, s);
    else if (row->format == REPORT_CSV)
        text_add_csv(row->text, s);
    else
        text_add_tsv(row->text, s);
}

static void add_value(struct row *row, const struct report_value *v)
{
    if (v->kind == REPORT_TEXT)
        add_text(row, v->text);
    else if (v->kind == REPORT_OBJECT && row->format != REPORT_JSON)
        add_text(row, v->text);
    else if (v->kind == REPORT_NUMBER)
        text_add_number(row->text, v->number);
    else if (v->kind == REPORT_DECIMAL || v->kind == REPORT_OBJECT)
        text_add_bytes(row->text, v->text);
    else if (v->kind == REPORT_BOOL)
        text_add_string(row->text, v->number ? "true" : "false");
    else if (row->format == REPORT_JSON)
        text_add_string(row->text, "null");
}

void row_add(struct row *row, const char *name, const struct report_value *v)
{
    add_separator(row, name);
    add_value(row, v);
}

void row_list_begin(struct row *row, const char *name)
{
    add_separator(row, name);
    row->in_list = false;
    text_clear(&row->list);
    text_add_byte(row->format == REPORT_JSON ? row->text : &row->list,
                  row->format == REPORT_JSON ? '[' : '{');
}

/* PostgreSQL's array literal: quoted where it must be, \ before " and \. */
static void add_literal(struct text *list, struct span s)
{
    bool quote = s.length == 0 || span_equal_nocase(s, SPAN_LITERAL("null"));

    for (size_t i = 0; i < s.length && !quote; i++)
        quote = strchr("{},\"\\ \t\r\n\v\f", s.data[i]) != NULL;
    if (quote)
        text_add_byte(list, '"');
    for (size_t i = 0; i < s.length; i++) {
        if (s.data[i] == '"' || s.data[i] == '\\')
            text_add_byte(list, '\\');
        text_add_byte(list, s.data[i]);
    }
    if (quote)
        text_add_byte(list, '"');
}

void row_add_item(struct row *row, const struct report_value *v)
{
    struct text *to = row->format == REPORT_JSON ? row->text : &row->list;

    if (row->in_list)
        text_add_byte(to, ',');
    row->in_list = true;
    if (row->format == REPORT_JSON)
        add_value(row, v);
    else if (v->kind == REPORT_TEXT)
        add_literal(to, v->text);
    else if (v->kind == REPORT_NUMBER)
        text_add_number(to, v->number);
}

void row_list_end(struct row *row)
{
    if (row->format == REPORT_JSON) {
        text_add_byte(row->text, ']');
        return;
    }
    text_add_byte(&row->list, '}');
    if (row->list.failed)
        row->text->failed = true;
    add_text(row, text_span(&row->list));
}

void row_add_name(struct row *row, const char *name)
{
    add_separator(row, name);
    text_add_string(row->text, name);
}
