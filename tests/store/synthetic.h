/*
 * Calls of 16 messages of about 550 bytes, made cheaply: one set of texts in
 * which the number of the call is written over each time.
 */
#ifndef TESTS_STORE_SYNTHETIC_H
#define TESTS_STORE_SYNTHETIC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "call/sink.h"

#define MESSAGES 16
#define TEXT_ROOM 2048
#define ID_DIGITS 12
#define STAMP "@@@@@@@@@@@@" /* ID_DIGITS places for the number of the call */

struct step {
    bool is_request;
    const char *line;
    const char *cseq;
    int src; /* 0 caller, 1 proxy, 2 callee */
    int dst;
    uint32_t transaction;
    uint16_t hop;
    bool sdp;
};

static const struct step steps[MESSAGES] = {
    {true, "INVITE sip:service@10.0.0.2:5060 SIP/2.0", "1 INVITE", 0, 1, 0, 1,
     true},
    {false, "SIP/2.0 100 Trying", "1 INVITE", 1, 0, 0, 1, false},
    {true, "INVITE sip:service@10.0.0.3:5070 SIP/2.0", "1 INVITE", 1, 2, 1, 2,
     true},
    {false, "SIP/2.0 100 Trying", "1 INVITE", 2, 1, 1, 2, false},
    {false, "SIP/2.0 180 Ringing", "1 INVITE", 2, 1, 1, 2, false},
    {false, "SIP/2.0 180 Ringing", "1 INVITE", 1, 0, 0, 1, false},
    {false, "SIP/2.0 183 Session Progress", "1 INVITE", 2, 1, 1, 2, true},
    {false, "SIP/2.0 183 Session Progress", "1 INVITE", 1, 0, 0, 1, true},
    {false, "SIP/2.0 200 OK", "1 INVITE", 2, 1, 1, 2, true},
    {false, "SIP/2.0 200 OK", "1 INVITE", 1, 0, 0, 1, true},
    {true, "ACK sip:service@10.0.0.3:5070 SIP/2.0", "1 ACK", 0, 1, 0, 1, false},
    {true, "ACK sip:service@10.0.0.3:5070 SIP/2.0", "1 ACK", 1, 2, 1, 2, false},
    {true, "BYE sip:service@10.0.0.3:5070 SIP/2.0", "2 BYE", 0, 1, 2, 1, false},
    {true, "BYE sip:service@10.0.0.3:5070 SIP/2.0", "2 BYE", 1, 2, 3, 2, false},
    {false, "SIP/2.0 200 OK", "2 BYE", 2, 1, 3, 2, false},
    {false, "SIP/2.0 200 OK", "2 BYE", 1, 0, 2, 1, false},
};

static char texts[MESSAGES][TEXT_ROOM];
static size_t lengths[MESSAGES];
static struct sip_header headers[MESSAGES][64];
static struct observation seen[MESSAGES];
static struct message_record records[MESSAGES];

static struct endpoint endpoint_of(int who, unsigned call)
{
    static const uint16_t ports[] = {5061, 5060, 5070};
    const uint8_t bytes[4] = {10, 0, (uint8_t)(who ? 0 : call % 8),
                              (uint8_t)(who + 1)};

    return (struct endpoint){address_v4(bytes), ports[who]};
}

static void write_text(int i)
{
    static const char sdp[] = "v=0\r\no=user1 53655765 2353687637 IN IP4 "
                              "10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 "
                              "0\r\nm=audio 6000 RTP/AVP 0\r\n"
                              "a=rtpmap:0 PCMU/8000\r\n";
    const struct step *s = &steps[i];
    const char *body = s->sdp ? sdp : "";
    int n;

    n = snprintf(
        texts[i], TEXT_ROOM,
        "%s\r\n"
        "%s"
        "Via: SIP/2.0/UDP 10.0.0.1:5061;branch=z9hG4bK-" STAMP "-1-%u\r\n"
        "%s"
        "From: \"sipp\" <sip:sipp@10.0.0.1:5061>;tag=" STAMP "SIPpTag00\r\n"
        "To: \"service\" <sip:service@10.0.0.2:5060>%s\r\n"
        "Call-ID: " STAMP "-17-4@10.0.0.1\r\n"
        "CSeq: %s\r\n"
        "Contact: <sip:sipp@10.0.0.1:5061;transport=UDP>\r\n"
        "Max-Forwards: 70\r\n"
        "User-Agent: sipp and proxy of the bench 1.0\r\n"
        "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n"
        "%s"
        "Content-Length: %zu\r\n\r\n%s",
        s->line,
        s->hop == 2 ? "Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK" STAMP
                      "a7f1.6d2\r\n"
                    : "",
        s->transaction,
        s->is_request ? "" : "Record-Route: <sip:10.0.0.2;lr=on>\r\n",
        i > 3 ? ";tag=" STAMP "SIPpTag01" : "", s->cseq,
        s->sdp ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
    lengths[i] = (size_t)n;
}

static void prepare(void)
{
    for (int i = 0; i < MESSAGES; i++) {
        write_text(i);
        (void)sip_message_parse(span_of(texts[i], lengths[i]),
                                SIP_FROM_DATAGRAM, headers[i], 64,
                                &seen[i].message);
        seen[i].arrival.src = endpoint_of(steps[i].src, 0);
        seen[i].arrival.dst = endpoint_of(steps[i].dst, 0);
        seen[i].arrival.source = 0;
        records[i] =
            (struct message_record){.seen = &seen[i],
                                    .transaction = steps[i].transaction,
                                    .hop = steps[i].hop,
                                    .ack_of_2xx = i == 10 || i == 11};
    }
}

/* Where the number of the call stands in the texts. */
static struct {
    char *at;
} stamps[MESSAGES * 8];
static size_t stamp_count;

static void find_stamps(void)
{
    for (int i = 0; i < MESSAGES; i++)
        for (char *at = texts[i]; (at = strstr(at, STAMP)); at += ID_DIGITS)
            stamps[stamp_count++].at = at;
}

/* Time of the first call; the others follow each millisecond. */
static int64_t first_ns = INT64_C(1763600000000000000);

static void stamp(uint64_t call)
{
    char digits[ID_DIGITS];
    uint64_t mixed = hash_mix(call, 77);

    for (int i = 0; i < ID_DIGITS; i++, mixed /= 16)
        digits[i] = "0123456789abcdef"[mixed % 16];
    for (size_t i = 0; i < stamp_count; i++)
        memcpy(stamps[i].at, digits, ID_DIGITS);
    for (int i = 0; i < MESSAGES; i++) {
        struct arrival *a = &seen[i].arrival;

        a->time_ns = first_ns + (int64_t)call * 1000000 + i * INT64_C(20000000);
        a->frame = call * MESSAGES + (uint64_t)i + 1;
        a->src = endpoint_of(steps[i].src, (unsigned)call);
        a->dst = endpoint_of(steps[i].dst, (unsigned)call);
    }
}

static int64_t at_us(int i)
{
    return seen[i].arrival.time_ns / 1000;
}

static void fill_call(struct call_record *r, const struct key *key)
{
    const struct sip_message *m = &seen[0].message;

    memset(r, 0, sizeof(*r));
    r->call_key = r->group_key = *key;
    r->first_at = r->times.invite_at = at_us(0);
    r->call_id = m->call_id;
    r->from_tag = m->from_tag;
    r->to_tag = seen[9].message.to_tag;
    r->state = CALL_TERMINATED;
    r->disposition = CALL_ANSWERED;
    r->status_code = r->last_status_code = 200;
    r->reason_phrase = SPAN_LITERAL("OK");
    r->times.trying_at = at_us(1);
    r->times.progress_at = r->times.ringing_at = at_us(5);
    r->times.forwarded_at = r->times.queued_at = TIME_NONE;
    r->times.early_media_at = at_us(7);
    r->times.answered_at = at_us(9);
    r->times.ack_at = at_us(10);
    r->times.ended_at = at_us(12);
    r->times.last_message_at = at_us(15);
    r->durations = (struct call_durations){100, 100, 80,        180,      60,
                                           240, 60,  TIME_NONE, TIME_NONE};
    r->counts = (struct call_counts){1, 0, MESSAGES, 0, 0, 1, 0};
    r->ended_by = ENDED_BY_CALLER;
    r->end_cause = END_BYE;
    r->end_exact = END_EXACT_TRUE;
    r->retry_after_s = TIME_NONE;
    r->parties.caller_user = SPAN_LITERAL("sipp");
    r->parties.caller_host = SPAN_LITERAL("10.0.0.1");
    r->parties.caller_name = SPAN_LITERAL("sipp");
    r->parties.callee_user = SPAN_LITERAL("service");
    r->parties.callee_host = SPAN_LITERAL("10.0.0.2");
    r->parties.request_user = SPAN_LITERAL("service");
    r->parties.request_host = SPAN_LITERAL("10.0.0.2");
    r->parties.caller_agent = r->parties.callee_agent =
        SPAN_LITERAL("sipp and proxy of the bench 1.0");
    r->src = seen[0].arrival.src;
    r->dst = seen[0].arrival.dst;
}

static const char *sensor_name; /* NULL: "test" */

static void key_of_call(struct key *key_out)
{
    const struct span parts[] = {seen[0].message.call_id,
                                 seen[0].message.from_tag,
                                 span_of_string(sensor_name)};

    key_of_parts(at_us(0), parts, sensor_name ? 3 : 2, key_out);
}

/* Hand over messages @p from to @p to of one call. */
static int hand_part(const struct record_sink *sink, uint32_t from, uint32_t to)
{
    struct exchange_part part = {.kind = EXCHANGE_CALL,
                                 .first_at = at_us(0),
                                 .call_id = seen[0].message.call_id,
                                 .no = from,
                                 .messages = records + from,
                                 .message_count = to - from};

    key_of_call(&part.exchange_key);
    return sink->part_fn(sink->arg, &part);
}

/* Hand over its dialog and the call itself. */
static int hand_call(const struct record_sink *sink, uint32_t message_count)
{
    const struct span tag = seen[0].message.from_tag;
    const struct span names[] = {tag, span_of_string(sensor_name)};
    struct dialog_record dialog = {.has_call = true,
                                   .call_id = seen[0].message.call_id,
                                   .local_tag = tag,
                                   .remote_tag = seen[9].message.to_tag,
                                   .state = DIALOG_TERMINATED,
                                   .early_at = at_us(5),
                                   .confirmed_at = at_us(9),
                                   .terminated_at = at_us(12)};
    struct call_hop hop = {seen[0].arrival.dst.address, false};
    struct call_record call;
    int rc;

    key_of_call(&dialog.call_key);
    key_of_parts(at_us(0), names, sensor_name ? 2 : 1, &dialog.dialog_key);
    fill_call(&call, &dialog.call_key);
    call.counts.messages = message_count;
    call.times.last_message_at = at_us((int)message_count - 1);
    call.hops = &hop;
    call.hop_count = 1;
    rc = sink->dialog_fn(sink->arg, &dialog);
    return rc ? rc : sink->call_fn(sink->arg, &call);
}

/* Its record as it stands after so many messages: what has not happened is
 * not in it. */
static inline int hand_live(const struct record_sink *sink,
                            uint32_t message_count)
{
    int64_t now = at_us((int)message_count - 1);
    struct call_record call;
    struct key key;
    int64_t *const times[] = {
        &call.times.trying_at,   &call.times.progress_at,
        &call.times.ringing_at,  &call.times.early_media_at,
        &call.times.answered_at, &call.times.ack_at,
        &call.times.ended_at};

    key_of_call(&key);
    fill_call(&call, &key);
    call.live = true;
    call.counts.messages = message_count;
    call.times.last_message_at = now;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (*times[i] > now)
            *times[i] = TIME_NONE;
    if (call.times.ended_at == TIME_NONE) {
        call.ended_by = ENDED_BY_NONE;
        call.end_cause = END_NONE;
        call.end_exact = END_EXACT_NULL;
        call.state = CALL_CONFIRMED;
        call.durations.talk_ms = call.durations.total_ms =
            call.durations.disconnect_ms = TIME_NONE;
    }
    if (call.times.answered_at == TIME_NONE) {
        call.disposition = CALL_UNKNOWN;
        call.durations.setup_ms = TIME_NONE;
        call.status_code = 0;
        call.to_tag = call.reason_phrase = SPAN_NONE;
        call.state =
            call.times.progress_at == TIME_NONE ? CALL_TRYING : CALL_PROCEEDING;
    }
    return sink->live_fn(sink->arg, &call);
}

#endif
