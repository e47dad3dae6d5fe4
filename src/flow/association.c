#include "flow/association.h"

#include <stdlib.h>
#include <string.h>

/* Pairs of addresses one direction may have. */
#define PATHS_MAX 8
/* A TSN further back than this is no old one: the numbers begin anew. */
#define OLD_TSNS 65536

/* Without a gap between its members: hashed and compared as bytes. */
struct path_key {
    uint32_t tag;
    uint16_t src_port;
    uint16_t dst_port;
    uint8_t src[16];
    uint8_t dst[16];
    uint16_t src_family;
    uint16_t dst_family;
};

struct path {
    struct table_node node;
    struct list list; /* of its direction */
    struct sctp_direction *direction;
    struct path_key key;
};

int associations_init(struct associations *a)
{
    int rc = table_init(&a->paths, SIZE_MAX);

    if (rc)
        return rc;
    rc = table_init(&a->tags, SIZE_MAX);
    if (rc)
        table_fini(&a->paths);
    list_init(&a->ages);
    a->count = 0;
    return rc;
}

void associations_fini(struct associations *a)
{
    table_fini(&a->paths);
    table_fini(&a->tags);
}

static void make_key(const struct arrival *arrival, uint32_t tag,
                     struct path_key *key_out)
{
    key_out->src_family = arrival->src.address.family;
    key_out->dst_family = arrival->dst.address.family;
    memcpy(key_out->src, arrival->src.address.bytes, sizeof(key_out->src));
    memcpy(key_out->dst, arrival->dst.address.bytes, sizeof(key_out->dst));
    key_out->src_port = arrival->src.port;
    key_out->dst_port = arrival->dst.port;
    key_out->tag = tag;
}

static uint64_t tag_hash(const struct path_key *key)
{
    uint64_t words[2] = {key->tag,
                         (uint64_t)key->src_port << 16 | key->dst_port};

    return hash_bytes(words, sizeof(words));
}

static struct path *find_path(const struct associations *a,
                              const struct path_key *key, uint64_t hash)
{
    for (struct table_node *n = table_first(&a->paths, hash); n;
         n = table_next(n)) {
        struct path *p = CONTAINER_OF(n, struct path, node);

        if (memcmp(&p->key, key, sizeof(*key)) == 0)
            return p;
    }
    return NULL;
}

struct sctp_direction *associations_look_up(const struct associations *a,
                                            const struct arrival *arrival,
                                            uint32_t tag)
{
    struct path_key key;
    struct path *p;

    make_key(arrival, tag, &key);
    p = find_path(a, &key, hash_bytes(&key, sizeof(key)));
    return p ? p->direction : NULL;
}

static struct sctp_direction *find_tag(const struct associations *a,
                                       const struct path_key *key,
                                       uint64_t hash)
{
    for (struct table_node *n = table_first(&a->tags, hash); n;
         n = table_next(n)) {
        struct sctp_direction *d =
            CONTAINER_OF(n, struct sctp_direction, tag_node);

        if (d->tag == key->tag && d->src_port == key->src_port &&
            d->dst_port == key->dst_port)
            return d;
    }
    return NULL;
}

static bool bit_of(const struct sctp_direction *d, uint32_t tsn)
{
    return d->seen[tsn % SCTP_WINDOW / 64] >> (tsn % 64) & 1;
}

/* Is this chunk one of that direction's sequence: new and near its end, or
   one that was seen, with the same bytes? */
static bool fits(const struct sctp_direction *d,
                 const struct sctp_chunk_print *chunk)
{
    int32_t ahead = (int32_t)(chunk->tsn - d->highest);

    if (!d->begun || ahead <= -SCTP_WINDOW || ahead >= SCTP_WINDOW)
        return false;
    if (ahead > 0 || !bit_of(d, chunk->tsn))
        return true;
    for (unsigned i = 0; i < SCTP_PRINTS; i++)
        if (d->prints[i].tsn == chunk->tsn &&
            d->prints[i].print == chunk->print)
            return true;
    return false;
}

static bool add_path(struct associations *a, struct sctp_direction *d,
                     const struct path_key *key, uint64_t hash)
{
    struct path *p = calloc(1, sizeof(*p));

    if (!p)
        return false;
    p->key = *key;
    p->direction = d;
    d->path_count++;
    list_add_last(&d->paths, &p->list);
    table_add(&a->paths, &p->node, hash);
    return true;
}

static struct sctp_direction *add(struct associations *a,
                                  const struct path_key *key, uint64_t hash,
                                  uint64_t tags_hash,
                                  struct sctp_direction *older)
{
    struct sctp_direction *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    list_init(&d->paths);
    list_init(&d->runs);
    d->tag = key->tag;
    d->src_port = key->src_port;
    d->dst_port = key->dst_port;
    if (!add_path(a, d, key, hash)) {
        free(d);
        return NULL;
    }
    if (older) {
        table_remove(&a->tags, &older->tag_node);
        older->newest = false;
    }
    table_add(&a->tags, &d->tag_node, tags_hash);
    d->newest = true;
    list_add_last(&a->ages, &d->age);
    a->count++;
    return d;
}

struct sctp_direction *associations_find(struct associations *a,
                                         const struct arrival *arrival,
                                         uint32_t tag,
                                         const struct sctp_chunk_print *chunk,
                                         int64_t now_ns)
{
    struct path_key key;
    uint64_t hash;
    struct path *p;
    struct sctp_direction *d;

    make_key(arrival, tag, &key);
    hash = hash_bytes(&key, sizeof(key));
    p = find_path(a, &key, hash);
    if (p) {
        d = p->direction;
    } else {
        uint64_t tags_hash = tag_hash(&key);

        d = find_tag(a, &key, tags_hash);
        if (!d || d->path_count >= PATHS_MAX || !fits(d, chunk))
            d = add(a, &key, hash, tags_hash, d);
        else if (!add_path(a, d, &key, hash))
            return NULL;
    }
    if (!d)
        return NULL;
    d->seen_ns = now_ns;
    list_remove(&d->age);
    list_add_last(&a->ages, &d->age);
    return d;
}

void associations_remove(struct associations *a, struct sctp_direction *d)
{
    while (!list_empty(&d->paths)) {
        struct path *p = CONTAINER_OF(d->paths.next, struct path, list);

        table_remove(&a->paths, &p->node);
        list_remove(&p->list);
        free(p);
    }
    if (d->newest)
        table_remove(&a->tags, &d->tag_node);
    list_remove(&d->age);
    a->count--;
    free(d);
}

static void mark(struct sctp_direction *d, const struct sctp_chunk_print *chunk)
{
    d->seen[chunk->tsn % SCTP_WINDOW / 64] |= UINT64_C(1) << (chunk->tsn % 64);
    d->prints[d->print_at++ % SCTP_PRINTS] = *chunk;
}

/* The window moves on: the places of the TSNs passed over are empty. */
static void move_to(struct sctp_direction *d, uint32_t tsn)
{
    uint32_t ahead = tsn - d->highest;

    if (!d->begun || ahead >= SCTP_WINDOW) {
        memset(d->seen, 0, sizeof(d->seen));
    } else {
        for (uint32_t t = d->highest + 1; t != tsn + 1; t++)
            d->seen[t % SCTP_WINDOW / 64] &= ~(UINT64_C(1) << (t % 64));
    }
    d->highest = tsn;
    d->begun = true;
}

bool association_is_seen(struct sctp_direction *d,
                         const struct sctp_chunk_print *chunk)
{
    uint32_t back = d->highest - chunk->tsn;

    if (!d->begun || (int32_t)back < 0 || back > OLD_TSNS)
        move_to(d, chunk->tsn);
    else if (back >= SCTP_WINDOW || bit_of(d, chunk->tsn))
        return true;
    mark(d, chunk);
    return false;
}
