#include "store/block.h"

#include "base/hash.h"
#include "sip/address.h"
#include "store/secret.h"

#define FLAG_RETRANSMISSION 1
#define FLAG_DUPLICATE 2
#define FLAG_STATUS_SHIFT 2
#define FLAG_ACK_OF_2XX 16
#define FLAG_TRUNCATED 32
#define FLAG_FRAGMENTED 64
#define FLAG_MASKED 128
#define CODE_UNKNOWN_METHOD (-1000)
#define HOP_MAX 127

void block_init(struct block *b)
{
    memset(b, 0, sizeof(*b));
    arena_init(&b->arena, 16384);
}

void block_fini(struct block *b)
{
    arena_fini(&b->arena);
    copy_fini(&b->anomalies);
}

void block_begin(struct block *b, struct copy *texts)
{
    static const struct key unset = {{0}};

    arena_reset(&b->arena);
    memset(b->buckets, 0, sizeof(b->buckets));
    b->count = b->stored = b->anomaly_count = 0;
    b->text_bytes = 0;
    b->source_count = 0;
    b->call_id_count = b->endpoint_count = 0;
    b->var_count = b->who_count = b->txn_count = b->method_count = 0;
    b->outer_count = 0;
    b->failed = false;
    copy_reset(&b->anomalies);
    copy_row(texts, 2);
    copy_key(texts, &unset);
    b->text_array = copy_array(texts, OID_BYTEA, 1);
}

static struct span keep(struct block *b, struct span s)
{
    struct span copy = SPAN_NONE;

    /* What is cut off here is in the raw text. */
    if (s.length > 4000)
        s.length = 4000;
    if (s.length && !arena_copy(&b->arena, s, &copy))
        b->failed = true;
    return copy;
}

void block_part_begin(struct block *b, const struct exchange_part *part,
                      struct block_part *state_out)
{
    state_out->part = part;
    state_out->who_count = 0;
    state_out->txn_count = 0;
    b->call_ids[b->call_id_count] = keep(b, part->call_id);
    state_out->call_id = ++b->call_id_count;
}

bool block_fits(const struct block *b, const struct message_record *m)
{
    int64_t at = time_us_of_ns(m->seen->arrival.time_ns);
    int64_t frame = (int64_t)m->seen->arrival.frame;

    if (b->count == 0)
        return true;
    return b->count < BLOCK_MAX && b->call_id_count < BLOCK_MAX &&
           b->endpoint_count <= BLOCK_ENDPOINTS - 2 &&
           b->source_count < BLOCK_CAPTURES && b->outer_count < BLOCK_OUTERS &&
           b->text_bytes + m->seen->message.text.length <= BLOCK_TEXT_BYTES &&
           at > b->last_us - BLOCK_SPAN_US &&
           at < b->first_us + BLOCK_SPAN_US &&
           frame > b->frame_high - INT32_MAX &&
           frame < b->frame_low + INT32_MAX;
}

static int16_t find_source(struct block *b, uint32_t ordinal)
{
    uint32_t i = 0;

    while (i < b->source_count && b->sources[i].ordinal != ordinal)
        i++;
    if (i == b->source_count) {
        b->sources[i].ordinal = ordinal;
        b->sources[i].stored = 0;
        b->source_count++;
    }
    return (int16_t)(i + 1);
}

static int16_t find_endpoint(struct block *b, const struct endpoint *e,
                             int16_t transport, int16_t capture)
{
    struct block_endpoint *at = b->endpoints;

    for (int16_t i = 0; i < b->endpoint_count; i++, at++)
        if (at->transport == transport && at->capture == capture &&
            endpoint_equal(&at->endpoint, e))
            return (int16_t)(i + 1);
    *at = (struct block_endpoint){*e, transport, capture};
    return ++b->endpoint_count;
}

static int16_t find_path(struct block *b, const struct message_record *r)
{
    const struct arrival *a = &r->seen->arrival;
    int16_t source = find_source(b, a->source);
    int16_t transport = (int16_t)((int)a->transport + 1);
    int src = find_endpoint(b, &a->src, transport, source);
    int dst = find_endpoint(b, &a->dst, transport, source);

    b->sources[source - 1].stored += !r->duplicate;
    return (int16_t)(src << 8 | dst);
}

/* The Request-URI or reason phrase; a method not known stands before it. */
static struct span line_of(struct block *b, const struct sip_message *m)
{
    size_t length = m->method_name.length + 1 + m->request_uri.length;
    char *at;

    if (!m->is_request)
        return m->reason_phrase;
    if (m->method != SIP_UNKNOWN)
        return m->request_uri;
    at = arena_take(&b->arena, length);
    if (!at) {
        b->failed = true;
        return SPAN_NONE;
    }
    if (m->method_name.length)
        memcpy(at, m->method_name.data, m->method_name.length);
    at[m->method_name.length] = ' ';
    if (m->request_uri.length)
        memcpy(at + m->method_name.length + 1, m->request_uri.data,
               m->request_uri.length);
    return span_of(at, length);
}

static int16_t find_var(struct block *b, const struct sip_message *m)
{
    struct span line = line_of(b, m);
    struct span agent = sip_message_value(m, SIP_HEADER_USER_AGENT);
    struct span type = sip_message_value(m, SIP_HEADER_CONTENT_TYPE);
    struct block_var *v;
    uint64_t hash;
    size_t bucket;

    if (!agent.length)
        agent = sip_message_value(m, SIP_HEADER_SERVER);
    hash =
        hash_mix(hash_mix(hash_span(line), hash_span(agent)), hash_span(type));
    for (bucket = hash % BLOCK_BUCKETS; b->buckets[bucket];
         bucket = (bucket + 1) % BLOCK_BUCKETS) {
        v = &b->vars[b->buckets[bucket] - 1];
        if (v->hash == hash && span_equal(v->line, line) &&
            span_equal(v->agent, agent) && span_equal(v->content_type, type))
            return b->buckets[bucket];
    }
    v = &b->vars[b->var_count];
    *v = (struct block_var){hash, keep(b, line), keep(b, agent), keep(b, type)};
    b->buckets[bucket] = ++b->var_count;
    return b->var_count;
}

static struct span user_of(struct block *b, struct span value)
{
    struct sip_address address;
    struct sip_uri uri;
    char *at;

    if (!value.length)
        return SPAN_NONE;
    (void)sip_address_parse(value, &address);
    (void)sip_uri_parse(address.uri, &uri);
    if (!uri.user.length)
        return SPAN_NONE;
    at = arena_take(&b->arena, uri.user.length);
    if (!at) {
        b->failed = true;
        return SPAN_NONE;
    }
    return span_of(at, sip_uri_user_write(&uri, at, uri.user.length));
}

static int16_t find_who(struct block *b, struct block_part *state,
                        const struct sip_message *m)
{
    unsigned recent =
        state->who_count < BLOCK_RECENT ? state->who_count : BLOCK_RECENT;
    unsigned slot;

    for (unsigned i = 0; i < recent; i++)
        if (span_equal(state->who[i].to, m->to) &&
            span_equal(state->who[i].from, m->from))
            return state->who[i].place;
    b->whos[b->who_count] =
        (struct block_who){keep(b, m->from_tag), keep(b, m->to_tag),
                           user_of(b, m->from), user_of(b, m->to)};
    slot = state->who_count++ % BLOCK_RECENT;
    state->who[slot].from = m->from;
    state->who[slot].to = m->to;
    state->who[slot].place = ++b->who_count;
    return b->who_count;
}

static int16_t find_method(struct block *b, const struct sip_message *m)
{
    if (!m->has_cseq)
        return 0;
    if (m->cseq_method != SIP_UNKNOWN)
        return (int16_t)m->cseq_method;
    for (int16_t i = 0; i < b->method_count; i++)
        if (span_equal(b->methods[i], m->cseq_method_name))
            return (int16_t)(-1 - i);
    b->methods[b->method_count] = keep(b, m->cseq_method_name);
    return (int16_t) - ++b->method_count;
}

static bool same_txn(const struct message_record *a,
                     const struct message_record *b)
{
    const struct sip_message *x = &a->seen->message;
    const struct sip_message *y = &b->seen->message;

    return a->transaction == b->transaction && x->cseq == y->cseq &&
           x->has_cseq == y->has_cseq && x->cseq_method == y->cseq_method &&
           span_equal(x->via_branch, y->via_branch) &&
           span_equal(x->via_sent_by, y->via_sent_by) &&
           (x->cseq_method != SIP_UNKNOWN ||
            span_equal(x->cseq_method_name, y->cseq_method_name));
}

static int16_t find_txn(struct block *b, struct block_part *state,
                        const struct message_record *r)
{
    const struct sip_message *m = &r->seen->message;
    unsigned recent =
        state->txn_count < BLOCK_RECENT ? state->txn_count : BLOCK_RECENT;
    unsigned slot;

    for (unsigned i = 0; i < recent; i++)
        if (same_txn(state->txn[i].message, r))
            return state->txn[i].place;
    b->txns[b->txn_count] =
        (struct block_txn){r->transaction, m->cseq, find_method(b, m),
                           keep(b, m->via_branch), keep(b, m->via_sent_by)};
    slot = state->txn_count++ % BLOCK_RECENT;
    state->txn[slot].message = r;
    state->txn[slot].place = ++b->txn_count;
    return b->txn_count;
}

static int16_t find_outer(struct block *b, const struct tunnels *around)
{
    if (!around)
        return 0;
    for (int16_t i = 0; i < b->outer_count; i++)
        if (tunnels_equal(&b->outers[i], around))
            return (int16_t)(i + 1);
    b->outers[b->outer_count] = *around;
    return ++b->outer_count;
}

static int16_t code_of(const struct sip_message *m)
{
    if (!m->is_request)
        return m->status_code > INT16_MAX ? INT16_MAX : (int16_t)m->status_code;
    return m->method == SIP_UNKNOWN ? CODE_UNKNOWN_METHOD
                                    : (int16_t)(-(int)m->method);
}

static int16_t flags_of(const struct message_record *r)
{
    unsigned hop = r->hop > HOP_MAX ? HOP_MAX : r->hop;
    unsigned flags = hop << 8;

    flags |= r->retransmission ? FLAG_RETRANSMISSION : 0;
    flags |= r->duplicate ? FLAG_DUPLICATE : 0;
    flags |= (unsigned)r->seen->message.status << FLAG_STATUS_SHIFT;
    flags |= r->ack_of_2xx ? FLAG_ACK_OF_2XX : 0;
    flags |= r->seen->arrival.truncated ? FLAG_TRUNCATED : 0;
    flags |= r->seen->arrival.fragmented ? FLAG_FRAGMENTED : 0;
    return (int16_t)flags;
}

/* Returns whether the text stored differs from the one seen. */
static bool add_text(struct block *b, const struct block_context *context,
                     const struct message_record *r, struct copy *texts)
{
    const struct sip_message *m = &r->seen->message;
    size_t length = context->keep_secrets ? m->text.length : secret_keep(m);
    bool masked = length < m->text.length;
    size_t at = texts->used + 4;

    if (r->duplicate) {
        copy_null(texts);
        return false;
    }
    copy_bytes(texts, m->text.data, length);
    b->text_bytes += length;
    if (!context->keep_secrets && !texts->failed)
        masked |= secret_mask(m, texts->data + at, length);
    return masked;
}

static void add_anomalies(struct block *b, const struct block_context *context,
                          const struct anomaly_set *set)
{
    for (unsigned w = 0; w < ANOMALY_WORDS; w++) {
        for (uint64_t bits = set->bits[w]; bits; bits &= bits - 1) {
            unsigned a = w * 64 + (unsigned)__builtin_ctzll(bits);
            char *at;

            if (a >= ANOMALY_COUNT || !context->anomaly_ids[a])
                continue;
            at = copy_take(&b->anomalies, 4);
            if (!at)
                return;
            copy_be16(at, (uint16_t)b->count);
            copy_be16(at + 2, (uint16_t)context->anomaly_ids[a]);
            b->anomaly_count++;
        }
    }
}

static void widen(struct block *b, int64_t at_us, int64_t frame)
{
    if (b->count == 0) {
        b->first_us = b->last_us = at_us;
        b->frame_low = b->frame_high = frame;
    }
    b->first_us = at_us < b->first_us ? at_us : b->first_us;
    b->last_us = at_us > b->last_us ? at_us : b->last_us;
    b->frame_low = frame < b->frame_low ? frame : b->frame_low;
    b->frame_high = frame > b->frame_high ? frame : b->frame_high;
}

void block_add(struct block *b, const struct block_context *context,
               struct block_part *state, const struct message_record *r,
               struct copy *texts)
{
    const struct sip_message *m = &r->seen->message;
    struct block_message *to = &b->messages[b->count];

    to->at_us = time_us_of_ns(r->seen->arrival.time_ns);
    to->frame = (int64_t)(r->seen->arrival.frame & INT64_MAX);
    widen(b, to->at_us, to->frame);
    to->length =
        m->text.length > INT32_MAX ? INT32_MAX : (int32_t)m->text.length;
    to->path = find_path(b, r);
    to->code = code_of(m);
    to->flags = flags_of(r);
    to->var = find_var(b, m);
    to->who = find_who(b, state, m);
    to->txn = find_txn(b, state, r);
    to->outer = find_outer(b, r->seen->arrival.around);
    b->count++;
    b->stored += !r->duplicate;
    if (add_text(b, context, r, texts))
        to->flags = (int16_t)(to->flags | FLAG_MASKED);
    if (!anomaly_set_empty(&r->anomalies))
        add_anomalies(b, context, &r->anomalies);
}
