#include "sip/header_section.h"

#include "sip/chars.h"
#include "sip/header_find.h"
#include "sip/lines.h"
#include "sip/mandatory.h"

#define WITHIN static inline __attribute__((always_inline))

/* --- what was met --------------------------------------------------------- */

/* What changes from header to header, to be held in registers. */
struct listing {
    struct sip_header *next;
    const char *text;
    uint64_t mask;
};

static inline struct listing open_listing(const struct sip_message *m)
{
    return (struct listing){m->headers + m->header_count, m->text.data,
                            m->header_mask[0]};
}

static inline void close_listing(const struct listing *l, struct sip_message *m)
{
    m->header_count = (uint32_t)(l->next - m->headers);
    m->header_mask[0] = l->mask;
}

WITHIN void list(struct listing *l, struct sip_header_section *w,
                 struct sip_header_label label, const char *name_at,
                 struct span value)
{
    uint64_t bit = UINT64_C(1) << label.id;

    if (l->mask & bit)
        w->repeated |= bit;
    else
        w->first[label.id] = l->next;
    l->mask |= bit;
    *l->next++ = (struct sip_header){
        .id = (uint16_t)label.id,
        .name_length = (uint16_t)label.length,
        .name_at = (uint32_t)(name_at - l->text),
        .value_at = (uint32_t)(value.data - l->text),
        .value_length = (uint32_t)value.length,
    };
}

static void check_name(struct sip_message *m, struct span label)
{
    if (!sip_chars_all(label, SIP_CHAR_TOKEN))
        sip_message_note(m, ANOMALY_HEADER_LINE_BAD);
}

/* --- lines of any kind ---------------------------------------------------- */

/* More than there is room for: its value is looked at all the same, behind
 * those that stand before it. */
static void take_beyond(struct sip_message *m, struct sip_header_section *w,
                        enum sip_header_id id, struct span value)
{
    uint64_t bit = UINT64_C(1) << id;

    sip_message_note(m, ANOMALY_HEADERS_TOO_MANY);
    if (!w->is_taken)
        sip_mandatory_take(m, w->first, w->repeated);
    w->is_taken = true;
    sip_mandatory_take_one(m, id, value, m->header_mask[0] & bit);
    if (m->header_mask[0] & bit)
        w->repeated |= bit;
    m->header_mask[0] |= bit;
}

static void take_any(struct sip_message *m, struct sip_header_section *w,
                     struct span text, struct span value)
{
    struct sip_header_label label = {sip_header_parse(text),
                                     (uint32_t)text.length};
    struct listing l;

    if (label.id == SIP_HEADER_OTHER)
        check_name(m, text);
    if (m->header_count == w->header_cap) {
        take_beyond(m, w, label.id, value);
        return;
    }
    l = open_listing(m);
    list(&l, w, label, text.data, value);
    close_listing(&l, m);
}

/*
 * A line without a colon. One "v=0" behind a Content-Type begins a session
 * description whose empty line was forgotten.
 */
static bool take_bad_line(struct sip_message *m, struct sip_header_section *w,
                          struct span line)
{
    sip_message_note(m, ANOMALY_HEADER_LINE_BAD);
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
        sip_message_note(m, ANOMALY_CR_BARE);
        w->at++;
    }
}

/* One header with its folds. @return false where the section ends */
static bool take_header(struct sip_message *m, struct sip_header_section *w)
{
    struct span whole, label;
    struct sip_line line;
    size_t colon;

    if (w->at < w->end && *w->at <= ' ') {
        skip_bare_cr(m, w);
        if (is_fold(w->at, w->end))
            sip_message_note(m, ANOMALY_HEADER_LINE_BAD);
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
    colon =
        (size_t)(sip_byte_find(whole.data, span_end(whole), ':') - whole.data);
    label = sip_chars_trim(span_of(whole.data, colon));
    if (colon == whole.length || !label.length || label.length > UINT16_MAX)
        return take_bad_line(m, w, sip_chars_trim(whole));
    take_any(m, w, label, sip_chars_trim(span_from(whole, colon + 1)));
    return true;
}

/* --- lines as nearly all are ---------------------------------------------- */

/*
 * Behind each header stands, more often than not, the one that stood behind it
 * in the message before; requests and responses each have an order of their
 * own. This says where to look first, never what is found.
 */
static _Thread_local uint8_t followers_of[2][SIP_HEADER_COUNT];

/* sip_chars_trim() of what stands up to a line's end, in few steps where there
 * is no more to be cut. Bytes of the line's end are looked at, and say no. */
static inline struct span trim_line(const char *at, const char *end)
{
    struct span value = span_of(at, (size_t)(end - at));

    if ((unsigned char)at[0] > ' ' && (unsigned char)end[-1] > ' ')
        return value;
    return sip_chars_trim(value);
}

/* A name, and where behind its colon the value may begin. */
static const char *find_name(struct sip_message *m, const char *at,
                             const char *line_end, const char *end,
                             struct sip_header_label *label_out)
{
    if (!sip_header_find(at, line_end, end, label_out))
        return NULL;
    if (label_out->id == SIP_HEADER_OTHER)
        check_name(m, span_of(at, label_out->length));
    at += label_out->length + 1;
    return *at == ' ' ? at + 1 : at;
}

/*
 * Headers in lines of their own, no blank before the colon.
 *
 * @param followers  Of this kind of message
 * @return true where marks have run out and there may be more of them. Else
 *         what is at w->at is another header, or none
 */
static bool take_plain_headers(struct sip_message *m,
                               struct sip_header_section *w, uint8_t *followers)
{
    const struct sip_header *const stop = m->headers + w->header_cap;
    const char *const last = w->marks.to - 3, *const wide = w->end - 16;
    uint8_t *follower = &followers[SIP_HEADER_OTHER];
    const char *at = w->at, *end;
    struct sip_mark_steps s;
    struct listing l;

    if (at >= last)
        return false;
    sip_mark_steps_from(&w->marks, at, &s);
    l = open_listing(m);
    while (sip_mark_is_plain(end = sip_mark_step(&s), last) && l.next < stop) {
        unsigned id = *follower;
        const struct sip_header_opening *o = &sip_header_openings[id];
        unsigned length = o->length;
        const char *value = at + length + 2;

        if (at > wide || !sip_header_opens(at, o)) {
            struct sip_header_label label;

            value = find_name(m, at, end, w->end, &label);
            if (!value)
                break;
            id = *follower = (uint8_t)label.id;
            length = label.length;
        }
        list(&l, w, (struct sip_header_label){(enum sip_header_id)id, length},
             at, trim_line(value, end));
        follower = &followers[id];
        at = end + 2;
    }
    close_listing(&l, m);
    w->at = at;
    return end > last;
}

static void check_repeated(struct sip_message *m, uint64_t repeated)
{
    for (; repeated; repeated &= repeated - 1) {
        unsigned id = (unsigned)__builtin_ctzll(repeated);

        if (sip_header_flags((enum sip_header_id)id) & SIP_HEADER_SINGLE)
            sip_message_note(m, ANOMALY_HEADER_REPEATED);
    }
}

static inline bool take_empty_line(struct sip_header_section *w)
{
    if (w->end - w->at < 2 || memcmp(w->at, "\r\n", 2) != 0)
        return false;
    w->at += 2;
    w->terminated = true;
    return true;
}

void sip_header_section_take(struct sip_message *m,
                             struct sip_header_section *w)
{
    uint8_t *const followers = followers_of[m->is_request];

    do {
        bool more = take_plain_headers(m, w, followers);

        if (take_empty_line(w))
            break;
        if ((more || w->at >= w->marks.to) && w->at > w->marks.from &&
            w->marks.to < w->end && w->end - w->at >= SIP_MARKS_LEAST) {
            sip_marks_make(span_of(w->at, (size_t)(w->end - w->at)), &w->marks);
            (void)take_plain_headers(m, w, followers);
        }
    } while (take_header(m, w));
    if (!w->is_taken)
        sip_mandatory_take(m, w->first, w->repeated);
    check_repeated(m, w->repeated);
}
