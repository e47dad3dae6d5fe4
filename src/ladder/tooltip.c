#include "ladder/tooltip.h"

#include "ladder/escape.h"
#include "sip/auth.h"

#define HIDDEN "***"
#define HIDDEN_MAX 16

/* What is not to be shown, in order of the text. */
struct hidden {
    struct span parts[HIDDEN_MAX];
    size_t count;
};

static void hide(struct hidden *h, struct span part)
{
    size_t at = h->count;

    if (!part.length || h->count == HIDDEN_MAX)
        return;
    while (at && h->parts[at - 1].data > part.data) {
        h->parts[at] = h->parts[at - 1];
        at--;
    }
    h->parts[at] = part;
    h->count++;
}

static void hide_digests(struct hidden *h, const struct sip_message *m,
                         enum sip_header_id id)
{
    uint32_t cursor = 0;
    struct sip_auth a;

    while (sip_message_has(m, id) && h->count < HIDDEN_MAX &&
           sip_auth_next(m, id, &cursor, &a))
        hide(h, a.response);
}

static bool next_line(struct span *rest, struct span *line_out)
{
    size_t end = span_find_byte(*rest, '\n');

    if (!rest->length)
        return false;
    *line_out = span_trim(span_part(*rest, 0, end));
    *rest = span_from(*rest, end + 1);
    return true;
}

/* RFC 4568: a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4 */
static void hide_keys(struct hidden *h, struct span body)
{
    struct span inline_word = SPAN_LITERAL("inline:");
    struct span line;

    if (body.length > TOOLTIP_BYTES_MAX)
        body.length = TOOLTIP_BYTES_MAX;
    while (next_line(&body, &line)) {
        if (!span_starts_nocase(line, SPAN_LITERAL("a=crypto:")))
            continue;
        for (size_t i = 0; i < line.length; i++)
            if (span_starts_nocase(span_from(line, i), inline_word)) {
                hide(h, span_from(line, i + inline_word.length));
                break;
            }
    }
}

static bool is_dtmf(const struct sip_message *m)
{
    struct span type = sip_message_value(m, SIP_HEADER_CONTENT_TYPE);

    return m->method == SIP_INFO &&
           (span_starts_nocase(type, SPAN_LITERAL("application/dtmf")));
}

static bool body_is_private(const struct sip_message *m)
{
    return m->is_request && (m->method == SIP_MESSAGE || is_dtmf(m));
}

static void put_lines(struct text_buffer *b, struct span text)
{
    escape_put_clean(b, text, ESCAPE_KEEP_LINES, text.length);
}

void tooltip_write(const struct sip_message *m, struct text_buffer *b)
{
    struct span text = m->text;
    struct hidden h = {0};
    size_t all = text.length;
    size_t at = 0;

    if (body_is_private(m) && m->body.length)
        text = span_part(text, 0, (size_t)(m->body.data - text.data));
    else
        hide_keys(&h, m->body);
    hide_digests(&h, m, SIP_HEADER_AUTHORIZATION);
    hide_digests(&h, m, SIP_HEADER_PROXY_AUTHORIZATION);
    if (text.length > TOOLTIP_BYTES_MAX)
        text.length = TOOLTIP_BYTES_MAX;
    for (size_t i = 0; i < h.count; i++) {
        size_t from = (size_t)(h.parts[i].data - m->text.data);

        if (from < at || from >= text.length)
            continue;
        put_lines(b, span_part(text, at, from - at));
        text_put_string(b, HIDDEN);
        at = from + h.parts[i].length;
    }
    put_lines(b, span_from(text, at));
    if (all > text.length)
        text_put_format(b, "\n(%zu bytes more)", all - text.length);
}
