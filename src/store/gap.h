/**
 * Rows of `capture_gaps`.
 */
#ifndef SIPTRAIL_STORE_GAP_H
#define SIPTRAIL_STORE_GAP_H

#include "store/batch.h"

struct pg_conn;

/**
 * Enter the gaps of a batch; one that is there already, of an earlier reading,
 * gets the new numbers.
 *
 * @return 0 or a negative errno
 */
WARN_UNUSED int gap_send(struct pg_conn *conn, const struct batch *b,
                         struct error *err);

#endif
