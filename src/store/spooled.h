/**
 * What a batch that comes from the spool needs beside its rows: it may have
 * been sent before, by another process, and the database may be another.
 */
#ifndef SIPTRAIL_STORE_SPOOLED_H
#define SIPTRAIL_STORE_SPOOLED_H

#include "base/anomaly.h"
#include "store/batch.h"
#include "store/writer.h"

struct pg_conn;

/** The database's numbers of anomalies; 0 where it does not know one. */
WARN_UNUSED int spooled_anomaly_ids(struct pg_conn *conn,
                                    int16_t ids_out[ANOMALY_COUNT],
                                    struct error *err);

/** What a batch has in place of ids: the anomaly's own number and 1. */
void spooled_anomaly_numbers(int16_t numbers_out[ANOMALY_COUNT]);

/** Put ids in the place of numbers, once. */
void spooled_translate(struct batch *b, const int16_t ids[ANOMALY_COUNT]);

/** Enter its run and captures where they are not. */
WARN_UNUSED int spooled_enter(struct pg_conn *conn, const struct batch *b,
                              struct error *err);

/** Has its run entered this batch, or a later one, as committed? */
WARN_UNUSED int spooled_is_committed(struct pg_conn *conn,
                                     const struct batch *b, bool *committed_out,
                                     struct error *err);

/** Mark the blocks that are stored SEND_KNOWN. */
WARN_UNUSED int spooled_find_blocks(struct pg_conn *conn, struct batch *b,
                                    struct error *err);

/**
 * In the transaction of its records: its number and what it adds to the
 * accounts, then the ends of captures and of the run.
 */
WARN_UNUSED int spooled_account(struct pg_conn *conn, const struct batch *b,
                                const struct writer_counters *grown,
                                struct error *err);

#endif
