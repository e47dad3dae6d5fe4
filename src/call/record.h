/**
 * A call record: one row of the table `calls` (RECORDS.md).
 *
 * Members are named as the SQL columns. Not seen is TIME_NONE for times and
 * durations, an empty span for text, 0 for codes, family 0 for addresses;
 * each of these is NULL in SQL. Spans and pointers are borrowed: see
 * call/sink.h for how long.
 */
#ifndef SIPTRAIL_CALL_RECORD_H
#define SIPTRAIL_CALL_RECORD_H

#include "base/inet.h"
#include "base/key.h"
#include "base/time.h"
#include "call/details.h"
#include "call/words.h"

struct call_times { /* microseconds since the epoch */
    int64_t invite_at;
    int64_t trying_at;
    int64_t progress_at;
    int64_t ringing_at;
    int64_t forwarded_at;
    int64_t queued_at;
    int64_t early_media_at;
    int64_t answered_at;
    int64_t ack_at;
    int64_t ended_at;
    int64_t last_message_at;
};

struct call_durations { /* milliseconds */
    int64_t pdd_ms;
    int64_t pdd_total_ms;
    int64_t ring_ms;
    int64_t setup_ms;
    int64_t talk_ms;
    int64_t total_ms;
    int64_t disconnect_ms;
    int64_t cancel_ms;
    int64_t auth_ms;
};

struct call_counts { /* RECORDS.md, R11 */
    uint32_t invites;
    uint32_t reinvites;
    uint32_t messages;
    uint32_t retransmissions;
    uint32_t forks;
    uint32_t branches;
    uint32_t auth_challenges;
};

/** Of From, To and the first INVITE; user parts unescaped. */
struct call_parties {
    struct span caller_user;
    struct span caller_host;
    struct span caller_name;
    struct span callee_user;
    struct span callee_host;
    struct span caller_number; /* leading + and digits only */
    struct span callee_number;
    struct span request_user;
    struct span request_host;
    struct span caller_agent;
    struct span callee_agent;
};

/** A hop's address: `view` marks a copy seen at another place (R2 b). */
struct call_hop {
    struct address address;
    bool view;
};

struct call_record {
    struct key call_key;
    struct key group_key;
    bool live;          /* it is followed: a later record takes its place */
    uint32_t source;    /* ordinal of the capture of its first message */
    struct span sensor; /* who saw it; empty: as the run was told */
    int64_t first_at;
    struct span call_id;
    struct span from_tag;
    struct span to_tag;
    enum call_state state;
    enum call_disposition disposition;
    uint16_t status_code;
    struct span reason_phrase;
    struct span verdict; /* one sentence, printable ASCII */
    uint16_t last_status_code;
    const uint16_t *branch_statuses;
    uint32_t branch_status_count;
    struct call_times times;
    struct call_durations durations;
    struct call_counts counts;
    enum call_ended_by ended_by;
    enum call_end_cause end_cause;
    enum { END_EXACT_NULL, END_EXACT_FALSE, END_EXACT_TRUE } end_exact;
    bool has_reason_q850;
    bool has_reason_sip;
    int32_t reason_q850;
    int32_t reason_sip;
    struct span reason_text;
    uint16_t warning_code;
    struct span warning_text;
    int64_t retry_after_s; /* TIME_NONE for none */
    const struct span *redirect_to;
    uint32_t redirect_to_count;
    struct call_parties parties;
    struct call_identity identity;
    struct call_session session;
    struct call_media media;
    struct call_transfer transfer;
    struct span custom; /* a JSON object: headers asked for by name */
    struct endpoint src;
    struct endpoint dst;
    enum transport transport;
    uint16_t vlan; /* 0: NULL */
    const struct call_hop *hops;
    uint32_t hop_count;
    uint32_t evidence; /* bits 1 << enum call_evidence */
};

#endif
