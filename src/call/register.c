#include "call/register.h"

#include "call/binding.h"
#include "call/facts.h"
#include "call/join.h"
#include "sip/auth.h"
#include "sip/text.h"

/* REGISTERs of one Call-ID under way at once; RFC 3261, 10.2 allows one. */
#define ATTEMPTS_MAX 4
#define TEXT_MAX 1000

/** A message that stays where it is. */
struct held {
    const struct sip_message *m; /* NULL for none */
    struct slab *slab;
};

struct register_attempt {
    struct register_attempt *next; /* newer ones behind */
    struct branch_key key;         /* of the nearest hop */
    int64_t request_at;
    int64_t last_at;
    uint16_t via_count;
    uint16_t challenge_code; /* 401 or 407 that waits for its answer, or 0 */
    uint16_t answered_code;  /* the one this round answers, or 0 */
    uint16_t challenges;
    uint32_t transmissions; /* of this round, on the nearest hop */
    uint32_t source;
    enum transport transport;
    struct endpoint src;
    struct endpoint dst;
    int64_t first_at;
    int64_t auth_us;
    bool is_read;           /* the request below */
    struct held asked;      /* the request of the last round, until */
    struct held challenged; /* this, its challenge, */
    struct list holding;    /* are not held any more, but kept */
    struct span nonce;      /* to be answered */
    struct texts texts;
    struct register_request request; /* of the last round, once it is read */
};

void register_init(struct correlator *c)
{
    pool_init(&c->register_pool, sizeof(struct register_attempt));
    list_init(&c->registers_holding);
}

/* --- what is held of messages, or kept ------------------------------------ */

/* The reference that exchange_take() would give up, where it would. */
static void hold(struct correlator *c, struct register_attempt *a,
                 struct sighting *s, struct held *held_out)
{
    if (exchange_keeps_messages(c))
        slab_hold(s->seen->slab);
    else
        s->is_held = true;
    *held_out = (struct held){s->m, s->seen->slab};
    if (list_empty(&a->holding))
        list_add_last(&c->registers_holding, &a->holding);
}

static void let_go(struct held *h)
{
    if (h->m)
        slab_release(h->slab);
    h->m = NULL;
}

static struct span cut(struct span text)
{
    return span_part(text, 0, TEXT_MAX);
}

static void read_contacts(struct register_request *r, struct span rest)
{
    struct span value;

    while (r->contact_count < REGISTER_CONTACTS_MAX &&
           sip_list_next(&rest, &value))
        r->contacts[r->contact_count++] = cut(value);
}

/* In one walk over the index. Of several Expires the first counts. */
static void read_headers(struct register_request *r,
                         const struct sip_message *m)
{
    const uint64_t wanted = UINT64_C(1) << SIP_HEADER_CONTACT |
                            UINT64_C(1) << SIP_HEADER_EXPIRES |
                            UINT64_C(1) << SIP_HEADER_USER_AGENT;

    r->expires = r->agent = SPAN_NONE;
    r->contact_count = 0;
    for (uint32_t i = 0; i < m->header_count; i++) {
        const struct sip_header *h = &m->headers[i];

        if (!(wanted >> h->id & 1))
            continue;
        if (h->id == SIP_HEADER_CONTACT)
            read_contacts(r, sip_header_value(m, h));
        else if (h->id == SIP_HEADER_EXPIRES && !r->expires.data)
            r->expires = cut(sip_header_value(m, h));
        else if (h->id == SIP_HEADER_USER_AGENT && !r->agent.data)
            r->agent = cut(sip_header_value(m, h));
    }
}

static struct span lowest_via(const struct sip_message *m)
{
    struct sip_list_cursor cursor = {0};
    struct span value;
    struct span lowest = m->via_top;

    if (m->via_count > 1)
        while (sip_list_next_of(m, SIP_HEADER_VIA, &cursor, &value))
            lowest = value;
    return lowest;
}

static bool is_plain(const struct sip_message *m, enum sip_header_id id)
{
    return !(m->odd_mask >> (unsigned)id & 1);
}

/* "Bob" <sip:bob@host>;tag=1 registers <sip:bob@host>. In these forms nothing
 * but the URI stands in <>, and nothing but the tag behind it. */
static bool same_party(const struct sip_message *m)
{
    const size_t tag_bytes = sizeof(";tag=") - 1 + m->from_tag.length;
    struct span to = m->to;

    return m->from_tag.length && m->from.length <= TEXT_MAX &&
           is_plain(m, SIP_HEADER_FROM) && is_plain(m, SIP_HEADER_TO) &&
           to.length && to.data[0] == '<' && to.data[to.length - 1] == '>' &&
           m->from.length >= to.length + tag_bytes &&
           memcmp(m->from.data + m->from.length - tag_bytes - to.length,
                  to.data, to.length) == 0;
}

/* What the request says; the user and the realm were read when it came. */
static void read_request(struct register_attempt *a)
{
    const struct sip_message *m = a->asked.m;
    struct register_request *r = &a->request;

    if (a->is_read)
        return;
    a->is_read = true;
    r->request_uri = cut(m->request_uri);
    r->from = cut(m->from);
    r->to = cut(m->to);
    r->via = cut(lowest_via(m));
    r->sent_by = m->via_count == 1 && is_plain(m, SIP_HEADER_VIA)
                     ? cut(m->via_sent_by)
                     : SPAN_NONE;
    r->same_party = same_party(m);
    read_headers(r, m);
}

static void keep(struct correlator *c, struct register_attempt *a,
                 struct span *text)
{
    *text = texts_keep(&c->texts_pool, &a->texts, *text);
}

/* Its messages go: what they say is kept. */
static void keep_all(struct correlator *c, struct register_attempt *a)
{
    struct register_request *r = &a->request;
    struct span *const texts[] = {
        &r->request_uri, &r->from,    &r->to,        &r->expires, &r->agent,
        &r->via,         &r->sent_by, &r->auth_user, &r->realm,   &a->nonce};
    struct texts old = a->texts;

    read_request(a);
    a->texts = (struct texts){0};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        keep(c, a, texts[i]);
    for (uint32_t i = 0; i < r->contact_count; i++)
        keep(c, a, &r->contacts[i]);
    texts_release(&c->texts_pool, &old);
    let_go(&a->asked);
    let_go(&a->challenged);
}

void register_keep(struct correlator *c)
{
    while (!list_empty(&c->registers_holding)) {
        struct register_attempt *a = CONTAINER_OF(
            c->registers_holding.next, struct register_attempt, holding);

        list_remove(&a->holding);
        keep_all(c, a);
    }
}

/* What is looked at of credentials and of a challenge. */
enum {
    CHALLENGE = SIP_AUTH_REALM | SIP_AUTH_NONCE,
    CREDENTIALS = CHALLENGE | SIP_AUTH_USERNAME
};

/* The first credentials, of either kind; empty for none. */
static void credentials(const struct sip_message *m, struct sip_auth *auth_out)
{
    static const enum sip_header_id ids[] = {SIP_HEADER_AUTHORIZATION,
                                             SIP_HEADER_PROXY_AUTHORIZATION};

    for (unsigned i = 0; i < 2; i++) {
        uint32_t cursor = 0;

        if (sip_message_has(m, ids[i]) &&
            sip_auth_next_part(m, ids[i], &cursor, CREDENTIALS, auth_out))
            return;
    }
    *auth_out = (struct sip_auth){0};
}

/* In place of the request before, if there was one. */
static void take_request(struct correlator *c, struct register_attempt *a,
                         struct sighting *s, const struct sip_auth *auth)
{
    struct texts old = a->texts;

    a->texts = (struct texts){0};
    if (a->challenge_code) /* it waits on another hop */
        keep(c, a, &a->nonce);
    else
        a->nonce = SPAN_NONE;
    texts_release(&c->texts_pool, &old);
    let_go(&a->asked);
    let_go(&a->challenged);
    hold(c, a, s, &a->asked);
    a->request.auth_user = cut(auth->username);
    a->request.realm = cut(auth->realm);
    a->request.spelling = 0;
    a->is_read = false;
    if (!auth->scheme.length)
        return; /* mostly it is challenged, and nobody asks what it said */
    read_request(a);
    if (a->request.contact_count)
        a->request.spelling =
            binding_table_seek(c->owner->bindings, &a->request);
}

/* --- completion ----------------------------------------------------------- */

static void unlink_attempt(struct exchange *x, struct register_attempt *a)
{
    struct register_attempt **at = &x->registering;

    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
}

void register_release(struct correlator *c, struct register_attempt *a)
{
    list_remove(&a->holding);
    let_go(&a->asked);
    let_go(&a->challenged);
    texts_release(&c->texts_pool, &a->texts);
    pool_give(&c->register_pool, a);
}

static void free_attempt(struct correlator *c, struct exchange *x,
                         struct register_attempt *a)
{
    unlink_attempt(x, a);
    register_release(c, a);
}

struct ending {
    uint16_t status_code;
    bool timed_out;
    int64_t at;
    const struct observation *final; /* NULL: none came */
};

/* Facts of one correlator come in order; those of several wait for the
 * owner's turn, the attempt with them. */
static int hand_over(struct correlator *c, struct register_fact *fact,
                     const struct observation *final,
                     struct register_attempt *a)
{
    int rc = 0;

    if (c->owner->count > 1 && !c->owner->on_turn) {
        list_remove(&a->holding);
        keep(c, a, &fact->call_id);
        rc = join_register(c, fact, final, a);
        if (!rc)
            return 0;
    } else {
        rc = binding_table_observe(c->owner->bindings, fact);
    }
    register_release(c, a);
    return rc;
}

static void complete(struct correlator *c, struct exchange *x,
                     struct register_attempt *a, const struct ending *end)
{
    struct register_fact fact = {
        .first_at = a->first_at,
        .request_at = a->request_at,
        .done_at = end->at,
        .auth_us = a->auth_us,
        .status_code = end->status_code,
        .timed_out = end->timed_out,
        .challenges = a->challenges,
        .via_count = a->via_count,
        .source = a->source,
        .transport = a->transport,
        .src = a->src,
        .dst = a->dst,
        .call_id = span_part(x->group->call_id, 0, TEXT_MAX),
        .sensor = exchange_sensor(c, x),
        .sensor_name = sensors_name(c->limits.sensors, x->group->sensor),
        .request = &a->request,
        .final = end->final ? &end->final->message : NULL,
    };
    int rc;

    unlink_attempt(x, a);
    read_request(a);
    rc = hand_over(c, &fact, end->final, a);
    if (rc && !c->failure)
        c->failure = rc;
}

/* No final came, or none but a challenge. Over UDP silence is met by sending
 * again: a request sent once was answered where we do not see. */
static void give_up(struct correlator *c, struct exchange *x,
                    struct register_attempt *a)
{
    int64_t now = time_us_of_ns(c->clock_ns);
    const struct ending end = {
        .status_code = a->challenge_code,
        .timed_out = !a->challenge_code &&
                     now - a->request_at >= CALL_64T1_US &&
                     (a->transmissions > 1 || a->transport != TRANSPORT_UDP),
        .at = now,
    };

    complete(c, x, a, &end);
}

void register_give_up(struct correlator *c, struct exchange *x)
{
    while (x->registering)
        give_up(c, x, x->registering);
}

void register_free(struct correlator *c, struct exchange *x)
{
    while (x->registering)
        free_attempt(c, x, x->registering);
}

/* --- ahead ---------------------------------------------------------------- */

void register_fetch(const struct correlator *c, const struct exchange *x,
                    bool texts)
{
    const struct register_attempt *a = x->registering;

    if (!a || !a->request.spelling)
        return;
    if (texts)
        binding_table_fetch_texts(c->owner->bindings, a->request.spelling);
    else
        binding_table_fetch_row(c->owner->bindings, a->request.spelling);
}

/* --- requests ------------------------------------------------------------- */

static void set_way(struct register_attempt *a, const struct sighting *s)
{
    a->key = s->key;
    a->via_count = (uint16_t)s->m->via_count;
    a->src = s->seen->arrival.src;
    a->dst = s->seen->arrival.dst;
    a->transport = s->seen->arrival.transport;
    a->transmissions = 1;
}

static struct register_attempt *of_branch(const struct exchange *x,
                                          const struct branch_key *key)
{
    struct register_attempt *a = x->registering;

    while (a && !branch_key_match(&a->key, key))
        a = a->next;
    return a;
}

/* Another hop of this REGISTER: one with Vias more or fewer. As many make it
 * another's, who keeps Call-ID and CSeq as some B2BUAs do. */
static struct register_attempt *of_hops(const struct exchange *x,
                                        const struct sip_message *m)
{
    struct register_attempt *a = x->registering;

    while (a && (a->key.cseq != m->cseq || a->via_count == m->via_count))
        a = a->next;
    return a;
}

struct span register_agent(const struct exchange *x, uint32_t cseq)
{
    const struct register_attempt *a = x->registering;

    while (a && a->key.cseq != cseq)
        a = a->next;
    if (!a)
        return SPAN_NONE;
    return a->asked.m
               ? cut(sip_message_value(a->asked.m, SIP_HEADER_USER_AGENT))
               : a->request.agent;
}

/* The one whose challenge this request answers. A few clients give the answer
 * its old CSeq. */
static struct register_attempt *challenged(const struct exchange *x,
                                           const struct sighting *s,
                                           const struct sip_auth *auth)
{
    struct register_attempt *a = x->registering;
    bool to_proxy = sip_message_has(s->m, SIP_HEADER_PROXY_AUTHORIZATION);

    if (!auth->scheme.length)
        return NULL;
    while (a &&
           !(a->challenge_code && s->m->cseq >= a->key.cseq &&
             (to_proxy || span_equal(a->nonce, auth->nonce)) &&
             address_equal(&a->src.address, &s->seen->arrival.src.address)))
        a = a->next;
    return a;
}

static struct register_attempt *begin(struct correlator *c, struct exchange *x,
                                      const struct sighting *s)
{
    struct register_attempt *a;
    struct register_attempt **last = &x->registering;
    unsigned count = 0;

    /* A further REGISTER without an answer to the challenge gives it up. */
    while ((a = *last) != NULL) {
        if ((a->challenge_code &&
             address_equal(&a->src.address, &s->seen->arrival.src.address)) ||
            s->at - a->last_at >= CALL_64T1_US) {
            give_up(c, x, a);
            continue;
        }
        last = &a->next;
        count++;
    }
    if (count >= ATTEMPTS_MAX) {
        give_up(c, x, x->registering);
        for (last = &x->registering; *last; last = &(*last)->next)
            ;
    }
    a = pool_take(&c->register_pool);
    if (!a)
        return NULL;
    *last = a;
    list_init(&a->holding);
    a->first_at = s->at;
    a->auth_us = TIME_NONE;
    a->source = s->seen->arrival.source;
    return a;
}

static void observe_request(struct correlator *c, struct exchange *x,
                            struct sighting *s)
{
    struct register_attempt *a = of_branch(x, &s->key);
    struct sip_auth auth;

    if (a) {
        a->last_at = s->at;
        a->transmissions++;
        return;
    }
    if (s->verdict.retransmission)
        return; /* answered already */
    a = of_hops(x, s->m);
    if (a && s->m->via_count > a->via_count)
        return;
    credentials(s->m, &auth);
    if (!a) {
        a = challenged(x, s, &auth);
        if (!a)
            a = begin(c, x, s);
        if (!a)
            return;
        a->answered_code = a->challenge_code;
        a->challenge_code = 0;
        a->request_at = a->last_at = s->at;
    }
    set_way(a, s);
    take_request(c, a, s, &auth);
}

/* --- responses ------------------------------------------------------------ */

/* A challenge to be answered; false where it refuses the answer to the one
 * before (22.2: credentials refused are not to be sent again). */
static bool take_challenge(struct correlator *c, struct register_attempt *a,
                           struct sighting *s)
{
    struct sip_auth auth = {0};
    uint32_t cursor = 0;
    bool again = a->answered_code == s->m->status_code;
    bool read = sip_auth_next_part(
        s->m,
        s->m->status_code == 401 ? SIP_HEADER_WWW_AUTHENTICATE
                                 : SIP_HEADER_PROXY_AUTHENTICATE,
        &cursor, again ? SIP_AUTH_ALL : CHALLENGE, &auth);

    a->challenges++;
    if (again && !(read && auth.stale))
        return false;
    a->nonce = auth.nonce;
    a->challenge_code = s->m->status_code;
    a->auth_us =
        (a->auth_us == TIME_NONE ? 0 : a->auth_us) + (s->at - a->request_at);
    if (!a->request.realm.length)
        a->request.realm = cut(auth.realm);
    hold(c, a, s, &a->challenged);
    return true;
}

static void observe_response(struct correlator *c, struct exchange *x,
                             struct sighting *s)
{
    struct register_attempt *a = of_branch(x, &s->key);
    uint16_t status = s->m->status_code;
    const struct ending end = {
        .status_code = status, .at = s->at, .final = s->seen};

    if (!a || a->challenge_code)
        return;
    a->last_at = s->at;
    if (status < 200)
        return;
    if ((status == 401 || status == 407) && take_challenge(c, a, s))
        return;
    complete(c, x, a, &end);
}

void register_observe(struct correlator *c, struct exchange *x,
                      struct sighting *s)
{
    if (!c->owner->bindings || s->copy != COPY_NONE || !s->has_key ||
        s->m->cseq_method != SIP_REGISTER)
        return;
    if (s->m->is_request)
        observe_request(c, x, s);
    else
        observe_response(c, x, s);
}
