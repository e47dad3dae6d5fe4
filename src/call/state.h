/**
 * All that is open: Call-IDs, exchanges, messages that wait, and the
 * correlator that owns them. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_STATE_H
#define SIPTRAIL_CALL_STATE_H

#include "base/wheel.h"
#include "call/call.h"
#include "call/correlator.h"
#include "txn/copy.h"

#define GROUP_INLINE_BYTES 56
/* Exchanges of one Call-ID open at once; beyond them the oldest goes. */
#define GROUP_EXCHANGES_MAX 64
#define PART_MESSAGES_MAX 512

/** Everything of one Call-ID. */
struct group {
    struct table_node node;
    struct list exchanges; /* newest last */
    uint32_t exchange_count;
    struct span call_id;
    char *heap; /* where the Call-ID is long; owned */
    char inline_bytes[GROUP_INLINE_BYTES];
};

/** A message that waits to be handed on in a part. */
struct pending {
    struct pending *next;
    struct transaction *transaction; /* NULL for none, or once it is gone */
    struct observation *owned;
    struct message_record record;
};

/** What owns messages: a call, or an exchange that is none. */
struct exchange {
    struct list group_node;
    struct list age;     /* all exchanges, oldest first */
    struct list waiting; /* those with pending messages, longest first */
    struct wheel_timer timer;
    struct group *group;
    struct call *call; /* NULL for none; owned */
    enum exchange_kind kind;
    bool has_key;
    struct key key;
    uint32_t source;
    int64_t first_at;      /* microseconds */
    int64_t last_at;       /* highest time of a message */
    int64_t touched_ns;    /* the run's clock at its last message */
    int64_t hold_until_ns; /* a subscription runs */
    struct list transactions;
    uint32_t transaction_count; /* ever: the next ordinal */
    struct pending *pending;
    struct pending *pending_last;
    uint32_t pending_count;
    uint32_t messages_handed_on;
    uint32_t messages; /* duplicates apart */
    uint32_t retransmissions;
    int64_t pending_since_ns;
    struct texts texts;
    struct dialog *dialogs; /* of an exchange that is no call */
    uint32_t dialog_count;
};

struct correlator {
    struct correlator_limits limits;
    struct record_sink sink;
    struct correlator_counters counters;
    struct table groups;
    struct pool group_pool;
    struct pool exchange_pool;
    struct pool call_pool;
    struct pool invite_pool;
    struct pool pending_pool;
    struct texts_pool texts_pool;
    struct transaction_table transactions;
    struct dialog_table dialogs;
    struct copy_window *copies;
    struct wheel wheel;
    struct list age;
    struct list waiting;
    size_t exchange_count;
    size_t pending_bytes;
    int64_t clock_ns;
    bool has_clock;
    int64_t fired_at_ns;         /* when timers were last looked at */
    struct message_record *part; /* room for PART_MESSAGES_MAX */
    int failure;                 /* the sink's first error */
};

/** One message while it is looked at. */
struct sighting {
    struct observation *seen;
    const struct sip_message *m;
    int64_t at; /* microseconds */
    struct group *group;
    uint64_t call_id_hash;
    struct branch_key key;           /* an ACK's is its INVITE's */
    bool has_key;                    /* it has Call-ID and CSeq */
    struct transaction *transaction; /* NULL for none */
    struct exchange *exchange;
    struct dialog *dialog;
    enum copy_verdict copy;
    struct transaction_verdict verdict;
    bool is_new_transaction;
    bool ack_of_2xx;
    bool ack_by_tags; /* an ACK whose branch was not its INVITE's */
    struct anomaly_set anomalies;
};

/* --- exchange.c: groups and exchanges ----------------------------------- */

/** The group of a Call-ID, made where it is not there; NULL where there is no
 * memory. @p hash  hash_span() of the Call-ID */
struct group *group_get(struct correlator *c, struct span call_id,
                        uint64_t hash);
/** Free it where nothing of it is open. */
void group_drop_empty(struct correlator *c, struct group *g);
/** A new exchange, the oldest handed on first where there are too many. */
struct exchange *exchange_open(struct correlator *c, const struct sighting *s,
                               enum exchange_kind kind);
/** Make it a call's: what was seen first did not show that it is one. Only
 * while it has no key. @return 0 or -ENOMEM */
int exchange_promote(struct correlator *c, struct exchange *x);
/** Add a dialog that is none of a call's. */
void exchange_add_dialog(struct exchange *x, struct dialog *d);
void exchange_drop_dialog(struct correlator *c, struct exchange *x,
                          struct dialog *d);
/** With a call in it. */
struct exchange *exchange_open_call(struct correlator *c,
                                    const struct sighting *s);
/** Everything of it is released; nothing is handed on. */
void exchange_free(struct correlator *c, struct exchange *x);
/** Take the message; it waits, or is released. @return 0 or -ENOMEM */
int exchange_take(struct correlator *c, struct sighting *s);
/** Set the timer anew where the next look must come earlier than planned. */
void exchange_plan(struct correlator *c, struct exchange *x);
/** When it may be handed on, if nothing more comes. */
int64_t exchange_due_ns(const struct correlator *c, const struct exchange *x);
/** Forget transactions that have been quiet for long. */
void exchange_retire(struct correlator *c, struct exchange *x);
void exchange_forget_transaction(struct correlator *c, struct transaction *t);

static inline struct exchange *exchange_of_transaction(struct transaction *t)
{
    return (struct exchange *)t->owner;
}

static inline struct exchange *exchange_of_dialog(struct dialog *d)
{
    return (struct exchange *)d->owner;
}

/* --- emit.c: records out ------------------------------------------------ */

/** Hand on the messages that wait. */
void exchange_hand_on_part(struct correlator *c, struct exchange *x);
/** Hand on all of it, and free it. */
void exchange_hand_on(struct correlator *c, struct exchange *x,
                      enum call_occasion occasion);
/** The oldest messages go until limits are kept. */
void correlator_bound_pending(struct correlator *c);

/* --- keys.c ------------------------------------------------------------- */

void exchange_make_key(struct correlator *c, struct exchange *x);
void dialog_make_key(const struct correlator *c, const struct exchange *x,
                     const struct dialog *d, enum dialog_usage usage,
                     struct key *key_out);

/* --- route.c: which exchange and transaction a message belongs to ------- */

/** Work out the sighting's key, and have what it leads to fetched. */
void route_begin(struct correlator *c, struct sighting *s);
/** Sets the sighting's exchange, transaction, dialog. @return 0 or -ENOMEM */
int route_message(struct correlator *c, struct sighting *s);
/** A transaction for the sighting, of its exchange. */
struct transaction *route_add_transaction(struct correlator *c,
                                          struct sighting *s);

/* --- attempt.c: R5, and R4's kinds of INVITE ---------------------------- */

enum attempt_join {
    ATTEMPT_NONE,  /* not of this attempt */
    ATTEMPT_HOP,   /* the same request on another hop */
    ATTEMPT_ROUND, /* a retry */
    ATTEMPT_LATER_LEG,
    ATTEMPT_FORK
};

struct attempt {
    enum attempt_join join;
    uint16_t round; /* for ATTEMPT_HOP */
};

/** Does an initial INVITE belong to this call? */
void attempt_judge(const struct call *call, const struct sighting *s,
                   struct attempt *attempt_out);
/** Is its last round over, or hung up on? */
bool attempt_is_over(const struct call *call);
/** Note what the 401 or 407 of a round challenges with. */
void attempt_note_challenge(struct correlator *c, struct call *call,
                            const struct sip_message *m);

/* --- invite.c: hops ----------------------------------------------------- */

/** @return NULL beyond CALL_INVITES_MAX, or without memory */
struct invite *invite_add(struct correlator *c, struct call *call,
                          const struct sighting *s,
                          const struct attempt *attempt);
void invite_observe_request(struct correlator *c, struct call *call,
                            struct invite *inv, struct sighting *s);
void invite_observe_response(struct correlator *c, struct call *call,
                             struct invite *inv, struct sighting *s);
void invite_observe_ack(struct invite *inv, struct sighting *s);
/** Is this arrival on the way of the reference hop, either direction? */
bool invite_on_path(const struct invite *inv, const struct arrival *a);
/** The hop whose way this arrival goes, by the last round; 0 for none. */
uint16_t invite_hop_of(const struct call *call, const struct arrival *a);
/** Was it sent from the endpoint that this INVITE was sent to? */
bool invite_sent_on_by(const struct invite *inv, const struct arrival *a);
struct invite *invite_of_cseq(const struct call *call, uint32_t cseq);

/* --- progress.c: what a message does to its call ------------------------ */

void call_observe(struct correlator *c, struct call *call, struct sighting *s);
/** Add a dialog to the call's list. */
void call_add_dialog(struct call *call, struct dialog *d);
/** The dialog of these tags, made where it is not yet there; may be NULL. */
struct dialog *call_get_dialog(struct correlator *c, struct call *call,
                               struct group *g, struct span caller_tag,
                               struct span callee_tag);
/** Responses and requests of subscriptions. */
void subscription_observe(struct correlator *c, struct exchange *x,
                          struct sighting *s);

/* --- parties.c ---------------------------------------------------------- */

void parties_keep(struct correlator *c, struct call *call,
                  const struct sip_message *m);
void parties_keep_callee_agent(struct correlator *c, struct call *call,
                               const struct sip_message *m);
/** Hash that tells callers apart: the From tag, else the From URI. */
uint64_t parties_caller_hash(const struct sip_message *m);
uint64_t parties_uri_hash(struct span address);
/** NULL where there is no Reason. */
const struct call_reason *parties_keep_reason(struct correlator *c,
                                              struct exchange *x,
                                              const struct sip_message *m);
const struct call_refusal *parties_keep_refusal(struct correlator *c,
                                                struct exchange *x,
                                                const struct sip_message *m);
struct span parties_keep_text(struct correlator *c, struct exchange *x,
                              struct span text);

/* --- collect.c: from an open call to facts and record ------------------- */

void call_collect(const struct correlator *c, const struct call *call,
                  enum call_occasion occasion, struct call_facts *facts_out,
                  uint32_t *evidence);
/** R10 (a): does its session timer run, its refresher seen to speak since
 * it was set, and the dialog silent? */
bool call_timer_applies(const struct dialog *d);
/** The dialog that was answered, or NULL. */
struct dialog *call_answered_dialog(const struct call *call);
/** The INVITE that the last round's final is taken from. */
const struct invite *call_final_invite(const struct call *call);
const struct invite *call_round_reference(const struct call *call,
                                          uint16_t round);

#endif
