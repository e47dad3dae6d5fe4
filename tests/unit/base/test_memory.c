#include "test.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/pool.h"
#include "base/slab.h"

static void arena_pieces_do_not_overlap(void **state)
{
    struct arena a;
    char *pieces[100];

    (void)state;
    arena_init(&a, 256);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        pieces[i] = arena_take(&a, i + 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 8, 0);
        memset(pieces[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++)
        for (size_t k = 0; k <= i; k++)
            assert_int_equal((unsigned char)pieces[i][k], i);
    assert_null(arena_take(&a, SIZE_MAX));
    arena_reset(&a);
    assert_non_null(arena_take(&a, 1000));
    arena_fini(&a);
}

static void arena_copies_keep_empty_empty(void **state)
{
    struct arena a;
    struct span copy;

    (void)state;
    arena_init(&a, 64);
    assert_true(arena_copy(&a, SPAN_NONE, &copy));
    assert_null(copy.data);
    assert_true(arena_copy(&a, SPAN_LITERAL("INVITE"), &copy));
    assert_true(span_equal(copy, SPAN_LITERAL("INVITE")));
    arena_fini(&a);
}

static void slab_lives_until_its_last_piece(void **state)
{
    struct slab_pool *pool = slab_pool_new(1024);
    struct slab *held[40];

    (void)state;
    assert_non_null(pool);
    for (size_t i = 0; i < COUNT_OF(held); i++) {
        char *piece = slab_take(pool, 500, &held[i]);

        assert_non_null(piece);
        memset(piece, (int)i, 500);
        slab_trim(pool, piece, 100);
    }
    assert_true(slab_pool_bytes(pool) >= 40 * 100);
    assert_true(slab_pool_bytes(pool) <= 8 * 1024);
    for (size_t i = 0; i < COUNT_OF(held); i++)
        slab_release(held[i]);
    assert_int_equal(slab_pool_bytes(pool), 1024);
    slab_pool_free(pool);
}

static void slab_takes_a_piece_larger_than_itself(void **state)
{
    struct slab_pool *pool = slab_pool_new(64);
    struct slab *slab;
    char *piece = slab_take(pool, 100000, &slab);

    (void)state;
    assert_non_null(piece);
    memset(piece, 1, 100000);
    slab_release(slab);
    slab_pool_free(pool);
}

static void *release_all(void *arg)
{
    struct slab **held = arg;

    for (size_t i = 0; i < 1000; i++)
        slab_release(held[i]);
    return NULL;
}

static void slab_is_released_by_another_thread(void **state)
{
    struct slab_pool *pool = slab_pool_new(4096);
    static struct slab *held[3][1000];
    pthread_t threads[3];

    (void)state;
    for (size_t t = 0; t < 3; t++) {
        for (size_t i = 0; i < 1000; i++)
            assert_non_null(slab_take(pool, 64, &held[t][i]));
        assert_int_equal(
            pthread_create(&threads[t], NULL, release_all, held[t]), 0);
    }
    for (size_t t = 0; t < 3; t++)
        (void)pthread_join(threads[t], NULL);
    assert_int_equal(slab_pool_bytes(pool), 4096);
    slab_pool_free(pool);
}

/* Beyond a megabyte chunks are of another size. */
static void a_pool_grows(void **state)
{
    enum { BYTES = 200, COUNT = 30000 };
    static unsigned char *items[COUNT];
    struct pool p;

    (void)state;
    pool_init(&p, BYTES);
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < COUNT; i++) {
            items[i] = pool_take(&p);
            assert_non_null(items[i]);
            assert_int_equal((uintptr_t)items[i] % 8, 0);
            for (size_t k = 0; k < BYTES; k++)
                assert_int_equal(items[i][k], 0);
            memset(items[i], (int)(i % 255) + 1, BYTES);
        }
        for (size_t i = 0; i < COUNT; i++)
            for (size_t k = 0; k < BYTES; k += BYTES - 1)
                assert_int_equal(items[i][k], i % 255 + 1);
        assert_true(p.bytes >= (size_t)BYTES * COUNT);
        assert_true(p.bytes <= (size_t)BYTES * COUNT + (4 << 20));
        for (size_t i = 0; i < COUNT; i++)
            pool_give(&p, items[i]);
        assert_int_equal(p.used, 0);
    }
    pool_fini(&p);
    assert_int_equal(p.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_grows),
        cmocka_unit_test(arena_pieces_do_not_overlap),
        cmocka_unit_test(arena_copies_keep_empty_empty),
        cmocka_unit_test(slab_lives_until_its_last_piece),
        cmocka_unit_test(slab_takes_a_piece_larger_than_itself),
        cmocka_unit_test(slab_is_released_by_another_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
