#include "test.h"

#include "flow/opaque.h"

static struct endpoint at(unsigned host, uint16_t port)
{
    uint8_t bytes[4] = {10, (uint8_t)(host >> 16), (uint8_t)(host >> 8),
                        (uint8_t)host};

    return (struct endpoint){address_v4(bytes), port};
}

static void add(struct opaque *o, unsigned host, uint16_t port, bool dtls)
{
    struct endpoint e = at(host, port);

    opaque_add(o, &e, dtls);
}

static void test_ports(void **state)
{
    struct opaque *o = opaque_new();
    struct opaque_port rows[8];
    struct address phone = at(5, 0).address;

    (void)state;
    assert_non_null(o);
    assert_int_equal(opaque_ports(o, rows, COUNT_OF(rows)), 0);
    for (unsigned i = 0; i < 9; i++)
        add(o, 100 + i, 443, false); /* the web */
    for (unsigned i = 0; i < 3; i++)
        add(o, 1 + i % 2, 5061, false);
    add(o, 5, 443, false);  /* a host that speaks SIP elsewhere */
    add(o, 5, 30000, true); /* its media */
    add(o, 6, 5061, true);
    opaque_note_sip(o, &phone);
    opaque_note_sip(o, &phone);
    assert_int_equal(opaque_ports(o, rows, COUNT_OF(rows)), 5);
    assert_true(rows[0].sip && !rows[0].dtls && rows[0].port == 5061);
    assert_int_equal(rows[0].flows, 3);
    assert_int_equal(rows[0].servers, 2);
    assert_true(
        address_equal(&rows[0].first, &(struct address){4, {10, 0, 0, 1}}));
    assert_true(rows[1].sip && rows[1].port == 443 && rows[1].flows == 1);
    assert_true(rows[2].sip && rows[2].dtls && rows[2].port == 5061);
    assert_true(!rows[3].sip && rows[3].port == 443 && rows[3].flows == 9);
    assert_true(!rows[4].sip && rows[4].dtls && rows[4].port == 30000);
    assert_int_equal(opaque_ports(o, rows, 1), 5);
    opaque_free(o);
    opaque_free(NULL);
}

/* A scan of everything: bounded, and every flow counted. */
static void test_flood(void **state)
{
    struct opaque *o = opaque_new();
    static struct opaque_port rows[2048];
    uint64_t flows = 0;
    size_t count;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        struct address host = at(i, 0).address;

        add(o, i, (uint16_t)i, i & 1);
        opaque_note_sip(o, &host);
    }
    count = opaque_ports(o, rows, COUNT_OF(rows));
    assert_in_range(count, 1, 1024);
    for (size_t i = 0; i < count; i++)
        flows += rows[i].flows;
    assert_int_equal(flows, 100000);
    opaque_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
