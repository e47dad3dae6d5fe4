#include "test.h"

#include "base/hash.h"
#include "base/time.h"
#include "dialog/dialog.h"

static const int a_call, another_call; /* stand for Call-IDs */

static struct dialog *add(struct dialog_table *t, const void *call,
                          const char *caller, const char *callee)
{
    struct dialog_tags tags = {span_of_string(caller), span_of_string(callee)};

    return dialog_add(t, call, 7, &tags);
}

static struct dialog *find(struct dialog_table *t, const void *call,
                           const char *from, const char *to)
{
    return dialog_find(t, call, 7, hash_span(span_of_string(from)),
                       hash_span(span_of_string(to)));
}

static void both_directions_find_it(void **state)
{
    struct dialog_table t;
    struct dialog *d;
    struct dialog *fork;

    (void)state;
    assert_int_equal(dialog_table_init(&t, 3), 0);
    d = add(&t, &a_call, "a", "b");
    fork = add(&t, &a_call, "a", "c");
    assert_ptr_equal(find(&t, &a_call, "a", "b"), d);
    assert_ptr_equal(find(&t, &a_call, "b", "a"), d);
    assert_ptr_equal(find(&t, &a_call, "c", "a"), fork);
    assert_null(find(&t, &a_call, "b", "c"));
    assert_null(find(&t, &a_call, "a", ""));
    assert_null(find(&t, &another_call, "a", "b"));
    assert_int_equal(dialog_side_of(d, hash_span(SPAN_LITERAL("a"))),
                     DIALOG_CALLER);
    assert_int_equal(dialog_side_of(d, hash_span(SPAN_LITERAL("b"))),
                     DIALOG_CALLEE);
    assert_non_null(add(&t, &another_call, "a", "b"));
    assert_null(add(&t, &another_call, "a", "d")); /* full */
    dialog_remove(&t, d);
    assert_null(find(&t, &a_call, "a", "b"));
    dialog_table_fini(&t);
}

/* CSeq numbers go up for each side by itself (12.2.2); ACK and CANCEL repeat
 * their INVITE's, and an older request may still pass a later hop. */
static void cseq_goes_up_by_side(void **state)
{
    static const struct {
        const char *from;
        enum sip_method method;
        uint32_t cseq;
        uint32_t vias;
        bool again;
        bool back;
    } rows[] = {
        {"a", SIP_INFO, 5, 1, false, false},
        {"b", SIP_INFO, 1, 1, false, false},
        {"a", SIP_INFO, 4, 1, false, true},
        {"a", SIP_INFO, 4, 2, false, false},
        {"a", SIP_INFO, 4, 1, true, false},
        {"a", SIP_ACK, 1, 1, false, false},
        {"a", SIP_BYE, 6, 1, false, false},
        {"b", SIP_BYE, 2, 1, false, false},
        {"b", SIP_INFO, 1, 1, false, true},
    };
    struct texts_pool pool;
    struct texts texts = {0};
    struct dialog_table t;
    struct dialog *d;

    (void)state;
    texts_pool_init(&pool);
    assert_int_equal(dialog_table_init(&t, 3), 0);
    d = add(&t, &a_call, "a", "b");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct observation seen = {
            .arrival = {.time_ns = (int64_t)i * 1000},
            .message = {.from_tag_hash =
                            hash_span(span_of_string(rows[i].from)),
                        .method = rows[i].method,
                        .cseq = rows[i].cseq,
                        .via_count = rows[i].vias}};

        if (dialog_observe_request(d, &seen, rows[i].again) != rows[i].back)
            fail_msg("row %zu", i);
    }
    assert_int_equal(d->halves[DIALOG_CALLER].request_at, 6);
    assert_int_equal(d->halves[DIALOG_CALLEE].request_at, 8);
    assert_true(dialog_note_reinvite(d, DIALOG_CALLER, 7, &pool, &texts));
    assert_false(dialog_note_reinvite(d, DIALOG_CALLER, 7, &pool,
                                      &texts)); /* next hop */
    assert_true(dialog_note_reinvite(d, DIALOG_CALLEE, 7, &pool, &texts));
    assert_true(dialog_note_reinvite(d, DIALOG_CALLER, 8, &pool, &texts));
    texts_release(&pool, &texts);
    texts_pool_fini(&pool);
    dialog_table_fini(&t);
}

/* RFC 4028: what the last 2xx says holds; without a word it is off. */
static void the_last_2xx_sets_the_timer(void **state)
{
    static const struct {
        const char *header;
        bool by_caller;
        int64_t expiry_us;
        bool refreshed_by_caller;
    } rows[] = {
        {"Session-Expires: 90;refresher=uac\r\n", true, 91000000, true},
        {"Session-Expires: 90;refresher=uas\r\n", true, 91000000, false},
        {"x: 90;refresher=uac\r\n", false, 91000000, false},
        {"Session-Expires: 90\r\n", true, 91000000, true},
        {"Session-Expires: soon\r\n", true, TIME_NONE, true},
        {"Session-Expires: 4294967295\r\n", true, 4294967296000000, true},
        {"", true, TIME_NONE, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_header headers[8];
        struct session_timer timer;
        struct sip_message m;
        char text[256];
        int n = snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n%s\r\n",
                         rows[i].header);

        assert_true(sip_message_parse(span_of(text, (size_t)n),
                                      SIP_FROM_DATAGRAM, headers, 8, &m) > 0);
        session_timer_observe(&timer, &m, 1000000, rows[i].by_caller);
        ROW_ASSERT(rows[i].header,
                   session_timer_expiry(&timer) == rows[i].expiry_us);
        ROW_ASSERT(rows[i].header, session_timer_refreshed_by_caller(&timer) ==
                                       rows[i].refreshed_by_caller);
    }
}

static void parse(const char *text, struct sip_header headers[16],
                  struct sip_message *m)
{
    assert_true(sip_message_parse(span_of_string(text), SIP_FROM_DATAGRAM,
                                  headers, 16, m) > 0);
}

#define ROUTES                                                                 \
    "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\nRecord-Route: <sip:p0;lr>\r\n"
#define TAGS(from, to)                                                         \
    "From: <sip:x>;tag=" from "\r\nTo: <sip:y>;tag=" to "\r\n"
#define OK_TO(from, to, rest)                                                  \
    "SIP/2.0 200 OK\r\n" TAGS(from, to) rest "\r\n\r\n"

/* The dialog is a's with b; what its callee's target and the caller's routes
 * are after each message. */
static void targets_and_routes_are_kept(void **state)
{
    static const struct {
        const char *text;
        bool makes;
        const char *target;
        const char *routes;
    } rows[] = {
        {"SIP/2.0 180 R\r\n" TAGS(
             "a", "b") "Contact: <sip:b@early>\r\n"
                       "Record-Route: <sip:p9;lr>\r\nCSeq: 1 INVITE\r\n\r\n",
         true, "sip:b@early", "<sip:p9;lr>"},
        /* 13.2.2.4: the 2xx overrules; 12.1.2: backwards */
        {OK_TO("a", "b",
               "Contact: \"B\" <sip:b@10.0.0.2;x=1>;q=1\r\n" ROUTES
               "CSeq: 1 INVITE"),
         true, "sip:b@10.0.0.2;x=1", "<sip:p0;lr>, <sip:p1;lr>, <sip:p2;lr>"},
        /* again, and what begins as the one that is known, and is another */
        {OK_TO("a", "b", "m: <sip:b@10.0.0.2;x=1>;q=2\r\nCSeq: 1 INVITE"), true,
         "sip:b@10.0.0.2;x=1", NULL},
        {OK_TO("a", "b", "m: <sip:b@10.0.0.2;x=1;y>\r\nCSeq: 1 INVITE"), true,
         "sip:b@10.0.0.2;x=1;y", NULL},
        /* a target refresh: routes stay (12.2) */
        {OK_TO("a", "b",
               "Contact: <sip:b@two>\r\n"
               "Record-Route: <sip:p7;lr>\r\nCSeq: 2 INVITE"),
         false, "sip:b@two", "<sip:p0;lr>, <sip:p1;lr>, <sip:p2;lr>"},
        /* the callee asks, and is refused; asks, and is granted */
        {"UPDATE sip:a SIP/2.0\r\n" TAGS("b", "a") "m: <sip:b@three>\r\n"
                                                   "CSeq: 1 UPDATE\r\n\r\n",
         false, "sip:b@two", NULL},
        {"SIP/2.0 500 No\r\n" TAGS("b", "a") "CSeq: 1 UPDATE\r\n\r\n", false,
         "sip:b@two", NULL},
        {"UPDATE sip:a SIP/2.0\r\n" TAGS("b", "a") "m: <sip:b@four>\r\n"
                                                   "CSeq: 2 UPDATE\r\n\r\n",
         false, "sip:b@two", NULL},
        {OK_TO("b", "a", "m: <sip:a@own>\r\nCSeq: 2 UPDATE"), false,
         "sip:b@four", NULL},
        /* INFO refreshes nothing, and the caller's Contact is none of b's */
        {OK_TO("a", "b", "m: <sip:b@five>\r\nCSeq: 3 INFO"), false,
         "sip:b@four", NULL},
        {"INVITE sip:b SIP/2.0\r\n" TAGS("a", "b") "m: <sip:a@six>\r\n"
                                                   "CSeq: 4 INVITE\r\n\r\n",
         false, "sip:b@four", NULL},
    };
    struct texts_pool pool;
    struct texts texts = {0};
    struct dialog_table t;
    struct dialog *d;

    (void)state;
    texts_pool_init(&pool);
    assert_int_equal(dialog_table_init(&t, 3), 0);
    d = add(&t, &a_call, "a", "b");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sip_header headers[16];
        struct sip_message m;

        parse(rows[i].text, headers, &m);
        if (rows[i].makes)
            dialog_keep_route(d, &m, &pool, &texts);
        else if (m.is_request)
            dialog_ask_target(d, &m, &pool, &texts);
        else
            dialog_refresh_target(d, &m, &pool, &texts);
        ROW_ASSERT(rows[i].text, span_equal(d->remote_target,
                                            span_of_string(rows[i].target)));
        ROW_ASSERT(
            rows[i].text,
            !rows[i].routes ||
                span_equal(d->route_set, span_of_string(rows[i].routes)));
    }
    texts_release(&pool, &texts);
    texts_pool_fini(&pool);
    dialog_table_fini(&t);
}

/* 12.1.1: a NOTIFY that makes the dialog was received by its caller. */
static void a_requests_routes_stand_as_they_are(void **state)
{
    static const char text[] = "NOTIFY sip:a SIP/2.0\r\n" TAGS("b", "a") ROUTES
        "m: <sip:b@n>\r\nCSeq: 1 NOTIFY\r\n\r\n";
    struct sip_header headers[16];
    struct texts_pool pool;
    struct texts texts = {0};
    struct dialog_table t;
    struct sip_message m;
    struct dialog *d;

    (void)state;
    texts_pool_init(&pool);
    assert_int_equal(dialog_table_init(&t, 3), 0);
    d = add(&t, &a_call, "a", "b");
    parse(text, headers, &m);
    dialog_keep_route(d, &m, &pool, &texts);
    assert_true(span_equal(
        d->route_set, SPAN_LITERAL("<sip:p2;lr>, <sip:p1;lr>, <sip:p0;lr>")));
    /* Whoever changes it without end fills no memory. */
    for (unsigned i = 0; i < 1000; i++) {
        char update[256];

        snprintf(update, sizeof(update),
                 OK_TO("a", "b", "m: <sip:b@%u>\r\nCSeq: 1 INVITE"), i);
        parse(update, headers, &m);
        dialog_refresh_target(d, &m, &pool, &texts);
    }
    assert_int_equal(d->texts_kept, DIALOG_TEXTS_MAX);
    texts_release(&pool, &texts);
    texts_pool_fini(&pool);
    dialog_table_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_find_it),
        cmocka_unit_test(cseq_goes_up_by_side),
        cmocka_unit_test(the_last_2xx_sets_the_timer),
        cmocka_unit_test(targets_and_routes_are_kept),
        cmocka_unit_test(a_requests_routes_stand_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
