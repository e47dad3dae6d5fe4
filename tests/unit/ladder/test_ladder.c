#include "scene.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ladder/ladder.h"
#include "ladder/font.h"
#include "ladder/layout.h"
#include "xml_check.h"

/* Graphviz, Pango and Fontconfig keep some memory to the end. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libgvc\nleak:libfontconfig\nleak:libglib\nleak:libpango\n"
           "leak:libcairo\n";
}

struct folder {
    char path[64];
    char said[1024]; /* paths told by file_fn */
};

static int make_folder(void **state)
{
    static struct folder f;

    memset(&f, 0, sizeof(f));
    (void)snprintf(f.path, sizeof(f.path), "/tmp/siptrail-ladder-XXXXXX");
    *state = &f;
    return mkdtemp(f.path) ? 0 : -1;
}

static size_t count_files(const struct folder *f, bool remove)
{
    DIR *dir = opendir(f->path);
    struct dirent *e;
    size_t count = 0;

    while (dir && (e = readdir(dir))) {
        char path[400];

        if (e->d_name[0] == '.')
            continue;
        count++;
        (void)snprintf(path, sizeof(path), "%s/%s", f->path, e->d_name);
        if (remove)
            (void)unlink(path);
    }
    if (dir)
        closedir(dir);
    return count;
}

static int remove_folder(void **state)
{
    (void)count_files(*state, true);
    return rmdir(((struct folder *)*state)->path);
}

static char *read_file(const char *path, size_t *length_out)
{
    FILE *in = fopen(path, "r");
    char *data = malloc(1 << 25);

    assert_non_null(in);
    *length_out = fread(data, 1, 1 << 25, in);
    fclose(in);
    return data;
}

static void note_file(void *arg, const char *path)
{
    struct folder *f = arg;
    size_t n = strlen(f->said);

    (void)snprintf(f->said + n, sizeof(f->said) - n, "%s%s", n ? " " : "",
                   path + strlen(f->path) + 1);
}

static int draw(struct folder *f, const struct scene *s, const char *name,
                struct error *err)
{
    struct ladder_options options = {.file_fn = note_file, .arg = f};
    const struct call_view *views[1] = {&s->view};
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
    f->said[0] = 0;
    return ladder_draw(views, 1, &options, path, err);
}

static char *draw_and_read(struct folder *f, const struct scene *s,
                           const char *name, size_t *length_out)
{
    char path[128];
    struct error err = {0};

    if (draw(f, s, name, &err))
        fail_msg("%s: %s", name, err.text);
    (void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
    return read_file(path, length_out);
}

static void every_format_is_what_it_says(void **state)
{
    static const struct {
        const char *name;
        const char *begins;
    } rows[] = {
        {"x.svg", "<?xml version"},
        {"x.png", "\x89PNG\r\n"},
        {"x.pdf", "%PDF-"},
        {"x.dot", "digraph ladder {"},
        {"x.txt", "alice@10.0.0.5 to 442071@sbc-1"},
        {"x.y.SVG", "<?xml version"},
    };
    struct scene s;

    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t length;
        char *data = draw_and_read(*state, &s, rows[i].name, &length);

        ROW_ASSERT(rows[i].name,
                   length > 200 &&
                       !memcmp(data, rows[i].begins, strlen(rows[i].begins)));
        assert_string_equal(((struct folder *)*state)->said, rows[i].name);
        free(data);
    }
    assert_int_equal(count_files(*state, false), COUNT_OF(rows));
    scene_fini(&s);
}

static void same_input_gives_same_bytes(void **state)
{
    static const char *const names[] = {"x.svg", "x.png", "x.pdf", "x.dot"};
    struct scene s;

    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t first_length;
        size_t length;
        char *first = draw_and_read(*state, &s, names[i], &first_length);
        char *second;

        if (!strcmp(names[i], "x.pdf")) /* it carries a time, in seconds */
            sleep(1);
        second = draw_and_read(*state, &s, names[i], &length);
        ROW_ASSERT(names[i],
                   length == first_length && !memcmp(first, second, length));
        free(first);
        free(second);
    }
    scene_fini(&s);
}

/* Its libraries and fonts take longer to load than a ladder to draw; the first
 * test, since what draws bitmaps stays loaded. */
static void svg_needs_no_pango(void **state)
{
    struct scene s;
    size_t length;
    char *maps;

    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    free(draw_and_read(*state, &s, "x.svg", &length));
    maps = read_file("/proc/self/maps", &length);
    maps[length] = 0;
    assert_non_null(strstr(maps, "libgvc"));
    assert_null(strstr(maps, "libpango"));
    free(maps);
    scene_fini(&s);
}

static void svg_tells_the_call(void **state)
{
    static const char *const texts[] = {
        ">10.0.0.1:5060</text>",
        ">INVITE sip:442071@sbc&#45;1</text>",
        ">INVITE (retransmission 1)</text>",
        ">14:03:07.622</text>",
        ">+502 ms</text>",
        ">talk 32.4 s \xc2\xb7 PCMA</text>",
        "stroke-dasharray",
        ">proxy \xc2\xb7 kamailio 5.6</text>",
        ">Reason: Q.850 16 Normal call clearing</text>",
        ">SDP offer: PCMA PCMU telephone&#45;event",
        "CSeq: 1 BYE&#10;",
    };
    struct scene s;
    size_t length;
    char *svg;

    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    svg = draw_and_read(*state, &s, "x.svg", &length);
    svg[length] = 0;
    assert_true(xml_check(span_of(svg, length)) > 100);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ROW_ASSERT(texts[i], strstr(svg, texts[i]) != NULL);
    free(svg);
    scene_fini(&s);
}

/* Texts may have been dropped from the database, of all or of some. */
static void what_has_no_text_has_no_tooltip(void **state)
{
    struct scene s;

    scene_init(&s, "call@example");
    scene_fill_answered(&s);
    for (size_t without = 0; without <= s.view.message_count; without++) {
        size_t length;
        size_t found = 0;
        char *svg = draw_and_read(*state, &s, "x.svg", &length);

        svg[length] = 0;
        assert_true(xml_check(span_of(svg, length)) > 20);
        for (char *at = svg; (at = strstr(at, "xlink:title=\"")); at++)
            found++;
        assert_int_equal(found, 2 * (s.view.message_count - without));
        assert_null(strstr(svg, "xlink:title=\"\""));
        free(svg);
        if (without == s.view.message_count)
            break;
        s.made[without]->message.text = SPAN_NONE;
        s.made[without]->message.body = SPAN_NONE;
        s.made[without]->message.header_count = 0;
    }
    scene_fini(&s);
}

static void hostile_text_stays_text(void **state)
{
    static const char evil[] =
        "486 \"<script>alert(1)</script>&\\N\\G\\l]]>&#0;&quot;\xff\x1b[2J"
        "\xe2\x80\xae\\";
    static const struct line lines[] = {
        {0, "10.0.0.5:5060", "10.0.0.1:5060",
         "INVITE sip:\"><svg/onload=1>\\N&amp;@x",
         .more = "User-Agent: <b>&\\N\"\\G</b>\r\n"},
        {1, "10.0.0.1:5060", "10.0.0.5:5060", evil, .to_tag = "b",
         .more = "Warning: 399 h \"--><x>\\\\\"\r\nServer: \\E\\T\\H\r\n"},
        {2, "10.0.0.1:5060", "10.0.0.7:5060", "INVITE sip:\\N<&>@y"},
        {3, "10.0.0.5:5060", "10.0.0.7:5060", "INVITE sip:\\N<&>@y"},
    };
    struct call_record r = scene_record("<&\">\\N");
    struct scene s;
    size_t length;
    char *svg;

    scene_init(&s, "<&\">\\N");
    scene_add_all(&s, lines, COUNT_OF(lines));
    r.reason_phrase = span_of_string(evil);
    r.status_code = 486;
    r.disposition = CALL_BUSY;
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    svg = draw_and_read(*state, &s, "x.svg", &length);
    svg[length] = 0;
    assert_true(xml_check(span_of(svg, length)) > 20);
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, "<svg/"));
    /* \N, \G and so on would have become names of nodes and of the graph. */
    assert_non_null(strstr(svg, "&lt;b&gt;&amp;\\N&quot;\\G&lt;/b&gt;"));
    assert_non_null(strstr(svg, "\\E\\T\\H"));
    assert_non_null(strstr(svg, "Call&#45;ID &lt;&amp;&quot;&gt;\\N"));
    free(svg);
    scene_fini(&s);
}

static void secrets_stay_out_of_tooltips(void **state)
{
    static const struct line lines[] = {
        {0, "10.0.0.5:5060", "10.0.0.1:5060", "INVITE sip:b@x",
         .more = "Authorization: Digest username=\"al\", realm=\"r\", "
                 "nonce=\"n\", uri=\"sip:x\", response=\"0123secret\"\r\n",
         .sdp = SCENE_SDP("10.0.0.5", "4000", "0",
                          "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
                          "inline:keysecret|2^20\r\n")},
        {5, "10.0.0.5:5060", "10.0.0.1:5060", "MESSAGE sip:b@x", "2 MESSAGE",
         .sdp = "bodysecret"},
        {6, "10.0.0.5:5060", "10.0.0.1:5060", "INFO sip:b@x", "3 INFO", "b",
         .more = "Content-Type: application/dtmf-relay\r\n",
         .sdp = "Signal=secret"},
    };
    struct call_record r = scene_record("x");
    struct scene s;
    size_t length;
    char *svg;

    scene_init(&s, "x");
    scene_add_all(&s, lines, COUNT_OF(lines));
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    svg = draw_and_read(*state, &s, "x.svg", &length);
    svg[length] = 0;
    assert_null(strstr(svg, "secret"));
    assert_non_null(strstr(svg, "response=&quot;xxxxxxxxxx&quot;"));
    assert_non_null(strstr(svg, "inline:xxxx"));
    free(svg);
    scene_fini(&s);
}

static void fill_many(struct scene *s, unsigned count)
{
    struct call_record r = scene_record("many@example");

    scene_init(s, "many@example");
    for (unsigned i = 0; i < count / 2; i++) {
        char cseq[32];
        struct line l = {
            i * 20, "10.0.0.5:5060", "10.0.0.1:5060", "INFO sip:b@x", cseq,
            "b"};

        (void)snprintf(cseq, sizeof(cseq), "%u INFO", i + 1);
        scene_add(s, &l);
        l = (struct line){
            i * 20 + 1, "10.0.0.1:5060", "10.0.0.5:5060", "200 OK", cseq, "b"};
        scene_add(s, &l);
    }
    assert_int_equal(call_view_set_record(&s->view, &r), 0);
}

static uint32_t png_number(const char *png, size_t at)
{
    const unsigned char *p = (const unsigned char *)png + at;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static void tall_bitmaps_become_pages(void **state)
{
    struct folder *f = *state;
    struct error err = {0};
    struct scene s;

    fill_many(&s, 700);
    assert_int_equal(draw(f, &s, "a.b.png", &err), 0);
    assert_string_equal(f->said, "a.b-1.png a.b-2.png");
    for (int i = 1; i <= 2; i++) {
        char path[128];
        size_t length;
        char *png;

        (void)snprintf(path, sizeof(path), "%s/a.b-%d.png", f->path, i);
        png = read_file(path, &length);
        assert_true(png_number(png, 16) > 500);
        assert_true(png_number(png, 20) > 10000); /* half of it each */
        assert_true(png_number(png, 20) <= 32767);
        free(png);
    }
    scene_fini(&s);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* CPU time of a picture of so many messages, the best of three. */
static double time_of(struct folder *f, unsigned count)
{
    struct error err = {0};
    double best = 1e9;
    struct scene s;

    fill_many(&s, count);
    for (int i = 0; i < 3; i++) {
        double from = seconds();

        assert_int_equal(draw(f, &s, "t.svg", &err), 0);
        if (seconds() - from < best)
            best = seconds() - from;
    }
    scene_fini(&s);
    return best;
}

/* Eight times the messages: 64 times the time, were it quadratic. */
static void time_grows_with_the_messages(void **state)
{
    double few = time_of(*state, 500);
    double many = time_of(*state, 4000);

    print_message("# 500 messages %.3f s, 4000 messages %.3f s\n", few, many);
    assert_true(many < few * 24);
}

static void pages_hold_every_event_once(void **state)
{
    struct ladder_model model;
    struct ladder_layout layout;
    struct scene s;
    const struct call_view *views[1] = {&s.view};

    (void)state;
    fill_many(&s, 300);
    assert_int_equal(ladder_model_build(views, 1, false, &model), 0);
    assert_int_equal(ladder_layout_make(&model, &layout), 0);
    for (double height = 1; height < 20000; height += 777) {
        struct layout_page *pages;
        size_t count;
        size_t next = 0;

        assert_int_equal(ladder_layout_pages(&layout, height, &pages, &count),
                         0);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(pages[i].first, next);
            assert_true(pages[i].count > 0);
            assert_true(pages[i].height <= height || pages[i].count == 1);
            next += pages[i].count;
        }
        assert_int_equal(next, model.event_count);
        free(pages);
    }
    ladder_layout_fini(&layout);
    ladder_model_fini(&model);
    scene_fini(&s);
}

/* No label leaves its lane, and lanes keep their heads apart. */
static void layout_keeps_things_apart(void **state)
{
    static const struct line lines[] = {
        {0, "10.0.0.5:5060", "10.0.0.1:5060",
         "INVITE sip:a.very.long.user.name.that.goes.on.and.on.and.on@"
         "and.so.does.its.host.example.com",
         .sdp = SCENE_SDP("10.0.0.5", "4000", "0 8 9 18 3 4 15 13 101", ""),
         .more = "User-Agent: A product with quite a long name/1.2.3.4 (a; "
                 "b; c; d)\r\nDiversion: <sip:someone.else.with.a.long.name@"
                 "example.com>\r\n"},
        {1, "10.0.0.1:5060", "2001:db8:1234:5678:9abc:def0:1234:5678:5060",
         "INVITE sip:b@x", .vias = 2},
        {2, "2001:db8:1234:5678:9abc:def0:1234:5678:5060", "10.0.0.5:5060",
         "404 Not Found, and that is said at quite some length here, is it not",
         .to_tag = "b"},
        {3, "10.0.0.5:5060", "10.0.0.5:5060", "OPTIONS sip:me@10.0.0.5",
         "1 OPTIONS"},
    };
    struct call_record r = scene_record("x");
    struct ladder_model model;
    struct ladder_layout l;
    struct scene s;
    const struct call_view *views[1] = {&s.view};

    (void)state;
    scene_init(&s, "x");
    scene_add_all(&s, lines, COUNT_OF(lines));
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    assert_int_equal(ladder_model_build(views, 1, false, &model), 0);
    assert_int_equal(ladder_layout_make(&model, &l), 0);
    assert_int_equal(model.lifeline_count, 3);
    assert_true(l.heads[0].x - l.head_width / 2 > l.time_right);
    assert_true(l.heads[2].x + l.head_width / 2 < l.width);
    for (size_t i = 0; i + 1 < model.lifeline_count; i++)
        assert_true(l.heads[i + 1].x - l.heads[i].x > l.head_width);
    for (size_t i = 0; i < model.event_count; i++) {
        const struct ladder_event *e = &model.events[i];
        double room = l.heads[e->to].x - l.heads[e->from].x;

        if (room < 0)
            room = -room;
        if (e->from == e->to)
            room = l.heads[e->to + 1].x - l.heads[e->to].x - LAYOUT_LOOP_WIDTH;
        assert_true(font_width(l.rows[i].label, LAYOUT_LABEL_SIZE, false) <
                    room);
        for (size_t k = 0; k < l.rows[i].line_count; k++)
            assert_true(
                font_width(l.rows[i].lines[k], LAYOUT_NOTE_SIZE, false) < room);
    }
    for (size_t i = 0; i < l.title_count; i++)
        assert_true(font_width(l.titles[i].bold, l.titles[i].size, true) +
                        font_width(l.titles[i].plain, l.titles[i].size, false) <
                    l.width);
    ladder_layout_fini(&l);
    ladder_model_fini(&model);
    scene_fini(&s);
}

static void failures_are_told_and_leave_nothing(void **state)
{
    static const struct {
        const char *name;
        int rc;
        const char *says;
    } rows[] = {
        {"x.gif", -EINVAL, ".svg .png .pdf .dot .txt"},
        {"x", -EINVAL, ".svg .png .pdf .dot .txt"},
        {"no/such/folder.svg", -ENOENT, "no/such/folder.svg"},
    };
    struct folder *f = *state;
    struct call_view empty;
    struct scene s;

    scene_init(&s, "x");
    scene_fill_answered(&s);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error err = {0};

        ROW_ASSERT(rows[i].name, draw(f, &s, rows[i].name, &err) == rows[i].rc);
        ROW_ASSERT(rows[i].name, strstr(err.text, rows[i].says) != NULL);
        ROW_ASSERT(rows[i].name, !f->said[0]);
    }
    scene_fini(&s);
    call_view_init(&empty);
    s.view = empty;
    assert_int_equal(draw(f, &s, "x.svg", NULL), -EINVAL);
    assert_int_equal(draw(f, &s, "x.txt", NULL), -EINVAL);
    call_view_fini(&empty);
    assert_int_equal(count_files(f, false), 0);
}

static void folder_is_no_picture(void **state)
{
    struct folder *f = *state;
    struct error err = {0};
    char path[128];
    struct scene s;

    (void)snprintf(path, sizeof(path), "%s/d.svg", f->path);
    assert_int_equal(mkdir(path, 0700), 0);
    scene_init(&s, "x");
    scene_fill_answered(&s);
    assert_int_equal(draw(f, &s, "d.svg", &err), -EISDIR);
    assert_int_equal(rmdir(path), 0);
    scene_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
        IN_FOLDER(svg_needs_no_pango),
        IN_FOLDER(every_format_is_what_it_says),
        IN_FOLDER(same_input_gives_same_bytes),
        IN_FOLDER(svg_tells_the_call),
        IN_FOLDER(hostile_text_stays_text),
        IN_FOLDER(what_has_no_text_has_no_tooltip),
        IN_FOLDER(secrets_stay_out_of_tooltips),
        IN_FOLDER(tall_bitmaps_become_pages),
        IN_FOLDER(time_grows_with_the_messages),
        IN_FOLDER(failures_are_told_and_leave_nothing),
        IN_FOLDER(folder_is_no_picture),
        cmocka_unit_test(pages_hold_every_event_once),
        cmocka_unit_test(layout_keeps_things_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
