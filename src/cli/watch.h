/**
 * What a running capture lets others see: metrics over HTTP, signs of life to
 * the service manager, lines in the log when something changes.
 *
 * A watch that is NULL is of a run that nobody watches: each function does
 * nothing then.
 */
#ifndef SIPTRAIL_CLI_WATCH_H
#define SIPTRAIL_CLI_WATCH_H

#include "cli/settings.h"
#include "pipeline/pipeline.h"

struct watch;
struct writer;
struct kept;

/** Whose counters are asked, each NULL where there is none. */
struct watched {
    struct writer *writer;
    struct kept *kept;
};

/** Listen and connect: before privileges are dropped. */
WARN_UNUSED int watch_new(const struct settings *s, struct watch **watch_out,
                          struct error *err);
/** Answer: after they were, and before the first packet. */
WARN_UNUSED int watch_start(struct watch *w, struct error *err);
/** The configuration is being read again; it was. */
void watch_reloading(struct watch *w);
void watch_reloaded(struct watch *w, bool taken);
/** The run is about to end. */
void watch_stopping(struct watch *w);
void watch_free(struct watch *w);

/** On the reader's thread: a message; how far it is, once a second. */
void watch_message(struct watch *w, const struct observation *seen);
void watch_progress(struct watch *w, const struct pipeline_progress *p,
                    const struct watched *watched);
/** On the correlating thread: a call has ended. */
void watch_call(struct watch *w, const struct call_record *call);

#endif
