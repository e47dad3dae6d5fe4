#include "base/hash.h"
#include "call/parties.h"
#include "sip/address.h"
#include "sip/chars.h"
#include "sip/lines.h"
#include "sip/number.h"
#include "sip/reason.h"
#include "sip/warning.h"

#define REDIRECTS_MAX 16

struct span parties_keep_text(struct correlator *c, struct exchange *x,
                              struct span text)
{
    struct span plain = sip_text_plain(text);
    char *piece;
    size_t length;

    if (!text.length || plain.length)
        return texts_keep(&c->texts_pool, &x->texts, plain);
    piece = texts_take(&c->texts_pool, &x->texts, text.length);
    if (!piece)
        return SPAN_NONE;
    length = sip_text_write(text, piece, text.length);
    texts_trim(&x->texts, piece, length);
    return span_of(piece, length);
}

struct span parties_keep_again(struct correlator *c, struct exchange *x,
                               struct span kept, struct span text)
{
    struct span plain = sip_text_plain(text);

    return plain.length && span_equal(kept, plain)
               ? kept
               : parties_keep_text(c, x, text);
}

struct uri_texts {
    struct span user;
    struct span host;
    struct span number;
};

typedef size_t uri_write_fn(const struct sip_uri *, char *, size_t);

static struct span write_uri(struct correlator *c, struct exchange *x,
                             const struct sip_uri *uri, uri_write_fn *write)
{
    size_t room = uri->rest.length;
    char *piece = room ? texts_take(&c->texts_pool, &x->texts, room) : NULL;
    size_t length;

    if (!piece)
        return SPAN_NONE;
    length = write(uri, piece, room);
    texts_trim(&x->texts, piece, length);
    return span_of(piece, length);
}

/* Digits, and "+" before them or not: such a user part is its number. */
static bool is_number(struct span user)
{
    if (user.length && user.data[0] == '+')
        user = span_from(user, 1);
    return sip_chars_all(user, SIP_CHAR_DIGIT);
}

/* One text for what says the same: To mostly names the host that From names,
 * and the Request-URI what To does. */
static struct span keep_part(struct correlator *c, struct exchange *x,
                             struct span kept, struct span text)
{
    return span_equal(kept, text) ? kept
                                  : texts_keep(&c->texts_pool, &x->texts, text);
}

/* @param texts  Those of the URI before; become this one's */
static void keep_uri(struct correlator *c, struct exchange *x, struct span text,
                     bool with_number, struct uri_texts *texts)
{
    struct sip_uri uri;

    (void)sip_uri_parse(text, &uri);
    texts->host = keep_part(c, x, texts->host, uri.host);
    if (is_number(uri.user)) {
        texts->user = keep_part(c, x, texts->user, uri.user);
        texts->number = texts->user;
        return;
    }
    texts->user = write_uri(c, x, &uri, sip_uri_user_write);
    texts->number =
        with_number ? write_uri(c, x, &uri, sip_uri_number_write) : SPAN_NONE;
}

struct span parties_keep_user(struct correlator *c, struct exchange *x,
                              struct span text)
{
    struct sip_uri uri;

    (void)sip_uri_parse(text, &uri);
    return write_uri(c, x, &uri, sip_uri_user_write);
}

void parties_keep_asserted(struct correlator *c, struct exchange *x,
                           const struct sip_message *m,
                           struct call_identity *id)
{
    struct sip_list_cursor cursor = {0};
    struct sip_address address;
    struct uri_texts texts = {0};

    if (!sip_message_has(m, SIP_HEADER_P_ASSERTED_IDENTITY) ||
        !sip_address_next(m, SIP_HEADER_P_ASSERTED_IDENTITY, &cursor, &address))
        return;
    keep_uri(c, x, address.uri, false, &texts);
    id->pai_user = texts.user;
    id->pai_host = texts.host;
}

/* From or To. Most stand in the form of sip/plain.h, whose parts are where its
 * tag does not reach: behind the last is nothing. */
static void read_party(const struct sip_message *m, enum sip_header_id id,
                       struct sip_address *address_out)
{
    struct span value = id == SIP_HEADER_FROM ? m->from : m->to;
    struct span tag = id == SIP_HEADER_FROM ? m->from_tag : m->to_tag;
    const char *at = value.data, *end = span_end(value), *open = at;

    if (tag.length && value.length > tag.length + sizeof(";tag=<>") - 1)
        end -= tag.length + sizeof(";tag=") - 1;
    if (m->odd_mask >> (unsigned)id & 1 || end - at < 2 || end[-1] != '>') {
        (void)sip_address_parse(value, address_out);
        return;
    }
    if (*at == '"') {
        open = sip_byte_find(at + 1, end, '"');
        open += open < end;
    }
    open = sip_byte_find(open, end, '<');
    *address_out = (struct sip_address){
        .display = sip_chars_trim_end(span_of(at, (size_t)(open - at))),
        .uri = span_of(open + 1, (size_t)(end - open) - 2),
    };
}

void parties_keep(struct correlator *c, struct call *call,
                  const struct sip_message *m)
{
    struct exchange *x = call->exchange;
    struct call_parties *p = &call->parties;
    struct sip_address address;
    struct uri_texts texts = {0};

    read_party(m, SIP_HEADER_FROM, &address);
    keep_uri(c, x, address.uri, true, &texts);
    call->from_uri_hash = hash_span(address.uri);
    p->caller_user = texts.user;
    p->caller_host = texts.host;
    p->caller_number = texts.number;
    p->caller_name = parties_keep_again(c, x, texts.user, address.display);
    read_party(m, SIP_HEADER_TO, &address);
    keep_uri(c, x, address.uri, true, &texts);
    call->to_uri_hash = hash_span(address.uri);
    p->callee_user = texts.user;
    p->callee_host = texts.host;
    p->callee_number = texts.number;
    keep_uri(c, x, m->request_uri, false, &texts);
    p->request_user = texts.user;
    p->request_host = texts.host;
    p->caller_agent =
        parties_keep_text(c, x, sip_message_value(m, SIP_HEADER_USER_AGENT));
}

void parties_keep_callee_agent(struct correlator *c, struct call *call,
                               const struct sip_message *m)
{
    enum sip_header_id id = sip_message_has(m, SIP_HEADER_SERVER)
                                ? SIP_HEADER_SERVER
                                : SIP_HEADER_USER_AGENT;
    bool challenge = m->status_code == 401 || m->status_code == 407;

    /* whoever asks for credentials need not be whom the call reaches */
    if ((call->agent_kept && (challenge || !call->agent_of_challenge)) ||
        !sip_message_has(m, id))
        return;
    call->agent_of_challenge = challenge;
    call->parties.callee_agent =
        parties_keep_text(c, call->exchange, sip_message_value(m, id));
    call->agent_kept = call->parties.callee_agent.length != 0;
}

uint64_t parties_uri_hash(struct span address)
{
    struct sip_address parsed;

    (void)sip_address_parse(address, &parsed);
    return hash_span(parsed.uri);
}

uint64_t parties_caller_hash(const struct sip_message *m)
{
    return m->from_tag.length ? m->from_tag_hash : parties_uri_hash(m->from);
}

static int32_t clamp_cause(int64_t cause)
{
    if (cause > INT32_MAX)
        return INT32_MAX;
    return cause < INT32_MIN ? INT32_MIN : (int32_t)cause;
}

static void add_reason(const struct sip_reason *r, struct call_reason *reason,
                       struct span *text)
{
    if (!text->length)
        *text = r->text;
    if (!r->has_cause)
        return;
    if (sip_reason_is_q850(r) && !reason->has_q850) {
        reason->has_q850 = true;
        reason->q850 = clamp_cause(r->cause);
    } else if (sip_reason_is_sip(r) && !reason->has_sip) {
        reason->has_sip = true;
        reason->sip = clamp_cause(r->cause);
    }
}

const struct call_reason *parties_keep_reason(struct correlator *c,
                                              struct exchange *x,
                                              const struct sip_message *m)
{
    struct sip_list_cursor cursor = {0};
    struct call_reason reason = {0};
    struct span text = SPAN_NONE;
    struct sip_reason r;
    char *kept;

    if (!sip_message_has(m, SIP_HEADER_REASON))
        return NULL;
    while (sip_reason_next(m, &cursor, &r))
        add_reason(&r, &reason, &text);
    reason.text = parties_keep_text(c, x, text);
    kept = texts_take(&c->texts_pool, &x->texts, sizeof(reason));
    if (kept)
        memcpy(kept, &reason, sizeof(reason));
    return (const struct call_reason *)(const void *)kept;
}

static void keep_redirects(struct correlator *c, struct exchange *x,
                           const struct sip_message *m,
                           struct call_refusal *refusal)
{
    struct span contacts[REDIRECTS_MAX];
    struct sip_list_cursor cursor = {0};
    struct sip_address address;
    uint32_t count = 0;
    char *kept;

    while (count < REDIRECTS_MAX &&
           sip_address_next(m, SIP_HEADER_CONTACT, &cursor, &address))
        contacts[count++] = texts_keep(&c->texts_pool, &x->texts, address.uri);
    kept = count ? texts_take(&c->texts_pool, &x->texts,
                              count * sizeof(contacts[0]))
                 : NULL;
    if (!kept)
        return;
    memcpy(kept, contacts, count * sizeof(contacts[0]));
    refusal->redirect_to = (const struct span *)(const void *)kept;
    refusal->redirect_to_count = count;
}

static bool has_refusal(const struct sip_message *m)
{
    return sip_message_has(m, SIP_HEADER_WARNING) ||
           sip_message_has(m, SIP_HEADER_RETRY_AFTER) ||
           (m->status_code < 400 && sip_message_has(m, SIP_HEADER_CONTACT));
}

const struct call_refusal *parties_keep_refusal(struct correlator *c,
                                                struct exchange *x,
                                                const struct sip_message *m)
{
    struct call_refusal refusal = {.retry_after_s = TIME_NONE};
    struct sip_list_cursor cursor = {0};
    struct sip_warning warning;
    uint32_t seconds;
    char *kept;

    if (!has_refusal(m))
        return NULL;
    if (sip_message_has(m, SIP_HEADER_WARNING) &&
        sip_warning_next(m, &cursor, &warning)) {
        refusal.warning_code = warning.code;
        refusal.warning_text = parties_keep_text(c, x, warning.text);
    }
    if (sip_message_has(m, SIP_HEADER_RETRY_AFTER) &&
        sip_seconds_parse(sip_message_value(m, SIP_HEADER_RETRY_AFTER),
                          &seconds))
        refusal.retry_after_s = seconds;
    if (m->status_code < 400)
        keep_redirects(c, x, m, &refusal);
    kept = texts_take(&c->texts_pool, &x->texts, sizeof(refusal));
    if (kept)
        memcpy(kept, &refusal, sizeof(refusal));
    return (const struct call_refusal *)(const void *)kept;
}
