#include "report/show.h"

#include <stdlib.h>

#include "report/calls.h"
#include "report/messages.h"

static void add_heading(struct text *out, const struct table_style *style,
                        const char *words)
{
    text_add_byte(out, '\n');
    text_add_string(out, style->colour ? "\033[1m" : "");
    text_add_string(out, words);
    text_add_string(out, style->colour ? "\033[0m\n" : "\n");
}

/* A value on one line as it stands in a table's cell or beside its name. */
static void add_plain(struct text *text, const struct report_value *v)
{
    if (v->kind == REPORT_TEXT || v->kind == REPORT_OBJECT)
        report_add_unfolded(text, v->text);
    else if (v->kind == REPORT_NUMBER)
        text_add_number(text, v->number);
    else if (v->kind == REPORT_BOOL)
        text_add_string(text, v->number ? "true" : "false");
    else
        text_add_byte(text, '-');
}

static void add_items(struct text *text, const struct report_column *column,
                      const struct report_call *call, size_t count)
{
    struct report_value item;

    for (size_t i = 0; i < count; i++) {
        report_column_item(column, call, i, &item);
        text_add_string(text, i ? ", " : "");
        add_plain(text, &item);
    }
}

#define NAME_COLUMNS 18

static void add_record(const struct report_call *call,
                       const struct table_style *style, struct text *out)
{
    size_t width = style->width == SIZE_MAX || style->width < NAME_COLUMNS + 10
                       ? SIZE_MAX
                       : style->width - NAME_COLUMNS;
    struct report_value v;
    struct text value;

    text_init(&value);
    for (size_t i = 0; i < report_column_count; i++) {
        const struct report_column *c = report_column_at(i);

        report_column_value(c, call, &v);
        if (v.kind == REPORT_NULL || (v.kind == REPORT_LIST && !v.number))
            continue;
        text_clear(&value);
        if (v.kind == REPORT_LIST)
            add_items(&value, c, call, (size_t)v.number);
        else
            add_plain(&value, &v);
        text_add_format(out, "%-*s", NAME_COLUMNS, report_column_name(c));
        (void)text_add_visible(out, text_span(&value), width);
        text_add_byte(out, '\n');
    }
    out->failed |= value.failed;
    text_fini(&value);
}

/* A cell made of the value that is already in text, which is cleared. */
static void add_cell(struct report_table *table, struct text *text,
                     enum table_colour colour)
{
    if (!text->length)
        text_add_byte(text, '-');
    report_table_add(table, text_span(text), colour);
    text_clear(text);
}

static void add_clock(struct text *text, int64_t at_us)
{
    char time[TIME_TEXT_BYTES];
    size_t n = time_write(at_us, time);
    size_t from = strcspn(time, " ") + 1;

    if (at_us != TIME_NONE && n > from + 3)
        text_add_bytes(text, span_of(time + from, n - from - 3));
}

static void add_dialogs(const struct call_view *view,
                        const struct table_style *style, struct text *out)
{
    static const struct table_column columns[] = {
        {"caller's tag", false, 0, 12, 0}, {"callee's tag", false, 0, 12, 0},
        {"usage", false, 4, 0, 0},         {"state", false, 0, 0, 0},
        {"early", false, 3, 0, 0},         {"confirmed", false, 3, 0, 0},
        {"terminated", false, 3, 0, 0},    {"remote target", false, 2, 16, 0},
        {"route set", false, 1, 16, 0},
    };
    struct report_table table;
    struct text cell;

    report_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    text_init(&cell);
    for (size_t i = 0; i < view->dialog_count; i++) {
        const struct dialog_record *d = &view->dialogs[i];

        text_add_bytes(&cell, d->local_tag);
        add_cell(&table, &cell, TABLE_PLAIN);
        text_add_bytes(&cell, d->remote_tag);
        add_cell(&table, &cell, TABLE_PLAIN);
        text_add_string(&cell, dialog_usage_name(d->usage));
        add_cell(&table, &cell, TABLE_PLAIN);
        text_add_string(&cell, dialog_state_name(d->state));
        add_cell(&table, &cell, TABLE_PLAIN);
        add_clock(&cell, d->early_at);
        add_cell(&table, &cell, TABLE_PLAIN);
        add_clock(&cell, d->confirmed_at);
        add_cell(&table, &cell, TABLE_PLAIN);
        add_clock(&cell, d->terminated_at);
        add_cell(&table, &cell, TABLE_PLAIN);
        report_add_unfolded(&cell, d->remote_target);
        add_cell(&table, &cell, TABLE_PLAIN);
        report_add_unfolded(&cell, d->route_set);
        add_cell(&table, &cell, TABLE_PLAIN);
    }
    report_table_write(&table, style, out);
    out->failed |= cell.failed;
    text_fini(&cell);
    report_table_fini(&table);
}

/* What the messages of one transaction say together. */
struct transaction {
    const struct message_record *first; /* the request, or what came first */
    const struct message_record *final; /* its first final response */
    int64_t request_ns;                 /* 0 where the request was not seen */
    uint32_t requests;
    uint32_t responses;
    uint32_t retransmissions;
};

static bool is_final(const struct message_record *m)
{
    return !m->seen->message.is_request && m->seen->message.status_code >= 200;
}

static void gather(struct transaction *t, const struct message_record *m)
{
    const struct sip_message *s = &m->seen->message;

    if (m->duplicate)
        return;
    /* An ACK of a final >= 300 is of the INVITE's transaction. */
    if (!t->first || (s->is_request && !t->request_ns && s->method != SIP_ACK))
        t->first = m;
    if (s->is_request && s->method != SIP_ACK && !t->request_ns)
        t->request_ns = m->seen->arrival.time_ns;
    if (is_final(m) && !t->final)
        t->final = m;
    t->requests += s->is_request;
    t->responses += !s->is_request;
    t->retransmissions += m->retransmission;
}

static uint32_t transaction_count(const struct call_view *view)
{
    uint32_t count = 0;

    for (size_t i = 0; i < view->message_count; i++) {
        uint32_t t = view->messages[i].transaction;

        if (t != TRANSACTION_NONE && t >= count && t < view->message_count)
            count = t + 1;
    }
    return count;
}

static enum table_colour status_colour(const struct sip_message *m)
{
    static const enum table_colour classes[] = {
        TABLE_PLAIN,  TABLE_DIM, TABLE_GREEN, TABLE_PURPLE,
        TABLE_YELLOW, TABLE_RED, TABLE_RED};

    if (m->is_request)
        return TABLE_BLUE;
    return m->status_code >= 100 && m->status_code < 700
               ? classes[m->status_code / 100]
               : TABLE_PLAIN;
}

static void add_way(struct text *text, const struct message_record *m,
                    bool turned)
{
    const struct arrival *a = &m->seen->arrival;
    char side[ENDPOINT_TEXT_BYTES];
    size_t n = endpoint_write(turned ? &a->dst : &a->src, side);

    text_add_bytes(text, span_of(side, n));
    text_add_string(text, " > ");
    n = endpoint_write(turned ? &a->src : &a->dst, side);
    text_add_bytes(text, span_of(side, n));
}

static void add_transaction(struct report_table *table,
                            const struct transaction *t, struct text *cell)
{
    const struct sip_message *m = &t->first->seen->message;

    if (m->is_request)
        text_add_bytes(cell, m->method_name);
    else
        text_add_bytes(cell, m->cseq_method_name);
    add_cell(table, cell, TABLE_BLUE);
    if (m->has_cseq)
        text_add_number(cell, m->cseq);
    add_cell(table, cell, TABLE_PLAIN);
    if (t->first->hop)
        text_add_number(cell, t->first->hop);
    add_cell(table, cell, TABLE_PLAIN);
    add_way(cell, t->first, !m->is_request);
    add_cell(table, cell, TABLE_PLAIN);
    if (t->final)
        text_add_number(cell, t->final->seen->message.status_code);
    add_cell(table, cell,
             t->final ? status_colour(&t->final->seen->message) : TABLE_PLAIN);
    if (t->final && t->request_ns)
        report_add_seconds(
            cell,
            time_ms_between(time_us_of_ns(t->request_ns),
                            time_us_of_ns(t->final->seen->arrival.time_ns)));
    add_cell(table, cell, TABLE_PLAIN);
    text_add_number(cell, t->retransmissions);
    add_cell(table, cell, TABLE_PLAIN);
    text_add_bytes(cell, m->via_branch);
    add_cell(table, cell, TABLE_PLAIN);
}

static void add_transactions(const struct call_view *view,
                             const struct table_style *style, struct text *out)
{
    static const struct table_column columns[] = {
        {"method", false, 0, 0, 0},  {"cseq", true, 0, 0, 0},
        {"hop", true, 3, 0, 0},      {"from > to", false, 0, 0, 0},
        {"final", true, 0, 0, 0},    {"after s", true, 0, 0, 0},
        {"repeated", true, 2, 0, 0}, {"branch", false, 1, 12, 0},
    };
    uint32_t count = transaction_count(view);
    struct transaction *all = calloc(count + 1, sizeof(*all));
    struct report_table table;
    struct text cell;

    if (!all) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < view->message_count; i++)
        if (view->messages[i].transaction < count)
            gather(&all[view->messages[i].transaction], &view->messages[i]);
    report_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    text_init(&cell);
    for (uint32_t i = 0; i < count; i++)
        if (all[i].first)
            add_transaction(&table, &all[i], &cell);
    report_table_write(&table, style, out);
    out->failed |= cell.failed;
    text_fini(&cell);
    report_table_fini(&table);
    free(all);
}

/* Their words stand below the messages. */
static void add_names(struct text *cell, const struct anomaly_set *set)
{
    for (unsigned i = 0; i < ANOMALY_COUNT; i++) {
        if (!anomaly_set_has(set, (enum anomaly)i))
            continue;
        text_add_string(cell, cell->length ? ", " : "");
        text_add_string(cell, anomaly_name((enum anomaly)i));
    }
}

static void add_message_row(struct report_table *table,
                            const struct message_record *m, struct text *cell)
{
    const struct sip_message *s = &m->seen->message;
    bool pale = m->retransmission || m->duplicate;
    char what[8];

    text_add_padded(cell, m->seen->arrival.frame, 1);
    add_cell(table, cell, TABLE_PLAIN);
    add_clock(cell, time_us_of_ns(m->seen->arrival.time_ns));
    add_cell(table, cell, TABLE_PLAIN);
    add_way(cell, m, false);
    add_cell(table, cell, TABLE_PLAIN);
    text_add_bytes(cell, report_message_what(s, what));
    if (!s->is_request && s->reason_phrase.length) {
        text_add_byte(cell, ' ');
        text_add_bytes(cell, s->reason_phrase);
    }
    add_cell(table, cell, pale ? TABLE_DIM : status_colour(s));
    report_add_unfolded(cell, sip_message_value(s, SIP_HEADER_CSEQ));
    add_cell(table, cell, TABLE_PLAIN);
    if (m->duplicate)
        text_add_string(cell, "copy");
    else if (m->retransmission)
        text_add_string(cell, "retransmission");
    add_names(cell, &m->anomalies);
    report_table_add(table, text_span(cell),
                     anomaly_set_empty(&m->anomalies) ? TABLE_DIM
                                                      : TABLE_YELLOW);
    text_clear(cell);
}

static void add_messages(const struct call_view *view,
                         const struct table_style *style, struct text *out)
{
    static const struct table_column columns[] = {
        {"frame", true, 2, 0, 0},      {"time (UTC)", false, 0, 0, 0},
        {"from > to", false, 0, 0, 0}, {"message", false, 0, 12, 0},
        {"cseq", false, 1, 0, 0},      {"note", false, 0, 14, 0},
    };
    struct report_table table;
    struct text cell;

    report_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]));
    text_init(&cell);
    for (size_t i = 0; i < view->message_count; i++)
        add_message_row(&table, &view->messages[i], &cell);
    report_table_write(&table, style, out);
    out->failed |= cell.failed;
    text_fini(&cell);
    report_table_fini(&table);
}

/* Records outlive the bytes of their messages (siptrail db prune). */
static void add_texts_gone(const struct call_view *view, struct text *out)
{
    int64_t gone = 0;

    for (size_t i = 0; i < view->message_count; i++)
        gone += !view->messages[i].duplicate &&
                !view->messages[i].seen->message.text.length;
    if (!gone)
        return;
    text_add_string(out, "text dropped by retention: of ");
    text_add_number(out, gone);
    text_add_string(out, gone == 1 ? " message\n" : " messages\n");
}

#define TUNNELS_TOLD 16

/* Each way in which messages came wrapped, with how many and the first. */
static void add_tunnels(const struct call_view *view,
                        const struct table_style *style, struct text *out)
{
    struct {
        const struct message_record *first;
        uint32_t count;
    } ways[TUNNELS_TOLD];
    char words[TUNNELS_TEXT_BYTES];
    size_t count = 0;
    size_t more = 0;

    for (size_t i = 0; i < view->message_count; i++) {
        const struct tunnels *around = view->messages[i].seen->arrival.around;
        size_t k = 0;

        if (!around)
            continue;
        while (k < count &&
               !tunnels_equal(ways[k].first->seen->arrival.around, around))
            k++;
        if (k == TUNNELS_TOLD) {
            more++;
            continue;
        }
        if (k == count) {
            ways[count].first = &view->messages[i];
            ways[count++].count = 0;
        }
        ways[k].count++;
    }
    if (count)
        add_heading(out, style, "tunnels");
    for (size_t k = 0; k < count; k++) {
        (void)tunnels_write(ways[k].first->seen->arrival.around, words);
        text_add_format(out, "%s: %u %s, first in frame %llu\n", words,
                        ways[k].count,
                        ways[k].count == 1 ? "message" : "messages",
                        (unsigned long long)ways[k].first->seen->arrival.frame);
    }
    if (more)
        text_add_format(out, "and %zu messages in others\n", more);
}

/* Whose answer does not arrive where: the side whose path is broken. */
static void add_side(struct text *out, const struct message_record *m)
{
    char text[ADDRESS_TEXT_BYTES];

    text_add_string(out, ": what ");
    text_add_bytes(
        out, span_of(text, address_write(&m->seen->arrival.dst.address, text)));
    text_add_string(out, " answers does not reach ");
    text_add_bytes(
        out, span_of(text, address_write(&m->seen->arrival.src.address, text)));
}

/* One line an anomaly of a message: frame, name, clause, in words. */
static bool add_anomalies_of(const struct message_record *m,
                             const struct table_style *style, struct text *out)
{
    bool any = false;

    for (unsigned i = 0; i < ANOMALY_COUNT; i++) {
        enum anomaly a = (enum anomaly)i;

        if (!anomaly_set_has(&m->anomalies, a))
            continue;
        any = true;
        text_add_string(out, "frame ");
        text_add_padded(out, m->seen->arrival.frame, 1);
        text_add_string(out, ": ");
        table_add_coloured(out, style, TABLE_YELLOW, anomaly_name(a));
        text_add_string(out, ": ");
        text_add_string(out, anomaly_text(a));
        if (a == ANOMALY_RESPONSE_NOT_HEARD)
            add_side(out, m);
        if (*anomaly_clause(a)) {
            text_add_string(out, " (");
            text_add_string(out, anomaly_clause(a));
            text_add_byte(out, ')');
        }
        text_add_byte(out, '\n');
    }
    return any;
}

static void add_anomalies(const struct call_view *view,
                          const struct table_style *style, struct text *out)
{
    struct text lines;
    bool any = false;

    text_init(&lines);
    for (size_t i = 0; i < view->message_count; i++)
        any |= add_anomalies_of(&view->messages[i], style, &lines);
    if (any) {
        add_heading(out, style, "anomalies");
        text_add_bytes(out, text_span(&lines));
    }
    out->failed |= lines.failed;
    text_fini(&lines);
}

void report_show(const struct call_view *view, const struct report_call *call,
                 const struct table_style *style, struct text *out)
{
    add_record(call, style, out);
    if (view->dialog_count) {
        add_heading(out, style, "dialogs");
        add_dialogs(view, style, out);
    }
    if (view->message_count) {
        add_heading(out, style, "transactions");
        add_transactions(view, style, out);
        add_heading(out, style, "messages");
        add_messages(view, style, out);
        add_texts_gone(view, out);
    }
    add_tunnels(view, style, out);
    add_anomalies(view, style, out);
}
