#include "call/hidden.h"

#include "base/time.h"
#include "sip/via.h"

/* A 2xx is sent again after T1 where no ACK came (RFC 3261, 13.3.1.4). */
#define SENT_AGAIN_US (2 * CALL_T1_US)

int hidden_add(struct gap_memory *m, const struct capture_gap *gap)
{
    struct capture_gap alone = *gap;
    int rc;

    if (!gap->src.family || !gap->dst.family)
        return 0;
    rc = gap_memory_add(m, gap);
    alone.dst = gap->src;
    if (!rc)
        rc = gap_memory_add(m, &alone);
    alone.src = alone.dst = gap->dst;
    return rc ? rc : gap_memory_add(m, &alone);
}

static bool is_encrypted(enum transport t)
{
    return t == TRANSPORT_TLS || t == TRANSPORT_WSS;
}

void hidden_observe(const struct correlator *c, struct call *call,
                    const struct sighting *s)
{
    struct sip_list_cursor cursor = {0};
    struct sip_via via;

    if (gap_memory_is_empty(&c->opaque) || call->via_hidden ||
        !s->m->is_request || s->m->method != SIP_INVITE)
        return; /* what came over such a hop was there before */
    while (sip_via_next(s->m, &cursor, &via))
        if (span_starts_nocase(via.transport, span_of_string("TLS")) ||
            span_equal_nocase(via.transport, span_of_string("WSS")))
            call->via_hidden = true;
}

struct gap_span hidden_span(const struct correlator *c, const struct call *call,
                            const struct call_end *end)
{
    const struct exchange *x = call->exchange;
    struct gap_span span = {.from_ns = time_ns_of_us(x->first_at),
                            .to_ns = time_ns_of_us(x->last_at)};

    if (!(end->over && end->exact) && c->clock_ns > span.to_ns)
        span.to_ns = c->clock_ns;
    return span;
}

static bool names_encrypted(struct span text)
{
    static const char *const words[] = {"sips:", "transport=tls",
                                        "transport=wss"};

    for (; text.length; text = span_from(text, 1))
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
            if (span_starts_nocase(text, span_of_string(words[i])))
                return true;
    return false;
}

static bool has_hidden_hop(const struct call *call)
{
    if (call->via_hidden)
        return true;
    for (const struct dialog *d = call->dialogs; d; d = d->next)
        if (names_encrypted(d->route_set) || names_encrypted(d->remote_target))
            return true;
    return false;
}

static bool touches_address(const struct gap_memory *m, const struct address *a,
                            const struct gap_span *span)
{
    uint64_t hash = gap_pair_hash(a, a);

    return gap_memory_touches(m, &hash, 1, span);
}

static bool has_hidden_leg(const struct correlator *c, const struct call *call,
                           const struct gap_span *span)
{
    bool touches = false;

    for (const struct invite *i = call->invites; i; i = i->next) {
        if (is_encrypted(i->transport)) /* as HEP tells it: it was read */
            return false;
        touches = touches || touches_address(&c->opaque, &i->src.address, span);
        touches = touches || touches_address(&c->opaque, &i->dst.address, span);
    }
    return touches && has_hidden_hop(call);
}

/* Acknowledged, or it would have been sent again; but not where we see it. */
static bool was_acknowledged_elsewhere(const struct call_facts *f)
{
    return f->status_code >= 200 && f->status_code < 300 &&
           f->ack_at == TIME_NONE && f->final_at != TIME_NONE &&
           f->final_last_at == f->final_at && f->byes[0].at == TIME_NONE &&
           f->byes[1].at == TIME_NONE && f->now - f->final_at > SENT_AGAIN_US;
}

bool hidden_touches(const struct correlator *c, const struct call *call,
                    const struct call_facts *f, const struct call_end *end)
{
    struct gap_span span = hidden_span(c, call, end);

    if (has_hidden_leg(c, call, &span))
        return true;
    if (!was_acknowledged_elsewhere(f))
        return false;
    span.from_ns = time_ns_of_us(f->final_at);
    return gap_memory_touches(&c->opaque, call->pairs, call->pair_count, &span);
}
