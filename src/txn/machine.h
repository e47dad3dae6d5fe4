/**
 * A transaction's state as an observer sees it: the tables of RFC 3261, 17,
 * read from beside the wire.
 */
#ifndef SIPTRAIL_TXN_MACHINE_H
#define SIPTRAIL_TXN_MACHINE_H

#include <stdbool.h>

enum transaction_state {
    TRANSACTION_UNSEEN, /* nothing of it yet */
    TRANSACTION_TRYING,
    TRANSACTION_PROCEEDING,
    TRANSACTION_COMPLETED,  /* a final response; of INVITE one >= 300 */
    TRANSACTION_ACCEPTED,   /* INVITE: a 2xx (RFC 6026, 7) */
    TRANSACTION_CONFIRMED,  /* INVITE: the ACK of a final >= 300 or unseen */
    TRANSACTION_TERMINATED, /* the ACK of a 2xx; or none owes a response: ACK,
                               BENOTIFY */
    TRANSACTION_TIMED_OUT,
    TRANSACTION_STATE_COUNT
};

enum transaction_event {
    TRANSACTION_REQUEST,
    TRANSACTION_PROVISIONAL,
    TRANSACTION_SUCCESS, /* 2xx */
    TRANSACTION_FAILURE, /* 3xx to 6xx */
    TRANSACTION_ACK,
    TRANSACTION_EXPIRY, /* 64*T1 without a final response */
    TRANSACTION_EVENT_COUNT
};

enum transaction_kind {
    TRANSACTION_INVITE,
    TRANSACTION_OTHER,
    TRANSACTION_SILENT, /* owes no response */
    TRANSACTION_KIND_COUNT
};

/** What the table says of an event in a state. */
enum transaction_note {
    TRANSACTION_REFUSED, /* not admitted here: the state stays */
    TRANSACTION_NEW,
    TRANSACTION_AGAIN, /* seen before: a retransmission, or another of many */
    TRANSACTION_LATE   /* admitted, out of its order */
};

struct transaction_step {
    enum transaction_state next;
    enum transaction_note note;
};

extern const struct transaction_step transaction_steps[TRANSACTION_KIND_COUNT]
                                                      [TRANSACTION_STATE_COUNT]
                                                      [TRANSACTION_EVENT_COUNT];

/** What an event does in a state. Pure. */
static inline struct transaction_step
transaction_step(enum transaction_kind kind, enum transaction_state state,
                 enum transaction_event event)
{
    return transaction_steps[kind][state][event];
}

/** "trying", "accepted", ... Static storage. */
const char *transaction_state_name(enum transaction_state s);
const char *transaction_event_name(enum transaction_event e);

#endif
