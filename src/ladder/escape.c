#include "ladder/escape.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS "\xe2\x80\xa6"

static bool is_continuation(struct span s, size_t at)
{
    return at < s.length && ((unsigned char)s.data[at] & 0xc0) == 0x80;
}

/* RFC 3629, 3: shortest forms only, no surrogates, nothing above U+10FFFF. */
static uint32_t decode(struct span s, size_t at, size_t *length_out)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)s.data[at];
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    uint32_t code = lead & (0xffu >> (length + 1));

    *length_out = 1;
    if (lead < 0x80)
        return lead;
    if (lead < 0xc2 || lead > 0xf4)
        return UINT32_MAX;
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(s, at + i))
            return UINT32_MAX;
        code = code << 6 | ((unsigned char)s.data[at + i] & 0x3f);
    }
    if (code < least[length] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff))
        return UINT32_MAX;
    *length_out = length;
    return code;
}

uint32_t escape_next_code(struct span text, size_t *at)
{
    size_t length;
    uint32_t code = decode(text, *at, &length);

    *at += length;
    return code == UINT32_MAX ? 0xfffd : code;
}

/* Well-formed, yet not to be passed on: line and paragraph separators,
 * changes of direction, byte order mark, noncharacters (XML 1.0, 2.2). */
static bool is_mischief(uint32_t code)
{
    return (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x200e ||
           code == 0x200f || code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* White space at @p at; returns how far it goes. */
static size_t put_white(struct text_buffer *b, struct span s, size_t at,
                        enum escape_lines lines)
{
    if (lines == ESCAPE_ONE_LINE) {
        while (at < s.length && is_white(s.data[at]))
            at++;
        text_put_string(b, " ");
        return at;
    }
    if (s.data[at] == '\r' && at + 1 < s.length && s.data[at + 1] == '\n')
        at++;
    text_put_string(b, s.data[at] == '\r' || s.data[at] == '\n' ? "\n" : " ");
    return at + 1;
}

static bool is_plain(char c)
{
    return c > ' ' && c < 0x7f;
}

void escape_put_clean(struct text_buffer *b, struct span wire,
                      enum escape_lines lines, size_t max_bytes)
{
    size_t at = 0;
    size_t length;

    while (at < wire.length && at < max_bytes && !b->failed) {
        size_t from = at;
        uint32_t code;

        while (at < wire.length && at < max_bytes && is_plain(wire.data[at]))
            at++;
        text_put(b, span_part(wire, from, at - from));
        if (at >= wire.length || at >= max_bytes)
            break;
        if (is_white(wire.data[at])) {
            at = put_white(b, wire, at, lines);
            continue;
        }
        code = decode(wire, at, &length);
        if (code == UINT32_MAX || is_mischief(code))
            text_put_string(b, REPLACEMENT);
        else if (is_control(code))
            text_put_format(b, "\\x%02X", (unsigned)code);
        else
            text_put(b, span_part(wire, at, length));
        at += length;
    }
    if (at < wire.length)
        text_put_string(b, ELLIPSIS);
}

/* Runs that need nothing go over whole. */
static void put_escaped(struct text_buffer *b, struct span s,
                        const char *(*entity_fn)(char c))
{
    size_t from = 0;

    for (size_t i = 0; i < s.length; i++) {
        const char *entity = entity_fn(s.data[i]);

        if (!entity)
            continue;
        text_put(b, span_part(s, from, i - from));
        text_put_string(b, entity);
        from = i + 1;
    }
    text_put(b, span_from(s, from));
}

static const char *html_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\\': /* Graphviz reads "\N" here as well */
        return "\\\\";
    default:
        return NULL;
    }
}

static const char *label_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '\\':
        return "\\\\";
    case '\n':
        return "&#10;";
    default:
        return NULL;
    }
}

void escape_put_html(struct text_buffer *b, struct span clean)
{
    put_escaped(b, clean, html_entity);
}

void escape_put_label(struct text_buffer *b, struct span clean)
{
    put_escaped(b, clean, label_entity);
}
