/**
 * Transactions: one request and its responses on one hop, seen from outside
 * (RFC 3261, 17; RECORDS.md, R3).
 */
#ifndef SIPTRAIL_TXN_TRANSACTION_H
#define SIPTRAIL_TXN_TRANSACTION_H

#include "base/list.h"
#include "base/pool.h"
#include "base/table.h"
#include "sip/observation.h"
#include "txn/branch_key.h"
#include "txn/machine.h"
#include "txn/sent_by.h"

#define TRANSACTION_PROVISIONALS 4
#define TRANSACTION_FINALS 2

/* Four cache lines, each of which nearly all messages touch: what is compared
 * first, hashes that only tell a few apart cut to what that needs. */
struct transaction {
    struct table_node node; /* with the key in one cache line */
    struct branch_key key;
    void *owner;            /* whoever added it */
    void *detail;           /* the owner's own */
    struct list age;        /* all transactions, oldest first */
    struct list owner_node; /* of its owner's list */
    uint64_t from_tag;      /* hash */
    uint32_t ordinal;       /* in its owner */
    uint16_t hop;           /* 1 is the reference hop; 0 where not known */
    uint16_t via_count;
    uint8_t kind;      /* enum transaction_kind */
    uint8_t state;     /* enum transaction_state */
    uint8_t transport; /* enum transport */
    bool request_seen;
    bool has_to_tag;  /* the request's: not an initial one */
    bool offered;     /* INVITE: its request had a body, and */
    bool described;   /* a reliable provisional had one, or its final */
    bool asks_answer; /* the offer came in the 2xx: its ACK owes the answer */
    bool of_refer;    /* the owner's own: a NOTIFY of a REFER */
    bool overdue;     /* its repetitions show that final or ACK never came */
    uint16_t status_code;
    uint16_t ack_via_count;
    uint16_t requests;   /* transmissions; more stay the most */
    struct endpoint src; /* the request's, or what its responses say */
    struct endpoint dst;
    uint64_t to_tag;    /* hash, of the first final response */
    int64_t request_at; /* microseconds, first transmission; TIME_NONE */
    int64_t last_at;
    int64_t response_at;
    int64_t final_at;
    int64_t ack_at;
    uint32_t request_to_tag; /* 0 for none, as all hashes below */
    uint32_t early_sdp;      /* of an unreliable provisional, with its To tag */
    uint32_t provisionals[TRANSACTION_PROVISIONALS]; /* newest first */
    uint32_t finals[TRANSACTION_FINALS];
    uint32_t ack_tags[TRANSACTION_FINALS];
};

/* What taking one out of table and lists touches. */
#define TRANSACTION_LINK_BYTES offsetof(struct transaction, from_tag)

/** What one message was to its transaction. */
struct transaction_verdict {
    bool retransmission;
    bool first_final; /* the response that ends the waiting */
    bool late;        /* out of its order */
    bool overdue;     /* shows that its final, or its ACK, never came */
    struct anomaly_set anomalies;
};

struct transaction_table {
    struct table table;
    struct pool pool;
    struct list age;
    uint64_t dropped;
    struct sent_by_memory sent_by;
};

/** @return 0 or -ENOMEM */
WARN_UNUSED int transaction_table_init(struct transaction_table *t, size_t cap);
void transaction_table_fini(struct transaction_table *t);

/** @param hash  branch_key_hash() of @p key, here and below */
struct transaction *transaction_find(const struct transaction_table *t,
                                     const struct branch_key *key,
                                     uint64_t hash);

/**
 * Add a transaction of @p key, empty. Where the table is full the caller has
 * made room: see transaction_oldest().
 *
 * @return NULL where there is no memory
 */
struct transaction *transaction_add(struct transaction_table *t,
                                    const struct branch_key *key, uint64_t hash,
                                    void *owner);
void transaction_remove(struct transaction_table *t, struct transaction *x);
/** NULL where there is none. */
struct transaction *transaction_oldest(const struct transaction_table *t);

/** Feed a request of this very transaction; not an ACK. */
void transaction_observe_request(struct transaction *x,
                                 const struct observation *seen,
                                 struct transaction_verdict *verdict_out);
void transaction_observe_response(struct transaction_table *t,
                                  struct transaction *x,
                                  const struct observation *seen,
                                  struct transaction_verdict *verdict_out);
/** Feed the ACK of whatever final this INVITE had, whatever its branch. */
void transaction_observe_ack(struct transaction *x,
                             const struct observation *seen,
                             struct transaction_verdict *verdict_out);

/**
 * Has it waited 64*T1 at @p now_us for a final response that is owed? An
 * INVITE with a provisional may wait for ever: Timer C is a proxy's.
 */
bool transaction_ran_out(const struct transaction *x, int64_t now_us);

#endif
