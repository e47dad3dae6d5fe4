#include "scene.h"

#include "ladder/model.h"

#define A "10.0.0.5:5060"
#define P "10.0.0.1:5060"
#define B "10.0.0.7:5060"
#define C "10.0.0.8:5060"

#define LINES_MAX 12
#define TEXT_MAX 400

/* Builds the model of some lines; the caller ends both. */
static void build(struct scene *s, struct ladder_model *m,
                  const struct line *lines, bool duplicates)
{
    const struct call_view *views[1] = {&s->view};
    struct call_record r = scene_record("call@example");

    scene_init(s, "call@example");
    for (size_t i = 0; i < LINES_MAX && lines[i].start; i++)
        scene_add(s, &lines[i]);
    assert_int_equal(call_view_set_record(&s->view, &r), 0);
    assert_int_equal(ladder_model_build(views, 1, duplicates, m), 0);
}

static void join(char *text, struct span item)
{
    size_t n = strlen(text);

    (void)snprintf(text + n, TEXT_MAX - n, "%s%.*s", n ? " | " : "",
                   SPAN_ARG(item));
}

static void lifelines_follow_the_invite(void **state)
{
    static const struct {
        const char *name;
        struct line lines[LINES_MAX];
        const char *heads;
        const char *roles;
    } rows[] = {
        {"two hops",
         {{0, A, P, "INVITE sip:b@x"},
          {1, P, B, "INVITE sip:b@x", .vias = 2},
          {2, B, P, "200 OK", .to_tag = "b", .vias = 2}},
         A " | " P " | " B,
         "UAC | proxy | UAS"},
        {"the second hop is seen first",
         {{0, P, B, "INVITE sip:b@x", .vias = 2}, {1, A, P, "INVITE sip:b@x"}},
         A " | " P " | " B,
         "UAC | proxy | UAS"},
        {"a fork, one branch of two hops",
         {{0, A, P, "INVITE sip:b@x"},
          {1, P, B, "INVITE sip:b@x", .vias = 2},
          {2, P, C, "INVITE sip:b@x", .vias = 2},
          {3, B, "10.9.9.9:5060", "INVITE sip:b@x", .vias = 3}},
         A " | " P " | " B " | 10.9.9.9:5060 | " C,
         "UAC | proxy | proxy | UAS | UAS"},
        {"a back-to-back user agent",
         {{0, A, P, "INVITE sip:b@x"}, {1, P, B, "INVITE sip:b@x"}},
         A " | " P " | " B,
         "UAC | B2BUA | UAS"},
        {"begun in mid-call by the callee",
         {{0, B, P, "BYE sip:a@x", "5 BYE", "a"},
          {1, P, A, "BYE sip:a@x", "5 BYE", "a", .vias = 2},
          {2, A, P, "200 OK", "5 BYE", "a", .vias = 2}},
         B " | " P " | " A,
         "UA | proxy | "},
        {"responses alone",
         {{0, B, P, "180 Ringing", .to_tag = "b"},
          {1, P, A, "180 Ringing", .to_tag = "b"}},
         A " | " P " | " B,
         " |  | "},
        {"many ports of one element",
         {{0, "10.0.0.5:40001", P, "INVITE sip:b@x"},
          {1, P, "10.0.0.5:40001", "100 Trying"},
          {2, "10.0.0.5:40002", P, "ACK sip:b@x", "1 ACK", "b"}},
         "10.0.0.5:40001 +1 port | " P,
         "UAC | UAS"},
        {"loopback: ports are elements",
         {{0, "127.0.0.1:5060", "127.0.0.1:5070", "INVITE sip:b@x"},
          {1, "127.0.0.1:5070", "127.0.0.1:5080", "INVITE sip:b@x", .vias = 2},
          {2, "127.0.0.1:5080", "127.0.0.1:5070", "486 Busy", .vias = 2}},
         "127.0.0.1:5060 | 127.0.0.1:5070 | 127.0.0.1:5080",
         "UAC | proxy | UAS"},
        {"registrar",
         {{0, A, P, "REGISTER sip:x", "1 REGISTER"},
          {1, P, A, "200 OK", "1 REGISTER", "r"}},
         A " | " P,
         "UAC | registrar"},
        {"redirect",
         {{0, A, P, "INVITE sip:b@x"}, {1, P, A, "302 Moved", .to_tag = "r"}},
         A " | " P,
         "UAC | redirect server"},
        {"IPv6",
         {{0, "2001:db8::5:5060", "2001:db8::1:5060", "INVITE sip:b@x"}},
         "[2001:db8::5]:5060 | [2001:db8::1]:5060",
         "UAC | UAS"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char heads[TEXT_MAX] = "";
        char roles[TEXT_MAX] = "";
        struct ladder_model m;
        struct scene s;

        build(&s, &m, rows[i].lines, false);
        for (size_t k = 0; k < m.lifeline_count; k++) {
            join(heads, m.lifelines[k].address);
            if (k)
                strcat(roles, " | ");
            strncat(roles, m.lifelines[k].role.data,
                    m.lifelines[k].role.length);
        }
        if (strcmp(heads, rows[i].heads) || strcmp(roles, rows[i].roles))
            fail_msg("%s: %s; %s", rows[i].name, heads, roles);
        ladder_model_fini(&m);
        scene_fini(&s);
    }
}

/* Of a text that was dropped only the columns are left: no Via, no header. */
static void a_message_without_text_is_drawn(void **state)
{
    struct observation o = {
        .arrival = {.time_ns = SCENE_START_US * 1000,
                    .src = scene_endpoint(A),
                    .dst = scene_endpoint(P)},
        .message = {.is_request = true,
                    .method = SIP_INVITE,
                    .cseq_method = SIP_INVITE,
                    .has_cseq = true,
                    .cseq = 1,
                    .content_length = -1,
                    .request_uri = SPAN_LITERAL("sip:b@x")},
    };
    const struct message_record record = {.seen = &o,
                                          .transaction = TRANSACTION_NONE};
    struct call_record r = scene_record("call@example");
    struct call_view view;
    const struct call_view *views[1] = {&view};
    struct ladder_model m;

    (void)state;
    call_view_init(&view);
    assert_int_equal(call_view_add_message(&view, &record), 0);
    assert_int_equal(call_view_set_record(&view, &r), 0);
    assert_int_equal(ladder_model_build(views, 1, false, &m), 0);
    assert_true(span_equal(m.events[0].label, SPAN_LITERAL("INVITE sip:b@x")));
    assert_true(span_equal(m.lifelines[0].role, SPAN_LITERAL("UAC")));
    ladder_model_fini(&m);
    call_view_fini(&view);
}

/* What the user calls an element stands first, cleaned, and its address goes
 * before the role; who has no name is as before. */
static void peers_names_come_first(void **state)
{
    static const struct line lines[] = {
        {0, A, P, "INVITE sip:b@x"},
        {1, P, A, "486 Busy", .to_tag = "b"},
    };
    struct call_view_name names[] = {
        {scene_endpoint(P).address, SPAN_LITERAL("carrier\x1b[1m \"A\"")},
        {scene_endpoint("198.51.100.99:1").address, SPAN_LITERAL("nobody")},
    };
    struct ladder_model m;
    struct scene s;
    const struct call_view *views[1] = {&s.view};
    struct call_record r = scene_record("call@example");

    (void)state;
    scene_init(&s, "call@example");
    scene_add_all(&s, lines, COUNT_OF(lines));
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    s.view.names = names;
    s.view.name_count = COUNT_OF(names);
    assert_int_equal(ladder_model_build(views, 1, false, &m), 0);
    assert_true(span_equal(m.lifelines[0].address, SPAN_LITERAL(A)));
    assert_true(span_equal(m.lifelines[0].role, SPAN_LITERAL("UAC")));
    assert_true(
        span_starts_nocase(m.lifelines[1].address, SPAN_LITERAL("carrier")));
    assert_null(memchr(m.lifelines[1].address.data, 0x1b,
                       m.lifelines[1].address.length));
    assert_true(span_equal(m.lifelines[1].role, SPAN_LITERAL(P "  UAS")));
    ladder_model_fini(&m);
    scene_fini(&s);
}

/* TCP from a port of the moment: its Via says who that is. */
static void via_joins_ports_on_loopback(void **state)
{
    static const char text[] =
        "INVITE sip:b@x SIP/2.0\r\n"
        "Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK2\r\n"
        "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
        "From: <sip:a@x>;tag=a\r\nTo: <sip:b@x>\r\n"
        "Call-ID: call@example\r\nCSeq: 1 INVITE\r\n"
        "Content-Length: 0\r\n\r\n";
    const struct line first = {0, "127.0.0.1:5060", "127.0.0.1:5070",
                               "INVITE sip:b@x"};
    const struct line second = {.ms = 1,
                                .from = "127.0.0.1:43210",
                                .to = "127.0.0.1:5080",
                                .transport = TRANSPORT_TCP};
    struct call_record r = scene_record("call@example");
    struct ladder_model m;
    struct scene s;
    const struct call_view *views[1] = {&s.view};

    (void)state;
    scene_init(&s, "call@example");
    scene_add(&s, &first);
    scene_add_text(&s, &second, span_of_string(text));
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    assert_int_equal(ladder_model_build(views, 1, false, &m), 0);
    assert_int_equal(m.lifeline_count, 3);
    assert_int_equal(m.events[0].to, m.events[1].from);
    ladder_model_fini(&m);
    scene_fini(&s);
}

#define SDP_SENDONLY SCENE_SDP("10.0.0.5", "4000", "8 101", "a=sendonly\r\n")
#define SDP_PLAIN SCENE_SDP("10.0.0.5", "4000", "8 0 101", "")

static void labels_and_small_print(void **state)
{
    static const struct {
        const char *name;
        struct line line;
        const char *label;
        const char *notes;
    } rows[] = {
        {"INVITE",
         {0, A, P, "INVITE sip:bob:secret@x:5070;lr?h=1"},
         "INVITE sip:bob@x:5070",
         ""},
        {"re-INVITE",
         {0, A, P, "INVITE sip:bob@x", "2 INVITE", "b"},
         "re-INVITE",
         ""},
        {"ACK", {0, A, P, "ACK sip:bob@x", "1 ACK", "b"}, "ACK", ""},
        {"unknown method",
         {0, A, P, "FOO sip:bob@x", "1 FOO"},
         "FOO sip:bob@x",
         ""},
        {"provisional", {0, P, A, "180 Ringing"}, "180 Ringing", ""},
        {"2xx to INVITE", {0, P, A, "200 OK"}, "200 OK (INVITE)", ""},
        {"2xx to BYE", {0, P, A, "200 OK", "2 BYE"}, "200 OK (BYE)", ""},
        {"100 to BYE",
         {0, P, A, "100 Trying", "2 BYE"},
         "100 Trying (BYE)",
         ""},
        {"failure", {0, P, A, "486 Busy Here"}, "486 Busy Here", ""},
        {"no phrase", {0, P, A, "404 "}, "404 Not Found", ""},
        {"offer",
         {0, A, P, "INVITE sip:b@x", .sdp = SDP_PLAIN},
         "INVITE sip:b@x",
         "SDP offer: PCMA PCMU telephone-event | audio 10.0.0.5:4000"},
        {"hold",
         {0, A, P, "INVITE sip:b@x", "2 INVITE", "b", .sdp = SDP_SENDONLY},
         "re-INVITE",
         "SDP offer: PCMA telephone-event | hold (sendonly) | "
         "audio 10.0.0.5:4000"},
        {"early media, its request not seen",
         {0, P, A, "183 Session Progress", .sdp = SDP_PLAIN},
         "183 Session Progress",
         "SDP: PCMA PCMU telephone-event | early media | "
         "audio 10.0.0.5:4000"},
        {"Reason",
         {0, A, P, "BYE sip:b@x", "2 BYE", "b",
          .more = "Reason: Q.850;cause=16, SIP;cause=200;"
                  "text=\"x y\"\r\n"},
         "BYE",
         "Reason: Q.850 16 normal call clearing | Reason: SIP 200 x y"},
        {"challenge",
         {0, P, A, "401 Unauthorized",
          .more = "WWW-Authenticate: Digest realm=\"a b\", nonce=\"n\"\r\n"},
         "401 Unauthorized",
         "challenge, realm a b"},
        {"credentials",
         {0, A, P, "INVITE sip:b@x", "2 INVITE",
          .more = "Proxy-Authorization: Digest username=\"al\", "
                  "realm=\"r\", response=\"0\"\r\n"},
         "INVITE sip:b@x",
         "credentials of al, realm r"},
        {"redirect",
         {0, P, A, "302 Moved Temporarily",
          .more = "Contact: <sip:c@y:5070>;q=0.1, <tel:+123>\r\n"},
         "302 Moved Temporarily",
         "Contact: sip:c@y:5070 | Contact: tel:+123"},
        {"Warning",
         {0, P, A, "488 Not Acceptable Here",
          .more = "Warning: 304 h \"no codec\"\r\n"},
         "488 Not Acceptable Here",
         "Warning: 304 no codec"},
        {"transfer",
         {0, A, P, "REFER sip:b@x", "3 REFER", "b",
          .more = "Refer-To: <sip:c@z?Replaces=1>\r\n"},
         "REFER",
         "Refer-To: sip:c@z"},
        {"control bytes",
         {0, P, A, "486 \033[2JBusy", .more = "Retry-After: 5 \x07\r\n"},
         "486 \\x1B[2JBusy",
         "Retry-After: 5 \\x07"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct line lines[LINES_MAX] = {rows[i].line};
        char notes[TEXT_MAX] = "";
        struct ladder_model m;
        struct scene s;

        build(&s, &m, lines, false);
        for (uint16_t k = 0; k < m.events[0].note_count; k++)
            join(notes, m.events[0].notes[k]);
        if (!span_equal(m.events[0].label, span_of_string(rows[i].label)) ||
            strcmp(notes, rows[i].notes))
            fail_msg("%s: %.*s; %s", rows[i].name, SPAN_ARG(m.events[0].label),
                     notes);
        ladder_model_fini(&m);
        scene_fini(&s);
    }
}

static void sequences_of_labels(void **state)
{
    static const struct {
        const char *name;
        struct line lines[LINES_MAX];
        bool duplicates;
        const char *labels;
    } rows[] = {
        {"retransmissions are numbered hop by hop",
         {{0, A, P, "INVITE sip:b@x"},
          {1, P, B, "INVITE sip:b@y", .vias = 2},
          {500, A, P, "INVITE sip:b@x", .retransmission = true},
          {501, P, B, "INVITE sip:b@y", .vias = 2, .retransmission = true},
          {1500, A, P, "INVITE sip:b@x", .retransmission = true},
          {1600, P, A, "200 OK", .to_tag = "b"},
          {2100, P, A, "200 OK", .to_tag = "b", .retransmission = true}},
         false,
         "INVITE sip:b@x | INVITE sip:b@y | INVITE (retransmission 1) | "
         "INVITE (retransmission 1) | INVITE (retransmission 2) | "
         "200 OK (INVITE) | 200 OK (INVITE, retransmission 1)"},
        {"copies are left out",
         {{0, A, P, "INVITE sip:b@x"},
          {1, A, P, "INVITE sip:b@x", .duplicate = true}},
         false,
         "INVITE sip:b@x"},
        {"copies are drawn when asked for",
         {{0, A, P, "INVITE sip:b@x"},
          {1, A, P, "INVITE sip:b@x", .duplicate = true}},
         true,
         "INVITE sip:b@x | INVITE (copy)"},
        {"a pause",
         {{0, A, P, "INVITE sip:b@x"}, {62000, P, A, "408 Timeout"}},
         false,
         "INVITE sip:b@x | 1 min 2 s pass | 408 Timeout"},
        {"messages come in any order",
         {{20, P, A, "180 Ringing"}, {0, A, P, "INVITE sip:b@x"}},
         false,
         "INVITE sip:b@x | 180 Ringing"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char labels[TEXT_MAX] = "";
        struct ladder_model m;
        struct scene s;

        build(&s, &m, rows[i].lines, rows[i].duplicates);
        for (size_t k = 0; k < m.event_count; k++)
            join(labels, m.events[k].label);
        if (strcmp(labels, rows[i].labels))
            fail_msg("%s: %s", rows[i].name, labels);
        ladder_model_fini(&m);
        scene_fini(&s);
    }
}

static void forks_are_told_apart(void **state)
{
    static const struct line lines[LINES_MAX] = {
        {0, A, P, "INVITE sip:b@x"},
        {1, P, A, "180 Ringing", .to_tag = "b1"},
        {2, P, A, "180 Ringing", .to_tag = "b2"},
        {3, P, A, "200 OK", .to_tag = "b2"},
        {4, A, P, "ACK sip:b@x", "1 ACK", "b2"},
        {5, P, A, "BYE sip:a@x", "7 BYE", "a", .from_tag = "b2"},
    };
    static const char *const notes[] = {"",       "fork 1", "fork 2",
                                        "fork 2", "fork 2", "fork 2"};
    struct ladder_model m;
    struct scene s;

    (void)state;
    build(&s, &m, lines, false);
    assert_int_equal(m.event_count, 6);
    for (size_t i = 0; i < m.event_count; i++)
        assert_true(
            m.events[i].note_count
                ? span_equal(m.events[i].notes[0], span_of_string(notes[i]))
                : !*notes[i]);
    ladder_model_fini(&m);
    scene_fini(&s);
}

static void answer_is_told_from_offer(void **state)
{
    static const struct line lines[LINES_MAX] = {
        {0, A, P, "INVITE sip:b@x", .sdp = SDP_PLAIN},
        {1, P, A, "200 OK", .to_tag = "b", .sdp = SDP_SENDONLY},
        {2, A, P, "ACK sip:b@x", "1 ACK", "b"},
        {3, A, P, "INVITE sip:b@x", "2 INVITE", "b"},
        {4, P, A, "200 OK", "2 INVITE", "b", .sdp = SDP_PLAIN},
        {5, A, P, "ACK sip:b@x", "2 ACK", "b", .sdp = SDP_SENDONLY},
    };
    static const char *const begins[] = {"SDP offer", "SDP answer", "", "",
                                         "SDP offer", "SDP answer"};
    struct ladder_model m;
    struct scene s;

    (void)state;
    build(&s, &m, lines, false);
    for (size_t i = 0; i < m.event_count; i++)
        ROW_ASSERT(lines[i].start,
                   m.events[i].note_count
                       ? span_starts_nocase(m.events[i].notes[0],
                                            span_of_string(begins[i])) &&
                             *begins[i]
                       : !*begins[i]);
    ladder_model_fini(&m);
    scene_fini(&s);
}

static void durations_read_well(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {
        {0, "0"},
        {300, "0.3 ms"},
        {1000, "1 ms"},
        {502000, "502 ms"},
        {999600, "1.00 s"},
        {1190000, "1.19 s"},
        {38180000, "38.2 s"},
        {59960000, "1 min 0 s"},
        {125000000, "2 min 5 s"},
        {INT64_C(7320000000), "2 h 2 min"},
        {-1, "-"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[32];

        (void)ladder_duration_write(rows[i].us, text, sizeof(text));
        assert_string_equal(text, rows[i].text);
    }
}

static void no_message_is_an_error(void **state)
{
    struct ladder_model m;
    struct scene s;
    const struct call_view *views[1] = {&s.view};

    (void)state;
    scene_init(&s, "x");
    assert_int_equal(ladder_model_build(views, 1, false, &m), -EINVAL);
    assert_int_equal(ladder_model_build(views, 0, false, &m), -EINVAL);
    scene_fini(&s);
}

/* More addresses than lifelines: the rest shares the last one. */
static void lifelines_are_bounded(void **state)
{
    struct call_record r = scene_record("call@example");
    struct ladder_model m;
    struct scene s;
    const struct call_view *views[1] = {&s.view};

    (void)state;
    scene_init(&s, "call@example");
    for (unsigned i = 0; i < 300; i++) {
        char from[32];
        struct line l = {
            .ms = i, .from = from, .to = P, .start = "INVITE sip:b@x"};

        (void)snprintf(from, sizeof(from), "10.1.%u.%u:5060", i / 100,
                       i % 100 + 1);
        scene_add(&s, &l);
    }
    assert_int_equal(call_view_set_record(&s.view, &r), 0);
    assert_int_equal(ladder_model_build(views, 1, false, &m), 0);
    assert_int_equal(m.lifeline_count, LADDER_LIFELINES_MAX);
    for (size_t i = 0; i < m.event_count; i++)
        assert_true(m.events[i].from < m.lifeline_count &&
                    m.events[i].to < m.lifeline_count);
    ladder_model_fini(&m);
    scene_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lifelines_follow_the_invite),
        cmocka_unit_test(peers_names_come_first),
        cmocka_unit_test(via_joins_ports_on_loopback),
        cmocka_unit_test(a_message_without_text_is_drawn),
        cmocka_unit_test(labels_and_small_print),
        cmocka_unit_test(sequences_of_labels),
        cmocka_unit_test(forks_are_told_apart),
        cmocka_unit_test(answer_is_told_from_offer),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(no_message_is_an_error),
        cmocka_unit_test(lifelines_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
