#include "scene.h"

#include "ladder/ladder.h"

static char *write_text(const struct scene *s,
                        const struct ladder_options *options)
{
    const struct call_view *views[1] = {&s->view};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    assert_int_equal(ladder_write_text(views, 1, options, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void expect(const struct scene *s, const struct ladder_options *options,
                   const char *expected)
{
    char *text = write_text(s, options);

    if (strcmp(text, expected))
        print_message("%s", text);
    assert_string_equal(text, expected);
    free(text);
}

/* Two hops in ASCII, 100 columns. */
static void ascii_ladder(void **state)
{
    static const struct line lines[] = {
        {0, "10.0.0.5:5060", "10.0.0.1:5060",
         "INVITE sip:bob@a.long.name.example.com"},
        {1, "10.0.0.1:5060", "10.0.0.7:5060", "INVITE sip:b@y", .vias = 2},
        {501, "10.0.0.1:5060", "10.0.0.7:5060", "INVITE sip:b@y", .vias = 2,
         .retransmission = true},
        {600, "10.0.0.7:5060", "10.0.0.1:5060", "486 B\xc3\xbcsy",
         .to_tag = "b", .vias = 2, .more = "Reason: Q.850;cause=17\r\n"},
        {601, "10.0.0.1:5060", "10.0.0.5:5060", "486 Busy", .to_tag = "b"},
        {602, "10.0.0.1:5060", "10.0.0.1:5060", "OPTIONS sip:me@h",
         "9 OPTIONS"},
    };
    static const char expected[] =
        "alice@10.0.0.5 to 442071@sbc-1   busy (486)\n"
        "2026-11-20 14:03:07 UTC   Call-ID call@example\n"
        "\n"
        "                  10.0.0.5:5060                     10.0.0.1:5060     "
        "                10.0.0.7:5060\n"
        "                       UAC                              proxy         "
        "                     UAS\n"
        "                        |                                 |           "
        "                      |\n"
        "14:03:07.120 +0         |------------ INVITE ------------>|           "
        "                      |\n"
        "                        |sip:bob@a.long.name.example.com  |           "
        "                      |\n"
        "14:03:07.121 +1 ms      |                                 |-------- "
        "INVITE sip:b@y -------->|\n"
        "14:03:07.621 +501 ms    |                                 |.. INVITE "
        "(retransmission 1) ...>|\n"
        "14:03:07.720 +600 ms    |                                 "
        "|<----------- 486 B?sy -----------|\n"
        "                        |                                 |   Reason: "
        "Q.850 17 user busy    |\n"
        "14:03:07.721 +601 ms    |<----------- 486 Busy -----------|           "
        "                      |\n"
        "14:03:07.722 +602 ms    |                                 |--. "
        "OPTIONS sip:me@h             |\n"
        "                        |                                 |<-'        "
        "                      |\n"
        "                        |                                 |           "
        "                      |\n"
        "Busy (486)\n";
    const struct ladder_options options = {.columns = 100};
    struct call_record r = scene_record("call@example");
    struct scene s;

    (void)state;
    scene_init(&s, "call@example");
    scene_add_all(&s, lines, COUNT_OF(lines));
    r.disposition = CALL_BUSY;
    r.status_code = 486;
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    expect(&s, &options, expected);
    scene_fini(&s);
}

static void nothing_commands_the_terminal(void **state)
{
    static const struct line lines[] = {
        {0, "10.0.0.5:5060", "10.0.0.1:5060", "INVITE sip:\033[2Jb\x07@x",
         .more = "User-Agent: \033]0;owned\x07\r\n"},
        {1, "10.0.0.1:5060", "10.0.0.5:5060",
         "486 \xc2\x9b"
         "31mBusy \xff",
         .to_tag = "b", .more = "Warning: 399 h \"\x1b[0m\x08\"\r\n"},
    };
    struct ladder_options options = {.columns = 80};
    struct call_record r = scene_record("\033[31m");
    struct scene s;

    (void)state;
    scene_init(&s, "\033[31m");
    scene_add_all(&s, lines, COUNT_OF(lines));
    r.parties.caller_user = span_of_string("\033c");
    r.reason_phrase = span_of_string("\x07");
    r.status_code = 486;
    r.disposition = CALL_BUSY;
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    for (int utf8 = 0; utf8 < 2; utf8++) {
        char *text;

        options.utf8 = utf8;
        text = write_text(&s, &options);
        for (const char *c = text; *c; c++) {
            assert_true((unsigned char)*c >= ' ' || *c == '\n');
            assert_true(utf8 || (unsigned char)*c < 0x7f);
            /* C1 controls in UTF-8 */
            assert_false((unsigned char)c[0] == 0xc2 &&
                         (unsigned char)c[1] < 0xa0);
        }
        free(text);
    }
    scene_fini(&s);
}

/* With colours, what is left without them is the same text. */
static void colours_change_no_text(void **state)
{
    const struct ladder_options plain = {.columns = 120, .utf8 = true};
    const struct ladder_options coloured = {
        .columns = 120, .utf8 = true, .colour = true};
    struct scene s;
    char *expected;
    char *text;
    size_t n = 0;

    (void)state;
    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    expected = write_text(&s, &plain);
    text = write_text(&s, &coloured);
    assert_non_null(strstr(text, "\033[32m"));
    for (size_t i = 0; text[i];) {
        if (text[i] == '\033')
            i += strcspn(text + i, "m") + 1;
        else
            text[n++] = text[i++];
    }
    text[n] = 0;
    assert_string_equal(text, expected);
    free(expected);
    free(text);
    scene_fini(&s);
}

static void lines_keep_to_the_terminal(void **state)
{
    static const unsigned widths[] = {90, 100, 132, 200};
    struct scene s;

    (void)state;
    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        const struct ladder_options options = {.columns = widths[i]};
        char *text = write_text(&s, &options);
        /* The titles and the verdict may be longer: they can wrap. */
        char *line = strstr(text, "\n\n") + 2;

        for (; strstr(line, "\n") && line[0] != 'A';
             line = strstr(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= widths[i]);
        free(text);
    }
    scene_fini(&s);
}

static void a_full_device_is_told(void **state)
{
    const struct ladder_options options = {0};
    FILE *out = fopen("/dev/full", "w");
    struct scene s;
    const struct call_view *views[1] = {&s.view};

    (void)state;
    assert_non_null(out);
    setvbuf(out, NULL, _IONBF, 0);
    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    assert_int_equal(ladder_write_text(views, 1, &options, out), -ENOSPC);
    fclose(out);
    scene_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_ladder),
        cmocka_unit_test(nothing_commands_the_terminal),
        cmocka_unit_test(colours_change_no_text),
        cmocka_unit_test(lines_keep_to_the_terminal),
        cmocka_unit_test(a_full_device_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
