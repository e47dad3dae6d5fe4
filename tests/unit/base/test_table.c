#include "test.h"

#include "base/list.h"
#include "base/table.h"

struct thing {
    struct table_node node;
    unsigned key;
};

static struct thing *find(const struct table *t, unsigned key, uint64_t hash)
{
    for (struct table_node *n = table_first(t, hash); n; n = table_next(n))
        if (CONTAINER_OF(n, struct thing, node)->key == key)
            return CONTAINER_OF(n, struct thing, node);
    return NULL;
}

/* Two keys share each hash, and all hashes share few low bits. */
static uint64_t hash_of(unsigned key)
{
    return (uint64_t)(key / 2) << 4;
}

static void nodes_are_found_while_it_grows(void **state)
{
    enum { N = 5000 };
    struct thing *things = calloc(N, sizeof(*things));
    struct table t;

    (void)state;
    assert_int_equal(table_init(&t, N), 0);
    for (unsigned i = 0; i < N; i++) {
        assert_false(table_full(&t));
        things[i].key = i;
        table_add(&t, &things[i].node, hash_of(i));
        assert_ptr_equal(find(&t, i / 2, hash_of(i / 2)), &things[i / 2]);
    }
    assert_true(table_full(&t));
    for (unsigned i = 0; i < N; i += 2)
        table_remove(&t, &things[i].node);
    for (unsigned i = 0; i < N; i++)
        assert_ptr_equal(find(&t, i, hash_of(i)), i % 2 ? &things[i] : NULL);
    assert_int_equal(t.count, N / 2);
    table_remove(&t, &things[0].node);
    assert_int_equal(t.count, N / 2);
    table_fini(&t);
    free(things);
}

static void list_keeps_order(void **state)
{
    struct list head;
    struct list nodes[3];

    (void)state;
    list_init(&head);
    assert_true(list_empty(&head));
    for (size_t i = 0; i < 3; i++)
        list_add_last(&head, &nodes[i]);
    list_remove(&nodes[1]);
    assert_ptr_equal(head.next, &nodes[0]);
    assert_ptr_equal(nodes[0].next, &nodes[2]);
    assert_ptr_equal(head.prev, &nodes[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_found_while_it_grows),
        cmocka_unit_test(list_keeps_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
