#include "call/register.h"

#include "base/hash.h"
#include "call/binding.h"
#include "call/facts.h"
#include "call/join.h"
#include "sip/address.h"
#include "sip/auth.h"
#include "sip/text.h"
#include "sip/via.h"

/* REGISTERs of one Call-ID under way at once; RFC 3261, 10.2 allows one. */
#define ATTEMPTS_MAX 4
#define TEXT_MAX 1000
/* What is kept of most of them. */
#define ROOM_BYTES 512

struct register_attempt {
    struct register_attempt *next; /* newer ones behind */
    struct texts texts;
    struct register_request request; /* of the last round */
    struct branch_key key;           /* of the nearest hop */
    uint64_t challenge;              /* hash of the nonce to be answered */
    int64_t first_at;
    int64_t request_at;
    int64_t last_at;
    int64_t auth_us;
    struct endpoint src;
    struct endpoint dst;
    enum transport transport;
    uint32_t source;
    uint32_t transmissions; /* of this round, on the nearest hop */
    uint16_t via_count;
    uint16_t challenges;
    uint16_t challenge_code; /* 401 or 407 that waits for its answer, or 0 */
    uint16_t answered_code;  /* the one this round answers, or 0 */
    uint16_t room_used;
    char room[ROOM_BYTES]; /* of texts; what does not fit is in @c texts */
};

void register_init(struct correlator *c)
{
    pool_init(&c->register_pool, sizeof(struct register_attempt));
}

/* --- what is kept of a request ------------------------------------------- */

static struct span keep(struct correlator *c, struct register_attempt *a,
                        struct span text)
{
    char *at = a->room + a->room_used;

    text = span_part(text, 0, TEXT_MAX);
    if (text.length > ROOM_BYTES - (size_t)a->room_used)
        return texts_keep(&c->texts_pool, &a->texts, text);
    if (!text.length)
        return SPAN_NONE;
    memcpy(at, text.data, text.length);
    a->room_used = (uint16_t)(a->room_used + text.length);
    return span_of(at, text.length);
}

static struct span value_of(const struct sip_message *m, enum sip_header_id id)
{
    return sip_message_has(m, id) ? sip_message_value(m, id) : SPAN_NONE;
}

static void keep_contacts(struct correlator *c, struct register_attempt *a,
                          const struct sip_message *m)
{
    struct sip_list_cursor cursor = {0};
    struct span value;

    a->request.contact_count = 0;
    if (!sip_message_has(m, SIP_HEADER_CONTACT))
        return;
    while (a->request.contact_count < REGISTER_CONTACTS_MAX &&
           sip_list_next_of(m, SIP_HEADER_CONTACT, &cursor, &value))
        a->request.contacts[a->request.contact_count++] = keep(c, a, value);
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

    *auth_out = (struct sip_auth){0};
    for (unsigned i = 0; i < 2; i++) {
        uint32_t cursor = 0;

        if (sip_message_has(m, ids[i]) &&
            sip_auth_next_part(m, ids[i], &cursor, CREDENTIALS, auth_out))
            return;
    }
}

static void keep_request(struct correlator *c, struct register_attempt *a,
                         const struct sip_message *m,
                         const struct sip_auth *auth)
{
    struct register_request *r = &a->request;

    texts_release(&c->texts_pool, &a->texts);
    a->room_used = 0;
    r->request_uri = keep(c, a, m->request_uri);
    r->from = keep(c, a, m->from);
    r->to = keep(c, a, m->to);
    r->expires = keep(c, a, value_of(m, SIP_HEADER_EXPIRES));
    r->agent = keep(c, a, value_of(m, SIP_HEADER_USER_AGENT));
    r->via = keep(c, a, lowest_via(m));
    r->auth_user = keep(c, a, auth->username);
    r->realm = keep(c, a, auth->realm);
    keep_contacts(c, a, m);
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
        fact->call_id = keep(c, a, fact->call_id);
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
    return a ? a->request.agent : SPAN_NONE;
}

/* The one whose challenge this request answers. A few clients give the answer
 * its old CSeq. */
static struct register_attempt *challenged(const struct exchange *x,
                                           const struct sighting *s,
                                           const struct sip_auth *auth)
{
    struct register_attempt *a = x->registering;
    uint64_t nonce = hash_span(auth->nonce);
    bool to_proxy = sip_message_has(s->m, SIP_HEADER_PROXY_AUTHORIZATION);

    if (!auth->scheme.length)
        return NULL;
    while (a &&
           !(a->challenge_code && s->m->cseq >= a->key.cseq &&
             (a->challenge == nonce || to_proxy) &&
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
    a->first_at = s->at;
    a->auth_us = TIME_NONE;
    a->source = s->seen->arrival.source;
    return a;
}

static void observe_request(struct correlator *c, struct exchange *x,
                            const struct sighting *s)
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
    keep_request(c, a, s->m, &auth);
}

/* --- responses ------------------------------------------------------------ */

/* A challenge to be answered; false where it refuses the answer to the one
 * before (22.2: credentials refused are not to be sent again). */
static bool take_challenge(struct correlator *c, struct register_attempt *a,
                           const struct sighting *s)
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
    a->challenge = hash_span(auth.nonce);
    a->challenge_code = s->m->status_code;
    a->auth_us =
        (a->auth_us == TIME_NONE ? 0 : a->auth_us) + (s->at - a->request_at);
    if (!a->request.realm.length)
        a->request.realm = keep(c, a, auth.realm);
    return true;
}

static void observe_response(struct correlator *c, struct exchange *x,
                             const struct sighting *s)
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
                      const struct sighting *s)
{
    if (!c->owner->bindings || s->copy != COPY_NONE || !s->has_key ||
        s->m->cseq_method != SIP_REGISTER)
        return;
    if (s->m->is_request)
        observe_request(c, x, s);
    else
        observe_response(c, x, s);
}
