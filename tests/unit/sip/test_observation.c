#include "test.h"

#include "base/hash.h"
#include "sip/observation.h"

#define TEXT                                                                   \
    "SIP/2.0 200 OK\r\n"                                                       \
    "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"                                   \
    "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\n"                         \
    "Call-ID: c\r\nCSeq: 2 BYE\r\nContent-Length: 4\r\n\r\nbody"

/* A message in memory of its own, to be gone before its copy is read. */
static struct observation *parse(struct slab_pool *pool,
                                 const struct tunnels *around)
{
    char *text = malloc(sizeof(TEXT) - 1);
    struct sip_header *headers = malloc(8 * sizeof(*headers));
    struct sip_message m;
    struct observation *o;

    assert_non_null(text);
    assert_non_null(headers);
    memcpy(text, TEXT, sizeof(TEXT) - 1);
    assert_int_equal(sip_message_parse(span_of(text, sizeof(TEXT) - 1),
                                       SIP_FROM_DATAGRAM, headers, 8, &m),
                     sizeof(TEXT) - 1);
    o = observation_new(pool, &m, around);
    assert_non_null(o);
    assert_ptr_equal(m.text.data, o->message.text.data);
    free(headers);
    free(text);
    return o;
}

static void check(const struct observation *o)
{
    const struct sip_message *m = &o->message;

    assert_true(span_equal(m->text, SPAN_LITERAL(TEXT)));
    assert_true(o->text_hash == hash_span(SPAN_LITERAL(TEXT)));
    assert_int_equal(m->status_code, 200);
    assert_true(span_equal(m->to_tag, SPAN_LITERAL("2")));
    assert_true(span_equal(m->via_branch, SPAN_LITERAL("z9hG4bK1")));
    assert_true(span_equal(m->body, SPAN_LITERAL("body")));
    assert_true(span_equal(sip_message_value(m, SIP_HEADER_CSEQ),
                           SPAN_LITERAL("2 BYE")));
    assert_true(anomaly_set_empty(&m->anomalies));
}

static void it_holds_all_of_its_message(void **state)
{
    struct slab_pool *pool = slab_pool_new(4096);
    struct observation *o;

    (void)state;
    assert_non_null(pool);
    o = parse(pool, NULL);
    check(o);
    assert_null(o->arrival.around);
    observation_release(o);
    slab_pool_free(pool);
}

/* Of another pool, which goes first; what was found later stays found. */
static void a_copy_outlives_what_it_is_of(void **state)
{
    struct slab_pool *first = slab_pool_new(4096);
    struct slab_pool *pool = slab_pool_new(4096);
    struct tunnels around = {.count = 0};
    struct observation *o, *copy;

    (void)state;
    assert_non_null(first);
    assert_non_null(pool);
    tunnels_add(&around, (struct tunnel){TUNNEL_VXLAN, true, 7});
    o = parse(first, &around);
    o->arrival = (struct arrival){.time_ns = 5,
                                  .frame = 9,
                                  .transport = TRANSPORT_SCTP,
                                  .around = o->arrival.around};
    o->ordinal = 3;
    o->duplicate = true;
    o->message.status = SIP_PARSE_PARTIAL;
    copy = observation_copy(pool, o);
    assert_non_null(copy);
    observation_release(o);
    slab_pool_free(first);

    check(copy);
    assert_int_equal(copy->arrival.time_ns, 5);
    assert_int_equal(copy->arrival.frame, 9);
    assert_int_equal(copy->arrival.transport, TRANSPORT_SCTP);
    assert_true(tunnels_equal(copy->arrival.around, &around));
    assert_int_equal(copy->ordinal, 3);
    assert_true(copy->duplicate);
    assert_int_equal(copy->message.status, SIP_PARSE_PARTIAL);
    observation_release(copy);
    slab_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_all_of_its_message),
        cmocka_unit_test(a_copy_outlives_what_it_is_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
