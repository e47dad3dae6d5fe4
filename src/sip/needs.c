#include "sip/needs.h"

#include "sip/number.h"
#include "sip/session_timer.h"
#include "sip/text.h"

#define BIT(id) (UINT64_C(1) << SIP_HEADER_##id)

/* RFC 3261, table 2: what only requests or only responses may carry */
#define REQUESTS_ONLY                                                          \
    (BIT(AUTHORIZATION) | BIT(PROXY_AUTHORIZATION) | BIT(MAX_FORWARDS) |       \
     BIT(ROUTE) | BIT(PROXY_REQUIRE) | BIT(PRIORITY) | BIT(SUBJECT))
#define RESPONSES_ONLY                                                         \
    (BIT(SERVER) | BIT(UNSUPPORTED) | BIT(WARNING) | BIT(WWW_AUTHENTICATE) |   \
     BIT(PROXY_AUTHENTICATE) | BIT(MIN_EXPIRES) | BIT(RETRY_AFTER))

#define LEAST_SESSION_S 90 /* RFC 4028, 4 */

_Static_assert(SIP_HEADER_COUNT <= 64, "the masks above are one word");

static void need(const struct sip_message *m, enum sip_header_id id,
                 enum anomaly lack, struct anomaly_set *anomalies)
{
    if (!sip_message_has(m, id))
        anomaly_set_add(anomalies, lack);
}

static void check_rack(const struct sip_message *m,
                       struct anomaly_set *anomalies)
{
    struct sip_rack rack;

    if (!sip_message_has(m, SIP_HEADER_RACK) ||
        !sip_rack_parse(sip_message_value(m, SIP_HEADER_RACK), &rack))
        anomaly_set_add(anomalies, ANOMALY_RACK_MISSING);
}

static void check_request(const struct sip_message *m,
                          struct anomaly_set *anomalies)
{
    switch ((int)m->method) {
    case SIP_INVITE:
        need(m, SIP_HEADER_CONTACT, ANOMALY_CONTACT_MISSING, anomalies);
        break;
    case SIP_CANCEL:
        if (m->header_mask[0] & (BIT(REQUIRE) | BIT(PROXY_REQUIRE)))
            anomaly_set_add(anomalies, ANOMALY_CANCEL_REQUIRES);
        break;
    case SIP_PRACK:
        check_rack(m, anomalies);
        break;
    case SIP_NOTIFY:
        need(m, SIP_HEADER_SUBSCRIPTION_STATE,
             ANOMALY_SUBSCRIPTION_STATE_MISSING, anomalies);
        need(m, SIP_HEADER_EVENT, ANOMALY_EVENT_MISSING, anomalies);
        break;
    case SIP_SUBSCRIBE:
    case SIP_PUBLISH:
        need(m, SIP_HEADER_EVENT, ANOMALY_EVENT_MISSING, anomalies);
        break;
    case SIP_REFER:
        need(m, SIP_HEADER_REFER_TO, ANOMALY_REFER_TO_MISSING, anomalies);
        break;
    default:
        break;
    }
}

static void check_failure(const struct sip_message *m,
                          struct anomaly_set *anomalies)
{
    switch (m->status_code) {
    case 401:
        need(m, SIP_HEADER_WWW_AUTHENTICATE, ANOMALY_CHALLENGE_MISSING,
             anomalies);
        break;
    case 407:
        need(m, SIP_HEADER_PROXY_AUTHENTICATE, ANOMALY_CHALLENGE_MISSING,
             anomalies);
        break;
    case 405:
        need(m, SIP_HEADER_ALLOW, ANOMALY_ALLOW_MISSING, anomalies);
        break;
    case 420:
        need(m, SIP_HEADER_UNSUPPORTED, ANOMALY_UNSUPPORTED_MISSING, anomalies);
        break;
    case 422:
        need(m, SIP_HEADER_MIN_SE, ANOMALY_MIN_SE_MISSING, anomalies);
        break;
    case 423:
        need(m, SIP_HEADER_MIN_EXPIRES, ANOMALY_MIN_EXPIRES_MISSING, anomalies);
        break;
    default:
        break;
    }
}

static void check_response(const struct sip_message *m,
                           struct anomaly_set *anomalies)
{
    if (m->status_code >= 400) {
        check_failure(m, anomalies);
    } else if (m->status_code >= 200) {
        if (m->cseq_method == SIP_INVITE)
            need(m, SIP_HEADER_CONTACT, ANOMALY_CONTACT_MISSING, anomalies);
        else if (m->cseq_method == SIP_SUBSCRIBE && m->status_code < 300)
            need(m, SIP_HEADER_EXPIRES, ANOMALY_SUBSCRIPTION_EXPIRES_MISSING,
                 anomalies);
    } else if (m->status_code > 100 && sip_message_has(m, SIP_HEADER_REQUIRE) &&
               sip_list_has(m, SIP_HEADER_REQUIRE, SPAN_LITERAL("100rel"))) {
        need(m, SIP_HEADER_RSEQ, ANOMALY_RSEQ_MISSING, anomalies);
    }
}

static void check_session_timer(const struct sip_message *m,
                                struct anomaly_set *anomalies)
{
    struct sip_session_timer timer;
    uint32_t least;

    if (!sip_session_timer_parse(
            sip_message_value(m, SIP_HEADER_SESSION_EXPIRES), &timer))
        return;
    if (!sip_message_has(m, SIP_HEADER_MIN_SE) ||
        !sip_seconds_parse(sip_message_value(m, SIP_HEADER_MIN_SE), &least) ||
        least < LEAST_SESSION_S)
        least = LEAST_SESSION_S;
    if (timer.interval_s < least)
        anomaly_set_add(anomalies, ANOMALY_SESSION_EXPIRES_LOW);
}

void sip_message_check_needs(const struct sip_message *m,
                             struct anomaly_set *anomalies)
{
    if (m->header_mask[0] & (m->is_request ? RESPONSES_ONLY : REQUESTS_ONLY))
        anomaly_set_add(anomalies, ANOMALY_HEADER_NOT_ALLOWED);
    if (m->content_length > 0 && m->body.length)
        need(m, SIP_HEADER_CONTENT_TYPE, ANOMALY_CONTENT_TYPE_MISSING,
             anomalies);
    if (sip_message_has(m, SIP_HEADER_SESSION_EXPIRES))
        check_session_timer(m, anomalies);
    if (anomaly_set_has(&m->anomalies, ANOMALY_HEADERS_UNTERMINATED) ||
        anomaly_set_has(&m->anomalies, ANOMALY_HEADERS_TOO_MANY))
        return; /* what is missing may be behind the end */
    if (m->is_request)
        check_request(m, anomalies);
    else
        check_response(m, anomalies);
}
