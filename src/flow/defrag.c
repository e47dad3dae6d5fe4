#include "flow/defrag.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"

#define DATAGRAM_BYTES 65535
#define ROOM_UNIT 64 /* bytes for which the map has one byte */
#define NONE UINT32_MAX
/* A mirror's copies of fragments come this close to the originals. */
#define COPY_NS INT64_C(500000000)

struct key {
    uint8_t src[16];
    uint8_t dst[16];
    uint32_t id;
    uint16_t vlan;
    uint8_t protocol; /* IPv4 only: RFC 8200 leaves it out */
    uint8_t family;
};

struct assembly {
    struct table_node node;
    struct list age;
    struct key key;
    struct layers layers;
    struct packet packet;
    int64_t since_ns;
    uint8_t *bytes; /* owned; room, then the map: one bit a block of 8 */
    uint32_t room;
    uint32_t end;    /* highest byte seen, plus one */
    uint32_t total;  /* NONE while the last fragment has not come */
    uint32_t blocks; /* set in the map */
    uint32_t cut_at; /* first byte that was on the wire but not captured */
    uint32_t fragments;
    uint32_t copies; /* of fragments that were here already */
    uint32_t owed;   /* whole; this many copies of fragments are to come */
};

struct defrag {
    struct table table;
    struct list ages; /* oldest first */
    size_t bytes;
    size_t bytes_cap;
    int64_t live_ns;
    uint8_t *handed; /* bytes of the datagram handed out last; owned */
    struct defrag_counters counters;
};

int defrag_new(size_t bytes_cap, int64_t live_ns, struct defrag **defrag_out)
{
    struct defrag *d = calloc(1, sizeof(*d));
    int rc;

    if (!d)
        return -ENOMEM;
    rc = table_init(&d->table, bytes_cap / sizeof(struct assembly) + 1);
    if (rc) {
        free(d);
        return rc;
    }
    list_init(&d->ages);
    d->bytes_cap = bytes_cap;
    d->live_ns = live_ns;
    *defrag_out = d;
    return 0;
}

static size_t map_bytes(uint32_t room)
{
    return room / ROOM_UNIT;
}

static size_t buffer_bytes(uint32_t room)
{
    return room + map_bytes(room);
}

static void drop_bytes(struct defrag *d, struct assembly *a)
{
    d->bytes -= buffer_bytes(a->room);
    free(a->bytes);
    a->bytes = NULL;
    a->room = 0;
}

static void assembly_free(struct defrag *d, struct assembly *a)
{
    drop_bytes(d, a);
    table_remove(&d->table, &a->node);
    list_remove(&a->age);
    d->bytes -= sizeof(*a);
    free(a);
}

void defrag_free(struct defrag *d)
{
    if (!d)
        return;
    while (!list_empty(&d->ages))
        assembly_free(d, CONTAINER_OF(d->ages.next, struct assembly, age));
    free(d->handed);
    table_fini(&d->table);
    free(d);
}

static struct key key_of(const struct layers *l)
{
    struct key k = {
        .id = l->fragment.id, .vlan = l->vlan, .family = l->src.address.family};

    memcpy(k.src, l->src.address.bytes, sizeof(k.src));
    memcpy(k.dst, l->dst.address.bytes, sizeof(k.dst));
    if (k.family == 4)
        k.protocol = l->ip_protocol;
    return k;
}

static struct assembly *find(struct defrag *d, const struct key *k,
                             uint64_t hash)
{
    struct table_node *n;

    for (n = table_first(&d->table, hash); n; n = table_next(n)) {
        struct assembly *a = CONTAINER_OF(n, struct assembly, node);

        d->counters.steps++;
        if (memcmp(&a->key, k, sizeof(*k)) == 0)
            return a;
    }
    return NULL;
}

static struct assembly *add(struct defrag *d, const struct key *k,
                            uint64_t hash, int64_t now_ns)
{
    struct assembly *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->key = *k;
    a->since_ns = now_ns;
    a->total = NONE;
    a->cut_at = NONE;
    table_add(&d->table, &a->node, hash);
    list_add_last(&d->ages, &a->age);
    d->bytes += sizeof(*a);
    return a;
}

static int make_room(struct defrag *d, struct assembly *a, uint32_t end)
{
    uint32_t room = a->room * 2 > end ? a->room * 2 : end;
    uint8_t *bytes;

    if (end <= a->room)
        return 0;
    if (room > DATAGRAM_BYTES)
        room = DATAGRAM_BYTES;
    room = (room + ROOM_UNIT - 1) / ROOM_UNIT * ROOM_UNIT;
    bytes = malloc(buffer_bytes(room));
    if (!bytes)
        return -ENOMEM;
    if (a->room) {
        memcpy(bytes, a->bytes, a->room);
        memcpy(bytes + room, a->bytes + a->room, map_bytes(a->room));
    }
    memset(bytes + room + map_bytes(a->room), 0,
           map_bytes(room) - map_bytes(a->room));
    drop_bytes(d, a);
    a->bytes = bytes;
    a->room = room;
    d->bytes += buffer_bytes(room);
    return 0;
}

static bool block_is_set(const struct assembly *a, uint32_t block)
{
    return a->bytes[a->room + block / 8] >> (block % 8) & 1;
}

static void block_set(struct assembly *a, uint32_t block)
{
    uint8_t *map = a->bytes + a->room + block / 8;

    *map = (uint8_t)(*map | 1u << (block % 8));
    a->blocks++;
}

/* What became of a fragment's blocks. */
struct merge {
    uint32_t fresh;
    uint32_t known;
    bool differs;
};

static struct merge merge_blocks(struct defrag *d, struct assembly *a,
                                 const struct layers *l)
{
    uint32_t from = l->fragment.offset;
    uint32_t wire_end = from + l->payload_wire;
    uint32_t end = from + (uint32_t)l->payload.length;
    struct merge m = {0};

    for (uint32_t at = from; at < wire_end; at += 8) {
        uint32_t length = at >= end ? 0 : end - at < 8 ? end - at : 8;
        const char *bytes = l->payload.data + (length ? at - from : 0);

        d->counters.steps++;
        if (!block_is_set(a, at / 8)) {
            if (length)
                memcpy(a->bytes + at, bytes, length);
            block_set(a, at / 8);
            m.fresh++;
        } else {
            m.known++;
            if (length && memcmp(a->bytes + at, bytes, length) != 0)
                m.differs = true;
        }
    }
    if (m.fresh && end < wire_end && end < a->cut_at)
        a->cut_at = end;
    return m;
}

/* May this be a fragment of that datagram? */
static bool is_possible(const struct assembly *a, const struct layers *l)
{
    uint64_t end = (uint64_t)l->fragment.offset + l->payload_wire;

    if (!l->payload_wire || l->payload.length > l->payload_wire ||
        l->fragment.offset % 8 || end > DATAGRAM_BYTES)
        return false;
    if (l->fragment.more)
        return l->payload_wire % 8 == 0 && (!a || end <= a->total);
    return !a || (a->total == NONE ? end >= a->end : end == a->total);
}

static void note_layers(struct assembly *a, const struct packet *packet,
                        const struct layers *l)
{
    struct anomaly_set seen = a->layers.anomalies;
    bool matched = a->fragments && !a->packet.unmatched;

    if (!a->fragments || l->fragment.offset == 0)
        a->layers = *l;
    anomaly_set_merge(&a->layers.anomalies, &seen);
    anomaly_set_merge(&a->layers.anomalies, &l->anomalies);
    matched |= !packet->unmatched;
    a->packet = *packet;
    a->packet.unmatched = !matched;
    a->packet.data = NULL;
    a->packet.length = 0;
}

static void note_overlap(struct defrag *d, struct assembly *a)
{
    if (anomaly_set_has(&a->layers.anomalies, ANOMALY_FRAGMENT_OVERLAP))
        return;
    anomaly_set_add(&a->layers.anomalies, ANOMALY_FRAGMENT_OVERLAP);
    d->counters.overlapping++;
}

/* Bytes from the start up to the first one missing. */
static uint32_t prefix_length(const struct assembly *a)
{
    uint32_t length = 0;

    while (length < a->end && block_is_set(a, length / 8))
        length += 8;
    if (length > a->end)
        length = a->end;
    return length < a->cut_at ? length : a->cut_at;
}

static uint32_t missing_bytes(const struct assembly *a)
{
    uint32_t got = a->blocks * 8;

    if (a->total == NONE || a->total <= got)
        return 0;
    if (a->total % 8 && block_is_set(a, a->total / 8))
        got -= 8 - a->total % 8;
    return a->total - got;
}

static void hand_out(struct defrag *d, struct assembly *a, uint32_t length,
                     struct defrag_datagram *datagram_out)
{
    uint32_t missing = missing_bytes(a);

    free(d->handed);
    d->handed = a->bytes;
    d->bytes -= buffer_bytes(a->room);
    a->bytes = NULL;
    a->room = 0;
    *datagram_out = (struct defrag_datagram){.layers = a->layers,
                                             .packet = a->packet,
                                             .fragments = a->fragments,
                                             .since_ns = a->since_ns,
                                             .missing_bytes = missing};
    datagram_out->layers.payload = span_of(d->handed, length);
    datagram_out->layers.payload_wire = length;
    datagram_out->truncated = length != a->total;
}

static bool is_whole(const struct assembly *a)
{
    return a->total != NONE && a->blocks == (a->total + 7) / 8;
}

/*
 * A mirror may show each fragment twice, one after the other. Once the
 * datagram is whole the copies still to come belong to it and not to a new
 * one.
 */
static void finish(struct defrag *d, struct assembly *a, int64_t now_ns,
                   struct defrag_datagram *datagram_out)
{
    uint32_t length = a->total < a->cut_at ? a->total : a->cut_at;
    uint32_t distinct = a->fragments - a->copies;

    d->counters.datagrams++;
    hand_out(d, a, length, datagram_out);
    if (a->copies == 0 || a->copies >= distinct) {
        assembly_free(d, a);
        return;
    }
    a->owed = distinct - a->copies;
    a->since_ns = now_ns;
    list_remove(&a->age);
    list_add_last(&d->ages, &a->age);
}

/* Is this one of the copies owed to a datagram already handed out? */
static bool settle_copy(struct defrag *d, struct assembly *a, int64_t now_ns)
{
    bool owed = now_ns - a->since_ns < COPY_NS;

    if (!owed || --a->owed == 0)
        assembly_free(d, a);
    return owed;
}

static enum defrag_result take(struct defrag *d, struct assembly *a,
                               const struct packet *packet,
                               const struct layers *l)
{
    uint32_t end = l->fragment.offset + l->payload_wire;
    struct merge m;

    if (make_room(d, a, end))
        return DEFRAG_NO_MEMORY;
    note_layers(a, packet, l);
    a->fragments++;
    m = merge_blocks(d, a, l);
    if (m.differs || (m.fresh && m.known))
        note_overlap(d, a);
    else if (!m.fresh)
        a->copies++;
    if (end > a->end)
        a->end = end;
    if (!l->fragment.more)
        a->total = end;
    return is_whole(a) ? DEFRAG_DONE : DEFRAG_MORE;
}

enum defrag_result defrag_push(struct defrag *d, const struct packet *packet,
                               const struct layers *layers, int64_t now_ns,
                               struct defrag_datagram *datagram_out)
{
    struct key key = key_of(layers);
    uint64_t hash = hash_bytes(&key, sizeof(key));
    struct assembly *a = find(d, &key, hash);
    enum defrag_result result;

    if (!is_possible(a && !a->owed ? a : NULL, layers)) {
        d->counters.bad++;
        if (a)
            anomaly_set_add(&a->layers.anomalies, ANOMALY_FRAGMENT_BAD);
        return DEFRAG_MORE;
    }
    if (a && a->owed) {
        if (settle_copy(d, a, now_ns))
            return DEFRAG_MORE;
        a = NULL;
    }
    if (!a)
        a = add(d, &key, hash, now_ns);
    if (!a)
        return DEFRAG_NO_MEMORY;
    result = take(d, a, packet, layers);
    if (result == DEFRAG_DONE)
        finish(d, a, now_ns, datagram_out);
    else if (!a->fragments)
        assembly_free(d, a);
    return result;
}

bool defrag_expire(struct defrag *d, int64_t now_ns,
                   struct defrag_datagram *datagram_out)
{
    while (!list_empty(&d->ages)) {
        struct assembly *a = CONTAINER_OF(d->ages.next, struct assembly, age);
        bool over = d->bytes > d->bytes_cap;
        bool whole = a->owed != 0;

        if (!over && now_ns != INT64_MAX && now_ns - a->since_ns < d->live_ns)
            return false;
        d->counters.steps++;
        if (!whole) {
            d->counters.fragments_expired += a->fragments;
            d->counters.datagrams_expired++;
            d->counters.dropped += over;
            anomaly_set_add(&a->layers.anomalies, ANOMALY_FRAGMENTS_EXPIRED);
            hand_out(d, a, prefix_length(a), datagram_out);
            datagram_out->expired = true;
        }
        assembly_free(d, a);
        if (!whole)
            return true;
    }
    return false;
}

const struct defrag_counters *defrag_counters_of(const struct defrag *d)
{
    return &d->counters;
}

size_t defrag_bytes(const struct defrag *d)
{
    return d->bytes;
}
