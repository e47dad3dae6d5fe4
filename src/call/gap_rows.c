#include "call/gap_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/time.h"

#define WINDOW_NS INT64_C(10000000000)
#define ROWS_PER_WINDOW 4096 /* then the window doubles */
#define DOUBLINGS_MAX 28     /* of the window: 85 years */
#define OPEN_PAIRS 64        /* of a source; more share a row */
#define OPEN_ROWS 1024       /* of all sources */

struct gap_source {
    uint32_t rows;  /* begun so far */
    uint32_t pairs; /* rows with addresses that are open */
};

struct gap_row {
    struct table_node node;
    struct list age;
    int64_t end_ns; /* of its window */
    struct capture_gap gap;
};

int gap_rows_init(struct gap_rows *r)
{
    *r = (struct gap_rows){0};
    list_init(&r->ages);
    return table_init(&r->open, OPEN_ROWS);
}

static void close_row(struct gap_rows *r, struct gap_row *row)
{
    r->sources[row->gap.source].pairs -= row->gap.src.family != 0;
    table_remove(&r->open, &row->node);
    list_remove(&row->age);
    free(row);
}

static struct gap_row *oldest(const struct gap_rows *r)
{
    return list_empty(&r->ages)
               ? NULL
               : CONTAINER_OF(r->ages.next, struct gap_row, age);
}

void gap_rows_fini(struct gap_rows *r)
{
    struct gap_row *row;

    if (!r->open.lines)
        return;
    while ((row = oldest(r)) != NULL)
        close_row(r, row);
    table_fini(&r->open);
    free(r->sources);
}

static int hand_on(struct gap_rows *r, struct gap_row *row)
{
    int rc = r->row_fn ? r->row_fn(r->arg, &row->gap) : 0;

    r->told++;
    close_row(r, row);
    return rc;
}

static struct gap_source *source_of(struct gap_rows *r, uint32_t ordinal)
{
    struct gap_source *more;
    uint32_t count = r->source_count ? r->source_count : 4;

    if (ordinal < r->source_count)
        return &r->sources[ordinal];
    while (count <= ordinal)
        count *= 2;
    more = realloc(r->sources, count * sizeof(*more));
    if (!more)
        return NULL;
    memset(more + r->source_count, 0,
           (count - r->source_count) * sizeof(*more));
    r->sources = more;
    r->source_count = count;
    return &more[ordinal];
}

static bool is_same(const struct capture_gap *a, const struct capture_gap *b)
{
    return a->source == b->source && a->kind == b->kind &&
           address_equal(&a->src, &b->src) && address_equal(&a->dst, &b->dst);
}

static uint64_t hash_of(const struct capture_gap *gap)
{
    struct address key[2] = {gap->src, gap->dst};

    return hash_mix(hash_bytes(key, sizeof(key)),
                    (uint64_t)gap->source << 8 | (uint64_t)gap->kind);
}

static struct gap_row *find(const struct gap_rows *r,
                            const struct capture_gap *gap)
{
    struct table_node *n;

    for (n = table_first(&r->open, hash_of(gap)); n; n = table_next(n)) {
        struct gap_row *row = CONTAINER_OF(n, struct gap_row, node);

        if (is_same(&row->gap, gap))
            return row;
    }
    return NULL;
}

static int open_row(struct gap_rows *r, struct gap_source *s,
                    const struct capture_gap *gap)
{
    unsigned doublings = s->rows / ROWS_PER_WINDOW;
    struct gap_row *row;
    int rc = table_full(&r->open) ? hand_on(r, oldest(r)) : 0;

    if (rc)
        return rc;
    row = calloc(1, sizeof(*row));
    if (!row)
        return -ENOMEM;
    if (doublings > DOUBLINGS_MAX)
        doublings = DOUBLINGS_MAX;
    row->gap = *gap;
    row->end_ns = time_ns_after(gap->to_ns, WINDOW_NS << doublings);
    s->rows++;
    s->pairs += gap->src.family != 0;
    table_add(&r->open, &row->node, hash_of(gap));
    list_add_last(&r->ages, &row->age);
    return 0;
}

int gap_rows_add(struct gap_rows *r, const struct capture_gap *gap)
{
    struct gap_source *s = source_of(r, gap->source);
    struct capture_gap g = *gap;
    struct gap_row *row;
    int rc;

    if (!s)
        return -ENOMEM;
    if (!g.gaps)
        g.gaps = 1;
    row = find(r, &g);
    if (!row && g.src.family && s->pairs >= OPEN_PAIRS) {
        g.src = g.dst = (struct address){0};
        row = find(r, &g);
    }
    if (row && g.to_ns <= row->end_ns) {
        gap_widen(&row->gap, &g);
        return 0;
    }
    rc = row ? hand_on(r, row) : 0;
    return rc ? rc : open_row(r, s, &g);
}

int gap_rows_expire(struct gap_rows *r, int64_t now_ns)
{
    struct gap_row *row;
    int rc = 0;

    while (!rc && (row = oldest(r)) != NULL &&
           (now_ns == INT64_MAX || now_ns > row->end_ns))
        rc = hand_on(r, row);
    return rc;
}
