#include "flow/opaque.h"

#include <stdlib.h>

#include "base/grow.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"

#define SERVERS_MAX 4096
#define HOSTS_MAX 65536
#define PORTS (UINT16_MAX + 1)
#define ROWS_MAX 1024
#define ESP_PAIRS 256

struct host {
    struct table_node node;
    struct address address;
};

struct server {
    struct table_node node;
    struct server *next; /* in the order met */
    struct endpoint at;
    bool dtls;
    uint64_t flows;
};

/** A pair of addresses with ESP between them, told of last at its tick. */
struct esp_pair {
    uint64_t hash;
    uint32_t tick;
};

struct opaque {
    struct table hosts;
    struct table servers;
    struct server *first;
    struct server *last;
    bool crowded;              /* there are some of these: */
    uint64_t beyond[2][PORTS]; /* flows to servers not kept; DTLS second */
    struct esp_pair esp[ESP_PAIRS];
};

struct opaque *opaque_new(void)
{
    struct opaque *o = calloc(1, sizeof(*o));

    if (!o)
        return NULL;
    if (table_init(&o->hosts, HOSTS_MAX)) {
        free(o);
        return NULL;
    }
    if (table_init(&o->servers, SERVERS_MAX)) {
        table_fini(&o->hosts);
        free(o);
        return NULL;
    }
    return o;
}

void opaque_free(struct opaque *o)
{
    struct table_node *n;
    size_t at = 0;

    if (!o)
        return;
    while (o->first) {
        struct server *s = o->first;

        o->first = s->next;
        free(s);
    }
    while ((n = table_take_any(&o->hosts, &at)) != NULL)
        free(CONTAINER_OF(n, struct host, node));
    table_fini(&o->hosts);
    table_fini(&o->servers);
    free(o);
}

static uint64_t address_hash(const struct address *a)
{
    return hash_bytes(a, sizeof(*a));
}

static struct host *find_host(const struct opaque *o, const struct address *a,
                              uint64_t hash)
{
    for (struct table_node *n = table_first(&o->hosts, hash); n;
         n = table_next(n)) {
        struct host *h = CONTAINER_OF(n, struct host, node);

        if (address_equal(&h->address, a))
            return h;
    }
    return NULL;
}

void opaque_note_sip(struct opaque *o, const struct address *host)
{
    uint64_t hash = address_hash(host);
    struct host *h;

    if (table_full(&o->hosts) || find_host(o, host, hash))
        return;
    h = calloc(1, sizeof(*h));
    if (!h)
        return;
    h->address = *host;
    table_add(&o->hosts, &h->node, hash);
}

static struct server *find_server(const struct opaque *o,
                                  const struct endpoint *at, bool dtls,
                                  uint64_t hash)
{
    for (struct table_node *n = table_first(&o->servers, hash); n;
         n = table_next(n)) {
        struct server *s = CONTAINER_OF(n, struct server, node);

        if (endpoint_equal(&s->at, at) && s->dtls == dtls)
            return s;
    }
    return NULL;
}

void opaque_add(struct opaque *o, const struct endpoint *server, bool dtls)
{
    uint64_t hash = hash_mix(address_hash(&server->address),
                             (uint64_t)server->port << 1 | dtls);
    struct server *s = find_server(o, server, dtls, hash);

    if (s) {
        s->flows++;
        return;
    }
    if (!table_full(&o->servers))
        s = calloc(1, sizeof(*s));
    if (!s) {
        o->crowded = true;
        o->beyond[dtls][server->port]++;
        return;
    }
    s->at = *server;
    s->dtls = dtls;
    s->flows = 1;
    table_add(&o->servers, &s->node, hash);
    if (o->last)
        o->last->next = s;
    else
        o->first = s;
    o->last = s;
}

static bool is_sip_port(unsigned port)
{
    return port >= 5060 && port <= 5099;
}

static bool is_sip(const struct opaque *o, const struct server *s)
{
    if (is_sip_port(s->at.port))
        return true;
    return !s->dtls &&
           find_host(o, &s->at.address, address_hash(&s->at.address));
}

static bool speaks_sip(const struct opaque *o, const struct address *a)
{
    return o->hosts.count && find_host(o, a, address_hash(a));
}

bool opaque_may_be_sip(const struct opaque *o, const struct endpoint *a,
                       const struct endpoint *b)
{
    return is_sip_port(a->port) || is_sip_port(b->port) ||
           speaks_sip(o, &a->address) || speaks_sip(o, &b->address);
}

bool opaque_esp_is_due(struct opaque *o, const struct address *a,
                       const struct address *b, uint32_t tick)
{
    uint64_t hash = hash_mix(address_hash(a), address_hash(b)) | 1;
    struct esp_pair *p = &o->esp[hash >> 8 & (ESP_PAIRS - 1)];

    if (p->hash == hash && tick - p->tick < OPAQUE_TICKS)
        return false;
    if (!speaks_sip(o, a) && !speaks_sip(o, b))
        return false;
    *p = (struct esp_pair){hash, tick};
    return true;
}

/* Rows by port, DTLS and whether it is SIP's. */
struct tally {
    struct opaque_port *rows;
    size_t count;
    size_t room;
};

static struct opaque_port *row_of(struct tally *t, uint16_t port, bool dtls,
                                  bool sip)
{
    struct opaque_port *rows;

    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].port == port && t->rows[i].dtls == dtls &&
            t->rows[i].sip == sip)
            return &t->rows[i];
    if (t->count == ROWS_MAX) /* of so many the last takes the rest */
        return &t->rows[ROWS_MAX - 1];
    rows = grow_for_one(t->rows, &t->room, t->count, sizeof(*rows));
    if (!rows)
        return NULL;
    t->rows = rows;
    t->rows[t->count] =
        (struct opaque_port){.port = port, .dtls = dtls, .sip = sip};
    return &t->rows[t->count++];
}

static void tally_servers(const struct opaque *o, struct tally *t)
{
    for (const struct server *s = o->first; s; s = s->next) {
        struct opaque_port *row = row_of(t, s->at.port, s->dtls, is_sip(o, s));

        if (!row)
            return;
        if (!row->servers++)
            row->first = s->at.address;
        row->flows += s->flows;
    }
}

static void tally_beyond(const struct opaque *o, struct tally *t)
{
    for (unsigned i = 0; o->crowded && i < 2 * PORTS; i++) {
        bool dtls = i / PORTS;
        uint16_t port = (uint16_t)(i % PORTS);
        struct opaque_port *row;

        if (!o->beyond[dtls][port])
            continue;
        row = row_of(t, port, dtls, is_sip_port(port));
        if (row)
            row->flows += o->beyond[dtls][port];
    }
}

static int by_importance(const void *a, const void *b)
{
    const struct opaque_port *x = a;
    const struct opaque_port *y = b;

    if (x->sip != y->sip)
        return x->sip ? -1 : 1;
    if (x->flows != y->flows)
        return x->flows < y->flows ? 1 : -1;
    if (x->port != y->port)
        return x->port - y->port;
    return x->dtls - y->dtls;
}

size_t opaque_ports(const struct opaque *o, struct opaque_port *out, size_t cap)
{
    struct tally t = {0};
    size_t count;

    tally_servers(o, &t);
    tally_beyond(o, &t);
    count = t.count;
    if (count)
        qsort(t.rows, count, sizeof(t.rows[0]), by_importance);
    for (size_t i = 0; i < count && i < cap; i++)
        out[i] = t.rows[i];
    free(t.rows);
    return count;
}
