/**
 * What correlation hands on: parts of exchanges with their messages, calls,
 * dialogs.
 */
#ifndef SIPTRAIL_CALL_SINK_H
#define SIPTRAIL_CALL_SINK_H

#include "call/endpoint.h"
#include "call/record.h"
#include "flow/gap.h"
#include "call/registration.h"
#include "call/subscription.h"
#include "sip/observation.h"

#define TRANSACTION_NONE UINT32_MAX

/** One message of an exchange, and what correlation found out about it. */
struct message_record {
    const struct observation *seen;
    uint32_t transaction; /* ordinal in its exchange, or TRANSACTION_NONE */
    uint16_t hop;         /* 1 is the reference hop; 0 where not known */
    bool retransmission;  /* RECORDS.md, R2 */
    bool duplicate;       /* a copy: no message of its own */
    bool ack_of_2xx;
    struct anomaly_set anomalies; /* of the message and of correlation */
};

/**
 * Messages of one exchange, in time order. A long exchange comes in several
 * parts; `no` is the ordinal of this part's first message.
 */
struct exchange_part {
    struct key exchange_key; /* of a call: its call_key */
    enum exchange_kind kind;
    int64_t first_at; /* of the exchange, microseconds */
    struct span call_id;
    uint32_t no;
    const struct message_record *messages;
    uint32_t message_count;
};

struct dialog_record {
    struct key dialog_key;
    struct key call_key;
    bool has_call; /* false: a dialog of no call (a subscription) */
    struct span call_id;
    struct span local_tag; /* the caller's: From of the first request */
    struct span remote_tag;
    enum dialog_usage usage;
    enum dialog_state state;
    int64_t early_at; /* microseconds or TIME_NONE */
    int64_t confirmed_at;
    int64_t terminated_at;
    struct span remote_target;
    struct span route_set; /* the caller's, comma-separated (12.1.2) */
};

/**
 * Where records go. Everything handed over is borrowed for the length of the
 * call. Each returns 0, or a negative errno that stops the run.
 *
 * Order for one exchange: its parts, then its dialogs, then its call. A call
 * is handed on once, when it has ended and lingered or the input has ended;
 * parts may come earlier where messages wait too long or hold too much memory.
 * Gaps come whenever their window of time is past.
 *
 * Of a live capture (correlator_tell()) parts come at each tick, a call that
 * goes on through live_fn after them as often as it changes, and tick_fn last.
 */
struct record_sink {
    void *arg;
    bool wants_messages; /* false: part_fn is never called */
    bool skips_verdicts; /* true: calls come without their sentence */
    /** Is the key of a call that began then looked at? NULL: of each. What is
     * said no to may come without, its keys all zero. */
    bool (*needs_key_fn)(void *arg, int64_t first_at);
    int (*part_fn)(void *arg, const struct exchange_part *part);
    /** NULL: dialogs are counted only. */
    int (*dialog_fn)(void *arg, const struct dialog_record *dialog);
    int (*call_fn)(void *arg, const struct call_record *call);
    /** Times in which packets are known to be missing, or NULL. */
    int (*gap_fn)(void *arg, const struct capture_gap *gap);
    /**
     * A binding: when it has ended or the input has, and once an hour where it
     * runs on and has changed; the later record of a key takes the place of
     * the earlier. NULL: no registrations are kept.
     */
    int (*registration_fn)(void *arg, const struct registration_record *r);
    /**
     * A subscription, when its exchange or call ends, and once an hour where
     * it runs on and has changed. NULL: none are collected.
     */
    int (*subscription_fn)(void *arg, const struct subscription_record *r);
    /**
     * The roles of an address in one capture, counted from its begin: at the
     * end of input, and once an hour where they grew. NULL: none are counted.
     */
    int (*endpoint_fn)(void *arg, const struct endpoint_record *r);
    /**
     * A call as it stands, which has changed since it was last told of and
     * may change again: its later record takes the place of this one. A call
     * that runs has no end_cause. NULL: nobody asks.
     */
    int (*live_fn)(void *arg, const struct call_record *call);
    /** All changes up to now have been told; clock_ns is the run's clock. */
    int (*tick_fn)(void *arg, int64_t clock_ns);
};

#endif
