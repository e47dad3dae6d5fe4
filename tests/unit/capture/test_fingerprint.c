/* One value for one content, whichever code made it and however it was cut. */
#include "test.h"

#include <xxhash.h>

#include "capture/fingerprint.h"
#include "capture/fingerprint_avx2.h"

#define BYTES 70000

static void it_is_the_library_s_hash(void **state)
{
    static unsigned char bytes[BYTES];
    static const size_t cuts[] = {1,   3,   63,   64,   255,
                                  256, 257, 1024, 4097, BYTES};
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < BYTES; i++) {
        random = random * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(random >> 24);
    }
    for (size_t c = 0; c < COUNT_OF(cuts); c++)
        for (size_t length = 0; length <= BYTES; length += 9999) {
            struct fingerprint *f = fingerprint_new();

            assert_non_null(f);
            for (size_t at = 0; at < length; at += cuts[c])
                fingerprint_push(f, bytes + at,
                                 length - at < cuts[c] ? length - at : cuts[c]);
            assert_true(fingerprint_value(f) == XXH3_64bits(bytes, length));
            fingerprint_free(f);
        }
}

static void the_wide_code_agrees(void **state)
{
    XXH3_state_t *wide = XXH3_createState(), *plain = XXH3_createState();
    unsigned char bytes[3000];

    (void)state;
    assert_true(wide && plain);
    if (!fingerprint_has_avx2()) {
        (void)XXH3_freeState(wide);
        (void)XXH3_freeState(plain);
        skip();
    }
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    (void)XXH3_64bits_reset(wide);
    (void)XXH3_64bits_reset(plain);
    for (size_t length = 1; length < sizeof(bytes); length += 61) {
        fingerprint_update_avx2(wide, bytes, length);
        (void)XXH3_64bits_update(plain, bytes, length);
        assert_true(XXH3_64bits_digest(wide) == XXH3_64bits_digest(plain));
    }
    (void)XXH3_freeState(wide);
    (void)XXH3_freeState(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_library_s_hash),
        cmocka_unit_test(the_wide_code_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
