#include "test.h"

#include "report/one_way.h"

static struct call_record call_between(uint8_t from, uint8_t to, uint32_t bits)
{
    const uint8_t a[4] = {10, 0, 0, from};
    const uint8_t b[4] = {10, 0, 0, to};
    struct call_record r = {.evidence = bits};

    r.src.address = address_v4(a);
    r.dst.address = address_v4(b);
    return r;
}

static void expect(const struct one_way *w, const char *line)
{
    struct text t;

    text_init(&t);
    one_way_write(w, &t);
    if (!span_equal(text_span(&t), span_of_string(line)))
        fail_msg("\"%.*s\", not \"%s\"", SPAN_ARG(text_span(&t)), line);
    text_fini(&t);
}

#define ONE_WAY (1u << EVIDENCE_ONE_DIRECTION)
#define ANSWERS (ONE_WAY | 1u << EVIDENCE_NO_START)

static void test_ways(void **state)
{
    struct one_way w = {0};
    struct call_record r = call_between(1, 2, 1u << EVIDENCE_NO_START);

    (void)state;
    one_way_add(&w, &r);
    expect(&w, "");
    r = call_between(1, 2, ONE_WAY);
    one_way_add(&w, &r);
    expect(&w, "only one direction was seen of 1 call: from 10.0.0.1 to "
               "10.0.0.2; does the mirror port show both?");
    one_way_add(&w, &r);
    r = call_between(3, 4, ANSWERS);
    one_way_add(&w, &r);
    expect(&w, "only one direction was seen of 3 calls: from 10.0.0.1 to "
               "10.0.0.2 (2), 10.0.0.4 to 10.0.0.3 (1); does the mirror port "
               "show both?");
}

static void test_many(void **state)
{
    struct one_way w = {0};
    struct call_record r;

    (void)state;
    for (uint8_t i = 0; i < 20; i++) {
        r = call_between(i, 100, ONE_WAY);
        one_way_add(&w, &r);
    }
    assert_int_equal(w.calls, 20);
    assert_int_equal(w.pair_count, ONE_WAY_PAIRS);
    assert_int_equal(w.elsewhere, 20 - ONE_WAY_PAIRS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
