/**
 * Rows of `capture_gaps`.
 */
#ifndef SIPTRAIL_STORE_GAP_H
#define SIPTRAIL_STORE_GAP_H

#include "flow/gap.h"
#include "store/source.h"

/**
 * Enter gaps; one that is there already, of an earlier reading, gets the new
 * numbers.
 *
 * @return 0 or a negative errno
 */
WARN_UNUSED int gap_send(struct pg_conn *conn, const struct source_list *list,
                         const struct capture_gap *gaps, size_t count,
                         struct error *err);

#endif
