#include "sip/content_type.h"

#include "sip/chars.h"
#include "sip/param.h"
#include "sip/start_line.h"

bool sip_content_type_parse(struct span value,
                            struct sip_content_type *type_out)
{
    size_t end = span_find_byte(value, ';');
    struct span range = span_part(value, 0, end);
    size_t slash = span_find_byte(range, '/');

    type_out->params = span_from(value, end + 1);
    type_out->type = sip_chars_trim(span_part(range, 0, slash));
    type_out->subtype = sip_chars_trim(span_from(range, slash + 1));
    type_out->boundary =
        sip_param_value(type_out->params, SPAN_LITERAL("boundary"));
    return type_out->type.length && type_out->subtype.length;
}

bool sip_content_type_is(const struct sip_content_type *t, struct span type,
                         struct span subtype)
{
    return span_equal_nocase(t->type, type) &&
           span_equal_nocase(t->subtype, subtype);
}

/* --- parts ---------------------------------------------------------------- */

/* Behind the line that begins at @at. */
static size_t next_line(struct span s, size_t at)
{
    size_t end = at + span_find_byte(span_from(s, at), '\n');

    return end < s.length ? end + 1 : s.length;
}

/* 0 no delimiter begins at @at, 1 one, 2 the closing one */
static int delimiter_at(struct span body, size_t at, struct span boundary)
{
    struct span line = span_part(body, at, next_line(body, at) - at);

    if (line.length < boundary.length + 2 || memcmp(line.data, "--", 2) != 0 ||
        !span_equal(span_part(line, 2, boundary.length), boundary))
        return 0;
    line = span_from(line, boundary.length + 2);
    if (line.length >= 2 && memcmp(line.data, "--", 2) == 0)
        return 2;
    return sip_chars_trim(line).length == 0;
}

/* The first delimiter at or behind @at, which begins a line. */
static size_t find_delimiter(struct span body, size_t at, struct span boundary)
{
    while (at < body.length && !delimiter_at(body, at, boundary))
        at = next_line(body, at);
    return at;
}

/* The line end before a delimiter is the delimiter's (RFC 2046, 5.1.1). */
static struct span without_line_end(struct span s)
{
    if (s.length && s.data[s.length - 1] == '\n')
        s.length--;
    if (s.length && s.data[s.length - 1] == '\r')
        s.length--;
    return s;
}

static void read_part_header(struct span line, struct sip_part *part)
{
    size_t colon = span_find_byte(line, ':');
    struct span label = sip_chars_trim(span_part(line, 0, colon));
    struct span value = sip_chars_trim(span_from(line, colon + 1));

    if (sip_header_parse(label) == SIP_HEADER_CONTENT_TYPE)
        part->content_type = value;
    else if (sip_header_parse(label) == SIP_HEADER_CONTENT_DISPOSITION)
        part->content_disposition = value;
    else if (sip_chars_equal(label, "content-id"))
        part->content_id = value;
}

/* Split what stands between two delimiters. */
static void read_part(struct span text, struct sip_part *part)
{
    size_t at = 0;

    *part = (struct sip_part){0};
    while (at < text.length) {
        size_t begin = at;
        struct span line;

        do
            at = next_line(text, at);
        while (at < text.length &&
               (text.data[at] == ' ' || text.data[at] == '\t'));
        line = without_line_end(span_part(text, begin, at - begin));
        if (!line.length) {
            part->headers = span_part(text, 0, begin);
            part->body = span_from(text, at);
            return;
        }
        read_part_header(line, part);
    }
    part->headers = text;
}

bool sip_part_next(struct span body, struct span boundary, size_t *cursor,
                   struct sip_part *part_out)
{
    size_t begin, end;

    if (!boundary.length)
        return false;
    begin = find_delimiter(body, *cursor, boundary);
    if (begin >= body.length || delimiter_at(body, begin, boundary) == 2) {
        *cursor = body.length;
        return false;
    }
    begin = next_line(body, begin);
    end = find_delimiter(body, begin, boundary);
    read_part(without_line_end(span_part(body, begin, end - begin)), part_out);
    *cursor = end;
    return begin < body.length;
}

/* --- the body of a type --------------------------------------------------- */

/* What is looked for, and where. */
struct search {
    struct span type;
    struct span subtype;
    struct span body_out;
};

static bool search_body(struct search *s, struct span content_type,
                        struct span body, unsigned depth)
{
    struct sip_content_type t;
    struct sip_part part;
    size_t cursor = 0;

    (void)sip_content_type_parse(content_type, &t);
    if (sip_content_type_is(&t, s->type, s->subtype)) {
        s->body_out = body;
        return body.length > 0;
    }
    if (!sip_chars_equal(t.type, "multipart") || depth == 0)
        return false;
    while (sip_part_next(body, t.boundary, &cursor, &part))
        if (search_body(s, part.content_type, part.body, depth - 1))
            return true;
    return false;
}

bool sip_message_body_of(const struct sip_message *m, struct span type,
                         struct span subtype, struct span *body_out)
{
    struct search s = {.type = type, .subtype = subtype};
    struct span content_type = sip_message_value(m, SIP_HEADER_CONTENT_TYPE);
    struct span encoding = sip_message_value(m, SIP_HEADER_CONTENT_ENCODING);

    if (!m->body.length ||
        (encoding.length && !sip_chars_equal(encoding, "identity")))
        return false;
    if (!content_type.length &&
        span_equal(span_part(m->body, 0, 2), SPAN_LITERAL("v=")))
        content_type = SPAN_LITERAL("application/sdp");
    if (!search_body(&s, content_type, m->body, SIP_PART_DEPTH_MAX))
        return false;
    *body_out = s.body_out;
    return true;
}

bool sip_message_sdp(const struct sip_message *m, struct span *sdp_out)
{
    /* nearly all say it in these words */
    if (m->body.length && !sip_message_has(m, SIP_HEADER_CONTENT_ENCODING) &&
        span_equal(sip_message_value(m, SIP_HEADER_CONTENT_TYPE),
                   SPAN_LITERAL("application/sdp"))) {
        *sdp_out = m->body;
        return true;
    }
    return sip_message_body_of(m, SPAN_LITERAL("application"),
                               SPAN_LITERAL("sdp"), sdp_out);
}

bool sip_fragment_status(struct span fragment, uint16_t *status_code_out,
                         struct span *reason_phrase_out)
{
    struct span text = sip_chars_skip_blank(fragment);
    struct span line = without_line_end(span_part(text, 0, next_line(text, 0)));
    struct sip_start_line start;

    if (sip_start_line_parse(line, &start) != SIP_START_LINE_SURE ||
        start.is_request || !start.code)
        return false;
    *status_code_out = start.code;
    *reason_phrase_out = start.reason_phrase;
    return true;
}
