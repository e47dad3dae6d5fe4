/**
 * Messages in, records out: copies told apart, transactions, dialogs and calls
 * built by RECORDS.md's rules R1 to R13, from messages in time order.
 */
#ifndef SIPTRAIL_CALL_CORRELATOR_H
#define SIPTRAIL_CALL_CORRELATOR_H

#include "base/error.h"
#include "base/sensors.h"
#include "base/table.h"
#include "call/binding.h"
#include "call/sink.h"

struct correlator; /* alone, or one of several: owner.h */

#define CUSTOM_HEADERS_MAX 16
#define CUSTOM_NAME_BYTES 64
#define CUSTOM_VALUE_BYTES 512 /* what is longer is cut */

struct correlator_limits {
    size_t exchanges;       /* most open at once; the oldest goes first */
    size_t transactions;    /* most open at once */
    size_t subscriptions;   /* most open at once */
    size_t endpoints;       /* most addresses whose roles are counted */
    size_t bindings;        /* most registrations open at once */
    size_t open_bytes;      /* most bytes of all that is open; what is of
                               least use goes first */
    size_t text_bytes;      /* most bytes of long texts kept: Call-IDs, tags,
                               URIs; the oldest exchange goes first */
    size_t pending_bytes;   /* most bytes of messages waiting in parts */
    int64_t pending_ns;     /* longest wait of a message, packet time */
    int64_t copy_window_ns; /* R2: 200 ms */
    bool keep_copies;       /* R2 off: each is a message of its own */
    int64_t provisional_ns; /* R8 timeout (b): 10 min */
    int64_t idle_ns;        /* R9 idle: an answered call without a word */
    size_t links;           /* most names that join calls; links.h */
    int64_t links_ns;       /* a name not seen for so long is forgotten */
    struct span sensor;     /* in every key (R13); borrowed for the run */
    const struct sensors *sensors; /* names of other sensors than that one;
                                      borrowed for the run, may be NULL */

    bool live;                  /* changes are told of: correlator_tell() */
    const struct span *headers; /* whose values are kept; borrowed too */
    size_t header_count;        /* CUSTOM_HEADERS_MAX at most */
};

/** For 1 GiB of memory in all. */
extern const struct correlator_limits correlator_limits_default;
/** Make limits for 1 GiB those for as much as @p memory_bytes, in steps of
 * 64 MiB and no less than that. */
void correlator_limits_for(uint64_t memory_bytes, struct correlator_limits *l);

struct correlator_counters {
    uint64_t messages;      /* observed, duplicates included */
    uint64_t duplicates;    /* R2: copies */
    uint64_t copies_unsure; /* messages forgotten before a copy could come */
    uint64_t retransmissions;
    uint64_t calls;      /* handed on */
    uint64_t calls_left; /* live: not ended when the capture was stopped */
    uint64_t exchanges;  /* handed on, calls included */
    uint64_t dialogs;
    uint64_t exchanges_dropped; /* ended early by the cap */
    uint64_t transactions_dropped;
    uint64_t dialogs_dropped; /* never made: too many of one call, or in all */
    struct binding_counters bindings;
    uint64_t subscriptions;         /* handed on, each counted once */
    uint64_t subscriptions_dropped; /* never made: too many */
    uint64_t endpoints_dropped;     /* handed on early by the cap */
    uint64_t messages_without_ids;  /* no Call-ID or no CSeq */
    uint64_t gaps;                  /* told of */
    uint64_t gaps_forgotten;        /* address pairs with gaps, by the cap */
    uint64_t anomalies[ANOMALY_COUNT];

    uint64_t links_dropped; /* names that join calls, by the cap */
    uint64_t links_expired;
};

WARN_UNUSED int correlator_new(const struct correlator_limits *limits,
                               const struct record_sink *sink,
                               struct correlator **correlator_out);
/** Releases what is held without handing it on. NULL is allowed. */
void correlator_free(struct correlator *c);

/**
 * Take one message; messages come in time order. The observation becomes the
 * correlator's, whatever is returned.
 *
 * @return 0, -ENOMEM (the message is counted and lost), or the sink's error
 */
WARN_UNUSED int correlator_observe(struct correlator *c,
                                   struct observation *seen);
/** The same for several, in this order, which is faster. */
WARN_UNUSED int correlator_observe_all(struct correlator *c,
                                       struct observation *const *seen,
                                       size_t count);
#define CORRELATOR_GROUP 8 /* most of them */
/** Begin to fetch what these need, who will be taken after those that are
 * taken next. May be left out. */
void correlator_fetch(struct correlator *c, struct observation *const *seen,
                      size_t count);

/**
 * Packets are missing from the capture: calls that may have lost messages
 * there say capture_gap in their evidence.
 *
 * A gap between two addresses touches calls that had a message between them,
 * one without addresses every call; in either case those whose messages, with
 * the margin of gap_memory.h, lie around it. A call that has not ended, or of
 * which the end was inferred, reaches up to now.
 */
WARN_UNUSED int correlator_gap(struct correlator *c,
                               const struct capture_gap *gap);

/** The clock of the run: highest time of any packet. Due timers fire. */
WARN_UNUSED int correlator_advance(struct correlator *c, int64_t now_ns);

/**
 * Tell the sink what has changed since the last time: messages that wait,
 * calls through live_fn, registrations and subscriptions; then tick_fn. Of a
 * live capture only; what has not changed costs nothing.
 */
WARN_UNUSED int correlator_tell(struct correlator *c, int64_t now_ns);

/**
 * End of input: timers due by the clock fire, then all is handed on. Of a live
 * capture what goes on is told of as it stands, and left open.
 */
WARN_UNUSED int correlator_end(struct correlator *c);

const struct correlator_counters *
correlator_counters_of(const struct correlator *c);

#define CORRELATOR_FILLS 8 /* tables: owner_fills() */

#endif
