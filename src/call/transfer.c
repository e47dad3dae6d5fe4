#include "call/transfer.h"

#include <stdio.h>

#include "base/hash.h"
#include "call/parties.h"
#include "sip/address.h"
#include "sip/chars.h"
#include "sip/content_type.h"
#include "sip/param.h"
#include "sip/replaces.h"

#define STATUS_LINE_BYTES 160 /* of a fragment; the rest is cut off */

static struct call_transfer *transfer_of(struct correlator *c,
                                         struct call *call)
{
    struct call_transfer *t = call->transfer;

    if (t)
        return t;
    t = (struct call_transfer *)(void *)texts_take(
        &c->texts_pool, &call->exchange->texts, sizeof(*t));
    if (t)
        *t = (struct call_transfer){0};
    call->transfer = t;
    return t;
}

static struct span keep_address(struct correlator *c, struct call *call,
                                const struct sip_message *m,
                                enum sip_header_id id)
{
    struct sip_address address;

    if (!sip_message_has(m, id))
        return SPAN_NONE;
    (void)sip_address_parse(sip_message_value(m, id), &address);
    return parties_keep_text(c, call->exchange, address.uri);
}

/* The call in whose dialog a Replaces speaks, while that call is open: it is
 * for as long as it runs, and lingers when it has ended. */
static struct call *call_of_replaces(struct correlator *c, uint16_t sensor,
                                     const struct sip_replaces *r)
{
    uint64_t hash = hash_span(r->call_id);
    struct group *g = group_find(c, r->call_id, sensor,
                                 sensor ? hash_mix(hash, sensor) : hash);
    struct dialog *d =
        g ? dialog_find(&c->dialogs, g, g->node.hash, hash_span(r->from_tag),
                        hash_span(r->to_tag))
          : NULL;

    return d ? exchange_of_dialog(d)->call : NULL;
}

void transfer_join(struct owner *o, struct correlator *c, struct call *call,
                   const struct sip_message *m)
{
    struct call_transfer *mine, *theirs;
    struct correlator *other;
    struct sip_replaces r;
    struct call *replaced;

    if (!sip_replaces_parse(sip_message_value(m, SIP_HEADER_REPLACES), &r))
        return;
    other = o->correlators[owner_choose(hash_span(r.call_id), o->count)];
    replaced = call_of_replaces(other, call->exchange->group->sensor, &r);
    if (!replaced || replaced == call)
        return;
    mine = transfer_of(c, call);
    theirs = transfer_of(other, replaced);
    if (!mine || !theirs)
        return;
    exchange_make_key(c, call->exchange);
    exchange_make_key(other, replaced->exchange);
    mine->replaces = replaced->exchange->key;
    theirs->replaced_by = call->exchange->key;
}

void transfer_observe_invite(struct correlator *c, struct call *call,
                             const struct sip_message *m)
{
    struct call_transfer *t;

    if (sip_message_has(m, SIP_HEADER_REFERRED_BY) &&
        (t = transfer_of(c, call)) != NULL)
        t->referred_by = keep_address(c, call, m, SIP_HEADER_REFERRED_BY);
}

/* Only an INVITE makes a call (RFC 3515, 2.1). */
static bool refers_to_call(const struct sip_uri *uri)
{
    struct span method = sip_param_value(uri->params, SPAN_LITERAL("method"));

    return !method.length || sip_chars_equal(method, "invite");
}

static void observe_refer(struct correlator *c, struct call *call,
                          const struct sip_message *m)
{
    struct sip_address address;
    struct call_transfer *t;
    struct sip_uri uri;

    if (!sip_message_has(m, SIP_HEADER_REFER_TO))
        return;
    (void)sip_address_parse(sip_message_value(m, SIP_HEADER_REFER_TO),
                            &address);
    (void)sip_uri_parse(address.uri, &uri);
    t = refers_to_call(&uri) ? transfer_of(c, call) : NULL;
    if (!t)
        return;
    t->kind = sip_uri_header(&uri, SPAN_LITERAL("Replaces")).length
                  ? CALL_TRANSFER_ATTENDED
                  : CALL_TRANSFER_BLIND;
    t->status = SPAN_NONE;
    t->refer_to = parties_keep_text(c, call->exchange, address.uri);
    if (sip_message_has(m, SIP_HEADER_REFERRED_BY))
        t->referred_by = keep_address(c, call, m, SIP_HEADER_REFERRED_BY);
}

static void observe_notify(struct correlator *c, struct call *call,
                           const struct sip_message *m)
{
    char line[STATUS_LINE_BYTES];
    struct call_transfer *t;
    struct span body, phrase;
    uint16_t status;
    int n;

    if (!m->body.length ||
        !sip_message_body_of(m, SPAN_LITERAL("message"),
                             SPAN_LITERAL("sipfrag"), &body) ||
        !sip_fragment_status(body, &status, &phrase))
        return;
    t = transfer_of(c, call);
    if (!t)
        return;
    n = snprintf(line, sizeof(line), "SIP/2.0 %u %.*s", status,
                 SPAN_ARG(phrase));
    if (n >= (int)sizeof(line))
        n = (int)sizeof(line) - 1;
    t->status = parties_keep_text(c, call->exchange, span_of(line, (size_t)n));
}

void transfer_observe(struct correlator *c, struct call *call,
                      const struct sighting *s)
{
    if (s->verdict.retransmission || !s->m->is_request)
        return;
    if (s->m->method == SIP_REFER)
        observe_refer(c, call, s->m);
    else if (s->m->method == SIP_NOTIFY)
        observe_notify(c, call, s->m);
}

void transfer_set(const struct call *call, struct call_record *r)
{
    r->transfer = call->transfer ? *call->transfer : (struct call_transfer){0};
    if (r->transfer.kind == CALL_TRANSFER_NOT_SEEN && call->start_seen)
        r->transfer.kind = CALL_TRANSFER_NONE;
}
