#include "test.h"

#include <pthread.h>

#include "base/queue.h"

enum { N = 20000 };

static void *push_all(void *arg)
{
    for (uintptr_t i = 1; i <= N; i++)
        (void)queue_push(arg, (void *)i);
    queue_close(arg);
    return NULL;
}

static void items_cross_threads_in_order(void **state)
{
    struct queue *q;
    pthread_t thread;
    uintptr_t expected = 1;
    void *item;

    (void)state;
    assert_int_equal(queue_new(7, &q), 0);
    assert_int_equal(pthread_create(&thread, NULL, push_all, q), 0);
    while ((item = queue_pop(q)))
        assert_int_equal((uintptr_t)item, expected++);
    assert_int_equal(expected, N + 1);
    (void)pthread_join(thread, NULL);
    queue_free(q);
}

static void full_and_closed_are_told(void **state)
{
    struct queue *q;
    int a;

    (void)state;
    assert_int_equal(queue_new(1, &q), 0);
    assert_null(queue_try_pop(q));
    assert_true(queue_try_push(q, &a));
    assert_false(queue_try_push(q, &a));
    assert_int_equal(queue_depth(q), 1);
    queue_close(q);
    assert_false(queue_push(q, &a));
    assert_ptr_equal(queue_pop(q), &a);
    assert_null(queue_pop(q));
    queue_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_cross_threads_in_order),
        cmocka_unit_test(full_and_closed_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
