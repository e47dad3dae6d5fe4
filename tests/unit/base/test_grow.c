#include "test.h"

#include <stdbool.h>

static bool is_full;

static void *realloc_or_refuse(void *items, size_t bytes)
{
    return is_full ? NULL : realloc(items, bytes);
}

#define realloc realloc_or_refuse
#include "base/grow.h"

static void all_stays_while_it_doubles(void **state)
{
    size_t room = 0, times = 0;
    int *items = NULL;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        size_t before = room;
        int *grown = grow_for_one(items, &room, (size_t)i, sizeof(*items));

        assert_non_null(grown);
        assert_true(room > (size_t)i);
        if (room == before)
            assert_ptr_equal(grown, items);
        times += room != before;
        items = grown;
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    assert_true(times < 10);
    free(items);
}

static void without_memory_nothing_changes(void **state)
{
    size_t room = 0;
    char *items = grow_for_one(NULL, &room, 0, 1);
    size_t before = room;

    (void)state;
    assert_non_null(items);
    is_full = true;
    assert_ptr_equal(grow_for_one(items, &room, before - 1, 1), items);
    assert_null(grow_for_one(items, &room, before, 1));
    assert_int_equal(room, before);
    is_full = false;
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_stays_while_it_doubles),
        cmocka_unit_test(without_memory_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
