/*
 * Calls written down message by message, and what their records must say.
 *
 * A step is one line of text:
 *
 *     MS SRC>DST WHAT [key=value ...] [| Header: value] ...
 *
 * MS is the time in milliseconds (fractions allowed), SRC and DST are letters
 * that stand for hosts (10.0.0.<letter>, or 198.51.100.<letter> for a
 * capital, port 5060; "a:5070" names another port), WHAT is a method or a
 * response ("200 INVITE"). Keys: id (Call-ID), from, to (tags), cseq, cseqof
 * (its method, where not the request's), br (branch), vias (how many), by
 * (sent-by), uri, ip (IP identification), view (link view), sensor (its
 * number), over (udp, tcp), fromuri, touri; flags: sdp, old (branch without
 * cookie), nobr, paired, notag, nocontact. A body:
 * sdp=KIND:FORMATS[:HOW][+...], FORMATS a comma list, "96=opus" with an rtpmap,
 * HOW a direction, "zero" (c=0.0.0.0) or "off" (port 0); its o= line differs in
 * each message. frag=STATUS makes a message/sipfrag of a status line, "_" for a
 * space. Headers asked for: X-Trunk, User-to-User, Organization. "MS clock"
 * moves the clock alone.
 *
 * An expected call is a line of column=value: names and values as in SQL,
 * times in milliseconds from 0, "-" for NULL, "_" for a space.
 */
#ifndef SIPTRAIL_TESTS_UNIT_CALL_SCENARIO_H
#define SIPTRAIL_TESTS_UNIT_CALL_SCENARIO_H

#include "test.h"

#include "base/hash.h"
#include "call/correlator.h"
#include "call/replay.h"
#include "call/view.h"

#define SCENARIO_STEPS 64
#define SCENARIO_CALLS 8
#define SCENARIO_T0_US INT64_C(1700000000000000)

struct scenario {
    const char *name;
    const char *steps[SCENARIO_STEPS];
    const char *calls[SCENARIO_CALLS];
};

struct scenario_run {
    bool grouped; /* messages are observed several at once */
    struct observation *group[CORRELATOR_GROUP];
    size_t group_count;
    struct correlator *correlator;
    struct slab_pool *pool;
    struct call_view views[SCENARIO_CALLS * 2];
    size_t call_count;
    size_t parts;
    size_t messages;
    uint32_t next_no[SCENARIO_CALLS * 2];
    struct dialog_record dialogs[64]; /* texts are not kept */
    size_t dialog_count;
    struct anomaly_set anomalies; /* of all messages */
    bool live;                    /* changes are told of after each step */
    size_t told;                  /* calls that go on */
    struct key told_keys[SCENARIO_CALLS * 2];
    uint32_t told_messages[SCENARIO_CALLS * 2];
    size_t told_key_count;
    uint64_t ordinal;
    const char *name;
};

static inline int scenario_take_call(void *arg, const struct call_record *call)
{
    struct scenario_run *run = arg;
    struct call_view *v = &run->views[run->call_count];

    if (run->call_count == COUNT_OF(run->views))
        fail_msg("%s: too many calls", run->name);
    call_view_init(v);
    assert_int_equal(call_view_set_record(v, call), 0);
    run->call_count++;
    return 0;
}

static inline int scenario_take_dialog(void *arg,
                                       const struct dialog_record *dialog)
{
    struct scenario_run *run = arg;

    if (run->dialog_count < COUNT_OF(run->dialogs))
        run->dialogs[run->dialog_count++] = *dialog;
    return 0;
}

/* A call that goes on is told of under one key, each time with more. */
static inline int scenario_take_live(void *arg, const struct call_record *call)
{
    struct scenario_run *run = arg;
    size_t i = 0;

    run->told++;
    while (i < run->told_key_count &&
           !key_equal(&run->told_keys[i], &call->call_key))
        i++;
    if (i == run->told_key_count) {
        assert_true(i < COUNT_OF(run->told_keys));
        run->told_keys[run->told_key_count++] = call->call_key;
    } else if (run->told_messages[i] >=
                   call->counts.messages + call->counts.retransmissions &&
               !call->evidence) {
        fail_msg("%s: told without a change", run->name);
    }
    for (size_t j = 0; j < run->call_count; j++)
        if (key_equal(&run->views[j].record.call_key, &call->call_key))
            fail_msg("%s: told of after its end", run->name);
    if (call->end_cause == END_CAPTURE_END ||
        (call->end_cause == END_NONE && (call->ended_by != ENDED_BY_NONE ||
                                         call->times.ended_at != TIME_NONE ||
                                         call->end_exact != END_EXACT_NULL)))
        fail_msg("%s: runs, but has an end", run->name);
    return 0;
}

static inline int scenario_take_part(void *arg,
                                     const struct exchange_part *part)
{
    struct scenario_run *run = arg;

    run->parts++;
    run->messages += part->message_count;
    for (uint32_t i = 0; i < part->message_count; i++)
        anomaly_set_merge(&run->anomalies, &part->messages[i].anomalies);
    return 0;
}

static inline void scenario_limits(struct correlator_limits *limits)
{
    static const struct span headers[] = {
        {"X-Trunk", 7}, {"User-to-User", 12}, {"Organization", 12}};

    limits->sensor = SPAN_LITERAL("test");
    limits->headers = headers;
    limits->header_count = COUNT_OF(headers);
}

static inline void scenario_open_as(struct scenario_run *run, const char *name,
                                    bool wants_messages, bool live)
{
    struct correlator_limits limits = correlator_limits_default;
    struct record_sink sink = {
        .arg = run,
        .wants_messages = wants_messages,
        .part_fn = scenario_take_part,
        .dialog_fn = scenario_take_dialog,
        .call_fn = scenario_take_call,
        .live_fn = scenario_take_live,
    };

    memset(run, 0, sizeof(*run));
    run->name = name;
    run->live = limits.live = live;
    scenario_limits(&limits);
    run->pool = slab_pool_new(64); /* each message one of its own */
    assert_non_null(run->pool);
    assert_int_equal(correlator_new(&limits, &sink, &run->correlator), 0);
}

static inline void scenario_open(struct scenario_run *run, const char *name,
                                 bool wants_messages)
{
    scenario_open_as(run, name, wants_messages, false);
}

static inline void scenario_close(struct scenario_run *run)
{
    for (size_t i = 0; i < run->call_count; i++)
        call_view_fini(&run->views[i]);
    correlator_free(run->correlator);
    slab_pool_free(run->pool);
}

/* --- building messages -------------------------------------------------- */

struct scenario_words {
    char text[1024]; /* the step, cut into words */
    char *words[32];
    size_t count;
    char *headers[16]; /* behind each "|" */
    size_t header_count;
};

static inline void scenario_cut(const char *step, struct scenario_words *w)
{
    char *rest;
    char *bar;

    memset(w, 0, sizeof(*w));
    snprintf(w->text, sizeof(w->text), "%s", step);
    rest = w->text;
    while ((bar = strstr(rest, " | ")) != NULL && w->header_count < 16) {
        *bar = 0;
        rest = bar + 3;
        w->headers[w->header_count++] = rest;
    }
    for (char *word = strtok(w->text, " "); word && w->count < 32;
         word = strtok(NULL, " "))
        w->words[w->count++] = word;
}

static inline const char *scenario_value(const struct scenario_words *w,
                                         const char *key, const char *none)
{
    size_t length = strlen(key);

    for (size_t i = 2; i < w->count; i++)
        if (!strncmp(w->words[i], key, length) && w->words[i][length] == '=')
            return w->words[i] + length + 1;
    return none;
}

static inline bool scenario_flag(const struct scenario_words *w,
                                 const char *flag)
{
    for (size_t i = 2; i < w->count; i++)
        if (!strcmp(w->words[i], flag))
            return true;
    return false;
}

static inline struct endpoint scenario_endpoint(const char *text)
{
    struct endpoint e = {.port = 5060};
    const uint8_t bytes[4] = {10, 0, 0, (uint8_t)text[0]};
    const uint8_t outside[4] = {198, 51, 100, (uint8_t)text[0]};

    e.address = address_v4(text[0] >= 'A' && text[0] <= 'Z' ? outside : bytes);
    if (text[1] == ':')
        e.port = (uint16_t)atoi(text + 2);
    return e;
}

static inline int scenario_put_vias(const struct scenario_words *w, char *at,
                                    size_t room)
{
    int vias = atoi(scenario_value(w, "vias", "1"));
    const char *cookie = scenario_flag(w, "old") ? "" : "z9hG4bK";
    int n;

    if (scenario_flag(w, "nobr"))
        n = snprintf(at, room, "Via: SIP/2.0/UDP %s\r\n",
                     scenario_value(w, "by", "host"));
    else
        n = snprintf(at, room, "Via: SIP/2.0/UDP %s;branch=%s%s\r\n",
                     scenario_value(w, "by", "host"), cookie,
                     scenario_value(w, "br", "1"));
    for (int i = 1; i < vias; i++)
        n += snprintf(at + n, room - (size_t)n,
                      "Via: SIP/2.0/UDP below%d;branch=z9hG4bKx%d\r\n", i, i);
    return n;
}

/* One "m=" of a body, from KIND:FORMATS[:HOW]. */
static inline int scenario_put_media(char *spec, char *at, size_t room)
{
    char *rest = spec;
    const char *kind = strsep(&rest, ":");
    char *formats = strsep(&rest, ":");
    const char *how = rest ? rest : "";
    char maps[256] = "";
    char list[128] = "";

    for (char *f; (f = strsep(&formats, ",")) != NULL;) {
        char *map = strchr(f, '=');

        if (map) {
            *map++ = 0;
            snprintf(maps + strlen(maps), sizeof(maps) - strlen(maps),
                     "a=rtpmap:%s %s/8000\r\n", f, map);
        }
        snprintf(list + strlen(list), sizeof(list) - strlen(list), " %s", f);
    }
    return snprintf(at, room, "m=%s %s %s%s\r\n%s%s%s%s", kind,
                    strcmp(how, "off") ? "4000" : "0",
                    strcmp(kind, "image") ? "RTP/AVP" : "udptl", list,
                    strcmp(how, "zero") ? "" : "c=IN IP4 0.0.0.0\r\n", maps,
                    strlen(how) > 4 ? "a=" : "", strlen(how) > 4 ? how : "") +
           (strlen(how) > 4 ? snprintf(at + strlen(at), 3, "\r\n") : 0);
}

static inline const char *scenario_body(const struct scenario_words *w,
                                        char *at, size_t room)
{
    const char *sdp = scenario_value(w, "sdp", "");
    char spec[256];
    char *rest = spec;
    int n;

    if (scenario_flag(w, "sdp"))
        sdp = "audio:0";
    if (!*sdp)
        return "";
    n = snprintf(at, room,
                 "v=0\r\no=- 1 %s IN IP4 10.0.0.1\r\ns=-\r\n"
                 "c=IN IP4 10.0.0.1\r\nt=0 0\r\n",
                 w->words[0]);
    snprintf(spec, sizeof(spec), "%s", sdp);
    for (char *media; (media = strsep(&rest, "+")) != NULL;)
        n += scenario_put_media(media, at + n, room - (size_t)n);
    return at;
}

static inline int scenario_write(const struct scenario_words *w, char *at,
                                 size_t room)
{
    const char *what = w->words[2];
    bool response = what[0] >= '1' && what[0] <= '6';
    const char *method = response ? w->words[3] : what;
    const char *from = scenario_value(w, "from", "a");
    const char *to = scenario_value(w, "to", "");
    char text[1024] = "";
    const char *frag = scenario_value(w, "frag", "");
    const char *body = scenario_body(w, text, sizeof(text));
    int n = response ? snprintf(at, room, "SIP/2.0 %s Text\r\n", what)
                     : snprintf(at, room, "%s %s SIP/2.0\r\n", what,
                                scenario_value(w, "uri", "sip:bob@b"));

    n += scenario_put_vias(w, at + n, room - (size_t)n);
    n += snprintf(
        at + n, room - (size_t)n, "From: <%s>%s%s\r\nTo: <%s>%s%s\r\n",
        scenario_value(w, "fromuri", "sip:alice@a"),
        scenario_flag(w, "notag") ? "" : ";tag=",
        scenario_flag(w, "notag") ? "" : from,
        scenario_value(w, "touri", "sip:bob@b"), *to ? ";tag=" : "", to);
    n += snprintf(at + n, room - (size_t)n, "Call-ID: %s\r\nCSeq: %s %s\r\n",
                  scenario_value(w, "id", "c1"), scenario_value(w, "cseq", "1"),
                  scenario_value(w, "cseqof", method));
    if (!scenario_flag(w, "nocontact"))
        n +=
            snprintf(at + n, room - (size_t)n, "Contact: <sip:x@10.0.0.9>\r\n");
    for (size_t i = 0; i < w->header_count; i++)
        n += snprintf(at + n, room - (size_t)n, "%s\r\n", w->headers[i]);
    if (*body) {
        n += snprintf(at + n, room - (size_t)n,
                      "Content-Type: application/sdp\r\n");
    } else if (*frag) {
        n += snprintf(at + n, room - (size_t)n,
                      "Content-Type: message/sipfrag;version=2.0\r\n");
        snprintf(text, sizeof(text), "SIP/2.0 %s\r\n", frag);
        for (char *c = text; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        body = text;
    }
    n += snprintf(at + n, room - (size_t)n, "Content-Length: %zu\r\n\r\n%s",
                  strlen(body), body);
    return n;
}

static inline struct observation *scenario_observe(struct scenario_run *run,
                                                   struct span text,
                                                   const struct arrival *a)
{
    size_t size = sizeof(struct observation) + 64 * sizeof(struct sip_header) +
                  text.length;
    struct slab *slab;
    struct observation *o = slab_take(run->pool, size, &slab);
    struct sip_header *headers = (struct sip_header *)(void *)(o + 1);
    char *bytes = (char *)(headers + 64);

    assert_non_null(o);
    memset(o, 0, sizeof(*o));
    memcpy(bytes, text.data, text.length);
    o->slab = slab;
    o->ordinal = run->ordinal++;
    o->arrival = *a;
    o->arrival.frame = o->ordinal + 1;
    o->text_hash = hash_bytes(bytes, text.length);
    if (!sip_message_parse(span_of(bytes, text.length), SIP_FROM_DATAGRAM,
                           headers, 64, &o->message))
        fail_msg("%s: not SIP: %.*s", run->name, (int)text.length, text.data);
    return o;
}

/* @return length of the message's text, 0 where the step is none */
static inline size_t scenario_read(const char *step, struct arrival *a,
                                   char *text, size_t room)
{
    struct scenario_words w;
    char *arrow;
    int n;

    memset(a, 0, sizeof(*a));
    scenario_cut(step, &w);
    a->time_ns =
        SCENARIO_T0_US * 1000 + (int64_t)(atof(w.words[0]) * 1000000.0);
    arrow = strchr(w.words[1], '>');
    if (!arrow)
        return 0;
    a->src = scenario_endpoint(w.words[1]);
    a->dst = scenario_endpoint(arrow + 1);
    a->ip_id = (uint16_t)atoi(scenario_value(&w, "ip", "0"));
    a->link_view = (uint64_t)atoi(scenario_value(&w, "view", "0"));
    a->sensor = (uint16_t)atoi(scenario_value(&w, "sensor", "0"));
    a->paired = scenario_flag(&w, "paired");
    a->transport = strcmp(scenario_value(&w, "over", "udp"), "tcp")
                       ? TRANSPORT_UDP
                       : TRANSPORT_TCP;
    n = scenario_write(&w, text, room);
    assert_true(n > 0 && (size_t)n < room);
    return (size_t)n;
}

static inline void scenario_flush(struct scenario_run *run)
{
    assert_int_equal(
        correlator_observe_all(run->correlator, run->group, run->group_count),
        0);
    run->group_count = 0;
}

static inline void scenario_step(struct scenario_run *run, const char *step)
{
    struct arrival a;
    char text[4096];
    size_t n = scenario_read(step, &a, text, sizeof(text));
    int rc;

    if (run->grouped && (!n || run->group_count == CORRELATOR_GROUP))
        scenario_flush(run);
    if (n && run->grouped) {
        run->group[run->group_count++] =
            scenario_observe(run, span_of(text, n), &a);
        return;
    }
    if (n)
        rc = correlator_observe(run->correlator,
                                scenario_observe(run, span_of(text, n), &a));
    else if (strstr(step, "tell"))
        rc = correlator_tell(run->correlator, a.time_ns);
    else
        rc = correlator_advance(run->correlator, a.time_ns);
    assert_int_equal(rc, 0);
}

/* --- reading records ---------------------------------------------------- */

static inline void scenario_number(char out[256], int64_t value, bool null)
{
    if (null)
        snprintf(out, 256, "-");
    else
        snprintf(out, 256, "%lld", (long long)value);
}

static inline void scenario_time(char out[256], int64_t at)
{
    if (at == TIME_NONE)
        snprintf(out, 256, "-");
    else
        snprintf(out, 256, "%lld",
                 (long long)time_ms_between(SCENARIO_T0_US, at));
}

static inline void scenario_text(char out[256], struct span s)
{
    snprintf(out, 256, "%.*s", (int)(s.length ? s.length : 1),
             s.length ? s.data : "-");
    for (char *c = out; *c; c++)
        *c = *c == ' ' ? '_' : *c;
}

static inline void scenario_evidence(char out[256], uint32_t bits)
{
    size_t n = 0;

    out[0] = 0;
    for (unsigned i = 0; i < EVIDENCE_COUNT; i++)
        if (bits >> i & 1)
            n += (size_t)snprintf(out + n, 256 - n, "%s%s", n ? "," : "",
                                  call_evidence_name((enum call_evidence)i));
    if (!n)
        snprintf(out, 256, "-");
}

static inline void scenario_hops(char out[256], const struct call_record *r)
{
    size_t n = 0;

    out[0] = 0;
    for (uint32_t i = 0; i < r->hop_count; i++)
        n += (size_t)snprintf(out + n, 256 - n, "%c%s",
                              r->hops[i].address.bytes[3],
                              r->hops[i].view ? "~" : "");
}

static inline void scenario_statuses(char out[256], const struct call_record *r)
{
    size_t n = 0;

    snprintf(out, 256, "-");
    for (uint32_t i = 0; i < r->branch_status_count; i++)
        n += (size_t)snprintf(out + n, 256 - n, "%s%u", n ? "," : "",
                              r->branch_statuses[i]);
}

static inline void scenario_end(char out[256], const char *word)
{
    snprintf(out, 256, "%s", *word ? word : "-");
}

static inline bool scenario_field(const struct call_record *r, const char *name,
                                  char out[256])
{
#define TIME(column)                                                           \
    if (!strcmp(name, #column)) {                                              \
        scenario_time(out, r->times.column);                                   \
        return true;                                                           \
    }
#define MS(column)                                                             \
    if (!strcmp(name, #column)) {                                              \
        scenario_number(out, r->durations.column,                              \
                        r->durations.column == TIME_NONE);                     \
        return true;                                                           \
    }
#define COUNT(column)                                                          \
    if (!strcmp(name, #column)) {                                              \
        scenario_number(out, r->counts.column, false);                         \
        return true;                                                           \
    }
#define TEXT(column, member)                                                   \
    if (!strcmp(name, #column)) {                                              \
        scenario_text(out, r->member);                                         \
        return true;                                                           \
    }
#define WORD(column, words)                                                    \
    if (!strcmp(name, #column)) {                                              \
        scenario_end(out, words(r->column));                                   \
        return true;                                                           \
    }
#define NUMBER(column, null)                                                   \
    if (!strcmp(name, #column)) {                                              \
        scenario_number(out, r->column, null);                                 \
        return true;                                                           \
    }
#define OPTIONAL(column, part)                                                 \
    if (!strcmp(name, #column)) {                                              \
        scenario_number(out, r->part.column, r->part.column == TIME_NONE);     \
        return true;                                                           \
    }
    /* clang-format off */
    TIME(invite_at)
    TIME(trying_at)
    TIME(progress_at)
    TIME(ringing_at)
    TIME(forwarded_at)
    TIME(queued_at)
    TIME(early_media_at)
    TIME(answered_at)
    TIME(ack_at)
    TIME(ended_at)
    TIME(last_message_at)
    MS(pdd_ms)
    MS(pdd_total_ms)
    MS(ring_ms)
    MS(setup_ms)
    MS(talk_ms)
    MS(total_ms)
    MS(disconnect_ms)
    MS(cancel_ms)
    MS(auth_ms)
    COUNT(invites)
    COUNT(reinvites)
    COUNT(messages)
    COUNT(retransmissions)
    COUNT(forks)
    COUNT(branches)
    COUNT(auth_challenges)
    TEXT(call_id, call_id)
    TEXT(from_tag, from_tag)
    TEXT(to_tag, to_tag)
    TEXT(reason_text, reason_text)
    TEXT(verdict, verdict)
    TEXT(warning_text, warning_text)
    TEXT(caller_user, parties.caller_user)
    TEXT(callee_user, parties.callee_user)
    TEXT(caller_number, parties.caller_number)
    TEXT(pai_user, identity.pai_user)
    TEXT(caller_agent, parties.caller_agent)
    TEXT(callee_agent, parties.callee_agent)
    TEXT(request_user, parties.request_user)
    TEXT(caller_host, parties.caller_host)
    TEXT(callee_host, parties.callee_host)
    TEXT(caller_name, parties.caller_name)
    TEXT(callee_number, parties.callee_number)
    TEXT(request_host, parties.request_host)
    TEXT(pai_host, identity.pai_host)
    TEXT(rpid_user, identity.rpid_user)
    TEXT(privacy, identity.privacy)
    TEXT(diversion_user, identity.diversion_user)
    TEXT(diversion_reason, identity.diversion_reason)
    TEXT(auth_user, identity.auth_user)
    TEXT(auth_realm, identity.auth_realm)
    TEXT(icid, identity.icid)
    TEXT(stir_attest, identity.stir_attest)
    TEXT(stir_origid, identity.stir_origid)
    TEXT(session_id_local, session.id_local)
    TEXT(session_id_remote, session.id_remote)
    TEXT(custom, custom)
    TEXT(transfer_status, transfer.status)
    TEXT(refer_to, transfer.refer_to)
    TEXT(referred_by, transfer.referred_by)
    TEXT(offer_codecs, media.offer_codecs)
    TEXT(answer_codecs, media.answer_codecs)
    TEXT(media_kinds, media.kinds)
    OPTIONAL(holds, media)
    OPTIONAL(hold_ms, media)
    OPTIONAL(session_expires_s, session)
    OPTIONAL(min_se_s, session)
    OPTIONAL(invite_expires_s, session)
    OPTIONAL(diversion_count, identity)
    WORD(state, call_state_name)
    WORD(disposition, call_disposition_name)
    WORD(ended_by, call_ended_by_name)
    WORD(end_cause, call_end_cause_name)
    NUMBER(status_code, !r->status_code)
    NUMBER(last_status_code, !r->last_status_code)
    NUMBER(reason_q850, !r->has_reason_q850)
    NUMBER(reason_sip, !r->has_reason_sip)
    NUMBER(warning_code, !r->warning_code)
    NUMBER(retry_after_s, r->retry_after_s == TIME_NONE)
    NUMBER(redirect_to_count, false)
#undef TIME
#undef MS
#undef COUNT
#undef TEXT
#undef WORD
#undef NUMBER
#undef OPTIONAL
    /* clang-format on */
    if (!strcmp(name, "end_exact"))
        scenario_end(out, r->end_exact == END_EXACT_NULL    ? "-"
                          : r->end_exact == END_EXACT_FALSE ? "f"
                                                            : "t");
    else if (!strcmp(name, "media_changes"))
        scenario_number(out, r->media.changes, r->media.changes == TIME_NONE);
    else if (!strcmp(name, "transfer"))
        scenario_end(out, call_transfer_name(r->transfer.kind));
    else if (!strcmp(name, "refresher"))
        scenario_end(out, sip_refresher_name(r->session.refresher));
    else if (!strcmp(name, "evidence"))
        scenario_evidence(out, r->evidence);
    else if (!strcmp(name, "hops"))
        scenario_hops(out, r);
    else if (!strcmp(name, "branch_statuses"))
        scenario_statuses(out, r);
    else if (!strcmp(name, "way"))
        snprintf(out, 256, "%c>%c", r->src.address.bytes[3],
                 r->dst.address.bytes[3]);
    else
        return false;
    return true;
}

/* Keys of calls as numbers of calls in the order of their first messages. */
static inline bool scenario_link(const struct scenario_run *run,
                                 const struct call_record *r, const char *name,
                                 char out[256])
{
    const struct key *key = !strcmp(name, "replaces") ? &r->transfer.replaces
                            : !strcmp(name, "replaced_by")
                                ? &r->transfer.replaced_by
                            : !strcmp(name, "group_key") ? &r->group_key
                                                         : NULL;
    static const struct key none;

    if (!key)
        return false;
    snprintf(out, 256, "%s", key_equal(key, &none) ? "-" : "unknown");
    for (size_t i = 0; i < run->call_count; i++)
        if (key_equal(&run->views[i].record.call_key, key))
            snprintf(out, 256, "%zu", i);
    return true;
}

static inline void scenario_expect(const struct scenario_run *run, size_t index,
                                   const char *expected)
{
    char text[1024];
    char *word;

    snprintf(text, sizeof(text), "%s", expected);
    for (word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
        char *value = strchr(word, '=');
        char got[256];

        assert_non_null(value);
        *value++ = 0;
        if (!scenario_link(run, &run->views[index].record, word, got) &&
            !scenario_field(&run->views[index].record, word, got))
            fail_msg("%s: no column %s", run->name, word);
        if (strcmp(got, value))
            fail_msg("%s: call %zu: %s is %s, not %s", run->name, index, word,
                     got, value);
    }
}

static inline int scenario_compare(const void *a, const void *b)
{
    const struct call_view *x = a;
    const struct call_view *y = b;

    return (x->record.first_at > y->record.first_at) -
           (x->record.first_at < y->record.first_at);
}

/* Runs to the end of input; the caller closes. */
static inline void scenario_play_as(struct scenario_run *run,
                                    const struct scenario *s,
                                    bool wants_messages, bool grouped)
{
    size_t count = 0;

    scenario_open(run, s->name, wants_messages);
    run->grouped = grouped;
    for (size_t i = 0; i < SCENARIO_STEPS && s->steps[i]; i++)
        scenario_step(run, s->steps[i]);
    scenario_flush(run);
    assert_int_equal(correlator_end(run->correlator), 0);
    while (count < SCENARIO_CALLS && s->calls[count])
        count++;
    if (run->call_count != count)
        fail_msg("%s: %zu calls, not %zu", s->name, run->call_count, count);
    qsort(run->views, run->call_count, sizeof(run->views[0]), scenario_compare);
    for (size_t i = 0; i < count; i++)
        scenario_expect(run, i, s->calls[i]);
}

static inline void scenario_play(struct scenario_run *run,
                                 const struct scenario *s, bool wants_messages)
{
    scenario_play_as(run, s, wants_messages, false);
}

/* All that a scenario asks of a record, by name. */
static const char *const scenario_columns[] = {
    "invite_at",       "trying_at",
    "progress_at",     "ringing_at",
    "forwarded_at",    "queued_at",
    "early_media_at",  "answered_at",
    "ack_at",          "ended_at",
    "pdd_ms",          "pdd_total_ms",
    "ring_ms",         "setup_ms",
    "talk_ms",         "total_ms",
    "disconnect_ms",   "cancel_ms",
    "auth_ms",         "invites",
    "reinvites",       "messages",
    "forks",           "branches",
    "auth_challenges", "call_id",
    "from_tag",        "to_tag",
    "reason_text",     "verdict",
    "warning_text",    "caller_user",
    "callee_user",     "caller_number",
    "pai_user",        "caller_agent",
    "callee_agent",    "request_user",
    "caller_name",     "rpid_user",
    "privacy",         "diversion_user",
    "auth_user",       "icid",
    "stir_attest",     "session_id_local",
    "custom",          "transfer_status",
    "refer_to",        "referred_by",
    "offer_codecs",    "answer_codecs",
    "media_kinds",     "holds",
    "hold_ms",         "min_se_s",
    "state",           "disposition",
    "ended_by",        "end_cause",
    "status_code",     "last_status_code",
    "reason_q850",     "reason_sip",
    "warning_code",    "retry_after_s",
    "end_exact",       "media_changes",
    "transfer",        "refresher",
    "evidence",        "hops",
    "branch_statuses", "way",
    "retransmissions"};

static inline void scenario_same_record(const char *name,
                                        const struct call_record *x,
                                        const struct call_record *y)
{
    for (size_t k = 0; k < COUNT_OF(scenario_columns); k++) {
        char was[256];
        char is[256];

        assert_true(scenario_field(x, scenario_columns[k], was));
        assert_true(scenario_field(y, scenario_columns[k], is));
        if (strcmp(was, is))
            fail_msg("%s: %.*s: %s is %s, not %s", name, SPAN_ARG(x->call_id),
                     scenario_columns[k], is, was);
    }
}

static inline void scenario_same(const struct scenario_run *a,
                                 const struct scenario_run *b)
{
    if (a->call_count != b->call_count)
        fail_msg("%s: %zu calls, told of %zu", a->name, a->call_count,
                 b->call_count);
    for (size_t i = 0; i < a->call_count; i++) {
        const struct call_record *x = &a->views[i].record;
        const struct call_record *y = &b->views[i].record;

        if (!key_equal(&x->call_key, &y->call_key))
            fail_msg("%s: call %zu has another key", a->name, i);
        scenario_same_record(a->name, x, y);
    }
}

static inline void scenario_play_on(struct scenario_run *run,
                                    const struct scenario *s, bool live)
{
    scenario_open_as(run, s->name, true, live);
    for (size_t i = 0; i < SCENARIO_STEPS && s->steps[i]; i++) {
        scenario_step(run, s->steps[i]);
        if (live)
            assert_int_equal(correlator_tell(run->correlator, 0), 0);
    }
    scenario_step(run, "180000000 clock"); /* 50 hours */
    assert_int_equal(correlator_end(run->correlator), 0);
    qsort(run->views, run->call_count, sizeof(run->views[0]), scenario_compare);
}

/* Whether changes are told of or not: the same records in the end. */
static inline void scenario_play_live(const struct scenario *s)
{
    struct scenario_run plain;
    struct scenario_run live;

    scenario_play_on(&plain, s, false);
    scenario_play_on(&live, s, true);
    scenario_same(&plain, &live);
    assert_int_equal(plain.messages, live.messages);
    scenario_close(&plain);
    scenario_close(&live);
}

/* Stopped behind each message, and taken up again. */
static inline void scenario_play_cut(const struct scenario *s)
{
    struct replay replay = {.name = s->name,
                            .limits = correlator_limits_default};
    bool sensors = false;

    scenario_limits(&replay.limits);
    for (size_t i = 0; i < SCENARIO_STEPS && s->steps[i]; i++) {
        char text[4096];
        struct arrival a;
        size_t n = scenario_read(s->steps[i], &a, text, sizeof(text));

        sensors |= a.sensor != 0;
        replay_add(&replay, span_of(text, n), &a);
    }
    /* Sensors without names have one key. */
    for (size_t cut = 1; cut < replay.count && !sensors; cut++)
        replay_cut(&replay, cut, scenario_same_record);
    replay_fini(&replay);
}

/* Once with messages handed on, once with each released at once, both one by
 * one and several at once, and once as a live capture: the same records. */
static inline void scenario_play_all(const struct scenario *scenarios,
                                     size_t count)
{
    for (size_t i = 0; i < count * 4; i++) {
        struct scenario_run run;

        scenario_play_as(&run, &scenarios[i / 4], i % 2 == 0, i % 4 < 2);
        scenario_close(&run);
    }
    for (size_t i = 0; i < count; i++) {
        scenario_play_live(&scenarios[i]);
        scenario_play_cut(&scenarios[i]);
    }
}

#endif
