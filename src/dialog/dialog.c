#include "dialog/dialog.h"

#include "base/hash.h"
#include "base/time.h"
#include "sip/address.h"

/* An INVITE whose final we did not see is not in progress for ever: 64*T1. */
#define OPEN_US INT64_C(32000000)
#define NO_TIMES TIME_NONE, TIME_NONE, TIME_NONE

int dialog_table_init(struct dialog_table *t, size_t cap)
{
    pool_init(&t->pool, sizeof(struct dialog));
    return table_init(&t->table, cap);
}

void dialog_table_fini(struct dialog_table *t)
{
    table_fini(&t->table);
    pool_fini(&t->pool);
}

/* The same for both directions. */
static uint64_t pair_hash(uint64_t scope_hash, uint64_t tag, uint64_t other)
{
    return hash_mix(scope_hash, tag + other);
}

bool dialog_is_between(const struct dialog *d, uint64_t tag, uint64_t other)
{
    return (d->caller_hash == tag && d->callee_hash == other) ||
           (d->caller_hash == other && d->callee_hash == tag);
}

struct dialog *dialog_find(const struct dialog_table *t, const void *scope,
                           uint64_t scope_hash, uint64_t from_tag,
                           uint64_t to_tag)
{
    struct table_node *n =
        table_first(&t->table, pair_hash(scope_hash, from_tag, to_tag));

    for (; n; n = table_next(n)) {
        struct dialog *d = CONTAINER_OF(n, struct dialog, node);

        if (d->scope == scope && dialog_is_between(d, from_tag, to_tag))
            return d;
    }
    return NULL;
}

struct dialog *dialog_add(struct dialog_table *t, const void *scope,
                          uint64_t scope_hash, const struct dialog_tags *tags)
{
    static const struct dialog_times none = {NO_TIMES};
    struct dialog *d = table_full(&t->table) ? NULL : pool_take(&t->pool);

    if (!d)
        return NULL;
    d->scope = scope;
    d->caller_tag = tags->caller;
    d->callee_tag = tags->callee;
    d->caller_hash = hash_span(tags->caller);
    d->callee_hash = hash_span(tags->callee);
    d->invite = none;
    d->request_at = d->last_at = TIME_NONE;
    d->halves[DIALOG_CALLER].request_at = TIME_NONE;
    d->halves[DIALOG_CALLEE].request_at = TIME_NONE;
    table_add(&t->table, &d->node,
              pair_hash(scope_hash, d->caller_hash, d->callee_hash));
    return d;
}

void dialog_remove(struct dialog_table *t, struct dialog *d)
{
    table_remove(&t->table, &d->node);
    pool_give(&t->pool, d);
}

struct dialog_rare *dialog_rare_of(struct dialog *d, struct texts_pool *pool,
                                   struct texts *texts)
{
    static const struct dialog_rare none = {.subscribe = {NO_TIMES},
                                            .refer = {NO_TIMES}};

    if (!d->rare) {
        d->rare =
            (struct dialog_rare *)(void *)texts_take(pool, texts, sizeof(none));
        if (d->rare)
            *d->rare = none;
    }
    return d->rare;
}

enum dialog_side dialog_side_of(const struct dialog *d, uint64_t from_tag)
{
    return d->caller_hash == from_tag ? DIALOG_CALLER : DIALOG_CALLEE;
}

bool dialog_observe_request(struct dialog *d, const struct observation *seen,
                            bool is_again)
{
    const struct sip_message *m = &seen->message;
    struct dialog_half *half = &d->halves[dialog_side_of(d, m->from_tag_hash)];
    int64_t at = time_us_of_ns(seen->arrival.time_ns);

    half->request_at = at;
    if (m->method == SIP_ACK || m->method == SIP_CANCEL)
        return false;
    d->request_at = d->last_at = at;
    if (is_again)
        return false;
    /* An older request may still pass a later hop: compare one hop only. */
    if (half->has_cseq && m->cseq < half->cseq)
        return m->via_count == half->via_count;
    half->has_cseq = true;
    half->cseq = m->cseq;
    half->via_count = (uint16_t)m->via_count;
    return false;
}

bool dialog_note_reinvite(struct dialog *d, enum dialog_side side,
                          uint32_t cseq, struct texts_pool *pool,
                          struct texts *texts)
{
    struct dialog_rare *rare = dialog_rare_of(d, pool, texts);
    struct dialog_reinvites *own = rare ? &rare->reinvites[side] : NULL;

    if (!own || (own->seen && cseq <= own->cseq))
        return false;
    own->seen = true;
    own->cseq = cseq;
    return true;
}

bool dialog_open_invite(struct dialog *d, const struct sip_message *m,
                        int64_t at, struct texts_pool *pool,
                        struct texts *texts)
{
    struct dialog_rare *rare = dialog_rare_of(d, pool, texts);
    struct dialog_reinvites *own =
        rare ? &rare->reinvites[dialog_side_of(d, m->from_tag_hash)] : NULL;
    bool overlaps;

    if (!own || (own->is_open && m->cseq == own->open_cseq))
        return false; /* on its next hop */
    overlaps = own->is_open && m->cseq > own->open_cseq &&
               m->via_count == own->open_vias;
    own->is_open = true;
    own->open_cseq = m->cseq;
    own->open_vias = m->via_count;
    own->open_at = at;
    return overlaps;
}

bool dialog_has_glare(const struct dialog *d, const struct sip_message *m,
                      int64_t at)
{
    enum dialog_side asker = dialog_side_of(d, m->from_tag_hash);
    const struct dialog_reinvites *theirs, *own;

    if (!d->rare || m->status_code < 200 || m->status_code >= 300)
        return false;
    theirs = &d->rare->reinvites[asker];
    own = &d->rare->reinvites[!asker];
    return theirs->is_open && theirs->open_cseq == m->cseq && own->is_open &&
           at - own->open_at < OPEN_US;
}

void dialog_close_invite(struct dialog *d, const struct sip_message *m)
{
    struct dialog_reinvites *own;

    if (!d->rare)
        return;
    own = &d->rare->reinvites[dialog_side_of(d, m->from_tag_hash)];
    if (m->cseq == own->open_cseq)
        own->is_open = false;
}

/* Record-Route values in one text, in the order of the message or backwards:
 * filled from its end, then. */
static struct span join_routes(const struct sip_message *m,
                               struct texts_pool *pool, struct texts *texts)
{
    struct sip_list_cursor cursor = {0};
    size_t length = 0, at = 0, count = 0;
    struct span value, first = SPAN_NONE;
    char *piece;

    for (; sip_list_next_of(m, SIP_HEADER_RECORD_ROUTE, &cursor, &value);
         count++) {
        length += value.length + 2;
        if (!count)
            first = value;
    }
    if (count == 1) /* of most calls */
        return texts_keep(pool, texts, first);
    piece = length > 2 ? texts_take(pool, texts, length - 2) : NULL;
    if (!piece)
        return SPAN_NONE;
    length -= 2;
    cursor = (struct sip_list_cursor){0};
    while (sip_list_next_of(m, SIP_HEADER_RECORD_ROUTE, &cursor, &value)) {
        size_t place = m->is_request ? at : length - at - value.length;

        memcpy(piece + place, value.data, value.length);
        at += value.length;
        if (at + 2 > length)
            break;
        memcpy(piece + (m->is_request ? at : length - at - 2), ", ", 2);
        at += 2;
    }
    return span_of(piece, length);
}

/* Keep a text that differs from the one there. */
static void replace(struct dialog *d, struct span *text, struct span by,
                    struct texts_pool *pool, struct texts *texts)
{
    if (span_equal(*text, by) || d->texts_kept >= DIALOG_TEXTS_MAX)
        return;
    d->texts_kept++;
    *text = texts_keep(pool, texts, by);
}

static bool read_contact(const struct sip_message *m, struct span *uri_out)
{
    struct sip_list_cursor cursor = {0};
    struct sip_address contact;

    if (!sip_message_has(m, SIP_HEADER_CONTACT) ||
        !sip_address_next(m, SIP_HEADER_CONTACT, &cursor, &contact) ||
        !contact.uri.length)
        return false;
    *uri_out = contact.uri;
    return true;
}

/* Nearly always it says again what it said before. */
static bool repeats_contact(const struct sip_message *m, struct span uri)
{
    return sip_address_repeats(sip_message_value(m, SIP_HEADER_CONTACT), uri);
}

void dialog_keep_route(struct dialog *d, const struct sip_message *m,
                       struct texts_pool *pool, struct texts *texts)
{
    bool overrules = !m->is_request && m->status_code >= 200;
    struct span contact;

    if ((overrules || !d->remote_target.length) &&
        !repeats_contact(m, d->remote_target) && read_contact(m, &contact))
        replace(d, &d->remote_target, contact, pool, texts);
    if ((!d->route_set.length || (overrules && !d->routes_settled)) &&
        d->texts_kept < DIALOG_TEXTS_MAX &&
        sip_message_has(m, SIP_HEADER_RECORD_ROUTE)) {
        struct span routes = join_routes(m, pool, texts);

        d->texts_kept++;
        if (span_equal(routes, d->route_set))
            texts_trim(texts, routes.data, 0);
        else
            d->route_set = routes;
    }
    d->routes_settled |= overrules;
}

bool dialog_refreshes_target(enum sip_method method)
{
    return method == SIP_INVITE || method == SIP_UPDATE ||
           method == SIP_SUBSCRIBE || method == SIP_NOTIFY ||
           method == SIP_REFER;
}

void dialog_ask_target(struct dialog *d, const struct sip_message *m,
                       struct texts_pool *pool, struct texts *texts)
{
    struct dialog_rare *rare;
    struct span contact;

    if (!dialog_refreshes_target(m->method) ||
        dialog_side_of(d, m->from_tag_hash) != DIALOG_CALLEE ||
        !read_contact(m, &contact))
        return;
    rare = dialog_rare_of(d, pool, texts);
    if (!rare)
        return;
    if (span_equal(contact, d->remote_target))
        rare->asked_target = d->remote_target;
    else
        replace(d, &rare->asked_target, contact, pool, texts);
    rare->asked_cseq = m->cseq;
}

void dialog_refresh_target(struct dialog *d, const struct sip_message *m,
                           struct texts_pool *pool, struct texts *texts)
{
    struct span contact;

    if (m->status_code < 200 || m->status_code >= 300 ||
        !dialog_refreshes_target(m->cseq_method))
        return;
    if (dialog_side_of(d, m->from_tag_hash) == DIALOG_CALLER) {
        if (read_contact(m, &contact))
            replace(d, &d->remote_target, contact, pool, texts);
    } else if (d->rare && d->rare->asked_target.length &&
               d->rare->asked_cseq == m->cseq) {
        d->remote_target = d->rare->asked_target;
    }
}
