#include "test.h"

#include "txn/sent_by.h"

static const struct {
    const char *name;
    bool is_v4;
    uint8_t bytes[4];
    unsigned port;
} rows[] = {
    {"10.100.100.10:5060", true, {10, 100, 100, 10}, 5060},
    {"10.100.100.10", true, {10, 100, 100, 10}, 5060},
    {"10.100.100.10:", true, {10, 100, 100, 10}, 5060},
    {"10.100.100.10:50602", true, {10, 100, 100, 10}, 50602},
    {"10.100.100.11:50602", true, {10, 100, 100, 11}, 50602},
    {"110.100.100.1:50602", true, {110, 100, 100, 1}, 50602},
    {"192.168.100.200:65535 ", true, {192, 168, 100, 200}, 65535},
    {"192.168.100.200:00000065535", true, {192, 168, 100, 200}, 65535},
    {"1.2.3.4", true, {1, 2, 3, 4}, 5060},
    {"1.2.3.4:7", true, {1, 2, 3, 4}, 7},
    {"10.100.100.256:5060", false, {0}, 5060},
    {"10.100.100.10.5:5061", false, {0}, 5061},
    {"10.100.100:5061", false, {0}, 5061},
    {"sip.example.com:5070", false, {0}, 5070},
    {"[2001:db8::10]:5070", false, {0}, 5070},
    {"[2001:db8::10]", false, {0}, 5060},
    {"a:1", false, {0}, 1},
    {"", false, {0}, 5060},
};

static void check(struct sent_by_memory *memory, size_t i)
{
    const struct sent_by *named =
        sent_by_read(memory, span_of_string(rows[i].name));

    ROW_ASSERT(rows[i].name, named->is_v4 == rows[i].is_v4);
    ROW_ASSERT(rows[i].name, named->port == rows[i].port);
    ROW_ASSERT(rows[i].name,
               !rows[i].is_v4 || memcmp(named->bytes, rows[i].bytes, 4) == 0);
}

static void a_sent_by_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sent_by_memory memory = {0};

        check(&memory, i);
        check(&memory, i);
    }
}

/* More than there is room for, each of them again and again. */
static void what_is_remembered_is_the_same(void **state)
{
    struct sent_by_memory memory = {0};
    char text[32];

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            check(&memory, i);
        for (unsigned i = 0; i < 500; i++) {
            int length = snprintf(text, sizeof(text), "10.20.%u.%u:%u", i % 7,
                                  i % 256, 5000 + i);
            const struct sent_by *named =
                sent_by_read(&memory, span_of(text, (size_t)length));

            assert_true(named->is_v4);
            assert_int_equal(named->bytes[2], i % 7);
            assert_int_equal(named->bytes[3], i % 256);
            assert_int_equal(named->port, 5000 + i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sent_by_is_read),
        cmocka_unit_test(what_is_remembered_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
