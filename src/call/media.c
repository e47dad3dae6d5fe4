#include "call/media.h"

#include "base/hash.h"
#include "call/collect.h"
#include "call/invite.h"
#include "sip/content_type.h"
#include "sip/lines.h"

/* --- what a description says --------------------------------------------- */

static struct span codecs_of(const struct media_words *w)
{
    return w ? span_of(w->text, w->codecs_length) : SPAN_NONE;
}

static struct span kinds_of(const struct media_words *w)
{
    return w ? span_of(w->text + w->codecs_length, w->kinds_length) : SPAN_NONE;
}

static bool says(const struct media_words *w, const struct terms *said)
{
    return w &&
           span_equal(codecs_of(w),
                      span_of(said->codecs, said->codecs_length)) &&
           span_equal(kinds_of(w), span_of(said->kinds, said->kinds_length));
}

/* An answer mostly says what was offered, a change what was agreed. */
static const struct media_words *keep(struct correlator *c, struct call *call,
                                      const struct terms *said)
{
    const struct media *m = call->media;
    size_t length = (size_t)said->codecs_length + said->kinds_length;
    struct media_words *w;

    if (says(m->offer.words, said))
        return m->offer.words;
    for (unsigned i = 0; i < DIALOG_SIDE_COUNT; i++)
        if (says(m->agreed[i].words, said))
            return m->agreed[i].words;
    w = (struct media_words *)(void *)texts_take(
        &c->texts_pool, &call->exchange->texts,
        (sizeof(*w) + length + 7) & ~(size_t)7);
    if (!w)
        return NULL;
    w->codecs_length = said->codecs_length;
    w->kinds_length = said->kinds_length;
    memcpy(w->text, said->codecs, said->codecs_length);
    memcpy(w->text + said->codecs_length, said->kinds, said->kinds_length);
    return w;
}

/* The o= line counts versions even where nothing else changes. */
static uint64_t hash_of(struct span sdp)
{
    const char *end = span_end(sdp), *from = sdp.data, *to;

    for (const char *at = from; end - at > 1;) {
        if (at[0] == 'o' && at[1] == '=') {
            from = at;
            break;
        }
        at = sip_byte_find(at, end, '\n');
        at += at < end;
    }
    to = sip_byte_find(from, end, '\n');
    return hash_mix(hash_bytes(sdp.data, (size_t)(from - sdp.data)),
                    hash_bytes(to, (size_t)(end - to))) |
           1;
}

/* @return false where the message has no description. What says the same as
 * @p known, the usual case, is not read again. */
static bool terms_of(struct correlator *c, struct call *call,
                     const struct sighting *s, const struct media_terms *known,
                     struct media_terms *terms_out)
{
    const struct terms *said;
    struct span sdp;

    *terms_out = (struct media_terms){0};
    if (!s->m->body.length || !sip_message_sdp(s->m, &sdp) || !sdp.length)
        return false;
    terms_out->hash = hash_of(sdp);
    if (known->hash == terms_out->hash) {
        *terms_out = *known;
        return true;
    }
    said = terms_read(&c->terms, sdp);
    terms_out->holds = said->holds;
    terms_out->is_plain = said->is_plain;
    terms_out->words = keep(c, call, said);
    return true;
}

/* --- hold ----------------------------------------------------------------- */

static bool is_held(const struct media *m)
{
    return m->held[DIALOG_CALLER] == MEDIA_HELD ||
           m->held[DIALOG_CALLEE] == MEDIA_HELD;
}

/* Only by a change. */
static void set_held(struct media *m, enum dialog_side side, bool holds,
                     int64_t at)
{
    struct media_changes *changes = m->changes;

    if (holds && m->held[side] == MEDIA_FLOWS) {
        changes->hold_count++;
        m->held[side] = MEDIA_HELD;
        if (changes->held_since == TIME_NONE)
            changes->held_since = at;
    } else if (!holds && m->held[side] != MEDIA_FLOWS) {
        m->held[side] = MEDIA_FLOWS;
        if (changes->held_since != TIME_NONE && !is_held(m)) {
            changes->held_us += at - changes->held_since;
            changes->held_since = TIME_NONE;
        }
    }
}

/* What a side says first may be a hold, but nobody was put on hold by it. */
static void set_first(struct media *m, enum dialog_side side,
                      const struct media_terms *terms)
{
    m->agreed[side] = *terms;
    m->held[side] = terms->holds ? MEDIA_HELD_FROM_START : MEDIA_FLOWS;
}

/* --- the initial offer and answer ----------------------------------------- */

static void observe_initial(struct correlator *c, struct call *call,
                            const struct invite *inv, const struct sighting *s)
{
    struct media *m = call->media;
    struct media_terms terms;

    if (!inv->is_reference && m->offer.hash && m->offer_round == inv->round)
        return;
    m->offer_round = inv->round;
    m->is_delayed = !terms_of(c, call, s, &m->offer, &terms);
    m->offer = terms;
    set_first(m, DIALOG_CALLER, &terms);
}

static struct media_answer *answer_in(struct correlator *c, struct call *call,
                                      const struct dialog *d)
{
    struct media *m = call->media;
    struct media_answer **at = &m->answers;

    while (*at && (*at)->dialog != d)
        at = &(*at)->next;
    if (*at || m->answer_count > CALL_DIALOGS_MAX)
        return *at;
    *at = (struct media_answer *)(void *)texts_take(
        &c->texts_pool, &call->exchange->texts, sizeof(**at));
    if (*at) {
        **at = (struct media_answer){.dialog = d};
        m->answer_count++;
    }
    return *at;
}

static void observe_initial_response(struct correlator *c, struct call *call,
                                     const struct invite *inv,
                                     const struct sighting *s)
{
    struct media *m = call->media;
    struct media_answer *answer;
    struct media_terms terms;

    if (s->m->status_code <= 100 || s->m->status_code >= 300)
        return;
    if (inv->request_seen && !m->offer.hash)
        m->is_delayed = true; /* the INVITE was not looked at: no body */
    if (m->is_delayed) {
        if (!m->is_agreed && terms_of(c, call, s, &m->offer, &terms)) {
            m->offer = terms;
            set_first(m, DIALOG_CALLEE, &terms);
        }
        return;
    }
    answer = s->m->body.length ? answer_in(c, call, s->dialog) : NULL;
    if (!answer || (answer->terms.hash && !inv->is_reference) ||
        !terms_of(c, call, s, &answer->terms, &terms))
        return;
    answer->terms = terms;
    set_first(m, DIALOG_CALLEE, &terms);
}

/* An answer in ACK or PRACK to what the response offered. */
static void observe_delayed_answer(struct correlator *c, struct call *call,
                                   const struct sighting *s)
{
    struct media *m = call->media;
    struct media_terms terms;
    struct media_answer *answer;

    if (!terms_of(c, call, s, &m->offer, &terms))
        return;
    answer = answer_in(c, call, s->dialog);
    if (!answer)
        return;
    m->is_agreed = true;
    answer->terms = terms;
    set_first(m, DIALOG_CALLER, &terms);
}

/* --- changes ---------------------------------------------------------------
 */

static enum dialog_side other(enum dialog_side side)
{
    return side == DIALOG_CALLER ? DIALOG_CALLEE : DIALOG_CALLER;
}

static void agree(struct media *m, enum dialog_side offerer,
                  struct media_change *change)
{
    enum dialog_side answerer = other(offerer);

    change->is_open = false;
    if (change->offer.hash != m->agreed[offerer].hash ||
        change->answer.hash != m->agreed[answerer].hash)
        m->changes->count++;
    m->agreed[offerer] = change->offer;
    m->agreed[answerer] = change->answer;
    m->changes->agreed = change->answer.words;
    set_held(m, offerer, change->offer.holds, change->at);
    if (change->offer.is_plain && !change->answer.holds)
        set_held(m, answerer, false, change->at);
}

static struct media_change *change_of(struct correlator *c, struct call *call,
                                      enum dialog_side side)
{
    static const struct media_changes none = {.held_since = TIME_NONE};
    struct media *m = call->media;

    if (!m->changes) {
        m->changes = (struct media_changes *)(void *)texts_take(
            &c->texts_pool, &call->exchange->texts, sizeof(none));
        if (!m->changes)
            return NULL;
        *m->changes = none;
    }
    return &m->changes->sides[side];
}

static void begin_change(struct correlator *c, struct call *call,
                         enum dialog_side side, const struct sighting *s)
{
    struct media_change *change = change_of(c, call, side);
    struct media_terms offer;
    bool has_offer;

    if (!change ||
        (change->cseq == s->m->cseq && change->method == s->m->method))
        return; /* on its next hop */
    has_offer = terms_of(c, call, s, &call->media->agreed[side], &offer);
    if (!has_offer && s->m->method != SIP_INVITE)
        return;
    *change = (struct media_change){
        .is_open = true,
        .is_delayed = !has_offer,
        .method = s->m->method,
        .cseq = s->m->cseq,
        .transaction = s->transaction->ordinal,
        .at = s->at,
        .offer = offer,
    };
}

static void observe_change_response(struct correlator *c, struct call *call,
                                    enum dialog_side side,
                                    const struct sighting *s)
{
    struct media *m = call->media;
    struct media_change *change = &m->changes->sides[side];
    struct media_terms terms;

    if (!change->is_open || change->transaction != s->transaction->ordinal ||
        s->m->status_code <= 100)
        return;
    if (s->m->status_code >= 300) {
        change->is_open = false;
        return;
    }
    if (terms_of(c, call, s, &m->agreed[other(side)], &terms)) {
        if (change->is_delayed)
            change->offer = terms;
        else
            change->answer = terms;
    }
    if (s->m->status_code >= 200 && change->answer.hash)
        agree(m, side, change);
}

/* An ACK answers what a re-INVITE's 2xx offered: that one is the offerer. */
static void observe_change_ack(struct correlator *c, struct call *call,
                               enum dialog_side side, const struct sighting *s)
{
    struct media_change *change = &call->media->changes->sides[side];
    struct media_terms terms;

    if (!change->is_open || !change->is_delayed || !change->offer.hash ||
        change->cseq != s->m->cseq ||
        !terms_of(c, call, s, &call->media->agreed[side], &terms))
        return;
    change->answer = terms;
    agree(call->media, other(side), change);
    if (change->offer.is_plain)
        set_held(call->media, side, terms.holds, change->at);
}

/* --- messages ---------------------------------------------------------------
 */

static void observe_inside(struct correlator *c, struct call *call,
                           const struct sighting *s)
{
    enum dialog_side side;

    if (!s->dialog || !s->transaction)
        return;
    side = dialog_side_of(s->dialog, s->m->from_tag_hash);
    if (!s->m->is_request)
        observe_change_response(c, call, side, s);
    else if (s->m->method != SIP_ACK)
        begin_change(c, call, side, s);
    else if (call->media->changes)
        observe_change_ack(c, call, side, s);
}

static bool make_media(struct correlator *c, struct call *call)
{
    struct media *m;

    if (call->media)
        return true;
    m = (struct media *)(void *)texts_take(&c->texts_pool,
                                           &call->exchange->texts, sizeof(*m));
    if (!m)
        return false;
    *m = (struct media){0};
    call->media = m;
    return true;
}

void media_observe(struct correlator *c, struct call *call,
                   const struct sighting *s)
{
    enum sip_method method = s->m->cseq_method;
    const struct invite *inv;

    if (!make_media(c, call))
        return;
    inv = s->transaction && (method == SIP_INVITE || method == SIP_ACK)
              ? invite_of_transaction(s->transaction)
              : NULL;
    if (inv && inv->is_reinvite)
        inv = NULL;
    if (inv && !s->m->is_request)
        observe_initial_response(c, call, inv, s);
    else if (inv && method == SIP_INVITE)
        observe_initial(c, call, inv, s);
    else if (call->media->is_delayed && !call->media->is_agreed &&
             call->media->offer.hash && s->m->is_request &&
             (inv || method == SIP_PRACK))
        observe_delayed_answer(c, call, s);
    else if (!inv && (s->m->is_request || call->media->changes))
        observe_inside(c, call, s);
}

/* --- the record
 * --------------------------------------------------------------- */

static const struct media_terms *answer_of(const struct call *call)
{
    static const struct media_terms none;
    const struct dialog *d = call_answered_dialog(call);
    const struct media_terms *found = &none;

    for (const struct media_answer *a = call->media->answers; a; a = a->next)
        if (!d || a->dialog == d)
            found = &a->terms;
    return found;
}

static void set_holds(const struct media_changes *changes,
                      struct call_record *r)
{
    int64_t held_us = changes->held_us;

    r->media.changes = changes->count;
    r->media.holds = changes->hold_count;
    if (!changes->hold_count)
        return;
    if (changes->held_since != TIME_NONE) {
        if (r->times.ended_at == TIME_NONE)
            return;
        if (r->times.ended_at > changes->held_since)
            held_us += r->times.ended_at - changes->held_since;
    }
    r->media.hold_ms = time_ms_between(0, held_us);
}

void media_set(const struct call *call, struct call_record *r)
{
    static const struct media_changes none = {.held_since = TIME_NONE};
    const struct media *m = call->media;
    const struct media_changes *changes = m && m->changes ? m->changes : &none;
    const struct media_terms *answer;

    r->media = (struct call_media){
        .changes = TIME_NONE, .holds = TIME_NONE, .hold_ms = TIME_NONE};
    if (!m || !(m->offer.hash || m->answers || changes->count))
        return;
    answer = answer_of(call);
    r->media.offer_codecs = codecs_of(m->offer.words);
    r->media.answer_codecs = codecs_of(answer->words);
    r->media.kinds = kinds_of(changes->agreed);
    if (!r->media.kinds.length)
        r->media.kinds = kinds_of(answer->words);
    set_holds(changes, r);
}
