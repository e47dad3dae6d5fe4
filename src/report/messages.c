#include "report/messages.h"

#include <stdio.h>

struct span report_message_what(const struct sip_message *m, char buffer[8])
{
    int n;

    if (m->is_request)
        return m->method_name.length ? m->method_name : SPAN_LITERAL("-");
    if (m->status_code == 0)
        return SPAN_LITERAL("-");
    n = snprintf(buffer, 8, "%u", (unsigned)m->status_code);
    return span_of(buffer, n < 0 ? 0 : (size_t)n);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void report_add_unfolded(struct text *text, struct span value)
{
    size_t i = 0;

    while (i < value.length) {
        size_t run = i;
        bool fold = false;

        while (run < value.length && is_blank(value.data[run])) {
            fold |= value.data[run] == '\n';
            run++;
        }
        if (run == i)
            text_add_byte(text, value.data[i++]);
        else
            text_add_spaces(text, fold ? 1 : run - i);
        if (run > i)
            i = run;
    }
}

/* A field of a TSV line: one line, "-" for none. */
static void add_field(struct text *text, struct span value)
{
    struct text line;

    if (!value.length) {
        text_add_byte(text, '-');
        return;
    }
    if (memchr(value.data, '\t', value.length) == NULL &&
        memchr(value.data, '\n', value.length) == NULL) {
        text_add_tsv(text, value);
        return;
    }
    text_init(&line);
    report_add_unfolded(&line, value);
    text->failed |= line.failed;
    text_add_tsv(text, text_span(&line));
    text_fini(&line);
}

static void add_epoch(struct text *text, int64_t time_ns)
{
    uint64_t size = time_ns < 0 ? -(uint64_t)time_ns : (uint64_t)time_ns;

    if (time_ns < 0)
        text_add_byte(text, '-');
    text_add_padded(text, size / 1000000000, 1);
    text_add_byte(text, '.');
    text_add_padded(text, size % 1000000000, 9);
}

static void add_note(struct text *notes, const char *note)
{
    if (notes->length)
        text_add_byte(notes, ',');
    text_add_string(notes, note);
}

static void add_notes(struct text *text, const struct observation *o,
                      const struct message_record *record)
{
    char tunnels[TUNNELS_TEXT_BYTES];
    struct text notes;

    text_init(&notes);
    if (o->arrival.fragmented)
        add_note(&notes, "ip-reassembled");
    if (o->arrival.truncated)
        add_note(&notes, "truncated");
    if (o->message.status != SIP_PARSE_OK)
        add_note(&notes, "malformed");
    if (o->arrival.vlan)
        add_note(&notes, "vlan");
    if (o->arrival.around) {
        (void)tunnels_write(o->arrival.around, tunnels);
        add_note(&notes, tunnels);
    }
    if (record && record->retransmission)
        add_note(&notes, "retransmission");
    if (record ? record->duplicate : o->duplicate)
        add_note(&notes, "duplicate");
    text->failed |= notes.failed;
    add_field(text, text_span(&notes));
    text_fini(&notes);
}

static void add_endpoint(struct text *text, const struct endpoint *e)
{
    char address[ADDRESS_TEXT_BYTES];

    text_add_bytes(text, span_of(address, address_write(&e->address, address)));
    text_add_byte(text, '\t');
    text_add_padded(text, e->port, 1);
    text_add_byte(text, '\t');
}

static void message_line(const struct observation *o,
                         const struct message_record *record, struct text *text)
{
    const struct sip_message *m = &o->message;
    char buffer[8];

    text_add_padded(text, o->arrival.frame, 1);
    text_add_byte(text, '\t');
    add_epoch(text, o->arrival.time_ns);
    text_add_byte(text, '\t');
    add_endpoint(text, &o->arrival.src);
    add_endpoint(text, &o->arrival.dst);
    text_add_string(text, transport_name(o->arrival.transport));
    text_add_byte(text, '\t');
    add_field(text, report_message_what(m, buffer));
    text_add_byte(text, '\t');
    add_field(text, sip_message_value(m, SIP_HEADER_CSEQ));
    text_add_byte(text, '\t');
    add_field(text, m->call_id);
    text_add_byte(text, '\t');
    add_field(text, m->via_branch);
    text_add_byte(text, '\t');
    add_notes(text, o, record);
    text_add_byte(text, '\n');
}

enum message_column {
    M_AT,
    M_FRAME,
    M_SRC_IP,
    M_SRC_PORT,
    M_DST_IP,
    M_DST_PORT,
    M_TRANSPORT,
    M_IS_REQUEST,
    M_METHOD,
    M_STATUS_CODE,
    M_REASON_PHRASE,
    M_REQUEST_URI,
    M_CSEQ,
    M_CSEQ_METHOD,
    M_CALL_ID,
    M_BRANCH,
    M_FROM_TAG,
    M_TO_TAG,
    M_CONTENT_TYPE,
    M_RETRANSMISSION,
    M_DUPLICATE,
    M_PARSE_STATUS,
    M_ANOMALIES,
    M_LENGTH,
    M_TUNNEL,
    M_OUTER_SRC_IP,
    M_OUTER_DST_IP,
    M_COUNT
};

static const char *const names[M_COUNT] = {
    [M_AT] = "at",
    [M_FRAME] = "frame",
    [M_SRC_IP] = "src_ip",
    [M_SRC_PORT] = "src_port",
    [M_DST_IP] = "dst_ip",
    [M_DST_PORT] = "dst_port",
    [M_TRANSPORT] = "transport",
    [M_IS_REQUEST] = "is_request",
    [M_METHOD] = "method",
    [M_STATUS_CODE] = "status_code",
    [M_REASON_PHRASE] = "reason_phrase",
    [M_REQUEST_URI] = "request_uri",
    [M_CSEQ] = "cseq",
    [M_CSEQ_METHOD] = "cseq_method",
    [M_CALL_ID] = "call_id",
    [M_BRANCH] = "branch",
    [M_FROM_TAG] = "from_tag",
    [M_TO_TAG] = "to_tag",
    [M_CONTENT_TYPE] = "content_type",
    [M_RETRANSMISSION] = "retransmission",
    [M_DUPLICATE] = "duplicate",
    [M_PARSE_STATUS] = "parse_status",
    [M_ANOMALIES] = "anomalies",
    [M_LENGTH] = "length",
    [M_TUNNEL] = "tunnel",
    [M_OUTER_SRC_IP] = "outer_src_ip",
    [M_OUTER_DST_IP] = "outer_dst_ip",
};

static const char *parse_status_name(enum sip_parse_status status)
{
    static const char *const words[] = {"ok", "partial", "bad"};

    return words[status];
}

/* Columns of where and when it was seen, and by correlation. */
static void seen_value(enum message_column c, const struct observation *o,
                       const struct message_record *record,
                       struct report_value *v)
{
    const struct arrival *a = &o->arrival;

    v->kind = REPORT_NULL;
    if (c == M_AT)
        report_value_time(v, time_us_of_ns(a->time_ns));
    else if (c == M_FRAME)
        report_value_number(v, (int64_t)a->frame, true);
    else if (c == M_SRC_IP)
        report_value_address(v, &a->src.address);
    else if (c == M_SRC_PORT)
        report_value_number(v, a->src.port, true);
    else if (c == M_DST_IP)
        report_value_address(v, &a->dst.address);
    else if (c == M_DST_PORT)
        report_value_number(v, a->dst.port, true);
    else if (c == M_TRANSPORT)
        report_value_text(v, span_of_string(transport_name(a->transport)));
    else if (record && c == M_RETRANSMISSION)
        report_value_bool(v, record->retransmission);
    else if (c == M_DUPLICATE)
        report_value_bool(v, record ? record->duplicate : o->duplicate);
}

/* Columns of the message itself. */
static void message_value(enum message_column c, const struct sip_message *m,
                          struct report_value *v)
{
    if (c == M_IS_REQUEST)
        report_value_bool(v, m->is_request);
    else if (c == M_METHOD)
        report_value_text(v,
                          m->is_request ? m->method_name : m->cseq_method_name);
    else if (c == M_STATUS_CODE)
        report_value_number(v, m->status_code, m->status_code != 0);
    else if (c == M_REASON_PHRASE)
        report_value_text(v, m->reason_phrase);
    else if (c == M_REQUEST_URI)
        report_value_text(v, m->request_uri);
    else if (c == M_CSEQ)
        report_value_number(v, m->cseq, m->has_cseq);
    else if (c == M_CSEQ_METHOD)
        report_value_text(v, m->cseq_method_name);
    else if (c == M_CALL_ID)
        report_value_text(v, m->call_id);
    else if (c == M_BRANCH)
        report_value_text(v, m->via_branch);
    else if (c == M_FROM_TAG)
        report_value_text(v, m->from_tag);
    else if (c == M_TO_TAG)
        report_value_text(v, m->to_tag);
    else if (c == M_CONTENT_TYPE)
        report_value_text(v, sip_message_value(m, SIP_HEADER_CONTENT_TYPE));
    else if (c == M_PARSE_STATUS)
        report_value_text(v, span_of_string(parse_status_name(m->status)));
    else
        report_value_number(v, (int64_t)m->text.length, true);
}

static void add_anomalies(struct row *row, const struct anomaly_set *set)
{
    struct report_value v;

    row_list_begin(row, names[M_ANOMALIES]);
    for (unsigned a = 0; a < ANOMALY_COUNT; a++) {
        if (!anomaly_set_has(set, (enum anomaly)a))
            continue;
        report_value_text(&v, span_of_string(anomaly_name((enum anomaly)a)));
        row_add_item(row, &v);
    }
    row_list_end(row);
}

/* Columns of what it came wrapped in; @p room is borrowed by the value. */
static void tunnel_value(enum message_column c, const struct tunnels *around,
                         char room[TUNNELS_KINDS_BYTES], struct report_value *v)
{
    v->kind = REPORT_NULL;
    if (!around)
        return;
    if (c == M_TUNNEL)
        report_value_text(v, span_of(room, tunnels_write_kinds(around, room)));
    else if (c == M_OUTER_SRC_IP)
        report_value_address(v, &around->src);
    else
        report_value_address(v, &around->dst);
}

static bool of_arrival(enum message_column c)
{
    return c <= M_TRANSPORT || c == M_RETRANSMISSION || c == M_DUPLICATE;
}

static void message_row(const struct observation *o,
                        const struct message_record *record,
                        enum report_format format, struct text *text)
{
    char room[TUNNELS_KINDS_BYTES];
    struct report_value v;
    struct row row;

    row_begin(&row, text, format);
    for (unsigned i = 0; i < M_COUNT; i++) {
        enum message_column c = (enum message_column)i;

        if (c == M_ANOMALIES) {
            add_anomalies(&row,
                          record ? &record->anomalies : &o->message.anomalies);
            continue;
        }
        if (of_arrival(c))
            seen_value(c, o, record, &v);
        else if (c >= M_TUNNEL)
            tunnel_value(c, o->arrival.around, room, &v);
        else
            message_value(c, &o->message, &v);
        row_add(&row, names[c], &v);
    }
    row_end(&row);
}

/* A field of the table: padded to a width, cut where it is longer. */
static void add_cell(struct text *text, struct span value, size_t width)
{
    struct text line;

    text_init(&line);
    report_add_unfolded(&line, value);
    text_add_spaces(
        text, width - text_add_visible(text, text_span(&line), width) + 2);
    text->failed |= line.failed;
    text_fini(&line);
}

enum { W_FRAME = 7, W_TIME = 15, W_SIDE = 21, W_WHAT = 9, W_CSEQ = 13 };

#define W_FIXED (W_FRAME + W_TIME + 2 * W_SIDE + W_WHAT + W_CSEQ + 6 * 2)

/* What is left of the line for the Call-ID, which stands last. */
static size_t call_id_width(const struct table_style *style)
{
    if (style->width == SIZE_MAX)
        return SIZE_MAX;
    return style->width > W_FIXED + 8 ? style->width - W_FIXED : 8;
}

static void message_cells(const struct observation *o,
                          const struct table_style *style, struct text *text)
{
    const struct sip_message *m = &o->message;
    char time[TIME_TEXT_BYTES];
    char side[ENDPOINT_TEXT_BYTES];
    char what[8];
    size_t n = time_write(time_us_of_ns(o->arrival.time_ns), time);
    size_t from = strcspn(time, " ") + 1;

    text_add_padded(text, o->arrival.frame, 1);
    for (uint64_t f = 1000000; f > o->arrival.frame && f > 1; f /= 10)
        text_add_byte(text, ' ');
    text_add_spaces(text, 2);
    add_cell(text, span_part(span_of(time, n), from, W_TIME), W_TIME);
    n = endpoint_write(&o->arrival.src, side);
    add_cell(text, span_of(side, n), W_SIDE);
    n = endpoint_write(&o->arrival.dst, side);
    add_cell(text, span_of(side, n), W_SIDE);
    add_cell(text, report_message_what(m, what), W_WHAT);
    add_cell(text, sip_message_value(m, SIP_HEADER_CSEQ), W_CSEQ);
    (void)text_add_visible(text, m->call_id, call_id_width(style));
    text_add_byte(text, '\n');
}

void report_message(const struct observation *seen,
                    const struct message_record *record,
                    enum report_format format, const struct table_style *style,
                    struct text *text)
{
    if (format == REPORT_TSV)
        message_line(seen, record, text);
    else if (format == REPORT_TABLE)
        message_cells(seen, style, text);
    else
        message_row(seen, record, format, text);
}

void report_message_heading(enum report_format format,
                            const struct table_style *style, struct text *text)
{
    struct row row;

    if (format == REPORT_CSV) {
        row_begin(&row, text, format);
        for (unsigned i = 0; i < M_COUNT; i++)
            row_add_name(&row, names[i]);
        row_end(&row);
    } else if (format == REPORT_TABLE) {
        text_add_string(text, style->colour ? "\033[1m" : "");
        text_add_format(text, "%-*s  %-*s  %-*s  %-*s  %-*s  %-*s  %s", W_FRAME,
                        "frame", W_TIME, "time (UTC)", W_SIDE, "from", W_SIDE,
                        "to", W_WHAT, "message", W_CSEQ, "cseq", "call-id");
        text_add_string(text, style->colour ? "\033[0m\n" : "\n");
    }
}
