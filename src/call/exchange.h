/**
 * Exchanges, what owns messages, and the Call-IDs they belong to. Internal to
 * src/call.
 */
#ifndef SIPTRAIL_CALL_EXCHANGE_H
#define SIPTRAIL_CALL_EXCHANGE_H

#include "base/wheel.h"
#include "call/call.h"
#include "call/sink.h"

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
    uint16_t sensor; /* who saw it: other sensors' messages are apart */
    char *heap;      /* where the Call-ID is long; owned */
    char inline_bytes[GROUP_INLINE_BYTES];
};

#define GROUP_HOT_BYTES offsetof(struct group, heap)

/** What owns messages: a call, or an exchange that is none. */
struct exchange {
    /* What each message needs comes first: EXCHANGE_HOT_BYTES. */
    struct group *group;
    struct call *call; /* NULL for none; owned */
    uint8_t kind;      /* enum exchange_kind */
    bool has_key;
    bool is_light;     /* of use to nobody: bound.h */
    bool is_taken_up;  /* its key is known: an earlier run made it */
    uint32_t messages; /* duplicates apart */
    uint32_t retransmissions;
    uint32_t transaction_count; /* ever: the next ordinal */
    int64_t last_at;            /* highest time of a message */
    int64_t touched_ns;         /* the run's clock at its last message */
    struct wheel_timer timer;
    struct list transactions;
    struct dialog *dialogs; /* of an exchange that is no call */
    struct texts texts;
    int64_t first_at; /* microseconds */
    uint32_t dialog_count;

    uint32_t messages_handed_on;
    struct list waiting;     /* those with pending messages, longest first */
    struct pending *pending; /* the newest */
    struct list changed;     /* live: those not told of since, longest first */
    int64_t hold_until_ns;   /* a subscription runs */
    struct register_attempt *registering; /* oldest first; owned */
    struct subscription *subscriptions;   /* likewise */
    struct list group_node;
    struct list age;   /* all exchanges, oldest first */
    struct list light; /* those of use to nobody, likewise */
    struct key key;
    uint32_t source;
    uint32_t joins; /* what of it waits for the owner: join.h */
};

#define EXCHANGE_HOT_BYTES offsetof(struct exchange, messages_handed_on)

struct correlator;
struct sighting;

/** The group of the message's Call-ID and sensor, made where it is not there;
 * NULL where there is no memory. */
struct group *group_get(struct correlator *c, const struct sighting *s);
/** NULL where nothing of this Call-ID is open. @p hash  As
 * call_id_hash of a sighting */
struct group *group_find(const struct correlator *c, struct span call_id,
                         uint16_t sensor, uint64_t hash);
/** Free it where nothing of it is open. */
void group_drop_empty(struct correlator *c, struct group *g);
/** A new exchange, the oldest handed on first where there are too many. */
struct exchange *exchange_open(struct correlator *c, const struct sighting *s,
                               enum exchange_kind kind);
/** Make it a call's: what was seen first did not show that it is one. Only
 * while it has no key. @return 0 or -ENOMEM */
int exchange_promote(struct correlator *c, struct exchange *x);
/** Made where it is not there; NULL where there is no memory. */
struct call_rare *call_rare_of(struct correlator *c, struct call *call);
/** A copy of the caller's tag, which is mostly there. */
struct span call_keep_tag(struct correlator *c, struct call *call,
                          struct span tag);
/** The call belongs to a group that another one began. */
void call_set_group(struct correlator *c, struct call *call,
                    const struct key *group);
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
/** Messages that were taken and are not held are let go of some at once: let
 * those go that are left. */
void exchange_release_taken(struct correlator *c);
/** Does exchange_take() keep the message, to be handed on? */
bool exchange_keeps_messages(const struct correlator *c);
/** Hand on what bound.h says while more is held than the limits. */
void exchange_bound(struct correlator *c);
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

/** The name of who saw it, as it stands in keys and rows. */
struct span exchange_sensor(const struct correlator *c,
                            const struct exchange *x);
void exchange_make_key(struct correlator *c, struct exchange *x);
void dialog_make_key(const struct correlator *c, const struct exchange *x,
                     const struct dialog *d, enum dialog_usage usage,
                     struct key *key_out);

#endif
