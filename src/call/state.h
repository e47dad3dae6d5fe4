/**
 * The correlator, and the message it is looking at. Internal to src/call.
 */
#ifndef SIPTRAIL_CALL_STATE_H
#define SIPTRAIL_CALL_STATE_H

#include <pthread.h>

#include "call/exchange.h"
#include "call/gap_memory.h"
#include "call/gap_rows.h"
#include "call/links.h"
#include "call/owner.h"
#include "call/terms.h"
#include "txn/copy.h"

/** What joins Call-IDs, and the correlators before it: owner.h. */
struct owner {
    struct correlator *correlators[OWNER_CORRELATORS_MAX];
    size_t count;
    bool paced;   /* timers fire when the owner says so, and not by messages */
    bool on_turn; /* no correlator is being fed */
    int64_t clock_ns; /* of the last turn */
    struct record_sink sink;
    struct correlator_limits limits;
    struct links links;
    struct gap_rows gap_rows;
    struct endpoint_table *endpoints; /* NULL: nobody asks for them */
    struct binding_table *bindings;   /* NULL: likewise */
    pthread_mutex_t lock; /* of the sink and the endpoints, while several
                             correlators are fed */
    bool has_lock;
};

/** Around what correlators of several threads share. */
static inline void owner_lock(struct owner *o)
{
    if (o->has_lock)
        (void)pthread_mutex_lock(&o->lock);
}

static inline void owner_unlock(struct owner *o)
{
    if (o->has_lock)
        (void)pthread_mutex_unlock(&o->lock);
}

struct join;

/** One message while it is looked at. */
struct sighting {
    struct observation *seen;
    const struct sip_message *m;
    int64_t at; /* microseconds */
    struct group *group;
    uint64_t call_id_hash;           /* with the sensor: correlation is apart */
    struct branch_key key;           /* an ACK's is its INVITE's */
    bool has_key;                    /* it has Call-ID and CSeq */
    struct transaction *transaction; /* NULL for none */
    uint64_t key_hash;
    struct exchange *exchange;
    struct dialog *dialog;
    enum copy_verdict copy;
    struct transaction_verdict verdict;
    bool is_new_transaction;
    bool is_held; /* its reference went to who holds it: register.c */
    bool ack_of_2xx;
    bool ack_by_tags; /* an ACK whose branch was not its INVITE's */
    struct anomaly_set anomalies;
};

/** Messages whose keys are known and for which fetching has begun. */
struct fetched {
    struct sighting sightings[CORRELATOR_GROUP];
    size_t count; /* 0 for none */
};

/* A CANCEL without its INVITE adds two. */
#define ADDITIONS_MAX (2 * CORRELATOR_GROUP)

/** What came since the messages at hand were looked at ahead: what was not
 * there then needs no other look than at these. */
struct additions {
    uint64_t turns; /* of the correlator then */
    size_t count;   /* may be beyond: then none is sure */
    struct transaction *items[ADDITIONS_MAX]; /* newest last */
};

struct correlator {
    struct owner *owner;
    struct correlator_limits limits;
    struct record_sink sink;
    struct correlator_counters counters;
    struct table groups;
    struct join *joins; /* for the owner, oldest first */
    struct join *joins_last;
    struct pool join_pool;
    struct pool group_pool;
    struct pool exchange_pool;
    struct pool call_pool;
    struct pool invite_pool;
    struct pool pending_pool;
    struct pool register_pool;
    struct pool subscription_pool;
    struct texts_pool texts_pool;
    struct transaction_table transactions;
    uint64_t turns; /* counts what makes transactions and groups that were found
                       others: gone, or added with a URI */
    struct additions added;
    struct fetched fetched[2]; /* those at hand, and those that come next */
    unsigned fetched_last;
    struct slab *released; /* references to it that are given up at once */
    unsigned released_count;
    struct dialog_table dialogs;
    struct copy_window *copies;
    struct gap_memory gaps;
    struct gap_memory opaque; /* by pair, and by address: of it and itself */
    struct terms_memory terms;
    struct wheel wheel;
    struct list age;
    struct list light; /* of those, what is of use to nobody: bound.h */
    struct list waiting;
    struct list changed;
    struct list registers_holding; /* messages: register.c */
    size_t exchange_count;
    size_t light_count;
    size_t calls_over; /* of those in call_pool, when last told of */
    size_t pending_bytes;
    size_t call_id_bytes; /* of Call-IDs too long for their group */
    int64_t clock_ns;
    bool has_clock;
    int64_t fired_at_ns;         /* when timers were last looked at */
    struct message_record *part; /* room for PART_MESSAGES_MAX */
    int failure;                 /* the sink's first error */

    bool taking_up; /* what an earlier run handed on: take_up.h */
    uint64_t taken;
    uint64_t strayed;
    struct endpoint taken_src; /* of the last message that was no copy */
    struct endpoint taken_dst;
    struct correlator_counters counters_before;
};

#endif
