#include "report/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "report/utf8.h"

void text_init(struct text *t)
{
    *t = (struct text){0};
}

void text_fini(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}

void text_clear(struct text *t)
{
    t->length = 0;
}

int text_flush(struct text *t, FILE *stream)
{
    size_t length = t->length;

    if (t->failed)
        return -ENOMEM;
    t->length = 0;
    errno = EIO;
    if (length && fwrite(t->data, 1, length, stream) != length)
        return -errno;
    return 0;
}

/* Room for @p more bytes at the end, or NULL. */
static char *text_reserve(struct text *t, size_t more)
{
    size_t room = t->room ? t->room : 256;
    char *grown;

    if (t->failed)
        return NULL;
    if (more <= t->room - t->length)
        return t->data + t->length;
    while (room - t->length < more && room <= SIZE_MAX / 2)
        room *= 2;
    grown = room - t->length < more ? NULL : realloc(t->data, room);
    if (!grown) {
        t->failed = true;
        return NULL;
    }
    t->data = grown;
    t->room = room;
    return t->data + t->length;
}

void text_add_byte(struct text *t, char byte)
{
    char *at = text_reserve(t, 1);

    if (at) {
        *at = byte;
        t->length++;
    }
}

void text_add_bytes(struct text *t, struct span s)
{
    char *at = s.data && s.length ? text_reserve(t, s.length) : NULL;

    if (at) {
        memcpy(at, s.data, s.length);
        t->length += s.length;
    }
}

void text_add_string(struct text *t, const char *s)
{
    text_add_bytes(t, span_of_string(s));
}

void text_add_spaces(struct text *t, size_t count)
{
    char *at = count ? text_reserve(t, count) : NULL;

    if (at) {
        memset(at, ' ', count);
        t->length += count;
    }
}

void text_add_padded(struct text *t, uint64_t n, unsigned digits)
{
    char text[24];
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
        if (digits)
            digits--;
    } while (at && (n || digits));
    text_add_bytes(t, span_of(text + at, sizeof(text) - at));
}

void text_add_number(struct text *t, int64_t n)
{
    uint64_t size = n < 0 ? -(uint64_t)n : (uint64_t)n;

    if (n < 0)
        text_add_byte(t, '-');
    text_add_padded(t, size, 1);
}

void text_add_grouped(struct text *t, uint64_t n)
{
    uint64_t unit = 1;

    while (n / unit >= 1000)
        unit *= 1000;
    text_add_padded(t, n / unit, 1);
    for (unit /= 1000; unit; unit /= 1000) {
        text_add_byte(t, ',');
        text_add_padded(t, n / unit % 1000, 3);
    }
}

void text_add_format(struct text *t, const char *format, ...)
{
    va_list args;
    va_list again;
    char *at;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    /* One more byte for vsnprintf's NUL, which is not kept. */
    at = n < 0 ? NULL : text_reserve(t, (size_t)n + 1);
    if (at) {
        (void)vsnprintf(at, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

static void add_hex(struct text *t, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

    text_add_bytes(t, span_of(escape, 4));
}

/* Bytes from the front of s that need no escape in any format. */
static size_t plain_length(struct span s)
{
    size_t n = 0;

    while (n < s.length) {
        unsigned char c = (unsigned char)s.data[n];

        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            break;
        n++;
    }
    return n;
}

/*
 * The walk that all formats share: runs of harmless bytes are copied, each
 * other character goes to escape_fn with its code, or with bad true and the
 * byte where it is no UTF-8.
 */
typedef void (*escape_fn)(struct text *t, struct span character, uint32_t code,
                          bool bad);

static void add_escaped(struct text *t, struct span s, escape_fn escape)
{
    while (s.length) {
        size_t n = plain_length(s);
        uint32_t code = 0;

        text_add_bytes(t, span_part(s, 0, n));
        s = span_from(s, n);
        if (!s.length)
            return;
        n = utf8_next(s, &code);
        if (n)
            escape(t, span_part(s, 0, n), code, false);
        else
            escape(t, span_part(s, 0, 1), (unsigned char)s.data[0], true);
        s = span_from(s, n ? n : 1);
    }
}

static void escape_json(struct text *t, struct span character, uint32_t code,
                        bool bad)
{
    static const char from[] = "\"\\\b\f\n\r\t";
    static const char to[] = "\"\\bfnrt";
    const char *named = code && code < 0x80 ? strchr(from, (int)code) : NULL;

    if (bad) {
        text_add_byte(t, '\\');
        add_hex(t, (unsigned char)code);
    } else if (named) {
        text_add_byte(t, '\\');
        text_add_byte(t, to[named - from]);
    } else if (code < 0x20 || code == 0x7f) {
        text_add_string(t, "\\u00");
        text_add_byte(t, (char)('0' + (code >> 4)));
        text_add_byte(t, "0123456789abcdef"[code & 15]);
    } else {
        text_add_bytes(t, character);
    }
}

void text_add_json(struct text *t, struct span s)
{
    text_add_byte(t, '"');
    add_escaped(t, s, escape_json);
    text_add_byte(t, '"');
}

static void escape_csv(struct text *t, struct span character, uint32_t code,
                       bool bad)
{
    if (bad || code == 0x7f ||
        (code < 0x20 && code != '\t' && code != '\n' && code != '\r'))
        add_hex(t, (unsigned char)code);
    else if (code == '"')
        text_add_string(t, "\"\"");
    else
        text_add_bytes(t, character);
}

static bool all_digits(struct span s)
{
    for (size_t i = 0; i < s.length; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return s.length > 0;
}

static bool is_formula(struct span s)
{
    char first = s.length ? s.data[0] : 0;

    if ((first == '+' || first == '-') && all_digits(span_from(s, 1)))
        return false;
    return first && strchr("=+-@\t\r", first);
}

void text_add_csv(struct text *t, struct span s)
{
    bool formula = is_formula(s);
    bool quote = formula;

    for (size_t i = 0; i < s.length && !quote; i++)
        quote = s.data[i] == '"' || s.data[i] == ',' || s.data[i] == '\n' ||
                s.data[i] == '\r' || s.data[i] == '\t';
    if (quote)
        text_add_byte(t, '"');
    if (formula)
        text_add_byte(t, '\'');
    add_escaped(t, s, escape_csv);
    if (quote)
        text_add_byte(t, '"');
}

static void escape_tsv(struct text *t, struct span character, uint32_t code,
                       bool bad)
{
    static const char from[] = "\\\b\f\n\r\t\v";
    static const char to[] = "\\bfnrtv";
    const char *named = code && code < 0x80 ? strchr(from, (int)code) : NULL;

    if (!bad && named) {
        text_add_byte(t, '\\');
        text_add_byte(t, to[named - from]);
    } else if (bad || code < 0x20 || code == 0x7f) {
        add_hex(t, (unsigned char)code);
    } else {
        text_add_bytes(t, character);
    }
}

void text_add_tsv(struct text *t, struct span s)
{
    add_escaped(t, s, escape_tsv);
}

/* How one character is shown: columns, and whether as it is or in hex. */
struct glyph {
    size_t bytes;
    size_t columns;
    bool hex;
};

static struct glyph glyph_at(struct span s)
{
    uint32_t code = 0;
    size_t n = utf8_next(s, &code);
    int columns = n ? utf8_columns(code) : -1;

    if (!n)
        n = 1;
    if (columns < 0)
        return (struct glyph){n, 4 * n, true};
    return (struct glyph){n, (size_t)columns, false};
}

/* Bytes from the front of s, @p max at most, that are shown as they are in a
 * column each: of most texts all. */
static size_t printed_length(struct span s, size_t max)
{
    size_t n = 0;

    if (s.length < max)
        max = s.length;
    while (n < max && s.data[n] >= 0x20 && s.data[n] < 0x7f)
        n++;
    return n;
}

size_t text_columns(struct span s)
{
    size_t columns = 0;

    while (s.length) {
        size_t plain = printed_length(s, SIZE_MAX);
        struct glyph g;

        columns += plain;
        s = span_from(s, plain);
        if (!s.length)
            break;
        g = glyph_at(s);
        columns += g.columns;
        s = span_from(s, g.bytes);
    }
    return columns;
}

size_t text_add_visible(struct text *t, struct span s, size_t columns_max)
{
    bool cut = columns_max != SIZE_MAX && text_columns(s) > columns_max;
    size_t room = cut && columns_max ? columns_max - 1 : columns_max;
    size_t columns = 0;

    while (s.length) {
        size_t plain = printed_length(s, room - columns);
        struct glyph g;

        text_add_bytes(t, span_part(s, 0, plain));
        columns += plain;
        s = span_from(s, plain);
        if (!s.length)
            break;
        g = glyph_at(s);
        if (g.columns > room - columns)
            break;
        for (size_t i = 0; i < g.bytes && g.hex; i++)
            add_hex(t, (unsigned char)s.data[i]);
        if (!g.hex)
            text_add_bytes(t, span_part(s, 0, g.bytes));
        columns += g.columns;
        s = span_from(s, g.bytes);
    }
    if (!cut || !columns_max)
        return columns;
    text_add_string(t, "\u2026");
    return columns + 1;
}
