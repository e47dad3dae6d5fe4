#include "call/terms.h"

#include "base/hash.h"
#include "sdp/description.h"
#include "sip/lines.h"

/* --- reading -------------------------------------------------------------- */

struct words {
    char *text;
    size_t length;
};

static bool has_word(const struct words *w, struct span word)
{
    struct span rest = span_of(w->text, w->length);

    while (rest.length) {
        size_t end = span_find_byte(rest, ' ');

        if (span_equal_nocase(span_part(rest, 0, end), word))
            return true;
        rest = span_from(rest, end + 1);
    }
    return false;
}

/* Words of a description hold no blank. */
static void add_word(struct words *w, struct span word)
{
    if (!word.length || w->length + word.length + 1 > TERMS_WORDS_BYTES ||
        has_word(w, word))
        return;
    if (w->length)
        w->text[w->length++] = ' ';
    memcpy(w->text + w->length, word.data, word.length);
    w->length += word.length;
}

static void add_media(const struct sdp_media *m, struct words *codecs,
                      struct words *kinds)
{
    if (m->kind == SDP_KIND_OTHER)
        add_word(kinds, m->kind_name);
    else
        add_word(kinds, span_of_string(sdp_kind_name(m->kind)));
    for (uint32_t i = 0; i < m->format_count; i++)
        add_word(codecs, m->formats[i].encoding.length ? m->formats[i].encoding
                                                       : m->formats[i].format);
}

static void read_terms(struct span sdp, struct terms *t)
{
    struct words codecs = {.text = t->codecs};
    struct words kinds = {.text = t->kinds};
    struct sdp_description d;

    t->is_plain = true;
    (void)sdp_description_parse(sdp, &d);
    for (uint32_t i = 0; i < d.media_count; i++) {
        if (!d.media[i].port)
            continue; /* refused, or switched off */
        add_media(&d.media[i], &codecs, &kinds);
        t->is_plain &= d.media[i].direction == SDP_SENDRECV;
    }
    t->holds = sdp_description_holds(&d);
    t->codecs_length = (uint16_t)codecs.length;
    t->kinds_length = (uint16_t)kinds.length;
}

/* --- remembering ---------------------------------------------------------- */

/* Digits of a port that is surely one, or 0. */
static size_t port_digits(const char *at, const char *end)
{
    size_t count = 0;

    while (at + count < end && at[count] >= '0' && at[count] <= '9')
        count++;
    if (!count || count > 5 || *at == '0' || at + count == end ||
        at[count] != ' ' || (count == 5 && memcmp(at, "65535", 5) > 0))
        return 0;
    return count;
}

/*
 * Bytes of a line, from *skip_at on, on which no term depends: all of o=, an
 * IPv4 address that is surely not 0.0.0.0, and a port that is surely not 0.
 */
static size_t indifferent(const char *line, const char *end,
                          const char **skip_at)
{
    static const char connection[] = "c=IN IP4 ";
    const size_t prefix = sizeof(connection) - 1;
    const char *at;

    *skip_at = line;
    if (end - line < 10 || line[1] != '=')
        return 0;
    if (line[0] == 'o')
        return (size_t)(end - line);
    if (line[0] == 'c') {
        *skip_at = line + prefix;
        return memcmp(line, connection, prefix) == 0 && line[prefix] >= '1' &&
                       line[prefix] <= '9'
                   ? (size_t)(end - line) - prefix
                   : 0;
    }
    if (line[0] != 'm')
        return 0;
    at = sip_byte_find(line + 2, end, ' ');
    if (at == end)
        return 0;
    *skip_at = at + 1;
    return port_digits(at + 1, end);
}

/* Of the lines that begin behind @p at the first one that may have such bytes;
 * @p end where there is none. */
static const char *next_varying(const char *at, const char *end)
{
#if defined(__SSE2__)
    const __m128i feed = _mm_set1_epi8('\n');

    for (; end - at > 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        unsigned ends =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, feed));

        for (; ends; ends &= ends - 1) {
            const char *line = at + __builtin_ctz(ends) + 1;

            if (*line == 'o' || *line == 'c' || *line == 'm')
                return line;
        }
    }
#endif
    for (; end - at > 1; at++)
        if (at[0] == '\n' && (at[1] == 'o' || at[1] == 'c' || at[1] == 'm'))
            return at + 1;
    return end;
}

static uint64_t shape_of(struct span sdp)
{
    const char *at = sdp.data, *end = span_end(sdp), *from = at;
    uint64_t shape = 0;

    while (at < end) {
        const char *line_end = sip_byte_find(at, end, '\n'), *skip_at;
        size_t skipped = indifferent(at, line_end, &skip_at);

        if (skipped) {
            shape = hash_mix(shape, hash_bytes(from, (size_t)(skip_at - from)));
            from = skip_at + skipped;
        }
        at = next_varying(line_end, end);
    }
    return hash_mix(shape, hash_bytes(from, (size_t)(end - from))) | 1;
}

const struct terms *terms_read(struct terms_memory *memory, struct span sdp)
{
    uint64_t shape = shape_of(sdp);
    struct terms *t = &memory->places[shape / 2 % TERMS_REMEMBERED];

    if (t->shape != shape) {
        t->shape = shape;
        read_terms(sdp, t);
    }
    return t;
}
