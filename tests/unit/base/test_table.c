#include "test.h"

#include <sys/resource.h>

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

/* Many share a hash, a tag, or the line where they are looked for. */
static uint64_t crowded(unsigned k)
{
    return (uint64_t)(k % 5) << 57 | (k / 3 * 16 + k % 2);
}

/* Few do, as hashes of keys are. */
static uint64_t spread(unsigned k)
{
    return (k + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void add_and_remove_at_random(uint64_t (*hash_fn)(unsigned))
{
    enum { N = 3000, STEPS = 200000 };
    struct thing *things = calloc(N, sizeof(*things));
    bool *in = calloc(N, sizeof(*in));
    size_t count = 0, at = 0;
    struct table_node *n;
    uint32_t random = 7;
    struct table t;

    assert_int_equal(table_init(&t, N), 0);
    for (unsigned i = 0; i < STEPS; i++) {
        unsigned k = (random = random * 1664525u + 1013904223u) / 16 % N;
        uint64_t hash = hash_fn(k);

        things[k].key = k;
        assert_ptr_equal(find(&t, k, hash), in[k] ? &things[k] : NULL);
        if (in[k]) {
            table_remove(&t, &things[k].node);
        } else {
            table_add(&t, &things[k].node, hash);
            assert_ptr_equal(table_first(&t, hash), &things[k].node);
        }
        in[k] = !in[k];
        count += in[k] ? 1 : (size_t)-1;
        assert_int_equal(t.count, count);
    }
    while ((n = table_take_any(&t, &at)) != NULL) {
        struct thing *thing = CONTAINER_OF(n, struct thing, node);

        assert_true(in[thing->key]);
        in[thing->key] = false;
        count--;
    }
    assert_int_equal(count, 0);
    table_fini(&t);
    free(in);
    free(things);
}

static void what_is_added_and_removed_at_random_is_there(void **state)
{
    (void)state;
    add_and_remove_at_random(crowded);
    add_and_remove_at_random(spread);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* 4,096 lines, which cannot become more: 1,328 nodes find no place. */
static void nothing_is_lost_where_growing_fails(void **state)
{
    enum { N = 30000 };
    struct thing *things = calloc(N + 1, sizeof(*things));
    struct rlimit limit, low;
    struct table t;
    unsigned i;

    (void)state;
    assert_int_equal(table_init(&t, N + 1), 0);
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    low = limit;
    low.rlim_cur = 1;
    for (i = 0; i < N; i++) {
        things[i].key = i;
        if (t.line_count == 4096)
            assert_int_equal(setrlimit(RLIMIT_AS, &low), 0);
        table_add(&t, &things[i].node, i * UINT64_C(0x9e3779b97f4a7c15));
    }
    for (i = 0; i < N; i += 7)
        table_remove(&t, &things[i].node);
    for (i = 0; i < N; i++)
        assert_ptr_equal(find(&t, i, i * UINT64_C(0x9e3779b97f4a7c15)),
                         i % 7 ? &things[i] : NULL);
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_non_null(t.overflow);
    table_add(&t, &things[N].node, 5);
    assert_null(t.overflow);
    for (i = 0; i < N; i++)
        assert_ptr_equal(find(&t, i, i * UINT64_C(0x9e3779b97f4a7c15)),
                         i % 7 ? &things[i] : NULL);
    table_fini(&t);
    free(things);
}

#endif

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
        cmocka_unit_test(what_is_added_and_removed_at_random_is_there),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(nothing_is_lost_where_growing_fails),
#endif
        cmocka_unit_test(list_keeps_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
