#include "call/identity.h"

#include "call/collect.h"
#include "call/invite.h"
#include "call/parties.h"
#include "sip/auth.h"
#include "sip/charging_vector.h"
#include "sip/chars.h"
#include "sip/diversion.h"
#include "sip/history_info.h"
#include "sip/identity.h"
#include "sip/number.h"
#include "sip/param.h"
#include "sip/session_id.h"

#define WORD(id) (SIP_HEADER_##id / 64)
#define BIT(id) (UINT64_C(1) << SIP_HEADER_##id % 64)

static const struct call_identity no_identity = {.diversion_count = TIME_NONE};
static const struct call_session no_session = {.session_expires_s = TIME_NONE,
                                               .min_se_s = TIME_NONE,
                                               .invite_expires_s = TIME_NONE};
static const struct call_credentials no_credentials;
static const struct call_answer no_answer = {.session_expires_s = TIME_NONE,
                                             .min_se_s = TIME_NONE};

/* Zeroed by copying @p none, in memory of the exchange; NULL without. */
static void *make(struct correlator *c, struct call *call, const void *none,
                  size_t size)
{
    void *made = texts_take(&c->texts_pool, &call->exchange->texts, size);

    if (made)
        memcpy(made, none, size);
    return made;
}

static struct call_identity *identity_of(struct correlator *c,
                                         struct call *call)
{
    if (!call->identity)
        call->identity = make(c, call, &no_identity, sizeof(no_identity));
    return call->identity;
}

static struct call_session *session_of(struct correlator *c, struct call *call)
{
    if (!call->session)
        call->session = make(c, call, &no_session, sizeof(no_session));
    return call->session;
}

static struct call_answer *answer_of(struct correlator *c, struct call *call,
                                     struct invite *inv)
{
    struct invite_rare *rare = invite_rare_of(c, call, inv);

    if (!rare)
        return NULL;
    if (!rare->answer)
        rare->answer = make(c, call, &no_answer, sizeof(no_answer));
    return rare->answer;
}

/* The calling party's, where several stand there. */
static void keep_rpid(struct correlator *c, struct call *call,
                      const struct sip_message *m, struct call_identity *id)
{
    struct sip_list_cursor cursor = {0};
    struct sip_address address;
    struct span party;

    while (sip_address_next(m, SIP_HEADER_REMOTE_PARTY_ID, &cursor, &address)) {
        party = sip_param_value(address.params, SPAN_LITERAL("party"));
        if (party.length && !sip_chars_equal(party, "calling"))
            continue;
        id->rpid_user = parties_keep_user(c, call->exchange, address.uri);
        return;
    }
}

static void keep_diversion(struct correlator *c, struct call *call,
                           const struct sip_message *m,
                           struct call_identity *id)
{
    struct sip_list_cursor cursor = {0};
    struct sip_diversion d;

    id->diversion_count = 0;
    while (sip_diversion_next(m, &cursor, &d)) {
        if (!id->diversion_count) {
            id->diversion_user =
                parties_keep_user(c, call->exchange, d.from.uri);
            id->diversion_reason =
                parties_keep_text(c, call->exchange, d.reason);
        }
        id->diversion_count += d.counter;
    }
}

static void keep_history(struct correlator *c, struct call *call,
                         const struct sip_message *m, struct call_identity *id)
{
    struct sip_history_diversion d;

    if (!sip_history_info_diversion(m, &d))
        return;
    id->diversion_count = d.count;
    if (!d.count)
        return;
    id->diversion_user = parties_keep_user(c, call->exchange, d.uri);
    id->diversion_reason = span_of_string(d.reason);
}

static void keep_stir(struct correlator *c, struct call *call,
                      const struct sip_message *m, struct call_identity *id)
{
    struct sip_list_cursor cursor = {0};
    char payload[SIP_IDENTITY_BYTES];
    struct sip_identity claims;
    struct span value;

    while (sip_list_next_of(m, SIP_HEADER_IDENTITY, &cursor, &value)) {
        if (!sip_identity_parse(value, payload, &claims))
            continue;
        id->stir_attest = parties_keep_text(c, call->exchange, claims.attest);
        id->stir_origid = parties_keep_text(c, call->exchange, claims.origid);
        return;
    }
}

static void keep_identity(struct correlator *c, struct call *call,
                          const struct sip_message *m)
{
    struct call_identity *id = identity_of(c, call);

    if (!id)
        return;
    parties_keep_asserted(c, call->exchange, m, id);
    keep_rpid(c, call, m, id);
    id->privacy = parties_keep_text(c, call->exchange,
                                    sip_message_value(m, SIP_HEADER_PRIVACY));
    id->icid = parties_keep_text(c, call->exchange,
                                 sip_charging_vector_icid(sip_message_value(
                                     m, SIP_HEADER_P_CHARGING_VECTOR)));
    if (sip_message_has(m, SIP_HEADER_DIVERSION))
        keep_diversion(c, call, m, id);
    else
        keep_history(c, call, m, id);
    keep_stir(c, call, m, id);
}

static void keep_session(struct correlator *c, struct call *call,
                         const struct sip_message *m)
{
    struct call_session *session = session_of(c, call);
    struct sip_session_id id;
    uint32_t seconds;

    if (!session)
        return;
    if (sip_seconds_parse(sip_message_value(m, SIP_HEADER_EXPIRES), &seconds))
        session->invite_expires_s = seconds;
    if (sip_session_id_parse(sip_message_value(m, SIP_HEADER_SESSION_ID), &id))
        session->id_local = parties_keep_text(c, call->exchange, id.local);
}

/* Are any of these headers there? One look at the mask for all. */
static bool has_any(const struct sip_message *m, const uint64_t *mask)
{
    uint64_t found = 0;

    for (size_t i = 0; i < SIP_HEADER_WORDS; i++)
        found |= m->header_mask[i] & mask[i];
    return found != 0;
}

/* A hop with fewer Vias turned up: only what later rounds said stays. */
static void forget(struct call *call)
{
    if (call->identity)
        *call->identity = no_identity;
    if (call->session) {
        struct call_session fresh = no_session;

        fresh.min_se_s = call->session->min_se_s;
        *call->session = fresh;
    }
}

void identity_keep(struct correlator *c, struct call *call,
                   const struct sip_message *m)
{
    uint64_t who[SIP_HEADER_WORDS] = {0};
    uint64_t what[SIP_HEADER_WORDS] = {0};

    who[WORD(P_ASSERTED_IDENTITY)] |= BIT(P_ASSERTED_IDENTITY);
    who[WORD(REMOTE_PARTY_ID)] |= BIT(REMOTE_PARTY_ID);
    who[WORD(PRIVACY)] |= BIT(PRIVACY);
    who[WORD(DIVERSION)] |= BIT(DIVERSION);
    who[WORD(HISTORY_INFO)] |= BIT(HISTORY_INFO);
    who[WORD(P_CHARGING_VECTOR)] |= BIT(P_CHARGING_VECTOR);
    who[WORD(IDENTITY)] |= BIT(IDENTITY);
    what[WORD(EXPIRES)] |= BIT(EXPIRES);
    what[WORD(SESSION_ID)] |= BIT(SESSION_ID);
    forget(call);
    if (has_any(m, who))
        keep_identity(c, call, m);
    if (has_any(m, what))
        keep_session(c, call, m);
}

static void keep_credentials(struct correlator *c, struct call *call,
                             const struct sip_message *m, enum sip_header_id h)
{
    struct call_credentials *kept = call->credentials;
    const unsigned parts = SIP_AUTH_USERNAME | SIP_AUTH_REALM;
    struct sip_auth auth;
    uint32_t cursor = 0;

    if (!sip_message_has(m, h) ||
        !sip_auth_next_part(m, h, &cursor, parts, &auth) ||
        !auth.username.length)
        return;
    if (!kept)
        kept = make(c, call, &no_credentials, sizeof(no_credentials));
    call->credentials = kept;
    if (!kept)
        return;
    kept->user = parties_keep_again(c, call->exchange,
                                    call->parties.caller_user, auth.username);
    kept->realm = parties_keep_again(c, call->exchange,
                                     call->parties.caller_host, auth.realm);
}

static void keep_min_se(struct correlator *c, struct call *call,
                        const struct sip_message *m)
{
    struct sip_session_timer timer;
    struct call_session *session;

    if (!sip_message_has(m, SIP_HEADER_MIN_SE) ||
        !sip_session_timer_parse(sip_message_value(m, SIP_HEADER_MIN_SE),
                                 &timer))
        return;
    session = session_of(c, call);
    if (session)
        session->min_se_s = timer.interval_s;
}

void identity_observe_request(struct correlator *c, struct call *call,
                              const struct invite *inv,
                              const struct sip_message *m)
{
    if (!inv->is_reference)
        return;
    keep_credentials(c, call, m, SIP_HEADER_AUTHORIZATION);
    keep_credentials(c, call, m, SIP_HEADER_PROXY_AUTHORIZATION);
    keep_min_se(c, call, m);
}

/* What a 2xx settles of the session timer. */
static void keep_timer(struct correlator *c, struct call *call,
                       struct invite *inv, const struct sip_message *m)
{
    bool expires = sip_message_has(m, SIP_HEADER_SESSION_EXPIRES);
    bool least = sip_message_has(m, SIP_HEADER_MIN_SE);
    struct call_answer *answer =
        expires || least ? answer_of(c, call, inv) : NULL;
    struct sip_session_timer timer;

    if (!answer)
        return;
    if (least && sip_session_timer_parse(
                     sip_message_value(m, SIP_HEADER_MIN_SE), &timer))
        answer->min_se_s = timer.interval_s;
    if (expires &&
        sip_session_timer_parse(
            sip_message_value(m, SIP_HEADER_SESSION_EXPIRES), &timer)) {
        answer->session_expires_s = timer.interval_s;
        answer->refresher = timer.refresher;
    }
}

void identity_observe_response(struct correlator *c, struct call *call,
                               struct invite *inv, const struct sip_message *m)
{
    struct call_answer *answer;
    struct sip_session_id id;

    if (m->status_code == 422 && inv->is_reference)
        keep_min_se(c, call, m);
    if (m->status_code >= 200 && m->status_code < 300)
        keep_timer(c, call, inv, m);
    if (m->status_code > 100 && sip_message_has(m, SIP_HEADER_SESSION_ID) &&
        sip_session_id_parse(sip_message_value(m, SIP_HEADER_SESSION_ID),
                             &id) &&
        id.local.length && (answer = answer_of(c, call, inv)) != NULL &&
        !span_equal(answer->session_id, id.local))
        answer->session_id = parties_keep_text(c, call->exchange, id.local);
}

void identity_set(const struct call *call, struct call_record *r)
{
    const struct invite *final = call_final_invite(call);
    const struct call_answer *answer;

    if (!final)
        final = call->current;
    answer = final && final->rare ? final->rare->answer : NULL;
    r->identity = call->identity ? *call->identity : no_identity;
    if (call->credentials) {
        r->identity.auth_user = call->credentials->user;
        r->identity.auth_realm = call->credentials->realm;
    }
    r->session = call->session ? *call->session : no_session;
    if (!answer)
        return;
    r->session.session_expires_s = answer->session_expires_s;
    r->session.refresher = answer->refresher;
    if (answer->min_se_s != TIME_NONE)
        r->session.min_se_s = answer->min_se_s;
    r->session.id_remote = answer->session_id;
}
