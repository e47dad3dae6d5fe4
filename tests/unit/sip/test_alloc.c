/*
 * Messages copied again and again, memory failing at the first allocation,
 * then at the second, and so on: none, or a whole one. Linked with malloc and
 * its like wrapped.
 */
#include "test.h"

#include "refusal.h"

#include "sip/observation.h"

static void copies_are_whole_or_none(void **state)
{
    const struct span text = SPAN_LITERAL("OPTIONS sip:a SIP/2.0\r\n"
                                          "Call-ID: c\r\n\r\n");
    struct sip_header headers[8];
    long round = 0;
    bool copied = false;

    (void)state;
    for (; !copied; round++) {
        struct slab_pool *pool = slab_pool_new(600);
        struct observation *o, *copy;
        struct sip_message m;

        assert_non_null(pool);
        assert_true(round < 10);
        assert_true(sip_message_parse(text, SIP_FROM_DATAGRAM, headers, 8, &m));
        allowed = round;
        o = observation_new(pool, &m, NULL);
        copy = NULL;
        if (o) {
            o->arrival = (struct arrival){0};
            o->ordinal = 0;
            o->duplicate = false;
            copy = observation_copy(pool, o);
        }
        allowed = -1;
        copied = copy != NULL;
        if (copied)
            assert_true(span_equal(copy->message.text, text));
        if (o)
            observation_release(o);
        if (copy)
            observation_release(copy);
        slab_pool_free(pool);
    }
    assert_int_equal(round, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_whole_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
