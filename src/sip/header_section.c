#include "sip/header_section.h"

#include "sip/chars.h"
#include "sip/header_find.h"
#include "sip/lines.h"
#include "sip/mandatory.h"

/* Where the compiler would choose otherwise: one function for the walk along
 * the lines. */
#define WITHIN static inline __attribute__((always_inline))

static void name(struct sip_message *m, enum anomaly a)
{
    anomaly_set_add(&m->anomalies, a);
}

/* What is told of the headers so far: of sip_message, to be held in registers
 * on the way from line to line. */
struct listing {
    struct sip_header *next;
    const struct sip_header *end;
    const char *text;
    uint64_t mask;
};

static inline void open_listing(const struct sip_message *m,
                                const struct sip_header_section *w,
                                struct listing *l)
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
    uint64_t bit = UINT64_C(1) << id;
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
    if (bit & SIP_MANDATORY_TAKEN)
        sip_mandatory_take(m, id, value, again);
    else if (id == SIP_HEADER_OTHER && !sip_chars_all(label, SIP_CHAR_TOKEN))
        name(m, ANOMALY_HEADER_LINE_BAD);
    if (again && sip_header_flags(id) & SIP_HEADER_SINGLE)
        name(m, ANOMALY_HEADER_REPEATED);
}

/*
 * A line without a colon. One "v=0" behind a Content-Type begins a session
 * description whose empty line was forgotten.
 */
static bool take_bad_line(struct sip_message *m, struct sip_header_section *w,
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
static inline void skip_bare_cr(struct sip_message *m,
                                struct sip_header_section *w)
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
static bool take_header(struct sip_message *m, struct sip_header_section *w)
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

/*
 * Headers as nearly all are written: in a line of their own, no blank before
 * the colon.
 *
 * @return true where marks have run out and there may be more of them. Else
 *         what is at w->at is another header, or none
 */
static bool take_plain_headers(struct sip_message *m,
                               struct sip_header_section *w)
{
    const char *const last = w->marks.to - 3;
    const char *at = w->at, *end;
    struct listing listing;
    struct sip_mark_steps s;

    if (at >= last)
        return false;
    sip_mark_steps_from(&w->marks, at, &s);
    open_listing(m, w, &listing);
    while (sip_mark_is_plain(end = sip_mark_step(&s), last)) {
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

void sip_header_section_take(struct sip_message *m,
                             struct sip_header_section *w)
{
    do {
        bool more = take_plain_headers(m, w);

        if ((more || w->at >= w->marks.to) && w->at > w->marks.from &&
            w->marks.to < w->end && w->end - w->at >= SIP_MARKS_LEAST) {
            sip_marks_make(span_of(w->at, (size_t)(w->end - w->at)), &w->marks);
            (void)take_plain_headers(m, w);
        }
    } while (take_header(m, w));
}
