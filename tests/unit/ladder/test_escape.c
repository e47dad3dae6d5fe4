#include "test.h"

#include "ladder/escape.h"

#define WIRE(text)                                                             \
    {                                                                          \
        text, sizeof(text) - 1                                                 \
    }

static bool text_is(struct text_buffer *b, const char *expected)
{
    bool same = span_equal(text_buffer_span(b), span_of_string(expected));

    if (!same)
        print_message("got \"%.*s\"\n", SPAN_ARG(text_buffer_span(b)));
    return same && !b->failed;
}

static void clean_text_is_utf8_without_control(void **state)
{
    static const struct {
        const char *name;
        struct span wire;
        enum escape_lines lines;
        size_t max;
        const char *expected;
    } rows[] = {
        {"plain", WIRE("INVITE"), ESCAPE_ONE_LINE, 99, "INVITE"},
        {"empty", WIRE(""), ESCAPE_ONE_LINE, 99, ""},
        {"umlaut", WIRE("J\xc3\xbcrgen"), ESCAPE_ONE_LINE, 99, "J\xc3\xbcrgen"},
        {"four bytes", WIRE("\xf0\x9f\x93\x9e"), ESCAPE_ONE_LINE, 99,
         "\xf0\x9f\x93\x9e"},
        {"latin-1", WIRE("J\xfcrgen"), ESCAPE_ONE_LINE, 99,
         "J\xef\xbf\xbdrgen"},
        {"overlong", WIRE("\xc0\xaf"), ESCAPE_ONE_LINE, 99,
         "\xef\xbf\xbd\xef\xbf\xbd"},
        {"overlong of three", WIRE("\xe0\x80\xaf"), ESCAPE_ONE_LINE, 99,
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"surrogate", WIRE("\xed\xa0\x80"), ESCAPE_ONE_LINE, 99,
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"cut off", WIRE("a\xe2\x82"), ESCAPE_ONE_LINE, 99,
         "a\xef\xbf\xbd\xef\xbf\xbd"},
        {"above U+10FFFF", WIRE("\xf4\x90\x80\x80"), ESCAPE_ONE_LINE, 99,
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"escape sequence", WIRE("\033[2J"), ESCAPE_ONE_LINE, 99, "\\x1B[2J"},
        {"NUL, DEL", WIRE("a\0b\x7f"), ESCAPE_ONE_LINE, 99, "a\\x00b\\x7F"},
        {"C1 control", WIRE("\xc2\x9b"), ESCAPE_ONE_LINE, 99, "\\x9B"},
        {"right-to-left override", WIRE("\xe2\x80\xae"), ESCAPE_ONE_LINE, 99,
         "\xef\xbf\xbd"},
        {"noncharacter", WIRE("\xef\xbf\xbf"), ESCAPE_ONE_LINE, 99,
         "\xef\xbf\xbd"},
        {"fold", WIRE("a\r\n\t b"), ESCAPE_ONE_LINE, 99, "a b"},
        {"lines", WIRE("a\r\nb\rc\nd\te"), ESCAPE_KEEP_LINES, 99,
         "a\nb\nc\nd e"},
        {"cut", WIRE("abcdef"), ESCAPE_ONE_LINE, 3, "abc\xe2\x80\xa6"},
        {"just fits", WIRE("abc"), ESCAPE_ONE_LINE, 3, "abc"},
        {"cut behind a whole character",
         WIRE("a\xc3\xbc"
              "b"),
         ESCAPE_ONE_LINE, 2, "a\xc3\xbc\xe2\x80\xa6"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text_buffer b = {0};

        escape_put_clean(&b, rows[i].wire, rows[i].lines, rows[i].max);
        ROW_ASSERT(rows[i].name, text_is(&b, rows[i].expected));
        text_buffer_fini(&b);
    }
}

static void every_byte_pair_comes_out_clean(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 65536; pair++) {
        char wire[2] = {(char)(pair >> 8), (char)(pair & 255)};
        struct text_buffer b = {0};

        escape_put_clean(&b, span_of(wire, 2), ESCAPE_ONE_LINE, 2);
        for (size_t at = 0; at < b.length;) {
            size_t from = at;
            uint32_t code = escape_next_code(text_buffer_span(&b), &at);

            assert_true(code >= 0x20 && (code < 0x7f || code > 0x9f));
            assert_true(code != 0xfffd || at - from == 3);
        }
        text_buffer_fini(&b);
    }
}

static void markup_is_escaped(void **state)
{
    struct span hostile = SPAN_LITERAL("<b a=\"&amp;\">\\N\\n\n'");
    struct text_buffer b = {0};

    (void)state;
    escape_put_html(&b, hostile);
    assert_true(text_is(&b, "&lt;b a=&quot;&amp;amp;&quot;&gt;\\\\N\\\\n\n'"));
    text_buffer_reset(&b);
    escape_put_label(&b, hostile);
    assert_true(text_is(&b, "<b a=\"&amp;amp;\">\\\\N\\\\n&#10;'"));
    text_buffer_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_text_is_utf8_without_control),
        cmocka_unit_test(every_byte_pair_comes_out_clean),
        cmocka_unit_test(markup_is_escaped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
