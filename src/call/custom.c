#include "call/custom.h"

#include "base/utf8.h"
#include "sip/chars.h"
#include "sip/header.h"

#define JSON_BYTES_EACH 6 /* most for one byte of a value: \\u001f */

/* --- values ------------------------------------------------------------------
 */

struct line {
    char text[CUSTOM_VALUE_BYTES];
    size_t length;
};

/* Folds and other runs of blanks are one space; what is too long is cut. */
static void add_value(struct line *l, struct span value)
{
    bool blank = false;

    for (size_t i = 0; i < value.length && l->length < sizeof(l->text); i++) {
        bool was_blank = blank;

        blank = sip_char_is(value.data[i], SIP_CHAR_BLANK);
        if (!blank)
            l->text[l->length++] = value.data[i];
        else if (!was_blank)
            l->text[l->length++] = ' ';
    }
}

static bool is_named(const struct sip_message *m, const struct sip_header *h,
                     struct span name, enum sip_header_id id)
{
    if (id != SIP_HEADER_OTHER)
        return h->id == id;
    return h->id == SIP_HEADER_OTHER &&
           span_equal_nocase(span_part(m->text, h->name_at, h->name_length),
                             name);
}

/* Several lines of a header say what one with commas would (RFC 3261, 7.3.1).
 */
static bool find_value(const struct sip_message *m, struct span name,
                       struct line *line_out)
{
    enum sip_header_id id = sip_header_parse(name);
    bool found = false;

    line_out->length = 0;
    if (id != SIP_HEADER_OTHER && !sip_message_has(m, id))
        return false;
    for (uint32_t i = 0; i < m->header_count; i++) {
        const struct sip_header *h = &m->headers[i];

        if (!is_named(m, h, name, id))
            continue;
        if (found)
            add_value(line_out, SPAN_LITERAL(", "));
        add_value(line_out, span_part(m->text, h->value_at, h->value_length));
        found = true;
    }
    return line_out->length > 0;
}

void custom_observe(struct correlator *c, struct call *call,
                    const struct sip_message *m)
{
    size_t bytes = c->limits.header_count * sizeof(struct span);
    struct line line;

    if (!call->custom) {
        call->custom = (struct span *)(void *)texts_take(
            &c->texts_pool, &call->exchange->texts, bytes);
        if (!call->custom)
            return;
        memset(call->custom, 0, bytes);
    }
    for (size_t i = 0; i < c->limits.header_count; i++)
        if (!call->custom[i].length &&
            find_value(m, c->limits.headers[i], &line))
            call->custom[i] = texts_keep(&c->texts_pool, &call->exchange->texts,
                                         span_of(line.text, line.length));
}

/* --- JSON --------------------------------------------------------------------
 */

struct json {
    char *text;
    size_t length; /* the caller has made room for the worst */
};

static void put(struct json *j, const char *text, size_t length)
{
    memcpy(j->text + j->length, text, length);
    j->length += length;
}

/* A control byte, a NUL and what is no UTF-8 stand as \\xHH does elsewhere:
 * JSON has no other word for them that a database takes. */
static void put_string(struct json *j, struct span s)
{
    static const char digits[] = "0123456789abcdef";

    put(j, "\"", 1);
    while (s.length) {
        unsigned char first = (unsigned char)s.data[0];
        uint32_t code = 0;
        size_t n = utf8_next(s, &code);

        if (!n || code < 0x20 || code == 0x7f) {
            const char hex[5] = {'\\', '\\', 'x', digits[first >> 4],
                                 digits[first & 15]};

            put(j, hex, sizeof(hex));
            n = 1;
        } else {
            if (first == '"' || first == '\\')
                put(j, "\\", 1);
            put(j, s.data, n);
        }
        s = span_from(s, n);
    }
    put(j, "\"", 1);
}

void custom_set(struct correlator *c, const struct call *call,
                struct call_record *r)
{
    struct json json = {.length = 0};
    size_t room = 2;

    for (size_t i = 0; call->custom && i < c->limits.header_count; i++)
        if (call->custom[i].length)
            room += JSON_BYTES_EACH *
                    (call->custom[i].length + c->limits.headers[i].length + 1);
    if (room == 2)
        return;
    json.text = texts_take(&c->texts_pool, &call->exchange->texts, room);
    if (!json.text)
        return;
    for (size_t i = 0; i < c->limits.header_count; i++) {
        if (!call->custom[i].length)
            continue;
        put(&json, json.length ? "," : "{", 1);
        put_string(&json, c->limits.headers[i]);
        put(&json, ":", 1);
        put_string(&json, call->custom[i]);
    }
    put(&json, "}", 1);
    r->custom = span_of(json.text, json.length);
}
