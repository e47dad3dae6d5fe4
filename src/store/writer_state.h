/**
 * What the files of the writer share. Internal to src/store.
 */
#ifndef SIPTRAIL_STORE_WRITER_STATE_H
#define SIPTRAIL_STORE_WRITER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/queue.h"
#include "store/keeper.h"
#include "store/source.h"
#include "store/stage.h"
#include "store/writer.h"

struct writer {
    struct source_list sources;
    struct writer_options options;
    char *sensor; /* owned copy of options.sensor */
    struct key run_key;
    struct pg_conn *main;    /* the store's; borrowed; NULL with a spool */
    struct keeper *keeper;   /* has the spool; NULL without one */
    struct copy first_notes; /* with a spool: of the run and its captures */
    struct copy last_notes;  /* how they ended */
    int64_t clock_ns;        /* highest packet time handed over */
    int16_t anomaly_ids[ANOMALY_COUNT];
    struct block block;
    bool block_open;
    struct batch *open;   /* being filled, or NULL */
    uint64_t number;      /* of the newest batch handed on */
    struct stage blocks;  /* first thread */
    struct stage records; /* second thread */
    struct queue *empty;
    struct queue *full;
    struct queue *named;
    pthread_t threads[2];
    int thread_count;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t settled_changed;
    uint64_t settled; /* number of the newest batch that is done */
    struct writer_counters counters;
    struct error failure;
    atomic_int failed;
};

/** The first failure stays; whoever waits for a batch is told. */
void writer_fail(struct writer *w, int code, const struct error *err);

/** Have a batch that is being filled; waits for a free one. @return 0, or why
 * the writer has failed */
WARN_UNUSED int writer_open_batch(struct writer *w);
/** What has been filled goes to the threads. @return as above */
WARN_UNUSED int writer_hand_on(struct writer *w);

#endif
