#include "test.h"

#include <sodium.h>

#include "base/key.h"

static void key_begins_with_its_time(void **state)
{
    static const struct {
        const char *name;
        int64_t time_us;
        const char *prefix;
    } rows[] = {
        {"1970", 0, "00000000-0000-8"},
        {"before 1970", -1, "00000000-0000-8"},
        {"one second", 1000000, "00000000-03e8-8"},
        {"2023", INT64_C(1700000000123456), "018bcfe5-687b-8"},
        {"far beyond", INT64_MAX, "ffffffff-ffff-8"},
    };
    struct span part = SPAN_LITERAL("a");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[KEY_TEXT_BYTES];
        char low_text[KEY_TEXT_BYTES];
        struct key key;
        struct key low;

        key_of_parts(rows[i].time_us, &part, 1, &key);
        key_write(&key, text);
        ROW_ASSERT(rows[i].name,
                   !strncmp(text, rows[i].prefix, strlen(rows[i].prefix)));
        ROW_ASSERT(rows[i].name, strchr("89ab", text[19]) != NULL);
        key_of_floor(rows[i].time_us, &low);
        ROW_ASSERT(rows[i].name,
                   memcmp(low.bytes, key.bytes, sizeof(low.bytes)) < 0);
        key_write(&low, low_text);
        ROW_ASSERT(rows[i].name, !strncmp(low_text, text, 13));
        ROW_ASSERT(rows[i].name,
                   !strcmp(low_text + 13, "-0000-0000-000000000000"));
    }
}

/* "ab","c" and "a","bc" must differ: each part is hashed with its length. */
static void parts_do_not_run_together(void **state)
{
    struct span one[] = {SPAN_LITERAL("ab"), SPAN_LITERAL("c")};
    struct span two[] = {SPAN_LITERAL("a"), SPAN_LITERAL("bc")};
    struct span three[] = {SPAN_LITERAL("ab"), SPAN_LITERAL("c"), SPAN_NONE};
    struct key a;
    struct key b;
    struct key c;
    struct key again;

    (void)state;
    key_of_parts(5, one, 2, &a);
    key_of_parts(5, two, 2, &b);
    key_of_parts(5, three, 3, &c);
    key_of_parts(5, one, 2, &again);
    assert_false(key_equal(&a, &b));
    assert_false(key_equal(&a, &c));
    assert_true(key_equal(&a, &again));
}

/* What is stored was made so, part by part, whatever their length. */
static void keys_are_what_they_always_were(void **state)
{
    static char text[2000];

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t length = 0; length < sizeof(text) / 2; length++) {
        const struct span parts[] = {span_of(text, length),
                                     span_of(text, length / 2)};
        crypto_generichash_state hash;
        unsigned char digest[16];
        struct key key;

        (void)crypto_generichash_init(&hash, NULL, 0, sizeof(digest));
        for (size_t i = 0; i < COUNT_OF(parts); i++) {
            uint64_t bytes = parts[i].length;

            (void)crypto_generichash_update(&hash, (unsigned char *)&bytes,
                                            sizeof(bytes));
            (void)crypto_generichash_update(
                &hash, (const unsigned char *)parts[i].data, bytes);
        }
        (void)crypto_generichash_final(&hash, digest, sizeof(digest));
        key_of_parts(0, parts, COUNT_OF(parts), &key);
        assert_memory_equal(key.bytes + 9, digest + 9, 7);
        assert_int_equal(key.bytes[7], digest[7]);
    }
}

static void key_text_is_read_back(void **state)
{
    struct key key;
    struct key back;
    char text[KEY_TEXT_BYTES];

    (void)state;
    key_of_random(INT64_C(1700000000000000), &key);
    key_write(&key, text);
    assert_true(key_parse(span_of_string(text), &back));
    assert_true(key_equal(&key, &back));
    assert_false(key_parse(SPAN_LITERAL("018bcfe5"), &back));
    assert_false(
        key_parse(SPAN_LITERAL("018bcfe5-687b-8000-8000-0000000000zz"), &back));
    assert_false(key_parse(
        SPAN_LITERAL("018bcfe5-687b-8000-8000-00000000000011"), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_begins_with_its_time),
        cmocka_unit_test(parts_do_not_run_together),
        cmocka_unit_test(keys_are_what_they_always_were),
        cmocka_unit_test(key_text_is_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
