/* Calls made by hand: messages as text, put into a view as a reader would. */
#ifndef SIPTRAIL_TESTS_UNIT_LADDER_SCENE_H
#define SIPTRAIL_TESTS_UNIT_LADDER_SCENE_H

#include "test.h"

#include <errno.h>

#include "call/view.h"

/* Tables of lines leave out what does not matter to them. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define SCENE_START_US INT64_C(1795183387120000) /* 2026-11-20 14:03:07.12 */

struct scene {
    struct call_view view;
    struct observation **made; /* owned, with text and headers */
    size_t made_count;
    const char *call_id;
};

/* One message; what is NULL or 0 gets a value that is usual. */
struct line {
    int64_t ms; /* since SCENE_START_US */
    const char *from;
    const char *to;
    const char *start; /* "INVITE sip:bob@example.com" or "180 Ringing" */
    const char *cseq;  /* "1 INVITE" */
    const char *to_tag;
    const char *more; /* header lines, each with \r\n */
    const char *sdp;
    unsigned vias;
    bool retransmission;
    bool duplicate;
    enum transport transport;
    const char *from_tag;
};

static inline struct endpoint scene_endpoint(const char *text)
{
    struct endpoint e = {0};
    const char *colon = strrchr(text, ':');

    assert_true(
        address_parse(span_of(text, (size_t)(colon - text)), &e.address));
    e.port = (uint16_t)atoi(colon + 1);
    return e;
}

static inline void scene_init(struct scene *s, const char *call_id)
{
    *s = (struct scene){.call_id = call_id};
    call_view_init(&s->view);
}

static inline void scene_fini(struct scene *s)
{
    call_view_fini(&s->view);
    for (size_t i = 0; i < s->made_count; i++)
        free(s->made[i]);
    free(s->made);
}

static inline void scene_add_text(struct scene *s, const struct line *l,
                                  struct span text)
{
    size_t bytes = sizeof(struct observation) +
                   256 * sizeof(struct sip_header) + text.length;
    struct observation *o = calloc(1, bytes);
    struct sip_header *headers = (struct sip_header *)(void *)(o + 1);
    char *copy = (char *)(headers + 256);
    struct message_record record = {.seen = o,
                                    .transaction = TRANSACTION_NONE,
                                    .retransmission = l->retransmission,
                                    .duplicate = l->duplicate};

    memcpy(copy, text.data, text.length);
    o->arrival.time_ns = (SCENE_START_US + l->ms * 1000) * 1000;
    o->arrival.frame = s->made_count + 1;
    o->ordinal = s->made_count;
    o->arrival.src = scene_endpoint(l->from);
    o->arrival.dst = scene_endpoint(l->to);
    o->arrival.transport = l->transport;
    assert_true(sip_message_parse(span_of(copy, text.length), SIP_FROM_DATAGRAM,
                                  headers, 256, &o->message) > 0);
    s->made = realloc(s->made, (s->made_count + 1) * sizeof(o));
    s->made[s->made_count++] = o;
    assert_int_equal(call_view_add_message(&s->view, &record), 0);
}

static inline void scene_add(struct scene *s, const struct line *l)
{
    size_t cap = 4096 + (l->more ? strlen(l->more) : 0) + strlen(l->start) +
                 (l->sdp ? strlen(l->sdp) : 0);
    char *text = malloc(cap);
    bool response = l->start[0] >= '1' && l->start[0] <= '9';
    size_t n =
        (size_t)snprintf(text, cap, "%s%s%s\r\n", response ? "SIP/2.0 " : "",
                         l->start, response ? "" : " SIP/2.0");

    for (unsigned i = 0; i < (l->vias ? l->vias : 1); i++)
        n += (size_t)snprintf(text + n, cap - n,
                              "Via: SIP/2.0/UDP %s;branch=z9hG4bK%u\r\n",
                              i          ? "192.0.2.99:5060"
                              : response ? l->to
                                         : l->from,
                              i);
    n += (size_t)snprintf(
        text + n, cap - n,
        "From: \"Alice\" <sip:alice@10.0.0.5>;tag=%s\r\n"
        "To: <sip:bob@example.com>%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
        "%s%sContent-Length: %zu\r\n\r\n%s",
        l->from_tag ? l->from_tag : "a", l->to_tag ? ";tag=" : "",
        l->to_tag ? l->to_tag : "", s->call_id, l->cseq ? l->cseq : "1 INVITE",
        l->more ? l->more : "",
        l->sdp ? "Content-Type: application/sdp\r\n" : "",
        l->sdp ? strlen(l->sdp) : 0, l->sdp ? l->sdp : "");
    scene_add_text(s, l, span_of(text, n));
    free(text);
}

static inline void scene_add_all(struct scene *s, const struct line *lines,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        scene_add(s, &lines[i]);
}

/* A record as correlation would make it, with nothing seen yet. */
static inline struct call_record scene_record(const char *call_id)
{
    return (struct call_record){
        .call_id = span_of_string(call_id),
        .first_at = SCENE_START_US,
        .times = {TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
                  TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
                  TIME_NONE},
        .durations = {TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
                      TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE},
        .retry_after_s = TIME_NONE,
        .parties = {.caller_user = SPAN_LITERAL("alice"),
                    .caller_host = SPAN_LITERAL("10.0.0.5"),
                    .callee_user = SPAN_LITERAL("442071"),
                    .callee_host = SPAN_LITERAL("sbc-1")},
    };
}

#define SCENE_SDP(address, port, codecs, more)                                 \
    "v=0\r\no=- 1 1 IN IP4 " address "\r\ns=-\r\nc=IN IP4 " address            \
    "\r\nt=0 0\r\nm=audio " port " RTP/AVP " codecs                            \
    "\r\na=rtpmap:101 telephone-event/8000\r\n" more

/* The call of the manual: a proxy between, a retransmission, early media. */
static inline void scene_fill_answered(struct scene *s)
{
    static const char a[] = "10.0.0.5:5060";
    static const char p[] = "10.0.0.1:5060";
    static const char b[] = "192.0.2.8:5060";
    static const char offer[] = SCENE_SDP("10.0.0.5", "4000", "8 0 101", "");
    static const char answer[] = SCENE_SDP("192.0.2.8", "3000", "8 101", "");
    static const char yealink[] = "User-Agent: Yealink T46\r\n";
    static const char kamailio[] = "Server: kamailio 5.6\r\n";
    static const char cisco[] = "Server: Cisco-SIPGateway\r\n";
    static const char reason[] =
        "Reason: Q.850;cause=16;text=\"Normal call clearing\"\r\n";
    const struct line lines[] = {
        {0, a, p, "INVITE sip:442071@sbc-1", .more = yealink, .sdp = offer},
        {1, p, a, "100 Trying", .more = kamailio},
        {2, p, b, "INVITE sip:442071@192.0.2.8", .sdp = offer, .vias = 2,
         .more = yealink},
        {502, p, b, "INVITE sip:442071@192.0.2.8", .sdp = offer, .vias = 2,
         .retransmission = true},
        {520, b, p, "100 Trying", .vias = 2},
        {1190, b, p, "183 Session Progress", .to_tag = "b", .sdp = answer,
         .vias = 2, .more = cisco},
        {1191, p, a, "183 Session Progress", .to_tag = "b", .sdp = answer,
         .more = cisco},
        {5750, b, p, "200 OK", .to_tag = "b", .sdp = answer, .vias = 2},
        {5751, p, a, "200 OK", .to_tag = "b", .sdp = answer},
        {5760, a, p, "ACK sip:442071@192.0.2.8", "1 ACK", "b"},
        {5761, p, b, "ACK sip:442071@192.0.2.8", "1 ACK", "b", .vias = 2},
        {38180, b, p, "BYE sip:alice@10.0.0.5", "1 BYE", "a", reason,
         .from_tag = "b"},
        {38181, p, a, "BYE sip:alice@10.0.0.5", "1 BYE", "a", reason, .vias = 2,
         .from_tag = "b"},
        {38189, a, p, "200 OK", "1 BYE", "a", .vias = 2, .from_tag = "b"},
        {38190, p, b, "200 OK", "1 BYE", "a", .from_tag = "b"},
    };
    struct call_record r = scene_record(s->call_id);

    scene_add_all(s, lines, COUNT_OF(lines));
    r.state = CALL_TERMINATED;
    r.disposition = CALL_ANSWERED;
    r.status_code = 200;
    r.ended_by = ENDED_BY_CALLEE;
    r.end_cause = END_BYE;
    r.has_reason_q850 = true;
    r.reason_q850 = 16;
    r.times.invite_at = SCENE_START_US;
    r.times.answered_at = SCENE_START_US + 5751000;
    r.times.ended_at = SCENE_START_US + 38181000;
    r.durations.pdd_ms = 1190;
    r.durations.ring_ms = 4560;
    r.durations.setup_ms = 5751;
    r.durations.talk_ms = 32430;
    r.counts.retransmissions = 1;
    assert_int_equal(call_view_set_record(&s->view, &r), 0);
}

#endif
