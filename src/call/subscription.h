/**
 * Subscriptions to events (RFC 6665), REFER's implicit ones included (3515):
 * the row of the table `subscriptions`, and what collects it. The functions
 * are internal to src/call.
 */
#ifndef SIPTRAIL_CALL_SUBSCRIPTION_H
#define SIPTRAIL_CALL_SUBSCRIPTION_H

#include "base/inet.h"
#include "base/key.h"
#include "base/time.h"

/* Of one exchange; beyond them the rest are counted as dropped. */
#define SUBSCRIPTIONS_MAX 64

/** How a subscription came about (RFC 6665). */
enum subscription_kind {
    SUBSCRIPTION_SUBSCRIBE,
    SUBSCRIPTION_POLL,        /* asked for with Expires 0 (4.4.3) */
    SUBSCRIPTION_REFER,       /* implicit (RFC 3515) */
    SUBSCRIPTION_UNSOLICITED, /* a NOTIFY outside any dialog */
    SUBSCRIPTION_REFUSED,     /* a final of 300 or above */
    SUBSCRIPTION_KIND_COUNT
};

/** Subscription-State (RFC 6665, 8.2.3). */
enum subscription_state {
    SUBSCRIPTION_STATE_NONE, /* SQL NULL: no NOTIFY has said */
    SUBSCRIPTION_PENDING,
    SUBSCRIPTION_ACTIVE,
    SUBSCRIPTION_TERMINATED,
    SUBSCRIPTION_STATE_COUNT
};

enum subscription_end {
    SUBSCRIPTION_END_NONE, /* SQL NULL: it runs */
    SUBSCRIPTION_END_NOTIFY,
    SUBSCRIPTION_END_UNSUBSCRIBED,
    SUBSCRIPTION_END_LOST,
    SUBSCRIPTION_END_EXPIRED,
    SUBSCRIPTION_END_REFUSED,
    SUBSCRIPTION_END_COUNT
};

/** The public words; "" for a NONE. Static storage. */
const char *subscription_kind_name(enum subscription_kind k);
const char *subscription_state_name(enum subscription_state s);
const char *subscription_end_name(enum subscription_end e);

/** Names as the columns; NULLs as in call/record.h. */
struct subscription_record {
    struct key subscription_key; /* of its tags, event and id: no time in it */
    struct key owner_key;        /* the call or exchange with its messages */
    bool in_call;
    uint32_t source;
    struct span sensor; /* empty: as the run was told */
    struct span call_id;
    struct span subscriber_tag;
    struct span notifier_tag;
    struct span event;
    struct span event_id; /* of a REFER its CSeq number, where NOTIFYs say it */
    struct span subscriber; /* URIs of the first request's From and To */
    struct span notifier;
    struct span reason;
    enum subscription_kind kind;
    enum subscription_state state;
    enum subscription_end end;
    int64_t first_at;
    int64_t last_at;
    int64_t accepted_at; /* 2xx to the SUBSCRIBE or REFER */
    int64_t first_notify_at;
    int64_t last_notify_at;
    int64_t expires_at;
    int64_t ended_at;
    int64_t expires_s;
    uint32_t subscribes; /* SUBSCRIBEs or REFERs, copies on later hops apart */
    uint32_t notifies;
    uint16_t status_code;          /* final of the last SUBSCRIBE or REFER */
    struct endpoint subscriber_at; /* where its requests come from */
    struct endpoint notifier_at;
    enum transport transport;
};

typedef int (*subscription_fn)(void *arg, const struct subscription_record *r);

struct correlator;
struct exchange;
struct sighting;

/** Feed SUBSCRIBE, REFER, NOTIFY and their responses; others are passed by. */
void subscription_collect(struct correlator *c, struct exchange *x,
                          const struct sighting *s);
/** Those that changed and run for long are handed on, once an hour; of a live
 * capture at once. */
void subscription_tell(struct correlator *c, struct exchange *x);
/** What there is has been told of by an earlier run. */
void subscription_taken_up(struct exchange *x);
/** All are handed on: the exchange ends. */
void subscription_hand_on(struct correlator *c, struct exchange *x);
/** Released without a word. */
void subscription_free(struct correlator *c, struct exchange *x);
void subscription_init(struct correlator *c);

#endif
