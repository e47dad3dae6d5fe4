#include "call/subscription.h"

#include <assert.h>

#include "call/facts.h"
#include "call/state.h"
#include "sip/address.h"
#include "sip/event.h"
#include "sip/number.h"

#define HOUR_US INT64_C(3600000000)
#define TEXT_MAX 1000

struct subscription {
    struct subscription *next; /* oldest first */
    struct subscription_record r;
    bool bound;           /* its notifier is known */
    bool changed;         /* since it was handed on */
    bool finally;         /* a final to the last SUBSCRIBE or REFER was seen */
    uint32_t cseq;        /* of that one */
    uint32_t notify_cseq; /* of the last NOTIFY */
    int64_t asked_at;     /* that SUBSCRIBE or REFER */
    int64_t asked_s;      /* Expires of it; TIME_NONE */
    int64_t told_at;
};

void subscription_init(struct correlator *c)
{
    pool_init(&c->subscription_pool, sizeof(struct subscription));
}

/* --- finding -------------------------------------------------------------- */

struct naming {
    struct span subscriber;
    struct span notifier;
    struct sip_event event;
};

static void name_of(const struct sip_message *m, struct naming *n)
{
    bool notify =
        m->cseq_method == SIP_NOTIFY || m->cseq_method == SIP_BENOTIFY;

    *n = (struct naming){.subscriber = notify ? m->to_tag : m->from_tag,
                         .notifier = notify ? m->from_tag : m->to_tag};
    if (m->cseq_method == SIP_REFER)
        n->event.package = SPAN_LITERAL("refer");
    else if (sip_message_has(m, SIP_HEADER_EVENT))
        (void)sip_event_parse(sip_message_value(m, SIP_HEADER_EVENT),
                              &n->event);
}

static bool is_cseq(struct span id, uint32_t cseq)
{
    uint64_t number;

    return span_to_u64(id, UINT32_MAX, &number) && number == cseq;
}

/* RFC 3515, 2.4.6: a REFER's id is its CSeq number, and may be left out for
 * the first. */
static bool same_event(const struct subscription *u, const struct naming *n)
{
    if (!span_equal_nocase(u->r.event,
                           span_part(n->event.package, 0, TEXT_MAX)))
        return false;
    if (u->r.kind == SUBSCRIPTION_REFER)
        return !n->event.id.length || is_cseq(n->event.id, u->cseq);
    return span_equal(u->r.event_id, span_part(n->event.id, 0, TEXT_MAX));
}

/* The one of these tags, else the one that waits for its notifier. */
static struct subscription *find(const struct exchange *x,
                                 const struct naming *n)
{
    struct subscription *waiting = NULL;
    struct subscription *found = NULL;

    for (struct subscription *u = x->subscriptions; u; u = u->next) {
        if (!span_equal(u->r.subscriber_tag, n->subscriber) ||
            !same_event(u, n))
            continue;
        if (!u->bound)
            waiting = u;
        else if (span_equal(u->r.notifier_tag, n->notifier) &&
                 (!found || found->r.ended_at != TIME_NONE))
            found = u; /* of several REFERs the first that runs */
    }
    return found ? found : waiting;
}

static struct subscription *of_request(const struct exchange *x,
                                       struct span from_tag, uint32_t cseq)
{
    for (struct subscription *u = x->subscriptions; u; u = u->next)
        if (u->cseq == cseq && span_equal(u->r.subscriber_tag, from_tag))
            return u;
    return NULL;
}

/* --- making --------------------------------------------------------------- */

static struct span keep(struct correlator *c, struct exchange *x,
                        struct span text)
{
    return texts_keep(&c->texts_pool, &x->texts, span_part(text, 0, TEXT_MAX));
}

static struct span keep_uri(struct correlator *c, struct exchange *x,
                            struct span value)
{
    struct sip_address address;

    (void)sip_address_parse(value, &address);
    return keep(c, x, address.uri);
}

static struct subscription *add(struct correlator *c, struct exchange *x,
                                const struct sighting *s,
                                const struct naming *n)
{
    struct subscription **last = &x->subscriptions;
    struct subscription *u = NULL;
    unsigned count = 0;
    bool notify =
        s->m->cseq_method == SIP_NOTIFY || s->m->cseq_method == SIP_BENOTIFY;
    const struct arrival *a = &s->seen->arrival;

    for (; *last; last = &(*last)->next)
        count++;
    if (count < SUBSCRIPTIONS_MAX &&
        c->subscription_pool.used < c->limits.subscriptions)
        u = pool_take(&c->subscription_pool);
    if (!u) {
        c->counters.subscriptions_dropped++;
        return NULL;
    }
    *last = u;
    u->told_at = s->at;
    u->asked_s = u->asked_at = TIME_NONE;
    u->r = (struct subscription_record){
        .source = a->source,
        .subscriber_tag = keep(c, x, n->subscriber),
        .event = keep(c, x, n->event.package),
        .event_id = keep(c, x, n->event.id),
        .subscriber = keep_uri(c, x, notify ? s->m->to : s->m->from),
        .notifier = keep_uri(c, x, notify ? s->m->from : s->m->to),
        .first_at = s->at,
        .last_at = s->at,
        .accepted_at = TIME_NONE,
        .first_notify_at = TIME_NONE,
        .last_notify_at = TIME_NONE,
        .expires_at = TIME_NONE,
        .ended_at = TIME_NONE,
        .expires_s = TIME_NONE,
        .subscriber_at = notify ? a->dst : a->src,
        .notifier_at = notify ? a->src : a->dst,
        .transport = a->transport,
    };
    return u;
}

static void bind(struct correlator *c, struct exchange *x,
                 struct subscription *u, struct span notifier)
{
    if (u->bound || !notifier.length)
        return;
    u->bound = true;
    u->r.notifier_tag = keep(c, x, notifier);
}

static void touch(struct subscription *u, int64_t at)
{
    u->changed = true;
    if (at > u->r.last_at)
        u->r.last_at = at;
}

static void end(struct subscription *u, enum subscription_end how, int64_t at)
{
    if (u->r.ended_at != TIME_NONE)
        return;
    u->r.state = SUBSCRIPTION_TERMINATED;
    u->r.end = how;
    u->r.ended_at = at;
}

static bool seconds_of(const struct sip_message *m, uint32_t *seconds_out)
{
    return sip_message_has(m, SIP_HEADER_EXPIRES) &&
           sip_seconds_parse(sip_message_value(m, SIP_HEADER_EXPIRES),
                             seconds_out);
}

static void set_expiry(struct subscription *u, int64_t at, uint32_t seconds)
{
    u->r.expires_s = seconds;
    u->r.expires_at = at + (int64_t)seconds * 1000000;
}

/* --- SUBSCRIBE and REFER -------------------------------------------------- */

/* A REFER makes one of its own each time, unless it is the answer to a
 * challenge. */
static struct subscription *
asked_for(struct exchange *x, const struct sighting *s, const struct naming *n)
{
    struct subscription *u = x->subscriptions;

    if (s->m->method != SIP_REFER)
        return find(x, n);
    while (u && !(u->r.kind == SUBSCRIPTION_REFER &&
                  span_equal(u->r.subscriber_tag, n->subscriber) &&
                  (u->cseq == s->m->cseq || u->r.status_code == 401 ||
                   u->r.status_code == 407)))
        u = u->next;
    return u;
}

static void observe_ask(struct correlator *c, struct exchange *x,
                        const struct sighting *s)
{
    const struct sip_message *m = s->m;
    struct subscription *u;
    struct naming n;
    uint32_t seconds;

    name_of(m, &n);
    u = asked_for(x, s, &n);
    if (u && u->r.subscribes && u->cseq == m->cseq)
        return; /* the same on a later hop */
    if (!u) {
        u = add(c, x, s, &n);
        if (!u)
            return;
        if (m->method == SIP_REFER)
            u->r.kind = SUBSCRIPTION_REFER;
        else if (seconds_of(m, &seconds) && !seconds && !m->to_tag.length)
            u->r.kind = SUBSCRIPTION_POLL;
        bind(c, x, u, m->to_tag);
    }
    if (u->r.kind == SUBSCRIPTION_UNSOLICITED)
        u->r.kind = SUBSCRIPTION_SUBSCRIBE; /* a NOTIFY overtook it */
    u->cseq = m->cseq;
    u->finally = false;
    u->asked_at = s->at;
    u->asked_s = seconds_of(m, &seconds) ? seconds : TIME_NONE;
    u->r.subscribes++;
    touch(u, s->at);
}

static void note_accepted(struct subscription *u, const struct sighting *s)
{
    uint32_t seconds;
    int64_t granted = u->asked_s;

    if (u->r.accepted_at == TIME_NONE)
        u->r.accepted_at = s->at;
    if (seconds_of(s->m, &seconds))
        granted = seconds;
    if (granted == TIME_NONE || u->r.kind == SUBSCRIPTION_REFER)
        return;
    set_expiry(u, s->at, (uint32_t)granted);
    if (!granted && u->r.subscribes > 1)
        end(u, SUBSCRIPTION_END_UNSUBSCRIBED, s->at);
}

/* A refusal ends what never was; one of a refresh only where it is 404, 405,
 * 410, 416, 480 to 485, 489, 501, 604 (RFC 6665, 4.1.2.2, by RFC 5057, 5.1). */
static bool ends_running(uint16_t status)
{
    return status == 404 || status == 405 || status == 410 || status == 416 ||
           (status >= 480 && status <= 485) || status == 489 || status == 501 ||
           status == 604;
}

static void observe_ask_response(struct correlator *c, struct exchange *x,
                                 const struct sighting *s)
{
    struct subscription *u = of_request(x, s->m->from_tag, s->m->cseq);
    uint16_t status = s->m->status_code;
    struct naming n;

    if (!u || status < 200)
        return;
    /* The 2xx may be another fork's than the NOTIFY that came first. */
    if (status < 300 && u->bound && s->m->to_tag.length &&
        !span_equal(u->r.notifier_tag, s->m->to_tag)) {
        n = (struct naming){
            .subscriber = u->r.subscriber_tag,
            .notifier = s->m->to_tag,
            .event = {.package = u->r.event, .id = u->r.event_id}};
        if (!find(x, &n)) {
            const struct subscription *first = u;

            u = add(c, x, s, &n);
            if (!u)
                return;
            u->r.kind = first->r.kind;
            u->r.subscribes = 1;
            u->r.first_at = first->r.first_at;
            u->r.subscriber_at = first->r.subscriber_at;
            u->r.notifier_at = first->r.notifier_at;
            u->asked_s = first->asked_s;
            u->asked_at = first->asked_at;
            u->cseq = first->cseq;
            bind(c, x, u, s->m->to_tag);
        }
    }
    u->finally = true;
    u->r.status_code = status;
    touch(u, s->at);
    if (status < 300) {
        bind(c, x, u, s->m->to_tag);
        note_accepted(u, s);
    } else if (status != 401 && status != 407) {
        if (u->r.accepted_at == TIME_NONE && !u->r.notifies) {
            u->r.kind = SUBSCRIPTION_REFUSED;
            end(u, SUBSCRIPTION_END_REFUSED, s->at);
        } else if (ends_running(status)) {
            end(u, SUBSCRIPTION_END_LOST, s->at);
        }
    }
}

/* --- NOTIFY --------------------------------------------------------------- */

static void read_state(struct correlator *c, struct exchange *x,
                       struct subscription *u, const struct sighting *s)
{
    struct sip_subscription_state state;

    if (!sip_message_has(s->m, SIP_HEADER_SUBSCRIPTION_STATE) ||
        !sip_subscription_state_parse(
            sip_message_value(s->m, SIP_HEADER_SUBSCRIPTION_STATE), &state))
        return;
    if (state.state == SIP_SUBSCRIPTION_TERMINATED) {
        if (u->r.ended_at == TIME_NONE || !u->r.reason.length)
            u->r.reason = keep(c, x, state.reason);
        end(u, SUBSCRIPTION_END_NOTIFY, s->at);
        return;
    }
    if (u->r.ended_at != TIME_NONE)
        return;
    if (state.state == SIP_SUBSCRIPTION_PENDING)
        u->r.state = SUBSCRIPTION_PENDING;
    else if (state.state == SIP_SUBSCRIPTION_ACTIVE)
        u->r.state = SUBSCRIPTION_ACTIVE;
    if (state.has_expires)
        set_expiry(u, s->at, state.expires_s);
}

/* A NOTIFY that no subscription seen explains: of a fork, begun before the
 * capture, or sent without being asked, which has no To tag. */
static struct subscription *begin_by_notify(struct correlator *c,
                                            struct exchange *x,
                                            const struct sighting *s,
                                            const struct naming *n)
{
    struct subscription *u = add(c, x, s, n);
    const struct subscription *first = x->subscriptions;

    if (!u)
        return NULL;
    if (!n->subscriber.length)
        u->r.kind = SUBSCRIPTION_UNSOLICITED;
    else if (span_equal_nocase(n->event.package, SPAN_LITERAL("refer")))
        u->r.kind = SUBSCRIPTION_REFER;
    while (first != u && !(span_equal(first->r.subscriber_tag, n->subscriber) &&
                           first->r.subscribes && same_event(first, n)))
        first = first->next;
    if (first != u) {
        u->r.kind = first->r.kind;
        u->r.first_at = first->r.first_at;
        u->r.subscribes = 1;
        u->asked_at = first->asked_at;
        u->finally = true;
    }
    return u;
}

static void observe_notify(struct correlator *c, struct exchange *x,
                           const struct sighting *s)
{
    struct subscription *u;
    struct naming n;

    name_of(s->m, &n);
    u = find(x, &n);
    if (!u)
        u = begin_by_notify(c, x, s, &n);
    if (!u)
        return;
    bind(c, x, u, n.notifier);
    if (u->r.notifies && s->m->cseq <= u->notify_cseq)
        return; /* on a later hop, or out of order */
    u->notify_cseq = s->m->cseq;
    u->r.notifies++;
    if (u->r.first_notify_at == TIME_NONE)
        u->r.first_notify_at = s->at;
    u->r.last_notify_at = s->at;
    touch(u, s->at);
    read_state(c, x, u, s);
}

/* 481 ends that subscription, and nothing else (RFC 6665, 4.2.2; 5057, 5.1). */
static void observe_notify_response(struct exchange *x,
                                    const struct sighting *s)
{
    struct subscription *u = x->subscriptions;

    if (s->m->status_code != 481)
        return;
    while (u && !(u->notify_cseq == s->m->cseq && u->r.notifies &&
                  span_equal(u->r.notifier_tag, s->m->from_tag)))
        u = u->next;
    if (!u)
        return;
    touch(u, s->at);
    end(u, SUBSCRIPTION_END_LOST, s->at);
}

void subscription_collect(struct correlator *c, struct exchange *x,
                          const struct sighting *s)
{
    enum sip_method method = s->m->cseq_method;
    bool asks = method == SIP_SUBSCRIBE || method == SIP_REFER;

    if (!asks && method != SIP_NOTIFY && method != SIP_BENOTIFY)
        return;
    if (!c->sink.subscription_fn || !s->has_key || s->copy != COPY_NONE ||
        s->verdict.retransmission)
        return;
    if (asks && s->m->is_request)
        observe_ask(c, x, s);
    else if (asks)
        observe_ask_response(c, x, s);
    else if (s->m->is_request)
        observe_notify(c, x, s);
    else
        observe_notify_response(x, s);
}

/* --- handing on ----------------------------------------------------------- */

static void tell(struct correlator *c, struct exchange *x,
                 struct subscription *u)
{
    char digits[12];
    struct subscription_record r = u->r;
    const struct span parts[] = {
        exchange_sensor(c, x), x->group->call_id, r.subscriber_tag,
        r.notifier_tag,        r.event,           r.event_id,
        span_of(digits, 4)};
    const uint32_t cseq = r.kind == SUBSCRIPTION_REFER ? u->cseq : 0;
    int rc;

    for (int i = 0; i < 4; i++)
        digits[i] = (char)(cseq >> (24 - 8 * i));
    exchange_make_key(c, x);
    key_of_parts(0, parts, sizeof(parts) / sizeof(parts[0]),
                 &r.subscription_key);
    r.owner_key = x->key;
    r.in_call = x->call != NULL;
    r.sensor = sensors_name(c->limits.sensors, x->group->sensor);
    r.call_id = x->group->call_id;
    u->changed = false;
    u->told_at = time_us_of_ns(c->clock_ns);
    rc = c->sink.subscription_fn(c->sink.arg, &r);
    if (rc && !c->failure)
        c->failure = rc;
}

/* What has not been answered yet, and may still be, is no row. */
static bool is_open_question(const struct correlator *c,
                             const struct subscription *u)
{
    return !u->finally && !u->r.notifies && u->r.accepted_at == TIME_NONE &&
           time_us_of_ns(c->clock_ns) - u->asked_at < CALL_64T1_US;
}

void subscription_taken_up(struct exchange *x)
{
    for (struct subscription *u = x->subscriptions; u; u = u->next)
        u->changed = false;
}

void subscription_tell(struct correlator *c, struct exchange *x)
{
    int64_t now = time_us_of_ns(c->clock_ns);

    for (struct subscription *u = x->subscriptions; u; u = u->next)
        if (u->changed && (c->limits.live ? !is_open_question(c, u)
                                          : now - u->told_at >= HOUR_US))
            tell(c, x, u);
}

void subscription_hand_on(struct correlator *c, struct exchange *x)
{
    int64_t now = time_us_of_ns(c->clock_ns);

    for (struct subscription *u = x->subscriptions; u; u = u->next) {
        if (is_open_question(c, u))
            continue;
        if (u->r.accepted_at == TIME_NONE && !u->r.notifies &&
            u->r.status_code >= 300) {
            u->r.kind = SUBSCRIPTION_REFUSED;
            end(u, SUBSCRIPTION_END_REFUSED, u->r.last_at);
        }
        if (u->r.expires_at != TIME_NONE && u->r.expires_at <= now)
            end(u, SUBSCRIPTION_END_EXPIRED, u->r.expires_at);
        c->counters.subscriptions++;
        if (u->changed || u->r.ended_at != TIME_NONE)
            tell(c, x, u);
    }
}

void subscription_free(struct correlator *c, struct exchange *x)
{
    while (x->subscriptions) {
        struct subscription *u = x->subscriptions;

        x->subscriptions = u->next;
        pool_give(&c->subscription_pool, u);
    }
}

const char *subscription_kind_name(enum subscription_kind k)
{
    static const char *const names[SUBSCRIPTION_KIND_COUNT] = {
        "subscribe", "poll", "refer", "unsolicited", "refused"};

    assert((unsigned)k < SUBSCRIPTION_KIND_COUNT);
    return names[k];
}

const char *subscription_state_name(enum subscription_state s)
{
    static const char *const names[SUBSCRIPTION_STATE_COUNT] = {
        "", "pending", "active", "terminated"};

    assert((unsigned)s < SUBSCRIPTION_STATE_COUNT);
    return names[s];
}

const char *subscription_end_name(enum subscription_end e)
{
    static const char *const names[SUBSCRIPTION_END_COUNT] = {
        "", "notify", "unsubscribed", "lost", "expired", "refused"};

    assert((unsigned)e < SUBSCRIPTION_END_COUNT);
    return names[e];
}
