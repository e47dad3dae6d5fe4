#include "ladder/title.h"

#include <errno.h>
#include <stdio.h>

#include "ladder/escape.h"
#include "ladder/label.h"
#include "sip/address.h"
#include "sip/reason.h"

#define PARTY_BYTES_MAX 80
#define CALL_ID_BYTES_MAX 80
#define DETAILS_MAX 8

static void put_clean(struct text_buffer *b, struct span wire, size_t max)
{
    escape_put_clean(b, wire, ESCAPE_ONE_LINE, max);
}

static void put_duration(struct text_buffer *b, int64_t ms)
{
    char text[32];
    size_t n = ladder_duration_write(ms * 1000, text, sizeof(text));

    text_put(b, span_of(text, n));
}

static void put_party(struct text_buffer *b, struct span user, struct span host)
{
    put_clean(b, user, PARTY_BYTES_MAX);
    text_put_string(b, user.length && host.length ? "@" : "");
    put_clean(b, host, PARTY_BYTES_MAX);
    if (!user.length && !host.length)
        text_put_string(b, "unknown");
}

/* Without a record (an exchange that is no call) From and To must do. */
static void put_header_party(struct text_buffer *b, struct span value)
{
    struct sip_address a = {0};
    struct sip_uri uri = {0};

    if (sip_address_parse(value, &a))
        (void)sip_uri_parse(a.uri, &uri);
    put_party(b, uri.user, uri.host);
}

static void put_parties(struct text_buffer *b, const struct call_view *v)
{
    const struct call_parties *p = &v->record.parties;
    const struct sip_message *m = &v->messages[0].seen->message;

    if (p->caller_user.length || p->caller_host.length)
        put_party(b, p->caller_user, p->caller_host);
    else
        put_header_party(b, m->from);
    text_put_string(b, " to ");
    if (p->callee_user.length || p->callee_host.length)
        put_party(b, p->callee_user, p->callee_host);
    else
        put_header_party(b, m->to);
}

static void put_status(struct text_buffer *b, const struct call_record *r)
{
    if (!r->status_code)
        return;
    text_put_format(b, " (%u", (unsigned)r->status_code);
    if (r->reason_phrase.length) {
        text_put_string(b, " ");
        put_clean(b, r->reason_phrase, 60);
    }
    text_put_string(b, ")");
}

static void put_ended_by(struct text_buffer *b, enum call_ended_by by)
{
    static const char *const words[ENDED_BY_COUNT] = {"",
                                                      ", ended by caller",
                                                      ", ended by callee",
                                                      ", ended by the network",
                                                      ", ended by a timeout",
                                                      ""};

    text_put_string(b, words[by]);
}

static void put_q850(struct text_buffer *b, const struct call_record *r)
{
    if (!r->has_reason_q850)
        return;
    text_put_format(b, " (Q.850 %d", (int)r->reason_q850);
    if (*sip_reason_q850_name(r->reason_q850))
        text_put_format(b, " %s", sip_reason_q850_name(r->reason_q850));
    text_put_string(b, ")");
}

static const char *disposition_words(enum call_disposition d)
{
    static const char *const words[CALL_DISPOSITION_COUNT] = {
        "outcome unknown",
        "answered",
        "answered elsewhere",
        "cancelled",
        "redirected",
        "authentication failed",
        "busy",
        "not found",
        "declined",
        "no answer",
        "unavailable",
        "rejected",
        "server error",
        "global failure",
        "timed out"};

    return words[d];
}

static void put_outcome(struct text_buffer *b, const struct call_record *r)
{
    text_put_string(b, disposition_words(r->disposition));
    if (r->disposition != CALL_ANSWERED) {
        put_status(b, r);
        return;
    }
    if (r->durations.talk_ms != TIME_NONE) {
        text_put_string(b, ", ");
        put_duration(b, r->durations.talk_ms);
    }
    put_ended_by(b, r->ended_by);
    put_q850(b, r);
    if (r->ended_by == ENDED_BY_NONE)
        text_put_string(b, ", not ended in this capture");
}

static enum ladder_tone tone_of(const struct call_record *r)
{
    static const uint8_t tones[CALL_DISPOSITION_COUNT] = {
        [CALL_UNKNOWN] = TONE_PROVISIONAL,
        [CALL_ANSWERED] = TONE_SUCCESS,
        [CALL_ANSWERED_ELSEWHERE] = TONE_PROVISIONAL,
        [CALL_CANCELLED] = TONE_PROVISIONAL,
        [CALL_REDIRECTED] = TONE_REDIRECT,
        [CALL_AUTH_FAILED] = TONE_FAILURE,
        [CALL_BUSY] = TONE_CLIENT_ERROR,
        [CALL_NOT_FOUND] = TONE_CLIENT_ERROR,
        [CALL_DECLINED] = TONE_CLIENT_ERROR,
        [CALL_NO_ANSWER] = TONE_CLIENT_ERROR,
        [CALL_UNAVAILABLE] = TONE_CLIENT_ERROR,
        [CALL_REJECTED] = TONE_CLIENT_ERROR,
        [CALL_SERVER_ERROR] = TONE_FAILURE,
        [CALL_GLOBAL_FAILURE] = TONE_FAILURE,
        [CALL_TIMEOUT] = TONE_FAILURE,
    };

    if (r->disposition == CALL_ANSWERED &&
        (r->end_cause == END_NO_ACK || r->end_cause == END_DIALOG_LOST))
        return TONE_CLIENT_ERROR; /* answered, and yet no call */
    return (enum ladder_tone)tones[r->disposition];
}

/* --- verdict ------------------------------------------------------------- */

/* RECORDS.md, R9 and R10, for a person. */
static const char *cause_words(enum call_end_cause c)
{
    static const char *const words[END_CAUSE_COUNT] = {
        "",
        "",
        "the BYE was never answered",
        "the 2xx was never acknowledged",
        "the dialog was lost",
        "",
        "",
        "no response came",
        "the session timer ran out",
        "it fell silent",
        "it still ran when the capture ended"};

    return words[c];
}

static const char *evidence_words(enum call_evidence e)
{
    static const char *const words[EVIDENCE_COUNT] = {
        "its start was not captured",
        "its end was not captured",
        "one direction only was captured",
        "packets are missing from the capture",
        "messages are cut off",
        "messages were out of order",
        "part of it could not be read",
        "it was seen on a later hop only",
        "its 2xx was not captured",
        "its CANCEL was not captured",
        "CANCEL and 2xx crossed"};

    return words[e];
}

/* "; also ..." or the first of the kind. */
static void put_remark(struct text_buffer *b, const char *remark)
{
    if (*remark)
        text_put_format(b, "; %s", remark);
}

static void put_verdict_head(struct text_buffer *b, const struct call_record *r)
{
    const struct call_durations *d = &r->durations;

    text_put_string(b, disposition_words(r->disposition));
    put_status(b, r);
    if (d->setup_ms != TIME_NONE) {
        text_put_string(b, " after ");
        put_duration(b, d->setup_ms);
    } else if (d->total_ms != TIME_NONE && r->times.ended_at != TIME_NONE) {
        text_put_string(b, " after ");
        put_duration(b, d->total_ms);
    }
    if (d->talk_ms != TIME_NONE) {
        text_put_string(b, ", ");
        put_duration(b, d->talk_ms);
        text_put_string(b, " of talk");
    }
    put_ended_by(b, r->ended_by);
    put_q850(b, r);
    if (r->reason_text.length &&
        !(r->has_reason_q850 && *sip_reason_q850_name(r->reason_q850))) {
        text_put_string(b, ", \"");
        put_clean(b, r->reason_text, 80);
        text_put_string(b, "\"");
    }
}

/* What the record's own sentence has already said. */
#define EVIDENCE_TOLD                                                          \
    (1U << EVIDENCE_NO_START | 1U << EVIDENCE_NO_END |                         \
     1U << EVIDENCE_ONE_DIRECTION | 1U << EVIDENCE_ANSWER_NOT_SEEN |           \
     1U << EVIDENCE_CANCEL_NOT_SEEN | 1U << EVIDENCE_CANCEL_CROSSED)

static void put_verdict(struct text_buffer *b, const struct call_record *r)
{
    uint32_t evidence = r->evidence;

    if (r->verdict.length) {
        put_clean(b, r->verdict, SIZE_MAX);
        evidence &= ~EVIDENCE_TOLD;
    } else {
        put_verdict_head(b, r);
        put_remark(b, cause_words(r->end_cause));
    }
    for (unsigned e = 0; e < EVIDENCE_COUNT; e++)
        if ((evidence >> e & 1) &&
            !(e == EVIDENCE_NO_END && r->end_cause == END_CAPTURE_END))
            put_remark(b, evidence_words((enum call_evidence)e));
    if (r->counts.retransmissions)
        text_put_format(b, "; %u retransmission%s", r->counts.retransmissions,
                        r->counts.retransmissions > 1 ? "s" : "");
    if (b->length && b->data[0] >= 'a' && b->data[0] <= 'z')
        b->data[0] = (char)(b->data[0] - 'a' + 'A');
}

/* --- details ------------------------------------------------------------- */

struct details {
    struct arena *arena;
    struct text_buffer *b;
    struct span *items;
    size_t count;
    bool failed;
};

static void end_detail(struct details *d)
{
    if (d->b->length && d->count < DETAILS_MAX &&
        !arena_copy(d->arena, text_buffer_span(d->b), &d->items[d->count++]))
        d->failed = true;
    text_buffer_reset(d->b);
}

static void duration_detail(struct details *d, const char *name, int64_t ms)
{
    if (ms == TIME_NONE)
        return;
    text_put_format(d->b, "%s ", name);
    put_duration(d->b, ms);
    end_detail(d);
}

static void put_details(struct details *d, const struct call_view *v)
{
    const struct call_record *r = &v->record;
    const struct observation *first = v->messages[0].seen;
    char time[TIME_TEXT_BYTES];

    (void)time_write(time_us_of_ns(first->arrival.time_ns), time);
    text_put_format(d->b, "%.19s UTC", time);
    end_detail(d);
    text_put_string(d->b, "Call-ID ");
    put_clean(d->b, r->call_id.length ? r->call_id : first->message.call_id,
              CALL_ID_BYTES_MAX);
    end_detail(d);
    duration_detail(d, "PDD", r->durations.pdd_ms);
    duration_detail(d, "ring", r->durations.ring_ms);
    duration_detail(d, "setup", r->durations.setup_ms);
    if (first->arrival.transport != TRANSPORT_UDP) {
        text_put_format(d->b, "over %s",
                        transport_name(first->arrival.transport));
        end_detail(d);
    }
}

static bool finish(struct text_buffer *b, struct arena *arena, struct span *out)
{
    bool ok = !b->failed && arena_copy(arena, text_buffer_span(b), out);

    text_buffer_reset(b);
    return ok;
}

int ladder_title_write(const struct call_view *view, struct arena *arena,
                       struct ladder_title *title_out)
{
    const struct call_record *r = &view->record;
    struct span *items = arena_take(arena, DETAILS_MAX * sizeof(*items));
    struct text_buffer b = {0};
    struct details d = {arena, &b, items, 0, items == NULL};
    bool ok;

    if (!items)
        return -ENOMEM;
    put_parties(&b, view);
    ok = finish(&b, arena, &title_out->parties);
    put_outcome(&b, r);
    ok = finish(&b, arena, &title_out->outcome) && ok;
    put_verdict(&b, r);
    ok = finish(&b, arena, &title_out->verdict) && ok;
    put_details(&d, view);
    ok = ok && !b.failed && !d.failed;
    title_out->details = items;
    title_out->detail_count = d.count;
    title_out->tone = tone_of(r);
    text_buffer_fini(&b);
    return ok ? 0 : -ENOMEM;
}
