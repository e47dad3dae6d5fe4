/**
 * Records into the database: a record sink that encodes rows as they come and
 * sends them, batch by batch, over two connections.
 *
 * Blocks of messages and their texts are committed first, then what names
 * them, in one transaction: whatever kills the program, nothing half told can
 * be seen. Keys are looked up before anything is sent, so reading again
 * writes nothing. A row that the server refuses goes to `quarantine`.
 *
 * Order of use: writer_new(), writer_add_source() for each, the sink's
 * functions, writer_flush(), writer_end_source() for each, writer_end().
 */
#ifndef SIPTRAIL_STORE_WRITER_H
#define SIPTRAIL_STORE_WRITER_H

#include "base/anomaly.h"
#include "base/error.h"
#include "call/sink.h"

struct store;
struct writer;

struct writer_options {
    struct span sensor;    /* as in the correlator's limits; in each row
                              whose record names no other */
    const char *command;   /* for the table runs */
    const char *version;   /* of this program */
    bool live;             /* calls that go on are written as they change */
    bool keep_secrets;     /* raw as on the wire: without it the body of
                              MESSAGE and of INFO with digits is cut off, and
                              digest responses and SDP keys are masked */
    size_t batch_messages; /* 0: the default, 16,000 */
    size_t batch_bytes;    /* of texts; 0: the default, 12 MiB */
};

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

/** One file or interface, before its first message. */
struct writer_source {
    const char *name; /* path, "-" or interface */
    bool is_file;     /* a path whose content names it; else known by time */
};

/**
 * What became of a source; SQL columns of `captures`. Times in microseconds.
 * stored and quarantined are the writer's own counts.
 */
struct capture_account {
    int64_t first_packet_at; /* TIME_NONE where there was none */
    int64_t last_packet_at;
    uint64_t fingerprint; /* of the content */
    uint64_t packets;
    uint64_t bytes;
    uint64_t decoded;
    uint64_t not_for_us;
    uint64_t not_sip;
    uint64_t opaque;
    uint64_t malformed;
    uint64_t truncated;
    uint64_t fragments_expired;
    uint64_t tcp_gaps;
    uint64_t dropped_kernel;
    uint64_t dropped_interface;
    uint64_t dropped_queue;
    uint64_t sip_messages;
    uint64_t filtered;
    uint64_t spooled;
    uint64_t dropped;
    uint64_t packets_filtered;
    const uint64_t *anomalies; /* ANOMALY_COUNT counts, or NULL */
    const char *damage;        /* NULL where the source was whole */
    bool interrupted;          /* not read to its end */
};

/**
 * Open two connections beside @p store's and begin a run.
 *
 * @param store  Opened with STORE_WRITE; borrowed until writer_free()
 * @return 0 or a negative errno
 */
WARN_UNUSED int writer_new(const struct store *store,
                           const struct writer_options *options,
                           struct writer **writer_out, struct error *err);

/** Waits for what is being sent; drops what was not. NULL is allowed. */
void writer_free(struct writer *w);

/**
 * Name the source with this ordinal (arrival.source), and enter it in
 * `captures` as running.
 */
WARN_UNUSED int writer_add_source(struct writer *w, uint32_t ordinal,
                                  const struct writer_source *source,
                                  struct error *err);

/**
 * A capture of an earlier run, by its key: what is taken up from it goes on
 * under this ordinal. Before the sink's functions are called. @return 0 or
 * -ENOMEM
 */
WARN_UNUSED int writer_add_earlier(struct writer *w, uint32_t ordinal,
                                   const struct key *capture_key);

/**
 * The sink; its functions return a negative errno after a failure, which
 * writer_error() has in words. One thread calls them.
 */
struct record_sink writer_sink(struct writer *w);

/** Send what waits and commit it all. For live capture: once a second. */
WARN_UNUSED int writer_flush(struct writer *w);

/** Enter the account of a source, after writer_flush(). */
WARN_UNUSED int writer_end_source(struct writer *w, uint32_t ordinal,
                                  const struct capture_account *account,
                                  struct error *err);

/** End the run in `runs`; @p failure is why it ended early, or NULL. */
WARN_UNUSED int writer_end(struct writer *w, const char *failure,
                           struct error *err);

/** Numbers of what is committed; after writer_flush(), of everything. */
void writer_counters_read(struct writer *w,
                          struct writer_counters *counters_out);
const struct error *writer_error(const struct writer *w);

#endif
