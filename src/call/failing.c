#include "call/failing.h"

#include "base/hash.h"
#include "base/list.h"

#define SOURCES_MAX 4096
/* What never was accepted, before it is aggregated. */
#define ROWS_MAX 64 /* of one source address */
#define ROWS_ALL 8192

int failing_table_init(struct failing_table *t)
{
    pool_init(&t->pool, sizeof(struct failing));
    t->rows = 0;
    return table_init(&t->sources, SOURCES_MAX);
}

void failing_table_fini(struct failing_table *t)
{
    pool_fini(&t->pool);
    if (t->sources.lines)
        table_fini(&t->sources);
}

static struct failing *find(const struct failing_table *t,
                            const struct address *a, uint64_t hash)
{
    struct table_node *n = table_first(&t->sources, hash);

    for (; n; n = table_next(n)) {
        struct failing *f = CONTAINER_OF(n, struct failing, node);

        if (address_equal(&f->address, a))
            return f;
    }
    return NULL;
}

struct failing *failing_get(struct failing_table *t, const struct address *a)
{
    uint64_t hash = hash_bytes(a, sizeof(*a));
    struct failing *f = find(t, a, hash);

    if (f || table_full(&t->sources) || t->rows >= ROWS_ALL)
        return f;
    f = pool_take(&t->pool);
    if (!f)
        return NULL;
    f->address = *a;
    table_add(&t->sources, &f->node, hash);
    return f;
}

bool failing_charge(struct failing_table *t, struct failing *f)
{
    if (f->rows >= ROWS_MAX || t->rows >= ROWS_ALL)
        return false;
    f->rows++;
    t->rows++;
    return true;
}

void failing_discharge(struct failing_table *t, struct failing *f)
{
    t->rows--;
    if (--f->rows)
        return;
    table_remove(&t->sources, &f->node);
    pool_give(&t->pool, f);
}
