#include "sip/text.h"

#include "sip/chars.h"
#include "sip/lines.h"

/* Length of the quoted text or <> that begins s; 0 if it stays open. */
static size_t group_length(struct span s)
{
    size_t close;

    if (s.data[0] == '"')
        return sip_chars_quoted(s);
    close = span_find_byte(s, '>');
    return close < s.length ? close + 1 : 0;
}

/* Where the first value ends: at a comma outside quotes and <>. */
static size_t value_end(struct span s)
{
    size_t i = 0;

    while (i < s.length && s.data[i] != ',') {
        size_t length;

        if (s.data[i] != '"' && s.data[i] != '<') {
            i++;
            continue;
        }
        length = group_length(span_from(s, i));
        if (!length)
            return s.length;
        i += length;
    }
    return i;
}

bool sip_list_next(struct span *rest, struct span *value_out)
{
    struct span value;

    do {
        size_t end;

        if (!rest->length)
            return false;
        /* mostly there is no comma at all */
        end = span_find_byte(*rest, ',');
        if (end < rest->length)
            end = value_end(*rest);
        value = sip_chars_trim(span_part(*rest, 0, end));
        *rest = span_from(*rest, end + 1);
    } while (!value.length);
    *value_out = value;
    return true;
}

bool sip_list_next_of(const struct sip_message *m, enum sip_header_id id,
                      struct sip_list_cursor *cursor, struct span *value_out)
{
    while (!sip_list_next(&cursor->rest, value_out))
        if (!sip_message_next_value(m, id, &cursor->header, &cursor->rest))
            return false;
    return true;
}

bool sip_list_has(const struct sip_message *m, enum sip_header_id id,
                  struct span token)
{
    struct sip_list_cursor cursor = {0};
    struct span value;

    while (sip_list_next_of(m, id, &cursor, &value))
        if (span_equal_nocase(value, token))
            return true;
    return false;
}

struct span sip_text_unquote(struct span text)
{
    text = sip_chars_trim(text);
    if (!text.length || text.data[0] != '"')
        return text;
    text = span_from(text, 1);
    if (text.length && text.data[text.length - 1] == '"')
        text.length--;
    return text;
}

/* Runs of blanks, blanks other than SP, or an escape: what is not kept as it
 * stands. */
static bool has_folds_slow(const char *at, const char *end, char escape)
{
    for (; at < end; at++)
        if ((unsigned char)*at < ' ' || *at == escape ||
            (*at == ' ' && (end - at == 1 || (unsigned char)at[1] <= ' ')))
            return true;
    return false;
}

#if defined(__SSE2__)
/* A blank that is the last of them is not judged. @param pairs  Bits of those
 * that are looked at together with the one before */
static inline bool folds_in(__m128i bytes, char escape, unsigned pairs)
{
    __m128i low =
        _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(' ')), bytes);
    __m128i blank = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
    __m128i escapes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(escape));
    __m128i bad = _mm_or_si128(_mm_andnot_si128(blank, low), escapes);
    unsigned runs = (unsigned)_mm_movemask_epi8(low);

    return _mm_movemask_epi8(bad) || (runs & runs << 1 & pairs);
}
#endif

/* The pieces overlap by a byte at least, so that no run lies between two. */
static bool has_folds(struct span s, bool quoted)
{
    const char *at = s.data, *end = span_end(s);
    char escape = quoted ? '\\' : '\n'; /* which is low anyway */

#if defined(__SSE2__)
    if (s.length >= 8 && end[-1] == ' ')
        return true;
    if (s.length >= 16) {
        for (; end - at > 16; at += 15)
            if (folds_in(_mm_loadu_si128((const __m128i *)(const void *)at),
                         escape, 0xffff))
                return true;
        at = end - 16;
        return folds_in(_mm_loadu_si128((const __m128i *)(const void *)at),
                        escape, 0xffff);
    }
    if (s.length >= 8) {
        __m128i first = _mm_loadl_epi64((const __m128i *)(const void *)at);
        __m128i last =
            _mm_loadl_epi64((const __m128i *)(const void *)(end - 8));

        return folds_in(_mm_unpacklo_epi64(first, last), escape, 0xfeff);
    }
#endif
    return has_folds_slow(at, end, escape);
}

struct span sip_text_plain(struct span text)
{
    bool quoted = text.length > 1 && text.data[0] == '"' &&
                  text.data[text.length - 1] == '"';

    if (quoted)
        text = span_of(text.data + 1, text.length - 2);
    else if (!text.length || (unsigned char)text.data[0] <= ' ' ||
             text.data[0] == '"')
        return SPAN_NONE;
    return has_folds(text, quoted) ? SPAN_NONE : text;
}

size_t sip_text_write(struct span text, char *buffer, size_t cap)
{
    struct span in = sip_chars_trim(text);
    bool quoted = in.length && in.data[0] == '"';
    size_t at = 0, length = 0;

    in = sip_text_unquote(in);
    if (!has_folds(in, quoted)) {
        length = in.length < cap ? in.length : cap;
        if (length)
            memcpy(buffer, in.data, length);
        return length;
    }
    while (at < in.length && length < cap) {
        char c = in.data[at++];

        if (sip_char_is(c, SIP_CHAR_BLANK)) {
            while (at < in.length && sip_char_is(in.data[at], SIP_CHAR_BLANK))
                at++;
            c = ' ';
        } else if (quoted && c == '\\' && at < in.length) {
            c = in.data[at++];
        }
        buffer[length++] = c;
    }
    return length;
}
