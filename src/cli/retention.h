/**
 * What is past keeping, by the settings keep, keep-text and max-size.
 */
#ifndef SIPTRAIL_CLI_RETENTION_H
#define SIPTRAIL_CLI_RETENTION_H

#include "cli/settings.h"

struct pg_conn;
struct retention;

/** `siptrail db prune`: once, with lines on what it does. */
WARN_UNUSED int retention_prune(const struct settings *s, struct error *err);

/** Make today's partitions and those of the next days. */
WARN_UNUSED int retention_make_ahead(const struct settings *s,
                                     struct pg_conn *conn, struct error *err);

/**
 * For the daemon: at once and then every hour, in a thread and a connection of
 * its own, make days ahead and prune. What fails is a warning in the log, and
 * tried again.
 *
 * @param s  Borrowed until retention_stop(); the database is looked for anew
 *           each time
 */
WARN_UNUSED int retention_start(const struct settings *s,
                                struct retention **retention_out,
                                struct error *err);
/** Go by other settings of what to keep, at once. NULL is allowed. */
void retention_change(struct retention *r, const struct settings *s);

/** Waits for what it is doing, seconds at most. NULL is allowed. */
void retention_stop(struct retention *r);

#endif
