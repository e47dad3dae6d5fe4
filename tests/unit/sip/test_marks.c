/* The three ways to mark line ends agree, and the walk from mark to mark finds
 * the headers that a walk line by line does. */
#include "test.h"

#include "guard.h"
#include "sip/chars.h"
#include "sip/lines.h"
#include "sip/marks.h"
#include "sip/message.h"

#define ROUNDS 4000
#define TEXT_MAX 6000

static uint32_t seed = 1;
static struct guard guard;

static unsigned any_of(unsigned count)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 10) % count;
}

static void check_words(const char *bytes, size_t count)
{
    uint64_t portable[4], sse2[4], avx2[4];

    sip_marks_words_portable(bytes, count, portable);
    sip_marks_words_sse2(bytes, count, sse2);
    assert_memory_equal(portable, sse2, count * sizeof(*portable));
    if (!sip_marks_has_avx2())
        return;
    sip_marks_words_avx2(bytes, count, avx2);
    assert_memory_equal(portable, avx2, count * sizeof(*portable));
}

/* Every byte at every place, behind every kind of byte; then at random. */
static void the_three_ways_agree(void **state)
{
    static const char kinds[] = "\r\n\t\0a \x0e\xff";
    char bytes[256];

    (void)state;
    for (size_t kind = 0; kind < sizeof(kinds) - 1; kind++) {
        memset(bytes, kinds[kind], sizeof(bytes));
        for (size_t i = 0; i < 128; i++) {
            for (int c = 0; c < 256; c++) {
                bytes[i] = (char)c;
                check_words(bytes, 2);
            }
            bytes[i] = kinds[kind];
        }
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = any_of(2) ? kinds[any_of(sizeof(kinds) - 1)]
                                 : (char)any_of(256);
        check_words(bytes, 4);
    }
}

/* What a mark is, by its definition. */
static bool is_marked(const char *bytes, size_t at)
{
    bool behind = at > 0 && (unsigned char)bytes[at - 1] <= '\r';

    return (unsigned char)bytes[at] <= '\r' && !behind;
}

static void marks_are_of_the_text_alone(void **state)
{
    static const char kinds[] = "\r\n\rab:";
    char text[SIP_MARKS_BYTES + 70];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = kinds[any_of(sizeof(kinds) - 1)];
    guard = guard_new(TEXT_MAX + 200);
    for (size_t length = 1; length <= sizeof(text);
         length += length < 300 || length > 1900 ? 1 : 64) {
        struct span s = span_of(guard_copy(&guard, text, length), length);
        size_t marked = length < SIP_MARKS_BYTES ? length : SIP_MARKS_BYTES;
        struct sip_marks marks;

        sip_marks_make(s, &marks);
        assert_ptr_equal(marks.from, s.data);
        assert_ptr_equal(marks.to, s.data + marked);
        for (size_t i = 0; i < marked; i++)
            assert_int_equal(marks.words[i / 64] >> i % 64 & 1,
                             is_marked(text, i));
        assert_true(marks.words[(marked + 63) / 64] == UINT64_MAX);
    }
    guard_free(&guard);
}

/* --- the walk ------------------------------------------------------------- */

static const char *const labels[] = {"Via",
                                     "v",
                                     "VIA",
                                     "To",
                                     "Subject",
                                     "Route ",
                                     "Call-ID",
                                     "Contact",
                                     "RSeq",
                                     "RAck",
                                     "Proxy-Require",
                                     "X-Mine",
                                     "",
                                     "Max\r\nX",
                                     "Refer ",
                                     "Replaces",
                                     "Retry-After",
                                     "No colon",
                                     "P-Asserted-Identity",
                                     "Proxy-Authorization",
                                     "Content-Encoding",
                                     "Content-Disposition"};
static const char *const values[] = {"",
                                     " ",
                                     " value",
                                     "value ",
                                     "  two words",
                                     " a\tb",
                                     " x\r\n folded",
                                     ":",
                                     "\t",
                                     " x\r\n\ty",
                                     " a\rb",
                                     " a\n b",
                                     " sip:a@b",
                                     " a\r\r\n\nb"};
static const char *const ends[] = {"\r\n", "\r\n", "\r\n", "\r\n",
                                   "\r\n", "\n",   "\r\n", "\r\r\n"};

static void append(char *text, size_t *length, const char *more)
{
    size_t count = strlen(more);

    memcpy(text + *length, more, count);
    *length += count;
}

/* Few headers or many, all plain or hardly one of them. */
static size_t make_message(char *text)
{
    unsigned count = any_of(3) ? any_of(12) : any_of(200);
    unsigned odd = any_of(4);
    size_t length = 0;

    append(text, &length,
           any_of(8) ? "SIP/2.0 200 OK\r\n" : "SIP/2.0 200 OK\n");
    for (unsigned i = 0; i < count && length < TEXT_MAX - 100; i++) {
        append(text, &length, labels[any_of(odd > 1 ? COUNT_OF(labels) : 5)]);
        append(text, &length, ":");
        append(text, &length, values[any_of(odd ? COUNT_OF(values) : 5)]);
        append(text, &length, ends[any_of(odd > 2 ? COUNT_OF(ends) : 5)]);
    }
    append(text, &length, any_of(4) ? "\r\n" : "");
    append(text, &length, any_of(2) ? "body: x\r\n" : "");
    return length;
}

/* Line by line, without a mark. @return headers there are */
static uint32_t walk(struct span text, struct sip_header *out)
{
    struct anomaly_set ignored = {0};
    const char *end = text.data + text.length;
    const char *at = sip_line_find(text.data, end, &ignored).next;
    uint32_t count = 0;

    for (;;) {
        struct sip_line line;
        struct span whole, label, value;

        while (end - at > 1 && *at == '\r' && at[1] != '\n')
            at++;
        line = sip_line_find(at, end, &ignored);
        if (line.end == at)
            return count;
        while (line.next < end && (*line.next == ' ' || *line.next == '\t'))
            line = sip_line_find(line.next, end, &ignored);
        whole = span_of(at, (size_t)(line.end - at));
        at = line.next;
        label = sip_chars_trim(span_part(whole, 0, span_find_byte(whole, ':')));
        value = span_from(whole, span_find_byte(whole, ':') + 1);
        value = sip_chars_trim(value);
        if (span_find_byte(whole, ':') == whole.length || !label.length)
            continue;
        out[count++] =
            (struct sip_header){.id = (uint16_t)sip_header_parse(label),
                                .name_length = (uint16_t)label.length,
                                .name_at = (uint32_t)(label.data - text.data),
                                .value_at = (uint32_t)(value.data - text.data),
                                .value_length = (uint32_t)value.length};
    }
}

static void headers_are_those_of_a_walk_by_lines(void **state)
{
    static struct sip_header found[SIP_HEADERS_MAX], wanted[SIP_HEADERS_MAX];
    static char text[TEXT_MAX + 200];

    (void)state;
    guard = guard_new(TEXT_MAX + 200);
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t length = make_message(text);
        struct span s = span_of(guard_copy(&guard, text, length), length);
        struct sip_message m;
        uint32_t count = walk(s, wanted);

        assert_true(sip_message_parse(s, SIP_FROM_DATAGRAM, found,
                                      SIP_HEADERS_MAX, &m) > 0);
        assert_int_equal(m.header_count, count);
        assert_memory_equal(found, wanted, count * sizeof(*found));
    }
    guard_free(&guard);
}

static void a_message_moves_with_its_copy(void **state)
{
    static const char text[] = "BYE sip:b@h SIP/2.0\r\n"
                               "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
                               "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
                               "Call-ID: c\r\nCSeq: 2 BYE\r\n\r\nbody";
    char copy[sizeof(text)];
    struct sip_header headers[8], moved[8];
    struct sip_message m;

    (void)state;
    assert_int_equal(sip_message_parse(span_of_string(text), SIP_FROM_DATAGRAM,
                                       headers, 8, &m),
                     sizeof(text) - 1);
    memcpy(copy, text, sizeof(text));
    memcpy(moved, headers, sizeof(headers));
    sip_message_move(&m, copy, moved);
    assert_ptr_equal(m.text.data, copy);
    assert_ptr_equal(m.headers, moved);
    assert_ptr_equal(m.body.data, copy + sizeof(text) - 5);
    assert_ptr_equal(m.call_id.data, strstr(copy, "c\r\nCSeq"));
    assert_ptr_equal(m.from_tag.data, strstr(copy, "1\r\nTo"));
    assert_null(m.to_tag.data);
    assert_ptr_equal(m.via_branch.data, strstr(copy, "z9hG4bK1"));
    assert_ptr_equal(m.method_name.data, copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_ways_agree),
        cmocka_unit_test(marks_are_of_the_text_alone),
        cmocka_unit_test(headers_are_those_of_a_walk_by_lines),
        cmocka_unit_test(a_message_moves_with_its_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
