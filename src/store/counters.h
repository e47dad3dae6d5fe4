/**
 * Figures of a writer.
 */
#ifndef SIPTRAIL_STORE_COUNTERS_H
#define SIPTRAIL_STORE_COUNTERS_H

#include "store/spool.h"

struct writer_counters {
    uint64_t calls;          /* rows written */
    uint64_t calls_known;    /* there already, as full or fuller */
    uint64_t calls_replaced; /* there with fewer messages */
    uint64_t calls_live;     /* rows of calls that go on, each time */
    uint64_t dialogs;
    uint64_t exchanges;
    uint64_t registrations;  /* those that grew counted each time */
    uint64_t messages;       /* written, duplicates apart */
    uint64_t messages_known; /* there already, duplicates apart */
    uint64_t messages_lost;  /* whose block the server refused */
    uint64_t duplicates;     /* met, whether written or known */
    uint64_t quarantined;    /* rows */
    uint64_t batches;
    uint64_t collisions; /* batches that met a row of another writer */
};

/** What can be wrong with the database. */
enum database_trouble {
    TROUBLE_CONNECTION, /* away, or gone in the midst */
    TROUBLE_LOGIN,      /* password, permission */
    TROUBLE_RESOURCES,  /* its disk is full, or its memory */
    TROUBLE_LOCK,       /* made us wait too long */
    TROUBLE_REFUSED,    /* schema newer, read-only, anything else */
    TROUBLE_COUNT
};

/** Where a writer with a spool stands. */
struct writer_spool {
    struct spool_counters spool; /* of all runs whose records are in it */
    uint64_t messages_spooled;   /* of this run, duplicates apart: in it */
    uint64_t messages_dropped;   /* of this run: dropped, or damaged there */
    uint64_t batches_drained;    /* of earlier runs */
    uint64_t troubles[TROUBLE_COUNT];
    uint64_t returns; /* how often the database came back */
    bool connected;
};

#endif
