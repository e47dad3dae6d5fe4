#include "sip/message.h"

#include "sip/chars.h"
#include "sip/header_section.h"
#include "sip/lines.h"
#include "sip/mandatory.h"
#include "sip/start_line.h"

/* A first line longer than this is none of SIP's. */
#define START_LINE_MAX 65536
#define HEADER_NAME_PREFIX_MAX 64
/* Empty lines between start line and headers that are looked through. */
#define LINE_ENDS_MAX 512

/* --- recognition ---------------------------------------------------------- */

static size_t leading_line_ends(struct span s)
{
    size_t i = 0;

    while (i < s.length && (s.data[i] == '\r' || s.data[i] == '\n'))
        i++;
    return i;
}

/* 1 a header line begins here, 0 none, -1 too short to say */
static int header_begins(struct span s)
{
    size_t ends = leading_line_ends(span_part(s, 0, LINE_ENDS_MAX));
    size_t run, blanks;

    if (ends == LINE_ENDS_MAX)
        return 0;
    s = span_part(s, ends, HEADER_NAME_PREFIX_MAX);
    run = sip_chars_run(s, SIP_CHAR_TOKEN);
    blanks = run;
    while (blanks < s.length &&
           (s.data[blanks] == ' ' || s.data[blanks] == '\t'))
        blanks++;
    if (blanks < s.length)
        return run > 0 && s.data[blanks] == ':';
    return s.length < HEADER_NAME_PREFIX_MAX ? -1 : 0;
}

int sip_sniff_header(struct span bytes)
{
    return header_begins(bytes);
}

/* Of a weak start line: the header behind it must be one of SIP's. */
static int known_header_begins(struct span s)
{
    int begins = header_begins(s);
    struct span label = span_from(s, leading_line_ends(s));

    if (begins <= 0)
        return begins;
    label = span_part(label, 0, span_find_byte(label, ':'));
    return sip_header_parse(sip_chars_trim_end(label)) != SIP_HEADER_OTHER;
}

static bool ends_with_version(struct span line)
{
    static const char version[] = "SIP/2.0";

    return line.length > 7 &&
           memcmp(line.data + line.length - 7, version, 7) == 0;
}

/*
 * As sip_sniff(), for bytes without empty lines before them. Where the line
 * is cut off but can be used as it is, start_out->version is set.
 */
static int recognise(struct span s, struct sip_start_line *start_out)
{
    size_t end = span_find_byte(span_part(s, 0, START_LINE_MAX), '\n');
    struct span line = span_part(s, 0, end);
    int weak;

    *start_out = (struct sip_start_line){0};
    if (!s.length || end >= START_LINE_MAX)
        return s.length ? 0 : -1;
    if (line.length && line.data[line.length - 1] == '\r')
        line.length--;
    /* RTP and the like: most first bytes say no at once */
    if (!sip_char_is(line.data[0], SIP_CHAR_TOKEN | SIP_CHAR_BLANK) &&
        !ends_with_version(line))
        return 0;
    switch (sip_start_line_parse(line, start_out)) {
    case SIP_START_LINE_SURE:
        return end < s.length ? 1 : -1;
    case SIP_START_LINE_WEAK:
        weak = end < s.length ? known_header_begins(span_from(s, end + 1)) : -1;
        if (weak == 1 || end == s.length)
            return weak;
        *start_out = (struct sip_start_line){0};
        return weak;
    case SIP_START_LINE_NONE:
        break;
    }
    *start_out = (struct sip_start_line){0};
    return end == s.length && sip_start_line_begins(s) ? -1 : 0;
}

int sip_sniff(struct span bytes)
{
    struct sip_start_line start;

    return recognise(span_from(bytes, leading_line_ends(bytes)), &start);
}

/* --- the end of the message ----------------------------------------------- */

/*
 * Some senders join responses in one datagram, without Content-Length: what
 * follows the empty line is then no body but the next start line.
 */
static bool next_message_begins(const struct sip_message *m, struct span rest)
{
    return !sip_message_has(m, SIP_HEADER_CONTENT_TYPE) && sip_sniff(rest) == 1;
}

/* Bytes of @rest, behind the empty line, that are the body's. */
static size_t body_length(struct sip_message *m, enum sip_source source,
                          struct span rest)
{
    if (m->content_length < 0) {
        if (source == SIP_FROM_STREAM) {
            if (!sip_message_has(m, SIP_HEADER_CONTENT_LENGTH))
                sip_message_note(m, ANOMALY_CONTENT_LENGTH_MISSING);
            return 0;
        }
        return next_message_begins(m, rest) ? 0 : rest.length;
    }
    if ((uint64_t)m->content_length > rest.length) {
        sip_message_note(m, source == SIP_FROM_STREAM
                                ? ANOMALY_MESSAGE_TRUNCATED
                                : ANOMALY_CONTENT_LENGTH_LONG);
        m->status = SIP_PARSE_PARTIAL;
        return rest.length;
    }
    return (size_t)m->content_length;
}

/* Bytes behind the body in a datagram: padding is the message's own. */
static size_t trailing_bytes(struct sip_message *m, struct span rest)
{
    size_t padding = 0;

    if (!rest.length)
        return 0;
    if (m->content_length >= 0)
        sip_message_note(m, ANOMALY_CONTENT_LENGTH_SHORT);
    while (padding < rest.length &&
           (sip_char_is(rest.data[padding], SIP_CHAR_BLANK) ||
            rest.data[padding] == '\0'))
        padding++;
    return padding == rest.length ? padding : 0;
}

static void take_start_line(struct sip_message *m,
                            const struct sip_start_line *start)
{
    m->is_request = start->is_request;
    m->method_name = start->method;
    m->method = sip_method_parse(start->method);
    m->request_uri = start->uri;
    m->status_code = start->code;
    m->reason_phrase = start->reason_phrase;
    anomaly_set_merge(&m->anomalies, &start->anomalies);
}

/* @return Bytes of text behind the start line that are the message's */
static size_t take_rest(struct sip_message *m, enum sip_source source,
                        struct sip_header_section *w)
{
    struct span rest;
    size_t length, taken;

    sip_header_section_take(m, w);
    rest = span_of(w->at, (size_t)(w->end - w->at));
    if (!w->terminated) {
        sip_message_note(m, ANOMALY_HEADERS_UNTERMINATED);
        m->status = SIP_PARSE_PARTIAL;
    }
    length = w->terminated ? body_length(m, source, rest) : rest.length;
    m->body = span_part(rest, 0, length);
    rest = span_from(rest, length);
    taken = (size_t)(rest.data - m->text.data);
    m->text.length = taken;
    return source == SIP_FROM_DATAGRAM ? taken + trailing_bytes(m, rest)
                                       : taken;
}

/* The start line as nearly all are. @return false: it is another, or none */
static bool take_plain_start(struct sip_header_section *w,
                             struct sip_start_line *start_out)
{
    struct sip_mark_steps s;
    const char *end;

    w->marks.from = w->marks.to = w->at;
    if (w->end - w->at < SIP_MARKS_LEAST)
        return false;
    sip_marks_make(span_of(w->at, (size_t)(w->end - w->at)), &w->marks);
    sip_mark_steps_from(&w->marks, w->at, &s);
    end = sip_mark_step(&s);
    if (!sip_mark_is_plain(end, w->marks.to - 3) ||
        sip_start_line_parse(span_of(w->at, (size_t)(end - w->at)),
                             start_out) != SIP_START_LINE_SURE)
        return false;
    w->at = end + 2;
    return true;
}

size_t sip_message_parse(struct span text, enum sip_source source,
                         struct sip_header *headers, uint32_t header_cap,
                         struct sip_message *message_out)
{
    struct sip_message *m = message_out;
    size_t leading = leading_line_ends(text);
    struct sip_start_line start;
    struct sip_header_section w;
    int recognised = 1;
    bool plain;

    text = span_part(text, leading, UINT32_MAX);
    sip_header_section_begin(&w, text.data, span_end(text),
                             header_cap < SIP_HEADERS_MAX ? header_cap
                                                          : SIP_HEADERS_MAX);
    plain = take_plain_start(&w, &start);
    if (!plain)
        recognised = recognise(text, &start);
    if (recognised == 0 || (recognised < 0 && !start.version.length))
        return 0;
    *m = (struct sip_message){
        .text = text, .content_length = -1, .headers = headers};
    if (leading)
        sip_message_note(m, ANOMALY_LEADING_CRLF);
    take_start_line(m, &start);
    if (!plain)
        w.at = sip_line_find(w.at, w.end, &m->anomalies).next;
    leading += take_rest(m, source, &w);
    sip_mandatory_check(m);
    sip_mandatory_hash(m);
    if (!m->is_request) {
        m->method = m->cseq_method;
        m->method_name = m->cseq_method_name;
    }
    return leading;
}

static inline void move(struct span *s, const char *from, const char *to)
{
    if (s->data)
        s->data = to + (s->data - from);
}

void sip_message_move(struct sip_message *m, const char *text,
                      struct sip_header *headers)
{
    const char *from = m->text.data;

    move(&m->text, from, text);
    move(&m->body, from, text);
    move(&m->method_name, from, text);
    move(&m->request_uri, from, text);
    move(&m->reason_phrase, from, text);
    move(&m->call_id, from, text);
    move(&m->from, from, text);
    move(&m->to, from, text);
    move(&m->from_tag, from, text);
    move(&m->to_tag, from, text);
    move(&m->cseq_method_name, from, text);
    move(&m->via_top, from, text);
    move(&m->via_sent_by, from, text);
    move(&m->via_branch, from, text);
    m->headers = headers;
}

/* --- access --------------------------------------------------------------- */

/* Four a step: most messages have ten or more. */
static const struct sip_header *find_header(const struct sip_header *h,
                                            const struct sip_header *end,
                                            enum sip_header_id id)
{
    for (; end - h >= 4; h += 4) {
        if (h[0].id == id)
            return h;
        if (h[1].id == id)
            return h + 1;
        if (h[2].id == id)
            return h + 2;
        if (h[3].id == id)
            return h + 3;
    }
    while (h < end && h->id != id)
        h++;
    return h;
}

bool sip_message_next_value(const struct sip_message *m, enum sip_header_id id,
                            uint32_t *cursor, struct span *value_out)
{
    const struct sip_header *end = m->headers + m->header_count, *h;

    if (!sip_message_has(m, id))
        return false;
    h = find_header(m->headers + *cursor, end, id);
    *cursor = m->header_count;
    if (h == end)
        return false;
    *value_out = sip_header_value(m, h);
    *cursor = (uint32_t)(h + 1 - m->headers);
    return true;
}

struct span sip_message_value(const struct sip_message *m,
                              enum sip_header_id id)
{
    const struct sip_header *end = m->headers + m->header_count, *h;

    if (!sip_message_has(m, id))
        return SPAN_NONE;
    h = find_header(m->headers, end, id);
    return h < end ? sip_header_value(m, h) : SPAN_NONE;
}

struct span sip_message_value_named(const struct sip_message *m,
                                    struct span label)
{
    for (uint32_t i = 0; i < m->header_count; i++) {
        const struct sip_header *h = &m->headers[i];

        if (span_equal_nocase(
                span_of(m->text.data + h->name_at, h->name_length), label))
            return sip_header_value(m, h);
    }
    return SPAN_NONE;
}
