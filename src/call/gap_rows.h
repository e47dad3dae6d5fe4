/**
 * Gaps of a capture as they are recorded: not one by one, for a lossy capture
 * has millions. Internal to src/call.
 *
 * Gaps of one source, kind and pair of addresses that begin within a window
 * of packet time are one row. Of many pairs at once the later ones share a row
 * without addresses. The window begins with 10 s and doubles with each 4,096
 * rows of its source, so that there is an end to them however long and lossy
 * the capture is. One capture always gives the same rows.
 */
#ifndef SIPTRAIL_CALL_GAP_ROWS_H
#define SIPTRAIL_CALL_GAP_ROWS_H

#include "base/list.h"
#include "base/table.h"
#include "flow/gap.h"

struct gap_source;

struct gap_rows {
    struct table open;          /* by source, kind and addresses */
    struct list ages;           /* oldest first */
    struct gap_source *sources; /* by ordinal; owned */
    uint32_t source_count;
    uint64_t told; /* rows */
    /** Takes a row. @return 0, or a negative errno that stops the run */
    int (*row_fn)(void *arg, const struct capture_gap *gap);
    void *arg;
};

WARN_UNUSED int gap_rows_init(struct gap_rows *r);
/** Rows still open are lost. */
void gap_rows_fini(struct gap_rows *r);

/** @return 0, -ENOMEM, or what row_fn says */
WARN_UNUSED int gap_rows_add(struct gap_rows *r, const struct capture_gap *gap);

/** Hand on rows whose window is past; INT64_MAX: all. */
WARN_UNUSED int gap_rows_expire(struct gap_rows *r, int64_t now_ns);

#endif
