/*
 * Time and room of storing, without reading: calls of 16 messages of about
 * 550 bytes through the writer, or the yardstick (a row a message, COPY
 * BINARY, two b-trees, 1,000 rows a transaction) with the same messages.
 *
 *     store_synthetic siptrail|yardstick CALLS
 *
 * The database is that of SIPTRAIL_DB, and should be empty.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "store/connection.h"
#include "store/copy.h"
#include "store/writer.h"

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
    unsigned kind;
} stamps[MESSAGES * 8];
static size_t stamp_count;

static void find_stamps(void)
{
    for (int i = 0; i < MESSAGES; i++)
        for (char *at = texts[i]; (at = strstr(at, STAMP)); at += ID_DIGITS)
            stamps[stamp_count++].at = at;
}

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

        a->time_ns = INT64_C(1763600000000000000) + (int64_t)call * 1000000 +
                     i * INT64_C(20000000);
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

static int hand_over(const struct record_sink *sink)
{
    const struct span parts[] = {seen[0].message.call_id,
                                 seen[0].message.from_tag};
    struct exchange_part part = {.kind = EXCHANGE_CALL,
                                 .first_at = at_us(0),
                                 .call_id = seen[0].message.call_id,
                                 .messages = records,
                                 .message_count = MESSAGES};
    struct dialog_record dialog = {.has_call = true,
                                   .call_id = part.call_id,
                                   .local_tag = parts[1],
                                   .remote_tag = seen[9].message.to_tag,
                                   .state = DIALOG_TERMINATED,
                                   .early_at = at_us(5),
                                   .confirmed_at = at_us(9),
                                   .terminated_at = at_us(12)};
    struct call_hop hop = {seen[0].arrival.dst.address, false};
    struct call_record call;
    int rc;

    key_of_parts(at_us(0), parts, 2, &part.exchange_key);
    key_of_parts(at_us(0), parts, 1, &dialog.dialog_key);
    dialog.call_key = part.exchange_key;
    fill_call(&call, &part.exchange_key);
    call.hops = &hop;
    call.hop_count = 1;
    rc = sink->part_fn(sink->arg, &part);
    if (rc == 0)
        rc = sink->dialog_fn(sink->arg, &dialog);
    return rc ? rc : sink->call_fn(sink->arg, &call);
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_siptrail(struct store *s, uint64_t calls, struct error *err)
{
    const struct writer_options options = {.sensor = SPAN_LITERAL("bench"),
                                           .command = "store_synthetic",
                                           .version = "bench"};
    const struct writer_source source = {"synthetic", false};
    const struct capture_account account = {.first_packet_at = TIME_NONE,
                                            .last_packet_at = TIME_NONE,
                                            .sip_messages = calls * MESSAGES};
    struct writer_counters c;
    struct record_sink sink;
    struct writer *w;
    double cpu;
    int rc = writer_new(s, &options, &w, err);

    if (rc)
        return rc;
    rc = writer_add_source(w, 0, &source, err);
    sink = writer_sink(w);
    cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; rc == 0 && i < calls; i++) {
        stamp(i);
        rc = hand_over(&sink);
    }
    cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    if (rc == 0)
        rc = writer_flush(w);
    if (rc)
        *err = *writer_error(w);
    if (rc == 0)
        rc = writer_end_source(w, 0, &account, err);
    if (rc == 0)
        rc = writer_end(w, NULL, err);
    writer_counters_read(w, &c);
    printf("encoding %.2f us a message; calls %llu known %llu messages %llu "
           "known %llu quarantined %llu collisions %llu\n",
           cpu * 1e6 / (double)(calls * MESSAGES), (unsigned long long)c.calls,
           (unsigned long long)c.calls_known, (unsigned long long)c.messages,
           (unsigned long long)c.messages_known,
           (unsigned long long)c.quarantined, (unsigned long long)c.collisions);
    writer_free(w);
    return rc;
}

static int yard_flush(PGconn *conn, struct copy *rows, struct error *err)
{
    static const char header[19] = "PGCOPY\n\377\r\n";
    PGresult *result;
    int rc = store_run(conn, "BEGIN", err);

    if (rc)
        return rc;
    PQclear(PQexec(conn, "COPY yardstick FROM STDIN (FORMAT binary)"));
    (void)PQputCopyData(conn, header, sizeof(header));
    (void)PQputCopyData(conn, rows->data, (int)rows->used);
    (void)PQputCopyData(conn, "\377\377", 2);
    (void)PQputCopyEnd(conn, NULL);
    while ((result = PQgetResult(conn))) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            rc = store_error(conn, result, "the yardstick", err);
        PQclear(result);
    }
    copy_reset(rows);
    return rc ? rc : store_run(conn, "COMMIT", err);
}

static void yard_row(struct copy *c, int i)
{
    const struct sip_message *m = &seen[i].message;

    copy_row(c, 11);
    copy_time(c, at_us(i));
    copy_i64(c, (int64_t)seen[i].arrival.frame);
    copy_address(c, &seen[i].arrival.src.address);
    copy_i32(c, seen[i].arrival.src.port);
    copy_address(c, &seen[i].arrival.dst.address);
    copy_i32(c, seen[i].arrival.dst.port);
    copy_word(c, sip_method_name(m->method));
    copy_i16(c, (int16_t)m->status_code);
    copy_i32(c, (int32_t)m->cseq);
    copy_text(c, m->call_id);
    copy_bytes(c, m->text.data, m->text.length);
}

static int run_yardstick(struct store *s, uint64_t calls, struct error *err)
{
    struct copy rows = {0};
    int rc = store_run(
        s->conn,
        "SET search_path = public; DROP TABLE IF EXISTS yardstick; CREATE "
        "TABLE yardstick (at timestamptz, frame bigint, src inet, sport int, "
        "dst inet, dport int, method text, status smallint, cseq int, call_id "
        "text, raw text); CREATE INDEX ON yardstick (call_id); CREATE INDEX ON "
        "yardstick (at)",
        err);

    for (uint64_t i = 0; rc == 0 && i < calls; i++) {
        stamp(i);
        for (int m = 0; rc == 0 && m < MESSAGES; m++) {
            yard_row(&rows, m);
            if (rows.row_count == 1000)
                rc = yard_flush(s->conn, &rows, err);
        }
    }
    if (rc == 0)
        rc = yard_flush(s->conn, &rows, err);
    copy_fini(&rows);
    return rc;
}

int main(int argc, char **argv)
{
    uint64_t calls = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    bool yard = argc > 1 && strcmp(argv[1], "yardstick") == 0;
    struct error err = {0};
    struct store s;
    double wall;
    PGresult *size;
    int rc;

    if (!calls)
        return 2;
    prepare();
    find_stamps();
    rc = store_open(NULL, STORE_WRITE, &s, &err);
    wall = seconds(CLOCK_MONOTONIC);
    if (rc == 0)
        rc = yard ? run_yardstick(&s, calls, &err)
                  : run_siptrail(&s, calls, &err);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    if (rc) {
        (void)fprintf(stderr, "store_synthetic: %s\n", err.text);
        store_close(&s);
        return 1;
    }
    size = PQexec(s.conn,
                  yard ? "SELECT pg_total_relation_size('public.yardstick')"
                       : "SELECT sum(pg_total_relation_size(c.oid)) FROM "
                         "pg_class c JOIN pg_namespace n ON n.oid = "
                         "relnamespace WHERE nspname = 'siptrail' AND relkind "
                         "= 'r'");
    printf("%s: %.2f s for %llu messages, %.2f us and %.0f bytes a message\n",
           argv[1], wall, (unsigned long long)(calls * MESSAGES),
           wall * 1e6 / (double)(calls * MESSAGES),
           strtod(PQgetvalue(size, 0, 0), NULL) / (double)(calls * MESSAGES));
    PQclear(size);
    store_close(&s);
    return 0;
}
