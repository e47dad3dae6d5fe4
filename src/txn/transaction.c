#include "txn/transaction.h"

#include "base/hash.h"
#include "base/time.h"
#include "sip/content_type.h"
#include "sip/number.h"
#include "sip/via.h"

/* A response this long before a request's repetition was not heard; nearer
 * ones may have crossed it. Half of T1 (RFC 3261, 17.1.1.1). */
#define CROSSING_US 250000

int transaction_table_init(struct transaction_table *t, size_t cap)
{
    pool_init(&t->pool, sizeof(struct transaction));
    list_init(&t->age);
    t->dropped = 0;
    t->sent_by = (struct sent_by_memory){0};
    return table_init(&t->table, cap);
}

void transaction_table_fini(struct transaction_table *t)
{
    table_fini(&t->table);
    pool_fini(&t->pool);
}

struct transaction *transaction_find(const struct transaction_table *t,
                                     const struct branch_key *key,
                                     uint64_t hash)
{
    struct table_node *n = table_first(&t->table, hash);

    for (; n; n = table_next(n)) {
        struct transaction *x = CONTAINER_OF(n, struct transaction, node);

        if (branch_key_match(&x->key, key))
            return x;
    }
    return NULL;
}

/* 64*T1: Timers B, F, H (17.1.1.2, 17.1.2.2), and how long a 2xx is sent again
 * (13.3.1.4). The last of the repetitions comes half a T1 before. */
#define SILENCE_US (INT64_C(64) * 500000)
#define LAST_REPEAT_US (SILENCE_US - 1000000)
/* A 2xx that is sent again for so long was not acknowledged. */
#define UNACKED_US (SILENCE_US / 2)

static enum transaction_kind kind_of(enum sip_method method)
{
    if (method == SIP_INVITE)
        return TRANSACTION_INVITE;
    if (method == SIP_ACK || method == SIP_BENOTIFY)
        return TRANSACTION_SILENT;
    return TRANSACTION_OTHER;
}

struct transaction *transaction_add(struct transaction_table *t,
                                    const struct branch_key *key, uint64_t hash,
                                    void *owner)
{
    struct transaction *x = pool_take(&t->pool);

    if (!x)
        return NULL;
    x->key = *key;
    x->owner = owner;
    x->kind = (uint8_t)kind_of(key->method);
    x->request_at = x->response_at = TIME_NONE;
    x->final_at = x->ack_at = x->last_at = TIME_NONE;
    list_init(&x->owner_node);
    list_add_last(&t->age, &x->age);
    table_add(&t->table, &x->node, hash);
    return x;
}

void transaction_remove(struct transaction_table *t, struct transaction *x)
{
    list_remove(&x->age);
    list_remove(&x->owner_node);
    table_remove(&t->table, &x->node);
    pool_give(&t->pool, x);
}

struct transaction *transaction_oldest(const struct transaction_table *t)
{
    if (list_empty(&t->age))
        return NULL;
    return CONTAINER_OF(t->age.next, struct transaction, age);
}

static void take_step(struct transaction *x, enum transaction_event event,
                      struct transaction_verdict *verdict_out)
{
    struct transaction_step step =
        transaction_step((enum transaction_kind)x->kind,
                         (enum transaction_state)x->state, event);

    x->state = (uint8_t)step.next;
    verdict_out->late = step.note == TRANSACTION_LATE;
}

/* What of a hash tells a few apart; 0 is none. */
static uint32_t brief(uint64_t hash)
{
    return (uint32_t)(hash >> 32) | 1;
}

/* Add to a few, the oldest of which goes; false where it was there. */
static bool note_hash(uint32_t *few, unsigned size, uint64_t hash)
{
    uint32_t noted = brief(hash);

    for (unsigned i = 0; i < size; i++)
        if (few[i] == noted)
            return false;
    memmove(few + 1, few, (size - 1) * sizeof(*few));
    few[0] = noted;
    return true;
}

bool transaction_ran_out(const struct transaction *x, int64_t now_us)
{
    return now_us - x->last_at >= SILENCE_US &&
           transaction_step((enum transaction_kind)x->kind,
                            (enum transaction_state)x->state,
                            TRANSACTION_EXPIRY)
                   .note == TRANSACTION_NEW;
}

/* Its responses go unheard, or nothing answers it. */
static void judge_repetition(struct transaction *x, int64_t at,
                             struct transaction_verdict *verdict_out)
{
    /* Until its final, a request other than INVITE is repeated whatever
     * provisional there was (17.1.2.2). */
    int64_t heard_at =
        x->kind == TRANSACTION_INVITE ? x->response_at : x->final_at;

    if (heard_at != TIME_NONE && at - heard_at >= CROSSING_US)
        anomaly_set_add(&verdict_out->anomalies, ANOMALY_RESPONSE_NOT_HEARD);
    if (x->final_at != TIME_NONE || x->overdue ||
        (x->kind == TRANSACTION_INVITE && x->response_at != TIME_NONE) ||
        x->request_at == TIME_NONE || at - x->request_at < LAST_REPEAT_US)
        return;
    x->overdue = verdict_out->overdue = true;
}

static void begin(struct transaction *x, const struct observation *seen,
                  const struct endpoint *src, const struct endpoint *dst)
{
    const struct sip_message *m = &seen->message;

    x->transport = (uint8_t)seen->arrival.transport;
    x->src = *src;
    x->dst = *dst;
    x->via_count =
        (uint16_t)(m->via_count < UINT16_MAX ? m->via_count : UINT16_MAX);
    x->from_tag = m->from_tag_hash;
}

/* What may hold a session description; what was cut off counts as well. */
static bool has_body(const struct observation *seen)
{
    return seen->message.body.length > 0 || seen->message.content_length > 0 ||
           seen->arrival.truncated;
}

void transaction_observe_request(struct transaction *x,
                                 const struct observation *seen,
                                 struct transaction_verdict *verdict_out)
{
    const struct arrival *a = &seen->arrival;
    int64_t at = time_us_of_ns(a->time_ns);

    *verdict_out = (struct transaction_verdict){0};
    x->last_at = at;
    if (x->requests < UINT16_MAX)
        x->requests++;
    if (!x->request_seen) {
        bool response_first = x->state != TRANSACTION_UNSEEN;

        begin(x, seen, &a->src, &a->dst);
        x->request_seen = true;
        x->request_at = at;
        x->has_to_tag = seen->message.to_tag.length != 0;
        x->offered = has_body(seen);
        if (x->has_to_tag)
            x->request_to_tag = brief(seen->message.to_tag_hash);
        if (!response_first)
            take_step(x, TRANSACTION_REQUEST, verdict_out);
        verdict_out->late = response_first;
        return;
    }
    take_step(x, TRANSACTION_REQUEST, verdict_out);
    verdict_out->retransmission = a->transport == TRANSPORT_UDP;
    if (verdict_out->retransmission)
        judge_repetition(x, at, verdict_out);
}

/* What makes two provisional responses one and the same (R2). */
static uint64_t provisional_hash(const struct observation *seen)
{
    const struct sip_message *m = &seen->message;
    uint32_t rseq;

    if (sip_message_has(m, SIP_HEADER_RSEQ) &&
        sip_rseq_parse(sip_message_value(m, SIP_HEADER_RSEQ), &rseq))
        return hash_mix(m->to_tag_hash, rseq);
    return seen->text_hash;
}

/* Hash of a session but for its o= line, whose version may count up. */
static uint32_t session_hash(const struct observation *seen)
{
    struct span sdp;
    size_t at;

    if (!sip_message_sdp(&seen->message, &sdp))
        return 0;
    for (at = 0; at + 2 < sdp.length; at++)
        if (sdp.data[at] == '\n' && sdp.data[at + 1] == 's')
            break;
    return brief(
        hash_mix(hash_span(span_from(sdp, at)), seen->message.to_tag_hash));
}

/* The offer and its answer (RFC 3261, 13.2.1; RFC 3262, 5): a first 2xx. */
static void judge_answer(struct transaction *x, const struct observation *seen,
                         struct anomaly_set *anomalies)
{
    bool has = has_body(seen);

    if (!x->request_seen || x->kind != TRANSACTION_INVITE)
        return;
    if (has && x->early_sdp && seen->message.body.length &&
        !seen->arrival.truncated) {
        uint32_t session = session_hash(seen);

        if (session && session != x->early_sdp)
            anomaly_set_add(anomalies, ANOMALY_EARLY_ANSWER_DIFFERS);
    }
    if (!has && !x->described)
        anomaly_set_add(anomalies, x->offered ? ANOMALY_ANSWER_MISSING
                                              : ANOMALY_OFFER_MISSING);
    x->asks_answer = has && !x->offered && !x->described;
    x->described = true;
}

/* Does the response go past its top Via (18.2.1, 18.2.2)? */
static bool goes_astray(const struct observation *seen)
{
    struct sip_via via;

    return sip_via_parse(seen->message.via_top, &via) && !via.received.length &&
           !via.maddr.length;
}

/* To the port it came from, as RFC 3581 has it, but without a word of it? */
static bool lacks_rport(const struct observation *seen)
{
    struct sip_via via;

    return sip_via_parse(seen->message.via_top, &via) && !via.rport &&
           !via.maddr.length;
}

/* Nearly all go to the very address and port that they name. */
static void judge_way(struct transaction_table *t,
                      const struct observation *seen,
                      struct anomaly_set *anomalies)
{
    const struct endpoint *to = &seen->arrival.dst;
    const struct sent_by *named =
        sent_by_read(&t->sent_by, seen->message.via_sent_by);
    bool is_other = named->is_v4 && to->address.family == 4 &&
                    memcmp(named->bytes, to->address.bytes, 4) != 0;

    if (is_other && goes_astray(seen))
        anomaly_set_add(anomalies, ANOMALY_RECEIVED_MISSING);
    if (named->port != to->port && lacks_rport(seen))
        anomaly_set_add(anomalies, ANOMALY_RPORT_MISSING);
}

/* To as RFC 3261, 8.2.6.2 has it, and where the response goes (18.2.2). */
static void judge_response(struct transaction_table *t,
                           const struct transaction *x,
                           const struct observation *seen,
                           struct anomaly_set *anomalies)
{
    const struct sip_message *m = &seen->message;

    if (x->request_to_tag && m->to_tag.length &&
        brief(m->to_tag_hash) != x->request_to_tag)
        anomaly_set_add(anomalies, ANOMALY_RESPONSE_TAG_CHANGED);
    if (m->status_code >= 200 && !m->to_tag.length && m->to.length)
        anomaly_set_add(anomalies, ANOMALY_RESPONSE_TAG_MISSING);
    if (m->status_code >= 200 && seen->arrival.transport == TRANSPORT_UDP)
        judge_way(t, seen, anomalies);
}

static void judge_unacked(struct transaction *x,
                          struct transaction_verdict *verdict_out)
{
    if (verdict_out->retransmission && x->kind == TRANSACTION_INVITE &&
        x->status_code < 300 && x->ack_at == TIME_NONE && !x->overdue &&
        x->last_at - x->final_at >= UNACKED_US)
        x->overdue = verdict_out->overdue = true;
}

static void observe_final(struct transaction_table *t, struct transaction *x,
                          const struct observation *seen,
                          struct transaction_verdict *verdict_out)
{
    const struct sip_message *m = &seen->message;
    bool success = m->status_code < 300;
    uint64_t tag = m->to_tag_hash;

    take_step(x, success ? TRANSACTION_SUCCESS : TRANSACTION_FAILURE,
              verdict_out);
    if (!note_hash(x->finals, TRANSACTION_FINALS,
                   hash_mix(tag, m->status_code))) {
        /* Over TCP only a 2xx to INVITE is sent again (13.3.1.4). */
        verdict_out->retransmission =
            seen->arrival.transport == TRANSPORT_UDP ||
            (success && x->kind == TRANSACTION_INVITE);
        judge_unacked(x, verdict_out);
        return;
    }
    judge_response(t, x, seen, &verdict_out->anomalies);
    if (x->status_code < 200) {
        verdict_out->first_final = true;
        x->final_at = x->last_at;
        x->to_tag = tag;
        x->status_code = m->status_code;
        if (success)
            judge_answer(x, seen, &verdict_out->anomalies);
        return;
    }
    /* Several 2xx with tags of their own are forks (13.2.2.4), and a proxy
     * sends on a 2xx even after another's failure (16.7). */
    if (!(success && x->kind == TRANSACTION_INVITE && tag != x->to_tag))
        anomaly_set_add(&verdict_out->anomalies, ANOMALY_FINAL_TWICE);
}

void transaction_observe_response(struct transaction_table *t,
                                  struct transaction *x,
                                  const struct observation *seen,
                                  struct transaction_verdict *verdict_out)
{
    const struct sip_message *m = &seen->message;

    *verdict_out = (struct transaction_verdict){0};
    if (x->state == TRANSACTION_UNSEEN)
        begin(x, seen, &seen->arrival.dst, &seen->arrival.src);
    if (!x->request_seen)
        anomaly_set_add(&verdict_out->anomalies,
                        ANOMALY_RESPONSE_WITHOUT_REQUEST);
    x->last_at = time_us_of_ns(seen->arrival.time_ns);
    if (x->response_at == TIME_NONE)
        x->response_at = x->last_at;
    if (m->status_code >= 200) {
        observe_final(t, x, seen, verdict_out);
        return;
    }
    take_step(x, TRANSACTION_PROVISIONAL, verdict_out);
    if (x->status_code < 200)
        x->status_code = m->status_code;
    if (!note_hash(x->provisionals, TRANSACTION_PROVISIONALS,
                   provisional_hash(seen))) {
        verdict_out->retransmission = seen->arrival.transport == TRANSPORT_UDP;
        return;
    }
    if (m->status_code > 100)
        judge_response(t, x, seen, &verdict_out->anomalies);
    if (x->kind != TRANSACTION_INVITE || !m->body.length)
        return;
    if (sip_message_has(m, SIP_HEADER_RSEQ))
        x->described = true;
    else if (x->offered && !seen->arrival.truncated)
        x->early_sdp = session_hash(seen);
}

void transaction_observe_ack(struct transaction *x,
                             const struct observation *seen,
                             struct transaction_verdict *verdict_out)
{
    const struct sip_message *m = &seen->message;
    uint16_t vias =
        (uint16_t)(m->via_count < UINT16_MAX ? m->via_count : UINT16_MAX);
    bool first;

    *verdict_out = (struct transaction_verdict){0};
    x->last_at = time_us_of_ns(seen->arrival.time_ns);
    take_step(x, TRANSACTION_ACK, verdict_out);
    first = note_hash(x->ack_tags, TRANSACTION_FINALS, m->to_tag_hash);
    if (x->ack_at == TIME_NONE) {
        x->ack_at = x->last_at;
        x->ack_via_count = vias;
        if (x->asks_answer && x->status_code < 300 && !has_body(seen))
            anomaly_set_add(&verdict_out->anomalies, ANOMALY_ANSWER_MISSING);
    }
    /* A Via more is the same ACK on its next hop (R2 a). */
    verdict_out->retransmission = !first && vias == x->ack_via_count;
}
