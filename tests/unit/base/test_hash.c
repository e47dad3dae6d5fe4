#include "test.h"

#include "base/hash.h"

#define LENGTHS 300

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void assert_distinct(uint64_t *hashes, size_t count)
{
    qsort(hashes, count, sizeof(*hashes), compare);
    for (size_t i = 1; i < count; i++)
        assert_int_not_equal(hashes[i - 1], hashes[i]);
}

static void every_length_and_every_bit_counts(void **state)
{
    static uint64_t hashes[LENGTHS * 8 + 1];
    static char bytes[LENGTHS + 1];
    uint64_t by_length[LENGTHS + 1];

    (void)state;
    for (size_t length = 0; length <= LENGTHS; length++) {
        size_t count = 0;

        by_length[length] = hashes[count++] = hash_bytes(bytes, length);
        for (size_t i = 0; i < length * 8; i++) {
            bytes[i / 8] ^= (char)(1 << i % 8);
            hashes[count++] = hash_bytes(bytes, length);
            bytes[i / 8] ^= (char)(1 << i % 8);
        }
        assert_distinct(hashes, count);
    }
    assert_distinct(by_length, LENGTHS + 1);
}

/* Words that change places, within a lane and from one to another. */
static void order_counts(void **state)
{
    uint64_t words[32], hashes[32 * 31 / 2 + 1];
    size_t count = 0;

    (void)state;
    for (uint64_t i = 0; i < 32; i++)
        words[i] = i + 1;
    hashes[count++] = hash_bytes(words, sizeof(words));
    for (size_t i = 0; i < 32; i++)
        for (size_t k = i + 1; k < 32; k++) {
            uint64_t kept = words[i];

            words[i] = words[k];
            words[k] = kept;
            hashes[count++] = hash_bytes(words, sizeof(words));
            words[k] = words[i];
            words[i] = kept;
        }
    assert_distinct(hashes, count);
}

/* Run last: it changes what all the others would see. */
static void a_seed_changes_all(void **state)
{
    uint64_t before = hash_bytes("siptrail", 8), none = hash_bytes(NULL, 0);
    uint64_t stable = hash_stable("siptrail", 8, 0);

    (void)state;
    hash_seed_init();
    assert_int_not_equal(hash_bytes("siptrail", 8), before);
    assert_int_not_equal(hash_bytes(NULL, 0), none);
    assert_int_equal(hash_stable("siptrail", 8, 0), stable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_and_every_bit_counts),
        cmocka_unit_test(order_counts),
        cmocka_unit_test(a_seed_changes_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
