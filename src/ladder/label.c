#include "ladder/label.h"

#include "sip/address.h"
#include "sip/auth.h"
#include "sip/content_type.h"
#include "sip/event.h"
#include "sip/reason.h"
#include "sip/status.h"
#include "sip/warning.h"

#include "ladder/media.h"

#define URI_BYTES_MAX 160
#define NOTE_BYTES_MAX 160
#define PHRASE_BYTES_MAX 80
#define MEDIA_MAX 2 /* told of one description */

static void put_clean(struct text_buffer *b, struct span wire, size_t max)
{
    escape_put_clean(b, wire, ESCAPE_ONE_LINE, max);
}

/* Without password, parameters and headers: the tooltip has them all. */
static void put_uri(struct text_buffer *b, struct span text)
{
    struct sip_uri uri;

    if (!sip_uri_parse(text, &uri) || !uri.host.length) {
        put_clean(b, text, URI_BYTES_MAX);
        return;
    }
    put_clean(b, uri.scheme_name, 16);
    text_put_string(b, uri.scheme_name.length ? ":" : "");
    put_clean(b, uri.user, URI_BYTES_MAX / 2);
    text_put_string(b, uri.user.length ? "@" : "");
    put_clean(b, uri.host, URI_BYTES_MAX / 2);
    if (uri.port)
        text_put_format(b, ":%u", (unsigned)uri.port);
}

static void put_method(struct text_buffer *b, enum sip_method method,
                       struct span name)
{
    if (method != SIP_UNKNOWN)
        text_put_string(b, sip_method_name(method));
    else if (name.length)
        put_clean(b, name, 40);
    else
        text_put_string(b, "?");
}

static void put_request(const struct sip_message *m, bool with_uri,
                        struct text_buffer *b)
{
    bool opens =
        !m->to_tag.length && m->method != SIP_ACK && m->method != SIP_CANCEL;

    if (m->method == SIP_INVITE && !opens)
        text_put_string(b, "re-INVITE");
    else
        put_method(b, m->method, m->method_name);
    if (with_uri && opens && m->request_uri.length) {
        text_put_string(b, " ");
        put_uri(b, m->request_uri);
    }
}

static void put_response(const struct sip_message *m, struct text_buffer *b)
{
    text_put_format(b, "%u", (unsigned)m->status_code);
    if (m->reason_phrase.length) {
        text_put_string(b, " ");
        put_clean(b, m->reason_phrase, PHRASE_BYTES_MAX);
    } else if (*sip_status_reason(m->status_code)) {
        text_put_format(b, " %s", sip_status_reason(m->status_code));
    }
}

/* What the brackets behind a response hold: its method, unless it is plain
 * that the INVITE is meant. */
static bool names_method(const struct sip_message *m)
{
    if (m->is_request || !m->has_cseq)
        return false;
    return m->cseq_method != SIP_INVITE || m->status_code / 100 == 2;
}

void label_write(const struct sip_message *m, const struct label_context *c,
                 bool brief, struct text_buffer *b)
{
    const char *between = " (";

    if (m->is_request)
        put_request(m, !brief && !c->retransmission && !c->copy, b);
    else
        put_response(m, b);
    if (names_method(m)) {
        text_put_string(b, between);
        put_method(b, m->cseq_method, m->cseq_method_name);
        between = ", ";
    }
    if (c->retransmission)
        text_put_format(b, "%s%s %u", between,
                        brief ? "retr." : "retransmission", c->retransmission);
    else if (c->copy)
        text_put_format(b, "%scopy", between);
    if (c->retransmission || c->copy || *between == ',')
        text_put_string(b, ")");
}

/* --- small print --------------------------------------------------------- */

struct span label_note(const struct label_notes *notes, size_t i)
{
    size_t from = i ? notes->ends[i - 1] : 0;

    return span_part(text_buffer_span(&notes->text), from,
                     notes->ends[i] - from);
}

static bool room_for_note(const struct label_notes *n)
{
    return n->count < LABEL_NOTES_MAX;
}

/* Ends the piece being written, if anything was. */
static void end_note(struct label_notes *n)
{
    size_t from = n->count ? n->ends[n->count - 1] : 0;

    if (n->text.length > from && room_for_note(n))
        n->ends[n->count++] = n->text.length;
    else
        n->text.length = from;
}

static void note_value(struct label_notes *n, const char *name,
                       struct span value)
{
    if (!value.length || !room_for_note(n))
        return;
    text_put_format(&n->text, "%s: ", name);
    put_clean(&n->text, value, NOTE_BYTES_MAX);
    end_note(n);
}

static void note_header(struct label_notes *n, const struct sip_message *m,
                        enum sip_header_id id)
{
    note_value(n, sip_header_name(id), sip_message_value(m, id));
}

static void note_address(struct label_notes *n, const struct sip_message *m,
                         enum sip_header_id id)
{
    struct sip_list_cursor cursor = {0};
    struct sip_address a;
    int shown = 0;

    while (shown++ < 2 && room_for_note(n) &&
           sip_address_next(m, id, &cursor, &a)) {
        if (!a.uri.length)
            continue;
        text_put_format(&n->text, "%s: ", sip_header_name(id));
        put_uri(&n->text, a.uri);
        end_note(n);
    }
}

static void note_reasons(struct label_notes *n, const struct sip_message *m)
{
    struct sip_list_cursor cursor = {0};
    struct sip_reason r;
    int shown = 0;

    while (shown++ < 2 && room_for_note(n) && sip_reason_next(m, &cursor, &r)) {
        text_put_string(&n->text, "Reason: ");
        put_clean(&n->text, r.protocol, 20);
        if (r.has_cause)
            text_put_format(&n->text, " %lld", (long long)r.cause);
        if (r.text.length) {
            text_put_string(&n->text, " ");
            put_clean(&n->text, r.text, PHRASE_BYTES_MAX);
        } else if (r.has_cause && sip_reason_is_q850(&r) &&
                   *sip_reason_q850_name(r.cause)) {
            text_put_format(&n->text, " %s", sip_reason_q850_name(r.cause));
        }
        end_note(n);
    }
}

static void note_warning(struct label_notes *n, const struct sip_message *m)
{
    struct sip_list_cursor cursor = {0};
    struct sip_warning w;

    if (!room_for_note(n) || !sip_warning_next(m, &cursor, &w))
        return;
    text_put_format(&n->text, "Warning: %u ", (unsigned)w.code);
    put_clean(&n->text, w.text, NOTE_BYTES_MAX);
    end_note(n);
}

/* 401 and 407 ask, the request that follows brings. */
static void note_auth(struct label_notes *n, const struct sip_message *m,
                      enum sip_header_id id)
{
    uint32_t cursor = 0;
    struct sip_auth a;

    if (!room_for_note(n) || !sip_message_has(m, id) ||
        !sip_auth_next(m, id, &cursor, &a))
        return;
    if (m->is_request) {
        text_put_string(&n->text, "credentials of ");
        put_clean(&n->text, a.username, 60);
    } else {
        text_put_string(&n->text, a.stale ? "stale nonce, " : "challenge, ");
    }
    text_put_string(&n->text, m->is_request ? ", realm " : "realm ");
    put_clean(&n->text, a.realm, 60);
    end_note(n);
}

static void note_sdp(struct label_notes *n, const struct sip_message *m,
                     const struct label_context *c)
{
    static const char *const names[] = {"SDP: ", "SDP offer: ", "SDP answer: "};
    struct span sdp;
    struct sdp_description d;

    if (c->sdp_seen || !sip_message_sdp(m, &sdp) ||
        !sdp_description_parse(sdp, &d))
        return;
    text_put_string(&n->text, names[c->sdp]);
    if (!d.media_count)
        text_put_string(&n->text, "no media");
    for (uint32_t i = 0; i < d.media_count && i < MEDIA_MAX; i++) {
        media_put_codecs(&d.media[i],
                         d.media_count > 1 || d.media[i].kind != SDP_KIND_AUDIO,
                         &n->text);
        end_note(n);
    }
    end_note(n);
    media_put_state(&d, &n->text);
    end_note(n);
    if (!m->is_request && m->status_code / 100 == 1) {
        text_put_string(&n->text, "early media");
        end_note(n);
    }
    for (uint32_t i = 0; i < d.media_count && i < MEDIA_MAX && room_for_note(n);
         i++) {
        media_put_address(&d.media[i], &n->text);
        end_note(n);
    }
}

static void note_subscription(struct label_notes *n,
                              const struct sip_message *m)
{
    struct span fragment;
    struct span phrase;
    uint16_t status;

    if (!m->is_request)
        return;
    note_header(n, m, SIP_HEADER_EVENT);
    if (m->method == SIP_NOTIFY && room_for_note(n) &&
        sip_message_body_of(m, SPAN_LITERAL("message"), SPAN_LITERAL("sipfrag"),
                            &fragment) &&
        sip_fragment_status(fragment, &status, &phrase)) {
        text_put_format(&n->text, "transfer: %u ", (unsigned)status);
        put_clean(&n->text, phrase, PHRASE_BYTES_MAX);
        end_note(n);
    }
    if (m->method == SIP_NOTIFY)
        note_header(n, m, SIP_HEADER_SUBSCRIPTION_STATE);
}

/* Headers that say why a response was given (RFC 3261, 21). */
static void note_status(struct label_notes *n, const struct sip_message *m)
{
    switch (m->status_code) {
    case 401:
    case 407:
        note_auth(n, m,
                  m->status_code == 401 ? SIP_HEADER_WWW_AUTHENTICATE
                                        : SIP_HEADER_PROXY_AUTHENTICATE);
        break;
    case 405:
        note_header(n, m, SIP_HEADER_ALLOW);
        break;
    case 420:
        note_header(n, m, SIP_HEADER_UNSUPPORTED);
        break;
    case 421:
        note_header(n, m, SIP_HEADER_REQUIRE);
        break;
    case 422:
        note_header(n, m, SIP_HEADER_MIN_SE);
        break;
    case 423:
        note_header(n, m, SIP_HEADER_MIN_EXPIRES);
        break;
    default:
        if (m->status_code / 100 == 3)
            note_address(n, m, SIP_HEADER_CONTACT);
        if (m->status_code >= 400)
            note_header(n, m, SIP_HEADER_RETRY_AFTER);
    }
}

static void note_request(struct label_notes *n, const struct sip_message *m)
{
    struct span replaces = sip_message_value(m, SIP_HEADER_REPLACES);

    note_auth(n, m, SIP_HEADER_PROXY_AUTHORIZATION);
    note_auth(n, m, SIP_HEADER_AUTHORIZATION);
    if (m->method == SIP_INVITE || m->method == SIP_REFER) {
        note_address(n, m, SIP_HEADER_REFER_TO);
        note_address(n, m, SIP_HEADER_REFERRED_BY);
        note_value(n, "Replaces",
                   span_part(replaces, 0, span_find_byte(replaces, ';')));
        note_address(n, m, SIP_HEADER_DIVERSION);
    }
    if (m->method == SIP_REGISTER) {
        note_address(n, m, SIP_HEADER_CONTACT);
        note_header(n, m, SIP_HEADER_EXPIRES);
    }
    if (m->method == SIP_SUBSCRIBE)
        note_header(n, m, SIP_HEADER_EXPIRES);
}

/* Faults that a reader of the ladder must see; the rest is in the record. */
static void note_anomalies(struct label_notes *n, const struct label_context *c)
{
    static const uint16_t told[] = {ANOMALY_MESSAGE_TRUNCATED,
                                    ANOMALY_RESPONSE_WITHOUT_REQUEST,
                                    ANOMALY_FINAL_TWICE,
                                    ANOMALY_RESPONSE_NOT_HEARD,
                                    ANOMALY_CONTENT_LENGTH_LONG,
                                    ANOMALY_LOOP,
                                    ANOMALY_MAX_FORWARDS_ZERO,
                                    ANOMALY_CSEQ_BACK,
                                    ANOMALY_BYE_AFTER_FAILURE,
                                    ANOMALY_ACK_MISSING,
                                    ANOMALY_TCP_GAP};

    for (size_t i = 0; c->anomalies && i < sizeof(told) / sizeof(told[0]); i++)
        if (anomaly_set_has(c->anomalies, (enum anomaly)told[i]) &&
            room_for_note(n)) {
            text_put_format(&n->text, "! %s",
                            anomaly_text((enum anomaly)told[i]));
            end_note(n);
        }
}

void label_notes_write(const struct sip_message *m,
                       const struct label_context *c, struct label_notes *notes)
{
    text_buffer_reset(&notes->text);
    notes->count = 0;
    if (c->fork)
        text_put_format(&notes->text, "fork %u", c->fork);
    end_note(notes);
    if (c->retransmission || c->copy)
        return;
    note_sdp(notes, m, c);
    note_reasons(notes, m);
    if (m->is_request)
        note_request(notes, m);
    else
        note_status(notes, m);
    if (m->method == SIP_NOTIFY || m->method == SIP_SUBSCRIBE)
        note_subscription(notes, m);
    note_warning(notes, m);
    note_anomalies(notes, c);
}
