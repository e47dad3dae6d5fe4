#include "test.h"

#include "sip/content_type.h"

#define S(text) SPAN_LITERAL(text)

static bool is(struct span s, const char *text)
{
    return span_equal(s, span_of_string(text));
}

static void types_are_taken_apart(void **state)
{
    struct sip_content_type t;

    (void)state;
    assert_true(sip_content_type_parse(
        S("Multipart / Mixed ; Boundary=\"a b\";x"), &t));
    assert_true(sip_content_type_is(&t, S("multipart"), S("mixed")));
    assert_true(is(t.boundary, "a b"));
    assert_false(sip_content_type_parse(S("text"), &t));
    assert_false(sip_content_type_parse(S("/x"), &t));
    assert_false(sip_content_type_parse(S(""), &t));
}

static void parts_are_walked(void **state)
{
    static const struct {
        const char *name, *body;
        const char *parts[4]; /* bodies */
    } rows[] = {
        {"two",
         "preamble\r\n--b\r\nContent-Type: a/b\r\n\r\none\r\n--b\r\n\r\n"
         "two\r\n\r\n--b--\r\nepilogue\r\n--b\r\nno",
         {"one", "two\r\n"}},
        {"lf", "--b\nc: a/b\n\none\n--b--\n", {"one"}},
        {"never closed", "--b\r\n\r\none\r\n", {"one"}},
        {"padded", "--b  \r\n\r\none\r\n--b--", {"one"}},
        {"longer boundary",
         "--bb\r\n\r\nno\r\n--b\r\n\r\none\r\n--b--",
         {"one"}},
        {"headers only", "--b\r\nX: y\r\n--b--", {""}},
        {"closed at once", "--b--\r\n", {NULL}},
        {"none", "text", {NULL}},
        {"empty", "", {NULL}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span body = span_of_string(rows[i].body);
        struct sip_part part;
        size_t cursor = 0, n = 0;

        while (sip_part_next(body, S("b"), &cursor, &part)) {
            ROW_ASSERT(rows[i].name, n < 4 && rows[i].parts[n]);
            ROW_ASSERT(rows[i].name, is(part.body, rows[i].parts[n]));
            n++;
        }
        ROW_ASSERT(rows[i].name, !rows[i].parts[n]);
        assert_false(sip_part_next(body, SPAN_NONE, &cursor, &part));
    }
}

#define HEAD "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n"
#define SDP "v=0\r\no=- 1 1 IN IP4 h\r\n"

static void session_descriptions_are_found(void **state)
{
    static const struct {
        const char *name, *text, *sdp; /* NULL: there is none */
    } rows[] = {
        {"plain", HEAD "c: application/sdp\r\n\r\n" SDP, SDP},
        {"any case", HEAD "Content-Type: Application/SDP;x=y\r\n\r\n" SDP, SDP},
        {"no type", HEAD "\r\n" SDP, SDP},
        {"no type, no sdp", HEAD "\r\nhello", NULL},
        {"another type", HEAD "c: text/plain\r\n\r\n" SDP, NULL},
        {"empty", HEAD "c: application/sdp\r\n\r\n", NULL},
        {"encoded", HEAD "e: gzip\r\nc: application/sdp\r\n\r\n" SDP, NULL},
        {"identity", HEAD "e: Identity\r\nc: application/sdp\r\n\r\n" SDP, SDP},
        {"multipart",
         HEAD "c: multipart/mixed;boundary=\"x\"\r\n\r\n--x\r\n"
              "Content-Type: text/plain\r\n\r\nhi\r\n--x\r\n"
              "Content-Type:\r\n application/sdp\r\n"
              "Content-Disposition: session\r\n\r\n" SDP "\r\n--x--\r\n",
         SDP},
        {"nested",
         HEAD "c: multipart/mixed;boundary=x\r\n\r\n--x\r\n"
              "c: multipart/alternative;boundary=y\r\n\r\n--y\r\n"
              "c: application/sdp\r\n\r\n" SDP "\r\n--y--\r\n--x--\r\n",
         SDP},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_header headers[16];
        struct sip_message m;
        struct span sdp = SPAN_NONE;

        assert_true(sip_message_parse(span_of_string(rows[i].text),
                                      SIP_FROM_DATAGRAM, headers, 16, &m) > 0);
        ROW_ASSERT(rows[i].name,
                   sip_message_sdp(&m, &sdp) == (rows[i].sdp != NULL));
        ROW_ASSERT(rows[i].name, !rows[i].sdp || is(sdp, rows[i].sdp));
    }
}

static void fragments_tell_their_status(void **state)
{
    struct span phrase;
    uint16_t code;

    (void)state;
    assert_true(sip_fragment_status(S("SIP/2.0 180 Ringing\r\nTo: x\r\n"),
                                    &code, &phrase));
    assert_int_equal(code, 180);
    assert_true(is(phrase, "Ringing"));
    assert_true(sip_fragment_status(S("SIP/2.0 200 OK"), &code, &phrase));
    assert_int_equal(code, 200);
    assert_false(
        sip_fragment_status(S("INVITE sip:a@b SIP/2.0\r\n"), &code, &phrase));
    assert_false(sip_fragment_status(S(""), &code, &phrase));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_taken_apart),
        cmocka_unit_test(parts_are_walked),
        cmocka_unit_test(session_descriptions_are_found),
        cmocka_unit_test(fragments_tell_their_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
