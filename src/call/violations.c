#include "call/violations.h"
#include "call/hangup.h"

#include "base/hash.h"
#include "call/invite.h"
#include "sip/address.h"
#include "sip/number.h"

/* A request that comes so long after the BYE's answer did not cross it. */
#define AFTER_END_US (2 * CALL_CROSSING_US)

/* --- requests ------------------------------------------------------------ */

/* RFC 6890: of no use beyond the network it stands in. */
static bool is_private(const struct address *a)
{
    const uint8_t *b = a->bytes;

    return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
           (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) ||
           (b[0] == 100 && (b[1] & 0xc0) == 64);
}

/* Of the request as its sender sent it: one Via. */
static void judge_contact(struct sighting *s)
{
    const struct address *src = &s->seen->arrival.src.address;
    struct sip_list_cursor cursor = {0};
    struct sip_address contact;
    struct address named;
    struct sip_uri uri;

    if (s->m->via_count != 1 || src->family != 4 || is_private(src) ||
        !sip_message_has(s->m, SIP_HEADER_CONTACT) ||
        !sip_address_next(s->m, SIP_HEADER_CONTACT, &cursor, &contact) ||
        !sip_uri_parse(contact.uri, &uri))
        return;
    if (address_parse(uri.host, &named) && named.family == 4 &&
        is_private(&named))
        anomaly_set_add(&s->anomalies, ANOMALY_CONTACT_PRIVATE);
}

/* RFC 3261, 16.6, 3: each proxy takes one off. */
static void judge_max_forwards(const struct call *call, struct invite *inv,
                               struct sighting *s)
{
    uint8_t hops;

    inv->max_forwards = -1;
    if (!sip_max_forwards_parse(
            sip_message_value(s->m, SIP_HEADER_MAX_FORWARDS), &hops))
        return;
    inv->max_forwards = hops;
    for (const struct invite *i = call->invites; i; i = i->next)
        if (i->round == inv->round && i->leg == LEG_HOP &&
            inv->leg == LEG_HOP && i->request_seen &&
            i->via_count < inv->via_count && i->max_forwards >= 0 &&
            i->max_forwards <= hops)
            anomaly_set_add(&s->anomalies, ANOMALY_MAX_FORWARDS_KEPT);
}

static void judge_initial(const struct call *call, struct sighting *s)
{
    struct invite *inv = invite_of_transaction(s->transaction);

    judge_contact(s);
    if (inv)
        judge_max_forwards(call, inv, s);
}

static bool had_ended(const struct dialog *d, int64_t at)
{
    const struct hangup *h = (const struct hangup *)d->detail;

    for (unsigned i = 0; h && i < DIALOG_SIDE_COUNT; i++) {
        int64_t ok_at = hangup_bye(h, (enum dialog_side)i)->ok_at;

        if (ok_at != TIME_NONE && at - ok_at >= AFTER_END_US)
            return true;
    }
    return false;
}

/* The first transmission of a request inside a dialog. */
static void judge_inside(struct correlator *c, struct dialog *d,
                         struct sighting *s)
{
    switch ((int)s->m->method) {
    case SIP_INVITE:
        if (dialog_open_invite(d, s->m, s->at, &c->texts_pool,
                               &exchange_of_dialog(d)->texts))
            anomaly_set_add(&s->anomalies, ANOMALY_INVITE_OVERLAPS);
        break;
    case SIP_PRACK:
        if (d->rare && !reliable_observe_prack(&d->rare->reliable, s->m))
            anomaly_set_add(&s->anomalies, ANOMALY_RACK_UNMATCHED);
        break;
    case SIP_BYE:
    case SIP_UPDATE:
    case SIP_INFO:
        break;
    default:
        return; /* may be of a usage that lives on (RFC 5057) */
    }
    if (had_ended(d, s->at))
        anomaly_set_add(&s->anomalies, ANOMALY_REQUEST_AFTER_END);
}

static void judge_request(struct correlator *c, const struct call *call,
                          struct sighting *s)
{
    if (s->m->method == SIP_ACK) {
        if (s->dialog)
            dialog_close_invite(s->dialog, s->m);
        if (s->dialog && !s->transaction && call->start_seen &&
            s->dialog->invite.confirmed_at != TIME_NONE)
            anomaly_set_add(&s->anomalies, ANOMALY_ACK_UNMATCHED);
        return;
    }
    if (!s->is_new_transaction)
        return;
    if (s->m->method == SIP_INVITE && !s->m->to_tag.length)
        judge_initial(call, s);
    else if (s->dialog && s->m->to_tag.length)
        judge_inside(c, s->dialog, s);
}

/* --- responses ----------------------------------------------------------- */

static bool next_via(const struct sip_message *m, uint32_t *cursor,
                     uint32_t *name_at)
{
    for (; *cursor < m->header_count; (*cursor)++)
        if (m->headers[*cursor].id == SIP_HEADER_VIA) {
            *name_at = m->headers[(*cursor)++].name_at;
            return true;
        }
    return false;
}

/* Hash of the message without what stands from its first Via line to its
 * @p skip-th; 0 where there are not so many. */
static uint64_t hash_without_vias(const struct sip_message *m, unsigned skip)
{
    uint32_t cursor = 0, first, at;

    if (!next_via(m, &cursor, &first))
        return 0;
    at = first;
    while (skip--)
        if (!next_via(m, &cursor, &at))
            return 0;
    return hash_mix(hash_span(span_part(m->text, 0, first)),
                    hash_span(span_from(m->text, at))) |
           1;
}

/* A 100 goes one hop (16.7, 5): the same but for its top Via on two of them
 * was sent on. */
static void judge_trying(struct call *call, struct sighting *s)
{
    if (call->trying && call->trying_vias == s->m->via_count &&
        call->trying == hash_without_vias(s->m, 0))
        anomaly_set_add(&s->anomalies, ANOMALY_TRYING_FORWARDED);
    if (s->m->via_count < 2)
        return;
    call->trying = hash_without_vias(s->m, 1);
    call->trying_vias = s->m->via_count - 1;
}

static bool is_unacked(struct correlator *c, const struct sighting *s)
{
    struct dialog_rare *rare = dialog_rare_of(
        s->dialog, &c->texts_pool, &exchange_of_dialog(s->dialog)->texts);

    return rare && reliable_observe_response(&rare->reliable, s->m, s->at);
}

static void judge_response(struct correlator *c, struct call *call,
                           struct sighting *s)
{
    if (s->m->cseq_method != SIP_INVITE)
        return;
    if (s->m->status_code == 100 && !s->verdict.retransmission) {
        judge_trying(call, s);
    } else if (s->dialog && s->m->status_code >= 200) {
        if (dialog_has_glare(s->dialog, s->m, s->at))
            anomaly_set_add(&s->anomalies, ANOMALY_GLARE);
        dialog_close_invite(s->dialog, s->m);
    } else if (s->dialog && sip_message_has(s->m, SIP_HEADER_RSEQ) &&
               is_unacked(c, s)) {
        anomaly_set_add(&s->anomalies, ANOMALY_PRACK_MISSING);
    }
}

void violations_observe(struct correlator *c, struct call *call,
                        struct sighting *s)
{
    if (s->m->is_request)
        judge_request(c, call, s);
    else
        judge_response(c, call, s);
}
