/**
 * Rows of `calls`, `dialogs` and `exchanges`: written for COPY, and read back.
 */
#ifndef SIPTRAIL_STORE_ROW_H
#define SIPTRAIL_STORE_ROW_H

#include "base/arena.h"
#include "base/error.h"
#include "call/sink.h"
#include "store/copy.h"
#include "store/find.h"

struct pg_result;

/** "call_key, group_key, ...": columns in the order of the functions below. */
const char *row_call_columns(void);
/** The sensor in a row of calls, as encoded; borrows. */
struct span row_call_sensor(struct span row);
extern const char row_dialog_columns[];
extern const char row_exchange_columns[];

void row_write_call(struct copy *c, const struct call_record *call,
                    const struct key *capture_key, struct span sensor);
void row_write_dialog(struct copy *c, const struct dialog_record *dialog);
void row_write_exchange(struct copy *c, const struct exchange_part *part);

/**
 * Read row @p row of a result in binary form that has row_call_columns().
 *
 * @param arena  Takes arrays; texts are borrowed from the result
 * @return 0, -ENOMEM, or -EPROTO where a field has not the form it should
 */
WARN_UNUSED int row_read_call(const struct pg_result *result, int row,
                              struct arena *arena, struct found_call *call_out);

/** As row_read_call(), of row_dialog_columns. */
WARN_UNUSED int row_read_dialog(const struct pg_result *result, int row,
                                struct dialog_record *dialog_out);

#endif
