/*
 * A message as a datagram and as a stream brings it, with every value reader:
 * all spans must lie inside the text.
 */
#include <stdlib.h>

#include "sdp/description.h"
#include "sip/address.h"
#include "sip/auth.h"
#include "sip/charging_vector.h"
#include "sip/check.h"
#include "sip/content_type.h"
#include "sip/diversion.h"
#include "sip/event.h"
#include "sip/history_info.h"
#include "sip/identity.h"
#include "sip/number.h"
#include "sip/reason.h"
#include "sip/replaces.h"
#include "sip/session_id.h"
#include "sip/session_timer.h"
#include "sip/via.h"
#include "sip/warning.h"

#define HEADERS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void require_inside(struct span inner, struct span outer)
{
    if (inner.length)
        require(inner.data >= outer.data &&
                inner.data + inner.length <= outer.data + outer.length);
}

static void read_message(const struct sip_message *m)
{
    const struct span spans[] = {
        m->body,
        m->method_name,
        m->request_uri,
        m->reason_phrase,
        m->call_id,
        m->from,
        m->to,
        m->from_tag,
        m->to_tag,
        m->via_top,
        m->via_sent_by,
        m->via_branch,
        m->cseq_method_name,
    };

    for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
        require_inside(spans[i], m->text);
    require(m->is_request || m->status_code <= 999);
    require(!m->is_request || m->status_code == 0);
    require(m->via_count == 0 || sip_message_has(m, SIP_HEADER_VIA));
    for (uint32_t i = 0; i < m->header_count; i++) {
        const struct sip_header *h = &m->headers[i];

        require(h->name_at + h->name_length <= m->text.length);
        require(h->value_at + h->value_length <= m->text.length);
        require(sip_message_has(m, (enum sip_header_id)h->id));
    }
}

static void read_address(struct span value)
{
    struct sip_address a;
    struct sip_replaces r;
    struct sip_uri u;
    char buffer[100];

    (void)sip_address_parse(value, &a);
    require_inside(a.display, value);
    require_inside(a.uri, value);
    require_inside(a.params, value);
    require_inside(sip_address_tag(&a), value);
    require(sip_text_write(a.display, buffer, sizeof(buffer)) <= 100);
    (void)sip_uri_parse(a.uri, &u);
    require_inside(u.host, value);
    require(sip_uri_user_write(&u, buffer, sizeof(buffer)) <= 100);
    require(sip_uri_number_write(&u, buffer, sizeof(buffer)) <= 100);
    (void)sip_replaces_of_uri(&u, buffer, sizeof(buffer), &r);
    require_inside(r.call_id, span_of(buffer, sizeof(buffer)));
}

/* Who calls, who sent the call on, which session. */
static void read_names(struct span value)
{
    char payload[SIP_IDENTITY_BYTES];
    struct sip_history_entry entry;
    struct sip_diversion diversion;
    struct sip_identity identity;
    struct sip_session_id id;

    (void)sip_diversion_parse(value, &diversion);
    require_inside(diversion.reason, value);
    require(diversion.counter >= 1 && diversion.counter <= 99);
    (void)sip_history_entry_parse(value, &entry);
    require_inside(entry.uri, value);
    require_inside(entry.index, value);
    require_inside(entry.mapped_by, value);
    (void)sip_session_id_parse(value, &id);
    require_inside(id.local, value);
    require_inside(id.remote, value);
    require_inside(sip_charging_vector_icid(value), value);
    (void)sip_identity_parse(value, payload, &identity);
    require_inside(identity.attest, span_of(payload, sizeof(payload)));
    require_inside(identity.origid, span_of(payload, sizeof(payload)));
}

static void read_history(const struct sip_message *m)
{
    struct sip_history_diversion diversion;

    if (!sip_message_has(m, SIP_HEADER_HISTORY_INFO))
        return;
    (void)sip_history_info_diversion(m, &diversion);
    require(diversion.count < SIP_HISTORY_MAX);
    if (diversion.count)
        require_inside(diversion.uri, m->text);
}

/* Every reader must bear every value. */
static void read_value(struct span value)
{
    struct sip_via via;
    struct sip_reason reason;
    struct sip_auth auth;
    struct sip_event event;
    struct sip_subscription_state state;
    struct sip_session_timer timer;
    struct sip_warning warning;
    struct sip_replaces replaces;
    struct sip_rack rack;
    struct span rest = value, one;

    while (sip_list_next(&rest, &one)) {
        require(one.length > 0);
        require_inside(one, value);
        read_address(one);
        read_names(one);
        (void)sip_via_parse(one, &via);
        require_inside(via.host, one);
        require_inside(via.branch, one);
        (void)sip_reason_parse(one, &reason);
        require_inside(reason.text, one);
        (void)sip_warning_parse(one, &warning);
        require_inside(warning.text, one);
    }
    (void)sip_auth_parse(value, &auth);
    require_inside(auth.response, value);
    (void)sip_event_parse(value, &event);
    (void)sip_subscription_state_parse(value, &state);
    (void)sip_session_timer_parse(value, &timer);
    (void)sip_replaces_parse(value, &replaces);
    (void)sip_rack_parse(value, &rack);
}

static void read_bodies(const struct sip_message *m)
{
    static struct sdp_description d;
    struct span body, phrase;
    uint16_t code;

    if (sip_message_sdp(m, &body)) {
        require_inside(body, m->body);
        (void)sdp_description_parse(body, &d);
    }
    if (sip_message_body_of(m, SPAN_LITERAL("message"), SPAN_LITERAL("sipfrag"),
                            &body) &&
        sip_fragment_status(body, &code, &phrase))
        require_inside(phrase, body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sip_header headers[HEADERS_MAX];
    struct span rest = span_of(data, size);
    int sniffed = sip_sniff(rest);
    struct sip_message m;
    struct span value;
    size_t taken;

    taken = sip_message_parse(rest, SIP_FROM_STREAM, headers, HEADERS_MAX, &m);
    require((taken > 0) == (sniffed == 1) || (taken > 0 && sniffed == -1) ||
            taken == 0);
    require(sniffed != 1 || taken > 0);
    if (taken)
        read_message(&m);
    while ((taken = sip_message_parse(rest, SIP_FROM_DATAGRAM, headers,
                                      HEADERS_MAX, &m))) {
        require(taken <= rest.length);
        require_inside(m.text, rest);
        read_message(&m);
        sip_message_check(&m, NULL, &m.anomalies);
        for (uint32_t i = 0; i < m.header_count; i++)
            read_value(span_of(m.text.data + m.headers[i].value_at,
                               m.headers[i].value_length));
        for (unsigned id = 1; id < SIP_HEADER_COUNT; id++) {
            value = sip_message_value(&m, (enum sip_header_id)id);
            require_inside(value, m.text);
        }
        read_bodies(&m);
        read_history(&m);
        rest = span_from(rest, taken);
    }
    return 0;
}
