#include "base/hash.h"
#include "call/collect.h"
#include "call/invite.h"
#include "call/parties.h"
#include "sip/auth.h"

#define RETRY_US INT64_C(32000000) /* RECORDS.md, R5 */

bool attempt_is_over(const struct call *call)
{
    const struct invite *inv = call_final_invite(call);

    return call->hung_up || (inv && inv->status_code >= 300);
}

/* Challenges are kept as they stand: few are ever looked at again. */
static void note_challenges(struct correlator *c, struct call *call,
                            const struct sip_message *m, enum sip_header_id id,
                            struct span *found)
{
    struct texts *texts = &call->exchange->texts;
    uint32_t cursor = 0;
    struct span value;

    if (!sip_message_has(m, id))
        return;
    while (call->challenge_count < CALL_CHALLENGES &&
           sip_message_next_value(m, id, &cursor, &value))
        found[call->challenge_count++] =
            texts_keep(&c->texts_pool, texts, value);
}

void attempt_note_challenge(struct correlator *c, struct call *call,
                            const struct sip_message *m)
{
    struct span found[CALL_CHALLENGES];
    char *kept;

    call->challenge_count = 0;
    note_challenges(c, call, m, SIP_HEADER_WWW_AUTHENTICATE, found);
    note_challenges(c, call, m, SIP_HEADER_PROXY_AUTHENTICATE, found);
    kept = call->challenge_count
               ? texts_take(&c->texts_pool, &call->exchange->texts,
                            call->challenge_count * sizeof(found[0]))
               : NULL;
    if (kept)
        memcpy(kept, found, call->challenge_count * sizeof(found[0]));
    else
        call->challenge_count = 0;
    call->challenges = (struct span *)(void *)kept;
}

static bool has_nonce(const struct call *call, struct span nonce)
{
    struct sip_auth challenge;

    if (nonce.length)
        for (unsigned i = 0; i < call->challenge_count; i++)
            if (sip_auth_parse_part(call->challenges[i], SIP_AUTH_NONCE,
                                    &challenge) &&
                span_equal(challenge.nonce, nonce))
                return true;
    return false;
}

static bool has_credentials(const struct sip_message *m)
{
    return sip_message_has(m, SIP_HEADER_AUTHORIZATION) ||
           sip_message_has(m, SIP_HEADER_PROXY_AUTHORIZATION);
}

/* Does it answer the attempt's last challenge? */
static bool carries_nonce(const struct call *call, const struct sip_message *m)
{
    static const enum sip_header_id ids[] = {SIP_HEADER_AUTHORIZATION,
                                             SIP_HEADER_PROXY_AUTHORIZATION};
    struct sip_auth auth;

    if (!call->challenge_count || !has_credentials(m))
        return false;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        uint32_t cursor = 0;

        if (!sip_message_has(m, ids[i]))
            continue;
        while (sip_auth_next_part(m, ids[i], &cursor, SIP_AUTH_NONCE, &auth))
            if (has_nonce(call, auth.nonce))
                return true;
    }
    return false;
}

static bool was_challenged(const struct invite *ref)
{
    return ref->status_code == 401 || ref->status_code == 407;
}

static bool same_way(const struct invite *ref, const struct arrival *a)
{
    return address_equal(&ref->src.address, &a->src.address) &&
           address_equal(&ref->dst.address, &a->dst.address);
}

/* Since an INVITE's final, or else since itself, or since its call began. */
static bool is_recent(const struct call *call, const struct invite *inv,
                      const struct sighting *s)
{
    int64_t since = inv->final_at != TIME_NONE ? inv->final_at : inv->invite_at;

    if (since == TIME_NONE)
        since = call->exchange->first_at;
    return s->at - since <= RETRY_US;
}

/* R5 (a) where the From tag changed. */
static enum attempt_join judge_other_tag(const struct call *call,
                                         const struct sighting *s)
{
    const struct invite *ref = call->current;

    if (!was_challenged(ref) || call->hung_up || s->m->cseq <= ref->cseq ||
        !same_way(ref, &s->seen->arrival))
        return ATTEMPT_NONE;
    if (carries_nonce(call, s->m))
        return ATTEMPT_ROUND;
    if (s->at - ref->final_at <= RETRY_US &&
        call->from_uri_hash == parties_uri_hash(s->m->from) &&
        call->to_uri_hash == parties_uri_hash(s->m->to))
        return ATTEMPT_ROUND;
    return ATTEMPT_NONE;
}

/* One of the attempt's own CSeq numbers. */
static enum attempt_join judge_same_cseq(const struct call *call,
                                         const struct invite *known,
                                         const struct sighting *s)
{
    const struct invite *ref = call_round_reference(call, known->round);
    const struct invite *final = call_final_invite(call);
    bool done = call->hung_up || (final && final->status_code);

    if (!ref)
        ref = known;
    if (was_challenged(ref) && s->m->via_count == ref->via_count &&
        carries_nonce(call, s->m))
        return ATTEMPT_ROUND;
    if (invite_sent_on_by(ref, &s->seen->arrival))
        return s->m->via_count > ref->via_count ? ATTEMPT_HOP
                                                : ATTEMPT_LATER_LEG;
    if (s->m->via_count != ref->via_count)
        return !done || is_recent(call, ref, s) ? ATTEMPT_HOP : ATTEMPT_NONE;
    return done ? ATTEMPT_NONE : ATTEMPT_FORK;
}

static enum attempt_join judge_new_cseq(const struct call *call,
                                        const struct sighting *s)
{
    const struct invite *ref = call->current;
    const struct invite *final = call_final_invite(call);
    uint16_t status = final ? final->status_code : 0;
    bool failed = status >= 300 || (!status && ref->ack_at != TIME_NONE);

    if (call->hung_up || (status >= 200 && status < 300))
        return ATTEMPT_NONE;
    if (failed && s->m->cseq > ref->cseq &&
        is_recent(call, final ? final : ref, s))
        return ATTEMPT_ROUND;
    if (was_challenged(ref) && carries_nonce(call, s->m))
        return ATTEMPT_ROUND;
    if (failed)
        return ATTEMPT_NONE;
    if (invite_sent_on_by(ref, &s->seen->arrival))
        return ATTEMPT_LATER_LEG;
    if (s->m->cseq > ref->cseq && has_credentials(s->m))
        return ATTEMPT_ROUND;
    if (!ref->response_seen && !is_recent(call, ref, s))
        return ATTEMPT_NONE;
    return ATTEMPT_FORK;
}

void attempt_judge(const struct call *call, const struct sighting *s,
                   struct attempt *attempt_out)
{
    const struct invite *ref = call->current;
    uint64_t caller = parties_caller_hash(s->m);
    const struct invite *known;

    *attempt_out = (struct attempt){ATTEMPT_NONE, 0};
    if (!ref)
        return;
    attempt_out->round = ref->round;
    if (caller != call->from_tag_hash && caller != ref->from_tag) {
        attempt_out->join = judge_other_tag(call, s);
        return;
    }
    known = invite_of_cseq(call, s->m->cseq);
    if (known) {
        attempt_out->round = known->round;
        attempt_out->join = judge_same_cseq(call, known, s);
    } else {
        attempt_out->join = judge_new_cseq(call, s);
    }
}
