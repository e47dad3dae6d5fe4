#include "../test.h"

#include "store/clean.h"
#include "store/copy.h"
#include "store/fields.h"

static void expect(const struct copy *c, const void *bytes, size_t length)
{
    assert_false(c->failed);
    assert_int_equal(c->used, length);
    assert_memory_equal(c->data, bytes, length);
}

static void test_numbers(void **state)
{
    static const unsigned char expected[] = {
        0,    6,    0,    0,    0,    2,    0xff, 0xfe, 0,    0,
        0,    4,    0,    0,    1,    2,    0,    0,    0,    8,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0,    0,    0,    1,    1,    0,    0,    0,
        8,    0,    0,    0,    0,    0,    0,    0,    1};
    struct copy c = {0};

    (void)state;
    copy_row(&c, 6);
    copy_i16(&c, -2);
    copy_i32(&c, 258);
    copy_i64(&c, -1);
    copy_null(&c);
    copy_bool(&c, true);
    copy_time(&c, INT64_C(946684800000001)); /* 1 us after 2000-01-01 */
    expect(&c, expected, sizeof(expected));
    copy_fini(&c);
}

static void test_time_and_text_none(void **state)
{
    static const unsigned char null[] = {0xff, 0xff, 0xff, 0xff};
    const struct address none = {0};
    struct copy c = {0};

    (void)state;
    copy_time(&c, TIME_NONE);
    expect(&c, null, 4);
    copy_reset(&c);
    copy_text(&c, SPAN_NONE);
    expect(&c, null, 4);
    copy_reset(&c);
    copy_address(&c, &none);
    expect(&c, null, 4);
    copy_fini(&c);
}

static void test_address(void **state)
{
    static const unsigned char v4[] = {0, 0, 0, 8, 2, 32, 0, 4, 192, 0, 2, 1};
    struct address address;
    struct address back;
    struct copy c = {0};

    (void)state;
    assert_true(address_parse(SPAN_LITERAL("192.0.2.1"), &address));
    copy_address(&c, &address);
    expect(&c, v4, sizeof(v4));
    copy_reset(&c);
    assert_true(address_parse(SPAN_LITERAL("2001:db8::1"), &address));
    copy_address(&c, &address);
    assert_int_equal(c.used, 24);
    back = field_address(span_of(c.data + 4, c.used - 4));
    assert_true(address_equal(&address, &back));
    copy_fini(&c);
}

/* Text longer than an index can hold is cut between characters. */
static void test_long_text(void **state)
{
    char text[3000];
    struct copy c = {0};

    (void)state;
    memset(text, 'a', sizeof(text));
    text[999] = (char)0xc3;
    text[1000] = (char)0xbc;
    copy_text(&c, span_of(text, sizeof(text)));
    assert_int_equal(c.used, 4 + 999);
    assert_true(clean_is_text(span_of(c.data + 4, c.used - 4)));
    copy_reset(&c);
    memset(text, 0xff, sizeof(text));
    copy_text(&c, span_of(text, sizeof(text)));
    assert_int_equal(c.used, 4 + CLEAN_TEXT_MAX);
    assert_memory_equal(c.data + 4, "\\xff\\xff", 8);
    copy_fini(&c);
}

static void test_array(void **state)
{
    struct field_array array;
    struct span element;
    struct copy c = {0};
    size_t start;
    bool null;

    (void)state;
    start = copy_array(&c, OID_TEXT, 3);
    copy_word(&c, "one");
    copy_null(&c);
    copy_word(&c, "three");
    copy_array_end(&c, start);
    assert_true(field_array_begin(span_of(c.data + 4, c.used - 4), &array));
    assert_int_equal(array.count, 3);
    assert_true(field_array_next(&array, &element, &null));
    assert_true(span_equal(element, SPAN_LITERAL("one")));
    assert_true(field_array_next(&array, &element, &null));
    assert_true(null);
    assert_true(field_array_next(&array, &element, &null));
    assert_true(span_equal(element, SPAN_LITERAL("three")));
    assert_false(field_array_next(&array, &element, &null));
    copy_reset(&c);
    copy_array_end(&c, copy_array(&c, OID_INT2, 0));
    assert_int_equal(c.used, 16);
    assert_true(field_array_begin(span_of(c.data + 4, c.used - 4), &array));
    assert_int_equal(array.count, 0);
    copy_fini(&c);
}

/* An array of any length that is cut anywhere is read without a step beyond. */
static void test_array_cut(void **state)
{
    struct copy c = {0};
    size_t start = copy_array(&c, OID_TEXT, 2);

    (void)state;
    copy_word(&c, "abc");
    copy_word(&c, "defg");
    copy_array_end(&c, start);
    for (size_t cut = 0; cut < c.used - 4; cut++) {
        char *exact = test_malloc(cut ? cut : 1);
        struct field_array array;
        struct span element;
        bool null;

        memcpy(exact, c.data + 4, cut);
        if (field_array_begin(span_of(exact, cut), &array))
            while (field_array_next(&array, &element, &null))
                assert_true(element.length == 0 ||
                            element.data + element.length <= exact + cut);
        test_free(exact);
    }
    copy_fini(&c);
}

static void test_rows(void **state)
{
    struct copy c = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        copy_row(&c, 1);
        copy_i32(&c, i);
    }
    assert_int_equal(c.row_count, 1000);
    assert_int_equal(copy_row_bytes(&c, 0).length, 10);
    assert_int_equal(copy_row_bytes(&c, 999).length, 10);
    assert_int_equal((unsigned char)copy_row_bytes(&c, 999).data[9], 999 & 255);
    copy_row_drop(&c);
    assert_int_equal(c.row_count, 999);
    assert_int_equal(c.used, 9990);
    copy_fini(&c);
}

static void test_fields(void **state)
{
    (void)state;
    assert_int_equal(field_number(SPAN_LITERAL("\xff\xfe"), 7), -2);
    assert_int_equal(field_number(SPAN_LITERAL("\0\0\1\2"), 7), 258);
    assert_int_equal(field_number(SPAN_LITERAL("\1"), 7), 1);
    assert_int_equal(field_number(SPAN_NONE, 7), 7);
    assert_int_equal(field_time(SPAN_NONE), TIME_NONE);
    assert_int_equal(field_time(SPAN_LITERAL("\0\0\0\0\0\0\0\1")),
                     INT64_C(946684800000001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_time_and_text_none),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_array_cut),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
