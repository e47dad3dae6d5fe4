#include "sip/message.h"

#include "base/hash.h"
#include "sip/address.h"
#include "sip/chars.h"
#include "sip/header_find.h"
#include "sip/lines.h"
#include "sip/marks.h"
#include "sip/number.h"
#include "sip/param.h"
#include "sip/plain.h"
#include "sip/start_line.h"
#include "sip/text.h"
#include "sip/via.h"

/* A first line longer than this is none of SIP's. */
#define START_LINE_MAX 65536
#define HEADER_NAME_PREFIX_MAX 64
/* Shorter texts, keep-alives and the like, are not worth a look from afar. */
#define LEAST_MARKED 16
/* Empty lines between start line and headers that are looked through. */
#define LINE_ENDS_MAX 512

/* Where the compiler would choose otherwise: one function for the walk along
 * the lines, and none of its steps' frames in it. */
#define WITHIN static inline __attribute__((always_inline))
#define APART static __attribute__((noinline))

static void name(struct sip_message *m, enum anomaly a)
{
    anomaly_set_add(&m->anomalies, a);
}

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

/* --- what correlation needs ----------------------------------------------- */

APART void take_odd_party(struct sip_message *m, enum sip_header_id id,
                          struct span value, struct span *tag_out)
{
    struct sip_address a;

    m->odd_mask |= UINT64_C(1) << id;
    if (!sip_address_parse(value, &a) || a.any)
        name(m, id == SIP_HEADER_FROM ? ANOMALY_FROM_BAD : ANOMALY_TO_BAD);
    *tag_out = sip_address_tag(&a);
}

APART void take_from(struct sip_message *m, struct span value)
{
    m->from = value;
    if (!sip_plain_party(value, &m->from_tag))
        take_odd_party(m, SIP_HEADER_FROM, value, &m->from_tag);
}

APART void take_to(struct sip_message *m, struct span value)
{
    m->to = value;
    if (!sip_plain_party(value, &m->to_tag))
        take_odd_party(m, SIP_HEADER_TO, value, &m->to_tag);
}

APART void take_cseq(struct sip_message *m, struct span value)
{
    struct sip_cseq cseq;
    bool ok = sip_cseq_parse(value, &cseq);

    m->has_cseq = ok;
    m->cseq = cseq.number;
    m->cseq_method = cseq.method;
    m->cseq_method_name = cseq.method_name;
    if (!ok || cseq.number > INT32_MAX)
        name(m, ANOMALY_CSEQ_BAD);
}

static void take_via_top(struct sip_message *m, struct span value)
{
    struct sip_via via;

    m->via_top = value;
    if (!sip_via_head_parse(value, &via))
        name(m, ANOMALY_VIA_BAD);
    m->via_sent_by = via.sent_by;
    m->via_branch = sip_param_value(via.params, SPAN_LITERAL("branch"));
}

static void take_odd_via(struct sip_message *m, struct span rest)
{
    struct span value;

    m->odd_mask |= UINT64_C(1) << SIP_HEADER_VIA;
    while (sip_list_next(&rest, &value))
        if (m->via_count++ == 0)
            take_via_top(m, value);
}

APART void take_via(struct sip_message *m, struct span rest)
{
    struct sip_plain_via plain;

    if (sip_plain_via(rest, &plain)) {
        if (m->via_count == 0) {
            m->via_top = plain.top;
            m->via_sent_by = plain.sent_by;
            m->via_branch = plain.branch;
        }
        m->via_count += plain.count;
    } else {
        take_odd_via(m, rest);
    }
}

APART void take_content_length(struct sip_message *m, struct span value,
                               bool again)
{
    uint64_t length;
    bool ok = span_to_u64(value, SIP_CONTENT_LENGTH_MAX, &length);

    if (!ok)
        name(m, ANOMALY_CONTENT_LENGTH_BAD);
    if (!again)
        m->content_length = ok ? (int64_t)length : -1;
    else if (!ok || m->content_length != (int64_t)length)
        name(m, ANOMALY_CONTENT_LENGTH_CONFLICT);
}

APART void take_max_forwards(struct sip_message *m, struct span value)
{
    uint8_t hops;

    if (!sip_max_forwards_parse(value, &hops))
        name(m, ANOMALY_MAX_FORWARDS_BAD);
    else if (hops == 0)
        name(m, ANOMALY_MAX_FORWARDS_ZERO);
}

#define BIT_OF(id) (UINT64_C(1) << (id))
#define BIT(id) BIT_OF(SIP_HEADER_##id)
/* Headers whose values are looked at at once. */
#define EAGER                                                                  \
    (BIT(VIA) | BIT(FROM) | BIT(TO) | BIT(CALL_ID) | BIT(CSEQ) |               \
     BIT(CONTENT_LENGTH) | BIT(MAX_FORWARDS) | BIT(TRANSFER_ENCODING))
/* Of these only the first one. */
#define FIRST_ONLY                                                             \
    (BIT(FROM) | BIT(TO) | BIT(CALL_ID) | BIT(CSEQ) | BIT(MAX_FORWARDS))
#define MANDATORY (BIT(VIA) | BIT(FROM) | BIT(TO) | BIT(CALL_ID) | BIT(CSEQ))

_Static_assert(SIP_HEADER_COUNT <= 64, "the masks above are one word");

/* @again: a header with this id stood before. */
APART void take_value(struct sip_message *m, enum sip_header_id id,
                      struct span value, bool again)
{
    if (again && BIT_OF(id) & FIRST_ONLY) {
        m->odd_mask |= BIT_OF(id); /* its value was not looked at */
        return;
    }
    switch ((int)id) {
    case SIP_HEADER_VIA:
        take_via(m, value);
        break;
    case SIP_HEADER_FROM:
        take_from(m, value);
        break;
    case SIP_HEADER_TO:
        take_to(m, value);
        break;
    case SIP_HEADER_CALL_ID:
        m->call_id = value;
        break;
    case SIP_HEADER_CSEQ:
        take_cseq(m, value);
        break;
    case SIP_HEADER_MAX_FORWARDS:
        take_max_forwards(m, value);
        break;
    case SIP_HEADER_CONTENT_LENGTH:
        take_content_length(m, value, again);
        break;
    case SIP_HEADER_TRANSFER_ENCODING:
        name(m, ANOMALY_CHUNKED);
        break;
    }
}

/* --- header lines --------------------------------------------------------- */

/* The walk over the header section. */
struct walk {
    const char *at;
    const char *end;
    uint32_t header_cap;
    bool terminated; /* the empty line was met, and at stands behind it */
    struct sip_marks marks;
};

/* What is told of the headers so far: of sip_message, to be held in registers
 * on the way from line to line. */
struct listing {
    struct sip_header *next;
    const struct sip_header *end;
    const char *text;
    uint64_t mask;
};

static inline void open_listing(const struct sip_message *m,
                                const struct walk *w, struct listing *l)
{
    *l = (struct listing){m->headers + m->header_count,
                          m->headers + w->header_cap, m->text.data,
                          m->header_mask[0]};
}

static inline void close_listing(const struct listing *l, struct sip_message *m)
{
    m->header_count = (uint32_t)(l->next - m->headers);
    m->header_mask[0] = l->mask;
}

WITHIN void list_header(struct sip_message *m, struct listing *l,
                        enum sip_header_id id, struct span label,
                        struct span value)
{
    uint64_t bit = BIT_OF(id);
    bool again = l->mask & bit;

    l->mask |= bit;
    if (l->next < l->end)
        *l->next++ = (struct sip_header){
            .id = (uint16_t)id,
            .name_length = (uint16_t)label.length,
            .name_at = (uint32_t)(label.data - l->text),
            .value_at = (uint32_t)(value.data - l->text),
            .value_length = (uint32_t)value.length,
        };
    else
        name(m, ANOMALY_HEADERS_TOO_MANY);
    if (bit & EAGER)
        take_value(m, id, value, again);
    else if (id == SIP_HEADER_OTHER && !sip_chars_all(label, SIP_CHAR_TOKEN))
        name(m, ANOMALY_HEADER_LINE_BAD);
    if (again && sip_header_flags(id) & SIP_HEADER_SINGLE)
        name(m, ANOMALY_HEADER_REPEATED);
}

/*
 * A line without a colon. One "v=0" behind a Content-Type begins a session
 * description whose empty line was forgotten.
 */
static bool take_bad_line(struct sip_message *m, struct walk *w,
                          struct span line)
{
    name(m, ANOMALY_HEADER_LINE_BAD);
    if (!sip_message_has(m, SIP_HEADER_CONTENT_TYPE) ||
        !span_equal(line, SPAN_LITERAL("v=0")))
        return true;
    w->at = line.data;
    return false;
}

static inline bool is_fold(const char *at, const char *end)
{
    return at < end && (*at == ' ' || *at == '\t');
}

/* LF CR instead of CR LF, or CR alone. */
static inline void skip_bare_cr(struct sip_message *m, struct walk *w)
{
    while (w->end - w->at > 1 && *w->at == '\r' && w->at[1] != '\n') {
        name(m, ANOMALY_CR_BARE);
        w->at++;
    }
}

/* sip_chars_trim() of what stands up to a line's end, in few steps where it is
 * one blank that is cut. Bytes of the line's end are looked at, and say no. */
static inline struct span trim_line(const char *at, const char *end)
{
    if (at[0] == ' ' && (unsigned char)at[1] > ' ' &&
        (unsigned char)end[-1] > ' ')
        return span_of(at + 1, (size_t)(end - at) - 1);
    return sip_chars_trim(span_of(at, (size_t)(end - at)));
}

/* One header with its folds. @return false where the section ends */
static bool take_header(struct sip_message *m, struct walk *w)
{
    struct span whole, label, value;
    struct listing listing;
    struct sip_line line;
    size_t colon;

    if (w->at < w->end && *w->at <= ' ') {
        skip_bare_cr(m, w);
        if (is_fold(w->at, w->end))
            name(m, ANOMALY_HEADER_LINE_BAD);
    }
    line = sip_line_find(w->at, w->end, &m->anomalies);
    if (line.end == w->at) {
        w->terminated = line.next > line.end;
        w->at = line.next;
        return false;
    }
    while (is_fold(line.next, w->end))
        line = sip_line_find(line.next, w->end, &m->anomalies);
    whole = span_of(w->at, (size_t)(line.end - w->at));
    w->at = line.next;
    colon = (size_t)(sip_byte_find(whole.data, whole.data + whole.length, ':') -
                     whole.data);
    label = sip_chars_trim(span_of(whole.data, colon));
    if (colon == whole.length || !label.length || label.length > UINT16_MAX)
        return take_bad_line(m, w, sip_chars_trim(whole));
    value = sip_chars_trim(span_from(whole, colon + 1));
    open_listing(m, w, &listing);
    list_header(m, &listing, sip_header_parse(label), label, value);
    close_listing(&listing, m);
    return true;
}

/* The way from mark to mark. */
struct steps {
    const char *base; /* of the word at hand */
    const uint64_t *next;
    uint64_t word;
};

static inline void step_to(const struct sip_marks *marks, const char *at,
                           struct steps *s)
{
    size_t i = (size_t)(at - marks->from);

    s->base = marks->from + i / 64 * 64;
    s->next = &marks->words[i / 64] + 1;
    s->word = s->next[-1] & UINT64_MAX << i % 64;
}

static inline const char *step(struct steps *s)
{
    const char *at;

    while (!s->word) {
        s->word = *s->next++;
        s->base += 64;
    }
    at = s->base + (unsigned)__builtin_ctzll(s->word);
    s->word &= s->word - 1;
    return at;
}

/* CRLF, and behind it the next line: no fold, nothing odd.
 * @last: behind it are no three bytes */
static inline bool is_plain_end(const char *end, const char *last)
{
    return end <= last && memcmp(end, "\r\n", 2) == 0 &&
           ((unsigned char)end[2] > ' ' || end[2] == '\r');
}

/*
 * Headers as nearly all are written: in a line of their own, no blank before
 * the colon.
 *
 * @return true where marks have run out and there may be more of them. Else
 *         what is at w->at is another header, or none
 */
static bool take_plain_headers(struct sip_message *m, struct walk *w)
{
    const char *const last = w->marks.to - 3;
    const char *at = w->at, *end;
    struct listing listing;
    struct steps s;

    if (at >= last)
        return false;
    step_to(&w->marks, at, &s);
    open_listing(m, w, &listing);
    while (is_plain_end(end = step(&s), last)) {
        struct sip_header_label label;

        if (!sip_header_find(at, end, w->end, &label))
            break;
        list_header(m, &listing, label.id, span_of(at, label.length),
                    trim_line(at + label.length + 1, end));
        at = end + 2;
    }
    close_listing(&listing, m);
    w->at = at;
    return end > last;
}

static void take_headers(struct sip_message *m, struct walk *w)
{
    do {
        bool more = take_plain_headers(m, w);

        if ((more || w->at >= w->marks.to) && w->at > w->marks.from &&
            w->marks.to < w->end && w->end - w->at >= LEAST_MARKED) {
            sip_marks_make(span_of(w->at, (size_t)(w->end - w->at)), &w->marks);
            (void)take_plain_headers(m, w);
        }
    } while (take_header(m, w));
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
                name(m, ANOMALY_CONTENT_LENGTH_MISSING);
            return 0;
        }
        return next_message_begins(m, rest) ? 0 : rest.length;
    }
    if ((uint64_t)m->content_length > rest.length) {
        name(m, source == SIP_FROM_STREAM ? ANOMALY_MESSAGE_TRUNCATED
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
        name(m, ANOMALY_CONTENT_LENGTH_SHORT);
    while (padding < rest.length &&
           (sip_char_is(rest.data[padding], SIP_CHAR_BLANK) ||
            rest.data[padding] == '\0'))
        padding++;
    return padding == rest.length ? padding : 0;
}

static void check_branch(struct sip_message *m)
{
    struct span branch = m->via_branch, cookie = SPAN_LITERAL("z9hG4bK");

    if (branch.length > cookie.length && memcmp(branch.data, "z9hG4bK", 7) == 0)
        m->has_cookie = true;
    else if (!branch.length)
        name(m, ANOMALY_BRANCH_MISSING);
    else if (!span_starts_nocase(branch, cookie))
        name(m, ANOMALY_BRANCH_COOKIE_MISSING);
    else if (branch.length == cookie.length)
        name(m, ANOMALY_BRANCH_EMPTY);
    else
        m->has_cookie = true;
}

/* Some clients say the default port in the INVITE and not in its CANCEL. */
static struct span without_default_port(struct span sent_by)
{
    static const struct span port = {":5060", 5};

    if (sent_by.length > port.length &&
        !memcmp(sent_by.data + sent_by.length - port.length, port.data,
                port.length))
        sent_by.length -= port.length;
    return sent_by;
}

static void take_hashes(struct sip_message *m)
{
    m->call_id_hash = hash_span(m->call_id);
    m->from_tag_hash = hash_span(m->from_tag);
    m->to_tag_hash = hash_span(m->to_tag);
    m->via_hash = hash_mix(hash_span(m->via_branch),
                           hash_span(without_default_port(m->via_sent_by)));
}

static void check_request(struct sip_message *m)
{
    if (!sip_message_has(m, SIP_HEADER_MAX_FORWARDS))
        name(m, ANOMALY_MAX_FORWARDS_MISSING);
    if (m->cseq_method_name.length &&
        !span_equal(m->method_name, m->cseq_method_name))
        name(m, ANOMALY_CSEQ_METHOD_MISMATCH);
}

/* What must be there, and how far the message can be used. */
static void check_headers(struct sip_message *m)
{
    static const struct {
        enum sip_header_id id;
        enum anomaly missing;
    } mandatory[] = {
        {SIP_HEADER_VIA, ANOMALY_VIA_MISSING},
        {SIP_HEADER_FROM, ANOMALY_FROM_MISSING},
        {SIP_HEADER_TO, ANOMALY_TO_MISSING},
        {SIP_HEADER_CALL_ID, ANOMALY_CALL_ID_MISSING},
        {SIP_HEADER_CSEQ, ANOMALY_CSEQ_MISSING},
    };
    unsigned readable;

    for (size_t i = 0; (m->header_mask[0] & MANDATORY) != MANDATORY &&
                       i < sizeof(mandatory) / sizeof(*mandatory);
         i++)
        if (!sip_message_has(m, mandatory[i].id))
            name(m, mandatory[i].missing);
    readable = (unsigned)(m->via_sent_by.length > 0) + (m->from.length > 0) +
               (m->to.length > 0) + (m->call_id.length > 0) + m->has_cseq;
    if (readable < 5)
        m->status = readable ? SIP_PARSE_PARTIAL : SIP_PARSE_BAD;
    if (m->from.length && !m->from_tag.length)
        name(m, ANOMALY_FROM_TAG_MISSING);
    if (m->via_count)
        check_branch(m);
    if (m->is_request)
        check_request(m);
    else if (!m->status_code)
        m->status = SIP_PARSE_PARTIAL;
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
                        struct walk *w)
{
    struct span rest;
    size_t length, taken;

    take_headers(m, w);
    rest = span_of(w->at, (size_t)(w->end - w->at));
    if (!w->terminated) {
        name(m, ANOMALY_HEADERS_UNTERMINATED);
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
static bool take_plain_start(struct walk *w, struct sip_start_line *start_out)
{
    struct steps s;
    const char *end;

    w->marks.from = w->marks.to = w->at;
    if (w->end - w->at < LEAST_MARKED)
        return false;
    sip_marks_make(span_of(w->at, (size_t)(w->end - w->at)), &w->marks);
    step_to(&w->marks, w->at, &s);
    end = step(&s);
    if (!is_plain_end(end, w->marks.to - 3) ||
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
    struct walk w;
    int recognised = 1;
    bool plain;

    text = span_part(text, leading, UINT32_MAX);
    w.at = text.data;
    w.end = text.data + text.length;
    w.header_cap = header_cap < SIP_HEADERS_MAX ? header_cap : SIP_HEADERS_MAX;
    w.terminated = false;
    plain = take_plain_start(&w, &start);
    if (!plain)
        recognised = recognise(text, &start);
    if (recognised == 0 || (recognised < 0 && !start.version.length))
        return 0;
    *m = (struct sip_message){
        .text = text, .content_length = -1, .headers = headers};
    if (leading)
        name(m, ANOMALY_LEADING_CRLF);
    take_start_line(m, &start);
    if (!plain)
        w.at = sip_line_find(w.at, w.end, &m->anomalies).next;
    leading += take_rest(m, source, &w);
    check_headers(m);
    take_hashes(m);
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

bool sip_message_next_value(const struct sip_message *m, enum sip_header_id id,
                            uint32_t *cursor, struct span *value_out)
{
    if (!sip_message_has(m, id))
        return false;
    for (uint32_t i = *cursor; i < m->header_count; i++)
        if (m->headers[i].id == id) {
            *value_out = sip_header_value(m, &m->headers[i]);
            *cursor = i + 1;
            return true;
        }
    *cursor = m->header_count;
    return false;
}

struct span sip_message_value(const struct sip_message *m,
                              enum sip_header_id id)
{
    struct span value = SPAN_NONE;
    uint32_t cursor = 0;

    (void)sip_message_next_value(m, id, &cursor, &value);
    return value;
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
