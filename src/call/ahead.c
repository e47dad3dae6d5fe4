#include "call/ahead.h"

#include "base/fetch.h"
#include "call/media.h"
#include "call/register.h"
#include "call/route.h"

/* What each step finds is where the next one looks. */
struct way {
    const struct transaction *transaction;
    const struct exchange *exchange;
    struct list *listed; /* a transaction that a new one is listed behind */
};

/* Of a text, which another processor wrote, what is read of it. */
#define BODY_BYTES 320
#define HEADERS_BYTES 512

static void fetch_text(struct span s, size_t most)
{
    fetch_lines(s.data, s.length < most ? s.length : most);
}

static void fetch_headers(const struct sip_message *m)
{
    fetch_text(m->text, HEADERS_BYTES);
    fetch_lines(m->headers, m->header_count * sizeof(*m->headers));
}

static void fetch_transaction(const struct correlator *c,
                              const struct sighting *s)
{
    struct table_node *n = table_likely(&c->transactions.table, s->key_hash);

    if (n)
        fetch_lines(CONTAINER_OF(n, struct transaction, node),
                    FETCH_LINE_BYTES);
}

static void find_transaction(const struct correlator *c, struct sighting *s,
                             struct way *w)
{
    s->transaction = transaction_find(&c->transactions, &s->key, s->key_hash);
    w->transaction = s->transaction;
    if (!w->transaction) {
        if (s->m->to_tag.length)
            return;
        __builtin_prefetch(s->m->call_id.data); /* of which a copy is made */
        if (s->m->method == SIP_INVITE)
            fetch_headers(s->m);
        return;
    }
    w->exchange = w->transaction->owner;
    fetch_lines(w->exchange, EXCHANGE_HOT_BYTES);
    fetch_lines((const char *)w->transaction + FETCH_LINE_BYTES,
                sizeof(struct transaction) - FETCH_LINE_BYTES);
    if (w->transaction->detail) /* mostly an invite */
        fetch_lines(w->transaction->detail, sizeof(struct invite));
}

static void fetch_group(const struct correlator *c, const struct sighting *s,
                        const struct way *w)
{
    struct table_node *n;

    if (w->exchange) {
        fetch_lines(w->exchange->group, GROUP_HOT_BYTES);
    } else {
        n = table_likely(&c->groups, s->call_id_hash);
        if (n)
            fetch_lines(CONTAINER_OF(n, struct group, node), GROUP_HOT_BYTES);
    }
}

/* Of a transaction that is none yet: the newest one of its Call-ID. */
static void find_exchange(const struct correlator *c, struct sighting *s,
                          struct way *w)
{
    if (w->exchange)
        return;
    s->group =
        group_find(c, s->m->call_id, s->seen->arrival.sensor, s->call_id_hash);
    if (!s->group || list_empty(&s->group->exchanges))
        return;
    w->exchange =
        CONTAINER_OF(s->group->exchanges.prev, struct exchange, group_node);
    fetch_lines(w->exchange, EXCHANGE_HOT_BYTES);
}

/* Of an ACK it may be the INVITE. */
static void fetch_listed(const struct sighting *s, struct way *w,
                         struct list *at)
{
    w->listed = at;
    if (s->m->method == SIP_ACK)
        fetch_lines(CONTAINER_OF(at, struct transaction, owner_node),
                    sizeof(struct transaction));
    else
        __builtin_prefetch(at, 1);
}

/* The call, or of a REGISTER's final the row that it leads to. */
static void fetch_call(const struct correlator *c, const struct sighting *s,
                       struct way *w)
{
    if (!w->exchange)
        return;
    if (w->exchange->call)
        fetch_lines(w->exchange->call, CALL_HOT_BYTES);
    else if (s->m->status_code >= 200)
        register_fetch(c, w->exchange, false);
    if (!w->transaction)
        fetch_listed(s, w, w->exchange->transactions.prev);
}

/* And what that leads to. */
static void fetch_dialog(const struct correlator *c, const struct sighting *s,
                         struct way *w)
{
    const struct call *call = w->exchange ? w->exchange->call : NULL;

    if (s->m->status_code >= 200)
        __builtin_prefetch(s->m->via_sent_by.data);
    if (call && call->dialogs)
        fetch_lines(call->dialogs, DIALOG_HOT_BYTES);
    else if (w->exchange && !call && s->m->status_code >= 200)
        register_fetch(c, w->exchange, true);
    if (!call)
        return;
    if (s->m->cseq_method == SIP_INVITE && s->m->status_code != 100)
        __builtin_prefetch(w->exchange->texts.blocks);
    if (w->transaction) {
        if (s->m->status_code >= 200 && s->m->cseq_method == SIP_INVITE)
            fetch_lines(call->current, sizeof(*call->current));
        return;
    }
    fetch_lines(call->invites, INVITE_WAY_BYTES);
    fetch_lines(call->invites_last, INVITE_WAY_BYTES);
    if (s->m->method == SIP_ACK)
        fetch_listed(s, w, w->listed->prev);
}

void ahead_fetch(const struct correlator *c, struct sighting *sightings,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sighting *s = &sightings[i];

        copy_window_fetch(c->copies, s->seen->text_hash, &s->seen->arrival);
        route_begin(s);
        if (s->m->status_code >= 200)
            __builtin_prefetch(&s->m->via_sent_by);
        __builtin_prefetch(table_place(&c->groups, s->call_id_hash));
        if (s->has_key)
            __builtin_prefetch(
                table_place(&c->transactions.table, s->key_hash));
    }
}

void ahead_fetch_likely(const struct correlator *c,
                        const struct sighting *sightings, size_t count)
{
    const struct way none = {0};

    for (size_t i = 0; i < count; i++) {
        if (sightings[i].has_key)
            fetch_transaction(c, &sightings[i]);
        fetch_group(c, &sightings[i], &none);
        if (sightings[i].m->body.length)
            fetch_text(sightings[i].m->body, BODY_BYTES);
    }
}

void ahead_begin(struct correlator *c, struct sighting *sightings, size_t count)
{
    struct way ways[CORRELATOR_GROUP] = {0};

    c->added.turns = c->turns;
    c->added.count = 0;
    for (size_t i = 0; i < count; i++)
        if (sightings[i].has_key)
            find_transaction(c, &sightings[i], &ways[i]);
    for (size_t i = 0; i < count; i++)
        fetch_group(c, &sightings[i], &ways[i]);
    for (size_t i = 0; i < count; i++)
        find_exchange(c, &sightings[i], &ways[i]);
    for (size_t i = 0; i < count; i++)
        fetch_call(c, &sightings[i], &ways[i]);
    for (size_t i = 0; i < count; i++)
        fetch_dialog(c, &sightings[i], &ways[i]);
}

void ahead_look(struct exchange *const *exchanges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fetch_lines(exchanges[i], sizeof(struct exchange));
    for (size_t i = 0; i < count; i++)
        if (exchanges[i]->call)
            fetch_lines(exchanges[i]->call, sizeof(struct call));
    for (size_t i = 0; i < count; i++)
        if (exchanges[i]->call && exchanges[i]->call->current)
            fetch_lines(exchanges[i]->call->current, sizeof(struct invite));
}

/* How far along its chains an exchange has been fetched. */
struct chains {
    const struct invite *invite;
    const struct dialog *dialog;
    struct list *transaction; /* of the list that ends at */
    const struct list *transactions;
};

/* Most exchanges have no more of any. */
#define CHAIN_STEPS 8

static struct chains chains_of(const struct exchange *x)
{
    struct chains at = {
        .dialog = x->dialogs,
        .transaction = x->transactions.next,
        .transactions = &x->transactions,
    };

    fetch_lines(x->group, sizeof(struct group));
    if (x->call) {
        at.invite = x->call->invites;
        at.dialog = x->call->dialogs;
        fetch_lines(x->call->media, sizeof(struct media));
        __builtin_prefetch(x->call->credentials);
    }
    return at;
}

static void fetch_links(struct chains *at)
{
    if (at->invite)
        fetch_lines(at->invite, sizeof(struct invite));
    if (at->dialog)
        fetch_lines(at->dialog, sizeof(struct dialog));
    if (at->transaction != at->transactions)
        fetch_lines(
            CONTAINER_OF(at->transaction, struct transaction, owner_node),
            TRANSACTION_LINK_BYTES);
}

/* What is taken out of tables and lists touches its neighbours there. */
static void fetch_places(const struct correlator *c, struct chains *at)
{
    if (at->invite)
        at->invite = at->invite->next;
    if (at->dialog) {
        __builtin_prefetch(
            table_place(&c->dialogs.table, at->dialog->node.hash));
        at->dialog = at->dialog->next;
    }
    if (at->transaction != at->transactions) {
        const struct transaction *t =
            CONTAINER_OF(at->transaction, struct transaction, owner_node);

        __builtin_prefetch(table_place(&c->transactions.table, t->node.hash));
        __builtin_prefetch(t->age.prev);
        __builtin_prefetch(t->age.next);
        at->transaction = at->transaction->next;
    }
}

static void fetch_words(const struct call *call)
{
    if (!call || !call->media)
        return;
    fetch_lines(call->media->offer.words, FETCH_LINE_BYTES);
    fetch_lines(call->media->answers, FETCH_LINE_BYTES);
}

void ahead_end(const struct correlator *c, struct exchange *const *exchanges,
               size_t count)
{
    struct chains chains[CORRELATOR_GROUP];

    for (size_t i = 0; i < count; i++)
        chains[i] = chains_of(exchanges[i]);
    for (size_t step = 0; step < CHAIN_STEPS; step++) {
        for (size_t i = 0; i < count; i++)
            fetch_links(&chains[i]);
        for (size_t i = 0; i < count; i++)
            fetch_places(c, &chains[i]);
    }
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(
            table_place(&c->groups, exchanges[i]->group->node.hash));
        fetch_words(exchanges[i]->call);
    }
}
